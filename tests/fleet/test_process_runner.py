"""The runner on processes of this machine: real processes, what comes back, and what is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.task import Result

from nxsl.core.breakers import Turn
from nxsl.core.errors import InventoryError, Refused
from nxsl.core.outcome import Outcome
from nxsl.fleet.process_runner import ProcessRunner
from nxsl.fleet.stop import Stop
from nxsl.nxos.credential import credential_key
from nxsl.run.breakers import logins_of
from nxsl.tasks import verify
from tests.conftest import Fleet, switch
from tests.fleet import process_tasks as tasks
from tests.fleet.processes import alive, inventory, noted, outcomes, records, soon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nornir.core import Nornir
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, MultiResult, Task

GOOD = Outcome.ALREADY_OK


@pytest.fixture(scope="module")
def two() -> Iterator[ProcessRunner]:
    """A runner with two processes, of five hosts at a time each."""
    with ProcessRunner(2, threads=5, chunk=2) as runner:
        yield runner


@pytest.fixture
def hosts(tmp_path: Path) -> Nornir:
    """Ten hosts."""
    return inventory(tmp_path / "inventory")


# -- what comes back ------------------------------------------------------------------------------


def test_results_are_those_of_threads_in_their_order_with_the_hosts_of_here(
    two: ProcessRunner, hosts: Nornir
) -> None:
    here = hosts.run(tasks.ok, detail="fine")
    there = hosts.with_runner(two).run(tasks.ok, detail="fine")
    assert list(there) == list(here) == list(hosts.inventory.hosts)
    assert records(there) == records(here)
    for name, multi in there.items():
        assert multi[0].host is hosts.inventory.hosts[name]
        assert (multi.name, multi[0].name) == (here[name].name, here[name][0].name)


def test_both_processes_work_and_are_kept_for_the_next_run(
    two: ProcessRunner, hosts: Nornir
) -> None:
    nr = hosts.with_runner(two)
    used = {record.detail for record in records(nr.run(tasks.where)).values()}
    first = two.pids
    assert used <= set(map(str, first))
    assert str(os.getpid()) not in used
    nr.run(tasks.where)
    assert two.pids == first


def test_a_fleet_is_verified_as_with_threads_and_every_session_is_closed(
    two: ProcessRunner, fleet: Callable[..., Fleet]
) -> None:
    run = fleet(*(switch(f"leaf{n}") for n in range(1, 7)))
    here = run.run(verify)
    run.close()
    there = run.nr.with_runner(two).run(verify)
    assert not there.failed
    assert list(there) == list(here)
    for name, record in records(there).items():
        assert record.facts == here[name][0].result.facts
        assert record.outcome is Outcome.READ
    assert soon(lambda: all(each.open_sessions == 0 for each in run.lab.values()))


def test_no_host_is_no_work_and_no_process(hosts: Nornir) -> None:
    runner = ProcessRunner(2)
    assert dict(hosts.filter(name="nobody").with_runner(runner).run(tasks.ok)) == {}
    hosts.with_runner(runner).close_connections()
    assert runner.pids == ()


def test_what_is_printed_is_no_word_of_the_line_and_what_is_logged_is_logged_here(
    two: ProcessRunner, hosts: Nornir, caplog: pytest.LogCaptureFixture
) -> None:
    assert outcomes(hosts.with_runner(two).run(tasks.says, word="x" * 999)) == [GOOD] * 10
    assert soon(lambda: caplog.text.count("says xxx") == 10)
    assert {record.name for record in caplog.records} == {"nxsl.test"}


def test_an_ending_that_cannot_travel_costs_its_host_alone(
    two: ProcessRunner, hosts: Nornir
) -> None:
    result = hosts.with_runner(two).run(tasks.locked)
    assert outcomes(result) == [Outcome.UNKNOWN] * 10
    assert "its result cannot travel" in records(result)["leaf3"].detail


# -- what cannot go there -------------------------------------------------------------------------


def test_a_task_that_cannot_be_imported_is_refused_with_what_to_do(
    two: ProcessRunner, hosts: Nornir, tmp_path: Path
) -> None:
    def local(task: Task) -> Result:
        return Result(host=task.host)

    nr = hosts.with_runner(two)
    of_a_script = _script_function()
    for function in (local, lambda _task: None, of_a_script):
        with pytest.raises(Refused, match="cannot be run in another process") as caught:
            nr.run(function)
        assert "module of its own" in caught.value.remedy
    with pytest.raises(Refused):
        nr.run(tasks.note, folder=threading.Lock())
    hosts.inventory.hosts["leaf5"].data["odd"] = threading.Lock()
    with pytest.raises(InventoryError, match="leaf5, leaf6 cannot travel"):
        nr.run(tasks.note, folder=str(tmp_path))
    assert noted(tmp_path) == []


def _script_function() -> Any:
    """A function as a script or a notebook defines it."""
    main: Any = sys.modules["__main__"]

    def function(task: Task) -> Result:
        return Result(host=task.host)

    function.__module__, function.__qualname__ = "__main__", "function_of_a_script"
    main.function_of_a_script = function
    return function


@pytest.mark.parametrize("changes", [True, False])
def test_what_the_process_cannot_read_is_said(hosts: Nornir, changes: bool) -> None:
    with ProcessRunner(1, changes=changes) as runner:
        result = hosts.with_runner(runner).run(tasks.ok, detail=tasks.Foreign())
    assert outcomes(result) == [Outcome.NOT_RUN if changes else Outcome.FAILED_CLEAN] * 10
    assert records(result)["leaf1"].reason == "worker-failed"
    assert "No module named 'of_the_sender'" in records(result)["leaf1"].detail


# -- processors -----------------------------------------------------------------------------------


class Watching:
    """A processor that could not travel."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.seen: list[str] = []

    def task_started(self, task: Task) -> None:  # noqa: ARG002
        self.seen.append("begin")

    def task_completed(self, task: Task, result: AggregatedResult) -> None:  # noqa: ARG002
        self.seen.append(f"end {len(result)}")

    def task_instance_started(self, task: Task, host: Host) -> None:  # noqa: ARG002
        self.seen.append(f"started {task.host.name}")

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:  # noqa: ARG002
        assert result[0].host is host
        self.seen.append(f"completed {host.name}")

    def subtask_instance_started(self, task: Task, host: Host) -> None: ...
    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None: ...


