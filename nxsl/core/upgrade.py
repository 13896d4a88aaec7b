"""The upgrade gate: what an upgrade to Smart Licensing Using Policy asks of a switch.

From 9.3 and 10.1 to 10.2(1) and later the licensing model turns over (cisco.com document 217965).
Before, the gate says what will change and what must be prepared; after, whether the switch has
arrived with all that it had. Pure: it judges what was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core import gate_after, gate_before
from nxsl.core.gate import CheckResult, Gate, Upgrade, Verdict, skipped
from nxsl.core.gate_changes import changes, is_concerned, why_not
from nxsl.core.regime import Regime

if TYPE_CHECKING:
    from datetime import datetime

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.regime import Release
    from nxsl.core.state import SwitchState


def upgrade_gate(
    before: SwitchState,
    after: SwitchState | None = None,
    *,
    intent: LicensingIntent | None = None,
    target: Release | None = None,
    now: datetime | None = None,
    reachable: bool | None = None,
    token: bool = False,
) -> Gate:
    """Judge a switch before its upgrade or, with `after`, behind it.

    Args:
        before: the switch before.
        after: the switch after; None before the upgrade.
        intent: how it is to be licensed; None where nothing says it.
        target: the release to go to; without one, the platform's first release with SLP is taken
            for what depends on it, and behind the upgrade any newer one will do.
        now: the time of judging, UTC; that of the last reading by default.
        reachable: whether the switch reaches its new backend; None where nobody tried.
        token: whether a token is at hand; the intent's `token_from` counts anyway.
    """
    upgrade = Upgrade(
        before=before,
        after=after,
        intent=intent,
        target=target,
        now=now or (after or before).read_at,
        reachable=reachable,
        token=token,
    )
    if not is_concerned(upgrade) and not _has_moved(upgrade):
        reason = skipped("platform", why_not(upgrade))
        return Gate(verdict=Verdict.NOT_CONCERNED, checks=(reason,))
    return _before(upgrade) if after is None else _after(upgrade, after)


def _has_moved(upgrade: Upgrade) -> bool:
    """Whether a switch that was not concerned has, or should have, another release or chassis."""
    if upgrade.after is None:
        return False
    facts, was = upgrade.after.facts, upgrade.before.facts
    wanted = str(upgrade.target) if upgrade.target else was.release
    return (
        facts.serial != was.serial
        or upgrade.after.regime is not upgrade.before.regime
        or (
            upgrade.before.regime is Regime.USING_POLICY
            and {facts.release, wanted} != {was.release}
        )
    )


def _before(upgrade: Upgrade) -> Gate:
    platform = gate_before.platform(upgrade)
    if platform.result is CheckResult.FAIL:
        return Gate(verdict=Verdict.BLOCKED, checks=(platform,))
    checks = (platform, *(check(upgrade) for check in gate_before.CHECKS))
    bad = [each for each in checks if each.result is CheckResult.FAIL]
    verdict = Verdict.PREPARE if bad else Verdict.READY
    if any(each.blocking for each in bad):
        verdict = Verdict.BLOCKED
    return Gate(verdict=verdict, checks=checks, changes=tuple(changes(upgrade)))


def _after(upgrade: Upgrade, after: SwitchState) -> Gate:
    checks = gate_after.checks(upgrade, after)
    results = {each.result for each in checks}
    verdict = Verdict.ON_THE_WAY if CheckResult.WAIT in results else Verdict.ARRIVED
    if CheckResult.FAIL in results:
        verdict = Verdict.NOT_ARRIVED
    return Gate(verdict=verdict, checks=checks)
