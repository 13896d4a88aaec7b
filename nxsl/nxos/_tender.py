"""Looks at connections that nobody waits on: answers what they ask, notices their end."""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import Protocol

_IDLE = 5.0
"""Seconds between two looks."""


class _Connection(Protocol):
    """What is looked at.

    Attributes:
        active: whether it stands.
        in_line: whether it has no thread of its own.
    """

    active: bool
    in_line: bool

    def take_in_what_is_there(self) -> None:
        """Take in what has come."""


class _Tender:
    """Looks at connections that nobody waits on: answers what they ask, notices their end.

    One thread for all of them, while there are any.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tended: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._thread: threading.Thread | None = None

    def tend(self, connection: _Connection) -> None:
        """Look at this one too, until it ends or gets a thread."""
        with self._lock:
            self._tended.add(connection)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="nxsl-ssh", daemon=True)
                self._thread.start()

    def forget(self) -> None:
        """Know nothing of what a process has begun of which this one is a copy."""
        self._lock, self._tended, self._thread = threading.Lock(), weakref.WeakSet(), None

    def _run(self) -> None:
        while self._look():
            time.sleep(_IDLE)

    def _look(self) -> bool:
        """Look at each; in a function, as its names would keep a connection alive."""
        with self._lock:
            tended = [each for each in self._tended if each.active and each.in_line]
            self._tended = weakref.WeakSet(tended)
            if not tended:
                self._thread = None
        for each in tended:
            each.take_in_what_is_there()
        return bool(tended)


_tender = _Tender()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_tender.forget)


def tend(connection: _Connection) -> None:
    """Look at this connection too, until it ends or gets a thread."""
    _tender.tend(connection)
