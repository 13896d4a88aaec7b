"""Shows how a run goes: rows that move on a terminal, a table in a notebook, lines elsewhere."""

from __future__ import annotations

import atexit
import contextvars
import importlib.util
import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nxsl.core.outcome import TaskRecord
from nxsl.core.secret import redact_tokens
from nxsl.run.faces import LiveView, NotebookView, PlainView, is_terminal
from nxsl.run.observer import harmless
from nxsl.run.progress import RunProgress
from nxsl.run.shown import BESIDE, FAILED, end_of
from nxsl.run.watcher import Watcher
from nxsl.run.wording import duration, hosts_words, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, MultiResult, Task
    from rich.console import Console

    from nxsl.core.run_records import RunHead, RunState
    from nxsl.core.waves import Verdict
    from nxsl.run.faces import Face
    from nxsl.run.shown import End

# A terminal that is held by Ctrl-S must not hold the end of the run for longer than this.
_LAST_DRAWING = 2.0


class ShowProgress(Watcher):
    """Shows each host as it ends; an observer of a run, and a Nornir processor for any task.

    ```python
    progress = ShowProgress(Console(stderr=True), total=len(nr.inventory.hosts), label="verify")
    nr.with_processors([progress]).run(verify)
    ```

    As a processor it shows a task as one wave. Its hooks do nothing that could fail: an exception
    in one would cost every host's result. They only note; a thread of its own draws.

    Args:
        console: where to; a terminal gets rows that move, a notebook a table, anything else lines.
        total: how many hosts there will be; for a processor.
        label: what is going on; for a processor.
        clock: gives seconds, never going back.
    """

    def __init__(
        self,
        console: Console,
        *,
        total: int = 0,
        label: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(clock)
        self._total = total
        self._label = label
        self._face = _face_for(console)
        self._told: set[str] = set()
        self._closing = threading.Event()
        self._drawer: threading.Thread | None = None
        self._open = False
        self._waves = 0
        self.progress = RunProgress.of_one_wave(label, total, clock())

    def _say(self, line: str) -> None:
        with harmless("progress", self._told):
            self._face.say(line)

    def _begin(self) -> None:
        self.close()
        self._open = True
        with harmless("progress", self._told):
            self._face.open(self.shown())
        if self._face.period is not None:
            # With the context of this thread: a notebook tells by it which cell draws.
            work = contextvars.copy_context().run
            self._closing = threading.Event()
            args = (self._draw, self._closing, self._face.period)
            self._drawer = threading.Thread(target=work, args=args, name="nxsl-view", daemon=True)
            self._drawer.start()
        atexit.register(self.close)

    def _draw(self, closing: threading.Event, period: float) -> None:
        failed = False
        while not closing.wait(period) and not failed:
            failed = True
            with harmless("progress", self._told):
                self._face.draw(self.shown())
                failed = False

    def close(self) -> None:
        """Stop drawing and leave what is shown; done by itself at the end of a task or run."""
        if not self._open:
            return
        self._open = False
        atexit.unregister(self.close)
        self._closing.set()
        if self._drawer is not None:
            self._drawer.join(_LAST_DRAWING)
            self._drawer = None
        with harmless("progress", self._told):
            self._face.close(self.shown())

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to a question, and go on below it."""
        was_open = self._open
        self.close()
        try:
            yield
        finally:
            if was_open:
                self._begin()

    # The hooks of a run.

    def run_started(self, run: RunHead, waves: Sequence[Sequence[str]]) -> None:
        """Begin."""
        super().run_started(run, waves)
        self._label = run.job
        self._waves = len(waves)
        sizes = ", ".join(str(len(wave)) for wave in waves)
        total = hosts_words(sum(map(len, waves)))
        self._say(f"{run.job}: {total}" + (f" in {len(waves)} waves: {sizes}" if waves[1:] else ""))
        self._begin()

    def wave_started(self, number: int, hosts: Sequence[str]) -> None:
        """A wave begins."""
        super().wave_started(number, hosts)
        self._say(f"{self._label} {self._wave(number)}: {hosts_words(len(hosts))}")

    def _wave(self, number: int) -> str:
        return f"wave {number}/{max(self._waves, number)}"

    def now_pending(self, host: str, record: TaskRecord) -> None:  # noqa: ARG002 (it is pending)
        """Something is under way on a host."""
        self._say(f"{self._label} {host}: pending")

    def now_ended(self, host: str, end: End, record: TaskRecord | None) -> None:  # noqa: ARG002
        """A host has ended."""
        if self._face.period is not None:
            return
        if self.progress.wave_of(host) != BESIDE:
            done, hosts = self.progress.tally()
            self._say(f"{self._label} {done}/{hosts} {host}: {end.word}")
        elif not end.good:  # nothing was to be done on it, and something is wrong with it
            self._say(f"{self._label} {host}: {end.word}")

    def soaking(self, number: int, seconds: float) -> None:
        """A wave is left alone."""
        super().soaking(number, seconds)
        self._say(f"{self._label} {self._wave(number)}: soaks for {duration(seconds)}")

    def wave_ended(self, number: int, verdict: Verdict, why: str) -> None:
        """A wave was judged."""
        why = redact_tokens(why)
        super().wave_ended(number, verdict, why)
        line = f"{self._label} {self._wave(number)}: {verdict}"
        self._say(f"{line}: {why}" if why else line)

    def run_ended(self, run: RunHead, state: RunState, records: Mapping[str, TaskRecord]) -> None:
        """End."""
        super().run_ended(run, state, records)
        shown = self.shown()
        self._say(f"{self._label} {state}: {sentence(shown)}, in {duration(shown.elapsed)}")
        self.close()

    # The hooks of a Nornir processor.

    def task_started(self, task: Task) -> None:  # noqa: ARG002 (Nornir's hook)
        """Begin."""
        with self._lock:
            self.progress = RunProgress.of_one_wave(self._label, self._total, self.clock())
        self._begin()

    def task_completed(self, task: Task, result: AggregatedResult) -> None:  # noqa: ARG002
        """End."""
        with self._lock:
            self.progress.run_ended(None, self.clock())
        self.close()

    def task_instance_started(self, task: Task, host: Host) -> None:  # noqa: ARG002
        """A host begins."""
        self.host_started(host.name)

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:  # noqa: ARG002
        """A host has ended."""
        record = result[0].result if result else None
        if isinstance(record, TaskRecord):
            self._end(host.name, end_of(record), record)
        else:
            self._end(host.name, FAILED, None)

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """The tasks of nxsl have no subtasks."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """The tasks of nxsl have no subtasks."""


def view_for(console: Console) -> ShowProgress:
    """The view of a run, for its observers."""
    return ShowProgress(console)


def _face_for(console: Console) -> Face:
    # CI systems want colours in a log, and not rows that move there.
    forced = any(os.environ.get(name) for name in ("FORCE_COLOR", "TTY_COMPATIBLE"))
    moves = console.is_terminal and not console.is_dumb_terminal
    if console.is_jupyter and importlib.util.find_spec("IPython") is not None:
        return NotebookView()
    if moves and (is_terminal(console.file) or not forced):
        return LiveView(console)
    return PlainView(console)
