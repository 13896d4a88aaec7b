"""Medians and ratios of what was run, and whether the goals are met."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.cases import ANSIBLE, LIMIT, NXSL, PLAIN, REGISTER, VERIFY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.course import Run

Key = tuple[int, int, str]
"""Hosts, milliseconds of latency, contestant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Medians of one contestant in one cell; failed runs are counted and else left out."""

    hosts: int
    latency_ms: int
    contestant: str
    workers: int
    runs: int
    failed: int
    wall: float | None
    least: float | None
    most: float | None
    cpu_ms_per_host: float | None
    rss_mb: float | None
    fleet_cpu_ms_per_host: float | None

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
    walls = [run.wall for run in good]
    return Figure(
        hosts=first.hosts,
        latency_ms=first.latency_ms,
        contestant=first.contestant,
        workers=first.workers,
        runs=len(runs),
        failed=len(runs) - len(good),
        wall=_median(walls),
        least=min(walls, default=None),
        most=max(walls, default=None),
        cpu_ms_per_host=_median([1000 * run.cpu / run.hosts for run in good]),
        rss_mb=_median([float(run.notes.get("rss_mb_of_all", run.rss_mb)) for run in good]),
        fleet_cpu_ms_per_host=_median([1000 * run.fleet_cpu / run.hosts for run in good]),
    )


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def ratio(one: float | None, other: float | None) -> float | None:
    """One by the other; None where one of them is not there."""
    return None if one is None or not other else one / other


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A goal of ours, and what was measured.

    Attributes:
        case: of which.
        what: what is compared.
        bound: as it is written, such as `≥ 2.5`.
        value: what was measured; None where it was not.
        met: whether it is met; None likewise.
        beside: the same for `nxsl verify`, which reads more.
        unit: of the value.
    """

    case: str
    what: str
    bound: str
    value: float | None
    met: bool | None
    beside: float | None = None
    unit: str = "×"


# Hosts, latency, at least so many times faster than plain, at most so many times the limit.
_WALL_GOALS = (
    (200, 0, 2.5, 1.3),
    (1000, 0, 2.5, 1.3),
    (200, 50, 3.0, 1.2),
    (200, 200, 3.0, 1.2),
    (1, 200, 2.0, 1.3),
)
_CPU_CELLS = ((200, 0), (1000, 0), (200, 50), (200, 200))
_CPU_GOAL = 0.5
_ANSIBLE_HOSTS, _ANSIBLE_GOAL = 50, 30.0
_LONGEST_FACTOR = 1.3


def goals_of(runs: Sequence[Run]) -> list[Goal]:
    """Every goal that the runs can tell about."""
    found = figures_of(runs)
    goals: list[Goal] = []
    for hosts, latency, faster, near in _WALL_GOALS:
        case = f"{hosts:,} host{'s' if hosts > 1 else ''}, {latency} ms"
        walls = {
            name: _wall(found, (hosts, latency, name)) for name in (PLAIN, LIMIT, NXSL, VERIFY)
        }
        if walls[NXSL] is None:
            continue
        goals.append(
            _at_least(
                case,
                "faster than plain nornir-netmiko",
                faster,
                ratio(walls[PLAIN], walls[NXSL]),
                ratio(walls[PLAIN], walls[VERIFY]),
            )
        )
        goals.append(
            _at_most(
                case,
                "of the exec limit's time",
                near,
                ratio(walls[NXSL], walls[LIMIT]),
                ratio(walls[VERIFY], walls[LIMIT]),
            )
        )
    goals += _cpu_goals(found)
    goals += _ansible_goal(found)
    goals += [_registration_goal(run) for run in runs if run.contestant == REGISTER]
    return goals


def _wall(found: Mapping[Key, Figure], key: Key) -> float | None:
    return found[key].wall if key in found else None


def _cpu_goals(found: Mapping[Key, Figure]) -> list[Goal]:
    goals = []
    for hosts, latency in _CPU_CELLS:
        used = {
            name: found[hosts, latency, name].cpu_ms_per_host
            for name in (PLAIN, NXSL, VERIFY)
            if (hosts, latency, name) in found
        }
        if NXSL in used and PLAIN in used:
            goals.append(
                _at_most(
                    f"CPU per host, {hosts:,} hosts, {latency} ms",
                    "of plain nornir-netmiko's",
                    _CPU_GOAL,
                    ratio(used[NXSL], used[PLAIN]),
                    ratio(used.get(VERIFY), used[PLAIN]),
                )
            )
    return goals


def _ansible_goal(found: Mapping[Key, Figure]) -> list[Goal]:
    walls = {name: _wall(found, (_ANSIBLE_HOSTS, 0, name)) for name in (ANSIBLE, NXSL, VERIFY)}
    if walls[ANSIBLE] is None:
        return []
    return [
        _at_least(
            f"{_ANSIBLE_HOSTS} hosts, 0 ms",
            "faster than Ansible network_cli",
            _ANSIBLE_GOAL,
            ratio(walls[ANSIBLE], walls[NXSL]),
            ratio(walls[ANSIBLE], walls[VERIFY]),
        )
    ]


def _registration_goal(run: Run) -> Goal:
    longest = float(run.notes.get("longest", 60.0))
    verify = float(run.notes.get("verify", 0.0))
    bound = _LONGEST_FACTOR * longest + verify
    seconds = None
    if not run.failed:
        seconds = float(run.notes["plan"]) + float(run.notes["apply"])
    return Goal(
        case=f"{run.hosts:,} registrations of {run.notes.get('span', '60')} s",
        what="seconds, plan and apply",
        bound=f"≤ {_LONGEST_FACTOR} × {longest:.0f} s + a verify ({verify:.1f} s) = {bound:.1f} s",
        value=seconds,
        met=None if seconds is None else seconds <= bound,
        unit=" s",
    )


def _at_least(
    case: str, what: str, bound: float, value: float | None, beside: float | None
) -> Goal:
    met = None if value is None else value >= bound
    return Goal(case=case, what=what, bound=f"≥ {bound}×", value=value, met=met, beside=beside)


def _at_most(case: str, what: str, bound: float, value: float | None, beside: float | None) -> Goal:
    met = None if value is None else value <= bound
    return Goal(case=case, what=what, bound=f"≤ {bound}×", value=value, met=met, beside=beside)


def to_plain(runs: Sequence[Run]) -> dict[str, Any]:
    """Everything for JSON."""
    return {
        "goals": [asdict(goal) for goal in goals_of(runs)],
        "cells": [asdict(figure) for figure in figures_of(runs).values()],
        "growth": [asdict(figure) for figure in figures_of(runs, "growth").values()],
        "runs": [run.to_plain() for run in runs],
    }
