"""What the reservation tasks share: preflight, the scope word, waiting for a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from nxsl.core import errors
from nxsl.core.registration import Progress
from nxsl.core.reservation import ReservationRecord, ReservationState, reservation_state
from nxsl.core.seen_parts import registration_parts
from nxsl.core.ways import Verb, require_verb
from nxsl.nxos.read import read_status
from nxsl.nxos.wire import is_no_command
from nxsl.tasks._poll import Patience, await_status

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.core.outcome import Outcome
    from nxsl.core.records import LicenseStatus
    from nxsl.tasks._switch import Switch

T = TypeVar("T")

COMMAND = "license smart reservation"
SCOPE = " local"
"""Behind a command, in IOS-XE's form; it is tried first."""


def preflight(switch: Switch, require: Callable[[LicenseStatus], object]) -> LicenseStatus:
    """Read what decides, and refuse what cannot work; give the status before."""
    require_verb(switch.facts(), Verb.RESERVE)
    before = read_status(switch.session)
    switch.notes["before"] = before
    switch.saw(registration_parts(before))
    require(before)
    return before


def scoped(send: Callable[[str], T]) -> T:
    """Send in IOS-XE's form, with the scope `local`; without it where that is no command."""
    try:
        return send(SCOPE)
    except errors.CommandRejected as refused:
        if not is_no_command(refused.text):
            raise
    return send("")


def await_state(
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


def words(status: LicenseStatus) -> str:
    """The switch's own words for its registration."""
    return status.registration.status if status.registration else "not enabled"


def record(switch: Switch, outcome: Outcome, detail: str) -> ReservationRecord:
    """A record of what is noted so far."""
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