def test_processors_are_called_here_once_for_each_host(two: ProcessRunner, hosts: Nornir) -> None:
    watching = Watching()
    hosts.with_runner(two).with_processors([watching]).run(tasks.ok)
    assert (watching.seen[0], watching.seen[-1], len(watching.seen)) == ("begin", "end 10", 22)
    for name in hosts.inventory.hosts:
        assert watching.seen.index(f"started {name}") < watching.seen.index(f"completed {name}")


# -- processes that are lost ----------------------------------------------------------------------


@pytest.mark.parametrize("reads", [False, True])
def test_a_process_that_is_killed_costs_what_it_was_at_and_nothing_is_done_twice(
    hosts: Nornir, tmp_path: Path, reads: bool
) -> None:
    task = tasks.waits_and_reads if reads else tasks.wait_for

    def kill() -> None:
        assert soon(lambda: len(noted(tmp_path)) == 4)
        os.kill(int((tmp_path / "leaf2").read_text()), signal.SIGKILL)
        (tmp_path / "gate").touch()

    thread = threading.Thread(target=kill)
    thread.start()
    with ProcessRunner(2, threads=2, chunk=2) as runner:
        result = hosts.with_runner(runner).run(task, folder=str(tmp_path))
        thread.join()
        lost = [name for name, each in records(result).items() if each.reason == "worker-lost"]
        assert len(lost) == 2
        assert "leaf2" in lost
        assert set(result.failed_hosts) == set(lost)
        ends = Outcome.FAILED_CLEAN if reads else Outcome.UNKNOWN
        assert {records(result)[name].outcome for name in lost} == {ends}
        assert noted(tmp_path) == sorted(hosts.inventory.hosts)  # the rest was taken over
        for name in hosts.inventory.hosts:
            assert len((tmp_path / name).read_text().splitlines()) == 1, name
        hosts.data.reset_failed_hosts()
        again = hosts.with_runner(runner).run(tasks.where)  # with a new one in its place
        assert outcomes(again) == [GOOD] * 10
        assert len(runner.pids) == 2


