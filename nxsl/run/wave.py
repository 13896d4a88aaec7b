"""One wave: begins its hosts as far as the limit has room, and asks those that are under way.

No worker waits for a licensing agent: a host is begun, left alone, and asked in rounds, so that a
thousand slow registrations need neither a thousand threads nor sessions. When, `nxsl.core.rounds`
tells.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from nornir.core.task import Result

from nxsl.core import limits
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.core.rounds import SCOUTS, Experience, Pace, next_question
from nxsl.tasks import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from nxsl.core.tickets import Ticket, TicketKind
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

_TOGETHER = 0.25
"""Seconds between two rounds, so that hosts are asked together."""

_GOLDEN = 0.6180339887
"""Multiples of it lie far apart from each other in their fractions."""


@dataclass
class _Waiting:
    """A host on which something is under way; times are monotonic seconds.

    Attributes:
        sent_at: when it was started, as its ticket says.
        since: when it was started, or when the run began to watch it.
        number: of the hosts that this wave has waited for.
        known: what others on which the same was started have shown.
        counts: whether it shows others how long that takes: when it was started is known.
        asked: when it was asked last; as `since` where it was not yet.
        seen: how long it had been under way when it was last seen so.
        answered: whether it could be asked.
        due: when it is to be asked.
    """

    sent_at: datetime
    since: float
    deadline: float
    number: int
    known: Experience
    counts: bool
    asked: float
    due: float = 0.0
    seen: float = 0.0
    answered: bool = True

    def note(self, moment: float, record: TaskRecord) -> None:
        """Learn from an answer that was given at some moment."""
        self.asked = moment
        pending = record.outcome is Outcome.PENDING
        self.answered = getattr(record, "after", None) is not None
        if not (self.counts and self.answered):
            return
        age = moment - self.since
        if pending:
            self.known.under_way(age, before=self.seen)
            self.seen = age
        else:
            self.known.ended(age, before=self.seen)


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
        self._known: defaultdict[tuple[TicketKind, str], Experience] = defaultdict(Experience)
        self._numbers = count()
        self._pace = Pace(
            first_pause=patience.first_pause,
            growth=patience.growth,
            longest_pause=patience.longest_pause,
        )
        self._round = 0.0

    def run(self, hosts: Sequence[str], *, under_way: Mapping[str, Result]) -> None:
        """Begin and ask until every host has come to its end.

        Args:
            hosts: those that are to be begun.
            under_way: those on which something is under way already.
        """
        todo = deque(hosts)
        now = time.monotonic()
        self._note(under_way, since=now, counts=False)
        while todo or self._waiting:
            if self._leave(todo):
                return
            room = self._room()
            batch = [todo.popleft() for _ in range(min(room, len(todo)))]
            now = time.monotonic()
            self._note(self._begin(batch), since=now, counts=True)
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
            left = {host: _left_alone(self._ledger.pending[host]) for host in self._waiting}
            self._ledger.note_all(left, final=True)
            self._waiting.clear()
        return not self._waiting

    def _note(self, found: Mapping[str, Result], *, since: float, counts: bool) -> None:
        """Note how hosts stand; something may have been started on them, not before `since`."""
        self._ledger.note_all(found)
        self._changed_ok += sum(
            each.result.outcome is Outcome.CHANGED_OK for each in found.values()
        )
        for host, result in found.items():
            if host not in self._ledger.pending:
                self._waiting.pop(host, None)
                continue
            ticket = result.result.ticket
            known = self._waiting.get(host)
            if known is None or known.sent_at != ticket.sent_at:  # begun, or the next thing is
                self._waiting[host] = self._waiting_for(ticket, since=since, counts=counts)

    def _waiting_for(self, ticket: Ticket, *, since: float, counts: bool) -> _Waiting:
        """A host that was started now or a moment ago; its ticket may come from another clock."""
        now = time.monotonic()
        if counts:
            ago = (datetime.now(UTC) - ticket.sent_at).total_seconds()
            since = min(max(now - ago, since), now)
        return _Waiting(
            sent_at=ticket.sent_at,
            since=since,
            deadline=now + self._patience.deadline,
            number=next(self._numbers),
            known=self._known[ticket.kind, ticket.under_way],
            counts=counts,
            asked=since,
        )

    def _due(self) -> list[str]:
        """The hosts that are to be asked now."""
        scouts = 0
        for each in self._waiting.values():
            alone = not (each.counts and each.answered)
            scouts += not alone
            age = next_question(
                self._pace,
                each.known,
                each.asked - each.since,
                scout=scouts <= SCOUTS,
                alone=alone,
                spread=each.number * _GOLDEN % 1,
            )
            each.due = min(each.since + age, each.deadline)
        self._round = now = time.monotonic()
        return [host for host, each in self._waiting.items() if each.due <= now]

    def _ask(self, hosts: list[str]) -> None:
        """Ask hosts how it goes; one whose deadline has passed is asked a last time."""
        now = time.monotonic()
        over = [host for host in hosts if self._waiting[host].deadline <= now]
        early = [host for host in hosts if host not in frozenset(over)]
        for some, last in ((early, False), (over, True)):
            begun = time.monotonic()
            found = self._crew.run(follow, some, tickets=self._tickets(some), last=last)
            found = {
                host: each
                for host, each in found.items()
                if each.result.reason is not Reason.STOPPED  # nobody has asked
            }
            each_took = (time.monotonic() - begun) / max(len(found), 1)
            for number, (host, result) in enumerate(found.items(), 1):
                self._waiting[host].note(begun + number * each_took, result.result)
            if last:
                for host in found:
                    self._waiting.pop(host)
                self._ledger.note_all(found, final=True)
            else:
                self._note(found, since=begun, counts=True)

    def _tickets(self, hosts: list[str]) -> dict[str, Ticket]:
        return {host: self._ledger.pending[host].result.ticket for host in hosts}

    def _pause(self, *, more: bool) -> None:
        """Sleep until a host is to be asked, and others with it; a stop wakes up."""
        if more or not self._waiting:
            return
        soonest = min(each.due for each in self._waiting.values())
        together = self._round + min(_TOGETHER, self._patience.first_pause / 8)
        self._stop.wait(max(max(soonest, together) - time.monotonic(), 0.0))


def _left_alone(pending: Result) -> Result:
    """A host on which something is under way when the run is stopped."""
    record = replace(
        pending.result,
        detail="under way when the run was stopped; the agent goes on by itself",
        remedy="nxsl resume ID goes on asking",
    )
    return Result(host=pending.host, result=record, changed=pending.changed, failed=True)
