"""The runner: no task costs another host, limits, connections, and Nornir's own ways."""

from __future__ import annotations

import threading
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.inventory import Host
from nornir.core.plugins.runners import RunnersPluginRegister
from nornir.core.task import Result

from nxsl.core.errors import InventoryError, SelectionError
from nxsl.core.outcome import Outcome
from nxsl.fleet.inventory import open_fleet
from nxsl.fleet.runner import FleetRunner
from tests.fleet.crews import NAMES, Busy, Connection, good, outcomes, ten_hosts
from tests.fleet.files import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from nornir.core import Nornir
    from nornir.core.task import Task


@pytest.fixture
def hosts(tmp_path: Path) -> Nornir:
    """Ten hosts."""
    return ten_hosts(tmp_path)


def test_every_host_is_in_the_result_in_the_inventorys_order(hosts: Nornir) -> None:
    result = hosts.with_runner(FleetRunner(3)).run(good)
    assert list(result) == NAMES
    assert outcomes(result) == [Outcome.ALREADY_OK] * 10
    assert not result.failed


def test_the_order_is_that_of_the_hosts_that_were_given(hosts: Nornir) -> None:
    hosts.data.failed_hosts = {"leaf2"}
    result = hosts.with_runner(FleetRunner(3)).run(good, on_failed=True)
    assert list(result) == ["leaf1", *NAMES[2:], "leaf2"]  # Nornir's order


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError])
def test_a_task_that_dies_costs_its_own_host_only(
    hosts: Nornir, error: type[BaseException]
) -> None:
    def die(task: Task) -> Result:
        if task.host.name == "leaf3":
            raise error
        return good(task)

    runner = FleetRunner(3)
    result = hosts.with_runner(runner).run(die)
    assert outcomes(result).count(Outcome.ALREADY_OK) == 9
    record = result["leaf3"][0].result
    assert (record.outcome, record.reason) == (Outcome.UNKNOWN, "internal")
    assert error.__name__ in record.detail
    assert result["leaf3"].failed
    assert result["leaf3"][0].name == "die"
    assert hosts.data.failed_hosts == {"leaf3"}
    assert not runner.stopped


def test_a_subtask_that_dies_costs_its_own_host_only(hosts: Nornir) -> None:
    def part(task: Task) -> Result:
        if task.host.name == "leaf3":
            raise SystemExit(0)
        return good(task)

    def whole(task: Task) -> Result:
        task.run(part)
        return good(task)

    result = hosts.with_runner(FleetRunner(3)).run(whole)
    assert list(result.failed_hosts) == ["leaf3"]
    assert result["leaf3"][0].result.reason == "internal"


def spoil_host(task: Task) -> object:
    return Result(host=Host("leaf4"), result="another's")


def spoil_results(task: Task) -> object:
    task.results.append("no result")  # type: ignore[arg-type]
    return good(task)


@pytest.mark.parametrize("spoil", [spoil_host, spoil_results])
def test_a_result_that_cannot_be_right_costs_its_own_host_only(
    hosts: Nornir, spoil: Callable[[Task], object]
) -> None:
    def work(task: Task) -> object:
        return spoil(task) if task.host.name == "leaf3" else good(task)

    result = hosts.with_runner(FleetRunner(3)).run(work)
    assert list(result) == NAMES
    assert list(result.failed_hosts) == ["leaf3"]
    record = result["leaf3"][0].result
    assert (record.outcome, record.reason) == (Outcome.UNKNOWN, "internal")
    assert result["leaf3"][0].host is hosts.inventory.hosts["leaf3"]
    assert outcomes(result).count(Outcome.ALREADY_OK) == 9


@pytest.mark.parametrize("made", [Result(host=None, result="x"), "x", None, []])
def test_what_nornir_takes_is_taken(hosts: Nornir, made: object) -> None:
    def work(task: Task) -> object:
        return made if task.host.name == "leaf3" else good(task)

    result = hosts.with_runner(FleetRunner(3)).run(work)
    assert list(result) == NAMES
    assert not result.failed
    assert result["leaf3"][0].host is hosts.inventory.hosts["leaf3"]
    assert result["leaf3"][0].result == (made.result if isinstance(made, Result) else made)


def test_a_task_that_raises_is_kept_as_nornir_keeps_it(hosts: Nornir) -> None:
    def fail(_task: Task) -> Result:
        raise ValueError("no")

    result = hosts.with_runner(FleetRunner(3)).run(fail)
    assert all(isinstance(multi[0].exception, ValueError) for multi in result.values())


