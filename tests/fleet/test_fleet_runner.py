"""The runner: a stop starts nothing more and loses nothing, and no task costs another host."""

from __future__ import annotations

import signal
import threading
import tomllib
from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.inventory import Host
from nornir.core.plugins.runners import RunnersPluginRegister
from nornir.core.task import Result

from nxsl.core.errors import InventoryError, SelectionError
from nxsl.core.guard import Unguarded, guard, guarded
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.fleet.inventory import open_fleet
from nxsl.fleet.runner import FleetRunner
from nxsl.fleet.stop import Stop, stopping_by_signals
from tests.fleet.files import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nornir.core import Nornir
    from nornir.core.task import Task

NAMES = [f"leaf{number}" for number in range(1, 11)]


@pytest.fixture
def hosts(tmp_path: Path) -> Nornir:
    """Ten hosts that nothing connects to; five of each site."""
    body = "".join(
        f"leaf{number}: {{hostname: 192.0.2.{number}, data: {{site: s{number % 2}}}}}\n"
        for number in range(1, 11)
    )
    return open_fleet(write(tmp_path, hosts=body))


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """SIGINT as a program in the foreground has it."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


def outcomes(result: object) -> list[Outcome]:
    """The outcome of each host."""
    assert isinstance(result, dict)
    return [multi[0].result.outcome for multi in result.values()]


class Busy:
    """How many are at work at the same time, and how many were at most."""

    def __init__(self) -> None:
        self.most: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def at(self, what: str) -> Iterator[None]:
        with self._lock:
            self._now[what] += 1
            self.most[what] = max(self.most[what], self._now[what])
        yield
        with self._lock:
            self._now[what] -= 1


def good(task: Task) -> Result:
    """A task that does nothing."""
    return Result(host=task.host, result=TaskRecord(outcome=Outcome.ALREADY_OK))


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


class Connection:
    """Looks like Nornir's; notes that it was closed."""

    def __init__(self, closed: list[str], name: str, error: BaseException | None = None) -> None:
        self._closed, self._name, self._error = closed, name, error

    def close(self) -> None:
        self._closed.append(self._name)
        if self._error:
            raise self._error


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


# Stopping


class Stopped:
    """A run that was stopped while two hosts were under way and eight waited."""

    def __init__(self, hosts: Nornir, how: Callable[[], object], *, twice: bool = False) -> None:
        self.started: list[str] = []
        self.told: list[Sequence[str]] = []
        self.closed: list[str] = []
        self.hooks: list[str] = []
        self.go_on = threading.Event()
        both = threading.Barrier(2, timeout=20)

        def work(task: Task) -> Result:
            self.started.append(task.host.name)
            made: Any = Connection(self.closed, task.host.name)
            task.host.connections["netmiko"] = made
            if both.wait() == 0:
                how()
            self.go_on.wait(20)
            return Result(host=task.host, result=good(task).result, failed=True)

        def say(under_way: Sequence[str]) -> None:
            self.told.append(under_way)
            if twice:
                how()
            else:
                self.go_on.set()

        self.runner = FleetRunner(2, on_stop=say)
        noting: Any = Noting(self)
        self.result = hosts.with_processors([noting]).with_runner(self.runner).run(work)


class Noting:
    """A processor that notes the hosts that have ended."""

    def __init__(self, run: Stopped) -> None:
        self._run = run

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)

        def hook(_task: object, host: object = None, *_: object) -> None:
            if name == "task_instance_completed":
                self._run.hooks.append(str(host))

        return hook


def press() -> None:
    """Ctrl-C, from whatever thread."""
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGINT)


def test_after_a_signal_no_host_begins_and_those_under_way_end(hosts: Nornir) -> None:
    run = Stopped(hosts, press)
    assert (run.runner.stopped, run.runner.left) == (True, ())
    assert run.told == [("leaf1", "leaf2")]
    assert sorted(run.started) == ["leaf1", "leaf2"]
    assert outcomes(run.result) == [Outcome.ALREADY_OK] * 2 + [Outcome.NOT_RUN] * 8
    assert run.result["leaf3"][0].result.reason == "stopped"
    assert run.result["leaf3"].failed
    assert sorted(run.closed) == sorted(run.hooks) == ["leaf1", "leaf2"]


