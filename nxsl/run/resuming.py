"""Goes on with a run that was interrupted: from its journal, and from what the switches show."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from nornir.core.task import Result

from nxsl.core import tickets
from nxsl.core.guard import StepEnd
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason, reason_named
from nxsl.core.resume import Position, Todo, judged_waves, last_end, position
from nxsl.core.run_records import EventKind
from nxsl.core.taken import TakenRecord
from nxsl.run.crew import made_up
from nxsl.run.engine import Start
from nxsl.tasks import was_taken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nxsl.core.run_records import Event, HostEntry, RunView
    from nxsl.run.crew import Crew
    from nxsl.run.jobs import Job
    from nxsl.run.journal import Journal
    from nxsl.run.ledger import Ledger

# Ends of a dry run that say how a switch stands.
_LOOKED = frozenset({Outcome.ALREADY_OK, Outcome.PLANNED, Outcome.REFUSED, Outcome.NOT_APPLICABLE})
_LOOK_REMEDY = "see `show license status` on the switch, then: nxsl runs retry ID"


class Resuming:
    """What is left of a run.

    Attributes:
        partly: hosts that may have been written to, so that only the rest of their plan is left.
    """

    def __init__(
        self,
        view: RunView,
        *,
        crew: Crew,
        journal: Journal,
        ledger: Ledger,
        job: Job,
        operands: Mapping[str, Any],
    ) -> None:
        self._view = view
        self._crew = crew
        self._journal = journal
        self._ledger = ledger
        self._job = job
        self._operands = {name: each for name, each in operands.items() if name != "token"}
        self._events: dict[str, list[Event]] = defaultdict(list)
        for event in view.events:
            self._events[event.host].append(event)
        self._positions: dict[str, Position] = {
            entry.host: position(entry, self._events[entry.host]) for entry in view.hosts
        }
        self.partly: list[str] = self._with(Todo.GO_ON)

    def start(self, *, settle: float) -> Start:
        """Tell where to go on; asks the switches where the journal does not tell.

        Args:
            settle: seconds between two reads that prove that a command never arrived.
        """
        entries = {entry.host: entry for entry in self._view.hosts}
        self._ledger.known(
            {host: _ended(entries[host]) for host in self._with(Todo.KEEP) if entries[host].wave}
        )
        self._ledger.known(
            {
                host: _ended(entry)
                for host, entry in entries.items()
                if not entry.wave and entry.outcome is not None
            }
        )
        unlooked = self._look()
        kept = (entries[host] for host in self._with(Todo.KEEP))
        return Start(
            waves=waves_of(self._view.hosts),
            under_way={
                **{host: self._pending(host) for host in self._with(Todo.FOLLOW)},
                **self._probe(settle),
            },
            begun=frozenset(host for host, each in self._positions.items() if each.wrote),
            judged=judged_waves(self._view),
            unlooked=unlooked,
            prove_token=any(entry.reason == Reason.TOKEN_REFUSED for entry in kept),
        )

    def _with(self, todo: Todo) -> list[str]:
        return [host for host, each in self._positions.items() if each.todo is todo]

    def _pending(self, host: str) -> Result:
        """A host on which something is, or may be, under way."""
        ticket = tickets.from_plain(self._positions[host].ticket)
        record = TaskRecord(
            outcome=Outcome.PENDING,
            reason=Reason.UNDER_WAY,
            detail="begun before the run was interrupted",
            ticket=ticket,
        )
        return Result(host=None, result=record, failed=True)

    def _probe(self, settle: float) -> dict[str, Result]:
        """Find out whether the last step reached the switch; where it did not, start afresh.

        Where the switch cannot tell, the step counts as taken: it is followed, and not repeated.
        """
        unsure = self._with(Todo.PROBE)
        given = {host: tickets.from_plain(self._positions[host].ticket) for host in unsure}
        found = self._crew.run(was_taken, unsure, quiet=True, tickets=given, settle=settle)
        under_way = {}
        for host, result in found.items():
            record = result.result
            if isinstance(record, TakenRecord) and record.taken is False:
                self._journal.event(EventKind.NOT_TAKEN, host, why=record.detail)
            else:
                under_way[host] = self._pending(host)
        return under_way

    def _look(self) -> frozenset[str]:
        """Look at hosts to which something was sent that must not be sent again.

        Returns:
            Those that could not be looked at; they stay open, for another resumed run.
        """
        hosts = self._with(Todo.LOOK)
        operands = {**self._operands, **(self._job.again or {})}
        found = self._crew.run(self._job.task, hosts, quiet=True, dry_run=True, **operands)
        unseen = {host: each for host, each in found.items() if each.result.outcome not in _LOOKED}
        self._ledger.known({host: _unseen(each) for host, each in unseen.items()})
        for host, result in found.items():
            if host not in unseen:
                self._ledger.note(host, self._judged(host, result))
        return frozenset(unseen)

    def _judged(self, host: str, result: Result) -> Result:
        record: TaskRecord = result.result
        if record.outcome is Outcome.ALREADY_OK:
            done = TaskRecord(
                outcome=Outcome.CHANGED_OK,
                reason=Reason.PROVEN,
                detail=f"sent before the run was interrupted, proven now: {record.detail}",
                facts=record.facts,
            )
            return Result(host=result.host, result=done, changed=True)
        refused = last_end(self._events[host]) == StepEnd.REFUSED
        return made_up(
            TaskRecord(
                outcome=Outcome.FAILED_CLEAN if refused else Outcome.UNKNOWN,
                reason=Reason.COMMAND_REJECTED if refused else Reason.UNCERTAIN,
                detail="the switch refused it before the run was interrupted"
                if refused
                else "sent before the run was interrupted; the switch does not show it, and it is "
                "not sent again",
                remedy=_LOOK_REMEDY,
                evidence=f"{record.outcome}: {record.detail}",
                facts=record.facts,
            )
        )


def _unseen(result: Result) -> Result:
    """A host that could not be looked at."""
    record: TaskRecord = result.result
    return made_up(
        TaskRecord(
            outcome=Outcome.UNKNOWN,
            reason=Reason.UNCERTAIN,
            detail=f"sent to before the interruption; it could not be looked at: {record.detail}",
            remedy="nxsl resume looks again",
            evidence=record.evidence,
        )
    )


def waves_of(hosts: tuple[HostEntry, ...]) -> tuple[tuple[str, ...], ...]:
    """The waves of a run, as they were when it began."""
    numbers = sorted({entry.wave for entry in hosts} - {0})
    return tuple(tuple(entry.host for entry in hosts if entry.wave == number) for number in numbers)


def _ended(entry: HostEntry) -> Result:
    """How a host has ended, as the journal has kept it."""
    assert entry.outcome is not None  # noqa: S101 (KEEP means that)
    record = TaskRecord(
        outcome=entry.outcome,
        reason=reason_named(entry.reason) if entry.reason else "",
        detail=entry.detail,
        remedy=entry.remedy,
        evidence=entry.evidence,
    )
    return Result(
        host=None,
        result=record,
        changed=entry.changed,
        diff=entry.diff,
        failed=not entry.outcome.good,
    )
