"""An observer that keeps how far the run is; what views, logs and webhooks have in common."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from nxsl.run.observer import RunObserver
from nxsl.run.progress import RunProgress
from nxsl.run.shown import end_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nxsl.core.outcome import TaskRecord
    from nxsl.core.run_records import RunHead, RunState
    from nxsl.core.waves import Verdict
    from nxsl.run.shown import End, RunShown


class Watcher(RunObserver):
    """Feeds a `RunProgress`; subclasses tell of it after `super()`.

    Args:
        clock: gives seconds, never going back.

    Attributes:
        progress: how far the run is.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.progress = RunProgress("", (), clock())
        self._lock = threading.RLock()

    def shown(self) -> RunShown:
        """The run as it is now."""
        with self._lock:
            return self.progress.shown(self.clock())

    def run_started(self, run: RunHead, waves: Sequence[Sequence[str]]) -> None:
        """A run begins."""
        with self._lock:
            self.progress = RunProgress(run.job, waves, self.clock())

    def wave_started(self, number: int, hosts: Sequence[str]) -> None:
        """A wave begins."""
        with self._lock:
            self.progress.wave_started(number, hosts, self.clock())

    def host_started(self, host: str) -> None:
        """A host is begun."""
        with self._lock:
            if self.progress.host_started(host, self.clock()):
                self.now_started(host)

    def now_started(self, host: str) -> None:
        """A host has begun; called once for each."""

    def host_pending(self, host: str, record: TaskRecord) -> None:
        """Something is under way on a host."""
        with self._lock:
            if self.progress.host_pending(host, self.clock()):
                self.now_pending(host, record)

    def now_pending(self, host: str, record: TaskRecord) -> None:
        """A host has become pending; called once for each."""

    def host_ended(self, host: str, record: TaskRecord) -> None:
        """A host has ended."""
        self._end(host, end_of(record), record)

    def _end(self, host: str, end: End, record: TaskRecord | None) -> None:
        with self._lock:
            if self.progress.host_ended(host, end, self.clock()):
                self.now_ended(host, end, record)

    def now_ended(self, host: str, end: End, record: TaskRecord | None) -> None:
        """A host has ended, or is seen to have ended otherwise; not called twice for the same."""

    def soaking(self, number: int, seconds: float) -> None:
        """A wave is left alone."""
        with self._lock:
            self.progress.soaking(number, seconds, self.clock())

    def wave_ended(self, number: int, verdict: Verdict, why: str) -> None:
        """A wave was judged."""
        with self._lock:
            self.progress.wave_ended(number, verdict, why, self.clock())

    def run_ended(self, run: RunHead, state: RunState, records: Mapping[str, TaskRecord]) -> None:  # noqa: ARG002
        """A run has ended."""
        with self._lock:
            for host, record in records.items():
                self._end(host, end_of(record), record)
            self.progress.run_ended(state, self.clock())
