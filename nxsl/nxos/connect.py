"""Opens sessions through nornir-netmiko's connection plugin, safely, and names each failure.

netmiko accepts any host key unless told otherwise, and raises one class for a refused connection,
an unknown name, a silent peer, an unknown and a changed host key. Here host keys are checked
unless the inventory says `ssh_strict: false`, and each cause has its own error.
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netmiko.exceptions import NetmikoAuthenticationException
from paramiko.ssh_exception import (
    AuthenticationException,
    BadHostKeyException,
    IncompatiblePeer,
    NoValidConnectionsError,
    SSHException,
)

from nxsl.core import errors
from nxsl.core.guard import guard
from nxsl.nxos.credential import credential_key
from nxsl.nxos.driver import device_type
from nxsl.nxos.logins import log_in_patiently
from nxsl.nxos.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nornir.core.configuration import Config
    from nornir.core.inventory import Host
    from paramiko import PKey

CONNECTION_NAME = "netmiko"

# Seconds for the prompt of a connection that was open already: a firewall may have dropped it.
_STILL_THERE = 10.0

_SSH_PORT = 22
_CONN_TIMEOUT = 10.0  # netmiko's own
_OTHER_WAY = re.compile(
    r"^\s*(proxy\w*|hostname|port|match|include)\b", re.IGNORECASE | re.MULTILINE
)

_KEY_SOURCES = frozenset({"system_host_keys", "alt_host_keys"})


def open_session(host: Host, configuration: Config) -> Session:
    """Give a session on the host's netmiko connection; open the connection where there is none.

    A connection that has died since it was last used is opened anew.

    Raises:
        ConnectError: one of its classes, naming the cause and what to do.
        SessionError: the switch let us in and gave no prompt.
    """

    def renew() -> Any:  # noqa: ANN401 (netmiko's is dynamic)
        close_session(host)
        return _connection(host, configuration)

    if CONNECTION_NAME in host.connections:
        try:
            connection = _connection(host, configuration)
            return Session(connection, host=host.name, renew=renew, timeout=_STILL_THERE)
        except errors.SessionError:
            close_session(host)
    try:
        return Session(_connection(host, configuration), host=host.name, renew=renew, fresh=True)
    except errors.NxslError:
        close_session(host)
        raise


def close_session(host: Host) -> None:
    """Close the host's connection, where one is open; the switch has few vty lines to spare.

    The transport is closed first: netmiko would say goodbye and wait for an answer, for ten seconds
    where the switch has stopped to answer.
    """
    if CONNECTION_NAME in host.connections:
        host.connections[CONNECTION_NAME].connection.paramiko_cleanup()
        host.close_connection(CONNECTION_NAME)


def _connection(host: Host, configuration: Config) -> Any:  # noqa: ANN401 (netmiko's is dynamic)
    if CONNECTION_NAME not in host.connections:
        parameters = host.get_connection_parameters(CONNECTION_NAME)
        extras = safe_extras(parameters.extras or {}, host=host.name)
        credential = credential_key(host)
        with guard().logging_in(host.name, credential):
            log_in_patiently(
                lambda: _log_in(host, configuration, device_type(parameters.platform), extras),
                host,
                credential=credential,
                ssh_file=extras.get("ssh_config_file", configuration.ssh.config_file),
                deadline=extras.get("conn_timeout"),
            )
    return host.connections[CONNECTION_NAME].connection


def _log_in(host: Host, configuration: Config, platform: str, extras: dict[str, Any]) -> None:
    outer = sys.exception()
    try:
        host.open_connection(CONNECTION_NAME, configuration, platform=platform, extras=extras)
    except errors.NxslError as error:
        error.host = host.name  # the driver knows the address alone
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, it is named and raised)
        _cut(error, outer)
        raise _named(error, host) from None


def _cut(error: BaseException | None, outer: BaseException | None) -> None:
    """Take from an error's causes what was being dealt with before: it is none of this login."""
    while error is not None:
        if error.__context__ is outer:
            error.__context__ = None
        error = error.__cause__ or error.__context__


def knock(host: Host, configuration: Config) -> None:
    """Tell whether anything listens on the host's SSH port, without SSH and without a login.

    Does nothing where a proxy, a ready socket or an SSH configuration file leads to the switch:
    only SSH itself knows that way.

    Raises:
        ConnectError: nothing does; the same error as that of a login.
    """
    parameters = host.get_connection_parameters(CONNECTION_NAME)
    extras = parameters.extras or {}
    ssh_file = extras.get("ssh_config_file", configuration.ssh.config_file)
    if extras.get("sock") or _leads_elsewhere(ssh_file):
        return
    address = extras.get("host") or parameters.hostname or host.name
    port = extras.get("port") or parameters.port or _SSH_PORT
    try:
        patience = float(extras.get("conn_timeout", _CONN_TIMEOUT))
        socket.create_connection((address, port), timeout=patience).close()
    except (OSError, ValueError) as error:
        raise named(error, host=host.name, address=address, port=port) from None


