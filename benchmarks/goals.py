"""Whether our goals are met: ratios of medians of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.cases import ANSIBLE, LIMIT, NXSL, PLAIN, VERIFY, Cell
from benchmarks.figures import figures_of, ratio
from benchmarks.registrations import registrations_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.course import Run
    from benchmarks.figures import Figure, Key, Spread
    from benchmarks.registrations import Registrations

# Hosts, latency, at least so many times faster than plain, at most so many times the limit.
_WALL_GOALS = (
    (200, 0, 2.5, 1.3),
    (1000, 0, 2.5, 1.3),
    (200, 50, 3.0, 1.2),
    (200, 200, 3.0, 1.2),
    (1, 200, 2.0, 1.3),
)
_CPU_CELLS = ((200, 0), (1000, 0), (200, 50), (200, 200), (1000, 50), (1000, 200))
_CPU_GOAL = 0.5
_ANSIBLE_HOSTS, _ANSIBLE_GOAL = 50, 30.0
_LONGEST_FACTOR = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A goal of ours, and what was measured.

    Attributes:
        case: of which.
        what: what is compared.
        bound: as it is written, such as `≥ 2.5`.
        value: what was measured, of medians; None where it was not.
        met: whether it is met; None likewise.
        beside: the same for `nxsl verify`, which reads more.
        unit: of the value.
        sides: what the value is made of: of a ratio the one and the other.
        side_unit: of the sides.
    """

    case: str
    what: str
    bound: str
    value: float | None
    met: bool | None
    beside: float | None = None
    unit: str = "×"
    sides: tuple[Spread | None, ...] = ()
    side_unit: str = "s"


def goals_of(runs: Sequence[Run]) -> list[Goal]:
    """Every goal that the runs can tell about."""
    found = figures_of(runs)
    return [
        *_wall_goals(found),
        *_cpu_goals(found),
        *_ansible_goal(found),
        *(_registration_goal(each) for each in registrations_of(runs)),
    ]


def _wall_goals(found: Mapping[Key, Figure]) -> list[Goal]:
    goals = []
    for hosts, latency, faster, near in _WALL_GOALS:
        if (hosts, latency, NXSL) not in found:
            continue
        case = Cell(hosts=hosts, latency_ms=latency).name
        plain, limit, ours, verify = (
            _wall(found, (hosts, latency, name)) for name in (PLAIN, LIMIT, NXSL, VERIFY)
        )
        what = "faster than plain nornir-netmiko"
        goals.append(_at_least(case, what, faster, (plain, ours), ratio(plain, verify)))
        what = "of the exec limit's time"
        goals.append(_at_most(case, what, near, (ours, limit), ratio(verify, limit)))
    return goals


def _wall(found: Mapping[Key, Figure], key: Key) -> Spread | None:
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
                    f"CPU per host, {Cell(hosts=hosts, latency_ms=latency).name}",
                    "of plain nornir-netmiko's",
                    _CPU_GOAL,
                    (used[NXSL], used[PLAIN]),
                    ratio(used.get(VERIFY), used[PLAIN]),
                    "ms",
                )
            )
    return goals


def _ansible_goal(found: Mapping[Key, Figure]) -> list[Goal]:
    ansible, ours, verify = (
        _wall(found, (_ANSIBLE_HOSTS, 0, name)) for name in (ANSIBLE, NXSL, VERIFY)
    )
    if ansible is None:
        return []
    case, what = f"{_ANSIBLE_HOSTS} hosts, 0 ms", "faster than Ansible network_cli"
    return [_at_least(case, what, _ANSIBLE_GOAL, (ansible, ours), ratio(ansible, verify))]


def _registration_goal(each: Registrations) -> Goal:
    """Where a switch was not registered in one repetition, the goal is not met, however fast."""
    verify = each.verify.median if each.verify else 0.0
    bound = _LONGEST_FACTOR * each.longest + verify
    seconds = each.total.median if each.total else None
    return Goal(
        case=f"{each.hosts:,} registrations of {each.span} s",
        what="seconds, plan and apply",
        bound=f"≤ {_LONGEST_FACTOR} × {each.longest:g} s + a verify ({verify:.1f} s)"
        f" = {bound:.1f} s",
        value=seconds,
        met=None if seconds is None else seconds <= bound and not each.failed,
        unit=" s",
        sides=(each.total,),
    )


_Sides = tuple["Spread | None", "Spread | None"]


def _at_least(case: str, what: str, bound: float, sides: _Sides, beside: float | None) -> Goal:
    value = ratio(*sides)
    met = None if value is None else value >= bound
    return Goal(
        case=case, what=what, bound=f"≥ {bound}×", value=value, met=met, beside=beside, sides=sides
    )


def _at_most(
    case: str, what: str, bound: float, sides: _Sides, beside: float | None, unit: str = "s"
) -> Goal:
    value = ratio(*sides)
    return Goal(
        case=case,
        what=what,
        bound=f"≤ {bound}×",
        value=value,
        met=None if value is None else value <= bound,
        beside=beside,
        sides=sides,
        side_unit=unit,
    )