def test_after_a_second_signal_those_under_way_are_left_alone(hosts: Nornir) -> None:
    run = Stopped(hosts, press, twice=True)
    assert (run.runner.stopped, run.runner.left) == (True, ("leaf1", "leaf2"))
    assert run.told == [("leaf1", "leaf2")]
    assert outcomes(run.result) == [Outcome.UNKNOWN] * 2 + [Outcome.NOT_RUN] * 8
    assert run.result["leaf1"][0].result.reason == "stopped"
    # They come to their end all the same, and nobody hears of it or touches them.
    threads = [each for each in threading.enumerate() if each.name.startswith("nxsl-")]
    assert len(threads) == 2
    run.go_on.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert outcomes(run.result) == [Outcome.UNKNOWN] * 2 + [Outcome.NOT_RUN] * 8
    assert (run.closed, run.hooks) == ([], [])


def test_it_can_be_stopped_without_a_signal(hosts: Nornir) -> None:
    stop = Stop()

    def work(task: Task) -> Result:
        if task.host.name == "leaf3":
            stop.requested.set()
        return good(task)

    result = hosts.with_runner(FleetRunner(1, stop=stop)).run(work)
    assert outcomes(result) == [Outcome.ALREADY_OK] * 3 + [Outcome.NOT_RUN] * 7
    again = hosts.with_runner(FleetRunner(1, stop=stop)).run(good, on_failed=True)
    assert outcomes(again) == [Outcome.NOT_RUN] * 10


def test_it_obeys_the_stop_that_is_around_it(hosts: Nornir) -> None:
    with stopping_by_signals() as stop:
        run = Stopped(hosts, press)
        assert stop.requested.is_set()
    assert outcomes(run.result) == [Outcome.ALREADY_OK] * 2 + [Outcome.NOT_RUN] * 8


def test_a_stop_while_workers_wait_for_a_limit_ends_the_run(hosts: Nornir) -> None:
    stop = Stop()
    told = threading.Event()

    def work(task: Task) -> Result:
        stop.requested.set()  # the other worker waits, as the site is full
        assert told.wait(10)
        return good(task)

    one_site = hosts.filter(site="s1")
    runner = FleetRunner(2, limits={"site": 1}, stop=stop, on_stop=lambda _: told.set())
    result = one_site.with_runner(runner).run(work)
    assert outcomes(result) == [Outcome.ALREADY_OK] + [Outcome.NOT_RUN] * 4


def test_what_is_called_at_a_stop_costs_nothing(
    hosts: Nornir, caplog: pytest.LogCaptureFixture
) -> None:
    stop = Stop()

    def gone(_under_way: Sequence[str]) -> None:
        raise OSError("terminal")

    def work(task: Task) -> Result:
        stop.requested.set()
        return good(task)

    result = hosts.with_runner(FleetRunner(1, stop=stop, on_stop=gone)).run(work)
    assert outcomes(result) == [Outcome.ALREADY_OK] + [Outcome.NOT_RUN] * 9
    assert "on_stop raised OSError" in caplog.text


def test_ctrl_c_after_a_run_is_the_callers_again(hosts: Nornir) -> None:
    hosts.with_runner(FleetRunner(2)).run(good)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


# Threads


def test_a_machine_that_gives_few_threads_is_enough(
    hosts: Nornir, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start = threading.Thread.start
    given: list[str] = []

    def scarce(self: threading.Thread) -> None:
        if self.name.startswith("nxsl-") and self.name != "nxsl-signals":
            if len(given) == 2:
                raise RuntimeError("can't start new thread")
            given.append(self.name)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", scarce)
    result = hosts.with_runner(FleetRunner(5)).run(good)
    assert outcomes(result) == [Outcome.ALREADY_OK] * 10
    assert "no more than 2 threads" in caplog.text


def test_no_thread_is_left_behind(hosts: Nornir) -> None:
    before = threading.active_count()
    hosts.with_runner(FleetRunner(5)).run(good)
    assert threading.active_count() == before


def test_a_host_sees_nothing_of_the_callers_context_or_another_hosts(hosts: Nornir) -> None:
    mark: ContextVar[str] = ContextVar("mark", default="")
    mark.set("caller")
    seen: list[str] = []

    def work(task: Task) -> Result:
        seen.append(mark.get())
        mark.set(task.host.name)
        assert isinstance(guard(), Unguarded)
        return good(task)

    with guarded(Other()):
        result = hosts.with_runner(FleetRunner(1)).run(work)
    assert not result.failed
    assert seen == [""] * 10


class Other(Unguarded):
    """Another guard, which must not get into the tasks by itself."""


def test_a_guard_set_inside_the_task_is_that_tasks(hosts: Nornir) -> None:
    mine = Unguarded()

    def work(task: Task) -> Result:
        with guarded(mine):
            assert guard() is mine
        return good(task)

    assert not hosts.with_runner(FleetRunner(3)).run(work).failed


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
