"""The task `renew`: the ID certificate, the authorization, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.outcome import Outcome, RenewRecord
from nxsl.core.regime import Regime
from nxsl.core.registration import (
    RenewKind,
    is_due,
    is_renewable,
    require_clock,
    require_registration,
)
from nxsl.core.seen_parts import renewal_parts
from nxsl.core.tickets import TicketKind
from nxsl.core.ways import Verb, require_verb
from nxsl.nxos.commands import CLOCK, STATUS
from nxsl.nxos.read import read_clock, read_status
from nxsl.tasks._poll import DEFAULT_PATIENCE, Patience
from nxsl.tasks._renewal import COMMAND, WAY, record, start_next
from nxsl.tasks._switch import Switch, run_on_switch
from nxsl.tasks._sync import synchronise
from nxsl.tasks._ways import finish, new_ticket

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from nornir.core.task import Result, Task

CONNECTION_NAME = "netmiko"

KINDS = tuple(RenewKind)


def renew(
    task: Task,
    *,
    kinds: Sequence[RenewKind | str] = KINDS,
    due_within: timedelta | None = None,
    patience: Patience = DEFAULT_PATIENCE,
    detach: bool = False,
    dry_run: bool | None = None,
) -> Result:
    """Renew on a registered switch, and prove it by fresh dates in `show license status`.

    Under Smart Licensing Using Policy that is a fresh usage report and its acknowledgement; a
    switch without licences in use makes no report, which is fine and said so.

    Args:
        task: Nornir's.
        kinds: what to renew, in this order: `id` (the ID certificate), `auth` (the authorization);
            under Smart Licensing Using Policy there is only the report.
        due_within: renew only what runs out within this time, so that the task can be scheduled;
            None renews in any case.
        patience: how long to wait for each.
        detach: wait for nothing: the outcome is pending, with a ticket by which `follow` tells how
            it goes, and starts the second kind when the first has ended.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`RenewRecord`): outcome, what was renewed, status before and after
          * changed (`bool`): something was (or, in a dry run, would be) renewed
          * diff (`str`): the dates that moved
          * failed (`bool`)

    Raises:
        ValueError: `kinds` holds anything else.
    """
    wanted = (RenewKind(kinds),) if isinstance(kinds, str) else tuple(map(RenewKind, kinds))

    def work(switch: Switch) -> RenewRecord:
        facts = switch.facts()
        dry = task.is_dry_run(dry_run)
        if require_verb(facts, Verb.RENEW) is Regime.USING_POLICY:
            return synchronise(switch, due_within, patience=patience, dry_run=dry, detach=detach)
        return _renew(switch, wanted, due_within, patience=patience, dry_run=dry, detach=detach)

    return run_on_switch(task, RenewRecord, work)


def _renew(
    switch: Switch,
    kinds: tuple[RenewKind, ...],
    due_within: timedelta | None,
    *,
    patience: Patience,
    dry_run: bool,
    detach: bool,
) -> RenewRecord:
    with switch.session.ahead(STATUS, CLOCK):
        before = read_status(switch.session)
        switch.notes["before"] = before
        switch.saw(renewal_parts(before, kinds, by_date=due_within is not None))
        require_registration(before)
        clock, read_at = read_clock(switch.session)
    require_clock(clock, read_at)
    possible = [kind for kind in kinds if is_renewable(kind, before)]
    due = [kind for kind in possible if is_due(kind.end(before), read_at, due_within)]
    if not due:
        what = (
            "nothing is due" if possible else "no licence is in use, so there is nothing to renew"
        )
        return record(switch, Outcome.ALREADY_OK, what)
    steps = tuple(f"{COMMAND} {kind}" for kind in due)
    if dry_run:
        switch.changed, switch.steps = True, steps
        switch.diff = "\n".join(f"+{step}" for step in steps)
        return record(switch, Outcome.PLANNED, f"would renew {' and '.join(due)}")
    switch.require_as_planned(steps)
    todo = tuple(map(str, due))
    ticket = new_ticket(switch, TicketKind.RENEWAL, status=before, first=before, todo=todo)
    return finish(switch, start_next(switch, ticket, patience), WAY, patience, detach=detach)
