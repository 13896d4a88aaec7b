"""The tasks `follow` and `was_taken`: what became of something that was started earlier."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.core.registration import Progress
from nxsl.core.taken import Look, TakenRecord, taken
from nxsl.core.tickets import Ticket, TicketKind
from nxsl.nxos.read import (
    assume_zone,
    read_exchanges,
    read_facts,
    read_policy_status,
    read_status,
)
from nxsl.tasks import _registration, _renewal, _sync, _trust
from nxsl.tasks._poll import DEFAULT_PATIENCE, Patience, await_reading
from nxsl.tasks._switch import Switch, run_on_switch
from nxsl.tasks._ways import Way, pending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nornir.core.task import Result, Task

    from nxsl.core.outcome import TaskRecord

CONNECTION_NAME = "netmiko"

SETTLE = 30.0
"""Seconds in which an agent that was told something has begun, or never will."""

_WAYS: Mapping[TicketKind, Way[Any, Any]] = {
    TicketKind.REGISTRATION: _registration.WAY,
    TicketKind.TRUST: _trust.WAY,
    TicketKind.RENEWAL: _renewal.WAY,
    TicketKind.SYNC: _sync.WAY,
}
_ONCE = Patience(deadline=0.0, first_pause=0.0)

# What need not be so the next time: the agent goes on without us.
_PASSING = (
    errors.SessionError,
    errors.ConnectError,
    errors.ParseError,
    errors.CommandRejected,
    errors.NotTried,
)
_BEFORE_THE_NEXT = (errors.SessionError, errors.ConnectError, errors.ParseError)


def follow(task: Task, *, tickets: Mapping[str, Ticket], last: bool = False) -> Result:
    """Look once at what `register` or `renew` has started with `detach`, and judge it.

    It is judged as those tasks judge it themselves. A renewal of which one kind has ended and
    another is to follow starts that.

    Args:
        task: Nornir's.
        tickets: by host, the ticket of the result before this one.
        last: tell the end now, be it that the wait is over; nothing more is started.

    Returns:
        Result with the following attributes set:
          * result (`RegisterRecord` or `RenewRecord`): the end; or, while it is under way, outcome
            pending with the ticket for the next look
          * changed (`bool`), diff (`str`), failed (`bool`): as of `register` or `renew`

    Raises:
        ValueError: there is no ticket for the host.
    """
    ticket = _ticket_for(task, tickets)
    way: Way[Any, TaskRecord] = _WAYS[ticket.kind]

    def work(switch: Switch) -> TaskRecord:
        switch.wrote, switch.ticket = True, ticket  # when it was started
        switch.notes["before"] = ticket.before
        return _look_last(switch, ticket, way) if last else _look_again(switch, ticket, way)

    return run_on_switch(task, way.record, work)


def _look_again(switch: Switch, ticket: Ticket, way: Way[Any, TaskRecord]) -> TaskRecord:
    try:
        progress, found = _ask(switch, ticket, way)
        if progress is Progress.PENDING:
            return pending(switch, ticket, way, "it is under way", found)
        switch.notes["facts"] = read_facts(switch.session)
    except _PASSING as problem:
        return _unanswered(switch, ticket, way, problem)
    ended: TaskRecord | Ticket = way.judge(switch, ticket, progress, found)
    if isinstance(ended, Ticket) and way.go_on is not None:
        try:
            ended = way.go_on(switch, ended, DEFAULT_PATIENCE)
        except _BEFORE_THE_NEXT as problem:
            return _unanswered(switch, ticket, way, problem)
    return pending(switch, ended, way, "it is under way") if isinstance(ended, Ticket) else ended


def _look_last(switch: Switch, ticket: Ticket, way: Way[Any, TaskRecord]) -> TaskRecord:
    progress, found = _ask(switch, ticket, way)
    switch.notes["facts"] = read_facts(switch.session)
    ended: TaskRecord | Ticket = way.judge(switch, ticket, progress, found)
    if isinstance(ended, Ticket):
        if way.end_here is None:
            raise TypeError(f"a {ticket.kind} that goes on must know how to end")
        return way.end_here(switch, ended)
    return ended


def _ask(switch: Switch, ticket: Ticket, way: Way[Any, TaskRecord]) -> tuple[Progress, Any]:
    assume_zone(switch.session, ticket.zone)
    return await_reading(
        switch,
        _ONCE,
        lambda session, timeout: way.look(ticket, session, timeout),
        lambda view: way.progress(ticket, view),
    )


def _unanswered(
    switch: Switch, ticket: Ticket, way: Way[Any, TaskRecord], problem: errors.NxslError
) -> TaskRecord:
    """A session that breaks is not the end: the agent goes on without it."""
    if isinstance(problem, errors.SessionError):
        switch.close()
    return pending(switch, ticket, way, f"it could not be asked: {problem.message}")


def was_taken(task: Task, *, tickets: Mapping[str, Ticket], settle: float = SETTLE) -> Result:
    """Tell whether the command that a ticket belongs to has reached the switch.

    For a run that was killed before it could note that: reads, and sends nothing.

    Args:
        task: Nornir's.
        tickets: by host, the ticket that was kept right before the command was to be sent.
        settle: seconds between the two looks that prove that it has not.

    Returns:
        Result with the following attributes set:
          * result (`TakenRecord`): whether it was taken; None where that cannot be told
          * changed (`bool`): always False
          * failed (`bool`): the switch could not be asked

    Raises:
        ValueError: there is no ticket for the host.
    """
    ticket = _ticket_for(task, tickets)

    def work(switch: Switch) -> TakenRecord:
        facts = switch.notes["facts"] = read_facts(switch.session)
        assume_zone(switch.session, ticket.zone)
        looks = [_look(switch, ticket)]
        if taken(ticket, looks) is None:
            time.sleep(settle)
            looks.append(_look(switch, ticket))
        found = taken(ticket, looks)
        return TakenRecord(outcome=Outcome.READ, detail=_TAKEN[found], facts=facts, taken=found)

    return run_on_switch(task, TakenRecord, work)


_TAKEN = {
    True: "the switch has taken the command",
    False: "the command has not reached the switch",
    None: "whether the command has reached the switch cannot be told",
}


def _look(switch: Switch, ticket: Ticket) -> Look:
    session = switch.session
    if ticket.policy is None:
        return Look(status=read_status(session))
    return Look(policy=read_policy_status(session), exchanges=read_exchanges(session))


def _ticket_for(task: Task, tickets: Mapping[str, Ticket]) -> Ticket:
    ticket = tickets.get(task.host.name)
    if ticket is None:
        raise ValueError(f"there is no ticket for {task.host.name}")
    return ticket