def _leads_elsewhere(ssh_file: str | None) -> bool:
    """Whether a file of SSH could name another address or a way over another machine."""
    file = Path(ssh_file).expanduser() if ssh_file else None
    if file is None or not file.exists():
        return False
    try:
        return _OTHER_WAY.search(file.read_text(encoding="utf-8")) is not None
    except (OSError, UnicodeDecodeError):
        return True  # the login will say what is wrong with it


def safe_extras(extras: dict[str, Any], *, host: str) -> dict[str, Any]:
    """Check host keys where the inventory does not say how.

    Raises:
        HostKeyUnknown: the inventory names a file of keys that is not there; netmiko would
            silently do without.
    """
    extras = {"ssh_strict": True, **extras}
    if not extras.keys() & _KEY_SOURCES:
        extras["system_host_keys"] = True
    key_file = extras.get("alt_key_file")
    if extras.get("alt_host_keys") and not (key_file and Path(key_file).is_file()):
        raise errors.HostKeyUnknown(
            f"alt_key_file {key_file or '(not given)'} is not there",
            host=host,
            remedy="collect the keys: ssh-keyscan ADDRESS >> FILE, and compare them",
        )
    return extras


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, NoValidConnectionsError):
            yield from error.errors.values()
        error = error.__cause__ or error.__context__


def _named(error: Exception, host: Host) -> errors.ConnectError:
    return named(error, host=host.name, address=host.hostname or host.name, port=host.port or 22)


def named(error: Exception, *, host: str, address: str, port: int) -> errors.ConnectError:
    """Turn what netmiko or paramiko raised into the error that says what happened."""
    where = f"{address} port {port}"
    for cause in _causes(error):
        kind, message, remedy = _explain(cause, where)
        if kind is not None:
            return kind(message, host=host, remedy=remedy)
    return errors.ConnectFailed(
        f"no session with {where}: {_first_line(error)}",
        host=host,
        remedy=f"try: ssh -p {port} {address}",
    )


_Explained = tuple[type[errors.ConnectError] | None, str, str]


def _explain(cause: BaseException, where: str) -> _Explained:
    match cause:
        case BadHostKeyException():
            return (
                errors.HostKeyChanged,
                f"{where} presents host key {fingerprint(cause.key)}, known is "
                f"{fingerprint(cause.expected_key)}",
                "find out why before anything else; if the switch was replaced, put its new key "
                "into the known-hosts file",
            )
        case AuthenticationException() | NetmikoAuthenticationException():
            return _explain_login(cause, where)
        case IncompatiblePeer():
            return (
                errors.NoCommonAlgorithm,
                f"{where} and this machine share no algorithm: {_first_line(cause)}",
                "an old switch may need: pip install 'nxsl[legacy-ssh]'",
            )
        case socket.gaierror():
            return errors.NameNotFound, f"{where} does not resolve", "check hostname in hosts.yaml"
        case ConnectionRefusedError():
            return (
                errors.ConnectionRefused,
                f"{where} refuses the connection",
                "check address and port, and `feature ssh` on the switch",
            )
        case _:
            return _explain_by_text(cause, where)


def _explain_login(cause: BaseException, where: str) -> _Explained:
    if "authentication timeout" in str(cause).lower():
        return (
            errors.ConnectTimeout,
            f"{where} does not answer the login in time",
            "its AAA server may be slow or down; raise auth_timeout in connection_options",
        )
    return (
        errors.LoginFailed,
        f"{where} does not accept the user name and password or key",
        "check NXSL_USERNAME and NXSL_PASSWORD, or the inventory's username",
    )


def _explain_by_text(cause: BaseException, where: str) -> _Explained:
    text = str(cause)
    if isinstance(cause, SSHException) and "not found in known_hosts" in text:
        return (
            errors.HostKeyUnknown,
            f"the host key of {where} is not known",
            "compare it with the switch's own (`show ssh key`), then add it to the known-hosts "
            "file; `ssh_strict: false` accepts any key",
        )
    if isinstance(cause, TimeoutError) or "No existing session" in text:
        return (
            errors.ConnectTimeout,
            f"{where} does not answer in time",
            "check the way to it; raise conn_timeout in connection_options if it is only slow",
        )
    early = isinstance(cause, SSHException) and "banner" in text
    if early or isinstance(cause, EOFError):
        return (
            errors.ConnectFailed,
            f"{where} closed the connection "
            + ("before its SSH banner" if early else "during the login"),
            "all its vty sessions may be in use: see `show users`",
        )
    return None, "", ""


def fingerprint(key: PKey) -> str:
    """The SHA-256 fingerprint, as OpenSSH prints it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return f"{key.get_name()} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
