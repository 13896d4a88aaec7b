"""The renewals of classic Smart Licensing: one kind after the other, each proven by its dates."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nxsl.core import errors, reasons
from nxsl.core.outcome import Outcome, RenewRecord
from nxsl.core.registration import (
    Progress,
    RenewKind,
    is_authorized,
    renewal_progress,
    until_distinguishable,
)
from nxsl.core.state import clock_skew
from nxsl.core.tickets import Setback, Ticket
from nxsl.nxos.commands import CLOCK, STATUS
from nxsl.nxos.read import read_clock, read_status
from nxsl.tasks._poll import require_not_stopped
from nxsl.tasks._ways import Way, send_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nxsl.core.records import LicenseStatus
    from nxsl.nxos.session import Session
    from nxsl.tasks._poll import Patience
    from nxsl.tasks._switch import Switch

COMMAND = "license smart renew"

_GOES_ON = "the agent goes on by itself: nxsl verify in some minutes"
_NOT_SENT = (errors.Stopped, errors.NotTried, errors.JournalFailed)


def start_next(switch: Switch, ticket: Ticket, patience: Patience) -> Ticket | RenewRecord:
    """Start the first of the kinds to do that the switch does not refuse.

    Returns:
        The ticket of what is under way, or the good end where nothing is left to do.

    Raises:
        NxslError: nothing is left to do, and not all went well.
    """
    while ticket.todo:
        kind, *rest = ticket.todo
        ticket = replace(ticket, under_way=kind, todo=tuple(rest))
        before = _distinguishable(switch, RenewKind(kind))
        ticket = replace(ticket, status=before, sent_at=datetime.now(UTC), answer="")
        try:
            require_not_stopped(patience)
            return send_for(switch, ticket, f"{COMMAND} {kind}")
        except errors.CommandRejected as refused:
            ticket = _set_back(ticket, refused)
        except _NOT_SENT as error:
            if not switch.held_back(error):
                raise
            ticket = _set_back(ticket, error)
    return _end(switch, ticket)


def _distinguishable(switch: Switch, kind: RenewKind) -> LicenseStatus:
    """Read the status before, and wait until a new attempt gets another date than the last."""
    with switch.session.ahead(STATUS, CLOCK):
        before = read_status(switch.session)
        clock, read_at = read_clock(switch.session)
    pause = until_distinguishable(kind.attempt(before), clock_skew(clock, read_at), read_at)
    time.sleep(pause.total_seconds())
    return before


def _set_back(ticket: Ticket, error: errors.NxslError) -> Ticket:
    setback = Setback(
        kind=ticket.under_way,
        reason=error.reason,
        message=error.message,
        text=error.text,
        remedy=error.remedy,
    )
    return replace(ticket, under_way="", setbacks=(*ticket.setbacks, setback))


def _look(_ticket: Ticket, session: Session, timeout: float) -> LicenseStatus:
    return read_status(session, timeout=timeout)


def _progress(ticket: Ticket, now: LicenseStatus) -> Progress:
    return renewal_progress(RenewKind(ticket.under_way), _before(ticket), now)


def _before(ticket: Ticket) -> LicenseStatus:
    if ticket.status is None:
        raise ValueError("a ticket of a renewal holds the status before it")
    return ticket.status


def _judge(
    switch: Switch, ticket: Ticket, progress: Progress, after: LicenseStatus | None
) -> Ticket | RenewRecord:
    """Take note of how one kind has ended; that is the end where none is to follow."""
    switch.notes["after"] = after
    kind = RenewKind(ticket.under_way)
    attempt = kind.attempt(after) if after else None
    if progress is Progress.DONE:
        ticket = replace(ticket, under_way="", renewed=(*ticket.renewed, str(kind)))
    elif progress is Progress.FAILED and attempt is not None:
        reason = reasons.explain(attempt.failure_reason)
        failed = errors.RenewalFailed(
            f"renew {kind} failed: {attempt.failure_reason or attempt.word} ({reason.cause})",
            text=f"Failure reason: {attempt.failure_reason}",
            remedy=reason.remedy,
        )
        ticket = _set_back(ticket, failed)
    else:
        over = f"renew {kind}: the wait is over and the dates have not moved"
        ticket = _set_back(ticket, errors.StillPending(over, remedy=_GOES_ON))
    note(switch, ticket, after)
    return ticket if ticket.todo else _end(switch, ticket)


def note(switch: Switch, ticket: Ticket, after: LicenseStatus | None) -> None:
    """Note what is renewed so far, and which dates have moved by that."""
    switch.notes["renewed"] = ticket.renewed
    switch.changed = bool(ticket.renewed)
    first = ticket.first or _before(ticket)
    if after is not None:
        moved = (_diff(RenewKind(kind), first, after) for kind in ticket.renewed)
        switch.diff = "\n".join(moved)


def stop_here(ticket: Ticket) -> Ticket:
    """The wait is over: what has not been started is not started any more."""
    for kind in ticket.todo:
        left = errors.StillPending(f"renew {kind}: the wait is over, and it was not started")
        ticket = _set_back(replace(ticket, under_way=kind), left)
    return replace(ticket, todo=())


def end_here(switch: Switch, ticket: Ticket) -> RenewRecord:
    """Tell the end without starting anything more."""
    return _end(switch, stop_here(ticket))


def _end(switch: Switch, ticket: Ticket) -> RenewRecord:
    if ticket.setbacks:
        switch.outcome = _outcome(switch, set(map(_kind_of, ticket.setbacks)))
        raise _together(ticket.setbacks)
    after: LicenseStatus | None = switch.notes.get("after")
    detail = f"renewed {' and '.join(ticket.renewed)}"
    if after and after.authorization and not is_authorized(after):
        detail += f", BUT authorization is {after.authorization.status}"
    return record(switch, Outcome.CHANGED_OK, detail)


def _outcome(switch: Switch, kinds: set[type[errors.NxslError]]) -> Outcome:
    if errors.StillPending in kinds:
        return Outcome.PENDING
    if kinds == {errors.Stopped} and switch.changed:
        return Outcome.PENDING
    if all(issubclass(each, _NOT_SENT) for each in kinds) and not switch.changed:
        return Outcome.NOT_RUN
    return Outcome.FAILED_CLEAN  # told from what the switch answered; dirty where one was renewed


def _together(setbacks: tuple[Setback, ...]) -> errors.NxslError:
    """One error for all; a failure outweighs what is only pending."""
    worst = min(setbacks, key=lambda each: each.reason == errors.StillPending.reason)
    return _kind_of(worst)(
        "; ".join(each.message for each in setbacks),
        text="\n".join(filter(None, (each.text for each in setbacks))),
        remedy=worst.remedy,
    )


def _kind_of(setback: Setback) -> type[errors.NxslError]:
    """The class of the error that a setback was; its reason names it."""
    return next(each for each in _every(errors.NxslError) if each.reason == setback.reason)


def _every(kind: type[errors.NxslError]) -> Iterator[type[errors.NxslError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _every(each)


def _diff(kind: RenewKind, before: LicenseStatus, after: LicenseStatus) -> str:
    what = "registration expires" if kind is RenewKind.ID else "communication deadline"
    return f"-{what} {_day(kind.end(before))}\n+{what} {_day(kind.end(after))}"


def _day(date: datetime | None) -> str:
    return f"{date:%Y-%m-%d %H:%M:%S} UTC" if date else "not shown"


def record(switch: Switch, outcome: Outcome, detail: str) -> RenewRecord:
    """A record of what is noted so far."""
    notes = switch.notes
    return RenewRecord(
        outcome=outcome,
        detail=detail,
        facts=notes["facts"],
        renewed=notes.get("renewed", ()),
        before=notes["before"],
        after=notes.get("after"),
    )


WAY: Way[LicenseStatus, RenewRecord] = Way(
    record=RenewRecord,
    look=_look,
    progress=_progress,
    judge=_judge,
    status_of=lambda status: status,
    go_on=start_next,
    end_here=end_here,
)
