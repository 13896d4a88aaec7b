"""A simulated fleet and runs over it, each in a process of its own, to be killed at will.

Everything is forked from one process that has imported what is needed and has no threads, so that
a process costs little.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from nxsl import lab, open_fleet
from nxsl.core.errors import Stopped
from nxsl.core.run_records import RunState
from nxsl.core.secret import Token
from nxsl.fleet.stop import Stop, stopping_by_signals
from nxsl.lab import CLOUD_TOKEN, Backend, Lab, SwitchSpec
from nxsl.run.fleet_runs import FleetRuns
from nxsl.run.observer import RunObserver
from nxsl.run.settings import RunSettings
from nxsl.run.store import RunStore
from nxsl.tasks import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from nxsl.run.ending import RunEnding

HANDING_OVER = 0.2
"""Seconds that a loaded machine may take between giving a host to a worker and its beginning."""
PATIENCE = Patience(deadline=30.0, first_pause=0.05, growth=1.3, longest_pause=0.3)
QUICK = Backend(register_latency=0.2, authorize_latency=0.1, renew_latency=0.1)
SETTINGS = RunSettings(waves="1,25%,rest", limit="100%")
JOB_OPTIONS: dict[str, dict[str, Any]] = {"configure": {}, "register": {"force": False}}


def specs(count: int, job: str) -> list[SwitchSpec]:
    """Switches on which a job has something to do."""
    return [
        SwitchSpec(
            name=f"leaf{number}",
            callhome=lab.CALLHOME_DIRECT if job == "register" else "",
            intent={"method": "direct", "vrf": "management"},
            backend=QUICK,
            save_seconds=0.0,
        )
        for number in range(count)
    ]


@dataclass(frozen=True)
class Found:
    """What a simulated switch was told, and how it is at the end."""

    registered: bool
    saved: bool
    callhome: tuple[str, ...]
    token_lines: int
    sessions: int
    config_lines: tuple[str, ...]


@contextmanager
def fleet(folder: Path, switches: Sequence[SwitchSpec]) -> Iterator[Callable[[], dict[str, Found]]]:
    """Run a fleet in a process of its own; give a function that tells how each switch is."""
    ours, theirs = Pipe()
    pid = os.fork()
    if pid == 0:
        _in_child(lambda: _serve(folder, switches, theirs))
    assert ours.recv() == "up"

    def look() -> dict[str, Found]:
        ours.send("look")
        told: dict[str, Found] = ours.recv()
        return told

    try:
        yield look
    finally:
        ours.send("down")
        os.waitpid(pid, 0)


def _serve(folder: Path, switches: Sequence[SwitchSpec], wire: Connection) -> None:
    with Lab(switches) as running:
        running.write_inventory(folder)
        wire.send("up")
        while wire.recv() == "look":
            wire.send(
                {
                    name: Found(
                        registered=each.registered,
                        saved=each.saved,
                        callhome=each.running_callhome,
                        token_lines=len(each.register_commands),
                        sessions=each.open_sessions,
                        config_lines=each.config_lines,
                    )
                    for name, each in running.items()
                }
            )


def in_process(work: Callable[[], object], *, report: Path | None = None) -> int:
    """Fork, do some work there, and give the wait status once it has ended."""
    return os.waitpid(begin(work, report=report), 0)[1]


def begin(work: Callable[[], object], *, report: Path | None = None) -> int:
    """Fork and do some work there; give the process."""
    pid = os.fork()
    if pid == 0:
        # Until the run takes signals, SIGINT ends this process as SIGTERM and SIGHUP do.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _in_child(work, report)
    return pid


def _in_child(work: Callable[[], object], report: Path | None = None) -> None:
    status = 1
    try:
        result = work()
        if report is not None:
            report.write_text(json.dumps(result), encoding="utf-8")
        status = 0
    except BaseException:  # noqa: BLE001 - told, and the process ends in any case
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


# -- what the forked processes do ------------------------------------------------------------------


def apply(folder: Path, store: str, job: str, *, kill_at: int | None = None) -> dict[str, str]:
    """Plan and apply; die by SIGKILL before (odd) or behind (even) the commit of that number."""
    with RunStore.open(store) as opened:
        watch = _Watch()
        runs = _runs(folder, opened, watch)
        watch.stop = runs.stop
        counter = _Commits(kill_at)
        with stopping_by_signals(runs.stop):
            try:
                plan = runs.plan(job, JOB_OPTIONS[job])
            except Stopped:  # nothing is applied, and there is no run
                return {**dict.fromkeys(runs.nr.inventory.hosts, "not run"), "late": ""}
            ending = runs.apply(plan, token=_token(job), settings=SETTINGS, patience=PATIENCE)
        told = _outcomes(ending)
        return {**told, "commits": str(counter.seen), "late": " ".join(watch.late)}


def resume(folder: Path, store: str, job: str, *, settle: float = 0.3) -> dict[str, str]:
    """Resume the last run, if there is one and it is not done."""
    with RunStore.open(store) as opened:
        last = opened.runs(limit=1)
        if not last:
            return {}
        runs, run = _runs(folder, opened), last[0].head.id
        if last[0].head.state is RunState.DONE:
            return {entry.host: str(entry.outcome) for entry in opened.run(run).hosts}
        return _outcomes(runs.resume(run, token=_token(job), patience=PATIENCE, settle=settle))


def _runs(folder: Path, store: RunStore, *observers: RunObserver) -> FleetRuns:
    nr = open_fleet(folder, workers=10)
    return FleetRuns(nr, store, inventory=str(folder), workers=10, observers=observers)


class _Watch(RunObserver):
    """Keeps which hosts were begun after the run was asked to stop."""

    def __init__(self) -> None:
        self.stop: Stop | None = None
        self.late: list[str] = []
        self._since = 0.0

    def host_started(self, host: str) -> None:
        """Note a host that comes late; one that was being handed to a worker does not."""
        if self.stop is None or not self.stop.requested.is_set():
            return
        self._since = self._since or time.monotonic()
        if time.monotonic() - self._since > HANDING_OVER:
            self.late.append(host)


def _token(job: str) -> Token | None:
    return Token(str(CLOUD_TOKEN)) if job == "register" else None


def _outcomes(ending: RunEnding) -> dict[str, str]:
    return {host: str(each.result.outcome) for host, each in ending.results.items()}


class _Commits:
    """Counts the commits of a run store, and kills this process at one of them."""

    def __init__(self, kill_at: int | None) -> None:
        self.seen = 0
        self._kill_at = kill_at
        event.listen(Engine, "commit", self._commit)

    def _commit(self, connection: Any) -> None:
        self.seen += 1
        if self._kill_at is None:
            return
        if self._kill_at == 2 * self.seen - 1:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._kill_at == 2 * self.seen:
            connection.connection.commit()  # what the engine is about to do
            os.kill(os.getpid(), signal.SIGKILL)
