"""netmiko's driver for NX-OS, with a quicker way to the prompt; used for every switch.

It is netmiko's `cisco_nxos` in all that it does for other people's tasks: the same options, the
same methods. Only the login differs. netmiko sleeps between its lines and asks for the prompt three
times; here the first prompt is waited for, and the line is prepared along with the first questions.
SSH is asked for the cheap and modern algorithms first, service and password, terminal and shell are
requested together, and the file of known hosts is read once for all switches.

Registered with netmiko as `nxsl_nxos` when this module is imported.
"""

from __future__ import annotations

import importlib
import socket
from typing import TYPE_CHECKING, Any, cast

import paramiko
from netmiko.cisco.cisco_nxos import CiscoNxosSSH

from nxsl.core import errors
from nxsl.nxos.buffered import Buffered
from nxsl.nxos.conversation import Conversation
from nxsl.nxos.known_hosts import add_to, known_to
from nxsl.nxos.proxy import Proxy, ProxyEndedError
from nxsl.nxos.terminal import Terminal
from nxsl.nxos.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netmiko import BaseConnection
    from paramiko import Channel

DEVICE_TYPE = "nxsl_nxos"
_NETMIKOS = "cisco_nxos"

_NEXUS = frozenset({"cisco_nxos", "cisco_nxos_ssh", "nxos", "nxos_ssh"})
"""What inventories call NX-OS over SSH: netmiko's names, and those that nornir-netmiko maps."""

_GREETING = 20.0
"""Seconds from the login to the first prompt, as netmiko has it."""

# The cheap and modern ones first, the others behind them in paramiko's order: what a switch does
# not offer costs nothing. paramiko computes group 14 and 16 in Python; its check of a MAC is a loop
# in Python as well, which the ciphers with a check of their own (GCM) do without.
_KEX = ("curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384")
_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")


def device_type(platform: str | None) -> str:
    """The driver for a host's platform: this one for NX-OS over SSH, else netmiko's own."""
    return DEVICE_TYPE if platform is None or platform in _NEXUS else platform


def conversation_on(connection: BaseConnection, *, host: str) -> Conversation:
    """What is spoken on a connection; begun here where another driver has logged in.

    Args:
        connection: netmiko's, logged in.
        host: the inventory's name, for errors.

    Raises:
        ConnectFailed: the connection is not SSH.
    """
    if isinstance(connection, NexusDriver) and connection.conversation is not None:
        connection.conversation.host = host
        return connection.conversation
    channel = connection.remote_conn
    if not hasattr(channel, "recv_ready"):
        raise errors.ConnectFailed(
            "the connection is not SSH", host=host, remedy="set platform: cisco_nxos"
        )
    return _begin(connection, host)


def _begin(connection: BaseConnection, host: str) -> Conversation:
    log = connection.session_log  # netmiko's, where the user asked for one
    return Conversation(
        Terminal(connection.remote_conn, host=host),
        log.write if log is not None else None,
        place=f"{connection.host}:{connection.port}",
    )


class NexusDriver(CiscoNxosSSH):
    """A netmiko connection to a switch.

    Attributes:
        conversation: what is spoken on it; None until the login is done.
    """

    conversation: Conversation | None = None
    _unused = True  # nothing has been written by netmiko's means

    def _modify_connection_params(self) -> None:
        """Be netmiko's to everything that looks up the device type, such as TextFSM and SCP."""
        self.device_type = _NETMIKOS

    def _get_ssh_client_instance(self) -> paramiko.SSHClient:
        return _Client()

    def _connect_params_dict(self) -> dict[str, Any]:
        return {**super()._connect_params_dict(), "transport_factory": _transport}

    def _try_session_preparation(self, force_data: bool = False) -> None:
        """Prepare the session; the prompt comes by itself, so that nothing is sent for it."""
        super()._try_session_preparation(force_data=force_data)

    def session_preparation(self) -> None:
        """Wait for the prompt, and learn the switch's name.

        The terminal's size is set with the first word that is said: nxsl's first questions, or
        netmiko's (`write_channel`).

        Raises:
            ConnectFailed: the login was good, and no prompt came.
            NarrowTerminal, SessionDropped.
        """
        self.ansi_escape_codes = True
        self._unused = True
        begun = _begin(self, self.host)
        try:
            begun.greet(_GREETING)
        except errors.ReplyTimeout:
            said = begun.last_line
            raise errors.ConnectFailed(
                f"{self.host} port {self.port} let us in and gave no prompt"
                + (f"; the last it said was '{said}'" if said else ""),
                remedy="log in by hand to see what it wants",
                text=said,
            ) from None
        self.base_prompt = begun.prompt.hostname
        self.conversation = begun

    def write_channel(self, out_data: str) -> None:
        """Write for netmiko, on a line that is prepared."""
        if self._unused and self.conversation is not None:
            self._unused = False
            self.conversation.prepare()
            self.base_prompt = self.conversation.prompt.hostname
        super().write_channel(out_data)

    def is_alive(self) -> bool:
        """Whether the connection stands; netmiko's null byte needs no prepared line."""
        unused, self._unused = self._unused, False
        try:
            return super().is_alive()
        except paramiko.ProxyCommandFailure:
            return False
        finally:
            self._unused = unused

    def cleanup(self, command: str = "") -> None:
        """Say no goodbye: netmiko asks for the mode and types `exit`, and then closes all the same.

        The switch ends a session whose connection is closed, whatever mode it is in.
        """


