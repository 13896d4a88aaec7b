"""Files of known hosts, read once and asked for one host at a time.

paramiko reads the whole file for each connection, and goes through all of it for each question: a
thousand switches would read a million lines.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from paramiko.hostkeys import HostKeyEntry, HostKeys, InvalidHostKey
from paramiko.ssh_exception import SSHException

from nxsl.core import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

_USERS_OWN = "~/.ssh/known_hosts"
_HASHED = "|1|"


@dataclass(frozen=True, slots=True)
class _Known:
    """What a file held when it was read.

    Attributes:
        by_name: the entries of each name in clear, as their place in the file and themselves.
        hashed: the entries with a hashed name; only trying tells whose they are.
    """

    by_name: dict[str, list[tuple[int, HostKeyEntry]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    hashed: list[tuple[int, HostKeyEntry]] = field(default_factory=list)


_Stamp = tuple[int, int, int]
_READ: dict[str, tuple[_Stamp, _Known]] = {}
_LOCK = threading.Lock()


def known_to(name: str, files: Iterable[str | None]) -> HostKeys:
    """The keys that files hold for one host; the caller's own, to be added to.

    Args:
        name: the host as files of known hosts name it: `ADDRESS`, or `[ADDRESS]:PORT`.
        files: the files; None for the user's own, which need not be there.

    Raises:
        OSError: a file cannot be read.
    """
    found = HostKeys()
    kinds: set[str] = set()
    for file in files:
        path = os.path.expanduser(_USERS_OWN if file is None else file)  # noqa: PTH111 (each login)
        try:
            known = _read(path)
        except OSError:
            if file is None:
                continue
            raise
        # As paramiko does: what an earlier line says of a key's kind counts.
        hashed = [(at, entry) for at, entry in known.hashed if _is_of(entry, name)]
        for _, entry in sorted([*known.by_name.get(name, ()), *hashed], key=lambda each: each[0]):
            if entry.key.get_name() not in kinds:
                kinds.add(entry.key.get_name())
                found._entries.append(HostKeyEntry([name], entry.key))  # noqa: SLF001 (dear to ask)
    return found


def add_to(file: str, keys: HostKeys) -> None:
    """Add keys to a file that does not hold them yet."""
    with _LOCK:
        held = HostKeys(file) if Path(file).exists() else HostKeys()
        new = [
            HostKeyEntry([name], key)
            for name in keys
            for key in keys[name].values()
            if not held.check(name, key)
        ]
        added = "".join(entry.to_line() for entry in new).encode()
        with Path(file).open("ab+") as lines:
            if added and lines.tell():
                lines.seek(-1, os.SEEK_END)
                # Else the first key would become a part of a last line that has no end.
                added = added if lines.read() == b"\n" else b"\n" + added
            lines.write(added)


def _is_of(entry: HostKeyEntry, name: str) -> bool:
    return any(
        HostKeys.hash_host(name, each) == each
        for each in entry.hostnames
        if each.startswith(_HASHED)
    )


def _read(path: str) -> _Known:
    """What the file holds; read anew where it has changed."""
    found = os.stat(path)  # noqa: PTH116 (likewise)
    stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
    with _LOCK:
        cached = _READ.get(path)
        if cached is not None and cached[0] == stamp:
            return cached[1]
        known = _Known()
        with Path(path).open(encoding="utf-8", errors="surrogateescape") as lines:
            for number, line in enumerate(lines, 1):
                _add(known, f"{path}, line {number}", number, line.strip())
        _READ[path] = (stamp, known)
        return known


def _add(known: _Known, where: str, number: int, line: str) -> None:
    if not line or line.startswith("#"):
        return
    try:
        entry = HostKeyEntry.from_line(line, number)
    except SSHException:
        return  # a line that paramiko does not know is passed over, as it does
    except InvalidHostKey:
        raise errors.HostKeyUnknown(
            f"{where}, cannot be read",
            remedy="mend it; lines that begin with @ are not understood",
        ) from None
    if entry is None:
        return
    if any(each.startswith(_HASHED) for each in entry.hostnames):
        known.hashed.append((number, entry))
    for each in entry.hostnames:
        if not each.startswith(_HASHED):
            known.by_name[each].append((number, entry))
