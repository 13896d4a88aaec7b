"""A usage report and its acknowledgement: the renewal under Smart Licensing Using Policy."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import Outcome, RenewRecord
from nxsl.core.policy import sync_progress, sync_steps, uses_licenses
from nxsl.core.policy_records import POLL_EXCHANGE, USAGE_EXCHANGE
from nxsl.core.registration import Progress, is_due, until_distinguishable
from nxsl.core.seen_parts import usage_parts
from nxsl.core.state import clock_skew
from nxsl.core.tickets import TicketKind
from nxsl.nxos.commands import STATUS, USAGE
from nxsl.nxos.read import read_clock, read_exchanges, read_policy_status, read_usage
from nxsl.nxos.wire import is_no_command
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
from nxsl.tasks._renewal import record
from nxsl.tasks._ways import Way, finish, new_ticket, send_for

if TYPE_CHECKING:
    from datetime import timedelta

    from nxsl.core.policy_records import PolicyStatus
    from nxsl.core.tickets import Ticket
    from nxsl.tasks._poll import Patience
    from nxsl.tasks._switch import Switch

# The words for the scope are those of IOS-XE; whether NX-OS wants one is to be confirmed.
_COMMAND = "license smart sync all"
_NARROW = "license smart sync local"


def synchronise(
    switch: Switch,
    due_within: timedelta | None,
    *,
    patience: Patience,
    dry_run: bool,
    detach: bool,
) -> RenewRecord:
    """Have the switch report its usage now, and wait for the acknowledgement."""
    with switch.session.ahead(STATUS, USAGE):
        before = read_policy_status(switch.session)
        switch.notes["before"] = before
        in_use = uses_licenses(read_usage(switch.session))
    deadline = before.reporting.ack_deadline
    switch.saw(usage_parts(in_use=in_use, deadline=deadline if due_within is not None else None))
    if in_use is False:
        fine = "no licence is in use, so the switch makes no usage report: that is fine"
        return record(switch, Outcome.ALREADY_OK, fine)
    clock, read_at = read_clock(switch.session)
    if not is_due(deadline, read_at, due_within):
        return record(switch, Outcome.ALREADY_OK, "no report is due")
    require_way(switch)
    if dry_run:
        switch.changed, switch.diff, switch.steps = True, f"+{_COMMAND}", (_COMMAND,)
        return record(switch, Outcome.PLANNED, "would report usage")
    was = read_exchanges(switch.session)
    newest = max(
        filter(None, (before.reporting.last_report, before.reporting.last_ack)), default=None
    )
    pause = until_distinguishable(attempt_at(newest), clock_skew(clock, read_at), datetime.now(UTC))
    time.sleep(pause.total_seconds())
    require_not_stopped(patience)
    switch.require_as_planned((_COMMAND,))
    ticket = _send(switch, new_ticket(switch, TicketKind.SYNC, policy=before, exchanges=was))
    return finish(switch, ticket, WAY, patience, detach=detach)


def _send(switch: Switch, ticket: Ticket) -> Ticket:
    """Start the report of all members; where that scope is no command, of this switch alone."""
    try:
        return send_for(switch, ticket, _COMMAND)
    except errors.CommandRejected as refused:
        if not is_no_command(refused.text):
            raise
    return send_for(switch, ticket, _NARROW)


def _judge(switch: Switch, ticket: Ticket, progress: Progress, view: View | None) -> RenewRecord:
    if view is None:
        raise errors.StillPending(
            "usage: the wait is over and the switch has not told how it went",
            remedy="the agent goes on by itself: nxsl verify in some minutes",
        )
    before = before_of(ticket)
    switch.notes["after"] = view.status
    sent, acknowledged = sync_steps(before, view.status)
    switch.changed = sent or acknowledged
    switch.diff = _diff(before, view.status)
    if progress is Progress.FAILED:
        what = "usage was reported, and not acknowledged" if sent else "usage was not reported"
        names = USAGE_EXCHANGE, POLL_EXCHANGE
        raise failure(errors.SyncFailed, what, names, ticket.exchanges, view)
    if progress is Progress.PENDING:
        raise errors.StillPending(
            "the usage report was sent; its acknowledgement has not come yet"
            if sent
            else "the wait is over, and no new usage report was sent",
            remedy="the agent asks for it by itself: nxsl verify in some minutes"
            if sent
            else "nxsl doctor",
        )
    switch.notes["renewed"] = ("usage",)
    end = " and acknowledged" if acknowledged else "; the policy asks for no acknowledgement"
    return record(switch, Outcome.CHANGED_OK, f"usage reported{end}")


def _diff(before: PolicyStatus, after: PolicyStatus) -> str:
    old, new = before.reporting, after.reporting
    lines = []
    for what, was, now in (
        ("Last report push", old.last_report, new.last_report),
        ("Last ACK received", old.last_ack, new.last_ack),
        ("Next ACK deadline", old.ack_deadline, new.ack_deadline),
    ):
        if was != now:
            lines += [f"-{what}: {date(was)}", f"+{what}: {date(now)}"]
    return "\n".join(lines)


WAY: Way[View, RenewRecord] = Way(
    record=RenewRecord,
    look=looking(sync_progress),
    progress=judging(sync_progress),
    judge=_judge,
    status_of=lambda view: view.status,
)
