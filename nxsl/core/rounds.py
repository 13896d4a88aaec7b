"""When to ask a host how it goes on: seldom while nothing can have happened, soon once it has.

How long a licensing agent takes nobody knows beforehand, and asking costs a login. But the hosts of
a wave show each other: a few of them, the scouts, are asked often, and the others when about half
of those like them had ended. What is learnt so only moves questions; it never tells how one host
has ended, and no host waits longer for its next question than `longest_pause`.

Ages are seconds since something was started on a host.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass

SCOUTS = 8
"""So many of those that have waited longest are asked often."""

_ENOUGH = 3
"""Ends that are more than chance: so many make the others ask; one makes the scouts ask."""

_OFTEN = 2.0
"""Pauses of scouts grow so many times more slowly than they do where nobody goes ahead."""

_FINE = 0.03
"""The least part of its age between two questions to a host: sooner, little can have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often to ask one host of which nothing more is known.

    Attributes:
        first_pause: seconds before the first question.
        growth: each pause is so many times as long as the one before.
        longest_pause: seconds.
    """

    first_pause: float
    growth: float
    longest_pause: float

    def usual(self, age: float) -> float:
        """The pause after a question at some age, as if all before had been asked in time."""
        return min(self.first_pause + (self.growth - 1) * age, self.longest_pause)

    def often(self, age: float, spread: float) -> float:
        """That of a scout; `spread`, 0 to 1, keeps scouts from asking all at the same ages."""
        pause = max(self.first_pause, (self.growth - 1) / _OFTEN * age)
        return min(pause * (1 + spread / 3), self.longest_pause)

    def least(self, age: float) -> float:
        """Between two questions to the same host, whatever others have shown."""
        return min(max(self.first_pause / 2, age * _FINE), self.longest_pause)


class Experience:
    """At which ages the hosts of a wave were seen under way, and had ended."""

    def __init__(self) -> None:
        self._under_way: list[float] = []
        self._ends: list[float] = []

    def under_way(self, age: float, *, before: float = 0.0) -> None:
        """Note that a host was still under way; `before` is the age at which it was so before."""
        if before > 0:
            self._under_way.pop(bisect_left(self._under_way, before))
        insort(self._under_way, age)

    def ended(self, age: float, *, before: float = 0.0) -> None:
        """Note that a host was found to have ended, well or not.

        One that nobody has seen under way is taken to have needed half of the time: else whoever
        was asked late for the first time would make the others wait as long.
        """
        insort(self._ends, age if before > 0 else age / 2)

    def likely(self, age: float, *, enough: int) -> float | None:
        """From which age on a host that is under way at `age` has ended more likely than not.

        None where fewer than `enough` are known to have ended later, or more are known to take
        longer than any of those.
        """
        first = bisect_right(self._ends, age)
        low, high = first + enough - 1, len(self._ends)
        while low < high:  # the later, the more have ended, and the fewer are known to be left
            middle = (low + high) // 2
            left = len(self._under_way) - bisect_left(self._under_way, self._ends[middle])
            if middle - first + 1 >= left:
                high = middle
            else:
                low = middle + 1
        return self._ends[low] if low < len(self._ends) else None

    def beyond(self, age: float) -> float | None:
        """By how much an age is above all that are known to suffice; None where few are known."""
        if len(self._ends) < _ENOUGH or self._ends[-1] > age:
            return None
        return age - self._ends[-1]


def next_question(
    pace: Pace, known: Experience, asked: float, *, scout: bool, alone: bool, spread: float
) -> float:
    """The age at which to ask a host next.

    Args:
        pace: how often to ask.
        known: what the other hosts have shown so far.
        asked: the age at which it was asked last; 0 where it was not yet.
        scout: whether it is asked often, for others.
        alone: whether what others have shown is nothing to go by, as it could not be asked, or
            as nobody knows its true age.
        spread: a number from 0 to 1, another one for each host.
    """
    if alone:
        return asked + pace.usual(asked)
    likely = known.likely(asked, enough=1 if scout else _ENOUGH)
    if likely is not None:
        return min(max(likely, asked + pace.least(asked)), asked + pace.longest_pause)
    pause = pace.often(asked, spread) if scout else pace.longest_pause
    beyond = known.beyond(asked)
    if beyond is not None:  # as long again as it has taken longer than others
        pause = min(pause, max(beyond, pace.least(asked)))
    return asked + pause