def test_where_every_process_is_lost_the_rest_is_known_not_to_have_begun(
    hosts: Nornir, tmp_path: Path
) -> None:
    with ProcessRunner(1, threads=1, chunk=1) as runner:
        result = hosts.with_runner(runner).run(tasks.kills, victim="leaf3", folder=str(tmp_path))
    assert outcomes(result) == [GOOD] * 2 + [Outcome.FAILED_CLEAN] + [Outcome.NOT_RUN] * 7
    assert {record.reason for record in list(records(result).values())[2:]} == {"worker-lost"}
    assert noted(tmp_path) == ["leaf1", "leaf2", "leaf3"]


# -- stopping -------------------------------------------------------------------------------------


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_once_ends_what_runs_and_twice_leaves_it(
    hosts: Nornir, tmp_path: Path, presses: int
) -> None:
    main = threading.main_thread().ident
    assert main is not None
    stop = Stop()
    runner = ProcessRunner(2, threads=2, chunk=5, stop=stop)
    pids: list[int] = []

    def press() -> None:
        assert soon(lambda: len(noted(tmp_path)) == 4)
        pids.extend(runner.pids)
        for pid in pids:  # as a terminal, or systemd, would
            os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGTERM)
        for event in (stop.requested, stop.urgent)[:presses]:
            signal.pthread_kill(main, signal.SIGINT)
            assert soon(event.is_set)
        if presses == 1:
            time.sleep(0.5)  # the processes are told by then
            (tmp_path / "gate").touch()

    thread = threading.Thread(target=press)
    thread.start()
    result = hosts.with_runner(runner).run(tasks.wait_for, folder=str(tmp_path))
    thread.join()
    assert runner.stopped
    ends = Outcome.UNKNOWN if presses == 2 else GOOD
    begun = noted(tmp_path)
    assert {records(result)[name].outcome for name in begun} == {ends}
    rest = [each for name, each in records(result).items() if name not in begun]
    assert {(each.outcome, each.reason) for each in rest} == {(Outcome.NOT_RUN, "stopped")}
    assert sorted(runner.left) == (begun if presses == 2 else [])
    assert len(begun) == 4
    if presses == 2:  # nothing goes on that nobody waits for
        assert soon(lambda: not any(map(alive, pids)))
    else:
        assert all(map(alive, pids))
    runner.close()


def test_after_hosts_were_left_the_next_run_hears_nothing_of_them(
    hosts: Nornir, tmp_path: Path
) -> None:
    stop = Stop()
    with ProcessRunner(2, threads=2, chunk=2, stop=stop) as runner:

        def leave() -> None:
            assert soon(lambda: len(noted(tmp_path)) == 4)
            stop.requested.set()
            stop.urgent.set()

        thread = threading.Thread(target=leave)
        thread.start()
        hosts.with_runner(runner).run(tasks.wait_for, folder=str(tmp_path))
        thread.join()
        runner.heed(Stop())
        hosts.data.reset_failed_hosts()
        result = hosts.with_runner(runner).run(tasks.where)
        assert outcomes(result) == [GOOD] * 10
        assert {each.detail for each in records(result).values()} <= set(map(str, runner.pids))


# -- the ends of processes ------------------------------------------------------------------------

SCRIPT = """
import sys, time
from pathlib import Path
print("main is run", flush=True)
from nxsl.fleet.process_runner import ProcessRunner
from tests.fleet import process_tasks
from tests.fleet.processes import inventory

folder = Path(sys.argv[1])
nr = inventory(folder / "inventory").with_runner(ProcessRunner(2, threads=2, chunk=2))
nr.run(process_tasks.where)
print("cloudpickle" in sys.modules, "distributed" in sys.modules, flush=True)
print("pids", *nr.runner.pids, flush=True)
if "wait" in sys.argv:
    nr.run(process_tasks.wait_for, folder=str(folder))
"""


