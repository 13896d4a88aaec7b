"""A file of ours on a switch's flash: what an earlier run left goes first, and ours goes last."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.nxos import flash
from nxsl.nxos.connect import CONNECTION_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netmiko import BaseConnection

    from nxsl.tasks._switch import Switch

PREFIX = "nxsl-"
"""So begin the names of files that are nxsl's own; no other file is ever deleted."""


@dataclass
class OurFile:
    """A file on the flash during a task.

    Attributes:
        name: its name.
        keep: whether it stays there at a good end.
        harmless: whether the file is all that the task has done to the switch so far.
        left: why it is still there against our will; "" where it is not.
    """

    name: str
    keep: bool = False
    harmless: bool = True
    left: str = ""


def connection_of(switch: Switch) -> BaseConnection:
    """The netmiko connection of the switch's session, which was opened before."""
    connection: BaseConnection = switch.task.host.connections[CONNECTION_NAME].connection
    return connection


@contextlib.contextmanager
def our_file(switch: Switch, name: str, *, keep: bool = False) -> Iterator[OurFile]:
    """Work with a file on the flash, and remove it whatever happens.

    Where it cannot be removed, the error says so, or `left` does at a good end.
    """
    ours = OurFile(name, keep=keep)
    flash.remove(switch.session, name)
    switch.wrote = True
    try:
        yield ours
    except BaseException as error:
        ours.left = _remove(switch, name)
        if isinstance(error, errors.NxslError):
            _account(switch, ours, error)
        raise
    if not keep:
        ours.left = _remove(switch, name)


def _remove(switch: Switch, name: str) -> str:
    """Remove the file, over a new session where the old one broke; why it is still there, or ""."""
    try:
        try:
            flash.remove(switch.session, name)
        except errors.SessionError:
            flash.remove(switch.reopen(), name)
    except errors.NxslError as problem:
        return f"{flash.path_of(name)} may still be on the switch: {problem.message}"
    return ""


def _account(switch: Switch, ours: OurFile, error: errors.NxslError) -> None:
    """Say in the error what is left, and note how the task has ended thereby."""
    if ours.left:
        error.args = (f"{error.message}; {ours.left}",)
    held_back = switch.held_back(error)
    known = isinstance(error, errors.ImportFailed | errors.CommandRejected)
    if ours.left and (ours.harmless or known):
        switch.outcome = Outcome.FAILED_DIRTY
    elif not ours.harmless:
        return
    elif held_back:
        switch.outcome = Outcome.NOT_RUN
    elif isinstance(error, errors.HostKeyUnknown | errors.HostKeyChanged):
        switch.outcome = Outcome.REFUSED
    elif not isinstance(error, errors.LicensingError | errors.Stopped):
        switch.outcome = Outcome.FAILED_CLEAN  # seen: the file is gone
