"""Checkpoints of a switch: made, listed, compared, gone back to, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.secret import hide_secrets
from nxsl.nxos.parse import parse

if TYPE_CHECKING:
    from nxsl.core.checkpoint_records import Checkpoint, RollbackPatch, RollbackReply
    from nxsl.nxos.session import Session

CHECKPOINT_TIMEOUT = 300.0
"""Seconds until a checkpoint must be made or compared; both collect the whole configuration."""
ROLLBACK_TIMEOUT = 1200.0
"""The same for a rollback; napalm notes more than 12 minutes for a 6.2(16)."""


def read_checkpoints(session: Session) -> tuple[Checkpoint, ...]:
    """`show checkpoint summary`."""
    text = session.show("show checkpoint summary", timeout=CHECKPOINT_TIMEOUT, verbatim=True)
    return parse("show checkpoint summary", text)


def read_patch(session: Session, name: str) -> RollbackPatch:
    """What leads from the checkpoint to the running configuration, secrets masked."""
    command = f"show diff rollback-patch checkpoint {name} running-config"
    text = session.show(command, timeout=CHECKPOINT_TIMEOUT, verbatim=True)
    # A patch shows everybody's lines; no secret is in a line of nxsl's.
    return parse("show diff rollback-patch", hide_secrets(text, configuration=True))


def make_checkpoint(session: Session, name: str) -> None:
    """Make a checkpoint.

    Raises:
        CommandRejected, PermissionDenied: the switch did not.
        ParseError, SessionError.
    """
    _command(session, f"checkpoint {name}")


def remove_checkpoint(session: Session, name: str) -> None:
    """Remove a checkpoint; the same is raised."""
    _command(session, f"no checkpoint {name}")


def roll_back(session: Session, name: str) -> RollbackReply:
    """Bring the whole configuration of a checkpoint back, or nothing of it.

    Raises:
        CommandRejected, PermissionDenied: the switch did not begin.
        ParseError: it said something that is not known.
        SessionError.
    """
    command = f"rollback running-config checkpoint {name} atomic"
    text = session.execute(command, timeout=ROLLBACK_TIMEOUT)
    return parse("rollback running-config", text)


def _command(session: Session, command: str) -> None:
    text = session.execute(command, timeout=CHECKPOINT_TIMEOUT)
    reply = parse("checkpoint", text)
    if not reply.done:
        raise errors.CommandRejected(
            f"the switch refused '{command}': {reply.words}",
            host=session.host,
            command=command,
            text=text,
        )