def _script(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    """Start a script that has no `if __name__ == "__main__":`."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    paths = os.pathsep.join((str(Path(__file__).parents[2]), *filter(None, sys.path)))
    return subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )


def _pids(script: subprocess.Popen[str]) -> list[int]:
    assert script.stdout is not None
    for line in script.stdout:
        if line.startswith("pids"):
            return [int(word) for word in line.split()[1:]]
    return []


def test_a_script_is_not_run_again_and_its_processes_end_with_it(tmp_path: Path) -> None:
    with _script(tmp_path) as script:
        assert script.stdout is not None
        text = script.stdout.read()
    assert script.returncode == 0
    assert text.count("main is run") == 1
    assert "False False" in text
    pids = [int(word) for word in text.splitlines()[-1].split()[1:]]
    assert len(pids) == 2
    assert not any(map(alive, pids))


def test_no_process_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    with _script(tmp_path, "wait") as script:
        pids = _pids(script)
        assert len(pids) == 2
        assert soon(lambda: len(noted(tmp_path)) == 4)
        assert all(map(alive, pids))
        script.kill()
    assert soon(lambda: not any(map(alive, pids)), 10.0)


def test_processes_end_with_close_and_with_the_runner(hosts: Nornir) -> None:
    runner = ProcessRunner(1)
    hosts.with_runner(runner).run(tasks.where)
    first = runner.pids
    runner.close()
    assert not any(map(alive, first))
    hosts.with_runner(runner).run(tasks.where)
    second = runner.pids
    assert second
    assert second != first
    del runner
    assert soon(lambda: not any(map(alive, second)))


# -- logins ---------------------------------------------------------------------------------------


def test_a_wrong_password_is_refused_once_whatever_the_number_of_processes(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(*(switch(f"leaf{n}") for n in range(1, 9)))
    for host in run.nr.inventory.hosts.values():
        host.defaults.password = "not the password"
    logins = logins_of(run.nr)
    with ProcessRunner(
        2,
        threads=4,
        chunk=1,
        logging_in=lambda host: logins.trying(host.name, credential_key(host)),
    ) as runner:
        result = run.nr.with_runner(runner).run(verify)
    assert sum(each.failed_logins for each in run.lab.values()) == 1
    reasons = sorted(str(record.reason) for record in records(result).values())
    assert reasons == ["credential-breaker"] * 7 + ["login-failed"]
    assert logins.refused()[0].turn("leaf1") is Turn.NEVER


def test_every_login_is_surrounded_here_and_learns_how_it_went(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch("leaf1"), switch("leaf2"), switch("leaf3"))
    run.nr.inventory.hosts["leaf2"].password = "not the password"
    run.nr.inventory.hosts["leaf3"].port = 1  # nothing listens
    ends: dict[str, str] = {}

    @contextmanager
    def logging_in(host: Host) -> Iterator[None]:
        ends[host.name] = "worked"
        try:
            yield
        except Exception as error:
            ends[host.name] = type(error).__name__
            raise

    with ProcessRunner(2, logging_in=logging_in) as runner:
        run.nr.with_runner(runner).run(verify)
    assert soon(lambda: ends["leaf1"] == "worked")
    assert ends == {"leaf1": "worked", "leaf2": "LoginFailed", "leaf3": "ConnectFailed"}


# -- how it is made -------------------------------------------------------------------------------


def test_the_plugin_is_found_under_its_name_and_costs_nothing_before() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    plugins = tomllib.loads(text)["project"]["entry-points"]["nornir.plugins.runners"]
    module, _, name = plugins["nxsl_processes"].partition(":")
    assert getattr(import_module(module), name) is ProcessRunner
    assert ProcessRunner.remote is True
    ask = (
        f"import sys, {module}; print([m for m in sys.modules if m.startswith(('netmiko', 'ttp'))])"
    )
    found = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("number", ["processes", "threads", "chunk"])
def test_numbers_are_positive(number: str) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        ProcessRunner(**{number: 0})  # type: ignore[arg-type]
