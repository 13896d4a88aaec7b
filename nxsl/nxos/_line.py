"""A terminal line and the prompt at its end: what is waited for, and when a line is lost."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.nxos import manners, wire
from nxsl.nxos.batch import new_fence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.nxos.batch import Batch
    from nxsl.nxos.terminal import Terminal

# How long the switch must be silent before a question, or a prompt with a log line behind it, is
# taken for what it seems to be.
QUIET = 0.4
# How long it must be silent at a prompt until lines typed ahead are given up: it never got them.
_LOST = 2.0
# How long nothing may come after the login until Enter is pressed.
_SHY = 3.0


class Line:
    """A terminal line.

    Attributes:
        prompt: the switch's; known once it has been greeted or met.
        mode: the mode of the last prompt, such as `(config)`; empty in exec mode.
        broken: whether it is of no use any more, as a command did not come to its end.
        ahead: whether lines are typed ahead; whoever made the line knows the switch's manners.
    """

    def __init__(
        self, terminal: Terminal, log: Callable[[str], object] | None = None, *, place: str = ""
    ) -> None:
        """Take over a terminal line.

        Args:
            terminal: the line.
            place: address and port of the switch.
            log: gets what is said, secrets masked.
        """
        self.prompt = wire.OwnPrompt("")
        self.mode = ""
        self.broken = False
        self.ahead = manners.takes_lines_ahead(place)
        self.place = place
        self._terminal = terminal
        self._log = log

    @property
    def host(self) -> str:
        """The inventory's name, for errors."""
        return self._terminal.host

    @host.setter
    def host(self, name: str) -> None:
        self._terminal.host = name

    @property
    def last_line(self) -> str:
        """The last line that came, secrets masked."""
        return wire.mask(wire.tidy(self._terminal.text), "").strip().rpartition("\n")[2].strip()

    def _await_first_prompt(self, deadline: float) -> None:
        """Whether it was a line of a banner shows when the preparation is answered."""
        terminal = self._terminal
        nudged = False
        since = time.monotonic()
        while not has_prompt(terminal.text):
            if terminal.wait(deadline, quiet=QUIET):
                since = time.monotonic()
            elif not nudged and time.monotonic() - since > _SHY and not _asks(terminal.text):
                terminal.enter("")
                nudged = True

    def _is_behind(self, fence: str) -> bool:
        """Whether a prompt stands behind the fence, wrapped or not."""
        text = self._terminal.text
        end = wire.Echo(fence).end_in(text)
        behind = wire.tidy(text[end:]) if end is not None else ""
        return "\n" in behind and wire.read_prompt(behind.rpartition("\n")[2]) is not None

    def _learn_prompt(self, fence: str) -> None:
        """Take the last line for the prompt.

        Raises:
            NarrowTerminal: the fence came back wrapped.
        """
        text = self._terminal.text
        if fence not in text:
            raise self._narrow()
        prompt = wire.read_prompt(wire.tidy(text).rpartition("\n")[2])
        if prompt is not None:
            self.prompt, self.mode = wire.OwnPrompt(prompt.hostname), prompt.mode

    def _require_width(self, batch: Batch) -> None:
        """Tell replies that came back wrapped from others that were not understood.

        Raises:
            NarrowTerminal: a fence came back wrapped.
        """
        text = self._terminal.text
        for _, fence in batch.lines:
            if fence not in text and wire.Echo(fence).end_in(text) is not None:
                raise self._narrow()

    def _narrow(self) -> errors.NarrowTerminal:
        return errors.NarrowTerminal(
            "the switch wraps its lines: `terminal width 511` had no effect", host=self.host
        )

    def _is_answered(self, batch: Batch, deadline: float, *, each: float = 0.0) -> bool:
        """Wait for the prompt behind the last fence; each command has `each` seconds of its own.

        Returns:
            False where it will not come: a pager has taken letters, or lines were lost.

        Raises:
            SessionError.
        """
        terminal = self._terminal
        done = 0
        since = time.monotonic()
        while True:
            heard = terminal.wait(deadline, quiet=QUIET)
            now = time.monotonic()
            text = terminal.text
            if wire.MORE in text:
                return False
            if heard:
                since = now
                answered = batch.answered(text, done)
                if answered > done:
                    done, deadline = answered, max(deadline, now + each)
            if (place := text.rfind(batch.end)) >= 0 and has_prompt(text[place:]):
                return True
            if not heard and now - since > _LOST and has_prompt(text):
                return False

    def _find_back(self, deadline: float) -> None:
        """Wait until a fence alone is answered by its echo and a prompt, and by nothing else.

        What is still to be read by the switch are lines of the preparation, which print nothing.

        Raises:
            SessionError.
        """
        terminal = self._terminal
        while True:
            fence = new_fence()
            terminal.begin()
            terminal.enter(fence)
            since = time.monotonic()
            while time.monotonic() - since < _LOST:
                if terminal.wait(deadline, quiet=QUIET):
                    since = time.monotonic()  # until it has nothing to say any more
            lines = wire.tidy(terminal.text).split("\n")
            last = wire.read_prompt(lines[-1])
            if last is not None and [each for each in lines[:-1] if each] == [fence]:
                self.prompt, self.mode = wire.OwnPrompt(last.hostname), last.mode
                return

    @contextmanager
    def _of_use_no_more(self) -> Iterator[None]:
        """After an error in the block, which gets what the switch said."""
        try:
            yield
        except errors.SessionError as error:
            self.broken = True
            error.text = wire.mask(wire.tidy(self._terminal.text), "")[-2000:]
            raise

    def _note(self, text: str) -> None:
        if self._log is not None:
            self._log(wire.mask(text, ""))


def has_prompt(text: str) -> bool:
    """Whether the last line looks like a prompt."""
    return wire.read_prompt(last_line_of(text)) is not None


def last_line_of(text: str) -> str:
    """What stands behind the last line end."""
    return text[max(text.rfind("\n"), text.rfind("\r")) + 1 :]


def _asks(text: str) -> bool:
    """Whether the last line waits for something that Enter might answer wrongly."""
    return text.rstrip().endswith((":", "?", "]"))
