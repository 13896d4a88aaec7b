"""The SCP server of a simulated switch: `scp -t` and `scp -f` on the files of `bootflash:`."""

from __future__ import annotations

import asyncio
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.lab import faults, policy_texts
from nxsl.lab.device import Device, Kind
from nxsl.lab.flash import name_of
from nxsl.lab.terminal import HungUp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_GOOD = b"\0"
_BAD = b"\1"
_BLOCK = 32_768
_FILE = re.compile(rb"C[0-7]{4} (?P<size>\d+) (?P<name>[^/\n]+)\n")
_TIMES = b"T"


class Inbox:
    """The bytes of the SSH channel.

    Args:
        send: Gives bytes to the channel.
        drained: Waits until the channel takes more.
    """

    def __init__(
        self, send: Callable[[bytes], None], drained: Callable[[], Awaitable[object]]
    ) -> None:
        self._send = send
        self._drained = drained
        self._data = bytearray()
        self._more = asyncio.Event()
        self._ended = False

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self._data += data
        self._more.set()

    def end(self) -> None:
        """Take note that nothing more will come."""
        self._ended = True
        self._more.set()

    async def read(self, size: int) -> bytes:
        """Wait for exactly so many bytes.

        Raises:
            HungUp: If they do not come.
        """
        while len(self._data) < size:
            await self._wait()
        taken = bytes(self._data[:size])
        del self._data[:size]
        return taken

    async def line(self) -> bytes:
        """Wait for a line, with its end; nothing if the client is done.

        Raises:
            HungUp: If the client left in the middle of it.
        """
        while b"\n" not in self._data:
            if self._ended and not self._data:
                return b""
            await self._wait()
        return await self.read(self._data.index(b"\n") + 1)

    async def _wait(self) -> None:
        if self._ended:
            raise HungUp
        self._more.clear()
        await self._more.wait()

    async def send(self, data: bytes) -> None:
        """Send bytes, no faster than they are taken."""
        for start in range(0, len(data), _BLOCK):
            self._send(data[start : start + _BLOCK])
            await self._drained()


@dataclass(frozen=True, slots=True)
class _Request:
    """What the command line asks for."""

    upload: bool
    path: str


def is_scp(line: str) -> bool:
    """Tell whether an SSH command is the far end of an SCP client."""
    return line.split(maxsplit=1)[:1] == ["scp"]


def _parse(line: str) -> _Request | None:
    try:
        words = shlex.split(line)[1:]
    except ValueError:
        return None
    options = "".join(word[1:] for word in words if word.startswith("-"))
    paths = [word for word in words if not word.startswith("-")]
    wanted = {"t", "f"} & set(options)
    if len(paths) != 1 or len(wanted) != 1:
        return None
    return _Request("t" in wanted, paths[0])


class Transfer:
    """One transfer.

    Args:
        device: The switch.
        session: The number of the session.
        stream: The channel.
        cut: Cuts the TCP connection.
    """

    def __init__(
        self, device: Device, session: int, stream: Inbox, cut: Callable[[], None]
    ) -> None:
        self._device = device
        self._session = session
        self._stream = stream
        self._cut = cut
        self._hit: list[faults.LineFault] = []

    async def serve(self, line: str) -> int:
        """Serve one `scp` command.

        Returns:
            The exit status.

        Raises:
            HungUp: If a fault cuts the line, or the client is gone.
        """
        device, request = self._device, _parse(line)
        known = request is not None and "scp-server" in device.running.file_servers
        kind = Kind.EXEC if known else Kind.INVALID
        device.receive(self._session, "exec", line, kind)
        self._hit = device.faults_of(line)
        if request is None:
            return await self._refuse(policy_texts.SCP_PROTOCOL.format(line=line))
        if not request.upload:
            # The client asks for the file first; a refusal before that may get lost on its side.
            await self._stream.read(len(_GOOD))
        if not known:
            return await self._refuse(policy_texts.SCP_OFF)
        if device.spec.role != "network-admin":
            return await self._refuse(policy_texts.SCP_DENIED.format(path=request.path))
        return await (self._take(request.path) if request.upload else self._give(request.path))

    async def _refuse(self, text: str) -> int:
        await self._stream.send(_BAD + f"{text}\n".encode())
        return 1

    # -- from the client --------------------------------------------------------------------------

    async def _take(self, path: str) -> int:
        """Receive files until the client is done."""
        await self._stream.send(_GOOD)
        while line := await self._stream.line():
            if line.startswith(_TIMES):
                await self._stream.send(_GOOD)
                continue
            head = _FILE.fullmatch(line)
            if head is None:
                shown = line.decode(errors="replace").strip()
                return await self._refuse(policy_texts.SCP_PROTOCOL.format(line=shown))
            target = path if name_of(path) else f"bootflash:{head['name'].decode()}"
            if not self._device.flash.fits(target, int(head["size"])):
                return await self._refuse(policy_texts.SCP_NO_SPACE.format(path=path))
            await self._stream.send(_GOOD)
            await self._store(target, int(head["size"]))
            await self._stream.send(_GOOD)
        return 0

    async def _store(self, target: str, size: int) -> None:
        breaks = self._breaks()
        if breaks is not None and breaks.after_bytes < size:
            self._device.flash.write(target, await self._stream.read(breaks.after_bytes))
            self._hang_up()
        data = await self._stream.read(size)
        await self._stream.read(len(_GOOD))
        self._device.flash.write(target, self._treated(data))

    # -- to the client ----------------------------------------------------------------------------

    async def _give(self, path: str) -> int:
        """Send one file."""
        data = self._device.flash.read(path)
        if data is None:
            return await self._refuse(policy_texts.SCP_NO_FILE.format(path=path))
        name = name_of(path).rsplit("/", 1)[-1]
        await self._stream.send(f"C0644 {len(data)} {name}\n".encode())
        await self._stream.read(len(_GOOD))
        breaks = self._breaks()
        if breaks is not None and breaks.after_bytes < len(data):
            await self._stream.send(data[: breaks.after_bytes])
            self._hang_up()
        await self._stream.send(self._treated(data) + _GOOD)
        await self._stream.read(len(_GOOD))
        return 0

    # -- faults -----------------------------------------------------------------------------------

    def _breaks(self) -> faults.ScpBreaks | None:
        return next((f for f in self._hit if isinstance(f, faults.ScpBreaks)), None)

    def _treated(self, data: bytes) -> bytes:
        """Let the faults change the bytes."""
        if not data or not any(isinstance(f, faults.ScpCorrupts) for f in self._hit):
            return data
        middle = len(data) // 2
        return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]

    def _hang_up(self) -> None:
        self._cut()
        raise HungUp
