"""The task `configure_transport`: the way from the switch to its licensing backend."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.checkpoints import STEP
from nxsl.core.checks_policy_transport import vrf_limit
from nxsl.core.outcome import ConfigureRecord, Outcome
from nxsl.core.plan import is_still_ours, plan_transport
from nxsl.core.regime import Regime, regime_of
from nxsl.core.seen_parts import saved_parts, transport_parts
from nxsl.core.transport import (
    ConfigLine,
    Transport,
    TransportPlan,
    diff_transport,
    is_always_there,
    same_transport,
    typed,
    vrf_used,
)
from nxsl.core.ways import Verb, require_verb
from nxsl.fleet.intents import required_intent_of
from nxsl.nxos.commands import STARTUP, STATUS, transport_commands
from nxsl.nxos.read import read_policy_transport, read_status, read_transport, read_vrfs
from nxsl.nxos.session import SAVE_COMMAND
from nxsl.tasks._checkpoint import take, tidy
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from nornir.core.task import Result, Task

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.records import DeviceFacts

CONNECTION_NAME = "netmiko"


def configure_transport(
    task: Task,
    *,
    intent: LicensingIntent | None = None,
    remove_strays: bool = False,
    checkpoint: bool = False,
    dry_run: bool | None = None,
) -> Result:
    """Bring the licensing transport to what is intended, and prove it.

    Under classic Smart Licensing that is call home; under Smart Licensing Using Policy transport,
    URL, VRF and proxy of `license smart ...`, and call home where that is the transport.

    Writes only the lines that differ, reads back, saves, and reads what was saved. Where the
    switch refuses a line, or takes one without effect, what was written is undone.

    Args:
        task: Nornir's.
        intent: what is intended; the inventory's `licensing` data by default.
        remove_strays: remove https destinations that are not intended; they are always reported.
        checkpoint: make a checkpoint of the whole configuration before the first line, and go back
            to it where what was written cannot be undone line by line and nobody else has changed
            the configuration meanwhile. The last one stays on the switch; older own ones go.
        dry_run: plan only; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`ConfigureRecord`): outcome, plan, and whether it was saved
          * changed (`bool`): the switch's configuration was (or, in a dry run, would be) changed
          * diff (`str`): what changed or would
          * failed (`bool`)
    """

    def work(switch: Switch) -> ConfigureRecord:
        wanted = intent or required_intent_of(task.host)
        plan = _plan(switch, wanted, remove_strays=remove_strays)
        return _configure(
            switch, plan, wanted, dry_run=task.is_dry_run(dry_run), checkpoint=checkpoint
        )

    return run_on_switch(task, ConfigureRecord, work)


def _plan(switch: Switch, intent: LicensingIntent, *, remove_strays: bool) -> TransportPlan:
    require_verb(switch.facts(), Verb.CONFIGURE)
    plan = plan_transport(_read(switch, intent), intent, remove_strays=remove_strays)
    switch.notes["plan"] = plan
    if plan.lines:
        _require_vrf(switch, vrf_used(plan.after))
    return plan


def _configure(
    switch: Switch,
    plan: TransportPlan,
    intent: LicensingIntent,
    *,
    dry_run: bool,
    checkpoint: bool,
) -> ConfigureRecord:
    is_saved = same_transport(_read_saved(switch, plan.before, intent), plan.before)
    switch.saw(transport_parts(plan.before), saved_parts(saved=is_saved))
    steps = _steps(plan, is_saved=is_saved, checkpoint=checkpoint)
    if dry_run or (is_saved and not plan.lines):
        switch.diff = plan.diff
        switch.changed, switch.steps = bool(steps), steps
        return _without_writing(switch, plan, is_saved=is_saved)
    switch.require_as_planned(steps)
    if plan.lines:
        _write(switch, plan, intent, checkpoint=checkpoint)
    _save(switch, plan, intent)
    switch.changed = True
    untidy = tidy(switch) if "checkpoint" in switch.notes else ""
    what = "written and saved" if plan.lines else "saved"
    return ConfigureRecord(
        outcome=Outcome.CHANGED_OK,
        detail=_say(plan, switch.notes["facts"], what) + untidy,
        facts=switch.notes["facts"],
        plan=plan,
        saved=True,
        checkpoint=switch.notes.get("checkpoint", ""),
    )


def _steps(plan: TransportPlan, *, is_saved: bool, checkpoint: bool) -> tuple[str, ...]:
    """What would be typed; the same each time, so the checkpoint has no name yet."""
    if is_saved and not plan.lines:
        return ()
    first = (STEP,) if checkpoint and plan.lines else ()
    return (*first, *plan.commands, SAVE_COMMAND)


def _require_vrf(switch: Switch, vrf: str) -> None:
    if is_always_there(vrf):
        return
    if all(each.name != vrf for each in read_vrfs(switch.session).vrfs):
        raise errors.TransportRefused(
            f"the switch has no VRF {vrf}",
            remedy="correct 'vrf' in the inventory's licensing, or configure the VRF first",
        )


def _without_writing(switch: Switch, plan: TransportPlan, *, is_saved: bool) -> ConfigureRecord:
    if not switch.changed:
        outcome, what = Outcome.ALREADY_OK, "as intended"
    elif plan.lines:
        outcome, what = Outcome.PLANNED, "to write and save"
    else:
        outcome, what = Outcome.PLANNED, "as intended, but not saved: to save"
    return ConfigureRecord(
        outcome=outcome,
        detail=_say(plan, switch.notes["facts"], what),
        facts=switch.notes["facts"],
        plan=plan,
        saved=is_saved,
    )


def _say(plan: TransportPlan, facts: DeviceFacts, what: str) -> str:
    count = len(plan.lines)
    lines = f"{count} line{'s' if count > 1 else ''} " if count else ""
    strays = plan.strays if set(plan.strays) & set(_urls(plan.after)) else ()
    also = f"; stray destinations left alone: {', '.join(strays)}" if strays else ""
    limit = _vrf_limit(plan, facts)
    warning = f"; WARNING: {limit}" if limit else ""
    return f"{lines}{what}{also}{warning}"


def _vrf_limit(plan: TransportPlan, facts: DeviceFacts) -> str:
    """What the release does not know about the VRF that is intended."""
    policy = plan.after.policy
    if policy is None:
        return ""
    return vrf_limit(policy.mode, vrf_used(plan.after), facts)


def _urls(transport: Transport) -> tuple[str, ...]:
    return tuple(each.url for each in transport.call_home.destinations)


def _read(switch: Switch, intent: LicensingIntent) -> Transport:
    session = switch.session
    policy = regime_of(switch.notes["facts"]) is Regime.USING_POLICY
    asked = transport_commands(policy=policy, intent=intent)
    if policy:
        with session.ahead(*asked):
            return read_policy_transport(session, intent=intent)
    with session.ahead(STATUS, *asked):
        status = read_status(session)
        return read_transport(session, smart_enabled=status.enabled, intent=intent)


def _read_saved(switch: Switch, running: Transport, intent: LicensingIntent) -> Transport:
    session, of = switch.session, STARTUP
    policy = running.policy is not None
    with session.ahead(*transport_commands(policy=policy, intent=intent, of=of)):
        if policy:
            return read_policy_transport(session, intent=intent, of=of)
        return read_transport(session, smart_enabled=running.smart_enabled, intent=intent, of=of)


def _write(
    switch: Switch, plan: TransportPlan, intent: LicensingIntent, *, checkpoint: bool
) -> None:
    """Write the plan's lines and prove them; on any failure undo, and raise what went wrong."""
    fallback = take(switch, plan, lambda: _read(switch, intent)) if checkpoint else None
    written: list[ConfigLine] = []
    try:
        with switch.session.configuring(plan.commands) as configuration:
            for each in plan.lines:
                switch.wrote = switch.changed = True  # until a read has shown better
                written.append(each)
                configuration.write(each.context, each.line)
        after = _read(switch, intent)
        if not same_transport(after, plan.after):
            raise errors.NotApplied(
                "the switch took the lines, and its configuration is not as planned",
                text=diff_transport(plan.after, after),
                remedy="compare the diff with the switch's running configuration",
            )
    except errors.SessionError as error:
        _find_out(switch, plan, intent, error)
        if fallback is not None:
            if switch.outcome is Outcome.FAILED_DIRTY:
                # Undoing just our lines comes first; where that fails, the checkpoint is there.
                with contextlib.suppress(errors.NxslError):
                    _undo(switch, plan, intent, written)
            fallback.use(error)
        raise
    except errors.NxslError as error:
        if not written:
            raise
        try:
            _undo(switch, plan, intent, written)
        except errors.NxslError:
            _find_out(switch, plan, intent, error)
        if fallback is not None:
            fallback.use(error)
        raise
    switch.diff = plan.diff


