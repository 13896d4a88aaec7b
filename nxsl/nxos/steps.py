"""The one gate through which a session changes a switch: each step is noted by the run's guard.

Reading needs no leave; neither do `ping` and `telnet`, which change nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.guard import Step, StepEnd, StepKind, guard
from nxsl.nxos.wire import SecretCommand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_READS = ("show ", "dir ")
_ON_FILES = ("delete ",)

# The switch, or what stands before it, has answered: what was asked for was not done.
_ANSWERED = (
    errors.CommandRejected,
    errors.SaveFailed,
    errors.HostKeyUnknown,
    errors.HostKeyChanged,
)


@dataclass
class Course:
    """How a step goes.

    Attributes:
        refused: whether the switch has refused a part of it, although no error came of that.
    """

    refused: bool = False


class Gate:
    """Lets one session's steps pass, or not.

    Attributes:
        shut: set where the end of a step could not be noted; nothing passes any more.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self.shut: errors.JournalFailed | None = None

    @contextmanager
    def step(self, kind: StepKind, commands: Sequence[str]) -> Iterator[Course]:
        """Surround what changes the switch.

        Raises:
            NotTried, JournalFailed: it may not be; nothing of it was sent.
            JournalFailed: it was, and its end could not be noted; `shut` is set.
        """
        if self.shut is not None:
            raise self.shut
        step = Step(kind=kind, commands=tuple(commands))
        guard().before(self._host, step)
        course = Course()
        try:
            yield course
        except _ANSWERED:
            self._note(step, StepEnd.REFUSED)
            raise
        except BaseException:
            self._note(step, StepEnd.BROKEN)  # whatever it is, nobody knows what was done
            raise
        self._note(step, StepEnd.REFUSED if course.refused else StepEnd.DONE)

    @contextmanager
    def command(self, command: str | SecretCommand) -> Iterator[None]:
        """The same for a command outside configuration mode; one that only reads is let pass."""
        kind = kind_of(command)
        if kind is None:
            yield
            return
        with self.step(kind, (str(command),)):
            yield

    def _note(self, step: Step, end: StepEnd) -> None:
        try:
            guard().after(self._host, step, end)
        except errors.JournalFailed as error:
            self.shut = error
            raise


def kind_of(command: str | SecretCommand) -> StepKind | None:
    """What kind of step a command is outside configuration mode; None where it only reads."""
    if isinstance(command, SecretCommand):
        return StepKind.SECRET
    if command.startswith(_READS):
        return None
    return StepKind.FILE if command.startswith(_ON_FILES) else StepKind.COMMAND
