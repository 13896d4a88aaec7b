"""Writes what was measured into `docs/performance.md`, between its two marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.cases import (
    ANSIBLE,
    EVERYBODY,
    LIMIT,
    NXSL,
    OF_NXSL,
    PLAIN,
    WORDS,
)
from benchmarks.figures import figures_of, ratio
from benchmarks.goals import goals_of
from benchmarks.registrations import registrations_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.course import Run
    from benchmarks.figures import Figure, Key, Spread
    from benchmarks.goals import Goal

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
_NEW_PAGE = f"# Performance\n\n{BEGIN}\n{END}\n"
_NONE = "–"
_NOTE = (
    "Medians of all repetitions, with the least and the most in brackets; ratios are of medians. "
    "Seconds are of the work alone (connect, read, parse, frame, close); `w`: workers."
)


def block(runs: Sequence[Run], about: Mapping[str, str | float]) -> str:
    """Everything between the marks."""
    parts = [
        _about(about),
        "![seconds and growth](performance.svg)",
        _NOTE,
        _section("Goals", _goals(goals_of(runs))),
        _section("Seconds for a whole fleet", _walls(runs)),
        _section("CPU and memory of the client, CPU of the simulated fleet", _costs(runs)),
        _section("Ansible", _ansible(runs)),
        _section("Registrations", _registrations(runs)),
        _section("Growth, no latency", _growth(runs)),
        _section("Workers tried", _grid(runs)),
        _section("Runs that failed", _failures(runs)),
    ]
    return "\n\n".join(part for part in parts if part)


def write_block(page: Path, text: str) -> None:
    """Put the block between the marks of a page; the page is made where there is none.

    Raises:
        ValueError: the page has no marks, or not in order.
    """
    old = page.read_text(encoding="utf-8") if page.exists() else _NEW_PAGE
    head, begin, rest = old.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no {BEGIN} and {END}")
    page.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


def _section(title: str, text: str) -> str:
    return f"### {title}\n\n{text}" if text else ""


def _about(about: Mapping[str, str | float]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in about.items()) + "."


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of Markdown; empty without rows."""
    columns = list(head)
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}", *lines])


def _number(value: float | None, digits: int = 2) -> str:
    return _NONE if value is None else f"{value:,.{digits}f}"


def _spread(spread: Spread | None, digits: int) -> str:
    if spread is None:
        return _NONE
    middle = _number(spread.median, digits)
    if spread.count == 1:
        return f"{middle}, once"
    return f"{middle} ({_number(spread.least, digits)}–{_number(spread.most, digits)})"


def _times(value: float | None) -> str:
    return _NONE if value is None else f"{value:.2f}×"


def _goals(goals: Sequence[Goal]) -> str:
    words = {True: "yes", False: "**no**", None: "not measured"}
    rows = (
        (
            goal.case,
            goal.what,
            goal.bound,
            _NONE if goal.value is None else f"{goal.value:.2f}{goal.unit}",
            _sides(goal),
            words[goal.met],
            _times(goal.beside),
        )
        for goal in goals
    )
    head = ("case", "what", "goal", "measured", "of", "met", "nxsl verify, beside")
    return table(head, rows)


def _sides(goal: Goal) -> str:
    digits = 1 if goal.side_unit == "ms" else 2
    return " ÷ ".join(f"{_spread(side, digits)} {goal.side_unit}" for side in goal.sides)


def _walls(runs: Sequence[Run]) -> str:
    found = figures_of(runs)
    cells = sorted({(hosts, latency) for hosts, latency, name in found if name != ANSIBLE})
    rows = []
    for hosts, latency in cells:
        each = {name: found.get((hosts, latency, name)) for name in EVERYBODY}
        walls = {name: figure.wall if figure else None for name, figure in each.items()}
        rows.append(
            (
                f"{hosts:,} × {latency} ms",
                *(_wall(each[name]) for name in EVERYBODY),
                _times(ratio(walls[PLAIN], walls[NXSL])),
                _times(ratio(walls[NXSL], walls[LIMIT])),
            )
        )
    head = ("hosts × latency", *(WORDS[name] for name in EVERYBODY), "plain ÷ nxsl", "nxsl ÷ limit")
    return table(head, rows)


def _wall(figure: Figure | None) -> str:
    if figure is None:
        return _NONE
    missed = f" ({figure.failed} of {figure.runs} failed)" if figure.failed else ""
    if figure.wall is None:
        return f"failed{missed}"
    return f"{_spread(figure.wall, 2)}, {figure.workers:,} w{missed}"


def _costs(runs: Sequence[Run]) -> str:
    cells = figures_of(runs)
    found = {**cells, **figures_of(runs, "growth")}
    rows = [
        (
            f"{figure.hosts:,} × {figure.latency_ms} ms",
            WORDS[figure.contestant],
            _spread(figure.cpu_ms_per_host, 1),
            _times(ratio(figure.cpu_ms_per_host, _cpu_of_plain(found, figure))),
            _spread(figure.rss_mb, 0),
            _spread(figure.fleet_cpu_ms_per_host, 1),
        )
        for figure in sorted(found.values(), key=_place)
        if figure.hosts >= _largest_few(cells)
    ]
    head = (
        "hosts × latency",
        "client",
        "CPU per host, ms",
        "÷ plain",
        "peak memory, MB",
        "fleet's CPU per host, ms",
    )
    return table(head, rows)


