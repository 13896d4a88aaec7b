"""SSH without a thread of its own: whatever the switch or the way does, whoever waits is told."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import asyncssh
import paramiko
import pytest
from nornir_netmiko.tasks import netmiko_send_command

from nxsl.core import errors
from nxsl.lab import CALLHOME_DIRECT, Flood, Hang, registered
from nxsl.nxos import _taking_in, _tender, buffered
from nxsl.nxos.buffered import Buffered
from nxsl.nxos.connect import close_session, open_session
from nxsl.nxos.transport import Transport
from tests.conftest import Fleet, switch
from tests.session.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nxsl.lab import SwitchSpec

COMMANDS = ("show feature", "show running-config callhome", "show license usage")
LONG_ENOUGH = 30.0


def ready(**changes: Any) -> SwitchSpec:
    """A switch with something to show."""
    return switch(**{"callhome": CALLHOME_DIRECT, "registration": registered(), **changes})


def transport_of(run: Fleet) -> Transport:
    """The connection that the only host has open."""
    connection = run.nr.inventory.hosts["leaf1"].connections["netmiko"].connection
    transport = connection.remote_conn.transport
    assert isinstance(transport, Transport)
    return transport


def bodies(session: Any) -> list[list[str]]:
    """The lines that do not depend on the moment."""
    with session.ahead(*COMMANDS):
        texts = [session.show(each) for each in COMMANDS]
    return [[line for line in text.splitlines() if not line.startswith("!")] for text in texts]


def in_time(what: Callable[[], object]) -> BaseException | None:
    """Do it in a thread; it must end. Gives what it raised."""
    raised: list[BaseException] = []

    def do() -> None:
        try:
            what()
        except BaseException as error:  # noqa: BLE001 (the test looks at it)
            raised.append(error)

    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    thread.join(LONG_ENOUGH)
    assert not thread.is_alive(), "it waits for ever"
    return raised[0] if raised else None


def impatient(run: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a second for whatever is waited for."""
    monkeypatch.setattr(_taking_in, "STALL", 1.0)
    monkeypatch.setattr(Transport, "__init__", _made_impatient(Transport.__init__))
    monkeypatch.setattr("nxsl.nxos.driver._GREETING", 1.0)
    options = run.nr.inventory.defaults.connection_options["netmiko"]
    brief = {"conn_timeout": 1, "banner_timeout": 1, "auth_timeout": 1}
    options.extras = {**(options.extras or {}), **brief}


def _made_impatient(made: Callable[..., None]) -> Callable[..., None]:
    def make(self: Transport, *given: Any, **options: Any) -> None:
        made(self, *given, **options)
        self.handshake_timeout = self.channel_timeout = 1.0

    return make


@pytest.mark.parametrize("then_cuts", [True, False], ids=["cut", "silent"])
@pytest.mark.parametrize("after", [0, 1, 12, 20, 60, 300, 700, 1100, 1400, 1700, 1840, 1960, 2100])
def test_a_way_that_ends_anywhere_is_an_error_in_time(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch, after: int, *, then_cuts: bool
) -> None:
    run = fleet(ready())
    impatient(run, monkeypatch)
    host = run.nr.inventory.hosts["leaf1"]

    def read() -> None:
        open_session(host, run.nr.config).show("show feature", timeout=1.0)

    with Relay(run.lab["leaf1"].port, lets_through=after, then_cuts=then_cuts) as way:
        host.port = way.port
        _know_by(run, way.port)
        error = in_time(read)
        close_session(host)
    assert isinstance(error, errors.ConnectError | errors.SessionError), error
    assert error.host == "leaf1"
    if isinstance(error, errors.ConnectError):
        assert then_cuts or "closed" not in str(error)


def _know_by(run: Fleet, port: int) -> None:
    """The same key at another port."""
    file = run.folder / "known_hosts"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(str(run.lab["leaf1"].port), str(port)), encoding="utf-8")


def test_a_way_that_lets_everything_through_is_none_of_these(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    with Relay(run.lab["leaf1"].port, lets_through=None) as way:
        host.port = way.port
        _know_by(run, way.port)
        assert open_session(host, run.nr.config).show("show feature")
        close_session(host)


def test_closing_wakes_whoever_waits(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(faults=(Hang(line="show feature"),)))
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    connection = host.connections["netmiko"].connection
    asked = threading.Event()
    taken = Transport.take_in

    def noticed(self: Transport, *given: Any) -> bool:
        if run.lab["leaf1"].received:
            asked.set()
        return taken(self, *given)

    def close() -> None:
        asked.wait(LONG_ENOUGH)
        connection.paramiko_cleanup()

    closing = threading.Thread(target=close)
    closing.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transport, "take_in", noticed)
        error = in_time(lambda: session.show("show feature"))
    closing.join(LONG_ENOUGH)
    assert isinstance(error, errors.SessionDropped)
    close_session(host)


