"""The conversion of traditional licences into smart ones that a switch itself asks for.

Recalled throughout, after the same agent on IOS-XE: the answers of `license smart conversion`, and
the words behind `Status:` other than `Not started`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.lab import texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from nxsl.lab.licensing import Agent, Timer

NOT_STARTED = "Not started"
STARTED = texts.Recalled("Started")
POLLING = texts.Recalled("In progress")
SUCCESSFUL = texts.Recalled("Successful")
FAILED = texts.Recalled("Failed")


@dataclass(frozen=True, slots=True)
class Conversion:
    """How far the conversion is.

    Attributes:
        words: What stands behind `Status:`, without its date.
        at: The date, for all words but `Not started` and `In progress`.
        failure: Why it failed.
    """

    words: str = NOT_STARTED
    at: datetime | None = None
    failure: str = ""

    @property
    def under_way(self) -> bool:
        """Whether an answer is still to come."""
        return self.words in {STARTED, POLLING}

    def lines(self, dates: Callable[[datetime], str], *, automatic: bool) -> list[str]:
        """Render the block of `show license status`."""
        on = f" on {dates(self.at)}" if self.at is not None else ""
        found = [
            "Smart License Conversion:",
            f"  Automatic Conversion Enabled: {automatic}",
            f"  Status: {self.words}{on}",
        ]
        return [*found, f"    Failure reason: {self.failure}"] if self.failure else found


class Converter:
    """Starts and stops the conversion of one switch.

    Args:
        agent: The agent that has to be registered for it, and keeps the state.
        clock: The switch's clock.
        later: Runs a call after some seconds.
        seconds: How long a conversion takes.
        failure: Why it fails; empty if it does not.
    """

    def __init__(
        self,
        agent: Agent,
        *,
        clock: Callable[[], datetime],
        later: Callable[[float, Callable[[], None]], Timer],
        seconds: float,
        failure: str,
    ) -> None:
        self._agent = agent
        self._clock = clock
        self._later = later
        self._seconds = seconds
        self._failure = failure
        self._timer: Timer | None = None

    def start(self) -> str:
        """Start it and answer as the agent does, before anything is known."""
        if not self._agent.state.registered:
            return texts.NOT_REGISTERED
        if self._agent.state.conversion.under_way:
            return texts.CONVERSION_UNDER_WAY
        self._agent.state.conversion = Conversion(STARTED, self._clock())
        self._timer = self._later(self._seconds / 2, self._poll)
        return texts.CONVERSION_STARTED

    def stop(self) -> str:
        """Call it off."""
        if not self._agent.state.conversion.under_way:
            return texts.NO_CONVERSION
        self.cancel()
        self._agent.state.conversion = Conversion()
        return texts.CONVERSION_STOPPED

    def cancel(self) -> None:
        """Call off what is to happen by itself."""
        if self._timer is not None:
            self._timer.cancel()

    def _poll(self) -> None:
        self._agent.state.conversion = Conversion(POLLING)
        self._timer = self._later(self._seconds / 2, self._end)

    def _end(self) -> None:
        state = self._agent.state
        failure = self._failure or self._agent.failure_to_reach()
        if not state.registered:
            failure = texts.NOT_REGISTERED
        words = FAILED if failure else SUCCESSFUL
        state.conversion = Conversion(words, self._clock(), failure)
