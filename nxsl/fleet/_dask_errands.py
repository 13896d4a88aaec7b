"""Hands parcels of hosts to Dask."""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from distributed import Future, Queue
from distributed.scheduler import KilledWorker

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.core.secret import redact_tokens
from nxsl.fleet._detached import run_parcel
from nxsl.fleet._errands import AGAIN, LOOK, LOOK_AGAIN, Errand, Errands

if TYPE_CHECKING:
    from collections.abc import Iterable

    from distributed import Client
    from nornir.core.task import Task

    from nxsl.fleet._errands import StopLike

_LOG = logging.getLogger("nxsl")

_COUNT = 1.0
"""Seconds between two looks at which workers there are."""


@dataclass(kw_only=True, eq=False)
class DaskErrand(Errand):
    """Some hosts of one zone that go to a worker together.

    Attributes:
        zone: the Dask resource that their worker must offer; empty where any will do.
        name: a name that nothing else has.
        right: the right to begin, of a task that must not be done twice.
    """

    zone: str
    name: str = field(default_factory=lambda: f"nxsl-{uuid.uuid4().hex}")
    right: Queue | None = None


class DaskErrands(Errands[DaskErrand, "Future[Any]"]):
    """One task on its way to Dask's workers.

    Args:
        client: Dask's.
        task: Nornir's.
        job: the task, packed.
        changes: whether it must not be done twice.
        patience: seconds to wait for a worker where there is none.
        stop: asks to stop.
    """

    same = "the workers need the same nxsl, Python and Dask as this machine"

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
        super().__init__(task, changes=changes, stop=stop)
        self._client = client
        self._job = job
        self._patience = patience
        self._done: SimpleQueue[Future[Any]] = SimpleQueue()
        self._places: dict[str, int] = {}
        self._counted = -_COUNT
        self._nobody_since: dict[str, float] = {}

    def do(self, errands: Iterable[DaskErrand]) -> None:
        """Do them all; afterwards each of their hosts has an ending."""
        every = tuple(errands)
        try:
            super().do(every)
        except OSError as error:  # Dask's errors of communication are some
            _LOG.error("the Dask scheduler is lost: %s", type(error).__name__)
            self._lose(every)

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
        self._count_places()
        self._give()
        self._give_up()

    def _give(self) -> None:
        free = dict(self._places)
        for each in self._running.values():
            free[each.zone] = free.get(each.zone, 0) - 1
        later: deque[DaskErrand] = deque()
        while self._waiting:
            errand = self._waiting.popleft()
            if free.get(errand.zone, 0) > 0:
                free[errand.zone] -= 1
                self._submit(errand)
            else:
                later.append(errand)
        self._waiting = later

    def _submit(self, errand: DaskErrand) -> None:
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
            future: Future[Any] | None = self._done.get(timeout=LOOK)
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

    def _take(self, errand: DaskErrand, endings: list[tuple[str, bytes]] | None) -> None:
        if endings is None:
            self._end(errand, self._lost(begun=True))
            return
        packed = dict(endings)
        for host in errand.hosts:
            self._put(host, self._read(packed[host.name], host))

    def _account(self, errand: DaskErrand, error: BaseException | None) -> None:
        """A parcel came to nothing: say so of each host, as exactly as can be told."""
        if isinstance(error, KilledWorker):
            self._end(errand, self._lost(begun=not self._take_back(errand)))
            return
        words = redact_tokens(f"{type(error).__name__}: {error}")
        detail = f"the worker could not run the task: {words}"
        self._end(errand, self._ended(errand, Reason.WORKER_FAILED, detail, self.same))

    def _take_back(self, errand: DaskErrand) -> bool:
        """Take the right to begin; where it is still there, nobody has, and nobody will."""
        try:
            return errand.right is not None and bool(errand.right.get(batch=True))
        except KeyError:  # another scheduler by now, which has never heard of it
            return False

    # -- ends that are no results ----------------------------------------------------------------

    def _cancel(self, key: Future[Any]) -> None:
        key.cancel()

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

    def _lose(self, errands: Iterable[DaskErrand]) -> None:
        """The scheduler cannot be asked any more."""
        worst = Outcome.UNKNOWN if self._changes else Outcome.FAILED_CLEAN
        for errand in errands:
            record = TaskRecord(
                outcome=worst if errand.given else Outcome.NOT_RUN,
                reason=Reason.SCHEDULER_LOST,
                detail="the connection to the Dask scheduler broke",
                remedy=LOOK_AGAIN if errand.given and self._changes else AGAIN,
            )
            self._end_missing(errand, record)

    def _forget(self, errand: DaskErrand, future: Future[Any]) -> None:
        future.release()
        if errand.right is not None:
            errand.right.close()
            errand.right = None
