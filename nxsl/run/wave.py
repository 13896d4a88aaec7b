"""One wave: begins its hosts as far as the limit has room, and asks those that are under way.

No worker waits for a licensing agent: a host is begun, left alone, and asked in rounds with growing
pauses, so that a thousand slow registrations need neither a thousand threads nor sessions.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nornir.core.task import Result

from nxsl.core import limits
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.tasks import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from nxsl.core.tickets import Ticket
    from nxsl.fleet.stop import Stop
    from nxsl.run.crew import Crew
    from nxsl.run.ledger import Ledger
    from nxsl.tasks import Patience

STOPPED = TaskRecord(
    outcome=Outcome.NOT_RUN,
    reason=Reason.STOPPED,
    detail="the run was stopped before this host began",
    remedy="nxsl resume ID goes on with it",
)
LIMIT = TaskRecord(
    outcome=Outcome.NOT_RUN,
    reason=Reason.LIMIT,
    detail="not begun: one bad host more could have exceeded the limit",
    remedy="mend the cause, then: nxsl runs retry ID --only not-run",
)
JOURNAL = TaskRecord(
    outcome=Outcome.NOT_RUN,
    reason=Reason.JOURNAL,
    detail="not begun: the run store cannot be written any more",
    remedy="mend that, then: nxsl resume ID",
)


@dataclass
class _Waiting:
    """A host on which something is under way; times are monotonic seconds."""

    sent_at: datetime
    deadline: float
    pauses: Iterator[float]
    due: float = field(default=0.0)


class Wave:
    """Brings the hosts of one wave to their ends."""

    def __init__(
        self,
        crew: Crew,
        ledger: Ledger,
        *,
        begin: Callable[[Collection[str]], Mapping[str, Result]],
        patience: Patience,
        stop: Stop,
        allowed: int,
        bad: Callable[[], int],
        prove_token: bool = False,
    ) -> None:
        """Set up.

        Args:
            crew: the workers.
            ledger: where ends are noted.
            begin: runs the job's task on some hosts.
            patience: how long to wait for each host that is under way, and how often to ask it.
            stop: says when nothing further is to be begun.
            allowed: how many bad hosts there may be.
            bad: how many there are.
            prove_token: begin one host at a time until one has come to a good end.
        """
        self._crew = crew
        self._ledger = ledger
        self._begin = begin
        self._patience = patience
        self._stop = stop
        self._allowed = allowed
        self._bad = bad
        self._prove_token = prove_token
        self._changed_ok = 0
        self._waiting: dict[str, _Waiting] = {}

    def run(self, hosts: Sequence[str], *, under_way: Mapping[str, Result]) -> None:
        """Begin and ask until every host has come to its end.

        Args:
            hosts: those that are to be begun.
            under_way: those on which something is under way already.
        """
        todo = deque(hosts)
        for host, result in under_way.items():
            self._note(host, result)
        while todo or self._waiting:
            if self._leave(todo):
                return
            room = self._room()
            batch = [todo.popleft() for _ in range(min(room, len(todo)))]
            for host, result in self._begin(batch).items():
                self._note(host, result)
            if not batch and todo and not self._waiting:
                self._ledger.not_run(todo, LIMIT)
                return
            self._ask(self._due())
            self._pause(more=bool(batch and todo))

    def _room(self) -> int:
        """How many hosts may be begun now."""
        room = limits.room(self._allowed, self._bad(), len(self._waiting))
        if self._prove_token and self._changed_ok == 0:
            return min(room, max(1 - len(self._waiting), 0))
        return room

    def _leave(self, todo: deque[str]) -> bool:
        """Whether nothing further may be begun, nor waited for.

        Without a journal nothing is begun; what is under way is still asked, as that only reads.
        """
        stopped = self._stop.requested.is_set()
        if not stopped and self._ledger.problem is None:
            return False
        self._ledger.not_run(todo, STOPPED if stopped else JOURNAL)
        todo.clear()
        if stopped:
            for host in list(self._waiting):
                self._ledger.note(host, _left_alone(self._ledger.pending[host]), final=True)
            self._waiting.clear()
        return not self._waiting

    def _note(self, host: str, result: Result) -> None:
        self._ledger.note(host, result)
        self._changed_ok += result.result.outcome is Outcome.CHANGED_OK
        if host not in self._ledger.pending:
            self._waiting.pop(host, None)
            return
        sent_at = result.result.ticket.sent_at
        known = self._waiting.get(host)
        if known is None or known.sent_at != sent_at:  # begun, or the next thing has begun
            pauses = self._patience.pauses()
            now = time.monotonic()
            self._waiting[host] = _Waiting(
                sent_at=sent_at,
                deadline=now + self._patience.deadline,
                pauses=pauses,
                due=now + next(pauses),
            )

    def _due(self) -> list[str]:
        now = time.monotonic()
        return [host for host, each in self._waiting.items() if each.due <= now]

    def _ask(self, hosts: list[str]) -> None:
        """Ask hosts how it goes; one whose deadline has passed is asked a last time."""
        now = time.monotonic()
        over = [host for host in hosts if self._waiting[host].deadline <= now]
        early = [host for host in hosts if host not in frozenset(over)]
        for some, last in ((early, False), (over, True)):
            found = self._crew.run(follow, some, tickets=self._tickets(some), last=last)
            for host, result in found.items():
                if result.result.reason is Reason.STOPPED:
                    continue  # nobody has asked; the next look at the stop tells
                if last:
                    self._waiting.pop(host)
                    self._ledger.note(host, result, final=True)
                else:
                    each = self._waiting[host]
                    each.due = min(time.monotonic() + next(each.pauses), each.deadline)
                    self._note(host, result)

    def _tickets(self, hosts: list[str]) -> dict[str, Ticket]:
        return {host: self._ledger.pending[host].result.ticket for host in hosts}

    def _pause(self, *, more: bool) -> None:
        """Sleep until a host is to be asked; a stop wakes up."""
        if more or not self._waiting:
            return
        soonest = min(each.due for each in self._waiting.values())
        self._stop.wait(max(soonest - time.monotonic(), 0.0))


def _left_alone(pending: Result) -> Result:
    """A host on which something is under way when the run is stopped."""
    record = replace(
        pending.result,
        detail="under way when the run was stopped; the agent goes on by itself",
        remedy="nxsl resume ID goes on asking",
    )
    return Result(host=pending.host, result=record, changed=pending.changed, failed=True)
