"""The tasks of licence reservation (SLR, PLR): request, install, return, cancel.

No code reaches a log, a result or an exception. Request and return codes go from the switch into a
file that only its owner can read, authorization codes from such a file to the switch.
"""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 (Nornir users read the signatures at run time)
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.core.registration import Progress, is_authorized
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
from nxsl.core.ways import Verb, require_verb
from nxsl.fleet.codes import CodeFolder
from nxsl.nxos.read import read_facts, read_status
from nxsl.nxos.wire import SecretCommand
from nxsl.tasks import _reservation_line as line
from nxsl.tasks._poll import DEFAULT_PATIENCE, Patience, await_status, require_not_stopped
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from nornir.core.task import Result, Task

    from nxsl.core.records import LicenseStatus
    from nxsl.core.secret import SecretText, Token
    from nxsl.fleet.codes import Waiting

    T = TypeVar("T")

CONNECTION_NAME = "netmiko"

_COMMAND = "license smart reservation"
_SAVE = "copy running-config startup-config"
# IOS-XE's question before a return; nothing else is answered.
_ANSWERS = {"continue": "yes"}
_REFUSED = re.compile(r"\bfail|\binvalid|\berror|does not match|not enabled|\bno \w", re.IGNORECASE)
_ASK_AGAIN = (
    f"AT ONCE type `{_COMMAND} return` on the switch again and keep what it prints: without its "
    "return code the portal goes on counting the licences as reserved"
)


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
        before = _preflight(switch, require_requestable)
        if reservation_state(before) is ReservationState.INSTALLED:
            return _record(switch, Outcome.ALREADY_OK, f"licences are reserved ({_words(before)})")
        file = codes.path(task.host.name, CodeKind.REQUEST)
        switch.notes["file"] = str(file)
        is_open = reservation_state(before) is ReservationState.IN_PROGRESS
        steps = _steps(switch, ask=not (is_open and file.is_file()))
        if not steps:
            return _record(switch, Outcome.ALREADY_OK, f"the request is open, its code in {file}")
        codes.require_place()
        if task.is_dry_run(dry_run):
            switch.changed, switch.diff = True, "\n".join(f"+{step}" for step in steps)
            return _record(switch, Outcome.PLANNED, f"would request a reservation; code in {file}")
        require_not_stopped(patience)
        with codes.waiting(task.host.name, CodeKind.REQUEST) as waiting:
            _request(switch, steps, waiting)
        return _record(switch, Outcome.CHANGED_OK, f"reservation requested, the code is in {file}")

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
        before = _preflight(switch, require_known)
        if reservation_state(before) is ReservationState.INSTALLED:
            return _record(switch, Outcome.ALREADY_OK, f"licences are reserved ({_words(before)})")
        require_installable(before)
        code = _authorization(switch, folder, codes or {})
        change = f"-{_words(before)}\n+reservation installed"
        if task.is_dry_run(dry_run):
            switch.changed, switch.diff = True, change
            return _record(switch, Outcome.PLANNED, "would install the authorization code")
        require_not_stopped(patience)
        answer = switch.send(SecretCommand(f"{_COMMAND} install ", code))
        after = _await(
            switch, patience, ReservationState.INSTALLED, once=bool(_REFUSED.search(answer))
        )
        if reservation_state(after) is not ReservationState.INSTALLED:
            raise _not_installed(switch, after, answer)
        switch.changed, switch.diff = True, f"-{_words(before)}\n+{_words(after)}"
        trouble = after.authorization if not is_authorized(after) else None
        also = f", BUT authorization is {trouble.status}" if trouble else ""
        return _record(switch, Outcome.CHANGED_OK, f"licences reserved ({_words(after)}){also}")

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
        before = _preflight(switch, require_returnable)
        if reservation_state(before) is not ReservationState.INSTALLED:
            detail = f"no reservation is installed ({_words(before)})"
            return _record(switch, Outcome.ALREADY_OK, detail)
        file = codes.path(task.host.name, CodeKind.RETURN)
        if file.exists():
            raise errors.Refused(
                f"{file} is there, of a former return",
                remedy="enter it in the portal if that was not done, and move it away",
            )
        codes.require_place()
        switch.notes["file"] = str(file)
        change = f"-{_words(before)}\n+UNREGISTERED"
        if task.is_dry_run(dry_run):
            switch.changed, switch.diff = True, change
            detail = f"would give the reserved licences back; return code in {file}"
            return _record(switch, Outcome.PLANNED, detail)
        require_not_stopped(patience)
        with codes.waiting(task.host.name, CodeKind.RETURN) as waiting:
            reply = _scoped(
                lambda scope: switch.send_unseen(f"{_COMMAND} return{scope}", answers=_ANSWERS)
            )
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
        before = _preflight(switch, require_cancellable)
        if reservation_state(before) is not ReservationState.IN_PROGRESS:
            return _record(switch, Outcome.ALREADY_OK, f"no request is open ({_words(before)})")
        change = f"-{_words(before)}\n+UNREGISTERED"
        if task.is_dry_run(dry_run):
            switch.changed, switch.diff = True, change
            return _record(switch, Outcome.PLANNED, "would forget the open request")
        require_not_stopped(patience)
        answer = _scoped(lambda scope: switch.send(f"{_COMMAND} cancel{scope}"))
        after = _await(switch, patience, ReservationState.NONE, once=bool(_REFUSED.search(answer)))
        if reservation_state(after) is not ReservationState.NONE:
            switch.outcome = Outcome.FAILED_CLEAN
            raise errors.ReservationFailed(
                f"the request was not cancelled ({_words(after)})",
                text=answer,
                remedy="nxsl verify, then try again",
            )
        switch.changed, switch.diff = True, change
        return _record(switch, Outcome.CHANGED_OK, "the request is cancelled")

    return run_on_switch(task, ReservationRecord, work)


