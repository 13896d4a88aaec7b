"""Threads for work that comes by and by: as many as are wanted, or as the machine gives."""

from __future__ import annotations

import logging
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger("nxsl")


class Hands:
    """Take work in the order in which it comes; to be given it by one thread alone.

    A pool of the library raises where there is no further thread, with the work in its queue: then
    nobody knows whether it will be done.

    Args:
        most: how many at a time.
        name: of each.
    """

    def __init__(self, most: int, name: str = "nxsl") -> None:
        self._most = most
        self._name = name
        self._threads = 0
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def grow(self, wanted: int) -> None:
        """Begin so many more, as long as there may be; they are kept.

        Raises:
            RuntimeError: there is none at all.
        """
        for _ in range(min(wanted, self._most - self._threads)):
            # Daemons: a process ends when its parent does, whatever they are at.
            thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            try:
                thread.start()
            except RuntimeError:
                if not self._threads:
                    raise
                _LOG.warning("this machine gives no more than %d threads", self._threads)
                self._most = self._threads
                return
            self._threads += 1

    def take(self, work: Callable[[], None]) -> None:
        """Do something as soon as one of them is free."""
        self._work.put(work)

    def go(self) -> None:
        """There is no more; what was given is done first."""
        for _ in range(self._threads):
            self._work.put(None)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()