def _largest_few(found: Mapping[Key, Figure]) -> int:
    """Cells with fewer hosts tell little about costs: what is done once weighs too much."""
    sizes = sorted({hosts for hosts, _, name in found if name != ANSIBLE})
    return sizes[-2] if len(sizes) > 1 else min(sizes, default=0)


def _place(figure: Figure) -> tuple[int, int, int]:
    return figure.hosts, figure.latency_ms, list(WORDS).index(figure.contestant)


def _cpu_of_plain(found: Mapping[Key, Figure], figure: Figure) -> Spread | None:
    plain = found.get((figure.hosts, figure.latency_ms, PLAIN))
    return plain.cpu_ms_per_host if plain else None


def _ansible(runs: Sequence[Run]) -> str:
    found = figures_of(runs)
    rows = []
    for figure in found.values():
        if figure.contestant != ANSIBLE:
            continue
        others = {
            name: found.get((figure.hosts, figure.latency_ms, name)) for name in (PLAIN, *OF_NXSL)
        }
        ratios = [
            _times(ratio(figure.wall, each.wall if each else None)) for each in others.values()
        ]
        rows.append(
            (
                f"{figure.hosts} × {figure.latency_ms} ms",
                _wall(figure),
                _spread(figure.cpu_ms_per_host, 0),
                _spread(figure.rss_mb, 0),
                *ratios,
            )
        )
    head = ("hosts × latency", "seconds", "CPU per host, ms", "memory, MB", "÷ plain", "÷ nxsl")
    return table((*head, "÷ nxsl verify"), rows)


def _registrations(runs: Sequence[Run]) -> str:
    rows = [
        (
            f"{each.hosts:,}",
            f"{each.span} s",
            *(_spread(part, 1) for part in (each.plan, each.apply, each.total, each.verify)),
            _spread(each.cpu_ms_per_host, 1),
            _spread(each.rss_mb, 0),
            _spread(each.fleet_cpu_ms_per_host, 1),
            f"{each.failed} of {each.runs} failed: {each.missed:,} missed"
            if each.failed
            else "all",
        )
        for each in registrations_of(runs)
    ]
    head = ("switches", "each takes", "plan, s", "apply, s", "both, s", "a verify beside, s")
    costs = ("CPU per host, ms", "peak memory, MB", "fleet's CPU per host, ms", "registered")
    return table((*head, *costs), rows)


def _growth(runs: Sequence[Run]) -> str:
    found = {**figures_of(runs), **figures_of(runs, "growth")}
    names = (PLAIN, NXSL)
    sizes = sorted({hosts for hosts, latency, name in found if not latency and name in names})
    rows = [_grown(hosts, [found.get((hosts, 0, name)) for name in names]) for hosts in sizes]
    whats = ("ms a host", "CPU ms a host", "MB")
    beside = [f"{name}, {what}" for what in whats for name in ("plain", "nxsl")]
    return table(("hosts", "plain", "nxsl", "plain ÷ nxsl", *beside), rows)


def _grown(hosts: int, each: Sequence[Figure | None]) -> tuple[str, ...]:
    """A row of the growth table: the one and the other."""
    walls = [figure.wall if figure else None for figure in each]
    return (
        f"{hosts:,}",
        *(_wall(figure) for figure in each),
        _times(ratio(walls[0], walls[1])),
        *(_number(1000 * wall.median / hosts if wall else None, 1) for wall in walls),
        *(_spread(figure.cpu_ms_per_host if figure else None, 1) for figure in each),
        *(_spread(figure.rss_mb if figure else None, 0) for figure in each),
    )


def _grid(runs: Sequence[Run]) -> str:
    grouped: dict[tuple[int, int, str], list[Run]] = {}
    for run in runs:
        if run.phase == "grid":
            grouped.setdefault((run.hosts, run.latency_ms, run.contestant), []).append(run)
    rows = [
        (f"{hosts:,} × {latency} ms", WORDS[name], ", ".join(_trials(tried)))
        for (hosts, latency, name), tried in grouped.items()
    ]
    return table(("hosts × latency", "client", "workers: seconds of each trial"), rows)


def _trials(tried: Sequence[Run]) -> Iterator[str]:
    for workers in sorted({run.workers for run in tried}):
        seconds = [
            "failed" if run.failed else _number(run.wall) for run in tried if run.workers == workers
        ]
        yield f"{workers:,}: {' and '.join(seconds)}"


def _failures(runs: Sequence[Run]) -> str:
    rows = [
        (
            f"{run.hosts:,} × {run.latency_ms} ms",
            f"{WORDS[run.contestant]}, {run.workers} workers ({run.phase})",
            f"{run.hosts - run.right} of {run.hosts}",
            " ".join(" ".join(run.errors[:1]).replace("|", "/").split())[:160],
        )
        for run in runs
        if run.failed
    ]
    return table(("hosts × latency", "client", "hosts missed", "one of the errors"), rows)
