"""Whatever a task, a handler or a machine does: each host of a process has its own ending."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.inventory import ConnectionOptions

from nxsl.core.errors import Refused, RemoteTaskError, SecretError
from nxsl.core.outcome import Outcome
from nxsl.core.secret import Password
from nxsl.fleet import _children
from nxsl.fleet._hands import Hands
from nxsl.fleet._keys import Keys, keys_of
from nxsl.fleet._parcels import portable
from nxsl.fleet.process_runner import ProcessRunner
from nxsl.fleet.reading_runner import ReadingRunner
from nxsl.fleet.runner import FleetRunner
from nxsl.fleet.stop import Stop
from tests.fleet import process_tasks as tasks
from tests.fleet.processes import inventory, outcomes, records, soon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nornir.core import Nornir

GOOD = Outcome.ALREADY_OK
PATIENCE = 30.0


@pytest.fixture(scope="module")
def two() -> Iterator[ProcessRunner]:
    """A runner with two processes, of five hosts at a time each."""
    with ProcessRunner(2, threads=5, chunk=2) as runner:
        yield runner


@pytest.fixture
def hosts(tmp_path: Path) -> Nornir:
    """Six hosts."""
    return inventory(tmp_path / "inventory", hosts=6)


def run(nr: Nornir, task: Any, **operands: Any) -> Any:
    """Run a task; a run that never ends fails the test, and does not hold it up."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(nr.run(task, **operands)), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert found, "the run did not end"
    return found[0]


# -- what a task can do ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("junk", "the task's results are none"),
        ("another", "the task gave the result of another host"),
        ("exit", "the task died of SystemExit"),
    ],
)
def test_a_task_that_ends_oddly_costs_its_host_alone(
    two: ProcessRunner, hosts: Nornir, way: str, says: str
) -> None:
    odd = {"leaf2": way}
    there = run(hosts.with_runner(two), tasks.ends_oddly, ways=odd)
    hosts.data.reset_failed_hosts()
    here = hosts.with_runner(FleetRunner(3)).run(tasks.ends_oddly, ways=odd)
    assert records(there)["leaf2"].outcome is Outcome.UNKNOWN
    assert records(there)["leaf2"].detail == says
    assert records(there) == records(here)


def test_so_does_an_exception_that_cannot_be_shown(two: ProcessRunner, hosts: Nornir) -> None:
    result = run(hosts.with_runner(two), tasks.ends_oddly, ways={"leaf2": "mute"})
    assert [name for name, multi in result.items() if multi.failed] == ["leaf2"]
    error = result["leaf2"][0].exception
    assert (type(error), str(error)) == (RemoteTaskError, "Mute: it cannot be shown")


def test_and_a_connection_that_ends_its_thread(two: ProcessRunner, hosts: Nornir) -> None:
    result = run(hosts.with_runner(two), tasks.ends_oddly, ways={"leaf2": "closing"})
    assert outcomes(result) == [GOOD] * 6


def test_what_cannot_even_be_looked_at_has_an_ending() -> None:
    assert "it cannot be shown" in str(portable(tasks.Mute()))


def test_a_host_that_failed_earlier_is_in_the_result(two: ProcessRunner, hosts: Nornir) -> None:
    nr = hosts.with_runner(two)
    nr.data.failed_hosts.add("leaf2")
    result = nr.run(tasks.where)
    assert len(result) == 6
    assert records(result)["leaf2"].reason == "failed-earlier"
    nr.data.failed_hosts.update(hosts.inventory.hosts)
    assert outcomes(nr.run(tasks.where)) == [Outcome.NOT_RUN] * 6


# -- what is logged -------------------------------------------------------------------------------


class Broken(logging.Handler):
    """A handler that cannot write, and says so to whoever logs."""

    def emit(self, record: logging.LogRecord) -> None:
        raise OSError(f"no space left for {record.name}")


def test_a_broken_handler_here_costs_no_ending(
    two: ProcessRunner, hosts: Nornir, caplog: pytest.LogCaptureFixture
) -> None:
    logger, broken = logging.getLogger("nxsl.test"), Broken()
    logger.addHandler(broken)
    try:
        result = run(hosts.with_runner(two), tasks.says, word="so")
    finally:
        logger.removeHandler(broken)
    assert outcomes(result) == [GOOD] * 6
    assert "a handler of the log nxsl.test raised OSError" in caplog.text


def test_a_log_line_that_cannot_be_made_costs_none_either(
    two: ProcessRunner, hosts: Nornir
) -> None:
    assert outcomes(run(hosts.with_runner(two), tasks.ends_oddly, ways={"leaf2": "log"})) == (
        [GOOD] * 6
    )


# -- what a machine, or the surroundings, can do --------------------------------------------------


