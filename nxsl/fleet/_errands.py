"""Hands parcels of hosts to workers, a few at a time, and accounts for every host.

No more is handed over than there are free workers, so that what they have is what is being worked
on: the rest can be stopped, and a worker that dies takes only its own hosts with it. Who the
workers are, and how a parcel gets to them, is said by those that build on this.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.fleet._parcels import made_up, unpack_ending

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable

    from nornir.core.inventory import Host
    from nornir.core.task import MultiResult, Task

_LOG = logging.getLogger("nxsl")

LOOK = 0.2
"""Seconds between two looks at whether somebody wants to stop."""

AGAIN = "run it again: hosts that are done are left alone"
LOOK_AGAIN = "nxsl verify tells how it stands"

STOPPED = TaskRecord(
    outcome=Outcome.NOT_RUN,
    reason=Reason.STOPPED,
    detail="stopped before this host began",
    remedy=AGAIN,
)


class StopLike(Protocol):
    """What can ask a run to stop.

    It may have another event `urgent`: once that is set, nothing is waited for.
    """

    @property
    def requested(self) -> threading.Event:
        """Set once nothing new is to be begun."""


@dataclass(kw_only=True, eq=False)
class Errand:
    """Some hosts that go to a worker together.

    Attributes:
        hosts: the parent's.
        parcel: what travels.
        given: whether it was, or may have been, handed over.
    """

    hosts: list[Host]
    parcel: bytes
    given: bool = False


E = TypeVar("E", bound=Errand)
K = TypeVar("K")


class Errands(ABC, Generic[E, K]):
    """One task on its way, in errands `E` that are known by `K` once they are handed over.

    Args:
        task: Nornir's.
        changes: whether it must not be done twice.
        stop: asks to stop.

    Attributes:
        endings: by host.
        stopped: whether something was not begun because somebody asked to stop.
        left: the hosts that were left under way.
    """

    same: ClassVar[str]
    """What to do where the two sides do not understand each other."""

    def __init__(self, task: Task, *, changes: bool, stop: StopLike | None) -> None:
        self.endings: dict[str, MultiResult] = {}
        self.stopped = False
        self.left: tuple[str, ...] = ()
        self._task = task
        self._changes = changes
        self._stop = stop
        self._waiting: deque[E] = deque()
        self._running: dict[K, E] = {}

    @abstractmethod
    def _hand_over(self) -> None:
        """Give what can be given now."""

    @abstractmethod
    def _collect(self) -> None:
        """Take what has come back; wait for it no longer than `LOOK`."""

    @abstractmethod
    def _cancel(self, key: K) -> None:
        """Let go of what is under way."""

    def _take_back(self, _errand: E) -> bool:
        """Whether nobody has begun it, and nobody will."""
        return False

    def _forget(self, errand: E, key: K) -> None:
        """An errand is over."""

    def do(self, errands: Iterable[E]) -> None:
        """Do them all; afterwards each of their hosts has an ending."""
        every = tuple(errands)
        self._waiting.extend(every)
        try:
            self._until_done()
        except KeyboardInterrupt:
            self._begin_no_more()
        self._leave(every)

    def _until_done(self) -> None:
        while self._waiting or self._running:
            try:
                if self.stopped or (self._stop and self._stop.requested.is_set()):
                    self._begin_no_more()
                if self._is_urgent():
                    return
                self._hand_over()
                self._collect()
            except KeyboardInterrupt:
                if self.stopped:
                    raise
                self.stopped = True

    def _is_urgent(self) -> bool:
        """Whether somebody asked twice; not everything that asks to stop knows of that."""
        urgent: threading.Event | None = getattr(self._stop, "urgent", None)
        return urgent is not None and urgent.is_set()

    # -- endings ---------------------------------------------------------------------------------

    def _read(self, ending: bytes, host: Host) -> MultiResult:
        try:
            return unpack_ending(ending, host)
        except Exception as error:  # noqa: BLE001 (whatever somebody's result does: one host)
            record = TaskRecord(
                outcome=Outcome.UNKNOWN if self._changes else Outcome.FAILED_CLEAN,
                reason=Reason.INTERNAL,
                detail=f"its result cannot be read here: {type(error).__name__}",
                remedy=self.same,
            )
            return made_up(self._task.name, record, host=host)

    def _ended(self, errand: E, reason: Reason, detail: str, remedy: str) -> TaskRecord:
        if self._take_back(errand):
            outcome = Outcome.NOT_RUN
        else:
            outcome = Outcome.UNKNOWN if self._changes else Outcome.FAILED_CLEAN
        return TaskRecord(outcome=outcome, reason=reason, detail=detail, remedy=remedy)

    def _lost(self, *, begun: bool) -> TaskRecord:
        if self._changes and not begun:
            outcome, detail = Outcome.NOT_RUN, "its worker was lost before this host was begun"
        elif self._changes:
            outcome = Outcome.UNKNOWN
            detail = "its worker was lost while this host was under way; nothing was run again"
        else:
            outcome, detail = Outcome.FAILED_CLEAN, "its worker was lost"
        remedy = LOOK_AGAIN if outcome is Outcome.UNKNOWN else AGAIN
        return TaskRecord(outcome=outcome, reason=Reason.WORKER_LOST, detail=detail, remedy=remedy)

    def _begin_no_more(self) -> None:
        self.stopped = True
        while self._waiting:
            self._end(self._waiting.popleft(), STOPPED)

    def _leave(self, errands: Iterable[E]) -> None:
        """End what has no end: left under way at a second Ctrl-C, or cut off by the first."""
        for key, errand in self._running.items():
            self._cancel(key)
            self.left += tuple(h.name for h in errand.hosts if h.name not in self.endings)
        for errand in errands:
            if not errand.given:
                self._end_missing(errand, STOPPED)
            elif any(host.name not in self.endings for host in errand.hosts):
                detail = "left while this host was under way"
                self._end_missing(errand, self._ended(errand, Reason.STOPPED, detail, LOOK_AGAIN))
        for key, errand in self._running.items():
            self._forget(errand, key)
        self._running.clear()

    # -- bookkeeping -----------------------------------------------------------------------------

    def _end(self, errand: E, record: TaskRecord) -> None:
        for host in errand.hosts:
            ending = made_up(self._task.name, record, host=host)
            self._put(host, ending, begun=errand.given)

    def _end_missing(self, errand: E, record: TaskRecord) -> None:
        errand.hosts = [host for host in errand.hosts if host.name not in self.endings]
        self._end(errand, record)

    def _put(self, host: Host, ending: MultiResult, *, begun: bool = True) -> None:
        self.endings[host.name] = ending
        if begun:
            self._hook(self._task.processors.task_instance_completed, host, ending)

    def _hook(
        self, hook: Callable[..., None], host: Host, ending: MultiResult | None = None
    ) -> None:
        """Call a processor as `Task.start` would; here, as it may hold a terminal, or a lock."""
        task = self._task.copy()
        task.host = host
        try:
            if ending is None:
                hook(task, host)
            else:
                task.results = ending
                hook(task, host, ending)
        except Exception as error:  # noqa: BLE001 (a view must cost no result)
            _LOG.error("%s: a processor raised %s", host.name, type(error).__name__)
