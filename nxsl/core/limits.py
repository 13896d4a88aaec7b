"""The limit of bad hosts: how many more may be begun, and what a wave proves.

A run stops before the limit is exceeded, not after: `room` counts every host that is under way as
one that may still go bad. All of it is whole numbers, so that nothing is lost by rounding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple, Self

from nxsl.core.outcome import Outcome
from nxsl.core.waves import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT_LIMIT = "25%"
"""How many hosts may be bad, unless a run is told otherwise."""

_LIMIT = re.compile(r"(?P<number>\d{1,9})(?P<percent>%?)", re.ASCII)
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLimit:
    """How many hosts of a run may be bad.

    Attributes:
        number: of hosts, or of hundredths of those that have had their turn.
        percent: whether it is hundredths; of 100 % there is no limit, as no more can be bad.
    """

    number: int
    percent: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a text such as `25%`, `3`, `0` or `100%`.

        Raises:
            ValueError: it is none; the message says what is allowed.
        """
        found = _LIMIT.fullmatch(text.strip())
        if found is None or (found["percent"] and int(found["number"]) > 100):  # noqa: PLR2004
            raise ValueError(
                f"'{text}' is no limit of bad hosts: it is a number of hosts, or 0% to 100% of "
                f"those that have had their turn, such as '{DEFAULT_LIMIT}'"
            )
        return cls(number=int(found["number"]), percent=bool(found["percent"]))

    def __str__(self) -> str:
        return f"{self.number}{'%' if self.percent else ''}"

    def allowed(self, cumulative_size: int) -> int:
        """How many hosts may be bad by the end of a wave.

        Args:
            cumulative_size: how many hosts are in the waves so far, with the current one.
        """
        return self.number * cumulative_size // 100 if self.percent else self.number


def room(allowed: int, bad: int, in_flight: int) -> int:
    """How many more hosts may be begun now.

    If every host that is under way and every one that is begun goes bad, no more than `allowed` are
    bad; one of them where none is allowed, as that cannot be known without trying. With no room and
    nothing under way the limit is reached.

    Args:
        allowed: what `BadLimit.allowed` gives for the current wave.
        bad: how many are bad so far, in all waves.
        in_flight: how many have been begun, or are pending, and have not come to their end.
    """
    return max(max(allowed, 1) - bad - in_flight, 0)


class _Counts(Enum):
    """How an outcome counts."""

    GOOD = auto()
    BAD = auto()
    UNSURE = auto()
    """Bad, as long as nobody has looked; no wave passes with it."""
    LEFT_OUT = auto()
    """Neither good nor bad; no wave passes with it."""


_OUTCOMES: Mapping[Outcome, _Counts] = {
    Outcome.READ: _Counts.GOOD,
    Outcome.ALREADY_OK: _Counts.GOOD,
    Outcome.CHANGED_OK: _Counts.GOOD,
    # Nothing of the kind is to be done there.
    Outcome.NOT_APPLICABLE: _Counts.GOOD,
    # A second look, after the change, says that there is still something to do.
    Outcome.PLANNED: _Counts.BAD,
    Outcome.FAILED_CLEAN: _Counts.BAD,
    Outcome.FAILED_DIRTY: _Counts.BAD,
    Outcome.ROLLED_BACK: _Counts.BAD,
    # Only hosts for which something was planned are in a wave. Where that is refused by now, the
    # switch has changed since, or what was read then is no longer so: the plan of the others may
    # be as wrong.
    Outcome.REFUSED: _Counts.BAD,
    Outcome.UNSUPPORTED: _Counts.BAD,
    Outcome.UNKNOWN: _Counts.UNSURE,
    # When a wave is judged, its deadline has passed.
    Outcome.PENDING: _Counts.UNSURE,
    Outcome.NOT_RUN: _Counts.LEFT_OUT,
}


def is_bad(outcome: Outcome) -> bool:
    """Whether a host that ended so counts towards the limit; a pending one is overdue by then."""
    return _OUTCOMES[outcome] in {_Counts.BAD, _Counts.UNSURE}


class Judgement(NamedTuple):
    """What a wave proves, and why, in one sentence."""

    verdict: Verdict
    why: str


def judge_wave(outcomes: Mapping[str, Outcome], *, allowed: int, bad_before: int = 0) -> Judgement:
    """Say whether a run may go on to its next wave; the first row that holds decides.

    | | |
    |---|---|
    | more hosts are bad than allowed | failed |
    | as many are bad as allowed, and hosts of the wave were left out | failed |
    | a host was left out, is unknown or overdue | inconclusive |
    | there is no host | inconclusive |
    | otherwise | passed |

    Args:
        outcomes: how each host of the wave ended, those that were not run among them.
        allowed: what `BadLimit.allowed` gives for this wave.
        bad_before: how many hosts of earlier waves are bad.
    """
    bad = [host for host, outcome in outcomes.items() if is_bad(outcome)]
    unsure = [host for host, outcome in outcomes.items() if _OUTCOMES[outcome] is _Counts.UNSURE]
    left_out = [host for host, how in outcomes.items() if _OUTCOMES[how] is _Counts.LEFT_OUT]
    count = bad_before + len(bad)
    told = f"{count} bad, {allowed} allowed"
    rows: tuple[tuple[bool, Verdict, str, list[str]], ...] = (
        (count > allowed, Verdict.FAILED, told, bad),
        (
            bool(left_out) and not room(allowed, count, 0),
            Verdict.FAILED,
            f"{told}: one more would be too many, and {len(left_out)} of this wave "
            + ("is left" if len(left_out) == 1 else "are left"),
            bad,
        ),
        (
            bool(unsure or left_out),
            Verdict.INCONCLUSIVE,
            f"{len(unsure) + len(left_out)} of {len(outcomes)} could not be judged",
            [*unsure, *left_out],
        ),
        (not outcomes, Verdict.INCONCLUSIVE, "there was no host to judge by", []),
        (bool(bad), Verdict.PASSED, told, bad),
    )
    for holds, verdict, why, hosts in rows:
        if holds:
            return Judgement(verdict, why + _named(hosts, outcomes))
    many = f"all {len(outcomes)} hosts are good" if len(outcomes) > 1 else "the host is good"
    return Judgement(Verdict.PASSED, many)


def _named(hosts: Iterable[str], outcomes: Mapping[str, Outcome]) -> str:
    named = [f"{host} ({outcomes[host]})" for host in hosts]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return f": {', '.join(named[:_MOST_NAMED])}{more}" if named else ""
