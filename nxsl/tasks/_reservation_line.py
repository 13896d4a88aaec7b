"""The configuration line `license smart reservation`: read, written, undone, saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.nxos.read import read_reservation_line
from nxsl.tasks._switch import HELD_BACK

if TYPE_CHECKING:
    from nxsl.tasks._switch import Switch

LINE = "license smart reservation"


def enable(switch: Switch) -> None:
    """Write the line and prove it by reading it back.

    Raises:
        CommandRejected: the switch does not take it.
        SessionError: the session broke before it was there.
        NotApplied: it was taken without effect.
        NxslError: the switch cannot be asked any more.
    """
    switch.wrote = switch.changed = True
    switch.outcome, switch.diff = None, f"+{LINE}"
    refusal: errors.NxslError | None = None
    try:
        _write(switch, LINE)
    except HELD_BACK as error:
        if switch.held_back(error):
            switch.wrote, switch.changed, switch.diff = False, False, ""
        raise
    except errors.SessionError as error:
        refusal = error
        switch.reopen()  # whether it was written, the configuration tells
    except errors.CommandRejected as error:
        refusal = error
    if read_reservation_line(switch.session):
        return
    switch.changed, switch.diff, switch.outcome = False, "", Outcome.FAILED_CLEAN
    raise refusal or errors.NotApplied(
        f"`{LINE}` was written, and the running configuration does not show it",
        remedy="see whether this release has reservation: type the line by hand, with '?'",
    )


def disable(switch: Switch) -> None:
    """Take back the line that this task has written; note what a read says of it."""
    try:
        _write(switch, f"no {LINE}")
        there = read_reservation_line(switch.session)
    except errors.NxslError:
        there = True  # not proven to be gone
    switch.changed = there
    switch.diff = f"+{LINE}" if there else ""
    switch.outcome = Outcome.FAILED_DIRTY if there else Outcome.ROLLED_BACK


def save(switch: Switch) -> None:
    """Save, and prove it by the startup configuration, whatever the copy itself has said.

    Raises:
        SaveFailed, ParseError, CommandRejected: it is not saved.
        NxslError: the switch cannot be asked any more.
    """
    before = switch.wrote, switch.changed
    switch.wrote = switch.changed = True
    switch.outcome, switch.notes["saved"] = Outcome.FAILED_DIRTY, False
    odd: errors.NxslError | None = None
    try:
        switch.session.save()
    except HELD_BACK as error:
        if switch.held_back(error):
            switch.wrote, switch.changed = before
            switch.outcome = Outcome.FAILED_DIRTY if switch.changed else None
        raise
    except errors.SessionError:
        switch.reopen()
    except errors.ParseError as error:
        odd = error
    if not read_reservation_line(switch.session, "startup-config"):
        raise odd or errors.SaveFailed(
            f"the startup configuration lacks `{LINE}` after the save",
            remedy="copy running-config startup-config, then look at it",
        )
    switch.outcome, switch.notes["saved"] = None, True


def _write(switch: Switch, line: str) -> None:
    with switch.session.configuring((line,)) as configuration:
        configuration.write((), line)
