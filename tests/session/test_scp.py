"""SCP with a far end that answers anything: each answer has its meaning, and nothing hangs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncssh
import paramiko
import pytest

from nxsl.core import errors
from nxsl.core.payload import Payload
from nxsl.nxos import scp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = b"C0600 40 x\n"  # what a client sends before the file
SECRET = b"<signature>0123456789abcdef</signature>\n"


@dataclass
class FarEnd:
    """A server that gives its first answer at once, and each other for one byte of the client.

    An answer of None means that it is silent from then on.
    """

    answers: list[bytes | None] = field(default_factory=list)
    status: int = 0
    port: int = 0
    key: paramiko.PKey | None = None
    # Whether it hears the other side out before it ends, as `scp` itself does.
    patient: bool = False

    async def serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        for number, answer in enumerate(self.answers):
            if number:
                await process.stdin.read(1)
            if answer is None:
                await process.stdin.read()
                await asyncio.sleep(60)
            process.stdout.write(answer or b"")
            await process.stdout.drain()
        if self.patient:
            await process.stdin.read()
        process.exit(self.status)


class _Open(asyncssh.SSHServer):
    def __init__(self, open_now: set[asyncssh.SSHServerConnection]) -> None:
        self._open_now = open_now

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._open_now.add(conn)

    def begin_auth(self, username: str) -> bool:
        return bool(username)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return bool(username and password)


@pytest.fixture
def far_end() -> Iterator[FarEnd]:
    far = FarEnd()
    connections: set[asyncssh.SSHServerConnection] = set()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    key = asyncssh.generate_private_key("ssh-ed25519")
    far.key = paramiko.Ed25519Key(data=key.public_data)

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Open(connections),
            server_host_keys=[key],
            process_factory=far.serve,
            encoding=None,
        )

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    far.port = server.get_port()

    async def stop() -> None:
        server.close()
        for each in connections:
            each.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for each in connections:
            with contextlib.suppress(OSError, asyncssh.Error):
                await each.wait_closed()

    yield far
    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


class _Connection:
    """What SCP needs of netmiko's connection."""

    def __init__(self, far: FarEnd) -> None:
        self.host, self.port = "127.0.0.1", far.port
        self.sock = self.ssh_config_file = None
        self.key_policy = paramiko.AutoAddPolicy()
        self.remote_conn_pre = self
        self._key = far.key

    def get_transport(self) -> _Connection:
        return self

    def get_remote_server_key(self) -> paramiko.PKey | None:
        return self._key

    def _build_ssh_client(self) -> paramiko.SSHClient:
        return paramiko.SSHClient()

    def _connect_params_dict(self) -> dict[str, Any]:
        return {
            "hostname": self.host,
            "port": self.port,
            "username": "admin",
            "password": "x",
            "look_for_keys": False,
            "allow_agent": False,
        }


def get(far: FarEnd, *answers: bytes | None) -> bytes:
    far.answers = list(answers)
    connection: Any = _Connection(far)
    return scp.get(connection, "bootflash:/x", host="leaf1").reveal()


def put(far: FarEnd, *answers: bytes | None) -> None:
    far.answers = list(answers)
    connection: Any = _Connection(far)
    scp.put(connection, "bootflash:/x", Payload(SECRET), host="leaf1")


def test_a_file_comes_as_it_is(far_end: FarEnd) -> None:
    data = bytes(range(256)) * 10
    assert get(far_end, b"", b"C0000 2560 x\n", data + b"\0", b"") == data


@pytest.mark.parametrize("transfer", [get, put])
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\1scp: SCP server is not enabled on this device\n",
        b"Syntax error while parsing 'scp -f bootflash:/x'\n\n",
        b"% Invalid command",
        b"\x01",
        b"\xff\xfe\n",
    ],
)
def test_a_far_end_without_scp_serves_none(
    far_end: FarEnd, transfer: Callable[..., object], answer: bytes
) -> None:
    far_end.status = 16
    with pytest.raises(scp.Unserved):
        transfer(far_end, answer)


@pytest.mark.parametrize("transfer", [get, put])
def test_a_far_end_that_says_nothing_is_given_up(
    far_end: FarEnd, transfer: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scp, "SILENCE", 0.3)
    with pytest.raises(scp.Unserved):
        transfer(far_end, None)


@pytest.mark.parametrize(
    "answers",
    [
        (b"C0644 1000 x\n", SECRET),
        (b"C0644 10 x\n", SECRET + SECRET),
        (b"C0644 999999999999 x\n", SECRET),
        (b"C0644 100 x\n", SECRET, None),
    ],
    ids=["short", "longer than said", "far too large", "stalls"],
)
def test_a_file_that_does_not_come_whole_is_an_error_without_its_content(
    far_end: FarEnd, answers: tuple[bytes | None, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scp, "SILENCE", 0.5)
    with pytest.raises(errors.TransferFailed) as caught:
        get(far_end, b"", *answers)
    assert "broke in the middle" in caught.value.message
    assert caught.value.host == "leaf1"
    assert "signature" not in f"{caught.value!r} {caught.value.text}"


@pytest.mark.parametrize("head", [b"D0755 0 x\n", b"C0644 y x\n", b"Cx\n", b"E\n"])
def test_what_is_no_file_is_none(far_end: FarEnd, head: bytes) -> None:
    with pytest.raises((scp.Unserved, errors.TransferFailed)):
        get(far_end, b"", head, b"\0", b"")


def test_a_transfer_without_end_is_given_up(
    far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scp, "LONGEST", 0.5)
    with pytest.raises(errors.TransferFailed, match="longer than"):
        put(far_end, b"\0", b"\0", *[b""] * len(HEAD), b"\0", None)


@pytest.mark.parametrize("early", [True, False])
def test_a_full_flash_and_a_role_are_told_apart(far_end: FarEnd, *, early: bool) -> None:
    rest = [] if early else [b"\0", *[b""] * len(HEAD)]
    far_end.patient = True
    with pytest.raises(errors.TransferFailed, match="full"):
        put(far_end, b"\0", *rest, b"\1scp: bootflash:/x: No space left on device\n")
    if early:
        with pytest.raises(errors.TransferFailed, match="role"):
            put(far_end, b"\1scp: bootflash:/x: Permission denied\n")


def test_another_host_key_is_refused_before_the_password(far_end: FarEnd) -> None:
    right, far_end.key = far_end.key, paramiko.ECDSAKey.generate()
    with pytest.raises(errors.HostKeyChanged) as caught:
        get(far_end, b"")
    assert caught.value.host == "leaf1"
    assert right is not None
    assert right.get_name() in caught.value.message


def test_a_port_that_nobody_listens_on_serves_none(far_end: FarEnd) -> None:
    far_end.port = 1
    with pytest.raises(scp.Unserved, match="refuses"):
        get(far_end, b"")


def test_a_socket_that_is_in_use_is_not_used_again(far_end: FarEnd) -> None:
    connection: Any = _Connection(far_end)
    connection.sock = object()
    with pytest.raises(scp.Unserved, match="socket"):
        scp.get(connection, "bootflash:/x", host="leaf1")
