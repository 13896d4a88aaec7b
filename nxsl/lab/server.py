"""The SSH side of a simulated switch: one listener on a free port of 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from typing import TYPE_CHECKING, Any, cast

import asyncssh

from nxsl.lab import faults
from nxsl.lab.gate import Behind, Passage
from nxsl.lab.latency import Distant
from nxsl.lab.scp import Inbox, Transfer, is_scp
from nxsl.lab.session import Session
from nxsl.lab.shell import Shell
from nxsl.lab.terminal import HungUp, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from nxsl.lab.device import Device

LOOPBACK = "127.0.0.1"

# What every client knows, the cheap ones only: the handshake is most of the lab's work.
_OPTIONS: dict[str, Any] = {
    "kex_algs": ["curve25519-sha256", "curve25519-sha256@libssh.org"],
    "encryption_algs": ["aes128-ctr", "aes256-ctr", "aes128-gcm@openssh.com"],
    "mac_algs": ["hmac-sha2-256"],
    "compression_algs": ["none"],
}
# What early NX-OS offers; asyncssh still knows it, current clients do not any more.
_WEAK_OPTIONS: dict[str, Any] = {
    "kex_algs": ["diffie-hellman-group1-sha1"],
    "encryption_algs": ["3des-cbc"],
    "mac_algs": ["hmac-sha1"],
    "compression_algs": ["none"],
}


class _Silence(asyncio.Protocol):
    """A peer that takes the connection and never says a word."""

    def __init__(self, transports: set[asyncio.BaseTransport]) -> None:
        self._transports = transports
        self._own: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._own = transport
        self._transports.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._own is not None:
            self._transports.discard(self._own)


class _Slam(asyncio.Protocol):
    """A peer that closes at once, before the SSH banner."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class _Connection(asyncssh.SSHServerConnection):
    """A connection that sends what the SSH server of a switch does.

    asyncssh puts an empty message before each of its own, and every client has to decrypt it.
    """

    def send_packet(
        self, pkttype: int, *args: bytes, handler: asyncssh.packet.SSHPacketLogger | None = None
    ) -> None:
        if pkttype != asyncssh.constants.MSG_IGNORE:
            super().send_packet(pkttype, *args, handler=handler)


class Listener:
    """Listens for one switch.

    Args:
        device: The switch.
        host_key: The key that every switch of the lab shows.
        errors: Where a defect of the lab is put down.

    Attributes:
        latency: The seconds there and back of the connections that are opened from now on.
    """

    def __init__(self, device: Device, host_key: asyncssh.SSHKey, errors: list[Exception]) -> None:
        self.errors = errors
        self.latency = device.spec.latency
        self._device = device
        self._host_key = host_key
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._server: asyncio.Server | None = None
        self._options: Any = None
        self._passages: deque[Passage] = deque()
        self._transports: set[asyncio.BaseTransport] = set()
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        # Bound at once, and for a switch that refuses only bound: nobody else gets the port.
        self._socket.bind((LOOPBACK, 0))

    @property
    def port(self) -> int:
        """The port of this switch."""
        return int(self._socket.getsockname()[1])

    @property
    def open_sessions(self) -> int:
        """How many sessions are open now."""
        return len(self.tasks)

    async def start(self) -> None:
        """Begin to listen, unless the switch refuses connections."""
        if self._device.fault(faults.Refuse) is not None:
            return
        weak = self._device.fault(faults.WeakAlgorithms) is not None
        options: dict[str, Any] = _WEAK_OPTIONS if weak else _OPTIONS
        self._options = asyncssh.SSHServerConnectionOptions(
            loop=asyncio.get_running_loop(),
            server_factory=lambda: _Login(self, self._device, self._passages.popleft()),
            server_host_keys=[self._host_key],
            server_version="nxsl-lab",
            encoding=None,
            line_editor=False,
            gss_host=None,
            x11_forwarding=False,
            agent_forwarding=False,
            public_key_auth=False,
            kbdint_auth=False,
            **options,
        )
        loop = asyncio.get_running_loop()
        self._socket.setblocking(False)
        self._server = await loop.create_server(self._accept, sock=self._socket, backlog=256)

    async def close(self) -> None:
        """Stop to listen and end every session."""
        if self._server is not None:
            self._server.close()
        self._socket.close()
        self._device.agent.cancel()
        self._device.converter.cancel()
        self._device.policy.cancel()
        for transport in list(self._transports):
            transport.abort() if isinstance(transport, asyncio.Transport) else transport.close()
        gone = list(self._connections)
        for connection in gone:
            connection.abort()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for connection in gone:
            with contextlib.suppress(OSError, asyncssh.Error):
                await connection.wait_closed()

    def _accept(self) -> asyncio.BaseProtocol:
        record = self._device.record
        record.connections += 1
        if self._device.fault(faults.BlackHole) is not None:
            return _Silence(self._transports)
        limit = self._device.fault(faults.SessionLimit)
        full = isinstance(limit, faults.SessionLimit) and record.connections <= limit.connections
        if full or self._device.down:
            return _Slam()
        behind = self._device.fault(Behind)
        passage = Passage(behind.gate if isinstance(behind, Behind) else None)
        if passage.closed:
            return _Slam()
        self._passages.append(passage)  # for the connection that is made of it, in this order
        protocol = cast(
            "asyncio.Protocol",
            _Connection(asyncio.get_running_loop(), self._options),
        )
        return Distant(protocol, self.latency, self._transports) if self.latency else protocol

    def opened(self, connection: asyncssh.SSHServerConnection) -> None:
        """Keep a connection, to be able to cut it."""
        self._connections.add(connection)
        self._device.close_sessions.append(connection.abort)

    def lost(self, connection: asyncssh.SSHServerConnection) -> None:
        """Forget a connection that is over."""
        self._connections.discard(connection)
        with contextlib.suppress(ValueError):
            self._device.close_sessions.remove(connection.abort)


