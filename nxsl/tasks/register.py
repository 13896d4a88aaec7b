"""The task `register`: from unregistered to registered and authorized."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nxsl.core import checks_transport, errors
from nxsl.core.findings import Severity
from nxsl.core.outcome import Outcome, RegisterRecord
from nxsl.core.regime import Regime
from nxsl.core.registration import is_settled, is_under_way, require_clock, until_distinguishable
from nxsl.core.secret import MASK
from nxsl.core.seen_parts import registration_parts, transport_parts
from nxsl.core.state import clock_skew
from nxsl.core.tickets import TicketKind
from nxsl.core.ways import Verb, require_verb
from nxsl.nxos.commands import CLOCK, STATUS, transport_commands
from nxsl.nxos.read import read_clock, read_status, read_transport
from nxsl.tasks._poll import DEFAULT_PATIENCE, Patience, require_not_stopped
from nxsl.tasks._registration import COMMAND, WAY, ending, record, send
from nxsl.tasks._switch import Switch, run_on_switch
from nxsl.tasks._token import token_for
from nxsl.tasks._trust import establish_trust
from nxsl.tasks._ways import finish, new_ticket

if TYPE_CHECKING:
    from datetime import timedelta

    from nornir.core.task import Result, Task

    from nxsl.core.records import LicenseStatus
    from nxsl.fleet.credentials import AnyToken

CONNECTION_NAME = "netmiko"


def register(
    task: Task,
    *,
    token: AnyToken | None = None,
    force: bool = False,
    patience: Patience = DEFAULT_PATIENCE,
    detach: bool = False,
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
        detach: wait for nothing: the outcome is pending, with a ticket by which `follow` tells how
            it goes.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`RegisterRecord`): outcome, status before and after
          * changed (`bool`): the switch was (or, in a dry run, would be) registered
          * diff (`str`): the change of registration and authorization
          * failed (`bool`)
    """

    def work(switch: Switch) -> RegisterRecord:
        way = _WAYS[require_verb(switch.facts(), Verb.REGISTER)]
        return way(
            switch,
            token,
            force=force,
            patience=patience,
            dry_run=task.is_dry_run(dry_run),
            detach=detach,
        )

    return run_on_switch(task, RegisterRecord, work)


def _register(
    switch: Switch,
    token: AnyToken | None,
    *,
    force: bool,
    patience: Patience,
    dry_run: bool,
    detach: bool,
) -> RegisterRecord:
    before, skew = _preflight(switch, force=force)
    if before.registration is None or is_settled(before, switch.intent, force=force):
        return record(switch, Outcome.ALREADY_OK, "registered already")
    under_way = is_under_way(before.registration)
    steps = () if under_way else (f"{COMMAND}{MASK}{ending(force=force)}",)
    if dry_run:
        switch.changed, switch.steps = True, steps
        switch.diff = f"-{before.registration.status}\n+REGISTERED"
        what = "would wait for the registration under way" if under_way else "would register"
        return record(switch, Outcome.PLANNED, what)
    if not under_way:
        pause = until_distinguishable(before.registration.initial, skew, datetime.now(UTC))
        time.sleep(pause.total_seconds())
        require_not_stopped(patience)
        switch.require_as_planned(steps)
    ticket = new_ticket(switch, TicketKind.REGISTRATION, status=before)
    if not under_way:
        ticket = send(switch, ticket, token_for(switch, token), force=force)
    return finish(switch, ticket, WAY, patience, detach=detach)


def _preflight(switch: Switch, *, force: bool) -> tuple[LicenseStatus, timedelta | None]:
    """Read what decides, and refuse what cannot work; a registered switch needs no transport.

    Returns:
        The status, and how far the switch's clock is ahead where that is known.
    """
    session, intent = switch.session, switch.intent
    with session.ahead(STATUS, CLOCK):
        status = read_status(session)
        switch.notes["before"] = status
        switch.saw(registration_parts(status))
        if is_settled(status, intent, force=force):
            return status, None
        clock, read_at = read_clock(session)
    require_clock(clock, read_at)
    with session.ahead(*transport_commands(policy=False, intent=intent)):
        transport = read_transport(session, smart_enabled=True, intent=intent)
    switch.saw(transport_parts(transport))
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


_WAYS = {
    Regime.SMART_LICENSING: _register,
    Regime.USING_POLICY: establish_trust,
}
