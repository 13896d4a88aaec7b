"""The files of a switch's `bootflash:`: look, fetch, store, remove; to the byte or not at all.

A file is what the switch's own MD5 and size say it is. SCP carries it; where the switch serves
none, a text is fetched over the console, and believed only if it has that MD5 and that size.
"""

from __future__ import annotations

import contextlib
import operator
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.guard import StepKind
from nxsl.core.payload import Payload
from nxsl.core.usage_files import LARGEST, Travelled
from nxsl.nxos import scp
from nxsl.nxos.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netmiko import BaseConnection

    from nxsl.core.secret import SecretText
    from nxsl.core.system_records import FlashFile
    from nxsl.nxos.session import Session

FILE_SYSTEM = "bootflash:"

SCP_REMEDY = "on the switch: configure terminal, then: feature scp-server"

FULL_REMEDY = scp.FULL_REMEDY

# A console that shows more than this would take too long; reports have thousands of bytes.
_MOST_ON_CONSOLE = 2 * 1024 * 1024
_CONSOLE_TIMEOUT = 300.0
_MD5_TIMEOUT = 300.0

# `terminal width 511`, which netmiko sets, is where a switch may break a line.
_WIDTH = 511
# The session strips empty lines at both ends of a reply; so many are put back for a try.
_MOST_MISSING = 16
_MOST_FULL_ROWS = 500


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as it is on the switch.

    Attributes:
        data: its content.
        md5: as the switch said it.
        travelled: how it came.
    """

    data: Payload
    md5: str
    travelled: Travelled


def path_of(name: str) -> str:
    """The path of a file, as commands take it.

    Raises:
        ValueError: the name could be taken for something else than a name.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}", name, re.ASCII):
        raise ValueError(f"not a plain file name: {name!r}")
    return f"{FILE_SYSTEM}{name}"


def put_words(name: str, data: Payload) -> str:
    """How a run notes that a file is put on the switch; nothing is typed for that."""
    return f"scp {len(data)} bytes, SHA-256 {data.sha256}, to {path_of(name)}"


def is_full(words: str) -> bool:
    """Whether the switch's words say that there is no space left."""
    return scp.FULL.search(words) is not None


def look(session: Session, name: str) -> FlashFile | None:
    """The file as `dir` shows it; None where it is not there.

    Raises:
        ParseError: the switch prints something else.
        CommandRejected, PermissionDenied, SessionError.
    """
    # Not masked: a long name may look like a token.
    shown = session.execute_unseen(f"dir {path_of(name)}")
    listing = parse("dir bootflash:", shown.reveal())
    return next((each for each in listing.files if each.name.lstrip("/") == name), None)


def md5_of(session: Session, name: str) -> str:
    """The MD5 that the switch computes of a file.

    Raises:
        TransferFailed: the switch prints something else. That is not shown: it may be the file.
        CommandRejected, PermissionDenied, SessionError.
    """
    shown = session.execute_unseen(f"show file {path_of(name)} md5sum", timeout=_MD5_TIMEOUT)
    with suppress(errors.ParseError):
        return parse("show file md5sum", shown.reveal())
    raise errors.TransferFailed(
        f"the switch does not tell the MD5 of {path_of(name)}",
        host=session.host,
        remedy=f"type `show file {path_of(name)} md5sum` to see what it says",
    )


def remove(session: Session, name: str) -> bool:
    """Delete a file, and see that it is gone; whether it had been there.

    Raises:
        NotApplied: it is still there.
        CommandRejected, PermissionDenied, SessionError.
    """
    if look(session, name) is None:
        return False
    session.execute(f"delete {path_of(name)} no-prompt")
    if look(session, name) is not None:
        raise errors.NotApplied(
            f"{path_of(name)} is still there after it was deleted",
            host=session.host,
            remedy=f"on the switch: delete {path_of(name)}",
        )
    return True


def fetch(connection: BaseConnection, session: Session, name: str) -> Fetched:
    """Fetch a file, exact to the byte.

    Args:
        connection: netmiko's, of the session; SCP makes its own with the same parameters.
        session: the session.
        name: the file.

    Raises:
        TransferFailed: it is not there, changed on its way, or came in part.
        HostKeyUnknown, HostKeyChanged: of the SCP connection; no password was sent.
        ParseError, CommandRejected, SessionError.
    """
    found = look(session, name)
    if found is None:
        raise errors.TransferFailed(f"{path_of(name)} is not there", host=session.host)
    if not 0 < found.size <= LARGEST:
        raise errors.TransferFailed(
            f"{path_of(name)} has {found.size} bytes, which no licensing file has",
            host=session.host,
            remedy=f"look at it: show file {path_of(name)}",
        )
    md5 = md5_of(session, name)
    try:
        data = scp.get(connection, _scp_path(name), host=session.host)
    except scp.Unserved as why:
        data = _from_console(session, found, md5, why=str(why))
        return Fetched(data, md5, Travelled.CONSOLE)
    if len(data) != found.size or data.md5 != md5:
        raise errors.TransferFailed(
            f"{path_of(name)} changed on its way: {len(data)} bytes with MD5 {data.md5} came, "
            f"the switch has {found.size} with {md5}",
            host=session.host,
            remedy="try again; nothing of it was kept",
        )
    return Fetched(data, md5, Travelled.SCP)