class _Login(asyncssh.SSHServer):
    """Checks the password and opens the session."""

    def __init__(self, listener: Listener, device: Device, passage: Passage) -> None:
        self._listener = listener
        self._device = device
        self._passage = passage
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._listener.opened(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._passage.leave()
        if self._connection is not None:
            self._listener.lost(self._connection)

    def auth_completed(self) -> None:
        self._passage.leave()

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        device = self._device
        slow = device.fault(faults.SlowAuthentication)
        if isinstance(slow, faults.SlowAuthentication):
            await asyncio.sleep(slow.seconds)
        if self._passage.late:
            await asyncio.sleep(self._passage.late)
        right = (username, password) == (device.spec.username, device.spec.password)
        reject = device.fault(faults.RejectAuthentication)
        if isinstance(reject, faults.RejectAuthentication):
            always = reject.times is None
            right = right and not always and device.record.failed_logins >= (reject.times or 0)
        if right:
            device.record.logins += 1
        else:
            device.record.failed_logins += 1
        return right

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        connection = self._connection
        cut: Callable[[], None] = connection.abort if connection is not None else _nothing
        return _Channel(self._listener, self._device, cut)


def _nothing() -> None:
    """Cut a connection that was never there."""


class _Channel(asyncssh.SSHServerSession[bytes]):
    """Joins an SSH channel and a session."""

    def __init__(self, listener: Listener, device: Device, cut: Callable[[], None]) -> None:
        self._listener = listener
        self._device = device
        self._abort = cut
        self._unsent: list[bytes] = []
        self._chan: asyncssh.SSHServerChannel[bytes] | None = None
        self._input: Terminal | Inbox | None = None
        self._task: asyncio.Task[None] | None = None
        self._command: str | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._tty = False

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._chan = chan

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object
    ) -> bool:
        del term_type, term_size, term_modes
        self._tty = True
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def session_started(self) -> None:
        record = self._device.record
        record.sessions += 1
        task = asyncio.get_running_loop().create_task(self._run(self._serving(record.sessions)))
        self._task = task
        self._listener.tasks.add(task)
        task.add_done_callback(self._listener.tasks.discard)

    def _serving(self, number: int) -> Coroutine[Any, Any, int | None]:
        """Choose what serves this channel."""
        line = self._command
        if line is not None and is_scp(line):
            inbox = self._input = Inbox(self._send, self._may_write.wait)
            return Transfer(self._device, number, inbox, self._cut).serve(line)
        shell = Shell(self._device, number)
        tty = line is None
        terminal = self._input = Terminal(
            self._send, self._may_write.wait, self._cut, shell, tty=tty
        )
        session = Session(self._device, shell, terminal, self._cut)
        return session.interact() if line is None else session.execute_once(line)

    async def _run(self, serving: Coroutine[Any, Any, int | None]) -> None:
        status = 0
        try:
            status = await serving or 0
        except HungUp:
            pass
        except Exception as error:  # noqa: BLE001 - the lab raises it at its end
            self._listener.errors.append(error)
            self._cut()
        self._flush()
        if self._chan is not None and not self._chan.is_closing():
            self._chan.exit(status)

    def _send(self, data: bytes) -> None:
        """Keep what is printed until the switch waits for something, as a terminal line does."""
        self._device.record.printed += len(data)
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(data)

    def _flush(self) -> None:
        data, self._unsent = b"".join(self._unsent), []
        if data and self._chan is not None and not self._chan.is_closing():
            self._chan.write(data)

    def _cut(self) -> None:
        self._flush()
        self._abort()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        del datatype
        if self._input is not None:
            self._input.feed(data)

    def eof_received(self) -> bool:
        if self._input is not None:
            self._input.end()
        return True

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._task is not None:
            self._task.cancel()
