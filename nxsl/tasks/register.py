"""The task `register`: from unregistered to registered and authorized."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nxsl.core import checks_transport, errors, reasons
from nxsl.core.findings import Severity
from nxsl.core.outcome import Outcome, RegisterRecord
from nxsl.core.records import RegistrationState
from nxsl.core.regime import Regime
from nxsl.core.registration import (
    Progress,
    account_differences,
    is_authorized,
    is_settled,
    is_under_way,
    registration_progress,
    require_clock,
    until_distinguishable,
)
from nxsl.core.state import clock_skew
from nxsl.core.ways import Verb, require_verb
from nxsl.nxos.parse import parse
from nxsl.nxos.read import read_clock, read_facts, read_status, read_transport
from nxsl.nxos.wire import SecretCommand
from nxsl.tasks._policy import establish_trust
from nxsl.tasks._poll import DEFAULT_PATIENCE, Patience, await_status, require_not_stopped
from nxsl.tasks._switch import Switch, run_on_switch
from nxsl.tasks._token import token_for

if TYPE_CHECKING:
    from datetime import timedelta

    from nornir.core.task import Result, Task

    from nxsl.core.records import LicenseStatus
    from nxsl.fleet.credentials import AnyToken

CONNECTION_NAME = "netmiko"

_COMMAND = "license smart register idtoken "


def register(
    task: Task,
    *,
    token: AnyToken | None = None,
    force: bool = False,
    patience: Patience = DEFAULT_PATIENCE,
    dry_run: bool | None = None,
) -> Result:
    """Register a switch with its licensing backend, and wait until that has come about.

    Under classic Smart Licensing: until it is registered and authorized. Under Smart Licensing
    Using Policy: until the trust code is installed, by which it signs its usage reports.

    Does nothing on a switch that belongs to the intended account. Sends the token once, and only
    where regime, transport and clock can work. Success is what `show license status` says
    afterwards, never what the command answers.

    Args:
        task: Nornir's.
        token: the ID token, or where it is to be had, for hosts whose intent has no `token_from`
            of its own; not needed where nothing will be sent.
        force: register again although the switch is registered, also from another account.
        patience: how long to wait.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`RegisterRecord`): outcome, status before and after
          * changed (`bool`): the switch was (or, in a dry run, would be) registered
          * diff (`str`): the change of registration and authorization
          * failed (`bool`)
    """

    def work(switch: Switch) -> RegisterRecord:
        facts = read_facts(switch.session)
        switch.notes["facts"] = facts
        way = _WAYS[require_verb(facts, Verb.REGISTER)]
        return way(switch, token, force=force, patience=patience, dry_run=task.is_dry_run(dry_run))

    return run_on_switch(task, RegisterRecord, work)


def _register(
    switch: Switch, token: AnyToken | None, *, force: bool, patience: Patience, dry_run: bool
) -> RegisterRecord:
    before, skew = _preflight(switch, force=force)
    if before.registration is None or is_settled(before, switch.intent, force=force):
        return _record(switch, Outcome.ALREADY_OK, "registered already", before)
    under_way = is_under_way(before.registration)
    if dry_run:
        switch.changed = True
        switch.diff = f"-{before.registration.status}\n+REGISTERED"
        what = "would wait for the registration under way" if under_way else "would register"
        return _record(switch, Outcome.PLANNED, what, before)
    answer = ""
    if not under_way:
        pause = until_distinguishable(before.registration.initial, skew, datetime.now(UTC))
        time.sleep(pause.total_seconds())
        require_not_stopped(patience)
        answer = _send(switch, token, force=force)
    progress, after = await_status(
        switch, patience, lambda status: registration_progress(before, status)
    )
    return _judge(switch, progress, before, after, answer=answer)


def _preflight(switch: Switch, *, force: bool) -> tuple[LicenseStatus, timedelta | None]:
    """Read what decides, and refuse what cannot work; a registered switch needs no transport.

    Returns:
        The status, and how far the switch's clock is ahead where that is known.
    """
    session, intent = switch.session, switch.intent
    status = read_status(session)
    switch.notes["before"] = status
    if is_settled(status, intent, force=force):
        return status, None
    clock, read_at = read_clock(session)
    require_clock(clock, read_at)
    transport = read_transport(session, smart_enabled=True, intent=intent)
    blocking = [
        each.message
        for each in checks_transport.problems(transport)
        if each.severity is Severity.CRITICAL
    ]
    if intent:
        blocking += checks_transport.way_differs(transport, intent)
    if blocking:
        raise errors.TransportRefused(
            f"call home is not ready: {'; '.join(blocking)}", remedy="nxsl configure"
        )
    return status, clock_skew(clock, read_at)


def _send(switch: Switch, token: AnyToken | None, *, force: bool) -> str:
    """Send the token, once; give the answer, which only says whether the agent has begun."""
    command = SecretCommand(_COMMAND, token_for(switch, token), " force" if force else "")
    text = switch.send(command)
    try:
        reply = parse("license smart register", text)
    except errors.ParseError:
        # Not a known answer, and no error either: the status decides, the text is kept for it.
        return text
    if not reply.accepted:
        switch.outcome = Outcome.FAILED_CLEAN
        raise errors.RegistrationFailed(
            f"the switch did not begin: {reply.words}",
            text=text,
            remedy=reasons.explain(text).remedy,
        )
    return text


def _judge(
    switch: Switch,
    progress: Progress,
    before: LicenseStatus,
    after: LicenseStatus | None,
    *,
    answer: str,
) -> RegisterRecord:
    switch.notes["after"] = after
    registration = after.registration if after else None
    switch.diff = _diff(before, after)
    switch.changed = bool(switch.diff)
    if progress is Progress.FAILED and registration and registration.initial:
        was = before.registration is not None and (
            before.registration.state is RegistrationState.REGISTERED
        )
        if was and registration.state is not RegistrationState.REGISTERED:
            switch.outcome = Outcome.FAILED_DIRTY  # `force` has cost the old registration
        else:
            switch.changed, switch.diff = False, ""  # the words differ, the switch is as it was
        text = registration.initial.failure_reason
        reason = reasons.explain(text)
        raise errors.RegistrationFailed(
            f"registration failed: {text or 'the switch gives no reason'} ({reason.cause})",
            text=f"{registration.status}\nFailure reason: {text}",
            remedy=reason.remedy,
        )
    if progress is Progress.PENDING or after is None or registration is None:
        words = registration.status if registration else "not known"
        raise errors.StillPending(
            f"the wait is over; registration is {words}",
            text=answer,
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
    return _record(
        switch,
        Outcome.CHANGED_OK,
        f"{detail}, {'' if ok else 'BUT '}authorization is {words}",
        before,
    )


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


def _record(switch: Switch, outcome: Outcome, detail: str, before: LicenseStatus) -> RegisterRecord:
    return RegisterRecord(
        outcome=outcome,
        detail=detail,
        facts=switch.notes["facts"],
        before=before,
        after=switch.notes.get("after"),
    )


_WAYS = {
    Regime.SMART_LICENSING: _register,
    Regime.USING_POLICY: establish_trust,
}
