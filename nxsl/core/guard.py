"""What stands between nxsl and every write: the guard of the run that a task belongs to.

`nxsl.nxos` asks it before each login and around each step that changes a switch, the tasks ask it
whether what they are about to do is what somebody has agreed to. A task that is run by itself, from
a script or a notebook, has no guard, and everything is let pass.

The guard is ambient, because a step must not escape it by being written in a task that forgot to
hand it on. It is set in the thread that runs the task (`guarded`), so it works with any runner.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nxsl.core.seen import Seen
    from nxsl.core.tickets import Ticket


class StepKind(StrEnum):
    """What kind of side effect a step is."""

    CONFIGURE = "configure"
    """Lines in configuration mode."""
    SAVE = "save"
    """The running configuration becomes the startup configuration."""
    COMMAND = "command"
    """A command that changes something, or starts something."""
    SECRET = "secret"  # noqa: S105 (a kind of step)
    """The same, with an ID token or a code in it: it must not be sent twice by accident."""
    FILE = "file"
    """A file is put on the switch, or removed there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One side effect.

    Attributes:
        kind: what kind.
        commands: what is typed, in order, secrets masked.
    """

    kind: StepKind
    commands: tuple[str, ...]


class StepEnd(StrEnum):
    """How a step ended, as far as the session can tell."""

    DONE = "done"
    """The switch took it."""
    REFUSED = "refused"
    """The switch answered, and did not do it."""
    BROKEN = "broken"
    """The session broke: nobody knows whether it was done."""


class Guard(Protocol):
    """What a run has to say about its tasks; every method may be called from any thread."""

    def logging_in(self, host: str, credential: str) -> AbstractContextManager[None]:
        """Surround one attempt to log in; what is raised inside tells how it went.

        Args:
            host: the inventory's name.
            credential: the same word for the same credential; it holds no secret.

        Raises:
            NotTried: the credential was refused elsewhere; nothing was sent.
        """

    def require_planned(self, host: str, seen: Seen, steps: tuple[str, ...]) -> None:
        """Refuse a host that is no longer as it was when its plan was made.

        Args:
            host: the inventory's name.
            seen: what the decision was made from, now.
            steps: what would be typed now.

        Raises:
            PlanRefused: the plan says something else; the message says what has changed.
        """

    def expect(self, host: str, ticket: Ticket) -> None:
        """Say by what it will be told how the next step has ended; kept with that step."""

    def before(self, host: str, step: Step) -> None:
        """Note a step that is about to be taken; only if this returns it may be.

        Raises:
            NotTried: the run wants nothing more to be sent to this host.
            JournalFailed: it could not be noted.
        """

    def after(self, host: str, step: Step, end: StepEnd) -> None:
        """Note how a step has ended.

        Raises:
            JournalFailed: it could not be noted; nothing further must be sent.
        """


class Unguarded:
    """Lets everything pass."""

    def logging_in(self, host: str, credential: str) -> AbstractContextManager[None]:  # noqa: ARG002
        """Let pass."""
        return nullcontext()

    def require_planned(self, host: str, seen: Seen, steps: tuple[str, ...]) -> None:
        """Let pass."""

    def expect(self, host: str, ticket: Ticket) -> None:
        """Keep nothing."""

    def before(self, host: str, step: Step) -> None:
        """Let pass."""

    def after(self, host: str, step: Step, end: StepEnd) -> None:
        """Keep nothing."""


_NONE: Guard = Unguarded()
_current: ContextVar[Guard] = ContextVar("nxsl_guard", default=_NONE)


def guard() -> Guard:
    """The guard of the task that runs in this thread."""
    return _current.get()


@contextmanager
def guarded(by: Guard) -> Iterator[None]:
    """Let a guard watch what this thread does inside the block."""
    token = _current.set(by)
    try:
        yield
    finally:
        _current.reset(token)
