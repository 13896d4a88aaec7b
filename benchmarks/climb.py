"""Finds the best number of workers: some are tried, and further ones while that makes it faster."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STEP = 2.5
"""Numbers of workers that are further apart have one between them that may be better."""
_LOOKS = 2
_CLOSE = 1.25
"""Numbers of workers that differ by less may change places when they are tried again."""
_SHORT = 3.0
"""Seconds; what takes longer varies less, and is not tried again."""


def next_trial(
    grid: Sequence[int], tried: Mapping[int, Sequence[float]], *, fewest: int, most: int
) -> int | None:
    """The number of workers to try next; None when it is settled which is best.

    It is settled once some more and some fewer have been tried and were slower, and once the two
    best have been looked at twice where they are short and close to each other.

    Args:
        grid: what is tried in any case.
        tried: the seconds of each trial, by workers; infinity where a host was missed.
        fewest: fewer are not tried.
        most: nor are more; the hosts, as further workers have nothing to do.
    """
    if left := [workers for workers in grid if workers not in tried]:
        return left[0]
    good = _by_speed(tried)
    if not good:
        return None
    best = good[0]
    if best < most and not any(best < workers <= _STEP * best for workers in tried):
        return min(2 * best, most)
    if best > fewest and not any(best <= _STEP * workers < _STEP * best for workers in tried):
        return max(best // 2, fewest)
    return _second_look(tried, good[:2])


def best_of(tried: Mapping[int, Sequence[float]]) -> int | None:
    """The fastest number of workers that missed no host; None where each did."""
    good = _by_speed(tried)
    return good[0] if good else None


def _by_speed(tried: Mapping[int, Sequence[float]]) -> list[int]:
    seconds = {workers: mean(each) for workers, each in tried.items()}
    good = [workers for workers, each in seconds.items() if each < float("inf")]
    return sorted(good, key=lambda workers: (seconds[workers], workers))


def _second_look(tried: Mapping[int, Sequence[float]], two: Sequence[int]) -> int | None:
    best, *others = (mean(tried[workers]) for workers in two)
    if best > _SHORT or not others or others[0] > _CLOSE * best:
        return None
    return next((workers for workers in two if len(tried[workers]) < _LOOKS), None)
