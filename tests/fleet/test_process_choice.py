"""When a run is spread over processes, and when it is not."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import typer

from nxsl.cli.fleet_run import FleetRun
from nxsl.cli.options import processes_of
from nxsl.cli.screen import Screen
from nxsl.core.errors import Refused
from nxsl.core.guard import Unguarded
from nxsl.core.reading import is_reading
from nxsl.fleet import reading_runner
from nxsl.fleet.inventory import open_fleet
from nxsl.fleet.process_choice import ALL, MOST, processes_for
from nxsl.fleet.reading_runner import ReadingRunner
from nxsl.fleet.runner import FleetRunner
from nxsl.run.watched import watched
from nxsl.tasks import verify
from tests.conftest import Fleet, switch
from tests.fleet import process_tasks as tasks
from tests.fleet.processes import inventory, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nornir.core import Nornir


@pytest.mark.parametrize(
    ("hosts", "cores", "count"),
    [
        (1, 2, 1),
        (ALL - 1, 64, 1),
        (ALL, 1, 1),
        (ALL, 2, 2),
        (ALL, 64, MOST),
        (100 * ALL, 64, MOST),
        (0, 2, 1),
    ],
)
def test_the_choice_follows_hosts_and_cores(hosts: int, cores: int, count: int) -> None:
    assert processes_for(hosts, cores, reading=True, picklable=True) == count
    assert processes_for(hosts, cores, reading=False, picklable=True) == 1
    assert processes_for(hosts, cores, reading=True, picklable=False) == 1


@pytest.fixture
def hosts(tmp_path: Path) -> Nornir:
    """Ten hosts."""
    return inventory(tmp_path / "inventory")


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes whatever the number of hosts."""

    def choose(_hosts: int, _cores: int, *, reading: bool, picklable: bool) -> int:
        return 2 if reading and picklable else 1

    monkeypatch.setattr(reading_runner, "processes_for", choose)


@pytest.mark.usefixtures("eager")
def test_where_it_pays_what_reads_is_spread_and_the_rest_is_not(
    hosts: Nornir, tmp_path: Path
) -> None:
    with ReadingRunner(FleetRunner(5), workers=5) as runner:
        nr = hosts.with_runner(runner)
        nr.run(tasks.where)
        assert runner.used == 2
        nr.run(tasks.note, folder=str(tmp_path))
        assert runner.used == 1


@pytest.mark.usefixtures("eager")
def test_where_it_was_not_asked_for_what_cannot_travel_stays(hosts: Nornir) -> None:
    hosts.inventory.hosts["leaf5"].data["odd"] = threading.Lock()
    with ReadingRunner(FleetRunner(5), workers=5) as runner:
        assert not hosts.with_runner(runner).run(tasks.where).failed
        assert runner.used == 1
        assert runner.left == ()


@pytest.mark.usefixtures("eager")
def test_where_the_number_of_workers_follows_the_run_it_is_threads(hosts: Nornir) -> None:
    with ReadingRunner(FleetRunner()) as runner:
        assert not hosts.with_runner(runner).run(tasks.where).failed
        assert runner.used == 1


def test_where_it_was_asked_for_it_is_an_error(hosts: Nornir) -> None:
    with ReadingRunner(FleetRunner(5), processes=2) as runner, pytest.raises(Refused):
        hosts.with_runner(runner).run(tasks.says, word=threading.Lock())


def test_what_is_bound_to_a_guard_stays_with_it(hosts: Nornir) -> None:
    bound: Any = watched(tasks.where, Unguarded())
    assert is_reading(bound)
    with ReadingRunner(FleetRunner(5), processes=2) as runner:
        assert not hosts.with_runner(runner).run(bound).failed
        assert runner.used == 1


def test_a_small_run_stays_with_threads_and_is_watched(hosts: Nornir) -> None:
    seen: list[str] = []

    def watch(task: Callable[..., Any]) -> Callable[..., Any]:
        seen.append(task.__name__)
        return task

    with ReadingRunner(FleetRunner(5), watch=watch) as runner:
        assert len(outcomes(hosts.with_runner(runner).run(tasks.where))) == 10
    assert (seen, runner.used) == (["where"], 1)


def test_a_fleet_is_opened_with_processes_for_what_reads(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(switch(), switch("leaf2"), switch("leaf3"))
    nr = open_fleet(run.folder, processes=2)
    runner = nr.runner
    assert isinstance(runner, ReadingRunner)
    with runner:
        result = nr.run(verify)
        assert runner.used == 2
    assert not result.failed
    assert list(result) == ["leaf1", "leaf2", "leaf3"]
    with pytest.raises(ValueError, match="1 or more"):
        open_fleet(run.folder, processes=0)


def test_a_command_reads_in_as_many_processes_as_it_is_told(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(), switch("leaf2"), switch("leaf3"))
    command = FleetRun(run.nr, Screen())
    command.share(2)
    result = command.run("verify", verify)
    assert not result.failed
    assert command._reader.used == 2
    assert command.logins.refused() == ()
    command.close()
    limited = FleetRun(run.nr, Screen(), limits={"site": 1})
    limited.share(None)
    assert not limited.run("verify", verify).failed
    assert limited._reader.used == 1
    with pytest.raises(typer.BadParameter, match="not with limits"):
        limited.share(2)


@pytest.mark.parametrize(("given", "meant"), [("auto", None), ("1", 1), ("4", 4)])
def test_processes_are_a_number_or_auto(given: str, meant: int | None) -> None:
    assert processes_of(given) == meant
    for wrong in ("0", "-1", "two", ""):
        with pytest.raises(typer.BadParameter, match="neither a number nor auto"):
            processes_of(wrong)
