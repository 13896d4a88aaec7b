"""What `register` and `renew` mean under Smart Licensing Using Policy.

A trust code takes the place of the registration, a usage report and its acknowledgement that of
the renewals. Both are started by a command that only begins something; what comes of it shows in
`show license status`, and why it failed in the statistics of `show license tech support`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from nxsl.core import checks_policy_transport, errors
from nxsl.core.findings import Severity
from nxsl.core.outcome import Outcome, RegisterRecord, RenewRecord
from nxsl.core.policy import (
    explained,
    is_trust_settled,
    new_failure,
    policy_account_differences,
    require_online,
    sync_progress,
    sync_steps,
    trust_progress,
    uses_licenses,
)
from nxsl.core.policy_records import (
    POLL_EXCHANGE,
    TRUST_EXCHANGE,
    USAGE_EXCHANGE,
    PolicyTransport,
)
from nxsl.core.records import Attempt, AttemptResult
from nxsl.core.registration import Progress, is_due, require_clock, until_distinguishable
from nxsl.core.state import clock_skew
from nxsl.nxos.read import (
    read_clock,
    read_exchanges,
    read_policy_status,
    read_policy_transport,
    read_usage,
)
from nxsl.nxos.wire import SecretCommand, is_incomplete, is_no_command
from nxsl.tasks._poll import await_reading, require_not_stopped
from nxsl.tasks._token import token_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from nxsl.core.policy_records import Exchanges, PolicyStatus
    from nxsl.core.secret import Token
    from nxsl.fleet.credentials import AnyToken
    from nxsl.nxos.session import Session
    from nxsl.tasks._poll import Patience
    from nxsl.tasks._switch import Switch

_Progress: TypeAlias = (
    "Callable[[PolicyStatus, PolicyStatus, Exchanges | None, Exchanges | None], Progress]"
)

_TRUST = "license smart trust idtoken "
_SYNC = "license smart sync"
# The words for the scope are those of IOS-XE; whether NX-OS wants one is to be confirmed.
_SCOPE = " all"
_NARROW_SCOPE = " local"


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What is asked for again and again; the statistics only where the status tells nothing new."""

    status: PolicyStatus
    exchanges: Exchanges | None = None


def establish_trust(
    switch: Switch, token: AnyToken | None, *, force: bool, patience: Patience, dry_run: bool
) -> RegisterRecord:
    """Install a trust code, and wait until the status shows it."""
    before = read_policy_status(switch.session)
    switch.notes["before"] = before
    if is_trust_settled(before, switch.intent, force=force):
        return _trusted(switch, Outcome.ALREADY_OK, f"trust code installed on {_day(before)}")
    skew = _require_way(switch)
    change = f"-Trust Code Installed: {_day(before)}\n+Trust Code Installed"
    if dry_run:
        switch.changed, switch.diff = True, change
        return _trusted(switch, Outcome.PLANNED, "would install a trust code")
    was = read_exchanges(switch.session)
    pause = until_distinguishable(_attempt_at(before.trusted_at), skew, datetime.now(UTC))
    time.sleep(pause.total_seconds())
    require_not_stopped(patience)
    answer = _send_token(switch, token_for(switch, token), force=force)
    progress, view = _watch(switch, patience, trust_progress, before, was)
    if view is not None:
        switch.notes["after"] = view.status
    if progress is Progress.FAILED and view is not None:
        raise _failure(errors.TrustFailed, "the trust code was not installed", was, view)
    if progress is Progress.PENDING or view is None:
        raise errors.StillPending(
            "the wait is over, and no new trust code is installed",
            text=answer,
            remedy="the agent goes on by itself: nxsl verify in some minutes, or nxsl doctor",
        )
    switch.changed = True
    switch.diff = f"{change.partition('+')[0]}+Trust Code Installed: {_day(view.status)}"
    differences = policy_account_differences(view.status, switch.intent)
    if differences:
        raise errors.WrongAccount(
            f"trusted by another account than intended: {'; '.join(differences)}",
            remedy="nxsl register --force with a token of the intended virtual account",
        )
    account = _account(view.status)
    return _trusted(switch, Outcome.CHANGED_OK, f"trust code installed{account}")


def _account(status: PolicyStatus) -> str:
    if not status.smart_account:
        return ""
    return f", account {status.smart_account} / {status.virtual_account}"


def _require_way(switch: Switch) -> timedelta | None:
    """Refuse what cannot work before a token is spent; give the clock's skew where it is known."""
    clock, read_at = read_clock(switch.session)
    require_clock(clock, read_at)
    transport = read_policy_transport(switch.session, intent=switch.intent)
    require_online(transport.policy or PolicyTransport())
    facts = switch.notes["facts"]
    blocking = [
        each.message
        for each in checks_policy_transport.problems(transport, facts)
        if each.severity is Severity.CRITICAL
    ]
    if switch.intent:
        blocking += checks_policy_transport.way_differs(transport, switch.intent)
    if blocking:
        raise errors.TransportRefused(
            f"the transport is not ready: {'; '.join(blocking)}", remedy="nxsl configure"
        )
    return clock_skew(clock, read_at)


def _send_token(switch: Switch, token: Token, *, force: bool) -> str:
    """Send the token in the form that Cisco's guide for Nexus prints, else with a scope.

    A line that was refused has not used the token, so it may be sent in the other form.
    """
    end = " force" if force else ""
    try:
        return switch.send(SecretCommand(_TRUST, token, end))
    except errors.CommandRejected as refused:
        if not is_incomplete(refused.text):
            raise
    return switch.send(SecretCommand(_TRUST, token, f"{_SCOPE}{end}"))


