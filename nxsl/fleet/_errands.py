"""Hands parcels of hosts to Dask, a few at a time, and accounts for every host.

No more is handed over than there are free workers, so that what Dask has is what is being worked
on: the rest can be stopped, and a worker that dies takes only its own hosts with it.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

from distributed import Future, Queue
from distributed.scheduler import KilledWorker

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.core.secret import redact_tokens
from nxsl.fleet._detached import run_parcel
from nxsl.fleet._parcels import made_up, unpack_ending

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable

    from distributed import Client
    from nornir.core.inventory import Host
    from nornir.core.task import MultiResult, Task

_LOG = logging.getLogger("nxsl")

_LOOK = 0.2
"""Seconds between two looks at whether somebody wants to stop."""
_COUNT = 1.0
"""Seconds between two looks at which workers there are."""

_AGAIN = "run it again: hosts that are done are left alone"
_LOOK_AGAIN = "nxsl verify tells how it stands"

_STOPPED = TaskRecord(
    outcome=Outcome.NOT_RUN,
    reason=Reason.STOPPED,
    detail="stopped before this host began",
    remedy=_AGAIN,
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
    """Some hosts of one zone that go to a worker together.

    Attributes:
        hosts: the parent's.
        zone: the Dask resource that their worker must offer; empty where any will do.
        parcel: what travels.
        name: a name that nothing else has.
        given: whether it was, or may have been, handed over.
        right: the right to begin, of a task that must not be done twice.
    """

    hosts: list[Host]
    zone: str
    parcel: bytes
    name: str = field(default_factory=lambda: f"nxsl-{uuid.uuid4().hex}")
    given: bool = False
    right: Queue | None = None


class Errands:
    """One task on its way.

    Args:
        client: Dask's.
        task: Nornir's.
        job: the task, packed.
        changes: whether it must not be done twice.
        patience: seconds to wait for a worker where there is none.
        stop: asks to stop.

    Attributes:
        endings: by host.
        stopped: whether something was not begun because somebody asked to stop.
        left: the hosts that were left under way.
    """

    def __init__(
        self,
        client: Client,
        task: Task,
        job: bytes,
        *,
        changes: bool,
        patience: float,
        stop: StopLike | None,
    ) -> None:
        self.endings: dict[str, MultiResult] = {}
        self.stopped = False
        self.left: tuple[str, ...] = ()
        self._client = client
        self._task = task
        self._job = job
        self._changes = changes
        self._patience = patience
        self._stop = stop
        self._waiting: deque[Errand] = deque()
        self._running: dict[Future[Any], Errand] = {}
        self._done: SimpleQueue[Future[Any]] = SimpleQueue()
        self._places: dict[str, int] = {}
        self._counted = -_COUNT
        self._nobody_since: dict[str, float] = {}

    def do(self, errands: Iterable[Errand]) -> None:
        """Do them all; afterwards each of their hosts has an ending."""
        every = tuple(errands)
        self._waiting.extend(every)
        try:
            try:
                self._until_done()
            except KeyboardInterrupt:
                self._begin_no_more()
            self._leave(every)
        except OSError as error:  # Dask's errors of communication are some
            _LOG.error("the Dask scheduler is lost: %s", type(error).__name__)
            self._lose(every)

    def _until_done(self) -> None:
        while self._waiting or self._running:
            try:
                if self.stopped or (self._stop and self._stop.requested.is_set()):
                    self._begin_no_more()
                if self._is_urgent():
                    return
                self._count_places()
                self._hand_over()
                self._give_up()
                self._collect()
            except KeyboardInterrupt:
                if self.stopped:
                    raise
                self.stopped = True

    def _is_urgent(self) -> bool:
        """Whether somebody asked twice; not everything that asks to stop knows of that."""
        urgent: threading.Event | None = getattr(self._stop, "urgent", None)
        return urgent is not None and urgent.is_set()

    # -- giving ----------------------------------------------------------------------------------

    def _count_places(self) -> None:
        """How many parcels can be worked on at a time, by zone; "" is any worker."""
        now = time.monotonic()
        if now - self._counted < _COUNT:
            return
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        places = {"": sum(each["nthreads"] for each in workers)}
        for each in workers:
            for zone, amount in (each.get("resources") or {}).items():
                places[zone] = places.get(zone, 0) + min(int(amount), each["nthreads"])
        self._places, self._counted = places, now
        for zone in {each.zone for each in (*self._waiting, *self._running.values())}:
            if places.get(zone):
                self._nobody_since.pop(zone, None)
            else:
                self._nobody_since.setdefault(zone, now)

    def _hand_over(self) -> None:
        free = dict(self._places)
        for each in self._running.values():
            free[each.zone] = free.get(each.zone, 0) - 1
        later: deque[Errand] = deque()
        while self._waiting:
            errand = self._waiting.popleft()
            if free.get(errand.zone, 0) > 0:
                free[errand.zone] -= 1
                self._submit(errand)
            else:
                later.append(errand)
        self._waiting = later

    def _submit(self, errand: Errand) -> None:
        errand.given = True
        if self._changes:
            errand.right = Queue(errand.name, client=self._client)
            errand.right.put(1)
        for host in errand.hosts:
            self._hook(self._task.processors.task_instance_started, host)
        future = self._client.submit(
            run_parcel,
            self._job,
            errand.parcel,
            errand.name if self._changes else "",
            key=errand.name,
            resources={errand.zone: 1} if errand.zone else None,
            pure=False,
            retries=0,
        )
        self._running[future] = errand
        future.add_done_callback(self._done.put)

    # -- taking ----------------------------------------------------------------------------------

    def _collect(self) -> None:
        try:
            future: Future[Any] | None = self._done.get(timeout=_LOOK)
        except Empty:  # or Ctrl-C has come just when one was taken out of the queue
            future = next((each for each in self._running if each.done()), None)
        errand = self._running.get(future) if future is not None else None
        if future is None or errand is None:  # given up before
            return
        if future.cancelled() and self._client.status != "running":
            raise ConnectionError  # what was under way is lost, even if Dask connects again
        if future.status == "finished":
            self._take(errand, future.result())
        else:
            self._account(errand, future.exception())
        del self._running[future]  # not before: whatever breaks above, its hosts are known
        self._forget(errand, future)

    def _take(self, errand: Errand, endings: list[tuple[str, bytes]] | None) -> None:
        if endings is None:
            self._end(errand, self._lost(begun=True))
            return
        packed = dict(endings)
        for host in errand.hosts:
            self._put(host, self._read(packed[host.name], host))

    def _read(self, ending: bytes, host: Host) -> MultiResult:
        try:
            return unpack_ending(ending, host)
        except Exception as error:  # noqa: BLE001 (whatever somebody's result does: one host)
            record = TaskRecord(
                outcome=Outcome.UNKNOWN if self._changes else Outcome.FAILED_CLEAN,
                reason=Reason.INTERNAL,
                detail=f"its result cannot be read here: {type(error).__name__}",
                remedy="the workers need the same nxsl, Python and Dask as this machine",
            )
            return made_up(self._task.name, record, host=host)

    def _account(self, errand: Errand, error: BaseException | None) -> None:
        """A parcel came to nothing: say so of each host, as exactly as can be told."""
        if isinstance(error, KilledWorker):
            self._end(errand, self._lost(begun=not self._take_back(errand)))
            return
        words = redact_tokens(f"{type(error).__name__}: {error}")
        detail = f"the worker could not run the task: {words}"
        remedy = "the workers need the same nxsl, Python and Dask as this machine"
        self._end(errand, self._ended(errand, Reason.WORKER_FAILED, detail, remedy))

    def _take_back(self, errand: Errand) -> bool:
        """Take the right to begin; where it is still there, nobody has, and nobody will."""
        try:
            return errand.right is not None and bool(errand.right.get(batch=True))
        except KeyError:  # another scheduler by now, which has never heard of it
            return False

    def _ended(self, errand: Errand, reason: Reason, detail: str, remedy: str) -> TaskRecord:
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
        remedy = _LOOK_AGAIN if outcome is Outcome.UNKNOWN else _AGAIN
        return TaskRecord(outcome=outcome, reason=Reason.WORKER_LOST, detail=detail, remedy=remedy)

    # -- ends that are no results ----------------------------------------------------------------

    def _begin_no_more(self) -> None:
        self.stopped = True
        while self._waiting:
            self._end(self._waiting.popleft(), _STOPPED)

    def _give_up(self) -> None:
        """Wait for no zone for ever."""
        now = time.monotonic()
        for zone, since in self._nobody_since.items():
            if now - since < self._patience:
                continue
            what = f"offers the resource {zone!r}" if zone else "is there"
            record = TaskRecord(
                outcome=Outcome.NOT_RUN,
                reason=Reason.NO_WORKER,
                detail=f"no Dask worker {what}",
                remedy=f"start one: dask worker ADDRESS{f' --resources {zone}=1' if zone else ''}",
            )
            for errand in [each for each in self._waiting if each.zone == zone]:
                self._waiting.remove(errand)
                self._end(errand, record)
            # Handed over, and then the worker said goodbye: Dask would wait for another one.
            for future, errand in [i for i in self._running.items() if i[1].zone == zone]:
                del self._running[future]
                future.cancel()
                begun = not self._take_back(errand)
                self._end(errand, self._lost(begun=begun) if begun else record)
                self._forget(errand, future)

    def _leave(self, errands: Iterable[Errand]) -> None:
        """End what has no end: left under way at a second Ctrl-C, or cut off by the first."""
        for future, errand in self._running.items():
            future.cancel()
            self.left += tuple(host.name for host in errand.hosts)
        for errand in errands:
            if not errand.given:
                self._end_missing(errand, _STOPPED)
            elif any(host.name not in self.endings for host in errand.hosts):
                detail = "left while this host was under way"
                self._end_missing(errand, self._ended(errand, Reason.STOPPED, detail, _LOOK_AGAIN))
        for future, errand in self._running.items():
            self._forget(errand, future)
        self._running.clear()

    def _lose(self, errands: Iterable[Errand]) -> None:
        """The scheduler cannot be asked any more."""
        worst = Outcome.UNKNOWN if self._changes else Outcome.FAILED_CLEAN
        for errand in errands:
            record = TaskRecord(
                outcome=worst if errand.given else Outcome.NOT_RUN,
                reason=Reason.SCHEDULER_LOST,
                detail="the connection to the Dask scheduler broke",
                remedy=_LOOK_AGAIN if errand.given and self._changes else _AGAIN,
            )
            self._end_missing(errand, record)

    # -- bookkeeping -----------------------------------------------------------------------------

    def _end(self, errand: Errand, record: TaskRecord) -> None:
        for host in errand.hosts:
            ending = made_up(self._task.name, record, host=host)
            self._put(host, ending, begun=errand.given)

    def _end_missing(self, errand: Errand, record: TaskRecord) -> None:
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

    def _forget(self, errand: Errand, future: Future[Any]) -> None:
        future.release()
        if errand.right is not None:
            errand.right.close()
            errand.right = None
