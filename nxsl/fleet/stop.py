"""What makes a run stoppable: one thing to ask, and the signals that set it.

A handler of Python's runs in the main thread between any two of its instructions, also while that
thread holds a lock, so setting an event there can lock up for good. The handlers here put the
signal's number into a queue, which is made for that; a thread sets the events and calls back.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from nxsl.fleet._log import where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOG = logging.getLogger("nxsl")

_LOOK = 0.5
"""Seconds: where a wait cannot be interrupted (Windows), handlers run at its end at the latest."""

# SIGINT last: it is put back last, as from there on it may raise.
_NAMES = ("SIGHUP", "SIGTERM", "SIGINT")

# A terminal that goes away, and systemd, send it on top of another one: nobody is in a hurry.
_NEVER_URGENT = "SIGHUP"


class Stop:
    """Whether a run has been asked to stop, and how urgently.

    Attributes:
        requested: set once nothing new is to be begun.
        urgent: set once nothing is to be waited for, either.
        signal: the name of the first signal, such as `SIGTERM`; empty where none has come.
    """

    def __init__(self) -> None:
        self.requested = threading.Event()
        self.urgent = threading.Event()
        self.signal = ""

    def wait(self, seconds: float) -> bool:
        """Wait, but no longer than until somebody asks to stop.

        Args:
            seconds: how long; infinity for as long as it takes.

        Returns:
            Whether somebody has.
        """
        deadline = time.monotonic() + seconds
        while not self.requested.is_set():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.requested.wait(min(left, _LOOK))
        return True

    def heard(self, name: str) -> bool:
        """Take in a signal: the first requests, a later one urges. Not for handlers.

        Returns:
            Whether that changed anything.
        """
        if not self.signal:
            self.signal = name
            self.requested.set()
            return True
        if self.urgent.is_set() or name == _NEVER_URGENT:
            return False
        self.urgent.set()
        return True


def _nothing(_stop: Stop) -> None:
    """Do nothing."""


@contextmanager
def stopping_by_signals(
    stop: Stop | None = None,
    *,
    on_first: Callable[[Stop], None] = _nothing,
    on_second: Callable[[Stop], None] = _nothing,
) -> Iterator[Stop]:
    """Let SIGINT, SIGTERM and SIGHUP ask for a stop inside the block, and do nothing else.

    A signal that the process ignores, as SIGHUP under `nohup`, stays ignored. Only the main thread
    can set handlers; elsewhere this does nothing, unless it is inside another such block. Inside
    one, everything below belongs to it: without a `stop` of its own, that of the block around.

    Args:
        stop: what is set; a new one by default.
        on_first: called with it at the first signal, from another thread; it must return soon, as
            no other signal is heard until then.
        on_second: called likewise at the second SIGINT or SIGTERM.

    Yields:
        What is set.
    """
    ears = _Ears.current
    if ears is None and threading.current_thread() is not threading.main_thread():
        yield stop or Stop()
        return
    if ears is None:
        listener = _Listener(stop or Stop(), on_first, on_second)
        with _Ears(listener):
            yield listener.stop
        return
    listener = _Listener(stop or ears.stop, on_first, on_second)
    with ears.joined(listener):
        yield listener.stop


@dataclass(frozen=True, slots=True, eq=False)
class _Listener:
    stop: Stop
    on_first: Callable[[Stop], None]
    on_second: Callable[[Stop], None]

    def told(self, *, urgent: bool) -> None:
        try:
            (self.on_second if urgent else self.on_first)(self.stop)
        except (Exception, SystemExit) as error:  # noqa: BLE001 (the run stops all the same)
            _LOG.error("what is called at a signal raised %s", where(error))


class _Ears:
    """The handlers, and the thread that does what they must not."""

    current: _Ears | None = None

    def __init__(self, listener: _Listener) -> None:
        self.stop = listener.stop
        self._listeners = [listener]
        self._lock = threading.Lock()
        self._heard: SimpleQueue[str | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._listen, name="nxsl-signals", daemon=True)
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> None:
        self._thread.start()
        for name in _NAMES:
            number: signal.Signals | None = getattr(signal, name, None)
            if number is None:
                continue  # Windows has no SIGHUP
            former = signal.getsignal(number)
            # None: not Python's handler, so it could not be put back.
            if former is not None and former is not signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._handle)
        _Ears.current = self

    def __exit__(self, *_: object) -> None:
        _Ears.current = None
        self._heard.put(None)
        self._thread.join()
        for number, handler in self._former.items():
            signal.signal(number, handler)
        while not self._heard.empty():  # came while the handlers were put back
            self._tell(self._heard.get() or "")

    @contextmanager
    def joined(self, listener: _Listener) -> Iterator[None]:
        """Let somebody else listen as well; it hears what was said before."""
        with self._lock:
            if self.stop.requested.is_set() and listener.stop is not self.stop:
                listener.stop.signal = listener.stop.signal or self.stop.signal
                listener.stop.requested.set()
            if self.stop.urgent.is_set():
                listener.stop.urgent.set()
            self._listeners.append(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def _handle(self, number: int, _frame: object) -> None:
        self._heard.put(signal.Signals(number).name)

    def _listen(self) -> None:
        while (name := self._heard.get()) is not None:
            self._tell(name)

    def _tell(self, name: str) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
            stops = dict.fromkeys(each.stop for each in listeners)
            changed = {each: each.heard(name) for each in stops}
        for each in listeners:
            if changed[each.stop]:
                each.told(urgent=each.stop.urgent.is_set())