def test_a_process_looks_for_modules_where_this_one_does(
    hosts: Nornir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the working directory, which may be anybody's; and a path is no text there."""
    (tmp_path / "json.py").write_text("raise SystemExit('taken from the working directory')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*filter(None, sys.path), Path("odd")])
    with ProcessRunner(2) as runner:
        assert outcomes(hosts.with_runner(runner).run(tasks.where)) == [GOOD] * 6


def no_more_than(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let only so many processes be started."""
    real, count = _children.Child, iter(range(most))

    def start(*operands: Any) -> Any:
        if next(count, None) is None:
            raise Refused("no process can be started: none is left")
        return real(*operands)

    monkeypatch.setattr(_children, "Child", start)


def test_fewer_processes_than_were_wanted_do_it_all(
    hosts: Nornir, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    no_more_than(monkeypatch, 1)
    with ProcessRunner(3, chunk=1) as runner:
        assert outcomes(hosts.with_runner(runner).run(tasks.where)) == [GOOD] * 6
        assert len(runner.pids) == 1
    assert "on 1 processes" in caplog.text


def test_without_any_it_is_threads_unless_processes_were_asked_for(
    hosts: Nornir, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_more_than(monkeypatch, 0)
    monkeypatch.setattr("nxsl.fleet.reading_runner.processes_for", lambda *_a, **_k: 2)
    with ReadingRunner(FleetRunner(4), workers=4) as runner:
        assert outcomes(hosts.with_runner(runner).run(tasks.where)) == [GOOD] * 6
        assert runner.used == 1
    with ReadingRunner(FleetRunner(4), workers=4, processes=2) as runner, pytest.raises(Refused):
        hosts.with_runner(runner).run(tasks.where)


@pytest.mark.parametrize(
    ("workers", "processes", "most"), [(5, 2, 4), (3, 4, 3), (1, 4, 1), (8, 4, 8)]
)
def test_all_processes_together_have_no_more_hosts_than_workers(
    hosts: Nornir, workers: int, processes: int, most: int
) -> None:
    with ReadingRunner(FleetRunner(workers), processes=processes, workers=workers) as runner:
        hosts.with_runner(runner).run(tasks.where)
        taken = runner._runner
        if taken is None:
            assert most == runner.used == 1
        else:
            assert taken.processes * taken.threads == most


def test_a_run_that_breaks_here_leaves_nobody_at_work(
    two: ProcessRunner, hosts: Nornir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does what they would have said come into the next run."""
    folder = tmp_path / "traces"
    folder.mkdir()

    def breaks(*_operands: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("nxsl.fleet._process_errands.ProcessErrands._began", breaks)
        with pytest.raises(ZeroDivisionError):
            hosts.with_runner(two).run(tasks.waits_and_reads, folder=str(folder))
    assert two.pids == ()
    assert outcomes(run(hosts.with_runner(two), tasks.where)) == [GOOD] * 6


def test_a_wait_in_the_middle_of_a_task_learns_of_the_stop(hosts: Nornir, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    stop = Stop()
    with ProcessRunner(1, threads=6, stop=stop) as runner:

        def ask() -> None:
            assert soon(lambda: len(list(folder.iterdir())) == 6)
            stop.heard("SIGTERM")

        asking = threading.Thread(target=ask)
        asking.start()
        result = run(hosts.with_runner(runner), tasks.waits_for_a_stop, folder=str(folder))
        asking.join()
    assert {record.detail for record in records(result).values()} == {"stopped"}


# -- threads --------------------------------------------------------------------------------------


def test_hands_do_with_the_threads_that_there_are(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, count = threading.Thread.start, iter(range(2))

    def start(thread: threading.Thread) -> None:
        if next(count, None) is None:
            raise RuntimeError("can't start new thread")
        real(thread)

    done = threading.Semaphore(0)
    hands = Hands(5)
    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", start)
        hands.grow(5)
        with pytest.raises(RuntimeError, match="new thread"):
            Hands(5).grow(1)
    for _ in range(7):
        hands.take(done.release)
    assert all(done.acquire(timeout=PATIENCE) for _ in range(7))
    hands.go()
    assert "no more than 2 threads" in caplog.text


# -- secrets --------------------------------------------------------------------------------------


def test_a_secret_deep_in_the_options_is_masked_again_over_there(hosts: Nornir) -> None:
    extras = {"auth": {"secret": "planted"}}
    hosts.inventory.hosts["leaf1"].connection_options["netmiko"] = ConnectionOptions()
    options = {"netmiko": {"password": "", "extras": extras}}
    Keys({("host", "leaf1"): {"password": "", "options": options}}).put(hosts.inventory)
    put = hosts.inventory.hosts["leaf1"].connection_options["netmiko"].extras or {}
    assert isinstance(put["auth"]["secret"], Password)
    assert "planted" not in repr(put)


def test_a_key_that_the_other_side_could_not_read_is_refused_here(hosts: Nornir) -> None:
    leaf = hosts.inventory.hosts["leaf1"]
    leaf.connection_options["netmiko"] = ConnectionOptions(extras={"pkey": tasks.Foreign()})
    with pytest.raises(SecretError, match="cannot be handed to another process"):
        keys_of([leaf])
