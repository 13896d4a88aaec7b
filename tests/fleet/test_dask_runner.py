"""The runner on Dask workers: what comes back, in which order, from where, and what does not."""

from __future__ import annotations

import threading
import time
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.task import Result

from nxsl.core.errors import CommandRejected, InventoryError, Refused, RemoteTaskError
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.fleet._parcels import is_changing
from nxsl.fleet.dask_runner import DaskRunner
from nxsl.tasks import diagnose, probe_backend, register, verify
from tests.fleet import dask_tasks as tasks
from tests.fleet.dask_cluster import cluster, connected
from tests.fleet.processes import inventory, outcomes, records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client, SpecCluster
    from nornir.core import Nornir
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, MultiResult, Task

GOOD = Outcome.ALREADY_OK


@pytest.fixture(scope="module")
def running() -> Iterator[SpecCluster]:
    """Two workers, each in a zone of its own."""
    workers = {"one": {"resources": {"dmz": 1}}, "two": {"resources": {"core": 1}}}
    with cluster(workers) as started:
        yield started


@pytest.fixture
def client(running: SpecCluster) -> Iterator[Client]:
    """A client of it."""
    with connected(running) as made:
        yield made


@pytest.fixture
def hosts(tmp_path: Path) -> Nornir:
    """Ten hosts."""
    return inventory(tmp_path / "inventory")


def runner(client: Client, **options: Any) -> DaskRunner:
    """One for tasks that log in nowhere."""
    return DaskRunner(client=client, **{"credentials": "none", "chunk": 3, **options})


# -- what comes back ------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 3, 25])
def test_results_are_those_of_threads_in_their_order_with_the_hosts_of_here(
    client: Client, hosts: Nornir, chunk: int
) -> None:
    here = hosts.run(tasks.ok, detail="fine")
    there = hosts.with_runner(runner(client, chunk=chunk)).run(tasks.ok, detail="fine")
    assert list(there) == list(here) == list(hosts.inventory.hosts)
    assert records(there) == records(here)
    for name, multi in there.items():
        assert multi[0].host is hosts.inventory.hosts[name]
        assert (multi.name, multi[0].name) == (here[name].name, here[name][0].name)
        assert multi[0].severity_level == here[name][0].severity_level


def test_failed_hosts_are_known_and_not_run_afterwards(client: Client, hosts: Nornir) -> None:
    nr = hosts.with_runner(runner(client))
    result = nr.run(tasks.ends_badly, ways={"leaf2": "nxsl", "leaf9": "odd"})
    assert set(result.failed_hosts) == nr.data.failed_hosts == {"leaf2", "leaf9"}
    later = records(nr.run(tasks.ok))
    assert set(later) == set(hosts.inventory.hosts)
    assert {name for name, each in later.items() if each.reason == "failed-earlier"} == {
        "leaf2",
        "leaf9",
    }


def test_no_host_is_no_work(client: Client, hosts: Nornir) -> None:
    nobody = hosts.filter(name="nobody").with_runner(runner(client))
    assert dict(nobody.run(tasks.ok)) == {}


def test_functions_of_a_notebook_travel_with_what_they_enclose(
    client: Client, hosts: Nornir
) -> None:
    word = "enclosed"

    def local(task: Task) -> Result:
        return Result(host=task.host, result=f"{word} {task.host.name}")

    result = hosts.with_runner(runner(client)).run(local)
    assert result["leaf4"][0].result == "enclosed leaf4"


def test_a_dry_run_is_one_there_as_well(client: Client, hosts: Nornir) -> None:
    def is_dry(task: Task, dry_run: bool | None = None) -> Result:
        return Result(host=task.host, result=task.is_dry_run(dry_run))

    nr = hosts.with_runner(runner(client))
    assert nr.run(is_dry)["leaf1"][0].result is False
    assert nr.run(is_dry, dry_run=True)["leaf1"][0].result is True
    nr.data.dry_run = True
    assert nr.run(is_dry)["leaf1"][0].result is True


