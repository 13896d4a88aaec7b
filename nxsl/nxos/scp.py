"""Files by SCP, over an SSH connection of its own; bytes in, bytes out.

netmiko makes that connection anew from the session's parameters: address, port, user, key files,
proxy command, known-hosts files and policy are the same. Where the inventory lets any host key
pass, the key of the session is required all the same: a password goes to that switch and no other.
"""

from __future__ import annotations

import errno
import io
import re
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netmiko.scp_handler import SCPConn
from paramiko import MissingHostKeyPolicy, RejectPolicy
from paramiko.ssh_exception import SSHException
from scp import SCPClient, SCPException  # type: ignore[import-untyped]

from nxsl.core import errors
from nxsl.core.payload import Payload
from nxsl.core.usage_files import LARGEST
from nxsl.nxos.connect import fingerprint, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from netmiko import BaseConnection
    from paramiko import PKey, SSHClient

SILENCE = 30.0
"""Seconds without a byte after which a transfer is given up."""
LONGEST = 600.0
"""Seconds that one transfer may take."""

_BROKEN = (SCPException, SSHException, EOFError, OSError, AssertionError)
FULL = re.compile(r"no space left|not enough space|disk (?:is )?full|quota", re.IGNORECASE)
FULL_REMEDY = "see `dir bootflash:`, and delete what is not needed"
_DENIED = re.compile(r"permission denied|not authori[sz]ed|access denied", re.IGNORECASE)


class Unserved(Exception):
    """The switch serves no SCP, or the connection for it could not be had; the text says why."""


class _KeyOfSession(MissingHostKeyPolicy):  # type: ignore[misc] # paramiko has no types
    """Take no key but the one that the session has met."""

    def __init__(self, known: PKey) -> None:
        self._known = known

    def missing_host_key(self, _client: SSHClient, hostname: str, key: PKey) -> None:
        if key != self._known:
            raise errors.HostKeyChanged(
                f"{hostname} presents host key {fingerprint(key)} to SCP, and presented "
                f"{fingerprint(self._known)} to the session",
                remedy="find out why before anything else",
            )


class _Connection(SCPConn):
    """netmiko's, with the session's host key required, and closed where it fails."""

    def establish_scp_conn(self) -> None:
        """Log in once more."""
        session = self.ssh_ctl_chan
        client = self.scp_conn = session._build_ssh_client()  # noqa: SLF001 (as netmiko does)
        if not isinstance(session.key_policy, RejectPolicy):
            met: SSHClient = session.remote_conn_pre
            known = met.get_transport().get_remote_server_key()
            client.set_missing_host_key_policy(_KeyOfSession(known))
        try:
            client.connect(**session._connect_params_dict())  # noqa: SLF001 (likewise)
        except BaseException:
            client.close()
            raise
        self.scp_client = SCPClient(
            client.get_transport(), socket_timeout=self.socket_timeout, progress=self.progress
        )


@dataclass
class _Course:
    """How far a transfer has come."""

    begun: bool = False
    late: bool = False

    def note(self, _name: bytes, size: int, sent: int) -> None:
        """Take note of progress; the first is told when both sides have agreed on a file."""
        self.begun = True
        if size > LARGEST and sent:  # not before: the library would leave its file open
            raise SCPException(f"a file of {size} bytes is not what was expected")


def get(connection: BaseConnection, path: str, *, host: str) -> Payload:
    """Fetch a file.

    Args:
        connection: the session's.
        path: the file on the switch.
        host: the inventory's name, for errors.

    Raises:
        Unserved: nothing came, and the console may be tried.
        HostKeyUnknown, HostKeyChanged: no password was sent.
        TransferFailed: the transfer broke, or stopped short.
    """
    with tempfile.TemporaryDirectory(prefix="nxsl-") as folder:
        here = Path(folder) / "fetched"
        _transfer(connection, host, "fetching", lambda client: client.get(path, str(here)))
        if not here.is_file():
            raise Unserved("the switch sent no file")
        here.chmod(0o600)  # the switch says the mode, and might say that nobody may read it
        return Payload(here.read_bytes())


def put(connection: BaseConnection, path: str, data: Payload, *, host: str) -> None:
    """Send a file; by `flash.store`, which lets the run's guard note it.

    Args:
        connection: the session's.
        path: the file on the switch.
        data: its bytes.
        host: the inventory's name, for errors.

    Raises:
        Unserved: nothing was sent.
        HostKeyUnknown, HostKeyChanged: no password was sent.
        TransferFailed: the transfer broke; a part of it may be on the switch.
    """
    _transfer(
        connection,
        host,
        "sending",
        lambda client: client.putfo(io.BytesIO(data.reveal()), path, mode="0600", size=len(data)),
    )


def _transfer(
    connection: BaseConnection, host: str, doing: str, run: Callable[[SCPClient], None]
) -> None:
    """Connect, watch the time, run, and name what goes wrong."""
    course = _Course()
    opened = _connect(connection, host, course.note)

    def give_up() -> None:
        course.late = True
        opened.close()

    # The library waits for the far end's exit status without end.
    watch = threading.Timer(LONGEST, give_up)
    watch.daemon = True
    watch.start()
    try:
        failure = _run(run, opened.scp_client, course, doing)
    finally:
        watch.cancel()
        opened.close()
    if isinstance(failure, errors.TransferFailed):
        failure.host = host
    if failure is not None:
        raise failure


def _run(
    run: Callable[[SCPClient], None], client: SCPClient, course: _Course, doing: str
) -> errors.TransferFailed | Unserved | None:
    """Run; what went wrong is given, as the exception behind it keeps frames with the content."""
    try:
        run(client)
    except _BROKEN as error:
        return _failure(error, course, doing)
    # Where the connection was closed on it, the library may end without a word.
    return _failure(TimeoutError(), course, doing) if course.late else None


def _connect(connection: BaseConnection, host: str, progress: Callable[..., Any]) -> _Connection:
    if connection.sock is not None and not connection.ssh_config_file:
        raise Unserved("the session runs over a socket that cannot be opened twice")
    try:
        return _Connection(connection, socket_timeout=SILENCE, progress=progress)
    except errors.HostKeyChanged as error:
        error.host = host
        raise
    except (SSHException, OSError, EOFError) as error:
        problem = named(error, host=host, address=connection.host, port=connection.port or 22)
    if isinstance(problem, errors.HostKeyUnknown | errors.HostKeyChanged):
        raise problem
    raise Unserved(problem.message)


def _failure(error: BaseException, course: _Course, doing: str) -> errors.TransferFailed | Unserved:
    """What a broken transfer means: how far it had come decides.

    Once a file is under way, words may be a piece of it, and are not shown.
    """
    words = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    said = f": {words}" if words and not course.begun else ""
    if course.late:
        return errors.TransferFailed(f"{doing} took longer than {LONGEST:.0f} s and was given up")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return errors.TransferFailed(
            f"{doing}: this machine has no space for temporary files",
            remedy="make room, or set TMPDIR",
        )
    judged = words if doing == "sending" or not course.begun else ""
    if FULL.search(judged):
        return errors.TransferFailed(f"bootflash: of the switch is full{said}", remedy=FULL_REMEDY)
    if _DENIED.search(judged):
        return errors.TransferFailed(
            f"the user's role does not allow {doing}{said}",
            remedy="use an account with role network-admin",
        )
    if not course.begun:
        return Unserved(words or type(error).__name__)
    return errors.TransferFailed(
        f"{doing} broke in the middle", remedy="try again; nothing of it was kept"
    )