def _preflight(switch: Switch, require: Callable[[LicenseStatus], object]) -> LicenseStatus:
    facts = read_facts(switch.session)
    switch.notes["facts"] = facts
    require_verb(facts, Verb.RESERVE)
    before = read_status(switch.session)
    switch.notes["before"] = before
    require(before)
    return before


def _scoped(send: Callable[[str], T]) -> T:
    """Send in IOS-XE's form, with the scope `local`; without it where that is no command."""
    try:
        return send(" local")
    except errors.PermissionDenied:
        raise
    except errors.CommandRejected as refused:
        if "% invalid command" not in refused.text.lower():
            raise
    return send("")


def _await(
    switch: Switch, patience: Patience, wanted: ReservationState, *, once: bool = False
) -> LicenseStatus:
    """Read the status until it is as wanted; `once` where the switch has refused."""
    limit = Patience(deadline=0.0, first_pause=0.0) if once else patience
    _, after = await_status(
        switch,
        limit,
        lambda now: Progress.DONE if reservation_state(now) is wanted else Progress.PENDING,
    )
    after = after or switch.notes["before"]
    switch.notes["after"] = after
    return after


# -- request --------------------------------------------------------------------------------------


def _steps(switch: Switch, *, ask: bool) -> list[str]:
    """What is to be typed: the configuration line, the request, the save."""
    enabled = line.is_there(switch.session)
    saved = enabled and line.is_there(switch.session, "startup-config")
    switch.notes["saved"] = saved
    steps = (line.LINE, not enabled), (f"{_COMMAND} request", ask), (_SAVE, not saved)
    return [step for step, needed in steps if needed]


def _request(switch: Switch, steps: list[str], waiting: Waiting) -> None:
    """Enable, ask for the code, save; a refused request takes the line back that was written."""
    ours = line.LINE in steps
    if ours:
        line.enable(switch)
    if f"{_COMMAND} request" in steps:
        _take_code(switch, waiting, ours=ours)
    if _SAVE in steps:
        line.save(switch)


