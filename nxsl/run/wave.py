"""One wave: begins its hosts as far as the limit has room, and asks those that are under way.

No worker waits for a licensing agent: a host is begun, left alone, and asked in rounds with growing
pauses, so that a thousand slow registrations need neither a thousand threads nor sessions.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nxsl.core import limits
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.tasks import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from nornir.core.task import Result

    from nxsl.core.tickets import Ticket
    from nxsl.fleet.stop import Stop
    from nxsl.run.crew import Crew
    from nxsl.run.ledger import Ledger
    from nxsl.tasks import Patience

STOPPED = TaskRecord(
    outcome=Outcome.NOT_RUN,
    reason=Reason.STOPPED,
    detail="the run was stopped before this host began",
    remedy="nxsl resume goes on with it",
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
    remedy="see the run store's disk and rights, then: nxsl resume ID",
)


@dataclass
class _Waiting:
    """A host on which something is under way; times are monotonic seconds."""

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
        """
        self._crew = crew
        self._ledger = ledger
        self._begin = begin
        self._patience = patience
        self._stop = stop
        self._allowed = allowed
        self._bad = bad
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
            room = limits.room(self._allowed, self._bad(), len(self._waiting))
            batch = [todo.popleft() for _ in range(min(room, len(todo)))]
            for host, result in self._begin(batch).items():
                self._note(host, result)
            if not batch and todo and not self._waiting:
                self._ledger.not_run(todo, LIMIT)
                return
            self._ask(self._due())
            self._pause(more=bool(batch and todo))

    def _leave(self, todo: deque[str]) -> bool:
        """Whether nothing further may be begun; then what is under way is asked a last time."""
        if not self._stop.requested.is_set() and self._ledger.problem is None:
            return False
        why = STOPPED if self._stop.requested.is_set() else JOURNAL
        self._ledger.not_run(todo, why)
        todo.clear()
        if self._stop.requested.is_set():
            self._ask(list(self._waiting), last=True)
        return not self._waiting

    def _note(self, host: str, result: Result) -> None:
        self._ledger.note(host, result)
        if host not in self._ledger.pending:
            self._waiting.pop(host, None)
        elif host not in self._waiting:
            pauses = self._patience.pauses()
            now = time.monotonic()
            self._waiting[host] = _Waiting(
                deadline=now + self._patience.deadline, pauses=pauses, due=now + next(pauses)
            )

    def _due(self) -> list[str]:
        now = time.monotonic()
        return [host for host, each in self._waiting.items() if each.due <= now]

    def _ask(self, hosts: list[str], *, last: bool = False) -> None:
        """Ask hosts how it goes; one whose deadline has passed is asked a last time."""
        now = time.monotonic()
        over = [host for host in hosts if last or self._waiting[host].deadline <= now]
        early = [host for host in hosts if host not in frozenset(over)]
        for some, final in ((early, False), (over, True)):
            found = self._crew.run(follow, some, tickets=self._tickets(some), last=final)
            for host, result in found.items():
                each = self._waiting[host]
                each.due = min(time.monotonic() + next(each.pauses), each.deadline)
                if final:
                    self._waiting.pop(host)
                    left = result.result.reason is Reason.STOPPED  # nobody waited for the answer
                    known = self._ledger.pending[host] if left else result
                    self._ledger.note(host, known, final=True)
                else:
                    self._note(host, result)

    def _tickets(self, hosts: list[str]) -> dict[str, Ticket]:
        return {host: self._ledger.pending[host].result.ticket for host in hosts}

    def _pause(self, *, more: bool) -> None:
        """Sleep until a host is to be asked; a stop wakes up."""
        if more or not self._waiting:
            return
        soonest = min(each.due for each in self._waiting.values())
        self._stop.wait(max(soonest - time.monotonic(), 0.0))
