"""What to do with each host of a run that was interrupted; told from its journal alone.

The rule above all others: what may have been sent and holds a token is not sent again unless it is
proven that it was not taken. Everything else is planned anew from what the switch shows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nxsl.core.errors import SelectionError
from nxsl.core.guard import StepEnd, StepKind
from nxsl.core.outcome import Outcome
from nxsl.core.run_records import EventKind, RunState
from nxsl.core.waves import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nxsl.core.plain import Plain
    from nxsl.core.run_records import Event, HostEntry, RunHead, RunView


class Todo(StrEnum):
    """What a resumed run does with a host."""

    KEEP = "keep"
    """It has come to its end."""
    START = "start"
    """Nothing was sent to it: as the plan says, if the switch is as it was."""
    FOLLOW = "follow"
    """Something was started on it: ask how it went, send nothing."""
    PROBE = "probe"
    """A step may or may not have reached it: find out first."""
    GO_ON = "go on"
    """It was written to, by steps that may be taken again: what is left of the plan."""
    LOOK = "look"
    """Something was sent that must not be sent again, and no ticket tells of it: only look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a host stands.

    Attributes:
        todo: what to do.
        ticket: of what was started, as plain values; None where nothing was.
        wrote: whether the run may have changed it.
    """

    todo: Todo
    ticket: Plain = None
    wrote: bool = False


_ENDED = frozenset({RunState.DONE, RunState.ABORTED})


def require_unfinished(head: RunHead) -> None:
    """Refuse a run that has come to its end.

    Raises:
        SelectionError: it has.
    """
    if head.state in _ENDED:
        raise SelectionError(
            f"run {head.id} has come to its end: {head.state}", remedy=f"nxsl runs retry {head.id}"
        )


def judged_waves(view: RunView) -> frozenset[int]:
    """The waves that were judged, and not as failed: whoever resumes a run accepts the others."""
    last = {
        int(str(event.data["wave"])): event.data.get("verdict")
        for event in view.events
        if event.kind is EventKind.WAVE_ENDED
    }
    return frozenset(number for number, verdict in last.items() if verdict != Verdict.FAILED)


def last_end(events: Iterable[Event]) -> str:
    """How the last step ended, as the journal knows it; empty where it does not."""
    steps = [event for event in events if event.kind in {EventKind.BEFORE, EventKind.AFTER}]
    return str(steps[-1].data.get("end", "")) if steps else ""


def hosts_left(view: RunView) -> dict[str, Todo]:
    """What is to be done with the hosts of a run that have not come to their end."""
    events: dict[str, list[Event]] = defaultdict(list)
    for event in view.events:
        events[event.host].append(event)
    found = {entry.host: position(entry, events[entry.host]).todo for entry in view.hosts}
    return {host: todo for host, todo in found.items() if todo is not Todo.KEEP}


RESUMABLE = frozenset({"stopped", "paused", "journal"})
"""Reasons of hosts that were not run: the run did not get to them, and may do so yet."""
_OPEN = RESUMABLE | {"limit"}


def position(entry: HostEntry, events: Iterable[Event]) -> Position:
    """Tell where a host stands.

    Args:
        entry: its row in the store.
        events: its own events, in their order.
    """
    own = [event for event in events if event.kind in _TELLING]
    wrote = any(event.kind is EventKind.BEFORE for event in own)
    if not _is_open(entry):
        return Position(todo=Todo.KEEP, wrote=wrote)
    taken = _without_what_was_not_taken(own)
    if not taken:
        return Position(todo=Todo.START)
    ticket = _newest_ticket(entry, taken)
    return Position(todo=_todo(taken, ticket), ticket=ticket, wrote=True)


_TELLING = frozenset({EventKind.BEFORE, EventKind.AFTER, EventKind.NOT_TAKEN, EventKind.PENDING})


def _is_open(entry: HostEntry) -> bool:
    if entry.outcome is None:
        return True
    if entry.outcome is Outcome.PENDING:
        return True
    return entry.outcome is Outcome.NOT_RUN and entry.reason in _OPEN


def _without_what_was_not_taken(events: Sequence[Event]) -> list[Event]:
    """The events but for steps that are proven not to have reached the switch."""
    left: list[Event] = []
    for event in events:
        if event.kind is EventKind.NOT_TAKEN:
            while left and left[-1].kind is not EventKind.BEFORE:
                left.pop()
            if left:
                left.pop()
        else:
            left.append(event)
    return left


def _newest_ticket(entry: HostEntry, events: Sequence[Event]) -> Plain:
    """The ticket of what was begun last: that of the last step, or what came of it since."""
    for event in reversed(events):
        if event.kind is EventKind.PENDING and entry.ticket is not None:
            return entry.ticket
        if event.data.get("ticket"):
            return event.data["ticket"]
    return entry.ticket


def _todo(events: Sequence[Event], ticket: Plain) -> Todo:
    last = next(event for event in reversed(events) if event.kind is EventKind.BEFORE)
    ending = events[-1] if events[-1].kind is EventKind.AFTER else None
    secret = last.data.get("step") == StepKind.SECRET
    known = ending is not None or events[-1].kind is EventKind.PENDING
    if ticket is not None and not known:
        return Todo.PROBE
    if ticket is not None and ending is not None and ending.data.get("end") == StepEnd.REFUSED:
        return Todo.LOOK  # it answered no; the token was not used, and asking again is for people
    if ticket is not None:
        return Todo.FOLLOW
    return Todo.LOOK if secret else Todo.GO_ON
