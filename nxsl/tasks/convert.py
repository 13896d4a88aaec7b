"""The task `convert`: licence files (PAK) become smart licences, or the attempt is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nxsl.core import errors, reasons
from nxsl.core.conversion import (
    ConversionRecord,
    ConversionState,
    conversion_state,
    is_news,
    require_convertible,
    words_of,
)
from nxsl.core.outcome import Outcome
from nxsl.core.registration import Progress, require_registration
from nxsl.core.seen_parts import conversion_parts
from nxsl.core.ways import Verb, require_verb
from nxsl.nxos.read import read_status
from nxsl.tasks._poll import DEFAULT_PATIENCE, Patience, await_status, require_not_stopped
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from nornir.core.task import Result, Task

    from nxsl.core.records import LicenseStatus

CONNECTION_NAME = "netmiko"

_COMMAND = "license smart conversion"


def convert(
    task: Task,
    *,
    action: Literal["start", "stop"] = "start",
    patience: Patience = DEFAULT_PATIENCE,
    dry_run: bool | None = None,
) -> Result:
    """Let a registered switch convert its licence files, and wait for the answer; or stop it.

    The smart account decides; it may take up to an hour. What is converted, or under way, already
    is left alone.

    Args:
        task: Nornir's.
        action: `start` or `stop`.
        patience: how long to wait for the status to say so.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`ConversionRecord`): outcome, status before and after
          * changed (`bool`), diff (`str`), failed (`bool`)

    Raises:
        ValueError: `action` is anything else.
    """
    if action not in {"start", "stop"}:
        raise ValueError(f"a conversion is started or stopped, not {action!r}")

    def work(switch: Switch) -> ConversionRecord:
        before = _preflight(switch)
        settled = _settled(before, action)
        if settled:
            return _record(switch, Outcome.ALREADY_OK, settled)
        command = f"{_COMMAND} {action}"
        if task.is_dry_run(dry_run):
            switch.changed, switch.diff, switch.steps = True, f"+{command}", (command,)
            return _record(switch, Outcome.PLANNED, f"would {action} the conversion")
        require_not_stopped(patience)
        switch.require_as_planned((command,))
        return (_start if action == "start" else _stop)(switch, before, patience)

    return run_on_switch(task, ConversionRecord, work)


def _preflight(switch: Switch) -> LicenseStatus:
    require_verb(switch.facts(), Verb.CONVERT)
    before = read_status(switch.session)
    switch.notes["before"] = before
    switch.saw(conversion_parts(before))
    require_registration(before)
    require_convertible(before)
    return before


def _settled(before: LicenseStatus, action: str) -> str:
    """Why nothing needs to be sent; "" where something does."""
    state = conversion_state(before)
    if action == "stop":
        return "" if state.under_way else f"no conversion is under way ({words_of(before)})"
    if state.converted:
        return f"the licence files are converted ({words_of(before)})"
    return f"the conversion is under way ({words_of(before)})" if state.under_way else ""


def _start(switch: Switch, before: LicenseStatus, patience: Patience) -> ConversionRecord:
    seen = False

    def progress(now: LicenseStatus) -> Progress:
        nonlocal seen
        state = conversion_state(now)
        seen = seen or state.under_way
        if state.under_way or not is_news(before, now, seen_under_way=seen):
            return Progress.PENDING
        if state is ConversionState.FAILED:
            return Progress.FAILED
        return Progress.DONE if state.converted else Progress.PENDING

    answer = switch.send(f"{_COMMAND} start")
    found, after = await_status(switch, patience, progress)
    _note(switch, before, after)
    if found is Progress.FAILED and after and after.conversion:
        text = after.conversion.failure_reason
        reason = reasons.explain(text)
        switch.changed, switch.diff = False, ""  # the words differ, the licences are what they were
        raise errors.ConversionFailed(
            f"the conversion failed: {text or 'the switch gives no reason'} ({reason.cause})",
            text=f"{after.conversion.status}\nFailure reason: {text}",
            remedy=reason.remedy,
        )
    if found is not Progress.DONE or after is None:
        words = words_of(after) if after else "not known"
        raise errors.StillPending(
            f"the wait is over; the conversion is {words}",
            text=answer,
            remedy="it may take up to an hour and goes on by itself: nxsl verify then"
            if seen
            else "it has not begun to be seen: nxsl verify in some minutes, then start it again",
        )
    return _record(switch, Outcome.CHANGED_OK, f"licence files converted ({words_of(after)})")


def _stop(switch: Switch, before: LicenseStatus, patience: Patience) -> ConversionRecord:
    answer = switch.send(f"{_COMMAND} stop")
    found, after = await_status(
        switch,
        patience,
        lambda now: Progress.DONE if conversion_state(now).at_rest else Progress.PENDING,
    )
    _note(switch, before, after)
    if found is not Progress.DONE or after is None:
        raise errors.StillPending(
            "the wait is over, and that the conversion is stopped does not show; it is "
            f"{words_of(after) if after else 'not known'}",
            text=answer,
            remedy="nxsl verify in some minutes",
        )
    if conversion_state(after).converted:
        raise errors.ConversionFailed(
            f"the conversion ended before it could be stopped ({words_of(after)})",
            text=words_of(after),
            remedy="look at the licences in the smart account's portal",
        )
    return _record(switch, Outcome.CHANGED_OK, f"conversion stopped ({words_of(after)})")


def _note(switch: Switch, before: LicenseStatus, after: LicenseStatus | None) -> None:
    switch.notes["after"] = after
    old, new = words_of(before), words_of(after or before)
    switch.changed = old != new
    switch.diff = f"-conversion {old}\n+conversion {new}" if switch.changed else ""


def _record(switch: Switch, outcome: Outcome, detail: str) -> ConversionRecord:
    notes = switch.notes
    return ConversionRecord(
        outcome=outcome,
        detail=detail,
        facts=notes["facts"],
        before=notes["before"],
        after=notes.get("after"),
    )
