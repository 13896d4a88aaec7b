"""The worker processes of this machine, from the parent's side: begun, talked to, ended.

Not by `multiprocessing`: its way to start a process afresh runs the user's main module again there,
so that a script without `if __name__ == "__main__":` would start processes without end. Here a
child is a new Python that is told where modules are, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import weakref
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias

from nxsl.core.errors import Refused
from nxsl.fleet._line import Line

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOG = logging.getLogger("nxsl")

_PATIENCE = 5.0
"""Seconds for a child to end by itself; it needs none, unless the machine is out of breath."""

# The first line that it reads says where modules are: without that it could not even import this.
# Until then it must not look into the working directory, where anybody's `json.py` may be: -P.
_FIRST_WORDS = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.raw.readline()); "
    "from nxsl.fleet._child import main; main()"
)

Words: TypeAlias = "tuple[Child, tuple[Any, ...] | None]"
"""What a child has said; None when it has gone."""


class Child:
    """One worker process, in a session of its own: what a terminal sends does not reach it.

    Args:
        said: where what it says is put.

    Attributes:
        line: to it.
        pid: its number.
        gone: whether it has ended, or can be talked to no more.

    Raises:
        Refused: this Python cannot start another one.
    """

    def __init__(self, said: SimpleQueue[Words]) -> None:
        if not sys.executable:
            raise Refused(
                "this Python does not know its own program, so no process can be started",
                remedy="run on threads: leave processes out",
            )
        try:
            self._process = subprocess.Popen(  # noqa: S603 (this Python, and a constant)
                [sys.executable, "-P", "-c", _FIRST_WORDS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise Refused(
                f"no process can be started: {error}", remedy="run on threads: leave processes out"
            ) from None
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("a process was started without its pipes")
        self.pid = self._process.pid
        self.gone = False
        self.line = Line(self._process.stdout, self._process.stdin)
        with contextlib.suppress(OSError):  # it has died already; who reads learns that
            entries: list[object] = [*sys.path]
            where = [each for each in entries if isinstance(each, str)]  # as imports do
            self._process.stdin.write(json.dumps(where).encode() + b"\n")
            self._process.stdin.flush()
        self._ears = threading.Thread(
            target=_listen, args=(self, said), name=f"nxsl-child-{self.pid}", daemon=True
        )
        try:
            self._ears.start()
        except RuntimeError as error:
            self._process.kill()
            self._process.wait()
            raise Refused(
                f"no process can be listened to: {error}",
                remedy="run on threads: leave processes out",
            ) from None

    @property
    def ended(self) -> bool:
        """Whether it has ended by now, be it unheard."""
        return self.gone or self._process.poll() is not None

    def say(self, *words: Any) -> None:  # noqa: ANN401 (each word's own)
        """Tell it something; where it has gone, who reads learns that."""
        with contextlib.suppress(OSError):
            self.line.send(*words)

    def kill(self) -> None:
        """End it in the middle of its work."""
        self.gone = True
        self._process.kill()

    def hang_up(self) -> None:
        """Let it end: it does when nobody is at the other end."""
        self.gone = True
        self.line.hang_up()

    def wait(self) -> None:
        """Wait for its end, and help where it does not come."""
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            _LOG.warning("worker process %d did not end, and is killed", self.pid)
            self._process.kill()
            self._process.wait()
        self._ears.join(_PATIENCE)  # it closes what it reads


def _listen(child: Child, said: SimpleQueue[Words]) -> None:
    try:
        for words in child.line:
            if words[0] == "log":
                _log(*words[1:])
            else:
                said.put((child, words))
    finally:  # somebody waits for it
        said.put((child, None))


def _log(name: str, level: int, text: str) -> None:
    logger = logging.getLogger(name)
    if not logger.isEnabledFor(level):
        return
    try:
        logger.handle(logger.makeRecord(name, level, "worker", 0, text, (), None))
    except Exception as error:  # noqa: BLE001 (somebody's handler; what is said next counts more)
        with contextlib.suppress(Exception):
            _LOG.warning("a handler of the log %s raised %s", name, type(error).__name__)


class Children:
    """Some worker processes, begun when they are first needed, and kept.

    They end with `close`, with this object, or with this process, whichever comes first.

    Args:
        most: how many at a time.

    Attributes:
        said: what they say.
    """

    def __init__(self, most: int) -> None:
        self.said: SimpleQueue[Words] = SimpleQueue()
        self._most = most
        self._members: list[Child] = []
        self._end = weakref.finalize(self, _end, self._members, os.getpid())

    @property
    def pids(self) -> tuple[int, ...]:
        """The numbers of those that are there."""
        return tuple(each.pid for each in self._members if not each.ended)

    def ready(self, wanted: int) -> list[Child]:
        """Give so many of them, or as many as there may be; begin those that are missing.

        Raises:
            Refused: none can be begun.
        """
        lost = [each for each in self._members if each.ended]
        _end_all(lost)
        self._members[:] = [each for each in self._members if each not in lost]
        while len(self._members) < min(wanted, self._most):
            try:
                self._members.append(Child(self.said))
            except Refused as error:
                if not self._members:
                    raise
                _LOG.warning("on %d processes, as %s", len(self._members), error.message)
                break
        return self._members[:wanted]

    def close(self) -> None:
        """End them all; they can be begun again."""
        _end(self._members, os.getpid())


def _end(members: list[Child], owner: int) -> None:
    if os.getpid() != owner:  # a fork of this process: they are not its children
        return
    _end_all(members)
    members.clear()


def _end_all(members: Iterable[Child]) -> None:
    members = tuple(members)
    for each in members:
        each.hang_up()
    for each in members:
        each.wait()
