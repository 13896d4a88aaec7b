"""Signals at random moments of a run: `python tests/soak/signals.py COUNT [SEED]`.

Each trial is a process of its own with a run over hosts that nothing connects to. It tells line by
line what it does; the parent sends it a signal somewhere in the middle and looks at the lines.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nornir.core import Nornir
from nornir.core.inventory import Host, Hosts, Inventory
from nornir.core.task import Result

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.fleet.runner import FleetRunner
from nxsl.fleet.stop import Stop, stopping_by_signals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nornir.core.task import Task

HOSTS = 1000
"""So many that no run comes to its end by itself before the signal."""
WORKERS = 4
EARLY = 60
"""The signal is sent behind one of so many lines."""
PROMPT = 5.0
"""Seconds that a run may take to end; nobody waits so long on a machine with nothing else to do."""
PATIENCE = 60.0
"""Seconds after which a process is killed, and the trial has failed."""

KINDS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGINT twice")


@dataclass
class Trial:
    """What one process has told."""

    kind: str
    started: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    under_way: set[str] | None = None
    late: set[str] = field(default_factory=set)
    results: dict[str, tuple[str, str]] = field(default_factory=dict)
    signal: str = ""
    seconds: float = 0.0

    def take(self, line: str) -> None:
        """Take in a line."""
        word, *rest = line.split("\t")
        if word == "start":
            self.started.append(rest[0])
            if self.under_way is not None:
                self.late.add(rest[0])
        elif word == "end":
            self.ended.add(rest[0])
        elif word == "stopping":
            assert self.under_way is None, "it was told twice that the run stops"
            self.under_way = set(rest)
        elif word == "result":
            assert rest[0] not in self.results
            self.results[rest[0]] = (rest[1], rest[2])
        elif word == "bye":
            self.signal = rest[0]
        else:
            raise AssertionError(line)

    def check(self) -> None:
        """Assert that no host was started after the signal, and that each is accounted for."""
        assert self.signal == self.kind.split()[0]
        assert self.under_way is not None, "it was never told that the run stops"
        assert list(self.results) == [f"leaf{number}" for number in range(HOSTS)]
        assert len(set(self.started)) == len(self.started), "a host was started twice"
        assert self.late <= self.under_way, "a host was started after the run was stopped"
        of = {outcome: set[str]() for outcome in ("already ok", "not run", "unknown")}
        for host, (outcome, reason) in self.results.items():
            of[outcome].add(host)
            stopped = outcome != "already ok"
            assert (reason == "stopped") == stopped, f"{host}: {outcome}, {reason}"
        never = self.results.keys() - set(self.started)
        assert of["not run"] == never, "not run is not what was not started"
        assert of["not run"], "the run was over before the signal came"
        assert of["already ok"] <= self.ended
        if self.kind == "SIGINT twice":
            assert of["unknown"] <= self.under_way
            assert of["unknown"] >= self.under_way - self.ended
        else:
            assert not of["unknown"], "a host was left without a second signal"
            assert of["already ok"] == set(self.started)
        assert self.seconds <= PROMPT


def trial(kind: str, chance: random.Random) -> Trial:
    """Run one process, send it a signal, and read what it tells to the end."""
    told = Trial(kind)
    twice = kind == "SIGINT twice"
    number = getattr(signal, kind.split(maxsplit=1)[0])
    words = [sys.executable, __file__, "--child", str(chance.random()), "stuck" if twice else ""]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        killer = threading.Timer(PATIENCE, child.kill)
        killer.start()
        try:
            # With stuck hosts there are fewer lines: at least one, which proves that it is at work.
            for _ in range(1 if twice else chance.randint(1, EARLY)):
                told.take(child.stdout.readline().rstrip("\n"))
            time.sleep(chance.uniform(0, 0.03))  # a random moment is what this is about
            sent = time.monotonic()
            child.send_signal(number)
            over = threading.Event()
            if twice:
                threading.Thread(
                    target=_impatient, args=(child, over, chance.uniform(0, 0.1)), daemon=True
                ).start()
            for line in child.stdout:
                told.take(line.rstrip("\n"))
            over.set()
            status = child.wait(PATIENCE)
            told.seconds = time.monotonic() - sent
        finally:
            killer.cancel()
            child.kill()
    assert status == 0, f"exit status {status}"
    return told


def _impatient(child: subprocess.Popen[str], over: threading.Event, first: float) -> None:
    """Press Ctrl-C again and again: two that come at once are one to a process."""
    pause = first
    while not over.wait(pause):
        child.send_signal(signal.SIGINT)
        pause = 0.2


def main(count: int, seed: int = 0) -> list[Trial]:
    """Try it so many times, with each kind in turn.

    Raises:
        AssertionError: names the trial that went wrong.
    """
    done: list[Trial] = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        chance = random.Random(f"{seed} {number}")  # noqa: S311 (no secret is made)
        try:
            told = trial(kind, chance)
            told.check()
        except AssertionError as error:
            raise AssertionError(f"trial {number} of seed {seed}, {kind}: {error}") from error
        done.append(told)
    return done


def figures(trials: Iterable[Trial]) -> str:
    """One sentence of figures."""
    trials = list(trials)
    slowest = max(each.seconds for each in trials)
    started = sum(len(each.started) for each in trials)
    left = sum(outcome == "unknown" for each in trials for outcome, _ in each.results.values())
    return (
        f"{len(trials)} signals: {started} of {len(trials) * HOSTS} hosts had been started, none "
        f"after its run was stopped; {left} were left by a second signal, all others came to "
        f"their end; the slowest run took {slowest:.2f} s to end"
    )


def child(seed: str, *, stuck: bool) -> None:
    """Be the process of one trial."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    lock = threading.Lock()

    def tell(*words: str) -> None:
        with lock:
            os.write(1, ("\t".join(words) + "\n").encode())

    def work(task: Task) -> Result:
        name = task.host.name
        chance = random.Random(seed + name)  # noqa: S311 (no secret is made)
        tell("start", name)
        if stuck and chance.random() < 0.5:
            threading.Event().wait()
        time.sleep(chance.uniform(0.001, 0.02))  # the work
        tell("end", name)
        return Result(host=task.host, result=TaskRecord(outcome=Outcome.ALREADY_OK))

    def say(under_way: Sequence[str]) -> None:
        tell("stopping", *under_way)

    names = [f"leaf{number}" for number in range(HOSTS)]
    nr = Nornir(Inventory(hosts=Hosts({name: Host(name) for name in names})))
    with stopping_by_signals(Stop()) as stop:
        result = nr.with_runner(FleetRunner(WORKERS, on_stop=say)).run(work)
        for host, multi in result.items():
            record = multi[0].result
            tell("result", host, str(record.outcome), record.reason)
        tell("bye", stop.signal)
        os._exit(0)  # inside: a signal that comes now must not kill it


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(sys.argv[2], stuck=sys.argv[3] == "stuck")
    else:
        sys.stdout.write(figures(main(*map(int, sys.argv[1:]))) + "\n")
