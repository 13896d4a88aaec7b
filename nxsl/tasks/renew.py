"""The task `renew`: the ID certificate, the authorization, or both."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nxsl.core import errors, reasons
from nxsl.core.outcome import Outcome, RenewRecord
from nxsl.core.regime import Regime
from nxsl.core.registration import (
    Progress,
    RenewKind,
    is_authorized,
    is_due,
    is_renewable,
    renewal_progress,
    require_clock,
    require_registration,
    until_distinguishable,
)
from nxsl.core.seen_parts import renewal_parts
from nxsl.core.state import clock_skew
from nxsl.core.ways import Verb, require_verb
from nxsl.nxos.read import read_clock, read_status
from nxsl.tasks._policy import synchronise
from nxsl.tasks._poll import DEFAULT_PATIENCE, Patience, await_status, require_not_stopped
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from nornir.core.task import Result, Task

    from nxsl.core.records import LicenseStatus

CONNECTION_NAME = "netmiko"

KINDS = tuple(RenewKind)
_COMMAND = "license smart renew"
_NOT_SENT = errors.Stopped | errors.NotTried | errors.JournalFailed


def renew(
    task: Task,
    *,
    kinds: Sequence[RenewKind | str] = KINDS,
    due_within: timedelta | None = None,
    patience: Patience = DEFAULT_PATIENCE,
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
            return synchronise(switch, due_within, patience=patience, dry_run=dry)
        return _renew(switch, wanted, due_within, patience=patience, dry_run=dry)

    return run_on_switch(task, RenewRecord, work)


def _renew(
    switch: Switch,
    kinds: tuple[RenewKind, ...],
    due_within: timedelta | None,
    *,
    patience: Patience,
    dry_run: bool,
) -> RenewRecord:
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
        return _record(switch, Outcome.ALREADY_OK, what)
    steps = tuple(f"{_COMMAND} {kind}" for kind in due)
    if dry_run:
        switch.changed, switch.steps = True, steps
        switch.diff = "\n".join(f"+{step}" for step in steps)
        return _record(switch, Outcome.PLANNED, f"would renew {' and '.join(due)}")
    switch.require_as_planned(steps)
    skew = clock_skew(clock, read_at)
    endings = [_renew_one(switch, kind, patience, skew) for kind in due]
    failures = [each for each in endings if each is not None]
    if failures:
        switch.outcome = _outcome(switch, failures)
        raise _together(failures)
    detail = f"renewed {' and '.join(due)}"
    after = switch.notes["after"]
    if not is_authorized(after) and after.authorization:
        detail += f", BUT authorization is {after.authorization.status}"
    return _record(switch, Outcome.CHANGED_OK, detail)


def _renew_one(
    switch: Switch, kind: RenewKind, patience: Patience, skew: timedelta | None
) -> errors.NxslError | None:
    """Renew one kind; a failure is given back, so that the other kind is tried all the same."""
    before = read_status(switch.session)
    pause = until_distinguishable(kind.attempt(before), skew, datetime.now(UTC))
    time.sleep(pause.total_seconds())
    try:
        require_not_stopped(patience)
        switch.send(f"{_COMMAND} {kind}")
    except (errors.CommandRejected, errors.Stopped) as refused:
        return refused
    except (errors.NotTried, errors.JournalFailed) as error:
        if not switch.held_back(error):
            raise
        return error
    progress, after = await_status(
        switch, patience, lambda now: renewal_progress(kind, before, now)
    )
    switch.notes["after"] = after
    attempt = kind.attempt(after) if after else None
    if progress is Progress.DONE and after is not None:
        switch.changed = True
        switch.diff = "\n".join(filter(None, (switch.diff, _diff(kind, before, after))))
        switch.notes["renewed"] = (*switch.notes.get("renewed", ()), str(kind))
        return None
    if progress is Progress.FAILED and attempt is not None:
        reason = reasons.explain(attempt.failure_reason)
        return errors.RenewalFailed(
            f"renew {kind} failed: {attempt.failure_reason or attempt.word} ({reason.cause})",
            text=f"Failure reason: {attempt.failure_reason}",
            remedy=reason.remedy,
        )
    return errors.StillPending(
        f"renew {kind}: the wait is over and the dates have not moved",
        remedy="the agent goes on by itself: nxsl verify in some minutes",
    )


def _outcome(switch: Switch, failures: list[errors.NxslError]) -> Outcome:
    if any(isinstance(each, errors.StillPending) for each in failures):
        return Outcome.PENDING
    if all(isinstance(each, errors.Stopped) for each in failures):
        return Outcome.PENDING if switch.changed else Outcome.NOT_RUN
    if all(isinstance(each, _NOT_SENT) for each in failures) and not switch.changed:
        return Outcome.NOT_RUN
    return Outcome.FAILED_CLEAN  # told from what the switch answered; dirty where one was renewed


def _together(failures: list[errors.NxslError]) -> errors.NxslError:
    """One error for all; a failure outweighs what is only pending."""
    worst = min(failures, key=lambda each: isinstance(each, errors.StillPending))
    return type(worst)(
        "; ".join(each.message for each in failures),
        text="\n".join(filter(None, (each.text for each in failures))),
        remedy=worst.remedy,
    )


def _diff(kind: RenewKind, before: LicenseStatus, after: LicenseStatus) -> str:
    what = "registration expires" if kind is RenewKind.ID else "communication deadline"
    return f"-{what} {_day(kind.end(before))}\n+{what} {_day(kind.end(after))}"


def _day(date: datetime | None) -> str:
    return f"{date:%Y-%m-%d %H:%M:%S} UTC" if date else "not shown"


def _record(switch: Switch, outcome: Outcome, detail: str) -> RenewRecord:
    notes = switch.notes
    return RenewRecord(
        outcome=outcome,
        detail=detail,
        facts=notes["facts"],
        renewed=notes.get("renewed", ()),
        before=notes["before"],
        after=notes.get("after"),
    )
