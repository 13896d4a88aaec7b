"""A worker process of this machine, from its side: what `ProcessRunner` starts.

It has no main module of anybody's: what it needs it imports. It ends when its parent does, however
that comes about, and no signal of a terminal stops it: to stop is the parent's business.
"""

from __future__ import annotations

import itertools
import logging
import os
import signal
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from nxsl.core.breakers import LoginEnd
from nxsl.core.errors import LoginFailed
from nxsl.core.guard import Unguarded, guarded
from nxsl.core.secret import redact_tokens
from nxsl.core.stopping import stopped_by
from nxsl.fleet._detached import nornir_of, run_host
from nxsl.fleet._hands import Hands
from nxsl.fleet._line import Line
from nxsl.fleet._parcels import unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nornir.core import Nornir

    from nxsl.fleet._detach import Detached
    from nxsl.fleet._keys import Keys
    from nxsl.fleet._parcels import Job

_LOOK = 1.0
"""Seconds between two looks at whether the parent is there; where it has given its end of the line
to somebody else by a fork, that does not tell."""


def main() -> None:
    """Work until the parent has gone."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number: signal.Signals | None = getattr(signal, name, None)
        if number is not None:  # Windows has no SIGHUP
            signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    line = _private_line()
    logging.getLogger().addHandler(_Forwarded(line))
    worker = Worker(line)
    for words in line:
        worker.hear(*words)
    os._exit(0)


def _private_line() -> Line:
    """Take standard input and output, so that what a task prints is no word to the parent."""
    reads, writes = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return Line(os.fdopen(reads, "rb"), os.fdopen(writes, "wb"))


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


class Worker:
    """Runs what the parent gives, several hosts at a time."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._asking = Asking(line)
        self._hands: Hands | None = None
        self._packed = b""
        self._job: Job | None = None
        self._asks = False
        self._stop = threading.Event()

    def hear(self, word: str, *operands: Any) -> None:  # noqa: ANN401 (each word's own)
        """Do what the parent says."""
        match word:
            case "job":
                self._begin(*operands)
            case "hosts":
                self._take(*operands)
            case "stop":
                self._stop.set()
            case "answer":
                self._asking.answered(*operands)

    def _begin(self, job: bytes, threads: int, asks: bool) -> None:
        """Get ready for a task; what an earlier one has left is over."""
        if self._hands is not None:
            self._hands.go()
        self._hands = Hands(threads)
        self._packed, self._job = job, None
        self._asks, self._stop = asks, threading.Event()

    def _take(self, number: int, hosts: bytes, keys: Keys | None) -> None:
        try:
            if self._job is None:
                self._job = unpack(self._packed)
            detached: Detached = unpack(hosts)
            if keys is not None:
                keys.put(detached.inventory)
            nornir = nornir_of(self._job, detached)
            hands = self._ready(len(detached.inventory.hosts))
        except Exception as error:  # noqa: BLE001 (none of its hosts is begun)
            self._say("failed", number, redact_tokens(f"{type(error).__name__}: {error}"))
            return
        for name in detached.inventory.hosts:
            own = name in detached.own_secrets
            hands.take(partial(self._run, self._job, nornir, name, own=own, stop=self._stop))

    def _ready(self, hosts: int) -> Hands:
        if self._hands is None:
            raise RuntimeError("hosts came before the task")
        self._hands.grow(hosts)
        return self._hands

    def _run(
        self, job: Job, nornir: Nornir, name: str, *, own: bool, stop: threading.Event
    ) -> None:
        if stop.is_set():
            self._say("dropped", name)
            return
        self._say("begun", name)  # before anything is: without this word nothing has happened
        with stopped_by(stop), guarded(self._asking) if self._asks else nullcontext():
            ending = run_host(job, nornir, name, own=own)
        self._say("ended", name, ending)

    def _say(self, *words: Any) -> None:  # noqa: ANN401 (each word's own)
        try:
            self._line.send(*words)
        except OSError:  # the parent has gone
            os._exit(1)


class Asking(Unguarded):
    """Asks the parent before each login: it alone knows what came of the others."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._count = itertools.count()
        self._answers: dict[int, Future[bytes | None]] = {}

    @contextmanager
    def logging_in(self, host: str, credential: str) -> Iterator[None]:  # noqa: ARG002
        """Ask, wait, and say what came of it; as `Guard.logging_in`."""
        number = next(self._count)
        answer = self._answers[number] = Future()
        self._line.send("login", number, host)
        refusal = answer.result()
        if refusal is not None:
            raise unpack(refusal)
        end = LoginEnd.NEITHER
        try:
            yield
            end = LoginEnd.WORKED
        except LoginFailed:
            end = LoginEnd.REFUSED
            raise
        finally:
            self._line.send("logged", number, end)

    def answered(self, number: int, refusal: bytes | None) -> None:
        """The parent says yes, or why not."""
        self._answers.pop(number).set_result(refusal)


class _Forwarded(logging.Handler):
    """What is logged here is logged by the parent, under the same name."""

    def __init__(self, line: Line) -> None:
        super().__init__(logging.WARNING)
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._line.send("log", record.name, record.levelno, self.format(record))
        except OSError:
            sys.stderr.write("the parent has gone\n")
        except Exception:  # noqa: BLE001 (whoever logs must not fail of it: as all handlers do)
            self.handleError(record)
