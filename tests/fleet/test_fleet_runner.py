"""The runner: Ctrl-C starts nothing more and loses nothing, and no task costs another host."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
from nornir.core.task import Result

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.fleet.inventory import open_fleet
from nxsl.fleet.runner import StoppableRunner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nornir.core import Nornir
    from nornir.core.task import Task


@pytest.fixture
def hosts(tmp_path: Path) -> Nornir:
    """Ten hosts that nothing connects to."""
    body = "".join(f"leaf{number}: {{hostname: 192.0.2.{number}}}\n" for number in range(1, 11))
    (tmp_path / "hosts.yaml").write_text(body, encoding="utf-8")
    return open_fleet(tmp_path)


def outcomes(result: object) -> list[Outcome]:
    """The outcome of each host."""
    assert isinstance(result, dict)
    return [multi[0].result.outcome for multi in result.values()]


def good(task: Task) -> Result:
    """A task that does nothing."""
    return Result(host=task.host, result=TaskRecord(outcome=Outcome.ALREADY_OK))


def test_every_host_is_in_the_result_in_the_inventorys_order(hosts: Nornir) -> None:
    result = hosts.with_runner(StoppableRunner(3)).run(good)
    assert list(result) == list(hosts.inventory.hosts)
    assert outcomes(result) == [Outcome.ALREADY_OK] * 10


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_task_that_dies_costs_its_own_host_only(
    hosts: Nornir, error: type[BaseException]
) -> None:
    def die(task: Task) -> Result:
        if task.host.name == "leaf3":
            raise error
        return good(task)

    runner = StoppableRunner(3)
    result = hosts.with_runner(runner).run(die)
    assert outcomes(result).count(Outcome.ALREADY_OK) == 9
    assert result["leaf3"][0].result.reason == "internal"
    assert result["leaf3"].failed
    assert not runner.stopped


def interrupted(hosts: Nornir, presses: int) -> tuple[StoppableRunner, object, list[str], int]:
    """Press Ctrl-C while two hosts are under way and eight wait."""
    started: list[str] = []
    go_on = threading.Event()
    main = threading.main_thread().ident
    assert main is not None
    running: list[int] = []

    def work(task: Task) -> Result:
        started.append(task.host.name)
        go_on.wait(20)
        return good(task)

    def press() -> None:
        while len(started) < 2:
            time.sleep(0.01)
        for _ in range(presses):
            signal.pthread_kill(main, signal.SIGINT)
            time.sleep(0.3)
        go_on.set()

    runner = StoppableRunner(2, on_stop=running.append)
    thread = threading.Thread(target=press)
    thread.start()
    result = hosts.with_runner(runner).run(work)
    go_on.set()
    thread.join()
    return runner, result, started, running[0]


def test_after_ctrl_c_no_host_begins_and_those_under_way_end(hosts: Nornir) -> None:
    runner, result, started, running = interrupted(hosts, presses=1)
    assert (runner.stopped, runner.left) == (True, False)
    assert running == 2
    assert len(started) == 2
    assert outcomes(result) == [Outcome.ALREADY_OK] * 2 + [Outcome.NOT_RUN] * 8


def test_a_second_ctrl_c_leaves_those_under_way(hosts: Nornir) -> None:
    runner, result, started, _ = interrupted(hosts, presses=2)
    assert runner.left
    assert len(started) == 2
    assert outcomes(result) == [Outcome.UNKNOWN] * 2 + [Outcome.NOT_RUN] * 8


def test_a_second_ctrl_c_while_the_first_is_answered_loses_nothing(hosts: Nornir) -> None:
    go_on = threading.Event()
    begun = threading.Semaphore(0)
    main = threading.main_thread().ident
    assert main is not None

    def work(task: Task) -> Result:
        begun.release()
        go_on.wait(20)
        return good(task)

    def again(_running: int) -> None:
        signal.raise_signal(signal.SIGINT)

    def press() -> None:
        for _ in range(2):
            begun.acquire(timeout=20)
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    runner = StoppableRunner(2, on_stop=again)
    result = hosts.with_runner(runner).run(work)
    go_on.set()
    thread.join()
    assert runner.left
    assert outcomes(result) == [Outcome.UNKNOWN] * 2 + [Outcome.NOT_RUN] * 8


def test_a_task_that_raises_is_kept_as_nornir_keeps_it(hosts: Nornir) -> None:
    def fail(_task: Task) -> Result:
        raise ValueError("no")

    result = hosts.with_runner(StoppableRunner(3)).run(fail)
    assert all(isinstance(multi[0].exception, ValueError) for multi in result.values())


def test_the_pool_is_as_wide_as_asked(hosts: Nornir) -> None:
    seen: list[int] = []
    lock: Callable[[], None] = threading.Barrier(5, timeout=10).wait  # type: ignore[assignment]

    def meet(task: Task) -> Result:
        lock()
        seen.append(1)
        return good(task)

    hosts.with_runner(StoppableRunner(5)).run(meet)
    assert len(seen) == 10
