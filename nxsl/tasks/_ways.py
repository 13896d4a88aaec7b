"""How one started thing is looked at and judged; the same whether a task waits or `follow` asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nxsl.core.guard import guard
from nxsl.core.outcome import Outcome, RenewRecord, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.core.tickets import Ticket, TicketKind
from nxsl.nxos.read import zone_ahead
from nxsl.tasks._poll import await_reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.core.registration import Progress
    from nxsl.nxos.session import Session
    from nxsl.nxos.wire import SecretCommand
    from nxsl.tasks._poll import Patience
    from nxsl.tasks._switch import Switch

T = TypeVar("T")
R = TypeVar("R", bound=TaskRecord)

NEXT_LOOK = "it is looked at again; by hand: nxsl verify in some minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way(Generic[T, R]):
    """One kind of ticket.

    Attributes:
        record: the record that its tasks give.
        look: reads what tells how it goes, in so many seconds.
        progress: how far it has come.
        judge: gives the record of its good end, raises what else it came to, or gives the ticket
            with what is to be started next.
        status_of: the status in what was read.
        go_on: starts what is next; gives the ticket of it, or the end where nothing could be
            started.
        end_here: tells the end where nothing more is to be started.
    """

    record: type[R]
    look: Callable[[Ticket, Session, float], T]
    progress: Callable[[Ticket, T], Progress]
    judge: Callable[[Switch, Ticket, Progress, T | None], R | Ticket]
    status_of: Callable[[T], object]
    go_on: Callable[[Switch, Ticket, Patience], R | Ticket] | None = None
    end_here: Callable[[Switch, Ticket], R] | None = None


def new_ticket(switch: Switch, kind: TicketKind, **fields: Any) -> Ticket:  # noqa: ANN401
    """A ticket of this moment, before anything is sent."""
    zone = zone_ahead(switch.session)
    return Ticket(kind=kind, sent_at=datetime.now(UTC), zone=zone, **fields)


def send_for(switch: Switch, ticket: Ticket, command: str | SecretCommand) -> Ticket:
    """Send the command that a ticket is for, once; the run keeps the ticket beforehand.

    Raises:
        CommandRejected: the switch did not start it.
        NxslError: the switch cannot be asked any more.
    """
    guard().expect(switch.task.host.name, ticket)
    return replace(ticket, answer=switch.send(command))


def finish(
    switch: Switch, started: R | Ticket, way: Way[T, R], patience: Patience, *, detach: bool
) -> R:
    """Wait for the end of what was started or, to `detach`, leave that to `follow`."""
    while isinstance(started, Ticket):
        if detach:
            return pending(switch, started, way, "it is under way")
        started = _wait(switch, started, way, patience)
    return started


def _wait(switch: Switch, ticket: Ticket, way: Way[T, R], patience: Patience) -> R | Ticket:
    switch.ticket = ticket
    progress, found = await_reading(
        switch, patience, partial(way.look, ticket), partial(way.progress, ticket)
    )
    ended = way.judge(switch, ticket, progress, found)
    if isinstance(ended, Ticket) and way.go_on is not None:
        return way.go_on(switch, ended, patience)
    return ended


def pending(
    switch: Switch, ticket: Ticket, way: Way[T, R], detail: str, found: T | None = None
) -> R:
    """The record of what is under way; what has become of it so far is not claimed."""
    fields: dict[str, Any] = {
        "before": ticket.before,
        "after": None if found is None else way.status_of(found),
    }
    if issubclass(way.record, RenewRecord):
        fields["renewed"] = ticket.renewed
    return way.record(
        outcome=Outcome.PENDING,
        reason=Reason.UNDER_WAY,
        detail=detail,
        remedy=NEXT_LOOK,
        facts=switch.notes.get("facts"),
        ticket=ticket,
        **fields,
    )
