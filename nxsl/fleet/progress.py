"""Shows how a run goes, as a Nornir processor: a bar where it can move, lines elsewhere."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from nxsl.core.outcome import TaskRecord

if TYPE_CHECKING:
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, MultiResult, Task
    from rich.console import Console

_FEW = 3


class ShowProgress:
    """A processor that shows each host as it ends.

    Its hooks do nothing that could fail: an exception in one would cost every host's result.

    Args:
        console: where to; a terminal or a notebook gets a bar, anything else a line a host.
        total: how many hosts there will be.
        label: what is going on.
    """

    def __init__(self, console: Console, *, total: int, label: str) -> None:
        self._console = console
        self._total = total
        self._label = label
        self._lock = threading.Lock()
        self._bad: Counter[str] = Counter()
        self._done = 0
        self._under_way: dict[str, None] = {}
        self._live = console.is_terminal or console.is_jupyter
        fixed = Column(no_wrap=True)
        self._bar = Progress(
            TextColumn("{task.description}", table_column=fixed),
            MofNCompleteColumn(table_column=fixed),
            BarColumn(bar_width=20),
            TimeElapsedColumn(table_column=fixed),
            TextColumn("{task.fields[note]}", markup=False),
            console=console,
            disable=not self._live,
        )
        self._row = self._bar.add_task(label, total=total, note="")

    def task_started(self, task: Task) -> None:  # noqa: ARG002 (Nornir's hook)
        """Begin."""
        self._bar.start()

    def task_completed(self, task: Task, result: AggregatedResult) -> None:  # noqa: ARG002
        """End."""
        self._bar.stop()

    def task_instance_started(self, task: Task, host: Host) -> None:  # noqa: ARG002
        """A host begins."""
        with self._lock:
            self._under_way[host.name] = None

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:  # noqa: ARG002
        """A host has ended."""
        record = result[0].result if result else None
        outcome = str(record.outcome) if isinstance(record, TaskRecord) else "failed"
        good = isinstance(record, TaskRecord) and record.outcome.good
        # A pipe whose reader has gone; rich gives up with SystemExit there.
        with self._lock, contextlib.suppress(OSError, ValueError, SystemExit):
            self._done += 1
            self._under_way.pop(host.name, None)
            if not good:
                self._bad[outcome] += 1
            self._bar.update(self._row, completed=self._done, note=self._note())
            if not self._live:
                self._console.print(
                    f"{self._label} {self._done}/{self._total} {host.name}: {outcome}",
                    highlight=False,
                    markup=False,
                    emoji=False,
                    soft_wrap=True,
                )

    def _note(self) -> str:
        """What went wrong so far and, near the end, whom the run still waits for."""
        notes = [f"{count} {outcome}" for outcome, count in self._bad.most_common()]
        if self._total - self._done == len(self._under_way) <= _FEW and self._under_way:
            notes.append(f"waiting for {', '.join(self._under_way)}")
        return "; ".join(notes)

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """The tasks of nxsl have no subtasks."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """The tasks of nxsl have no subtasks."""