def test_a_way_that_has_gone_is_closed_without_a_word(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    open_session(host, run.nr.config)
    transport = transport_of(run)
    transport.sock.shutdown(socket.SHUT_WR)  # whatever is sent now fails
    close_session(host)
    assert not transport.active
    assert not host.connections


def test_what_may_go_out_together_is_one_segment(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def send(self: Buffered, data: bytes) -> int:
        sizes.append(len(data))
        return self._sock.send(data)

    monkeypatch.setattr(Buffered, "send", send, raising=False)
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    # Greeting; algorithms and key; new keys, service and password; channel; terminal and shell.
    # One more each where the switch's own algorithms or new keys came a moment later.
    assert len(sizes) in {5, 6, 7}
    sizes.clear()
    bodies(session)
    assert len(sizes) == 1
    sizes.clear()
    close_session(host)
    assert len(sizes) == 1


def test_a_second_channel_gets_a_thread_and_the_first_goes_on(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    expected = bodies(session)
    transport = transport_of(run)
    assert transport.in_line
    other = transport.open_session()
    other.get_pty(width=200)
    other.invoke_shell()
    other.settimeout(LONG_ENOUGH)
    while not other.recv_ready():
        select.select([other], [], [], LONG_ENOUGH)
    assert b"leaf1" in other.recv(65536)
    assert not transport.in_line
    assert transport.is_alive()
    assert bodies(session) == expected
    other.close()
    close_session(host)
    transport.join(LONG_ENOUGH)
    assert not transport.is_alive()


def test_a_channel_that_is_waited_on_with_others_gets_a_thread(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    expected = bodies(session)
    channel = host.connections["netmiko"].connection.remote_conn
    channel.sendall(b"show clock\n")
    assert select.select([channel], [], [], LONG_ENOUGH)[0]
    assert channel.recv_ready()
    assert not transport_of(run).in_line
    again = open_session(host, run.nr.config)  # which drops what was not read
    assert bodies(again) == expected
    close_session(host)


def test_where_a_reading_cannot_be_told_how_long_to_wait(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffered, "_IN_ONE", False)
    run = fleet(ready(faults=(Flood(line="show feature", size=100_000),)))
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    assert len(bodies(session)) == len(COMMANDS)
    assert transport_of(run).is_active()
    with pytest.raises(errors.ReplyTimeout):
        session._conversation._terminal.wait(time.monotonic() - 1, quiet=0.1)
    assert not session._conversation._terminal.wait(time.monotonic() + 9, quiet=0.1)
    close_session(host)


def test_a_packet_that_is_not_all_there_keeps_nobody_waiting(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    expected = bodies(session)
    transport = transport_of(run)
    channel = host.connections["netmiko"].connection.remote_conn
    begun = b"\x00\x00\x01\x00 and nothing more"
    channel._feed(b"what was there")
    transport.sock.kept = begun
    assert in_time(lambda: channel.recv(1000)) is None
    assert in_time(transport.take_in_what_is_there) is None
    assert transport.sock.kept == begun
    transport.sock.kept = b""
    assert bodies(session) == expected
    close_session(host)


def test_a_connection_that_is_reset_while_nobody_waits_has_ended(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    open_session(host, run.nr.config)
    transport = transport_of(run)

    def reset(_whole: object) -> bool:
        raise ConnectionResetError

    monkeypatch.setattr(transport.sock, "has_whole", reset)
    assert not transport.is_active()  # as the thread that looks at all of them asks
    assert not host.connections["netmiko"].connection.is_alive()
    assert isinstance(transport.get_exception(), ConnectionResetError)
    close_session(host)


def test_a_copy_of_the_process_leaves_its_connections_alone(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    child = os.fork()
    if not child:
        tender = _tender._tender
        os._exit(len(tender._tended) + (tender._thread is not None))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(bodies(session)) == len(COMMANDS)
    close_session(host)


def test_a_connection_that_gets_a_thread_while_another_waits_for_its_turn_is_left_alone(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    open_session(host, run.nr.config)
    transport = transport_of(run)
    taken: list[float] = []
    monkeypatch.setattr(transport, "_take_one", taken.append)
    transport._turn.acquire()
    waiting = threading.Thread(target=lambda: transport.take_in(lambda: False, 0.2))
    waiting.start()
    transport.in_line = False  # as `give_thread` does, without the thread
    transport._turn.release()
    waiting.join(LONG_ENOUGH)
    assert not taken
    transport.in_line = True
    monkeypatch.undo()
    close_session(host)


@pytest.mark.parametrize("piece", [b".", b"a line\n"], ids=["bytes", "lines"])
def test_a_peer_that_says_a_little_now_and_then_takes_no_longer(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch, piece: bytes
) -> None:
    run = fleet(ready())
    impatient(run, monkeypatch)
    host = run.nr.inventory.hosts["leaf1"]
    over = threading.Event()

    def trickle(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with peer, contextlib.suppress(OSError):
            while not over.wait(0.02):
                peer.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        talking = threading.Thread(target=trickle, args=(listening,))
        talking.start()
        host.port = listening.getsockname()[1]
        error = in_time(lambda: open_session(host, run.nr.config))
        over.set()
        talking.join(LONG_ENOUGH)
    assert isinstance(error, errors.ConnectTimeout), error


def test_a_switch_that_lets_in_and_closes_has_not_refused_the_password(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(self: Any) -> None:
        self._passage.leave()
        self._connection._loop.call_soon(self._connection.abort)

    monkeypatch.setattr("nxsl.lab.server._Login.auth_completed", close)
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    with pytest.raises(errors.ConnectFailed):
        open_session(host, run.nr.config)
    assert run.lab["leaf1"].failed_logins == 0


def test_a_way_whose_command_has_ended_is_closed_without_a_word(
    fleet: Callable[..., Fleet], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    open_session(host, run.nr.config)
    transport = transport_of(run)

    def ended(_data: bytes) -> int:
        raise paramiko.ProxyCommandFailure("sh -c secret-password", "ended")

    transport.sock.send = ended
    assert not host.connections["netmiko"].connection.is_alive()
    transport.packetizer._held = b"what was held back"
    assert not transport.is_active()
    close_session(host)
    assert "ProxyCommandFailure" in caplog.text
    assert "secret-password" not in caplog.text


@pytest.mark.parametrize("thread", [False, True])
def test_keys_that_are_exchanged_anew_change_nothing(
    fleet: Callable[..., Fleet], *, thread: bool
) -> None:
    run = fleet(ready(faults=(Flood(line="show feature", size=100_000, occurrence=None),)))
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    expected = bodies(session)
    transport = transport_of(run)
    if thread:
        transport.give_thread()
    transport.packetizer.REKEY_BYTES = 20_000
    session_id, first = transport.session_id, transport.H
    for _ in range(3):
        assert bodies(session) == expected
    assert transport.session_id == session_id
    assert first != transport.H
    transport.renegotiate_keys()
    assert bodies(session) == expected
    assert run.lab["leaf1"].logins == 1
    close_session(host)


def test_a_connection_that_nobody_waits_on_is_kept_alive(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tender, "_IDLE", 0.01)
    sent = threading.Semaphore(0)
    request = Transport.global_request

    def counted(self: Transport, *given: Any, **options: Any) -> Any:
        sent.release()
        return request(self, *given, **options)

    monkeypatch.setattr(Transport, "global_request", counted)
    run = fleet(ready())
    options = run.nr.inventory.defaults.connection_options["netmiko"]
    options.extras = {**(options.extras or {}), "keepalive": 0.02}
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    for _ in range(3):
        assert sent.acquire(timeout=LONG_ENOUGH)
    assert transport_of(run).in_line
    assert len(bodies(session)) == len(COMMANDS)
    close_session(host)


def test_the_end_of_a_connection_that_nobody_waits_on_is_noticed(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tender, "_IDLE", 0.01)
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    open_session(host, run.nr.config)
    transport = transport_of(run)
    assert transport.is_active()
    run.lab["leaf1"].hang_up()
    until = time.monotonic() + LONG_ENOUGH
    while transport.active and time.monotonic() < until:  # without asking, which would look
        time.sleep(0.01)
    assert not transport.active
    assert not host.connections["netmiko"].connection.is_alive()
    close_session(host)


def test_a_connection_that_is_forgotten_does_not_stay(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tender, "_IDLE", 0.01)
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    open_session(host, run.nr.config)
    assert run.lab["leaf1"].open_sessions == 1
    host.connections.clear()
    until = time.monotonic() + LONG_ENOUGH
    while run.lab["leaf1"].open_sessions and time.monotonic() < until:
        gc.collect()
        time.sleep(0.01)
    assert run.lab["leaf1"].open_sessions == 0


def _other_logins(monkeypatch: pytest.MonkeyPatch, **wanted: bool) -> None:
    """Let the lab's switches take other proofs than a password."""
    made = asyncssh.SSHServerConnectionOptions

    def options(*given: Any, **usual: Any) -> Any:
        return made(*given, **{**usual, **wanted})

    monkeypatch.setattr("nxsl.lab.server.asyncssh.SSHServerConnectionOptions", options)


def test_a_login_with_a_key(
    fleet: Callable[..., Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _other_logins(monkeypatch, public_key_auth=True, password_auth=False)
    for name in ("public_key_auth_supported", "validate_public_key"):
        monkeypatch.setattr(f"nxsl.lab.server._Login.{name}", lambda *_: True, raising=False)
    key = tmp_path / "id_ed25519"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    run = fleet(ready())
    options = run.nr.inventory.defaults.connection_options["netmiko"]
    options.extras = {**(options.extras or {}), "use_keys": True, "key_file": str(key)}
    host = run.nr.inventory.hosts["leaf1"]
    assert open_session(host, run.nr.config).show("show feature")
    assert transport_of(run).in_line
    close_session(host)


def test_a_switch_that_asks_for_the_password_in_its_own_words(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    _other_logins(monkeypatch, kbdint_auth=True, password_auth=False)
    for name, answer in {
        "kbdint_auth_supported": lambda *_: True,
        "get_kbdint_challenge": lambda *_: ("", "", "", [("Password: ", False)]),
        "validate_kbdint_response": lambda self, user, said: self.validate_password(user, said[0]),
    }.items():
        monkeypatch.setattr(f"nxsl.lab.server._Login.{name}", answer, raising=False)
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    assert open_session(host, run.nr.config).show("show feature")
    close_session(host)
    host.password = "wrong"
    with pytest.raises(errors.LoginFailed):
        open_session(host, run.nr.config)


def test_another_way_than_a_socket_has_a_thread(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    own = _Own(run.lab["leaf1"].port)
    options = run.nr.inventory.defaults.connection_options["netmiko"]
    options.extras = {**(options.extras or {}), "sock": own}
    session = open_session(host, run.nr.config)
    assert len(bodies(session)) == len(COMMANDS)
    assert not transport_of(run).in_line
    close_session(host)


class _Own:
    """A socket of somebody else's making, such as a channel to a jump host."""

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port))
        self._closed = False

    def send(self, data: bytes) -> int:
        return self._sock.send(data)

    def recv(self, size: int) -> bytes:
        return self._sock.recv(size)

    def settimeout(self, seconds: float | None) -> None:
        self._sock.settimeout(seconds)

    def close(self) -> None:
        self._closed = True
        self._sock.close()


def test_what_is_not_known_is_answered_so_and_what_must_not_be_ends_it(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fleet(ready())
    host = run.nr.inventory.hosts["leaf1"]
    open_session(host, run.nr.config)
    transport = transport_of(run)
    sent: list[bytes] = []
    monkeypatch.setattr(transport, "_send_message", lambda message: sent.append(message.asbytes()))
    for kind, answered in ((200, True), (paramiko.common.MSG_UNIMPLEMENTED, False)):
        message = paramiko.Message()
        message.seqno = 7
        transport._take(kind, message)
        assert bool(sent) is answered
        sent.clear()
    stray = paramiko.Message()
    stray.add_int(99)
    with pytest.raises(paramiko.SSHException, match="channel 99"):
        transport._take(paramiko.common.MSG_CHANNEL_DATA, paramiko.Message(stray.asbytes()))
    close_session(host)


def test_netmikos_tasks_leave_the_connection_without_a_thread(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready())
    run.nr.inventory.hosts["leaf1"].platform = "nxsl_nxos"
    shown = run.nr.run(netmiko_send_command, command_string="show feature")["leaf1"]
    assert "Feature Name" in shown[0].result
    assert transport_of(run).in_line
    run.close()