def store(connection: BaseConnection, session: Session, name: str, data: Payload) -> str:
    """Put a file on the switch, and see by its MD5 that it is there whole; give that.

    What does not arrive whole is removed again.

    Raises:
        TransferFailed: it did not; the message says so where it could not be removed.
        HostKeyUnknown, HostKeyChanged: of the SCP connection; no password was sent.
        ParseError, CommandRejected, SessionError.
    """
    unserved = ""
    try:
        with session.gate.step(StepKind.FILE, (put_words(name, data),)) as course:
            try:
                scp.put(connection, _scp_path(name), data, host=session.host)
            except scp.Unserved as why:
                unserved, course.refused = str(why), True
    except errors.TransferFailed as error:
        with _saying_what_is_left(error, name):
            remove(session, name)
        raise
    if unserved:
        raise errors.TransferFailed(
            f"the switch takes no files by SCP: {unserved}", host=session.host, remedy=SCP_REMEDY
        )
    found = look(session, name)
    md5 = md5_of(session, name) if found else ""
    if found is None or found.size != len(data) or md5 != data.md5:
        size = found.size if found else 0
        changed = errors.TransferFailed(
            f"{path_of(name)} changed on its way: {len(data)} bytes with MD5 {data.md5} were "
            f"sent, the switch has {size} with {md5 or 'none'}",
            host=session.host,
            remedy="try again; nothing of it was kept",
        )
        with _saying_what_is_left(changed, name):
            remove(session, name)
        raise changed
    return md5


@contextlib.contextmanager
def _saying_what_is_left(error: errors.NxslError, name: str) -> Iterator[None]:
    """Add to an error that its remains could not be removed; the error itself matters more."""
    try:
        yield
    except errors.NxslError as problem:
        error.args = (f"{error.message}; {path_of(name)} may still be there: {problem.message}",)


def _scp_path(name: str) -> str:
    return path_of(name).replace(":", ":/", 1)  # netmiko's form for NX-OS


def _from_console(session: Session, file: FlashFile, md5: str, *, why: str) -> Payload:
    """Let the switch show a file, and find the bytes that fit its MD5 and size."""
    problem = f"the switch gives no files by SCP ({why})"
    if file.size > _MOST_ON_CONSOLE:
        raise errors.TransferFailed(
            f"{problem}, and {file.size} bytes are too many for the console",
            host=session.host,
            remedy=SCP_REMEDY,
        )
    try:
        shown = session.execute_unseen(f"show file {path_of(file.name)}", timeout=_CONSOLE_TIMEOUT)
    except errors.CommandRejected as refusal:
        raise errors.TransferFailed(
            f"{problem}, and does not show it over the console: {refusal.message}",
            host=session.host,
            remedy=SCP_REMEDY,
        ) from None
    found = _fitting(shown, file.size, md5)
    if found is not None:
        return found
    raise errors.TransferFailed(
        f"{problem}, and what the console shows of {path_of(file.name)} is not what its MD5 says",
        host=session.host,
        remedy=SCP_REMEDY,
    )


def _fitting(shown: SecretText, size: int, md5: str) -> Payload | None:
    tried = map(Payload, candidates(shown.reveal(), size))
    return next((data for data in tried if data.md5 == md5), None)


def candidates(text: str, size: int) -> Iterator[bytes]:
    """The contents of `size` bytes that a console may have shown as `text`.

    A console adds and drops line ends: it wraps, it may end lines in CR LF, and the session strips
    empty lines. Nothing else is tried; which one is right, if any, the MD5 must say. Bytes that
    are no UTF-8 are lost on a console, so that nothing fits.
    """
    for joined in _unwrapped(text):
        for end in ("\n", "\r\n"):
            data = joined.replace("\n", end).encode()
            missing, rest = divmod(size - len(data), len(end))
            if rest == 0 and 0 <= missing <= _MOST_MISSING:
                for before in range(missing + 1):
                    yield end.encode() * before + data + end.encode() * (missing - before)


def _unwrapped(text: str) -> Iterator[str]:
    """The text as it stands, and with rows as wide as the terminal joined with the next one.

    A line may be as wide by itself, so each of the joints is also left as it is, one at a time.
    """
    yield text
    rows = text.split("\n")
    full = [number for number, row in enumerate(rows[:-1]) if len(row) == _WIDTH]
    if not full:
        return
    wide = set(full)
    ends = ["" if number in wide else "\n" for number in range(len(rows) - 1)] + [""]
    yield "".join(map(operator.add, rows, ends))
    for number in full[:_MOST_FULL_ROWS]:
        kept = [*ends[:number], "\n", *ends[number + 1 :]]
        yield "".join(map(operator.add, rows, kept))
