"""Real signals to real processes; `tests/soak/signals.py` has the trials."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.soak.signals import HOSTS, KINDS, Trial, figures, main


def test_signals_at_random_moments_start_nothing_and_lose_nothing() -> None:
    trials = main(12)
    assert [each.kind for each in trials] == [*KINDS] * 3
    assert "12 signals" in figures(trials)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["stopping", "start\tleaf0"], "after the run was stopped"),
        (["start\tleaf0", "end\tleaf0", "start\tleaf0", "stopping"], "started twice"),
        (
            ["start\tleaf0", "stopping\tleaf0", "result\tleaf0\tunknown\tstopped"],
            "without a second",
        ),
        (
            ["start\tleaf0", "stopping\tleaf0", "result\tleaf0\tnot run\tstopped"],
            "what was not started",
        ),
        ([], "never told"),
    ],
)
def test_the_trials_would_notice(lines: list[str], problem: str) -> None:
    told = Trial("SIGINT")
    for line in lines:
        told.take(line)
    for number in range(HOSTS):
        if f"leaf{number}" not in told.results:
            whole = number == 0
            told.results[f"leaf{number}"] = ("already ok", "") if whole else ("not run", "stopped")
    told.take("bye\tSIGINT")
    told.results = {f"leaf{n}": told.results[f"leaf{n}"] for n in range(HOSTS)}
    with pytest.raises(AssertionError, match=problem):
        told.check()


CODE = """
import sys, threading
from nornir.core import Nornir
from nornir.core.inventory import Host, Hosts, Inventory
from nxsl.fleet.runner import FleetRunner
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)

def work(task):
    print("begun", flush=True)
    threading.Event().wait()

names = ["a", "b"]
nr = Nornir(Inventory(hosts=Hosts({name: Host(name) for name in names})))
runner = FleetRunner(1, on_stop=lambda under_way: print(*under_way, flush=True))
result = nr.with_runner(runner).run(work)
print(*(str(multi[0].result.outcome) for multi in result.values()), runner.left, flush=True)
sys.exit(7)
"""


def test_a_process_ends_by_itself_though_hosts_were_left() -> None:
    with subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "a\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "unknown not run ('a',)\n"
        try:
            assert child.wait(20) == 7
        finally:
            child.kill()


@pytest.mark.parametrize("module", ["nxsl.fleet.runner", "nxsl.fleet.stop"])
def test_importing_the_runner_is_cheap(module: str) -> None:
    """Nornir imports it wherever nxsl is installed, also for programs that do not use it."""
    heavy = ["pandas", "paramiko", "netmiko", "ttp", "sqlalchemy", "pydantic", "rich", "typer"]
    code = f"import sys, {module}; sys.exit(','.join(set({heavy}) & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