def test_the_crew_is_as_large_as_asked(hosts: Nornir) -> None:
    meeting = threading.Barrier(5, timeout=10)
    busy = Busy()

    def meet(task: Task) -> Result:
        with busy.at("all"):
            meeting.wait()
        return good(task)

    result = hosts.with_runner(FleetRunner(5)).run(meet)
    assert outcomes(result) == [Outcome.ALREADY_OK] * 10
    assert busy.most == {"all": 5}


# Limits


def test_no_more_hosts_of_a_site_at_a_time_than_the_limit_says(hosts: Nornir) -> None:
    """Both sites have two hosts at work at the same time, and never three."""
    meeting = threading.Barrier(4, timeout=10)
    busy = Busy()

    def work(task: Task) -> Result:
        with busy.at(task.host["site"]):
            if task.host.name in NAMES[:4]:
                meeting.wait()  # which only all four can pass
        return good(task)

    result = hosts.with_runner(FleetRunner(10, limits={"site": 2})).run(work)
    assert outcomes(result) == [Outcome.ALREADY_OK] * 10
    assert busy.most == {"s0": 2, "s1": 2}


def test_a_full_site_keeps_no_worker_from_the_other_one(hosts: Nornir) -> None:
    others = threading.Semaphore(0)

    def work(task: Task) -> Result:
        if task.host.name == "leaf1":  # ends when the whole other site is done
            assert all(others.acquire(timeout=10) for _ in range(5))
        elif task.host["site"] == "s0":
            others.release()
        return good(task)

    result = hosts.with_runner(FleetRunner(2, limits={"site": 1})).run(work)
    assert outcomes(result) == [Outcome.ALREADY_OK] * 10


def test_the_ssh_configuration_is_asked_for_jump_hosts(hosts: Nornir, tmp_path: Path) -> None:
    (tmp_path / "ssh_config").write_text("Host 192.0.2.*\n    ProxyJump bastion\n", "utf-8")
    hosts.config.ssh.config_file = str(tmp_path / "ssh_config")
    hosts.inventory.hosts["leaf10"].hostname = "198.51.100.1"  # reached without one
    busy = Busy()
    last = threading.Event()

    def work(task: Task) -> Result:
        direct = task.host.name == "leaf10"
        with busy.at("direct" if direct else "bastion"):
            if direct:
                last.set()
            assert last.wait(10)  # the first of the others waits for the one that is not limited
        return good(task)

    result = hosts.with_runner(FleetRunner(10, limits={"jump_host": 1})).run(work)
    assert outcomes(result) == [Outcome.ALREADY_OK] * 10
    assert busy.most == {"bastion": 1, "direct": 1}


