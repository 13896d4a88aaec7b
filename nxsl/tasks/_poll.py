"""Asking again until something asynchronous has come about."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from nxsl.core import errors
from nxsl.core.registration import Progress
from nxsl.nxos.conversation import SHOW_TIMEOUT
from nxsl.nxos.read import read_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.core.records import LicenseStatus
    from nxsl.nxos.session import Session
    from nxsl.tasks._switch import Switch


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for the licensing agent, and how often to ask.

    The agent takes "somewhere between seconds and hours", says Cisco's YANG model.

    Attributes:
        deadline: seconds from the command to giving up waiting (the agent goes on by itself).
        first_pause: seconds before the first question.
        growth: each pause is so many times as long as the one before.
        longest_pause: seconds.
        stop: when it is set, the waiting ends as if the deadline had passed.
    """

    deadline: float = 600.0
    first_pause: float = 2.0
    growth: float = 1.5
    longest_pause: float = 20.0
    stop: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    def pauses(self) -> Iterator[float]:
        """The pauses, without end."""
        pause = self.first_pause
        while True:
            yield pause
            pause = min(pause * self.growth, self.longest_pause)


# Seconds that even the last question before the deadline gets.
_LEAST_TIME = 15.0

DEFAULT_PATIENCE = Patience()


def await_status(
    switch: Switch, patience: Patience, progress: Callable[[LicenseStatus], Progress]
) -> tuple[Progress, LicenseStatus | None]:
    """Wait for something that `show license status` of classic Smart Licensing tells."""
    return await_reading(switch, patience, read_status_within, progress)


def read_status_within(session: Session, timeout: float) -> LicenseStatus:
    """Read the status, in so many seconds."""
    return read_status(session, timeout=timeout)


def await_reading(
    switch: Switch,
    patience: Patience,
    read: Callable[[Session, float], T],
    progress: Callable[[T], Progress],
) -> tuple[Progress, T | None]:
    """Read until `progress` is no longer pending, or the deadline has passed.

    A session that breaks meanwhile is opened again once a question: the agent works on without it.

    Returns:
        The progress, and what was read last.

    Raises:
        ParseError, CommandRejected: the deadline has passed, and so ended the last question.
        NxslError: the switch could not be asked any more.
    """
    end = time.monotonic() + patience.deadline
    status: T | None = None
    problem: errors.NxslError | None = None
    for pause in patience.pauses():
        left = end - time.monotonic()
        over = left <= 0 or patience.stop.wait(min(pause, left))
        if over and (status is not None or problem is not None):
            break
        # Asked at least once, however short the wait: what was sent shall not go unanswered.
        try:
            status, problem = _ask(switch, read, end), None
        except (errors.ParseError, errors.CommandRejected) as error:
            problem = error  # what stands between two states, or a busy AAA server, need not last
            continue
        except (errors.SessionError, errors.ConnectError):
            if over and status is not None:
                break  # it answered before; what it said then is what is known
            raise
        now = progress(status)
        if now is not Progress.PENDING:
            return now, status
    if problem is not None:
        raise problem
    return Progress.PENDING, status


def _ask(switch: Switch, read: Callable[[Session, float], T], end: float) -> T:
    """Ask once, and once more where the session has broken, but hardly beyond the deadline."""
    try:
        return read(switch.session, _until(end))
    except errors.SessionError:
        switch.reopen()
        return read(switch.session, _until(end))


def _until(end: float) -> float:
    return min(SHOW_TIMEOUT, max(end - time.monotonic(), _LEAST_TIME))


def require_not_stopped(patience: Patience) -> None:
    """Send nothing more once the run has been stopped.

    Raises:
        Stopped: it has been.
    """
    if patience.stop.is_set():
        raise errors.Stopped("the run was stopped before anything was sent to this switch")
