"""A block of lines in configuration mode: entered, written, and left again; one step as a whole."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.guard import StepKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nxsl.nxos.session import Session
    from nxsl.nxos.steps import Course

_ENTER = "configure terminal"


class Configuration:
    """Writes lines while the session is in configuration mode."""

    def __init__(
        self, enter: Callable[[str], object], announced: Sequence[str], course: Course
    ) -> None:
        self._enter = enter
        self._announced = frozenset(line.strip() for line in announced)
        self._course = course
        self._context: tuple[str, ...] = ()

    def write(self, context: tuple[str, ...], line: str) -> None:
        """Write one line in the mode that `context` leads to.

        Raises:
            ValueError: the line is none of those that the block was opened with.
            CommandRejected, PermissionDenied, UnexpectedQuestion, SessionError: the line, or one
                of the lines that lead into its mode, was not taken.
        """
        strange = {*context, line} - self._announced
        if strange:
            raise ValueError(f"not announced: {', '.join(sorted(strange))}")
        try:
            self._write(context, line)
        except errors.CommandRejected:
            self._course.refused = True
            raise

    def _write(self, context: tuple[str, ...], line: str) -> None:
        if context != self._context:
            if self._context:
                self._enter("exit")
                self._context = ()
            for each in context:
                self._enter(each)
            self._context = context
        self._enter(line)


@contextmanager
def configuring(
    session: Session, enter: Callable[[str], object], lines: Sequence[str]
) -> Iterator[Configuration]:
    """Enter configuration mode, and leave it whatever happens.

    Args:
        session: the session.
        enter: types a line, and raises where it is refused.
        lines: what may be written, as one would type it, modes included.

    Raises:
        CommandRejected, PermissionDenied: the switch does not let us in.
        NotTried, JournalFailed: the run's guard does not, or could not note the end.
    """
    with session.gate.step(StepKind.CONFIGURE, lines) as course:
        enter(_ENTER)
        if not session.mode.startswith("(config"):
            raise errors.CommandRejected(
                "the switch did not enter configuration mode", host=session.host, command=_ENTER
            )
        try:
            yield Configuration(enter, lines, course)
        except errors.SessionError:
            raise  # the session is of no use any more
        except BaseException:
            session.leave_configuration()
            raise
        session.leave_configuration()
