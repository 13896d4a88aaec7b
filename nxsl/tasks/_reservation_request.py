"""The steps of `request_reservation`: the configuration line, the request code, the save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.core.reservation import (
    CodeKind,
    ReservationState,
    code_in,
    phrase_in,
    reservation_state,
)
from nxsl.core.seen_parts import saved_parts
from nxsl.nxos.read import read_reservation_line, read_status
from nxsl.nxos.session import SAVE_COMMAND
from nxsl.tasks import _reservation_line as line
from nxsl.tasks._reservation import COMMAND, SCOPE, scoped, words

if TYPE_CHECKING:
    from nxsl.core.records import LicenseStatus
    from nxsl.core.secret import SecretText
    from nxsl.fleet.codes import Waiting
    from nxsl.tasks._switch import Switch


_REQUEST = f"{COMMAND} request"


def steps_for(switch: Switch, *, ask: bool) -> list[str]:
    """What is to be typed: the configuration line, the request, the save."""
    enabled = read_reservation_line(switch.session)
    saved = enabled and read_reservation_line(switch.session, "startup-config")
    switch.notes["saved"] = saved
    switch.saw({"reservation line": "yes" if enabled else "no"}, saved_parts(saved=saved))
    steps = (line.LINE, not enabled), (_REQUEST, ask), (SAVE_COMMAND, not saved)
    return [step for step, needed in steps if needed]


def typed(steps: list[str]) -> tuple[str, ...]:
    """The same as they are typed."""
    return tuple(f"{step}{SCOPE}" if step == _REQUEST else step for step in steps)


def carry_out(switch: Switch, steps: list[str], waiting: Waiting) -> None:
    """Enable, ask for the code, save; a refused request takes the line back that was written."""
    ours = line.LINE in steps
    if ours:
        line.enable(switch)
    if _REQUEST in steps:
        _take_code(switch, waiting, ours=ours)
    if SAVE_COMMAND in steps:
        line.save(switch)


def _take_code(switch: Switch, waiting: Waiting, *, ours: bool) -> None:
    try:
        reply = scoped(lambda scope: switch.send_unseen(f"{_REQUEST}{scope}"))
    except errors.CommandRejected:
        if ours:
            line.disable(switch)
        raise
    code = code_in(reply, CodeKind.REQUEST)
    kept = code is not None and waiting.fill(code)
    after = read_status(switch.session)
    switch.notes["after"] = after
    before = switch.notes["before"]
    if words(after) != words(before):
        switch.changed = True
        change = f"-{words(before)}\n+{words(after)}"
        switch.diff = "\n".join(filter(None, (switch.diff, change)))
    if kept:
        return
    if code is not None or reservation_state(after) is ReservationState.IN_PROGRESS:
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
        f"the request is open ({words(switch.notes['after'])}), and its code {why}",
        remedy=f"{again}; or take it by hand: {COMMAND} request",
    )


def _no_request(reply: SecretText, after: LicenseStatus) -> errors.ReservationFailed:
    if not reply:
        return errors.ReservationFailed(
            f"the session broke, and no request is open ({words(after)})", remedy="run it again"
        )
    phrase = phrase_in(reply)
    said = f"it says '{phrase}'" if phrase else "its answer is not shown: it may hold a code"
    return errors.ReservationFailed(
        f"the switch opened no request ({words(after)}); {said}",
        remedy=f"type `{COMMAND} request` by hand to see what it says",
    )