def _undo(
    switch: Switch, plan: TransportPlan, intent: LicensingIntent, written: list[ConfigLine]
) -> None:
    """Take back what was written and is still there, and note what a fresh read says of it."""
    now = _read(switch, intent)
    ours = [each for each in written if is_still_ours(each, before=plan.before, now=now)]
    if ours:
        lines = typed((each.context, each.undo) for each in reversed(ours))
        with switch.session.configuring(lines) as configuration:
            for each in reversed(ours):
                # A refused one must not keep the others from being undone; the read below tells.
                with contextlib.suppress(errors.CommandRejected):
                    configuration.write(each.context, each.undo)
        now = _read(switch, intent)
    _note_remains(switch, plan, now, clean=Outcome.ROLLED_BACK if ours else Outcome.FAILED_CLEAN)


def _find_out(
    switch: Switch, plan: TransportPlan, intent: LicensingIntent, error: errors.NxslError
) -> None:
    """The session broke in the middle: ask the switch anew how it stands."""
    switch.outcome = Outcome.UNKNOWN if switch.wrote else Outcome.FAILED_CLEAN
    try:
        switch.reopen()
        now = _read(switch, intent)
    except errors.NxslError as unreachable:
        error.remedy = f"it could not be asked again ({unreachable.message}); run verify later"
        return
    _note_remains(switch, plan, now, clean=Outcome.FAILED_CLEAN)
    if isinstance(error, errors.SessionError):
        error.remedy = "run configure again: it goes on from where the switch stands"