def synchronise(
    switch: Switch, due_within: timedelta | None, *, patience: Patience, dry_run: bool
) -> RenewRecord:
    """Have the switch report its usage now, and wait for the acknowledgement."""
    before = read_policy_status(switch.session)
    switch.notes["before"] = before
    if uses_licenses(read_usage(switch.session)) is False:
        return _synchronised(
            switch,
            Outcome.ALREADY_OK,
            "no licence is in use, so the switch makes no usage report: that is fine",
        )
    clock, read_at = read_clock(switch.session)
    if not is_due(before.reporting.ack_deadline, read_at, due_within):
        return _synchronised(switch, Outcome.ALREADY_OK, "no report is due")
    _require_way(switch)
    if dry_run:
        switch.changed, switch.diff = True, f"+{_SYNC}{_SCOPE}"
        return _synchronised(switch, Outcome.PLANNED, "would report usage")
    was = read_exchanges(switch.session)
    skew = clock_skew(clock, read_at)
    newest = max(
        filter(None, (before.reporting.last_report, before.reporting.last_ack)), default=None
    )
    pause = until_distinguishable(_attempt_at(newest), skew, datetime.now(UTC))
    time.sleep(pause.total_seconds())
    require_not_stopped(patience)
    _send_sync(switch)
    progress, view = _watch(switch, patience, sync_progress, before, was)
    return _judge_sync(switch, progress, before, was, view)


def _send_sync(switch: Switch) -> None:
    """Start the report of all members; where that scope is no command, of this switch alone."""
    try:
        switch.send(f"{_SYNC}{_SCOPE}")
    except errors.CommandRejected as refused:
        if not is_no_command(refused.text):
            raise
        switch.send(f"{_SYNC}{_NARROW_SCOPE}")


def _judge_sync(
    switch: Switch,
    progress: Progress,
    before: PolicyStatus,
    was: Exchanges | None,
    view: _View | None,
) -> RenewRecord:
    if view is None:
        raise errors.StillPending(
            "usage: the wait is over and the switch has not told how it went",
            remedy="the agent goes on by itself: nxsl verify in some minutes",
        )
    switch.notes["after"] = view.status
    sent, acknowledged = sync_steps(before, view.status)
    switch.changed = sent or acknowledged
    switch.diff = _sync_diff(before, view.status)
    if progress is Progress.FAILED:
        what = "usage was reported, and not acknowledged" if sent else "usage was not reported"
        raise _failure(errors.SyncFailed, what, was, view)
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
    what = "usage reported and acknowledged" if acknowledged else "usage reported; the policy asks "
    return _synchronised(
        switch, Outcome.CHANGED_OK, what if acknowledged else f"{what}for no acknowledgement"
    )


def _sync_diff(before: PolicyStatus, after: PolicyStatus) -> str:
    old, new = before.reporting, after.reporting
    lines = []
    for what, was, now in (
        ("Last report push", old.last_report, new.last_report),
        ("Last ACK received", old.last_ack, new.last_ack),
        ("Next ACK deadline", old.ack_deadline, new.ack_deadline),
    ):
        if was != now:
            lines += [f"-{what}: {_date(was)}", f"+{what}: {_date(now)}"]
    return "\n".join(lines)


def _watch(
    switch: Switch,
    patience: Patience,
    progress: _Progress,
    before: PolicyStatus,
    was: Exchanges | None,
) -> tuple[Progress, _View | None]:
    """Ask until the status, or else a new failure in the statistics, tells how it went."""

    def read(session: Session, timeout: float) -> _View:
        status = read_policy_status(session, timeout=timeout)
        if progress(before, status, None, None) is Progress.DONE:
            return _View(status=status)
        return _View(status=status, exchanges=read_exchanges(session, timeout=timeout))

    def judge(seen: _View) -> Progress:
        return progress(before, seen.status, was, seen.exchanges)

    return await_reading(switch, patience, read, judge)


def _failure(
    kind: type[errors.LicensingError], what: str, was: Exchanges | None, view: _View
) -> errors.LicensingError:
    names = (TRUST_EXCHANGE,) if kind is errors.TrustFailed else (USAGE_EXCHANGE, POLL_EXCHANGE)
    found = next(filter(None, (new_failure(name, was, view.exchanges) for name in names)), None)
    if found is None:
        return kind(what)
    words, reason = explained(found)
    return kind(
        f"{what}: {words} ({reason.cause})",
        text=f"{found.name}\nFailure Reason: {words}",
        remedy=reason.remedy,
    )


def _attempt_at(at: datetime | None) -> Attempt | None:
    return Attempt(result=AttemptResult.SUCCEEDED, at=at) if at else None


def _day(status: PolicyStatus) -> str:
    return _date(status.trusted_at)


def _date(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "<none>"


def _trusted(switch: Switch, outcome: Outcome, detail: str) -> RegisterRecord:
    notes = switch.notes
    return RegisterRecord(
        outcome=outcome,
        detail=detail,
        facts=notes["facts"],
        before=notes["before"],
        after=notes.get("after"),
    )


def _synchronised(switch: Switch, outcome: Outcome, detail: str) -> RenewRecord:
    notes = switch.notes
    return RenewRecord(
        outcome=outcome,
        detail=detail,
        facts=notes["facts"],
        renewed=notes.get("renewed", ()),
        before=notes["before"],
        after=notes.get("after"),
    )