class _Client(paramiko.SSHClient):  # type: ignore[misc] # paramiko is not typed
    """paramiko's client, with the file of known hosts read once, and the shell in one go."""

    def __init__(self) -> None:
        super().__init__()
        self._system_files: list[str | None] = []
        self._own_files: list[str] = []
        self.authenticating = False

    def load_system_host_keys(self, filename: str | None = None) -> None:
        self._system_files.append(filename)

    def load_host_keys(self, filename: str) -> None:
        self._own_files.append(filename)
        self._host_keys_filename = filename

    def connect(self, hostname: str, port: int = 22, **options: Any) -> None:  # noqa: ANN401
        """Connect; the keys of this host alone have been looked up before."""
        name = hostname if port == paramiko.config.SSH_PORT else f"[{hostname}]:{port}"
        self.authenticating = False
        self._system_host_keys = known_to(name, self._system_files)
        self._host_keys = known_to(name, self._own_files)
        try:
            super().connect(hostname, port, **options)
        except paramiko.ProxyCommandFailure:
            self.close()
            # The error would quote the command, which may hold a password.
            raise ProxyEndedError(before_password=not self.authenticating) from None
        except BaseException:
            self.close()  # netmiko would forget some
            raise

    def _auth(self, username: str, password: str | None, *others: Any) -> None:  # noqa: ANN401
        self.authenticating = True
        if password is None or any(others):
            super()._auth(username, password, *others)
        else:  # no key and no agent: paramiko would look at six files, and then do the same
            self._transport.auth_password(username, password)

    def save_host_keys(self, filename: str) -> None:
        """Add this host's keys, where a new one was accepted; the others stay as they are."""
        add_to(filename, self._host_keys)

    def invoke_shell(
        self,
        term: str = "vt100",
        width: int = 80,
        height: int = 24,
        **_: Any,  # noqa: ANN401
    ) -> Channel:
        """Open a shell on a terminal."""
        try:
            return cast("Channel", self.get_transport().open_shell(term, width, height))
        except paramiko.ProxyCommandFailure:
            self.close()
            raise ProxyEndedError(before_password=False) from None
        except BaseException:
            self.close()  # netmiko would forget it
            raise


def _transport(sock: Any, **options: Any) -> paramiko.Transport:  # noqa: ANN401
    """Make paramiko's transport: nothing is kept back for a fuller packet, cheap algorithms."""
    if isinstance(sock, socket.socket) and sock.family in {socket.AF_INET, socket.AF_INET6}:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock = Buffered(sock)
    elif isinstance(sock, paramiko.ProxyCommand):
        sock = Proxy(sock)
    transport = Transport(sock, **options)
    wanted = transport.get_security_options()
    wanted.kex = _first(_KEX, wanted.kex)
    wanted.ciphers = _first(_CIPHERS, wanted.ciphers)
    return transport


def _first(preferred: Iterable[str], offered: Iterable[str]) -> tuple[str, ...]:
    offered = tuple(offered)
    ahead = tuple(each for each in preferred if each in offered)
    return (*ahead, *(each for each in offered if each not in ahead))


def _register() -> None:
    # The attribute `netmiko.ssh_dispatcher` is a function of the same name as the module.
    dispatcher = importlib.import_module("netmiko.ssh_dispatcher")
    dispatcher.CLASS_MAPPER[DEVICE_TYPE] = NexusDriver
    if DEVICE_TYPE not in dispatcher.platforms:
        dispatcher.platforms.append(DEVICE_TYPE)


_register()
