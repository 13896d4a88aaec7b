"""What registering a whole fleet came to, over its repetitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.cases import REGISTER
from benchmarks.figures import Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.course import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrations:
    """So many registrations; failed runs are counted and else left out.

    Attributes:
        hosts: how many switches.
        span: the seconds that each takes, for people.
        longest: the most of them.
        runs: how often it was done, each time with a fresh fleet.
        failed: in how many of them a switch was not registered.
        missed: how many switches that were, over all runs.
        plan: seconds.
        apply: seconds.
        total: seconds of both.
        verify: seconds of a verify of the same switches, right afterwards.
        cpu_ms_per_host: of all three.
        rss_mb: peak memory.
        fleet_cpu_ms_per_host: what the simulated switches used meanwhile.
    """

    hosts: int
    span: str
    longest: float
    runs: int
    failed: int
    missed: int
    plan: Spread | None
    apply: Spread | None
    total: Spread | None
    verify: Spread | None
    cpu_ms_per_host: Spread | None
    rss_mb: Spread | None
    fleet_cpu_ms_per_host: Spread | None


def registrations_of(runs: Iterable[Run]) -> list[Registrations]:
    """Everything that was registered, by number and seconds."""
    grouped: dict[tuple[int, str], list[Run]] = {}
    for run in runs:
        if run.contestant == REGISTER:
            grouped.setdefault((run.hosts, str(run.notes["span"])), []).append(run)
    return [_registrations(found) for found in grouped.values()]


def _registrations(runs: Sequence[Run]) -> Registrations:
    good = [run for run in runs if not run.failed]
    first = runs[0]
    plan, apply, verify = (
        [float(run.notes[name]) for run in good] for name in ("plan", "apply", "verify")
    )
    return Registrations(
        hosts=first.hosts,
        span=str(first.notes["span"]),
        longest=float(first.notes["longest"]),
        runs=len(runs),
        failed=len(runs) - len(good),
        missed=sum(run.hosts - run.right for run in runs),
        plan=Spread.of(plan),
        apply=Spread.of(apply),
        total=Spread.of([one + other for one, other in zip(plan, apply, strict=True)]),
        verify=Spread.of(verify),
        cpu_ms_per_host=Spread.of([1000 * run.cpu / run.hosts for run in good]),
        rss_mb=Spread.of([run.rss_mb for run in good]),
        fleet_cpu_ms_per_host=Spread.of([1000 * run.fleet_cpu / run.hosts for run in good]),
    )