def test_data_of_groups_and_defaults_is_there(client: Client, tmp_path: Path) -> None:
    def read(task: Task) -> Result:
        host = task.host
        found = (host["own"], host["of_group"], host["of_parent"], host["of_defaults"])
        return Result(host=host, result=(*found, host.hostname, host.port, host.platform))

    folder = tmp_path / "inventory"
    folder.mkdir()
    (folder / "groups.yaml").write_text(
        "child: {groups: [parent], port: 2022, data: {of_group: 2}}\n"
        "parent: {platform: cisco_nxos, data: {of_parent: 3, of_group: 0}}\n"
    )
    (folder / "defaults.yaml").write_text("data: {of_defaults: 4, of_parent: 0}\n")
    nr = inventory(folder, text="leaf1: {hostname: 192.0.2.1, groups: [child], data: {own: 1}}\n")
    result = nr.with_runner(runner(client)).run(read)
    assert result["leaf1"][0].result == (1, 2, 3, 4, "192.0.2.1", 2022, "cisco_nxos")


def test_connections_that_are_open_here_stay_here(client: Client, hosts: Nornir) -> None:
    class Plugin:
        lock = threading.Lock()
        closed = 0

        def close(self) -> None:
            self.closed += 1

    def count(task: Task) -> Result:
        return Result(host=task.host, result=len(task.host.connections))

    plugin = Plugin()
    hosts.inventory.hosts["leaf1"].connections["netmiko"] = plugin  # type: ignore[assignment]
    nr = hosts.with_runner(runner(client))
    assert nr.run(count)["leaf1"][0].result == 0
    assert dict[str, Any](hosts.inventory.hosts["leaf1"].connections) == {"netmiko": plugin}
    assert plugin.closed == 0
    nr.close_connections()
    assert plugin.closed == 1


def test_connections_of_a_worker_are_closed_even_where_that_fails(
    client: Client, hosts: Nornir, tmp_path: Path
) -> None:
    folder = str(tmp_path)

    def connect(task: Task) -> Result:
        name = task.host.name

        class Plugin:
            def close(self) -> None:
                (Path(folder) / name).touch()
                if name == "leaf2":
                    raise OSError("gone")

        task.host.connections["netmiko"] = Plugin()  # type: ignore[assignment]
        if name == "leaf3":
            raise ValueError("no")
        return tasks.ok(task)

    result = hosts.with_runner(runner(client)).run(connect)
    assert set(result.failed_hosts) == {"leaf3"}
    assert {path.name for path in tmp_path.glob("leaf*")} == set(hosts.inventory.hosts)


# -- exceptions -----------------------------------------------------------------------------------


