"""The terminal line of one session: echo, line editing, pages and wrapped lines."""

from __future__ import annotations

import asyncio
import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.lab import texts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nxsl.lab.shell import Shell

INTERRUPT = "\x03"
END_OF_FILE = "\x04"
SUSPEND = "\x1a"
_ERASE = frozenset({"\x7f", "\x08"})
_ENTER = frozenset({"\r", "\n"})


class HungUp(Exception):
    """The session is over."""


@dataclass(slots=True)
class Treatment:
    """What faults do to the bytes of one reply.

    Attributes:
        left: How many bytes get out before the connection is cut; None for all.
        size: The size of the pieces; 0 for no pieces.
        pause: The seconds between them.
        swap: Bytes to be replaced, and by what.
    """

    left: int | None = None
    size: int = 0
    pause: float = 0.0
    swap: tuple[bytes, bytes] | None = None


class Terminal:
    """Reads keys and writes text.

    Args:
        send: Gives bytes to the SSH channel.
        drained: Waits until the channel takes more.
        cut: Cuts the TCP connection.
        shell: Knows the width and the length of a page.
        tty: Whether this is a terminal: one echoes, wraps and writes CRLF.
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        drained: Callable[[], Awaitable[object]],
        cut: Callable[[], None],
        shell: Shell,
        *,
        tty: bool = True,
    ) -> None:
        self._send = send
        self._drained = drained
        self._cut = cut
        self._shell = shell
        self._tty = tty
        self._keys = ""
        # Incremental: a character may come in two packets.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._more = asyncio.Event()
        self._waiting = False
        self._ended = False
        # With `echo_ahead`: whether a line is being read, and how many keys are echoed already.
        self._reading = False
        self._echoed = 0
        self.treatment = Treatment()

    # -- input ------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Take what the user typed; it waits until somebody reads."""
        record = self._shell.device.record
        record.typed += len(data)
        record.rounds += self._waiting
        self._waiting = False
        typed = self._decoder.decode(data)
        self._keys += typed
        self._more.set()
        if self._shell.device.spec.echo_ahead and self._tty and not self._reading:
            self._echoed += len(typed)
            self._send(typed.replace("\r", "\r\n").encode())

    def end(self) -> None:
        """Take note that nothing more will come."""
        self._ended = True
        self._more.set()

    async def read_key(self) -> str:
        """Wait for one character.

        Raises:
            HungUp: If the user is gone.
        """
        await self._filled()
        return self._take(1)

    def _take(self, count: int) -> str:
        taken, self._keys = self._keys[:count], self._keys[count:]
        self._echoed = max(0, self._echoed - count)
        return taken

    async def read_line(self, prompt: str) -> str | None:
        """Print a prompt and read a line with echo.

        Returns:
            The line; None if Ctrl-C threw it away; with the Ctrl-Z at its end if that ended it.

        Raises:
            HungUp: If the user is gone, or left with Ctrl-D.
        """
        self._shell.device.record.prompts += 1
        if self._shell.device.spec.drops_ahead:
            self._keys = ""
        await self.write(("\r" if self._shell.device.spec.nxos_line_ends else "") + prompt)
        self._reading = True
        try:
            return await self._edit_line(prompt)
        finally:
            self._reading = False

    async def _edit_line(self, prompt: str) -> str | None:
        line, column = "", len(prompt)
        while True:
            await self._filled()
            plain = _plain_length(self._keys)
            if plain:
                known = min(self._echoed, plain)
                typed = self._take(plain)
                line += typed
                column = self._echo(typed[known:], column)
                continue
            known = self._echoed
            key = self._take(1)
            if key in _ENTER:
                self._swallow_line_feed(key)
                if not known:
                    await self.write("\r\n" if self._shell.device.spec.nxos_line_ends else "\n")
                return line
            if key in _ERASE:
                if line:
                    line, column = line[:-1], column - 1
                    self._send(b"\b \b")
            elif key == INTERRUPT:
                await self.write("^C\n")
                return None
            elif key == SUSPEND:
                await self.write("^Z\n")
                return line + SUSPEND
            elif key == END_OF_FILE and not line:
                raise HungUp

    async def _filled(self) -> None:
        while not self._keys:
            if self._ended:
                raise HungUp
            self._more.clear()
            self._waiting = True
            await self._more.wait()

    def _swallow_line_feed(self, key: str) -> None:
        """Take CR LF as one Enter when both are there."""
        if key == "\r" and self._keys.startswith("\n"):
            self._take(1)

    def _echo(self, typed: str, column: int) -> int:
        """Echo what was typed; at the right edge go on in the next row, as line editors do."""
        if not self._tty:
            return column
        width, out = self._shell.width, []
        for char in typed:
            out.append(char)
            column += 1
            if width and column % width == 0:
                out.append(" \r")
        self._send("".join(out).encode())
        return column

    # -- output -----------------------------------------------------------------------------------

    async def pause(self, seconds: float) -> None:
        """Let time go by."""
        await asyncio.sleep(seconds)

    async def write(self, text: str) -> None:
        """Print text as it stands; the treatment of this reply is applied."""
        if self._tty:
            text = text.replace("\n", "\r\n")
        data = text.encode("utf-8", "surrogateescape")
        treatment = self.treatment
        if treatment.swap is not None:
            data = data.replace(*treatment.swap)
        if treatment.left is not None:
            await self._write_part(data, treatment)
            return
        await self._write_pieces(data, treatment)

    async def _write_part(self, data: bytes, treatment: Treatment) -> None:
        left = treatment.left or 0
        treatment.left = max(0, left - len(data))
        await self._write_pieces(data[:left], treatment)
        if left <= len(data):
            self._cut()
            raise HungUp

    async def _write_pieces(self, data: bytes, treatment: Treatment) -> None:
        size = treatment.size or len(data) or 1
        for start in range(0, len(data), size):
            self._send(data[start : start + size])
            await self._drained()
            if treatment.size:  # each in a packet of its own, also without a pause
                await asyncio.sleep(treatment.pause)

    async def page(self, text: str) -> None:
        """Print the text of a command: wrapped at the width, and page by page if so set."""
        rows = self._rows(text) if self._tty else text.splitlines(keepends=True)
        length = self._shell.page_length if self._tty else 0
        if not length or len(rows) < length:
            await self.write("".join(rows))
            return
        shown = step = length - 1
        await self.write("".join(rows[:shown]))
        while shown < len(rows):
            await self.write(texts.MORE)
            key = await self.read_key()
            await self.write(f"\r{' ' * len(texts.MORE)}\r")
            if key in {"q", "Q", INTERRUPT}:
                return
            more = 1 if key in _ENTER else step
            await self.write("".join(rows[shown : shown + more]))
            shown += more

    def _rows(self, text: str) -> list[str]:
        width = self._shell.width
        rows = []
        for line in text.splitlines():
            parts = range(0, max(len(line), 1), width) if width else (0,)
            rows += [line[start : start + width] if width else line for start in parts]
        return [f"{row}\n" for row in rows]


def _plain_length(keys: str) -> int:
    """Count the characters up to the first control character."""
    return next((n for n, key in enumerate(keys) if key < " " or key == "\x7f"), len(keys))
