"""A runner that takes several processes for what only reads, and threads for all the rest."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from nxsl.core.errors import InventoryError, Refused, SecretError
from nxsl.core.reading import is_reading, stays_here
from nxsl.fleet.process_choice import processes_for
from nxsl.fleet.process_runner import ProcessRunner, cores

if TYPE_CHECKING:
    from collections.abc import Callable

    from nornir.core.inventory import Host
    from nornir.core.plugins.runners import RunnerPlugin
    from nornir.core.task import AggregatedResult, Task

    from nxsl.fleet._desk import LoggingIn
    from nxsl.fleet.stop import Stop

_LOG = logging.getLogger("nxsl")

_THREADS = 50
"""Hosts at a time in each process, where nothing is said."""


def _as_it_is(task: Callable[..., Any]) -> Callable[..., Any]:
    return task


class ReadingRunner:
    """Reading tasks over processes, all others on threads.

    Args:
        threads: the runner of all that does not go to processes.
        processes: how many; None for as many as pay, where `processes_for` says so, the task and
            the inventory can travel, and `workers` is settled: threads follow what latency and
            AAA servers show during the run, processes do not.
        workers: hosts at a time, in all processes together; None where it is not settled.
        watch: what a task is wrapped in where it stays here.
        logging_in: what surrounds each login where it does not; as for `ProcessRunner`.
        stop: asks to stop; by default signals, or what is set up around.

    Attributes:
        used: in how many processes the last run was.
        stopped: whether the last run was stopped.
        left: the hosts that were under way when the last run could wait no longer.

    Raises:
        ValueError: a number is not positive.
    """

    def __init__(
        self,
        threads: RunnerPlugin,
        *,
        processes: int | None = None,
        workers: int | None = None,
        watch: Callable[[Callable[..., Any]], Callable[..., Any]] = _as_it_is,
        logging_in: LoggingIn | None = None,
        stop: Stop | None = None,
    ) -> None:
        if (workers is not None and workers < 1) or (processes is not None and processes < 1):
            raise ValueError("processes and workers are whole numbers of 1 or more")
        self.used = 1
        self._threads = threads
        self._asked = processes
        self._workers = workers
        self._watch = watch
        self._logging_in = logging_in
        self._stop = stop
        self._runner: ProcessRunner | None = None
        self._last: Any = threads

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def stopped(self) -> bool:
        """Whether the last run was stopped, as far as its runner tells."""
        return bool(getattr(self._last, "stopped", False))

    @property
    def left(self) -> tuple[str, ...]:
        """The hosts that it has left, as far as its runner tells."""
        return tuple(getattr(self._last, "left", ()))

    def close(self) -> None:
        """End the processes."""
        if self._runner is not None:
            self._runner.close()

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a task on hosts.

        Raises:
            SecretError, Refused, InventoryError: as `ProcessRunner`, where processes were asked
                for; else it stays with threads.
        """
        reading = is_reading(task.task) and not stays_here(task.task)
        asked = self._asked if reading else 1
        if asked is None and self._workers is None:
            asked = 1
        count = asked or processes_for(len(hosts), cores(), reading=reading, picklable=True)
        count = min(count, self._workers or count)
        if count > 1:
            runner = self._processes(count)
            try:
                packed = runner.pack(task, hosts)
                runner.start(len(packed[1]))
            except (SecretError, Refused, InventoryError) as error:
                if asked is not None:
                    raise
                _LOG.info("on threads, as %s", error)
            else:
                self.used, self._last = count, runner
                return runner.carry_out(task, hosts, *packed)
        self.used, self._last = 1, self._threads
        mine = task.copy()
        mine.task = self._watch(task.task)
        return self._threads.run(mine, hosts)

    def _processes(self, count: int) -> ProcessRunner:
        if self._runner is None or self._runner.processes != count:
            self.close()
            self._runner = ProcessRunner(
                count,
                _THREADS if self._workers is None else self._workers // count,
                stop=self._stop,
                logging_in=self._logging_in,
            )
        return self._runner
