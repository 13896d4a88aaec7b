"""Ends a command that does not end by itself, such as a telnet that has connected."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nxsl.nxos import wire
    from nxsl.nxos.terminal import Terminal

INTERRUPT = "\x03"

# The escape of telnet, and the prompt of its own that it then shows.
ESCAPE = "\x1d"
_CLIENT = re.compile(r"telnet> ?\Z")

# Seconds that the command has to end in, each time that it was told to.
_GRACE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """When a command is ended.

    Attributes:
        until: what its reply must hold.
        seconds: how long that is waited for.
    """

    until: re.Pattern[str]
    seconds: float

    @property
    def longest(self) -> float:
        """Seconds until the prompt must be back, whatever it takes to end the command."""
        return self.seconds + 4 * _GRACE

    def bring_about(self, terminal: Terminal, echo: wire.Echo, prompt: wire.OwnPrompt) -> None:
        """Wait until the command has ended, or end it: by Ctrl-C, else by telnet's own escape.

        That the prompt is back is not promised; the caller waits for it.

        Raises:
            SessionDropped, ReplyTooLong.
        """
        if _has_ended(terminal, echo, prompt, self.seconds, until=self.until):
            return
        terminal.press(INTERRUPT)
        if _has_ended(terminal, echo, prompt, _GRACE):
            return
        terminal.press(ESCAPE)
        # Only telnet is told to quit: the same word means another thing to a switch.
        if not _has_ended(terminal, echo, prompt, _GRACE, until=_CLIENT) and _CLIENT.search(
            terminal.text
        ):
            terminal.enter("quit")


def _has_ended(
    terminal: Terminal,
    echo: wire.Echo,
    prompt: wire.OwnPrompt,
    seconds: float,
    *,
    until: re.Pattern[str] | None = None,
) -> bool:
    """Wait for the prompt, for `until`, or for the time to be over; whether it is the prompt."""
    end = time.monotonic() + seconds
    while True:
        echoed = echo.end_in(terminal.text)
        if echoed is not None and prompt.ends(terminal.text):
            return True
        if echoed is not None and until is not None and until.search(terminal.text, echoed):
            return False
        left = end - time.monotonic()
        if left <= 0:
            return False
        # Its deadline lies behind `end`: that the time is over is no error here.
        terminal.wait(end + _GRACE, quiet=left)
