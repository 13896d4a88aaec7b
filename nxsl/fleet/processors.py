"""Keeps what a Nornir processor raises from costing results."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from nornir.core.processor import Processor, Processors

from nxsl.fleet._log import where

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nornir.core import Nornir
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, MultiResult, Task

_LOG = logging.getLogger("nxsl")


class Isolated:
    """A processor around another one: what that raises is logged, once for each of its hooks.

    The log has the kind of the error and its place, not its message, which may hold anything.

    Args:
        processor: the other one.
    """

    def __init__(self, processor: Processor) -> None:
        self.processor = processor
        self._said: set[str] = set()

    def task_started(self, task: Task) -> None:
        """Pass it on."""
        self._call("task_started", task)

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Pass it on."""
        self._call("task_completed", task, result)

    def task_instance_started(self, task: Task, host: Host) -> None:
        """Pass it on."""
        self._call("task_instance_started", task, host)

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Pass it on."""
        self._call("task_instance_completed", task, host, result)

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Pass it on."""
        self._call("subtask_instance_started", task, host)

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Pass it on."""
        self._call("subtask_instance_completed", task, host, result)

    def _call(self, hook: str, *operands: object) -> None:
        try:
            getattr(self.processor, hook)(*operands)
        except BaseException as error:  # rich gives up with SystemExit
            if isinstance(error, KeyboardInterrupt) and _in_main_thread():
                raise  # somebody's Ctrl-C, not the processor's fault
            if hook not in self._said:
                self._said.add(hook)
                kind = type(self.processor).__name__
                _LOG.error("%s.%s raised %s; the run goes on", kind, hook, where(error))


def isolated(processors: Iterable[Processor]) -> Processors:
    """The same processors, none of which can cost a result."""
    return Processors(
        [each if isinstance(each, Isolated) else Isolated(each) for each in processors]
    )


def safe(nr: Nornir) -> Nornir:
    """The same Nornir, none of whose processors can cost a result.

    `FleetRunner` does that for what is called for each host; `task_started` and `task_completed`
    are called by Nornir itself.
    """
    return nr.with_processors(isolated(nr.processors))


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
