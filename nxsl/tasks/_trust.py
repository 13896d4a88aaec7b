"""A trust code, which takes the place of the registration under Smart Licensing Using Policy."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import Outcome, RegisterRecord
from nxsl.core.policy import is_trust_settled, policy_account_differences, trust_progress
from nxsl.core.policy_records import TRUST_EXCHANGE
from nxsl.core.registration import Progress, until_distinguishable
from nxsl.core.secret import MASK
from nxsl.core.seen_parts import trust_parts
from nxsl.core.tickets import TicketKind
from nxsl.nxos.read import read_exchanges, read_policy_status
from nxsl.nxos.wire import SecretCommand, is_incomplete
from nxsl.tasks._policy import (
    View,
    attempt_at,
    before_of,
    date,
    failure,
    judging,
    looking,
    require_way,
)
from nxsl.tasks._poll import require_not_stopped
from nxsl.tasks._registration import ending, record
from nxsl.tasks._token import token_for
from nxsl.tasks._ways import Way, finish, new_ticket, send_for

if TYPE_CHECKING:
    from nxsl.core.policy_records import PolicyStatus
    from nxsl.core.secret import Token
    from nxsl.core.tickets import Ticket
    from nxsl.tasks._poll import Patience
    from nxsl.tasks._switch import Switch

_COMMAND = "license smart trust idtoken "
# The word for the scope is that of IOS-XE; whether NX-OS wants one is to be confirmed.
_SCOPE = " all"


def establish_trust(
    switch: Switch,
    token: Token | None,
    *,
    force: bool,
    patience: Patience,
    dry_run: bool,
    detach: bool,
) -> RegisterRecord:
    """Install a trust code, and wait until the status shows it."""
    before = read_policy_status(switch.session)
    switch.notes["before"] = before
    switch.saw(trust_parts(before))
    if is_trust_settled(before, switch.intent, force=force):
        installed = date(before.trusted_at)
        return record(switch, Outcome.ALREADY_OK, f"trust code installed on {installed}")
    skew = require_way(switch)
    steps = (f"{_COMMAND}{MASK}{ending(force=force)}",)
    if dry_run:
        switch.changed, switch.steps = True, steps
        switch.diff = f"{_was(before)}\n+Trust Code Installed"
        return record(switch, Outcome.PLANNED, "would install a trust code")
    was = read_exchanges(switch.session)
    pause = until_distinguishable(attempt_at(before.trusted_at), skew, datetime.now(UTC))
    time.sleep(pause.total_seconds())
    require_not_stopped(patience)
    switch.require_as_planned(steps)
    ticket = new_ticket(switch, TicketKind.TRUST, policy=before, exchanges=was)
    ticket = _send(switch, ticket, token_for(switch, token), force=force)
    return finish(switch, ticket, WAY, patience, detach=detach)


def _was(before: PolicyStatus) -> str:
    return f"-Trust Code Installed: {date(before.trusted_at)}"


def _send(switch: Switch, ticket: Ticket, token: Token, *, force: bool) -> Ticket:
    """Send the token in the form that Cisco's guide for Nexus prints, else with a scope.

    A line that was refused has not used the token, so it may be sent in the other form.
    """
    end = ending(force=force)
    try:
        return send_for(switch, ticket, SecretCommand(_COMMAND, token, end))
    except errors.CommandRejected as refused:
        if not is_incomplete(refused.text):
            raise
    return send_for(switch, ticket, SecretCommand(_COMMAND, token, f"{_SCOPE}{end}"))


def _judge(switch: Switch, ticket: Ticket, progress: Progress, view: View | None) -> RegisterRecord:
    if view is not None:
        switch.notes["after"] = view.status
    if progress is Progress.FAILED and view is not None:
        what = "the trust code was not installed"
        raise failure(errors.TrustFailed, what, (TRUST_EXCHANGE,), ticket.exchanges, view)
    if progress is Progress.PENDING or view is None:
        raise errors.StillPending(
            "the wait is over, and no new trust code is installed",
            text=ticket.answer,
            remedy="the agent goes on by itself: nxsl verify in some minutes, or nxsl doctor",
        )
    switch.changed = True
    installed = date(view.status.trusted_at)
    switch.diff = f"{_was(before_of(ticket))}\n+Trust Code Installed: {installed}"
    differences = policy_account_differences(view.status, switch.intent)
    if differences:
        raise errors.WrongAccount(
            f"trusted by another account than intended: {'; '.join(differences)}",
            remedy="nxsl register --force with a token of the intended virtual account",
        )
    return record(switch, Outcome.CHANGED_OK, f"trust code installed{_account(view.status)}")


def _account(status: PolicyStatus) -> str:
    if not status.smart_account:
        return ""
    return f", account {status.smart_account} / {status.virtual_account}"


WAY: Way[View, RegisterRecord] = Way(
    record=RegisterRecord,
    look=looking(trust_progress),
    progress=judging(trust_progress),
    judge=_judge,
    status_of=lambda view: view.status,
)