@pytest.mark.parametrize(
    "options",
    [
        {"num_workers": 0},
        {"num_workers": True},
        {"num_workers": "5"},
        {"limits": {"site": 0}},
        {"limits": {"site": "5"}},
        {"close": "sometimes"},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        FleetRunner(**options)


# Hosts that failed earlier, and hosts that must not be run on


def test_hosts_that_failed_earlier_are_told(hosts: Nornir) -> None:
    hosts.data.failed_hosts = {"leaf2", "leaf9", "elsewhere"}
    ran: list[str] = []

    def work(task: Task) -> Result:
        ran.append(task.host.name)
        return good(task)

    result = hosts.with_runner(FleetRunner(1)).run(work)
    assert ran == [name for name in NAMES if name not in {"leaf2", "leaf9"}]
    assert list(result) == [*ran, "leaf2", "leaf9"]
    record = result["leaf9"][0].result
    assert (record.outcome, record.reason) == (Outcome.NOT_RUN, "failed-earlier")
    assert "nr.data.reset_failed_hosts()" in record.remedy
    assert list(result.failed_hosts) == ["leaf2", "leaf9"]


def test_where_all_failed_earlier_all_are_told(hosts: Nornir) -> None:
    hosts.data.failed_hosts = set(NAMES)
    result = hosts.with_runner(FleetRunner(1)).run(good)
    assert outcomes(result) == [Outcome.NOT_RUN] * 10


def test_a_run_on_failed_hosts_alone_tells_of_no_others(hosts: Nornir) -> None:
    hosts.data.failed_hosts = {"leaf2"}
    only = hosts.with_runner(FleetRunner(1))
    assert list(only.run(good, on_good=False, on_failed=True)) == ["leaf2"]
    hosts.data.failed_hosts = set()
    assert list(only.run(good, on_good=False, on_failed=True)) == []


def test_an_empty_selection_is_refused(hosts: Nornir) -> None:
    nobody = hosts.filter(name="nobody").with_runner(FleetRunner())
    with pytest.raises(SelectionError, match="no host"):
        nobody.run(good)
    assert nobody.with_runner(FleetRunner(check=False)).run(good) == {}


@pytest.mark.parametrize(
    ("name", "address", "error"),
    [("leaf11", "::ffff:192.0.2.1", SelectionError), ("le/af", "192.0.2.11", InventoryError)],
)
def test_hosts_are_checked_before_anything_starts(
    hosts: Nornir, name: str, address: str, error: type[Exception]
) -> None:
    hosts.inventory.hosts[name] = Host(name, hostname=address)
    ran: list[str] = []

    def work(task: Task) -> Result:
        ran.append(task.host.name)
        return good(task)

    with pytest.raises(error):
        hosts.with_runner(FleetRunner()).run(work)
    assert ran == []
    assert len(hosts.with_runner(FleetRunner(check=False)).run(work)) == 11


# Connections


@pytest.mark.parametrize(
    ("close", "expected"), [("failed", ["leaf3"]), ("always", NAMES), ("never", [])]
)
def test_connections_are_closed_as_asked(hosts: Nornir, close: Any, expected: list[str]) -> None:
    closed: list[str] = []

    def work(task: Task) -> Result:
        name = task.host.name
        task.host.connections["netmiko"] = Connection(closed, name)  # type: ignore[assignment]
        return Result(host=task.host, result=good(task).result, failed=name == "leaf3")

    hosts.with_runner(FleetRunner(1, close=close)).run(work)
    assert closed == expected
    still = [name for name, host in hosts.inventory.hosts.items() if host.connections]
    assert still == [name for name in NAMES if name not in expected]


@pytest.mark.parametrize("error", [OSError("hunter2"), SystemExit()])
def test_all_connections_are_closed_though_one_fails(
    hosts: Nornir, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    closed: list[str] = []

    def die(task: Task) -> Result:
        for name in ("a", "b"):
            made: Any = Connection(closed, f"{task.host.name} {name}", error)
            task.host.connections[name] = made
        raise SystemExit

    result = hosts.filter(name="leaf1").with_runner(FleetRunner(1)).run(die)
    assert closed == ["leaf1 a", "leaf1 b"]
    assert result["leaf1"][0].result.reason == "internal"
    assert caplog.text.count("leaf1: closing") == 2
    assert "hunter2" not in caplog.text


# As Nornir's plugin


def test_nornirs_configuration_can_name_it(tmp_path: Path) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    where = project["project"]["entry-points"]["nornir.plugins.runners"]["nxsl"]
    module, _, name = where.partition(":")
    plugin = getattr(import_module(module), name)
    RunnersPluginRegister.register("nxsl", plugin)  # as Nornir does with what is installed
    options = "{num_workers: 7, limits: {site: 5, jump_host: 10}, close: always}"
    config = f"runner: {{plugin: nxsl, options: {options}}}\n"
    nr = open_fleet(write(tmp_path, config=config))
    runner = nr.runner
    assert isinstance(runner, FleetRunner)
    assert (runner.num_workers, runner.close) == (7, "always")
    assert runner.limits == {"site": 5, "jump_host": 10}
    assert outcomes(nr.run(good)) == [Outcome.ALREADY_OK] * 4
    few = open_fleet(tmp_path, workers=2).runner
    assert isinstance(few, FleetRunner)
    assert few.num_workers == 2


def test_wrong_options_in_the_configuration_are_named(tmp_path: Path) -> None:
    RunnersPluginRegister.register("nxsl", FleetRunner)
    config = "runner: {plugin: nxsl, options: {limits: {site: many}}}\n"
    with pytest.raises(InventoryError, match="limits: a limit is not a whole number"):
        open_fleet(write(tmp_path, config=config))


def test_nornirs_own_ways_work_with_it(hosts: Nornir) -> None:
    closed: list[str] = []
    with hosts.with_runner(FleetRunner(3, close="never")) as nr:
        nr.run(good)
        for host in nr.inventory.hosts.values():
            made: Any = Connection(closed, host.name)
            host.connections["netmiko"] = made
        nr.data.failed_hosts.add("leaf2")
    assert sorted(closed) == sorted(NAMES)
