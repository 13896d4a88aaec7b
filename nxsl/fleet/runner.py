"""A Nornir runner that can be stopped, and that loses no host whatever a task does."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nornir.core.task import AggregatedResult, MultiResult, Result

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nornir.core.inventory import Host
    from nornir.core.task import Task


class StoppableRunner:
    """Like Nornir's threaded runner, but Ctrl-C starts no further host and keeps every result.

    After the first Ctrl-C the hosts under way come to their end; after a second one they are left.
    A task that dies of something that is no `Exception` costs its own host only.

    Args:
        num_workers: hosts at a time.
        on_stop: called once, at the first Ctrl-C, with the number of hosts under way.

    Attributes:
        stopped: whether Ctrl-C was pressed.
        left: whether it was pressed again, so that hosts may still be at work.
    """

    def __init__(
        self, num_workers: int = 50, *, on_stop: Callable[[int], None] = lambda _running: None
    ) -> None:
        self.num_workers = num_workers
        self.stopped = False
        self.left = False
        self._on_stop = on_stop

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a task on hosts; each of them is in the result, in their order."""
        pool = ThreadPoolExecutor(self.num_workers)
        futures: dict[str, Future[MultiResult]] = {}
        try:
            with _ctrl_c_held_back():  # a host that was begun must not be forgotten
                for host in hosts:
                    futures[host.name] = pool.submit(task.copy().start, host)
            wait(futures.values())
        except KeyboardInterrupt:
            self._stop(futures)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        result = AggregatedResult(task.name)
        for host in hosts:
            result[host.name] = _ending(task, host, futures.get(host.name))
        return result

    def _stop(self, futures: dict[str, Future[MultiResult]]) -> None:
        self.stopped = True
        try:
            running = [each for each in futures.values() if not each.cancel() and not each.done()]
            self._on_stop(len(running))
            wait(running)
        except KeyboardInterrupt:
            self.left = True
            for each in futures.values():
                each.cancel()


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Let Ctrl-C take effect at the end of the block; only the main thread gets it at all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    former = signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
    if pressed:
        raise KeyboardInterrupt


def _ending(task: Task, host: Host, future: Future[MultiResult] | None) -> MultiResult:
    if future is None or future.cancelled():
        return _made_up(
            task,
            host,
            TaskRecord(
                outcome=Outcome.NOT_RUN,
                reason=Reason.STOPPED,
                detail="stopped before this host began",
                remedy="run it again: hosts that are done are left alone",
            ),
        )
    if not future.done():
        return _made_up(
            task,
            host,
            TaskRecord(
                outcome=Outcome.UNKNOWN,
                reason=Reason.STOPPED,
                detail="left while this host was under way",
                remedy="nxsl verify tells how it stands",
            ),
        )
    error = future.exception()
    if error is not None:
        return _made_up(
            task,
            host,
            TaskRecord(
                outcome=Outcome.UNKNOWN,
                reason=Reason.INTERNAL,
                detail=f"the task died of {type(error).__name__}",
                remedy="this is a fault of the program: please report it",
            ),
        )
    return future.result()


def _made_up(task: Task, host: Host, record: TaskRecord) -> MultiResult:
    multi = MultiResult(task.name)
    multi.append(Result(host=host, result=record, failed=True, name=task.name))
    return multi
