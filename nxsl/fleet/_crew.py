"""The threads of one run, and the hosts that wait, are under way and have ended."""

from __future__ import annotations

import logging
import threading
import time
from contextvars import Context
from typing import TYPE_CHECKING

from nxsl.core.stopping import stopped_by
from nxsl.fleet._endings import alone, died, kept, whole
from nxsl.fleet._log import where
from nxsl.fleet.advice import LOOK, Glimpse, Growth
from nxsl.fleet.processors import isolated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nornir.core.inventory import Host
    from nornir.core.task import MultiResult, Task

    from nxsl.fleet.schedule import Schedule
    from nxsl.fleet.stop import Stop

_LOG = logging.getLogger("nxsl")

_LOOK = min(LOOK, 0.1)
"""Seconds between two looks at whether the run is to stop, or takes more workers."""


class Crew:
    """One run over hosts.

    Args:
        task: what is done; each host gets a copy.
        hosts: the hosts.
        schedule: says which of them is next, by number.
        stop: is looked at.
        close: whose connections are closed when their task has ended.

    Attributes:
        endings: the results, by number; complete unless the run was stopped.
        left: the names of the hosts that were under way when it could wait no longer.
    """

    def __init__(
        self, task: Task, hosts: Sequence[Host], schedule: Schedule, stop: Stop, *, close: str
    ) -> None:
        self.endings: dict[int, MultiResult] = {}
        self.left: tuple[str, ...] = ()
        self._task = task
        self._hosts = hosts
        self._schedule = schedule
        self._stop = stop
        self._close = close
        # Of this run alone: it is emptied when hosts are left, so that nobody hears of them later.
        self._processors = isolated(task.processors)
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        self._over = threading.Condition(lock)  # not told of each host: whoever waits would wake up
        self._under_way: dict[int, None] = {}
        self._idle = 0  # workers for which there is no host just now
        self._closed = False
        self._growth: Growth | None = None
        self._began = (time.monotonic(), time.process_time())

    def work(self, workers: int | Growth, on_stop: Callable[[Sequence[str]], None]) -> None:
        """Work on all hosts, or until it is stopped.

        Args:
            workers: hosts at a time, or what decides that as it goes.
            on_stop: called once when it is stopped, with the names of the hosts under way.
        """
        threads: list[threading.Thread] = []
        if isinstance(workers, Growth):
            self._growth, workers = workers, workers.workers
        try:
            self._start(threads, min(workers, len(self._hosts)))
            self._wait(on_stop, threads)
        finally:
            self._no_more()  # also where something is raised here
        if not self.left:
            for thread in threads:
                thread.join()

    def _start(self, threads: list[threading.Thread], count: int) -> None:
        for number in range(len(threads), len(threads) + count):
            # Daemons, so that hosts that were left do not keep the process from ending.
            thread = threading.Thread(target=self._worker, name=f"nxsl-{number}", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                if not threads:
                    raise
                _LOG.warning("this machine gives no more than %d threads", number)
                if self._growth:
                    self._growth.lost(self._growth.workers - number)
                return
            threads.append(thread)

    def _wait(
        self, on_stop: Callable[[Sequence[str]], None], threads: list[threading.Thread]
    ) -> None:
        with self._changed:
            while not self._done() and not self._stop.requested.is_set():
                self._over.wait(_LOOK)
                self._grow(threads)
        if not self._stop.requested.is_set():
            return
        on_stop(self._no_more())  # without the lock: nobody knows how long it takes
        with self._changed:
            while not self._done() and not self._stop.urgent.is_set():
                self._over.wait(_LOOK)
            if self._under_way:
                self.left = self._names()
                self._processors.clear()

    def _grow(self, threads: list[threading.Thread]) -> None:
        """Add workers where the hosts mostly wait; they begin when the lock is given back."""
        began, cpu = self._began
        elapsed = time.monotonic() - began
        if self._growth is None or not self._growth.due(elapsed) or self._schedule.empty:
            return
        now = Glimpse(
            elapsed=elapsed,
            cpu=time.process_time() - cpu,
            busy=self._growth.workers - self._idle,  # one between two hosts is busy
            finished=len(self.endings),
        )
        self._start(threads, self._growth.more(now))

    def _done(self) -> bool:
        return not self._under_way and (self._closed or self._schedule.empty)

    def _no_more(self) -> tuple[str, ...]:
        """Let no further host begin; give those that are under way."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            return self._names()

    def _names(self) -> tuple[str, ...]:
        return tuple(self._hosts[number].name for number in sorted(self._under_way))

    def _worker(self) -> None:
        while (number := self._take()) is not None:
            # A fresh context for each host: none sees what another one, or the caller, has set.
            ending = Context().run(self._stoppable, self._hosts[number])
            with self._changed:
                if self.left:
                    return
                self.endings[number] = ending
                del self._under_way[number]
                self._schedule.ended(number)
                if self._idle:
                    self._changed.notify_all()
                if self._done():
                    self._over.notify_all()

    def _take(self) -> int | None:
        """The next host; wait until there is one, or give None where there will be none."""
        with self._changed:
            while not (self._closed or self._schedule.empty or self._stop.requested.is_set()):
                number = self._schedule.take()
                if number is not None:
                    self._under_way[number] = None
                    return number
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            return None

    def _stoppable(self, host: Host) -> MultiResult:
        with stopped_by(self._stop.requested):
            return self._ending(host)

    def _ending(self, host: Host) -> MultiResult:
        mine = self._task.copy()
        mine.task = kept(self._task.task)
        mine.processors = self._processors
        try:
            multi = mine.start(host)
        except BaseException as error:  # noqa: BLE001 (a result that Nornir cannot work with)
            multi = alone(died(mine, host, error))
        multi = whole(multi, mine, host)
        if self._close == "always" or (self._close == "failed" and multi.failed):
            self._close_connections(host)
        return multi

    def _close_connections(self, host: Host) -> None:
        for name in list(host.connections):
            if self.left:  # nobody waits for this host any longer, and it may be in use again
                return
            try:
                host.close_connection(name)
            except BaseException as error:  # noqa: BLE001 (it is of no use any more in any case)
                _LOG.warning("%s: closing %s raised %s", host.name, name, where(error))
