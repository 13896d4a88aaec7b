"""Runs a programme: workers are tried, then repetition after repetition, interleaved."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.cases import NXSL, REGISTER, Cell, Programme, workers_of
from benchmarks.climb import best_of, next_trial
from benchmarks.fleet import Fleet, FleetOptions, reading_of, running_fleet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.cases import Registering
    from benchmarks.reading import Reading

_PATIENCE = 400.0
"""Seconds for one contestant, its imports included."""
_HOPELESS, _START = 2.0, 20.0
"""A trial that takes so many times the best so far, and so many seconds for the start, is ended."""
_KEPT = 300
"""Characters of what a contestant that died has said."""


_NOTHING: Mapping[str, float | str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One contestant, once.

    Attributes:
        phase: `grid`, `cell`, `growth` or `register`.
        right: hosts whose reading is what the fleet tells of itself; a run with fewer than
            `hosts` has failed.
        wall: seconds of the work alone.
        cpu: of the contestant's processes, during the work.
        rss_mb: its peak memory.
        imports: seconds that importing and preparing took, which are in no other figure.
        fleet_cpu: what the simulated switches used meanwhile.
        errors: what went wrong, a few of them.
    """

    phase: str
    contestant: str
    hosts: int
    latency_ms: int
    workers: int
    repetition: int
    right: int
    wall: float
    cpu: float
    rss_mb: float
    imports: float
    fleet_cpu: float
    load: float
    notes: Mapping[str, float | str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a host was missed."""
        return self.right < self.hosts

    def to_plain(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "failed": self.failed}


@dataclass(slots=True)
class Course:
    """Everything that was run so far.

    Attributes:
        folder: for inventories.
        say: told what is going on.
    """

    folder: Path
    say: Callable[[str], None]
    runs: list[Run] = field(default_factory=list)
    best: dict[tuple[str, int, int], int] = field(default_factory=dict)
    fleet_rss_mb: float = 0.0
    _truth: dict[str, Reading] = field(default_factory=dict)

    def run(self, programme: Programme) -> None:
        """Run it all."""
        self.fleet_rss_mb = self._cells(programme.cells, "cell")
        if programme.growth:
            self._cells(programme.growth, "growth")
        most = max((each.repetitions for each in programme.registering), default=0)
        for repetition in range(most):
            for each in programme.registering:
                if repetition < each.repetitions:
                    self._register(each, repetition)

    @contextmanager
    def _fleet(self, options: FleetOptions, name: str) -> Iterator[Fleet]:
        """Start a fleet, and take note of what its switches really are."""
        begun = time.perf_counter()
        with running_fleet(options, self.folder / name) as fleet:
            self.say(f"{options.hosts:,} switches are up after {time.perf_counter() - begun:.1f} s")
            self._truth = fleet.truth()
            yield fleet

    # -- cells ------------------------------------------------------------------------------------

    def _cells(self, cells: Sequence[Cell], phase: str) -> float:
        """All cells with one fleet, as large as the largest; gives the fleet's memory in MB."""
        largest = max(cell.hosts for cell in cells)
        with self._fleet(FleetOptions(hosts=largest), phase) as fleet:
            for cell in cells:
                self._try_workers(fleet, cell)
            for repetition in range(max(cell.repetitions for cell in cells)):
                for cell in cells:
                    self._round(fleet, cell, phase, repetition)
            return fleet.cost().rss_mb

    def _try_workers(self, fleet: Fleet, cell: Cell) -> None:
        for name, grid in cell.grid.items():
            tried: dict[int, list[float]] = {}
            bounds = {"fewest": cell.fewest, "most": cell.hosts}
            patience = _PATIENCE
            while (workers := next_trial(grid, tried, **bounds)) is not None:
                look = len(tried.get(workers, ()))
                run = self._once(fleet, cell, name, workers, "grid", look, patience=patience)
                tried.setdefault(workers, []).append(math.inf if run.failed else run.wall)
                if not run.failed:
                    patience = min(patience, _START + _HOPELESS * run.wall)
            if (best := best_of(tried)) is not None:
                self.best[name, cell.hosts, cell.latency_ms] = best

    def _round(self, fleet: Fleet, cell: Cell, phase: str, repetition: int) -> None:
        """Everybody once, in another order each time."""
        if repetition >= cell.repetitions:
            return
        start = repetition % len(cell.contestants)
        for name in (*cell.contestants[start:], *cell.contestants[:start]):
            workers = workers_of(name, cell, self.best)
            self._once(fleet, cell, name, workers, phase, repetition)

    def _register(self, each: Registering, repetition: int) -> None:
        """With a fleet in which nothing is registered yet."""
        cell = Cell(hosts=each.hosts, latency_ms=0, contestants=(REGISTER,))
        options = FleetOptions(hosts=each.hosts, register=(each.least, each.most))
        folder = f"register-{each.hosts}-{each.least:g}-{each.most:g}-{repetition}"
        with self._fleet(options, folder) as fleet:
            workers = workers_of(NXSL, cell, self.best)
            self._once(fleet, cell, REGISTER, workers, "register", repetition, also=_told_of(each))

    # -- one run ----------------------------------------------------------------------------------

    def _once(
        self,
        fleet: Fleet,
        cell: Cell,
        name: str,
        workers: int,
        phase: str,
        repetition: int,
        also: Mapping[str, float | str] = _NOTHING,
        patience: float = _PATIENCE,
    ) -> Run:
        fleet.move_away(cell.latency_ms / 1000)
        before, load = fleet.cost().cpu, os.getloadavg()[0]
        told = run_contestant(name, fleet.inventory_of(cell.hosts), workers, patience)
        # A registration changes what is true; else it was told once and for all.
        truth = fleet.truth() if phase == "register" else self._truth
        expected = list(truth.items())[: cell.hosts]
        given = told.get("readings", {})
        run = Run(
            phase=phase,
            contestant=name,
            hosts=cell.hosts,
            latency_ms=cell.latency_ms,
            workers=workers,
            repetition=repetition,
            right=sum(host in given and reading_of(given[host]) == each for host, each in expected),
            wall=told["wall"],
            cpu=told["cpu"],
            rss_mb=told["rss_mb"],
            imports=told["imports"] + told["preparation"],
            fleet_cpu=fleet.cost().cpu - before,
            load=load,
            notes={**told["notes"], **also},
            errors=tuple(told["errors"]),
        )
        self.runs.append(run)
        what = f"FAILED: {run.right} right; {run.errors[:1]}" if run.failed else f"{run.wall:.2f} s"
        self.say(f"{phase} {cell.name}: {name}, {workers} workers: {what}")
        return run


def _told_of(each: Registering) -> dict[str, float | str]:
    span = f"{each.least:g}"
    if each.most > each.least:
        span += f" to {each.most:g}"
    return {"span": span, "longest": each.most}


def run_contestant(
    name: str, inventory: Path, workers: int, patience: float = _PATIENCE
) -> dict[str, Any]:
    """Run a contestant in a process of its own; one that dies has read nothing."""
    command = [sys.executable, "-m", "benchmarks.contestant", name]
    command += ["--inventory", str(inventory), "--workers", str(workers)]
    begun = time.perf_counter()
    try:
        done = subprocess.run(  # noqa: S603 (this very program)
            command, capture_output=True, text=True, timeout=patience, check=False
        )
        if done.returncode == 0:
            told: dict[str, Any] = json.loads(done.stdout)
            return told
        error = done.stderr[-_KEPT:]
    except subprocess.TimeoutExpired:
        error = f"not done after {patience:.3g} s"
    nothing = dict.fromkeys(("cpu", "rss_mb", "imports", "preparation"), 0.0)
    wall = time.perf_counter() - begun
    return {**nothing, "wall": wall, "readings": {}, "notes": {}, "errors": [error]}
