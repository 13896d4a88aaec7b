"""A checkpoint to fall back to: made before the first line, gone back to where undoing failed.

NX-OS lets one user at a time make a checkpoint, roll back or save, so a busy switch is asked again
for a while.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from nxsl.core import checkpoints as core
from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.core.transport import diff_transport, same_transport
from nxsl.nxos import checkpoints as nxos

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.core.transport import Transport, TransportPlan
    from nxsl.nxos.session import Session
    from nxsl.tasks._switch import Switch

T = TypeVar("T")

BUSY_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between one attempt and the next while the switch is busy."""
_NAMES = 3  # that are tried, should one be taken

_GONE = (errors.SessionError, errors.ConnectError)


def take(switch: Switch, plan: TransportPlan, read: Callable[[], Transport]) -> Fallback:
    """Make a checkpoint, prove that it is there, and give the way back to it.

    Own checkpoints of former runs are removed but for the newest ones; nobody else's ever is.

    Raises:
        CheckpointRefused: the switch holds as many as it can.
        CheckpointFailed: it did not make one.
        NxslError: the switch could not be asked.
    """
    for name in core.to_make_room(nxos.read_checkpoints(switch.session)):
        _changed(switch, partial(nxos.remove_checkpoint, switch.session, name))
    name = _make(switch)
    if all(each.name != name for each in nxos.read_checkpoints(switch.session)):
        raise errors.CheckpointFailed(
            f"the switch says that it made the checkpoint {name}, and does not list it"
        )
    switch.notes["checkpoint"] = name
    return Fallback(switch, name, plan, read)


def tidy(switch: Switch) -> str:
    """After a success: leave the last own checkpoint, for an operator who wants to go back.

    Returns:
        What to say where that could not be done; the success stands.
    """
    try:
        for name in core.older(nxos.read_checkpoints(switch.session), keep=1):
            _changed(switch, partial(nxos.remove_checkpoint, switch.session, name))
    except errors.NxslError as error:
        return f"; older checkpoints of nxsl could not be removed ({error.message})"
    return ""


def _make(switch: Switch) -> str:
    for left in reversed(range(_NAMES)):
        name = core.new_name(datetime.now(UTC), secrets.token_hex(2))
        try:
            _changed(switch, partial(nxos.make_checkpoint, switch.session, name))
        except errors.CheckpointFailed as error:
            if not (left and core.is_taken(error.text)):
                raise
        else:
            return name
    raise AssertionError("the last attempt ends in one way or the other")


def _changed(switch: Switch, run: Callable[[], None]) -> None:
    """Make or remove a checkpoint, patiently.

    Raises:
        CheckpointRefused, CheckpointFailed: the switch did not.
        PermissionDenied, ParseError, SessionError.
    """
    try:
        _patiently(run)
        # Something was done, and until a line is written the configuration is what it was.
        switch.outcome = Outcome.FAILED_CLEAN
    except errors.JournalFailed as error:
        if not switch.held_back(error):
            switch.outcome = Outcome.FAILED_CLEAN
        raise
    except errors.PermissionDenied:
        raise
    except errors.CommandRejected as error:
        if core.is_full(error.text):
            raise errors.CheckpointRefused(
                f"the switch takes no further checkpoint: {error.message}",
                text=error.text,
                remedy="remove one (`no checkpoint NAME`), or configure without --checkpoint",
            ) from error
        why = "somebody else is at a checkpoint, rollback or save: "
        raise errors.CheckpointFailed(
            f"{why if core.is_busy(error.text) else ''}{error.message}", text=error.text
        ) from error


def _patiently(run: Callable[[], T]) -> T:
    """Run a command, and again while the switch is busy."""
    for pause in BUSY_PAUSES:
        try:
            return run()
        except errors.PermissionDenied:
            raise
        except errors.CommandRejected as error:
            if not core.is_busy(error.text):
                raise
        time.sleep(pause)
    return run()