def test_each_bad_end_costs_its_own_host_and_says_what_it_was(
    client: Client, hosts: Nornir, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = {
        "leaf1": "nxsl",
        "leaf2": "odd",
        "leaf3": "exit",
        "leaf4": "subtask",
        "leaf5": "lock",
        "leaf6": "host",
        "leaf7": "foreign",
    }
    result = hosts.with_runner(runner(client, chunk=10)).run(tasks.ends_badly, ways=ways)
    found = {name: multi[0] for name, multi in result.items()}
    error = found["leaf1"].exception
    assert type(error) is CommandRejected
    assert (error.host, error.command, error.text) == ("leaf1", "show version", "% no")
    assert str(found["leaf2"].exception) == "Odd: one and two"
    assert type(found["leaf2"].exception) is RemoteTaskError
    assert (found["leaf3"].result.outcome, found["leaf3"].result.reason) == (
        Outcome.UNKNOWN,
        "internal",
    )
    assert "SystemExit" in found["leaf3"].result.detail
    assert type(found["leaf4"].exception) is RemoteTaskError
    assert [type(each.exception) for each in result["leaf4"]] == [RemoteTaskError, ValueError]
    assert result["leaf4"][1].host is hosts.inventory.hosts["leaf4"]
    for name in ("leaf5", "leaf6"):
        assert found[name].result.outcome is Outcome.UNKNOWN
        assert "its result cannot travel" in found[name].result.detail
    assert found["leaf7"].result.outcome is Outcome.UNKNOWN
    assert "cannot be read here: ModuleNotFoundError" in found["leaf7"].result.detail
    assert found["leaf7"].host is hosts.inventory.hosts["leaf7"]
    assert set(result.failed_hosts) == set(ways)


def test_results_of_subtasks_come_along(client: Client, hosts: Nornir) -> None:
    result = hosts.with_runner(runner(client)).run(tasks.catches)
    multi = result["leaf7"]
    assert [each.failed for each in multi] == [False, True]
    assert str(multi[1].exception) == "subtask says no"
    assert multi[1].host is hosts.inventory.hosts["leaf7"]


def test_what_cannot_be_pickled_is_refused_before_anything_is_sent(
    client: Client, hosts: Nornir, tmp_path: Path
) -> None:
    with pytest.raises(TypeError, match="pickle"):
        hosts.with_runner(runner(client)).run(tasks.note, folder=threading.Lock())
    hosts.inventory.hosts["leaf5"].data["odd"] = threading.Lock()
    with pytest.raises(InventoryError, match=r"leaf4, leaf5, leaf6 cannot travel"):
        hosts.with_runner(runner(client)).run(tasks.note, folder=str(tmp_path))
    assert not list(tmp_path.glob("leaf*"))


# -- zones ----------------------------------------------------------------------------------------


def test_hosts_run_in_their_zone_and_a_zone_without_worker_is_not_waited_for(
    client: Client, tmp_path: Path
) -> None:
    zones = ["dmz", "core", "", "nowhere"] * 3
    text = "".join(
        f"leaf{n}: {{hostname: 192.0.2.{n}, data: {{{f'zone: {zone}' if zone else ''}}}}}\n"
        for n, zone in enumerate(zones)
    )
    nr = inventory(tmp_path / "inventory", text=text)
    result = nr.with_runner(runner(client, chunk=2, patience=0.3)).run(tasks.where)
    assert list(result) == [f"leaf{n}" for n in range(12)]
    for zone, record in zip(zones, records(result).values(), strict=True):
        if zone == "nowhere":
            assert (record.outcome, record.reason) == (Outcome.NOT_RUN, "no-worker")
            assert "'nowhere'" in record.detail
            assert "--resources nowhere=1" in record.remedy
        else:
            worker = record.detail.split()[0]
            assert worker in {"dmz": {"one"}, "core": {"two"}, "": {"one", "two"}}[zone]
    assert set(result.failed_hosts) == {"leaf3", "leaf7", "leaf11"}


def test_the_zone_may_have_another_name_and_come_from_a_group(
    client: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "inventory"
    folder.mkdir()
    (folder / "groups.yaml").write_text("inside: {data: {reach: core}}\n")
    nr = inventory(folder, text="leaf1: {hostname: 192.0.2.1, groups: [inside]}\n")
    result = nr.with_runner(runner(client, zone="reach")).run(tasks.where)
    assert records(result)["leaf1"].detail.startswith("two ")


def test_no_worker_at_all_is_not_waited_for_either(hosts: Nornir) -> None:
    with cluster({}) as empty, connected(empty) as client:
        result = hosts.with_runner(runner(client, patience=0.2)).run(tasks.ok)
    assert outcomes(result) == [Outcome.NOT_RUN] * 10
    assert records(result)["leaf1"].reason == "no-worker"


# -- processors -----------------------------------------------------------------------------------


class Watching:
    """A processor that could not travel."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.seen: list[str] = []

    def task_started(self, task: Task) -> None:
        self.seen.append(f"begin {task.name}")

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        self.seen.append(f"end {task.name} {len(result)}")

    def task_instance_started(self, task: Task, host: Host) -> None:  # noqa: ARG002
        with self.lock:
            self.seen.append(f"started {task.host.name}")

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:  # noqa: ARG002
        with self.lock:
            assert result[0].host is host
            self.seen.append(f"completed {host.name} {result[0].result.outcome}")

    def subtask_instance_started(self, task: Task, host: Host) -> None: ...
    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None: ...


class Raising(Watching):
    """One that breaks at each host."""

    def task_instance_started(self, task: Task, host: Host) -> None:  # noqa: ARG002
        raise BrokenPipeError

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:  # noqa: ARG002
        raise ValueError("the screen is gone")


def test_processors_are_called_here(client: Client, hosts: Nornir) -> None:
    watching = Watching()
    hosts.with_runner(runner(client)).with_processors([watching]).run(tasks.ok)
    assert watching.seen[0] == "begin ok"
    assert watching.seen[-1] == "end ok 10"
    for name in hosts.inventory.hosts:
        started = watching.seen.index(f"started {name}")
        assert started < watching.seen.index(f"completed {name} {GOOD}")
    assert len(watching.seen) == 22


def test_a_processor_that_raises_costs_nothing(
    client: Client, hosts: Nornir, caplog: pytest.LogCaptureFixture
) -> None:
    result = hosts.with_runner(runner(client)).with_processors([Raising()]).run(tasks.ok)
    assert outcomes(result) == [GOOD] * 10
    assert "a processor raised BrokenPipeError" in caplog.text
    assert "the screen is gone" not in caplog.text


# -- stopping -------------------------------------------------------------------------------------


class Stop:
    """What asks to stop."""

    def __init__(self) -> None:
        self.requested = threading.Event()
        self.urgent = threading.Event()


def begun(folder: Path, hosts: int) -> None:
    """Wait until so many hosts are under way."""
    deadline = time.monotonic() + 20
    while len(list(folder.glob("leaf*"))) < hosts:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_when_asked_to_stop_nothing_more_is_begun_and_what_runs_comes_to_its_end(
    client: Client, hosts: Nornir, tmp_path: Path
) -> None:
    stop = Stop()

    def ask() -> None:
        begun(tmp_path, 6)  # two workers, three hosts each
        stop.requested.set()
        time.sleep(0.5)
        (tmp_path / "gate").touch()

    thread = threading.Thread(target=ask)
    thread.start()
    watching = Watching()
    made = runner(client, stop=stop)
    result = (
        hosts.with_runner(made)
        .with_processors([watching])
        .run(tasks.wait_for, folder=str(tmp_path))
    )
    thread.join()
    assert made.stopped
    assert made.left == ()
    assert outcomes(result) == [GOOD] * 6 + [Outcome.NOT_RUN] * 4
    assert records(result)["leaf7"].reason == "stopped"
    assert len(list(tmp_path.glob("leaf*"))) == 6
    assert not any("leaf7" in each for each in watching.seen)


def test_when_it_is_urgent_nothing_is_waited_for(
    client: Client, hosts: Nornir, tmp_path: Path
) -> None:
    stop = Stop()

    def ask() -> None:
        begun(tmp_path, 6)
        stop.requested.set()
        stop.urgent.set()

    thread = threading.Thread(target=ask)
    thread.start()
    made = runner(client, stop=stop)
    result = hosts.with_runner(made).run(tasks.wait_for, folder=str(tmp_path))
    (tmp_path / "gate").touch()
    thread.join()
    assert made.left == tuple(f"leaf{n}" for n in range(1, 7))
    assert outcomes(result) == [Outcome.UNKNOWN] * 6 + [Outcome.NOT_RUN] * 4
    assert {record.reason for record in records(result).values()} == {"stopped"}


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_once_ends_what_runs_and_twice_leaves_it(
    client: Client, hosts: Nornir, tmp_path: Path, presses: int
) -> None:
    import signal  # noqa: PLC0415

    main = threading.main_thread().ident
    assert main is not None

    def press() -> None:
        begun(tmp_path, 6)
        for _ in range(presses):
            signal.pthread_kill(main, signal.SIGINT)
            time.sleep(0.5)
        (tmp_path / "gate").touch()

    thread = threading.Thread(target=press)
    thread.start()
    made = runner(client)
    result = hosts.with_runner(made).run(tasks.wait_for, folder=str(tmp_path))
    thread.join()
    assert made.stopped
    ends = Outcome.UNKNOWN if presses == 2 else GOOD
    assert outcomes(result) == [ends] * 6 + [Outcome.NOT_RUN] * 4
    assert len(made.left) == (6 if presses == 2 else 0)
    assert len(list(tmp_path.glob("leaf*"))) == 6


# -- what changes is not done twice ----------------------------------------------------------------


def test_a_scheduler_that_repeats_is_refused_for_what_changes(
    hosts: Nornir, tmp_path: Path
) -> None:
    with (
        cluster({"one": {}}, allowed_failures=3) as repeating,
        connected(repeating) as client,
    ):
        nr = hosts.with_runner(runner(client))
        with pytest.raises(Refused, match=r"allowed-failures is 3.*ALLOWED_FAILURES=0"):
            nr.run(tasks.note, folder=str(tmp_path))
        assert not list(tmp_path.glob("leaf*"))
        assert outcomes(nr.run(tasks.where)) == [GOOD] * 10
        reading = hosts.with_runner(runner(client, changes=False))
        assert outcomes(reading.run(tasks.ok)) == [GOOD] * 10
        with pytest.raises(Refused):
            hosts.with_runner(runner(client, changes=True)).run(tasks.where)


def test_what_only_reads_is_known(hosts: Nornir) -> None:
    changing: list[str] = []
    for task in (verify, diagnose, probe_backend, register, tasks.ok):
        for dry_run in (None, True):
            params = {} if dry_run is None else {"dry_run": dry_run}
            if is_changing(_task(hosts, task, params), None):
                changing.append(f"{task.__name__} {dry_run}")
    assert changing == ["register None", "ok None"]


def _task(hosts: Nornir, function: Any, params: dict[str, Any]) -> Task:
    from nornir.core.task import Task as Made  # noqa: PLC0415

    return Made(function, hosts, False, hosts.processors, **params)


def test_a_worker_that_says_goodbye_does_not_hand_its_hosts_on(
    hosts: Nornir, tmp_path: Path
) -> None:
    """Dask gives them to another worker then, whatever number of failures is allowed."""
    with (
        cluster({"one": {}, "two": {}}) as both,
        connected(both) as client,
    ):

        def say_goodbye() -> None:
            begun(tmp_path, 4)
            client.retire_workers(names=["one"], close_workers=True, remove=True)
            (tmp_path / "gate").touch()

        thread = threading.Thread(target=say_goodbye)
        thread.start()
        few = hosts.filter(filter_func=lambda host: host.name in {f"leaf{n}" for n in range(1, 5)})
        result = few.with_runner(runner(client, chunk=2, patience=1.0)).run(
            tasks.wait_for, folder=str(tmp_path)
        )
        thread.join()
    assert len(result) == 4
    for path in tmp_path.glob("leaf*"):
        assert len(path.read_text().splitlines()) == 1, path.name
    for record in records(result).values():
        assert record.outcome in {GOOD, Outcome.UNKNOWN}


def test_hosts_of_a_lost_worker_that_were_not_begun_are_known_to_be_so(
    hosts: Nornir, tmp_path: Path
) -> None:
    with cluster({"one": {}}) as only, connected(only) as client:
        # Somebody else's; the only thread is taken.
        held = client.submit(tasks.hold, str(tmp_path), pure=False)

        def lose() -> None:
            address = only.workers["one"].worker_address
            deadline = time.monotonic() + 20
            while len(client.processing()[address]) < 2:
                assert time.monotonic() < deadline
            scheduler: Any = only.scheduler
            only.sync(scheduler.remove_worker, address=address, stimulus_id="test")

        thread = threading.Thread(target=lose)
        thread.start()
        result = hosts.with_runner(runner(client, chunk=10, patience=0.3)).run(
            tasks.note, folder=str(tmp_path)
        )
        thread.join()
        (tmp_path / "gate").touch()
        held.release()
    assert outcomes(result) == [Outcome.NOT_RUN] * 10
    assert records(result)["leaf1"].reason == "worker-lost"
    assert not list(tmp_path.glob("leaf*"))


def test_hosts_whose_last_worker_says_goodbye_are_not_waited_for(
    hosts: Nornir, tmp_path: Path
) -> None:
    with cluster({"one": {}}) as only, connected(only) as client:

        def say_goodbye() -> None:
            begun(tmp_path, 5)
            client.retire_workers(names=["one"], close_workers=True, remove=True)

        thread = threading.Thread(target=say_goodbye)
        thread.start()
        result = hosts.with_runner(runner(client, chunk=5, patience=0.3)).run(
            tasks.wait_for, folder=str(tmp_path)
        )
        (tmp_path / "gate").touch()
        thread.join()
    assert outcomes(result) == [Outcome.UNKNOWN] * 5 + [Outcome.NOT_RUN] * 5
    assert {record.reason for record in records(result).values()} == {"worker-lost", "no-worker"}


@pytest.mark.parametrize("changes", [True, False])
def test_a_worker_that_cannot_read_the_task_says_so(
    client: Client, hosts: Nornir, changes: bool
) -> None:
    nr = hosts.with_runner(runner(client, changes=changes))
    result = nr.run(tasks.ok, detail=tasks.Foreign())
    assert outcomes(result) == [Outcome.NOT_RUN if changes else Outcome.FAILED_CLEAN] * 10
    record = records(result)["leaf1"]
    assert record.reason == "worker-failed"
    assert "No module named 'of_the_sender'" in record.detail


# -- how it is made -------------------------------------------------------------------------------


def test_the_plugin_is_found_under_its_name() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    plugins = tomllib.loads(text)["project"]["entry-points"]["nornir.plugins.runners"]
    module, _, name = plugins["nxsl_dask"].partition(":")
    assert getattr(import_module(module), name) is DaskRunner
    assert DaskRunner.remote is True


@pytest.mark.parametrize("number", ["workers", "threads", "chunk"])
def test_numbers_are_positive(number: str) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        DaskRunner(**{number: 0})  # type: ignore[arg-type]


def test_a_record_that_was_made_up_is_a_task_record(client: Client, hosts: Nornir) -> None:
    result = hosts.with_runner(runner(client)).run(tasks.ends_badly, ways={"leaf1": "exit"})
    assert isinstance(result["leaf1"][0].result, TaskRecord)