def _note_remains(switch: Switch, plan: TransportPlan, now: Transport, *, clean: Outcome) -> None:
    switch.changed = not same_transport(plan.before, now)
    switch.diff = diff_transport(plan.before, now) if switch.changed else ""
    switch.outcome = Outcome.FAILED_DIRTY if switch.changed else clean


def _save(switch: Switch, plan: TransportPlan, intent: LicensingIntent) -> None:
    """Save, and prove it by the startup configuration, whatever the copy itself has said."""
    switch.wrote = True
    switch.outcome = Outcome.FAILED_DIRTY if plan.lines else Outcome.UNKNOWN
    unsaved = Outcome.FAILED_DIRTY if plan.lines else Outcome.FAILED_CLEAN
    odd: errors.NxslError | None = None
    try:
        switch.session.save()
    except errors.SessionError:
        switch.reopen()
    except errors.ParseError as error:
        odd = error
    except errors.NxslError as error:
        nothing = switch.held_back(error) and not plan.lines
        switch.outcome = Outcome.NOT_RUN if nothing else unsaved
        switch.notes["saved"] = False
        raise
    try:
        saved = _read_saved(switch, plan.after, intent)
    except errors.SessionError:
        switch.reopen()
        saved = _read_saved(switch, plan.after, intent)
    if not same_transport(saved, plan.after):
        switch.outcome, switch.notes["saved"] = unsaved, False
        raise odd or errors.SaveFailed(
            "the startup configuration is not the running one after the save",
            text=diff_transport(plan.after, saved),
            remedy="copy running-config startup-config, then show startup-config callhome",
        )
    switch.outcome = None
