"""Hands parcels of hosts to worker processes of this machine.

A child says of each host when it begins and how it ended, so it is known at any time what has been
begun: where a child is lost, the others take over what was not.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from queue import Empty
from typing import TYPE_CHECKING, Any

from nxsl.core.errors import NxslError
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.fleet._errands import AGAIN, LOOK, STOPPED, Errand, Errands
from nxsl.fleet._parcels import made_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nornir.core.inventory import Host
    from nornir.core.task import Task

    from nxsl.fleet._children import Child, Children
    from nxsl.fleet._desk import Desk
    from nxsl.fleet._errands import StopLike
    from nxsl.fleet._keys import Keys


@dataclass(kw_only=True, eq=False)
class ProcessErrand(Errand):
    """Some hosts that go to a process together.

    Attributes:
        keys: their secrets; None where the process finds them by itself.
        child: who has it.
        begun: the hosts that were begun.
    """

    keys: Keys | None
    child: Child | None = None
    begun: set[str] = field(default_factory=set)


class ProcessErrands(Errands[ProcessErrand, int]):
    """One task on its way to processes of this machine.

    Args:
        children: the processes.
        task: Nornir's.
        job: the task, packed.
        threads: hosts at a time in each of them.
        pack: makes errands of hosts.
        desk: answers whether a host may log in; None where nobody asks.
        changes: whether it must not be done twice.
    """

    same = "the process could not import or read it: see its text, and where modules are"

    def __init__(
        self,
        children: Children,
        task: Task,
        job: bytes,
        *,
        threads: int,
        pack: Callable[[Sequence[Host]], ProcessErrand],
        desk: Desk | None,
        changes: bool,
    ) -> None:
        super().__init__(task, changes=changes, stop=None)
        self._children = children
        self._job = job
        self._threads = threads
        self._pack = pack
        self._desk = desk
        self._at: dict[str, ProcessErrand] = {}
        self._members: list[Child] = []
        self._told_to_stop = False

    def heed(self, stop: StopLike) -> None:
        """Let something ask to stop."""
        self._stop = stop

    def begin(self, wanted: int) -> None:
        """Begin the processes that are missing, all at once, and tell them the task.

        Raises:
            Refused: none can be begun.
        """
        self._members = self._children.ready(wanted)
        for child in self._members:
            child.say("job", self._job, self._threads, self._desk is not None)
        if self._told_to_stop:  # that was before they heard of the task
            self.tell_to_stop()

    # -- giving ----------------------------------------------------------------------------------

    def _hand_over(self) -> None:
        for child in self._members:
            # One parcel more than its threads can take, so that none of them waits for the next.
            while self._waiting and not child.gone and self._owed_by(child) <= self._threads:
                self._give(child, self._waiting.popleft())
        if all(child.gone for child in self._members):
            while self._waiting:
                self._end(self._waiting.popleft(), _NOBODY)

    def _owed_by(self, child: Child) -> int:
        return sum(len(each.hosts) for each in self._running.values() if each.child is child)

    def _give(self, child: Child, errand: ProcessErrand) -> None:
        errand.given, errand.child = True, child
        self._running[id(errand)] = errand
        self._at.update((host.name, errand) for host in errand.hosts)
        child.say("hosts", id(errand), errand.parcel, errand.keys)

    def _begin_no_more(self) -> None:
        super()._begin_no_more()
        if not self._told_to_stop:
            self.tell_to_stop()

    def tell_to_stop(self) -> None:
        """Let the processes begin nothing more; from any thread, so that a signal need not wait."""
        self._told_to_stop = True
        for child in self._members:
            child.say("stop")

    # -- taking ----------------------------------------------------------------------------------

    def _collect(self) -> None:
        deadline = time.monotonic() + LOOK
        while self._running:
            try:
                child, words = self._children.said.get(timeout=max(deadline - time.monotonic(), 0))
            except Empty:
                return
            if words is None:
                self._lose(child)
            elif not child.gone:  # what one has said that was left is of an earlier run
                self._hear(child, *words)
            if self._waiting:  # there may be room now
                return

    def _hear(self, child: Child, word: str, *operands: Any) -> None:  # noqa: ANN401
        match word:
            case "begun":
                self._began(*operands)
            case "ended":
                self._take(*operands)
            case "dropped":
                self._drop(*operands)
            case "failed":
                self._fail(*operands)
            case "login" if self._desk is not None:
                self._desk.login(child, *operands)
            case "logged" if self._desk is not None:
                self._desk.logged(child, *operands)

    def _began(self, name: str) -> None:
        errand = self._at[name]
        errand.begun.add(name)
        host = next(each for each in errand.hosts if each.name == name)
        self._hook(self._task.processors.task_instance_started, host)

    def _take(self, name: str, ending: bytes) -> None:
        errand, host = self._out(name)
        self._put(host, self._read(ending, host))
        self._finish(errand)

    def _drop(self, name: str) -> None:
        errand, host = self._out(name)
        self._put(host, made_up(self._task.name, STOPPED, host=host), begun=False)
        self._finish(errand)

    def _out(self, name: str) -> tuple[ProcessErrand, Host]:
        errand = self._at[name]
        host = next(each for each in errand.hosts if each.name == name)
        errand.hosts.remove(host)
        return errand, host

    def _finish(self, errand: ProcessErrand) -> None:
        if not errand.hosts:
            del self._running[id(errand)]

    def _fail(self, number: int, words: str) -> None:
        """A child could not even read what it was given."""
        errand = self._running.pop(number)
        errand.given = False  # for the processors: no host has begun
        self._end(
            errand,
            TaskRecord(
                outcome=Outcome.NOT_RUN if self._changes else Outcome.FAILED_CLEAN,
                reason=Reason.WORKER_FAILED,
                detail=f"the worker could not run the task: {words}",
                remedy=self.same,
            ),
        )

    def _lose(self, child: Child) -> None:
        """A child has died: what it had begun has an end now, the rest goes to others."""
        child.gone = True
        if self._desk is not None:
            self._desk.lost(child)
        again: deque[ProcessErrand] = deque()
        for number, errand in [i for i in self._running.items() if i[1].child is child]:
            del self._running[number]
            left = [host for host in errand.hosts if host.name not in errand.begun]
            errand.hosts = [host for host in errand.hosts if host.name in errand.begun]
            self._end(errand, self._lost(begun=True))
            if left:
                again += self._packed_again(left)
        self._waiting.extendleft(reversed(again))

    def _packed_again(self, hosts: list[Host]) -> list[ProcessErrand]:
        try:
            return [self._pack(hosts)]
        except NxslError as error:  # what is in the inventory has changed since
            detail = f"its worker was lost before this host was begun; {error.message}"
            record = TaskRecord(
                outcome=Outcome.NOT_RUN,
                reason=Reason.WORKER_LOST,
                detail=detail,
                remedy=error.remedy or AGAIN,
            )
            for host in hosts:
                self._put(host, made_up(self._task.name, record, host=host), begun=False)
            return []

    # -- ends that are no results ----------------------------------------------------------------

    def _leave(self, errands: Iterable[ProcessErrand]) -> None:
        for errand in self._running.values():
            for host in [each for each in errand.hosts if each.name not in errand.begun]:
                self._put(host, made_up(self._task.name, STOPPED, host=host), begun=False)
                errand.hosts.remove(host)
        # Hosts that were taken over are in errands that nobody outside knows.
        super()._leave(dict.fromkeys((*errands, *self._running.values())))

    def _cancel(self, key: int) -> None:
        """End a process with what it is at: nothing goes on that nobody waits for."""
        child = self._running[key].child
        if child is not None and not child.gone:
            child.kill()
            if self._desk is not None:
                self._desk.lost(child)


_NOBODY = TaskRecord(
    outcome=Outcome.NOT_RUN,
    reason=Reason.WORKER_LOST,
    detail="its worker, and every other one, was lost before this host was begun",
    remedy=AGAIN,
)
