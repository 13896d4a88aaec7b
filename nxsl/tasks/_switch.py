"""What all tasks share: a session on the task's host, and a true `Result` whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from nornir.core.task import Result

from nxsl.core import errors
from nxsl.core.guard import guard
from nxsl.core.outcome import Outcome, TaskRecord, outcome_of
from nxsl.core.secret import SecretText
from nxsl.core.seen import Seen
from nxsl.core.seen_parts import facts_parts
from nxsl.fleet.intents import intent_of
from nxsl.nxos.connect import close_session, open_session
from nxsl.nxos.read import read_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from nornir.core.task import Task

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.records import DeviceFacts
    from nxsl.core.tickets import Ticket
    from nxsl.nxos.session import Session
    from nxsl.nxos.wire import SecretCommand

T = TypeVar("T")

# What a run says that wants nothing more to be sent.
HELD_BACK = (errors.NotTried, errors.Stopped, errors.JournalFailed)


@dataclass
class Switch:
    """One switch during one task: its session, and notes for the record of an early end.

    Attributes:
        task: Nornir's task.
        wrote: whether anything that changes the switch has been sent.
        changed: whether the switch is known to differ from how it was found.
        diff: what changed or, in a dry run, would.
        outcome: set where the task knows better than the error how it ended.
        notes: fields of the task's record that are known so far.
        steps: what would be typed, in order, secrets masked.
        ticket: of what is under way.
    """

    task: Task
    wrote: bool = False
    changed: bool = False
    diff: str = ""
    outcome: Outcome | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    ticket: Ticket | None = None
    _parts: dict[str, str] = field(default_factory=dict)
    _session: Session | None = None
    _zones: Mapping[str, tzinfo] | None = None
    _shut: errors.JournalFailed | None = None

    @property
    def session(self) -> Session:
        """The session; opened when it is first needed."""
        if self._session is None:
            self._session = open_session(self.task.host, self.task.nornir.config)
            self._session.zones, self._session.gate.shut = self._zones, self._shut
        return self._session

    def reopen(self) -> Session:
        """Throw a broken session away and open another.

        What the names of time zones mean is not told anew: it is rounded, and a date from before
        must not look like another one afterwards.
        """
        self.close()
        return self.session

    def facts(self) -> DeviceFacts:
        """Read which switch it is, and note it."""
        found: DeviceFacts = read_facts(self.session)
        self.notes["facts"] = found
        self.saw(facts_parts(found))
        return found

    def saw(self, *parts: Mapping[str, str]) -> None:
        """Note what decides about the switch; `nxsl.core.seen_parts` has the words for it."""
        for each in parts:
            self._parts |= each

    @property
    def seen(self) -> Seen | None:
        """What was noted so far; None where nothing was."""
        return Seen(parts=tuple(sorted(self._parts.items()))) if self._parts else None

    def require_as_planned(self, steps: Sequence[str]) -> None:
        """Ask the run, right before the first write, whether this is what was agreed to.

        Raises:
            PlanRefused: it is not.
        """
        self.steps = tuple(steps)
        guard().require_planned(self.task.host.name, self.seen or Seen(parts=()), self.steps)

    def held_back(self, error: errors.NxslError) -> bool:
        """Whether the run did not let a step pass, so that nothing of it was sent."""
        # Where the end of a step could not be noted, the step itself had been taken.
        shut = self._shut if self._session is None else self._session.gate.shut
        return isinstance(error, HELD_BACK) and shut is None

    def send(
        self, command: str | SecretCommand, *, answers: Mapping[str, str] | None = None
    ) -> str:
        """Start something asynchronous, once; whether it comes about, its status has to tell.

        Where the session breaks on it, nobody knows whether the command ran: "" is given, the next
        question opens another session, and the command is not sent again.

        Raises:
            CommandRejected: the switch did not start it.
            NxslError: the switch cannot be asked any more.
        """
        return self._once(lambda: self.session.execute(command, answers=answers or {})) or ""

    def send_unseen(self, command: str, *, answers: Mapping[str, str] | None = None) -> SecretText:
        """The same for a command whose reply holds a secret: it is shown and logged nowhere.

        Raises:
            CommandRejected: the switch did not start it.
            NxslError: the switch cannot be asked any more.
        """
        reply = self._once(lambda: self.session.execute_unseen(command, answers=answers or {}))
        return reply or SecretText()

    def _once(self, run: Callable[[], T]) -> T | None:
        """Run a command that is not to be sent again; None where the session broke on it."""
        before, self.wrote, self.outcome = (self.wrote, self.outcome), True, None
        try:
            return run()
        except errors.CommandRejected:
            self.outcome = Outcome.FAILED_CLEAN
            raise
        except HELD_BACK as error:
            if self.held_back(error):
                self.wrote, self.outcome = before
            raise
        except errors.SessionError:
            self.close()
            return None

    def close(self) -> None:
        """Close session and connection."""
        if self._session is not None:
            self._zones, self._shut = self._session.zones, self._session.gate.shut
        self._session = None
        close_session(self.task.host)

    def close_if_broken(self) -> None:
        """Close a session that is of no use any more: the next task shall not meet it."""
        if self._session is not None and self._session.broken:
            self.close()

    @property
    def intent(self) -> LicensingIntent | None:
        """What the inventory says about the host; None where it says nothing."""
        return intent_of(self.task.host)

    def done(self, record: TaskRecord) -> Result:
        """A good result."""
        return Result(
            host=self.task.host,
            result=replace(record, seen=self.seen, steps=self.steps),
            changed=self.changed,
            diff=self.diff,
            failed=not record.outcome.good,
        )


def run_on_switch(
    task: Task, kind: type[TaskRecord], work: Callable[[Switch], TaskRecord]
) -> Result:
    """Run `work`; turn an error of nxsl into a failed result with a record of `kind`.

    Other exceptions are faults of the program and pass through to Nornir, which keeps them.
    """
    switch = Switch(task)
    try:
        return switch.done(work(switch))
    except errors.NotApplicable as nothing:
        return switch.done(
            kind(
                outcome=Outcome.NOT_APPLICABLE,
                reason=nothing.reason,
                detail=nothing.message,
                remedy=nothing.remedy,
                **switch.notes,
            )
        )
    except errors.NxslError as error:
        error.host = error.host or task.host.name
        if isinstance(error, errors.SessionError):
            switch.close()
        outcome = switch.outcome or outcome_of(error, wrote=switch.wrote)
        known = outcome is Outcome.FAILED_CLEAN or (
            switch.outcome is None and switch.held_back(error)
        )
        if switch.changed and known:
            outcome = Outcome.FAILED_DIRTY
        record = kind(
            outcome=outcome,
            reason=error.reason,
            detail=error.message,
            remedy=error.remedy,
            evidence=error.text,
            seen=switch.seen,
            steps=switch.steps,
            ticket=switch.ticket if outcome is Outcome.PENDING else None,
            **switch.notes,
        )
        return Result(
            host=task.host,
            result=record,
            changed=switch.changed,
            diff=switch.diff,
            failed=True,
            exception=_without_frames(error),
        )
    finally:
        switch.close_if_broken()


def _without_frames(error: errors.NxslError) -> errors.NxslError:
    """The same error without what it was raised in and from.

    The frames of a failed login hold netmiko's connection and its whole file of host keys, as long
    as the result lives: 150 kB a host in a fleet of 200, and more in a larger one. The error says
    what happened; where in the program that was, nobody needs to know.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