@dataclass(frozen=True, slots=True)
class Fallback:
    """The way back to the checkpoint of this run.

    Attributes:
        switch: the switch.
        name: the checkpoint's name.
        plan: what was being written.
        read: reads the transport as it is now.
    """

    switch: Switch
    name: str
    plan: TransportPlan
    read: Callable[[], Transport]

    @property
    def command(self) -> str:
        """What goes back to it."""
        return f"rollback running-config checkpoint {self.name} atomic"

    def use(self, error: errors.NxslError) -> None:
        """Bring the whole configuration back where undoing `error` has left something.

        It is only done where nobody else's lines would go, and only a fresh read and an empty patch
        prove it; what the rollback itself says is but a hint. Somebody may still write between the
        look and the rollback: NX-OS has no lock that would keep them from it.

        Raises:
            RollbackFailed: it was not done, or is not proven.
        """
        if self.switch.outcome not in {Outcome.FAILED_DIRTY, Outcome.UNKNOWN}:
            return
        try:
            patch = self._ask(lambda session: nxos.read_patch(session, self.name))
        except (errors.CommandRejected, errors.ParseError, *_GONE) as problem:
            if isinstance(problem, _GONE) and self.switch.outcome is Outcome.UNKNOWN:
                error.remedy = f"{error.remedy}; the checkpoint {self.name} holds what was before"
                return
            why = f"it was not tried, as what it would change cannot be read: {problem.message}"
            raise self._failed(error, why) from error
        if self.switch.outcome is Outcome.UNKNOWN:
            error.remedy = error.usual_remedy  # it can be asked, after all
        theirs = core.foreign_lines(patch, self.plan)
        if len(theirs) < len(patch.lines):
            self.switch.outcome = Outcome.FAILED_DIRTY  # some of ours are there
        if theirs:
            raise self._failed(
                error,
                f"it was not tried, as lines that are not nxsl's would go too ({len(theirs)})",
                *map(core.shown, theirs),
                caution=", which takes back their lines as well",
            ) from error
        self._prove(error, self._send(error) if patch.lines else "there was nothing to take back")

    def _send(self, error: errors.NxslError) -> str:
        """Roll back; give what was said, which proves nothing."""
        try:
            return _patiently(lambda: nxos.roll_back(self.switch.session, self.name)).words
        except (errors.CommandRejected, errors.ParseError) as problem:
            return problem.message
        except errors.JournalFailed:
            self.switch.outcome = Outcome.UNKNOWN  # it may have been done
            raise
        except errors.SessionError as broken:
            self.switch.outcome = Outcome.UNKNOWN
            try:
                self.switch.reopen()
            except errors.NxslError as gone:
                raise self._failed(
                    error, f"{broken.message}, and {gone.message}: nobody knows what it did"
                ) from error
            return broken.message

    def _prove(self, error: errors.NxslError, said: str) -> None:
        """Prove by two reads that everything is as it was; what the rollback said is no proof."""
        switch = self.switch
        switch.outcome = Outcome.UNKNOWN  # until a read has shown better
        try:
            now = self._ask(lambda _: self.read())
            switch.outcome, switch.changed = Outcome.FAILED_DIRTY, True
            switch.diff = diff_transport(self.plan.before, now)
            patch = self._ask(lambda session: nxos.read_patch(session, self.name))
        except (errors.CommandRejected, errors.ParseError, *_GONE) as problem:
            why = f"it cannot be proven: {problem.message} (it said: {said})"
            raise self._failed(error, why, switch.diff) from error
        if not same_transport(self.plan.before, now) or patch.lines:
            left = tuple(map(core.shown, core.foreign_lines(patch, self.plan)))
            switch.diff = switch.diff or "\n".join(f"+{core.shown(line)}" for line in patch.lines)
            why = f"the configuration is not that of the checkpoint (it said: {said})"
            raise self._failed(error, why, switch.diff, *left) from error
        switch.changed, switch.diff, switch.outcome = False, "", Outcome.ROLLED_BACK
        how = f"the whole configuration was rolled back to checkpoint {self.name}"
        error.args = (f"{error.message}; {how}",)

    def _ask(self, read: Callable[[Session], T]) -> T:
        """Read, patiently, and once more where the session has broken."""
        try:
            return _patiently(lambda: read(self.switch.session))
        except errors.SessionError:
            self.switch.reopen()
            return _patiently(lambda: read(self.switch.session))

    def _failed(
        self, error: errors.NxslError, why: str, *evidence: str, caution: str = ""
    ) -> errors.RollbackFailed:
        return errors.RollbackFailed(
            f"{error.message}; the rollback to checkpoint {self.name} failed: {why}",
            text="\n".join(filter(None, (error.text, *evidence))),
            remedy=f"look at `show diff rollback-patch checkpoint {self.name} running-config`, "
            f"then undo the lines by hand, or type `{self.command}`{caution}",
        )