def _take_code(switch: Switch, waiting: Waiting, *, ours: bool) -> None:
    try:
        reply = _scoped(lambda scope: switch.send_unseen(f"{_COMMAND} request{scope}"))
    except errors.CommandRejected:
        if ours:
            line.disable(switch)
        raise
    code = code_in(reply, CodeKind.REQUEST)
    kept = code is not None and waiting.fill(code)
    after = read_status(switch.session)
    switch.notes["after"] = after
    before = switch.notes["before"]
    if _words(after) != _words(before):
        switch.changed = True
        change = f"-{_words(before)}\n+{_words(after)}"
        switch.diff = "\n".join(filter(None, (switch.diff, change)))
    if kept:
        return
    if reservation_state(after) is ReservationState.IN_PROGRESS:
        switch.outcome = Outcome.FAILED_DIRTY
        raise _unread(switch, reply, waiting, known=code is not None)
    if ours:
        line.disable(switch)
    else:
        switch.outcome = Outcome.FAILED_CLEAN
    raise _no_request(reply, after)


def _unread(
    switch: Switch, reply: SecretText, waiting: Waiting, *, known: bool
) -> errors.NxslError:
    again = "run it again: the switch prints the code of an open request once more"
    if known:
        return errors.TransferFailed(
            f"the request is open, and its code could not be written to {waiting.final}",
            remedy=f"make room, then {again}",
        )
    why = "could not be told for sure from its answer" if reply else "got lost with the session"
    return errors.ReservationFailed(
        f"the request is open ({_words(switch.notes['after'])}), and its code {why}",
        remedy=f"{again}; or take it by hand: {_COMMAND} request",
    )


def _no_request(reply: SecretText, after: LicenseStatus) -> errors.ReservationFailed:
    if not reply:
        return errors.ReservationFailed(
            f"the session broke, and no request is open ({_words(after)})", remedy="run it again"
        )
    phrase = phrase_in(reply)
    words = f"it says '{phrase}'" if phrase else "its answer is not shown: it may hold a code"
    return errors.ReservationFailed(
        f"the switch opened no request ({_words(after)}); {words}",
        remedy=f"type `{_COMMAND} request` by hand to see what it says",
    )


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
            f"the switch did not install the code ({_words(after)})",
            text=answer,
            remedy="compare it with the one the portal gave for this switch's request code",
        )
    return errors.StillPending(
        f"the wait is over; the switch is {_words(after)}",
        text=answer,
        remedy="nxsl verify; if it has not come about then, install it again",
    )


# -- return ---------------------------------------------------------------------------------------


def _prove_return(
    switch: Switch, patience: Patience, change: str, *, kept: bool, reply: SecretText
) -> ReservationRecord:
    """Prove it by the status; a code that was not kept is said loudly, whatever else is true."""
    try:
        refused = not kept and bool(phrase_in(reply))
        after = _await(switch, patience, ReservationState.NONE, once=refused)
    except errors.NxslError as error:
        if not kept:
            error.remedy = f"if `show license status` says UNREGISTERED: {_ASK_AGAIN}"
        raise
    gone = reservation_state(after) is ReservationState.NONE
    if gone:
        switch.changed, switch.diff = True, change
    if gone and kept:
        detail = (
            f"licences given back; enter the return code in {switch.notes['file']} in the portal"
        )
        return _record(switch, Outcome.CHANGED_OK, detail)
    if gone:
        switch.outcome = Outcome.FAILED_DIRTY
        raise errors.ReservationFailed(
            "the reservation is gone from the switch, and its RETURN CODE COULD NOT BE KEPT",
            remedy=_ASK_AGAIN,
        )
    if kept:
        raise errors.StillPending(
            f"the return code is in {switch.notes['file']}, but the switch is {_words(after)}",
            remedy="nxsl verify; enter the code in the portal only when it is unregistered",
        )
    switch.outcome = Outcome.FAILED_CLEAN
    raise errors.ReservationFailed(
        f"nothing was returned ({_words(after)})", remedy="nxsl verify, then try again"
    )


def _words(status: LicenseStatus) -> str:
    return status.registration.status if status.registration else "not enabled"


def _record(switch: Switch, outcome: Outcome, detail: str) -> ReservationRecord:
    notes = switch.notes
    return ReservationRecord(
        outcome=outcome,
        detail=detail,
        facts=notes["facts"],
        before=notes["before"],
        after=notes.get("after"),
        file=notes.get("file", ""),
        saved=notes.get("saved"),
    )
