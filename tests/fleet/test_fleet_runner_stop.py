"""The runner: a stop starts nothing more and loses nothing, and nothing gets about unseen."""

from __future__ import annotations

import signal
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.task import Result

from nxsl.core.guard import Unguarded, guard, guarded
from nxsl.core.outcome import Outcome
from nxsl.fleet.runner import FleetRunner
from nxsl.fleet.stop import Stop, stopping_by_signals
from tests.fleet.crews import Connection, good, outcomes, ten_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from nornir.core import Nornir
    from nornir.core.task import Task


@pytest.fixture
def hosts(tmp_path: Path) -> Nornir:
    """Ten hosts."""
    return ten_hosts(tmp_path)


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """SIGINT as a program in the foreground has it."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


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


@pytest.mark.parametrize("error", [OSError, SystemExit])
def test_what_is_called_at_a_stop_costs_nothing(
    hosts: Nornir, caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    stop = Stop()

    def gone(_under_way: Sequence[str]) -> None:
        raise error("terminal")

    def work(task: Task) -> Result:
        stop.requested.set()
        return good(task)

    result = hosts.with_runner(FleetRunner(1, stop=stop, on_stop=gone)).run(work)
    assert outcomes(result) == [Outcome.ALREADY_OK] + [Outcome.NOT_RUN] * 9
    assert f"on_stop raised {error.__name__}" in caplog.text


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
    before = {*threading.enumerate()}
    hosts.with_runner(FleetRunner(5)).run(good)
    assert {*threading.enumerate()} <= before


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
