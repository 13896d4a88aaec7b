"""Medians of what was run, with the least and the most, and their ratios."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.course import Run

Key = tuple[int, int, str]
"""Hosts, milliseconds of latency, contestant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What several repetitions came to.

    Attributes:
        median: of them.
        least: of them.
        most: of them.
        count: how many they are.
    """

    median: float
    least: float
    most: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Self | None:
        """Of these; None where there is none."""
        if not values:
            return None
        return cls(median=median(values), least=min(values), most=max(values), count=len(values))


def ratio(one: Spread | None, other: Spread | None) -> float | None:
    """One median by the other; None where one of them is not there."""
    return None if one is None or other is None else one.median / other.median


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One contestant in one cell; failed runs are counted and else left out."""

    hosts: int
    latency_ms: int
    contestant: str
    workers: int
    runs: int
    failed: int
    wall: Spread | None
    cpu_ms_per_host: Spread | None
    rss_mb: Spread | None
    fleet_cpu_ms_per_host: Spread | None

    @property
    def key(self) -> Key:
        """Its place."""
        return self.hosts, self.latency_ms, self.contestant


def figures_of(runs: Iterable[Run], phase: str = "cell") -> dict[Key, Figure]:
    """The figures of every contestant in every cell."""
    grouped: dict[Key, list[Run]] = {}
    for run in runs:
        if run.phase == phase:
            grouped.setdefault((run.hosts, run.latency_ms, run.contestant), []).append(run)
    return {key: _figure(found) for key, found in grouped.items()}


def _figure(runs: Sequence[Run]) -> Figure:
    good = [run for run in runs if not run.failed]
    first = runs[0]
    return Figure(
        hosts=first.hosts,
        latency_ms=first.latency_ms,
        contestant=first.contestant,
        workers=first.workers,
        runs=len(runs),
        failed=len(runs) - len(good),
        wall=Spread.of([run.wall for run in good]),
        cpu_ms_per_host=Spread.of([1000 * run.cpu / run.hosts for run in good]),
        rss_mb=Spread.of([float(run.notes.get("rss_mb_of_all", run.rss_mb)) for run in good]),
        fleet_cpu_ms_per_host=Spread.of([1000 * run.fleet_cpu / run.hosts for run in good]),
    )
