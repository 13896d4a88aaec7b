"""The tasks of licence reservation (SLR, PLR): request, install, return, cancel.

No code reaches a log, a result or an exception. Request and return codes go from the switch into a
file that only its owner can read, authorization codes from such a file to the switch.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.core.registration import is_authorized
from nxsl.core.reservation import (
    CodeKind,
    ReservationRecord,
    ReservationState,
    code_in,
    phrase_in,
    require_cancellable,
    require_installable,
    require_known,
    require_requestable,
    require_returnable,
    reservation_state,
)
from nxsl.core.secret import MASK
from nxsl.fleet.codes import CodeFolder
from nxsl.nxos.wire import SecretCommand, is_no_command
from nxsl.tasks._poll import DEFAULT_PATIENCE, Patience, require_not_stopped
from nxsl.tasks._reservation import COMMAND, SCOPE, await_state, preflight, record, scoped, words
from nxsl.tasks._reservation_request import carry_out, steps_for, typed
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nornir.core.task import Result, Task

    from nxsl.core.records import LicenseStatus
    from nxsl.core.secret import SecretText, Token

CONNECTION_NAME = "netmiko"

# IOS-XE's question before a return; nothing else is answered.
_ANSWERS = {"continue": "yes"}
_REFUSED = re.compile(r"\bfail|\binvalid|\berror|does not match|not enabled|\bno \w", re.IGNORECASE)
_ASK_AGAIN = (
    f"AT ONCE type `{COMMAND} return` on the switch again and keep what it prints: without its "
    "return code the portal goes on counting the licences as reserved"
)

_IF_GONE = f"if `show license status` says UNREGISTERED: {_ASK_AGAIN}"


def request_reservation(
    task: Task,
    *,
    folder: str | Path,
    patience: Patience = DEFAULT_PATIENCE,
    dry_run: bool | None = None,
) -> Result:
    """Enable reservation, let the switch make a request code, and write it to a file.

    The code is to be entered in the portal of the smart account. A reservation that is installed
    is left alone; so is an open request whose code is in the folder already.

    Args:
        task: Nornir's.
        folder: gets `<host>.request-code`, readable by its owner only; made where it is not there.
        patience: its `stop` is heeded; nothing is waited for.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`ReservationRecord`): outcome, the file's name, whether the configuration is
            saved
          * changed (`bool`), diff (`str`), failed (`bool`)
    """
    codes = CodeFolder(folder)

    def work(switch: Switch) -> ReservationRecord:
        before = preflight(switch, require_requestable)
        if reservation_state(before) is ReservationState.INSTALLED:
            return record(switch, Outcome.ALREADY_OK, f"licences are reserved ({words(before)})")
        file = codes.path(task.host.name, CodeKind.REQUEST)
        switch.notes["file"] = str(file)
        is_open = reservation_state(before) is ReservationState.IN_PROGRESS
        steps = steps_for(switch, ask=not (is_open and file.is_file()))
        if not steps:
            return record(switch, Outcome.ALREADY_OK, f"the request is open, its code in {file}")
        codes.require_place()
        if task.is_dry_run(dry_run):
            switch.changed, switch.diff = True, "\n".join(f"+{step}" for step in steps)
            switch.steps = typed(steps)
            return record(switch, Outcome.PLANNED, f"would request a reservation; code in {file}")
        require_not_stopped(patience)
        switch.require_as_planned(typed(steps))
        with codes.waiting(task.host.name, CodeKind.REQUEST) as waiting:
            carry_out(switch, steps, waiting)
        return record(switch, Outcome.CHANGED_OK, f"reservation requested, the code is in {file}")

    return run_on_switch(task, ReservationRecord, work)


def install_reservation(
    task: Task,
    *,
    folder: str | Path | None = None,
    codes: Mapping[str, Token] | None = None,
    patience: Patience = DEFAULT_PATIENCE,
    dry_run: bool | None = None,
) -> Result:
    """Install the authorization code that the portal gave for the switch's request code.

    Args:
        task: Nornir's.
        folder: holds `<host>.authorization-code`, readable by its owner only.
        codes: the codes by host, instead of a folder.
        patience: how long to wait for the status to say so.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`ReservationRecord`): outcome, status before and after
          * changed (`bool`), diff (`str`), failed (`bool`)

    Raises:
        ValueError: neither or both of `folder` and `codes` are given.
    """
    if (folder is None) == (codes is None):
        raise ValueError("the codes come either from a folder or from a mapping")

    def work(switch: Switch) -> ReservationRecord:
        before = preflight(switch, require_known)
        if reservation_state(before) is ReservationState.INSTALLED:
            return record(switch, Outcome.ALREADY_OK, f"licences are reserved ({words(before)})")
        require_installable(before)
        code = _authorization(switch, folder, codes or {})
        change = f"-{words(before)}\n+reservation installed"
        steps = (f"{COMMAND} install {MASK}",)
        if task.is_dry_run(dry_run):
            switch.changed, switch.diff, switch.steps = True, change, steps
            return record(switch, Outcome.PLANNED, "would install the authorization code")
        require_not_stopped(patience)
        switch.require_as_planned(steps)
        answer = switch.send(SecretCommand(f"{COMMAND} install ", code))
        after = await_state(
            switch, patience, ReservationState.INSTALLED, once=bool(_REFUSED.search(answer))
        )
        if reservation_state(after) is not ReservationState.INSTALLED:
            raise _not_installed(switch, after, answer)
        switch.changed, switch.diff = True, f"-{words(before)}\n+{words(after)}"
        trouble = after.authorization if not is_authorized(after) else None
        also = f", BUT authorization is {trouble.status}" if trouble else ""
        return record(switch, Outcome.CHANGED_OK, f"licences reserved ({words(after)}){also}")

    return run_on_switch(task, ReservationRecord, work)


def return_reservation(
    task: Task,
    *,
    folder: str | Path,
    patience: Patience = DEFAULT_PATIENCE,
    dry_run: bool | None = None,
) -> Result:
    """Give the reserved licences back: the switch forgets them and prints a return code.

    The licences are free for others only when that code has been entered in the portal. The
    switch is unregistered from then on.

    Args:
        task: Nornir's.
        folder: gets `<host>.return-code`, readable by its owner only; a code that is there already
            is never overwritten.
        patience: how long to wait for the status to say so.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`ReservationRecord`): outcome, the file's name, status before and after
          * changed (`bool`), diff (`str`), failed (`bool`)
    """
    codes = CodeFolder(folder)

    def work(switch: Switch) -> ReservationRecord:
        before = preflight(switch, require_returnable)
        if reservation_state(before) is not ReservationState.INSTALLED:
            detail = f"no reservation is installed ({words(before)})"
            return record(switch, Outcome.ALREADY_OK, detail)
        file = codes.path(task.host.name, CodeKind.RETURN)
        if file.exists():
            raise errors.Refused(
                f"{file} is there, of a former return",
                remedy="enter it in the portal if that was not done, and move it away",
            )
        codes.require_place()
        switch.notes["file"] = str(file)
        change = f"-{words(before)}\n+UNREGISTERED"
        steps = (f"{COMMAND} return{SCOPE}",)
        if task.is_dry_run(dry_run):
            switch.changed, switch.diff, switch.steps = True, change, steps
            detail = f"would give the reserved licences back; return code in {file}"
            return record(switch, Outcome.PLANNED, detail)
        require_not_stopped(patience)
        switch.require_as_planned(steps)
        with codes.waiting(task.host.name, CodeKind.RETURN) as waiting:
            reply = _give_back(switch, change)
            code = code_in(reply, CodeKind.RETURN)
            kept = code is not None and waiting.fill(code)
        return _prove_return(switch, patience, change, kept=kept, reply=reply)

    return run_on_switch(task, ReservationRecord, work)


def cancel_reservation(
    task: Task,
    *,
    patience: Patience = DEFAULT_PATIENCE,
    dry_run: bool | None = None,
) -> Result:
    """Forget an open request; its code is worth nothing any more.

    Args:
        task: Nornir's.
        patience: how long to wait for the status to say so.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`ReservationRecord`): outcome, status before and after
          * changed (`bool`), diff (`str`), failed (`bool`)
    """

    def work(switch: Switch) -> ReservationRecord:
        before = preflight(switch, require_cancellable)
        if reservation_state(before) is not ReservationState.IN_PROGRESS:
            return record(switch, Outcome.ALREADY_OK, f"no request is open ({words(before)})")
        change = f"-{words(before)}\n+UNREGISTERED"
        steps = (f"{COMMAND} cancel{SCOPE}",)
        if task.is_dry_run(dry_run):
            switch.changed, switch.diff, switch.steps = True, change, steps
            return record(switch, Outcome.PLANNED, "would forget the open request")
        require_not_stopped(patience)
        switch.require_as_planned(steps)
        answer = scoped(lambda scope: switch.send(f"{COMMAND} cancel{scope}"))
        after = await_state(
            switch, patience, ReservationState.NONE, once=bool(_REFUSED.search(answer))
        )
        if reservation_state(after) is not ReservationState.NONE:
            switch.outcome = Outcome.FAILED_CLEAN
            raise errors.ReservationFailed(
                f"the request was not cancelled ({words(after)})",
                text=answer,
                remedy="nxsl verify, then try again",
            )
        switch.changed, switch.diff = True, change
        return record(switch, Outcome.CHANGED_OK, "the request is cancelled")

    return run_on_switch(task, ReservationRecord, work)


# -- install --------------------------------------------------------------------------------------


def _authorization(switch: Switch, folder: str | Path | None, codes: Mapping[str, Token]) -> Token:
    host = switch.task.host.name
    if folder is not None:
        place = CodeFolder(folder)
        switch.notes["file"] = str(place.path(host, CodeKind.AUTHORIZATION))
        return place.read(host, CodeKind.AUTHORIZATION)
    code = codes.get(host)
    if code is None:
        raise errors.SecretError(
            f"there is no authorization code for {host}",
            remedy="enter its request code in the portal",
        )
    return code


def _not_installed(switch: Switch, after: LicenseStatus, answer: str) -> errors.NxslError:
    if _REFUSED.search(answer):
        switch.outcome = Outcome.FAILED_CLEAN
        return errors.ReservationFailed(
            f"the switch did not install the code ({words(after)})",
            text=answer,
            remedy="compare it with the one the portal gave for this switch's request code",
        )
    return errors.StillPending(
        f"the wait is over; the switch is {words(after)}",
        text=answer,
        remedy="nxsl verify; if it has not come about then, install it again",
    )


# -- return ---------------------------------------------------------------------------------------


def _give_back(switch: Switch, change: str) -> SecretText:
    """Send the return, once. Where nothing came of it for sure, say what may be lost.

    Raises:
        CommandRejected: it was refused, and the reservation is still there.
        ReservationFailed: it was refused in words, and the reservation is gone all the same.
        NxslError: the switch cannot be asked any more.
    """
    try:
        return scoped(
            lambda scope: switch.send_unseen(f"{COMMAND} return{scope}", answers=_ANSWERS)
        )
    except errors.CommandRejected as refused:
        if not is_no_command(refused.text):
            _require_still_reserved(switch, change)
        raise
    except errors.NxslError as error:
        if not switch.held_back(error):
            error.remedy = _IF_GONE
        raise


def _require_still_reserved(switch: Switch, change: str) -> None:
    """A complaint of a switch need not mean that it has done nothing."""
    switch.outcome = None
    try:
        after = await_state(switch, Patience(), ReservationState.NONE, once=True)
    except errors.NxslError as error:
        error.remedy = _IF_GONE
        raise
    if reservation_state(after) is ReservationState.NONE:
        raise _lost(switch, change)
    switch.outcome = Outcome.FAILED_CLEAN


def _lost(switch: Switch, change: str) -> errors.ReservationFailed:
    switch.changed, switch.diff, switch.outcome = True, change, Outcome.FAILED_DIRTY
    return errors.ReservationFailed(
        "the reservation is gone from the switch, and its RETURN CODE COULD NOT BE KEPT",
        remedy=_ASK_AGAIN,
    )


def _prove_return(
    switch: Switch, patience: Patience, change: str, *, kept: bool, reply: SecretText
) -> ReservationRecord:
    """Prove it by the status; a code that was not kept is said loudly, whatever else is true."""
    try:
        refused = not kept and bool(phrase_in(reply))
        after = await_state(switch, patience, ReservationState.NONE, once=refused)
    except errors.NxslError as error:
        if not kept:
            error.remedy = _IF_GONE
        raise
    gone = reservation_state(after) is ReservationState.NONE
    if gone and kept:
        switch.changed, switch.diff = True, change
        detail = (
            f"licences given back; enter the return code in {switch.notes['file']} in the portal"
        )
        return record(switch, Outcome.CHANGED_OK, detail)
    if gone:
        raise _lost(switch, change)
    if kept:
        raise errors.StillPending(
            f"the return code is in {switch.notes['file']}, but the switch is {words(after)}",
            remedy="nxsl verify; enter the code in the portal only when it is unregistered",
        )
    switch.outcome = Outcome.FAILED_CLEAN
    raise errors.ReservationFailed(
        f"nothing was returned ({words(after)})", remedy="nxsl verify, then try again"
    )
