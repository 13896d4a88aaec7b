"""The upgrade gate's types: what is asked of a switch before or after its upgrade.

The checks are in `gate_before` and `gate_after`; `upgrade.upgrade_gate` runs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.regime import Release
    from nxsl.core.state import SwitchState


class Verdict(StrEnum):
    """What the gate says about one switch."""

    READY = "ready"
    """Before: nothing is left to prepare."""
    PREPARE = "prepare"
    """Before: something is to be done first."""
    BLOCKED = "blocked"
    """Before: do not upgrade, now or to this release."""
    NOT_CONCERNED = "not concerned"
    """Its licensing does not turn over: it is there already, or will never be."""
    ARRIVED = "arrived"
    """After: it is under Smart Licensing Using Policy, with all that it had."""
    ON_THE_WAY = "on the way"
    """After: something is still missing that takes up to an hour."""
    NOT_ARRIVED = "not arrived"
    """After: something is wrong that does not mend itself."""

    @property
    def good(self) -> bool:
        """Whether nothing is left to do."""
        return self in _GOOD


_GOOD = frozenset({Verdict.READY, Verdict.NOT_CONCERNED, Verdict.ARRIVED})


class CheckResult(StrEnum):
    """How one check ended."""

    PASS = "pass"  # noqa: S105 (not a password)
    FAIL = "fail"
    WARN = "warn"
    """To be known; it stops nothing."""
    WAIT = "wait"
    """Not there yet, and it is too early to call that wrong."""
    SKIP = "skip"
    """Not asked; the evidence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One question and its answer.

    Attributes:
        code: a short name that never changes.
        result: how it ended.
        evidence: one sentence with what was seen.
        remedy: what to do or type next; never empty where the check failed.
        blocking: whether nobody should upgrade while it fails.
    """

    code: str
    result: CheckResult
    evidence: str
    remedy: str = ""
    blocking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the gate says about one switch.

    Attributes:
        verdict: all in one word.
        checks: every question that was asked, in order.
        changes: before an upgrade, sentences on what it will change.
    """

    verdict: Verdict
    checks: tuple[GateCheck, ...] = ()
    changes: tuple[str, ...] = ()

    def of(self, *results: CheckResult) -> tuple[GateCheck, ...]:
        """The checks that ended in one of these ways."""
        return tuple(each for each in self.checks if each.result in results)

    @property
    def missing(self) -> tuple[str, ...]:
        """The codes of what failed or is not there yet."""
        return tuple(each.code for each in self.of(CheckResult.FAIL, CheckResult.WAIT))

    @property
    def next_step(self) -> str:
        """What to do first: about what blocks, then about what failed, then while waiting."""
        for each in sorted(
            self.of(CheckResult.FAIL, CheckResult.WAIT),
            key=lambda check: (check.result is CheckResult.WAIT, not check.blocking),
        ):
            return each.remedy
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What the checks look at.

    Attributes:
        before: the switch before.
        after: the switch after; None before the upgrade.
        intent: how it is to be licensed; None where nothing says it.
        target: the release to go to; None where nothing says it.
        now: the time of judging, UTC.
        reachable: whether the switch reaches its backend, where somebody has tried it.
        token: whether a token is at hand, beside what the intent says.
    """

    before: SwitchState
    after: SwitchState | None
    intent: LicensingIntent | None
    target: Release | None
    now: datetime
    reachable: bool | None = None
    token: bool = False


def passed(code: str, evidence: str) -> GateCheck:
    """A good answer."""
    return GateCheck(code=code, result=CheckResult.PASS, evidence=evidence)


def skipped(code: str, why: str) -> GateCheck:
    """A question that was not asked."""
    return GateCheck(code=code, result=CheckResult.SKIP, evidence=why)


def warned(code: str, evidence: str, remedy: str = "") -> GateCheck:
    """An answer to be known."""
    return GateCheck(code=code, result=CheckResult.WARN, evidence=evidence, remedy=remedy)


def failed(code: str, evidence: str, remedy: str, *, blocking: bool = False) -> GateCheck:
    """A bad answer."""
    return GateCheck(
        code=code, result=CheckResult.FAIL, evidence=evidence, remedy=remedy, blocking=blocking
    )
