"""What the run store has to know: written before and after each side effect."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nxsl.core import tickets
from nxsl.core.errors import JournalFailed
from nxsl.core.outcome import Outcome
from nxsl.core.run_records import EventKind, HostEntry
from nxsl.run.store import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nornir.core.task import Result

    from nxsl.core.guard import Step, StepEnd
    from nxsl.core.outcome import TaskRecord
    from nxsl.core.plain import Plain
    from nxsl.core.run_records import RunState
    from nxsl.core.tickets import Ticket
    from nxsl.run.store import RunStore


class Journal:
    """One run's part of the store.

    Attributes:
        run: the run's name.
        problem: why it cannot be written any more; None while it can. From then on `before`
            refuses every step, and what else happens is known to this process alone.
    """

    def __init__(self, store: RunStore, run: str, entries: dict[str, HostEntry]) -> None:
        self.run = run
        self.problem: JournalFailed | None = None
        self._store = store
        self._entries = entries
        self._expected: dict[str, Plain] = {}
        self._lock = threading.Lock()

    def expect(self, host: str, ticket: Ticket) -> None:
        """Keep a ticket for the host's next step."""
        with self._lock:
            self._expected[host] = tickets.to_plain(ticket)

    def before(self, host: str, step: Step) -> None:
        """Note a step that is about to be taken.

        Raises:
            JournalFailed: it could not be noted; the step must not be taken.
        """
        with self._lock:
            ticket = self._expected.pop(host, None)
        data: dict[str, Plain] = {"step": str(step.kind), "commands": list(step.commands)}
        if ticket is not None:
            data["ticket"] = ticket
        self._note(EventKind.BEFORE, host, data)

    def after(self, host: str, step: Step, end: StepEnd) -> None:
        """Note how a step has ended.

        Raises:
            JournalFailed: it could not be noted.
        """
        self._note(EventKind.AFTER, host, {"step": str(step.kind), "end": str(end)})

    def event(self, kind: EventKind, host: str = "", **data: Plain) -> None:
        """Note something that concerns the run, or that a read has proven.

        What cannot be noted becomes `problem`; nothing is raised, as nothing was about to be sent.
        """
        try:
            self._note(kind, host, data)
        except JournalFailed as problem:
            self._give_up(problem)

    def keep(self, results: Mapping[str, Result]) -> None:
        """Keep how hosts stand: their ends, or that something is under way on them."""
        if not results:
            return
        try:
            self._require_writable()
            notes = [self._standing(host, result) for host, result in results.items()]
            self._store.note(self.run, notes)
        except JournalFailed as problem:
            self._give_up(problem)

    def _standing(self, host: str, result: Result) -> Note:
        record: TaskRecord = result.result
        pending = record.outcome is Outcome.PENDING and record.ticket is not None
        former = self._entries[host]
        entry = HostEntry(
            host=host,
            address=former.address,
            wave=former.wave,
            outcome=record.outcome,
            reason=record.reason,
            detail=record.detail,
            remedy=record.remedy,
            evidence=record.evidence,
            changed=bool(result.changed),
            diff=str(result.diff or ""),
            ticket=tickets.to_plain(record.ticket) if record.ticket is not None else None,
            updated_at=datetime.now(UTC),
        )
        return Note(
            kind=EventKind.PENDING if pending else EventKind.OUTCOME,
            host=host,
            data={"outcome": str(record.outcome), "reason": str(record.reason)},
            entry=entry,
        )

    def end(self, state: RunState) -> None:
        """Close the run, and give its locks back."""
        try:
            self._require_writable()
            self._store.end(self.run, state)
        except JournalFailed as problem:
            self._give_up(problem)

    def _note(self, kind: EventKind, host: str, data: dict[str, Plain]) -> None:
        self._require_writable()
        try:
            self._store.append(self.run, kind, host, **data)
        except JournalFailed as problem:
            self._give_up(problem)
            raise

    def _require_writable(self) -> None:
        if self.problem is not None:
            raise JournalFailed(self.problem.message, remedy=self.problem.remedy)

    def _give_up(self, problem: JournalFailed) -> None:
        with self._lock:
            self.problem = self.problem or problem
