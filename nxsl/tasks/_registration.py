"""A registration under classic Smart Licensing: sent with a token, looked at, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core import errors, reasons
from nxsl.core.outcome import Outcome, RegisterRecord
from nxsl.core.records import RegistrationState
from nxsl.core.registration import (
    Progress,
    account_differences,
    is_authorized,
    registration_progress,
)
from nxsl.nxos.parse import parse
from nxsl.nxos.read import read_status
from nxsl.nxos.wire import SecretCommand
from nxsl.tasks._ways import Way, send_for

if TYPE_CHECKING:
    from nxsl.core.records import LicenseStatus
    from nxsl.core.secret import Token
    from nxsl.core.tickets import Ticket
    from nxsl.nxos.session import Session
    from nxsl.tasks._switch import Switch

COMMAND = "license smart register idtoken "


def ending(*, force: bool) -> str:
    """What stands behind the token."""
    return " force" if force else ""


def send(switch: Switch, ticket: Ticket, token: Token, *, force: bool) -> Ticket:
    """Send the token, once; the answer only says whether the agent has begun."""
    ticket = send_for(switch, ticket, SecretCommand(COMMAND, token, ending(force=force)))
    try:
        reply = parse("license smart register", ticket.answer)
    except errors.ParseError:
        # Not a known answer, and no error either: the status decides, the text is kept for it.
        return ticket
    if not reply.accepted:
        switch.outcome = Outcome.FAILED_CLEAN
        reason = reasons.explain(ticket.answer)
        raise errors.RegistrationFailed(
            f"the switch did not begin: {reply.words}", text=ticket.answer, remedy=reason.remedy
        ).because(token_at_fault=reason.token_is_at_fault)
    return ticket


def _look(_ticket: Ticket, session: Session, timeout: float) -> LicenseStatus:
    return read_status(session, timeout=timeout)


def _before(ticket: Ticket) -> LicenseStatus:
    if ticket.status is None:
        raise ValueError("a ticket of a registration holds the status before it")
    return ticket.status


def _progress(ticket: Ticket, now: LicenseStatus) -> Progress:
    return registration_progress(_before(ticket), now)


def _judge(
    switch: Switch, ticket: Ticket, progress: Progress, after: LicenseStatus | None
) -> RegisterRecord:
    before = _before(ticket)
    switch.notes["after"] = after
    registration = after.registration if after else None
    switch.diff = _diff(before, after)
    switch.changed = bool(switch.diff)
    if progress is Progress.FAILED and after is not None:
        raise _failure(switch, before, after)
    if progress is Progress.PENDING or after is None or registration is None:
        words = registration.status if registration else "not known"
        raise errors.StillPending(
            f"the wait is over; registration is {words}",
            text=ticket.answer,
            remedy="the agent goes on by itself: nxsl verify in some minutes",
        )
    differences = account_differences(registration, switch.intent) if switch.intent else ()
    if differences:
        raise errors.WrongAccount(
            f"registered to another account than intended: {'; '.join(differences)}",
            remedy="nxsl register --force with a token of the intended virtual account",
        )
    authorization = after.authorization
    words = authorization.status if authorization else "not shown"
    detail = f"registered to {registration.smart_account} / {registration.virtual_account}"
    ok = is_authorized(after)
    return record(
        switch, Outcome.CHANGED_OK, f"{detail}, {'' if ok else 'BUT '}authorization is {words}"
    )


def _failure(
    switch: Switch, before: LicenseStatus, after: LicenseStatus
) -> errors.RegistrationFailed:
    """What the agent says; `force` may have cost the old registration."""
    registration = after.registration
    was = before.registration is not None and (
        before.registration.state is RegistrationState.REGISTERED
    )
    if was and registration and registration.state is not RegistrationState.REGISTERED:
        switch.outcome = Outcome.FAILED_DIRTY
    else:
        switch.changed, switch.diff = False, ""  # the words differ, the switch is as it was
    initial = registration.initial if registration else None
    text = initial.failure_reason if initial else ""
    reason = reasons.explain(text)
    return errors.RegistrationFailed(
        f"registration failed: {text or 'the switch gives no reason'} ({reason.cause})",
        text=f"{registration.status if registration else ''}\nFailure reason: {text}",
        remedy=reason.remedy,
    ).because(token_at_fault=reason.token_is_at_fault)


def _diff(before: LicenseStatus, after: LicenseStatus | None) -> str:
    old, new = _words(before), _words(after) if after else _words(before)
    return (
        "" if old == new else "\n".join([f"-{each}" for each in old] + [f"+{each}" for each in new])
    )


def _words(status: LicenseStatus) -> list[str]:
    found = status.registration
    words = [found.status if found else "Smart Licensing is not enabled"]
    if found and found.smart_account:
        words.append(f"{found.smart_account} / {found.virtual_account}")
    if status.authorization:
        words.append(status.authorization.status)
    return words


def record(switch: Switch, outcome: Outcome, detail: str) -> RegisterRecord:
    """A record of what is noted so far."""
    return RegisterRecord(
        outcome=outcome,
        detail=detail,
        facts=switch.notes["facts"],
        before=switch.notes["before"],
        after=switch.notes.get("after"),
    )


WAY: Way[LicenseStatus, RegisterRecord] = Way(
    record=RegisterRecord,
    look=_look,
    progress=_progress,
    judge=_judge,
    status_of=lambda status: status,
)
