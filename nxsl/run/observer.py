"""What a run tells while it goes: the hooks of views, logs and webhooks."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.secret import redact_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, MultiResult, Task

    from nxsl.core.run_records import RunHead, RunState
    from nxsl.core.waves import Verdict

_log = logging.getLogger("nxsl.run.observers")


class RunObserver:
    """Hooks that do nothing; override the ones you need.

    They are called one at a time (by `Observers`), from the thread of the run but for those of a
    host, which may come from the thread that works on it. An exception in one is logged and changes
    nothing. A hook must not wait for anything: the run waits for it.
    """

    def run_started(self, run: RunHead, waves: Sequence[Sequence[str]]) -> None:
        """A run begins; `waves` are the hosts that it is going to change."""

    def wave_started(self, number: int, hosts: Sequence[str]) -> None:
        """A wave begins, counted from 1 on."""

    def host_started(self, host: str) -> None:
        """A host is begun."""

    def host_pending(self, host: str, record: TaskRecord) -> None:
        """What was started on a host is under way; no worker waits for it."""

    def host_ended(self, host: str, record: TaskRecord) -> None:
        """A host has come to its end."""

    def soaking(self, number: int, seconds: float) -> None:
        """A wave is done, and is left alone for so many seconds before it is looked at again."""

    def wave_ended(self, number: int, verdict: Verdict, why: str) -> None:
        """A wave was judged; `why` is one sentence."""

    def run_ended(self, run: RunHead, state: RunState, records: Mapping[str, TaskRecord]) -> None:
        """A run has ended; every host has a record."""


@contextmanager
def harmless(what: str, told: set[str]) -> Iterator[None]:
    """Log what goes wrong inside the block, once for each kind, and let nothing of it out.

    Args:
        what: what is done there.
        told: what was logged already; it is added to.
    """
    try:
        yield
    # rich ends the program where the reader of a pipe has gone.
    except (Exception, SystemExit) as error:  # noqa: BLE001 (whatever it is, the run goes on)
        kind = f"{what}: {type(error).__name__}"
        if kind not in told:
            told.add(kind)
            _log.warning("%s: %s; the run goes on", kind, redact_tokens(str(error)))


class Observers(RunObserver):
    """Several observers as one; what goes wrong in one of them reaches neither others nor run.

    Whatever threads its hooks are called from, those of the observers are called one at a time.
    What is told twice of a host, by its worker and then by the run, reaches them once.
    """

    def __init__(self, *observers: RunObserver) -> None:
        self._observers = observers
        self._last: dict[str, tuple[object, ...]] = {}
        self._told: list[set[str]] = [set() for _ in observers]
        self._lock = threading.RLock()

    def _each(self, hook: str, call: Callable[[RunObserver], None]) -> None:
        with self._lock:
            for observer, told in zip(self._observers, self._told, strict=True):
                with harmless(f"{type(observer).__name__}.{hook}", told):
                    call(observer)

    def _is_news(self, host: str, record: TaskRecord) -> bool:
        end = (record.outcome, record.reason, record.detail)
        with self._lock:
            known = self._last.get(host) == end
            self._last[host] = end
        return not known

    def run_started(self, run: RunHead, waves: Sequence[Sequence[str]]) -> None:
        """Tell all."""
        self._last.clear()
        self._each("run_started", lambda each: each.run_started(run, waves))

    def wave_started(self, number: int, hosts: Sequence[str]) -> None:
        """Tell all."""
        self._each("wave_started", lambda each: each.wave_started(number, hosts))

    def host_started(self, host: str) -> None:
        """Tell all."""
        self._each("host_started", lambda each: each.host_started(host))

    def host_pending(self, host: str, record: TaskRecord) -> None:
        """Tell all."""
        if self._is_news(host, record):
            self._each("host_pending", lambda each: each.host_pending(host, record))

    def host_ended(self, host: str, record: TaskRecord) -> None:
        """Tell all."""
        if self._is_news(host, record):
            self._each("host_ended", lambda each: each.host_ended(host, record))

    def soaking(self, number: int, seconds: float) -> None:
        """Tell all."""
        self._each("soaking", lambda each: each.soaking(number, seconds))

    def wave_ended(self, number: int, verdict: Verdict, why: str) -> None:
        """Tell all."""
        self._each("wave_ended", lambda each: each.wave_ended(number, verdict, why))

    def run_ended(self, run: RunHead, state: RunState, records: Mapping[str, TaskRecord]) -> None:
        """Tell all."""
        self._each("run_ended", lambda each: each.run_ended(run, state, records))


class ObserverProcessor:
    """A Nornir processor that tells an observer of the hosts of a run, each thing once.

    One of it serves all tasks of a run, such as those that ask pending hosts again and again.

    Args:
        observer: told from the worker threads; `Observers` makes that one at a time.
        ends: whether it is told of pending and ended hosts as well, and not of begun ones alone:
            at once, where the run itself learns of them when the last host of a batch is done.
    """

    def __init__(self, observer: RunObserver, *, ends: bool = True) -> None:
        self._observer = observer
        self._ends = ends
        self._lock = threading.Lock()
        self._told: set[str] = set()
        self._begun: set[str] = set()
        self._pending: set[str] = set()

    def _first(self, host: str, among: set[str]) -> bool:
        with self._lock:
            new = host not in among
            among.add(host)
            return new

    def task_started(self, task: Task) -> None:
        """The run tells of itself."""

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """The run tells of itself."""

    def task_instance_started(self, task: Task, host: Host) -> None:  # noqa: ARG002 (Nornir's hook)
        """A host begins, or is asked again."""
        if self._first(host.name, self._begun):
            with harmless("host_started", self._told):
                self._observer.host_started(host.name)

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:  # noqa: ARG002
        """A host has ended, or is pending."""
        record = result[0].result if result else None
        if not self._ends or not isinstance(record, TaskRecord):
            return  # the run makes up a record, and tells of it
        with harmless("host_ended", self._told):
            if record.outcome is not Outcome.PENDING or record.ticket is None:
                self._observer.host_ended(host.name, record)
            elif self._first(host.name, self._pending):
                self._observer.host_pending(host.name, record)

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """The tasks of nxsl have no subtasks."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """The tasks of nxsl have no subtasks."""
