"""The order of a programme, and how workers are tried, with contestants that only pretend."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import course
from benchmarks.cases import LIMIT, NXSL, PLAIN, REGISTER, Cell, Programme, Registering
from benchmarks.course import Course, run_contestant
from benchmarks.fleet import Cost, FleetOptions
from benchmarks.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READING = Reading("serial", "REGISTERED", "AUTHORIZED", (), "")
NOTES = {"plan": 1.0, "apply": 2.0, "verify": 3.0}


class Pretended:
    """Fleets that are not there, and contestants that say what they are told.

    Attributes:
        fleets: the hosts of each fleet that was started.
        patience: given to each contestant, by workers.
        seconds: what a contestant takes, by workers; negative ones miss every host.
    """

    def __init__(self) -> None:
        self.fleets: list[int] = []
        self.patience: dict[int, list[float]] = {}
        self.seconds: dict[int, float] = {}
        self._hosts = 0

    @contextmanager
    def running(self, options: FleetOptions, _folder: Path) -> Iterator[Pretended]:
        """Start a fleet."""
        self.fleets.append(options.hosts)
        yield self

    def truth(self) -> dict[str, Reading]:
        """The same of every switch."""
        return {f"sw{number:05}": READING for number in range(self.fleets[-1])}

    def move_away(self, _latency: float) -> None:
        """Nowhere."""

    def cost(self) -> Cost:
        """None."""
        return Cost(cpu=0.0, rss_mb=0.0, sessions=0, logins=0)

    def inventory_of(self, hosts: int) -> int:
        """In place of a folder."""
        self._hosts = hosts
        return hosts

    def contestant(
        self, _name: str, _inventory: Path, workers: int, patience: float
    ) -> dict[str, Any]:
        """Run one."""
        self.patience.setdefault(workers, []).append(patience)
        wall = self.seconds.get(workers, 1.0)
        names = list(self.truth())[: self._hosts] if wall > 0 else []
        nothing = dict.fromkeys(("cpu", "rss_mb", "imports", "preparation"), 0.0)
        readings = {name: list(READING) for name in names}
        return {**nothing, "wall": wall, "readings": readings, "notes": NOTES, "errors": []}


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> Pretended:
    """In place of real ones."""
    one = Pretended()
    monkeypatch.setattr(course, "running_fleet", one.running)
    monkeypatch.setattr(course, "run_contestant", one.contestant)
    return one


def test_repetitions_take_turns(pretended: Pretended, tmp_path: Path) -> None:
    two = (PLAIN, NXSL)
    cells = (
        Cell(hosts=1, latency_ms=0, contestants=two, repetitions=2),
        Cell(hosts=3, latency_ms=50, contestants=(LIMIT,), repetitions=3),
    )
    growth = (Cell(hosts=9, latency_ms=0, contestants=two, repetitions=2),)
    ran = Course(folder=tmp_path, say=lambda _: None)
    ran.run(Programme(cells=cells, growth=growth))
    assert [(run.phase, run.repetition, run.hosts, run.contestant) for run in ran.runs] == [
        ("cell", 0, 1, PLAIN),
        ("cell", 0, 1, NXSL),
        ("cell", 0, 3, LIMIT),
        ("cell", 1, 1, NXSL),
        ("cell", 1, 1, PLAIN),
        ("cell", 1, 3, LIMIT),
        ("cell", 2, 3, LIMIT),
        ("growth", 0, 9, PLAIN),
        ("growth", 0, 9, NXSL),
        ("growth", 1, 9, NXSL),
        ("growth", 1, 9, PLAIN),
    ]
    assert pretended.fleets == [3, 9]


def test_each_registration_has_a_fleet_of_its_own(pretended: Pretended, tmp_path: Path) -> None:
    registering = (
        Registering(hosts=2, least=20, most=60, repetitions=2),
        Registering(hosts=4, least=60, most=60, repetitions=3),
    )
    ran = Course(folder=tmp_path, say=lambda _: None)
    ran.run(Programme(cells=(Cell(hosts=1, latency_ms=0),), registering=registering))
    assert pretended.fleets == [1, 2, 4, 2, 4, 4]
    done = [run for run in ran.runs if run.contestant == REGISTER]
    assert [(run.repetition, run.hosts, run.notes["span"]) for run in done] == [
        (0, 2, "20 to 60"),
        (0, 4, "60"),
        (1, 2, "20 to 60"),
        (1, 4, "60"),
        (2, 4, "60"),
    ]
    assert all(run.notes["verify"] == NOTES["verify"] for run in done)


def test_the_best_workers_are_taken(pretended: Pretended, tmp_path: Path) -> None:
    pretended.seconds = {10: 30.0, 20: 20.0, 40: -90.0}
    cell = Cell(hosts=200, latency_ms=0, contestants=(PLAIN,), grid={PLAIN: (10, 20)})
    ran = Course(folder=tmp_path, say=lambda _: None)
    ran.run(Programme(cells=(cell,)))
    assert [run.workers for run in ran.runs if run.phase == "grid"] == [10, 20, 40]
    assert [run.workers for run in ran.runs if run.phase == "cell"] == [20, 20, 20]


def test_a_hopeless_trial_is_ended(pretended: Pretended, tmp_path: Path) -> None:
    pretended.seconds = {10: 30.0, 20: 20.0, 40: -90.0}
    cell = Cell(hosts=200, latency_ms=0, contestants=(PLAIN,), grid={PLAIN: (10, 20)})
    Course(folder=tmp_path, say=lambda _: None).run(Programme(cells=(cell,)))
    assert pretended.patience[10] == [400.0]
    assert pretended.patience[20][0] == 80.0
    assert pretended.patience[40] == [60.0]
    assert pretended.patience[20][1:] == [400.0] * 3, "only trials are hurried"


def test_a_contestant_that_is_not_done_has_read_nothing(tmp_path: Path) -> None:
    told = run_contestant(PLAIN, tmp_path, 1, patience=0.01)
    assert told["readings"] == {}
    assert told["errors"] == ["not done after 0.01 s"]
