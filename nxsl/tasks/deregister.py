"""The task `deregister`: take a switch out of its virtual account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import Outcome, RegisterRecord
from nxsl.core.records import RegistrationState
from nxsl.core.registration import Progress, require_registration
from nxsl.core.seen_parts import registration_parts
from nxsl.core.ways import Verb, require_verb
from nxsl.nxos.read import read_status
from nxsl.tasks._poll import DEFAULT_PATIENCE, Patience, await_status, require_not_stopped
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from nornir.core.task import Result, Task

    from nxsl.core.records import LicenseStatus

CONNECTION_NAME = "netmiko"

_COMMAND = "license smart deregister"
# Whether NX-OS asks at all is to be confirmed on a switch; nothing else is answered.
_ANSWERS = {"continue": "y", "eregister": "y"}


def deregister(
    task: Task,
    *,
    patience: Patience = DEFAULT_PATIENCE,
    dry_run: bool | None = None,
) -> Result:
    """Deregister a switch; its licences go back to the virtual account.

    The switch forgets its registration at once, even where the backend cannot be told (Cisco's
    YANG model); registering again needs a token. A reservation is refused.

    Args:
        task: Nornir's.
        patience: how long to wait for the status to say so.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`RegisterRecord`): outcome, status before and after
          * changed (`bool`), diff (`str`), failed (`bool`)
    """

    def work(switch: Switch) -> RegisterRecord:
        return _deregister(switch, patience, dry_run=task.is_dry_run(dry_run))

    return run_on_switch(task, RegisterRecord, work)


def _deregister(switch: Switch, patience: Patience, *, dry_run: bool) -> RegisterRecord:
    facts = switch.facts()
    require_verb(facts, Verb.DEREGISTER)
    before = read_status(switch.session)
    switch.notes["before"] = before
    switch.saw(registration_parts(before))
    if _is_gone(before):
        return RegisterRecord(
            outcome=Outcome.ALREADY_OK, detail="not registered", facts=facts, before=before
        )
    registration = require_registration(before)
    account = f"{registration.smart_account} / {registration.virtual_account}"
    change = f"-{registration.status} ({account})\n+UNREGISTERED"
    if dry_run:
        switch.changed, switch.diff, switch.steps = True, change, (_COMMAND,)
        detail = f"would leave {account}"
        return RegisterRecord(outcome=Outcome.PLANNED, detail=detail, facts=facts, before=before)
    require_not_stopped(patience)
    switch.require_as_planned((_COMMAND,))
    switch.send(_COMMAND, answers=_ANSWERS)
    progress, after = await_status(
        switch, patience, lambda now: Progress.DONE if _is_gone(now) else Progress.PENDING
    )
    switch.notes["after"] = after
    if progress is not Progress.DONE:
        raise errors.StillPending(
            "the wait is over, and the switch still counts as registered",
            remedy="nxsl verify in some minutes",
        )
    switch.changed, switch.diff = True, change
    return RegisterRecord(
        outcome=Outcome.CHANGED_OK,
        detail=f"left {account}",
        facts=facts,
        before=before,
        after=after,
    )


def _is_gone(status: LicenseStatus) -> bool:
    registration = status.registration
    return registration is None or registration.state is RegistrationState.UNREGISTERED
