"""Snapshots of a fleet in a folder, one file a host."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from nxsl.core.errors import SnapshotError
from nxsl.core.payload import Payload
from nxsl.core.snapshot import Snapshot, from_json, to_json
from nxsl.fleet.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".json"

# Only lower case: some file systems do not tell `leaf1` from `Leaf1`.
_PLAIN = re.compile(r"[a-z0-9_][a-z0-9_.-]{0,99}", re.ASCII)
_UNSAFE = re.compile(r"[^a-z0-9_-]+", re.ASCII)
_LONGEST = 60
_DIGITS = 16


def file_name(host: str) -> str:
    """The name of a host's file: its own name where that is plain, else with a digest of it.

    `~` stands in no plain name, so that no two hosts share a file.
    """
    if _PLAIN.fullmatch(host):
        return host + SUFFIX
    digest = hashlib.sha256(host.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]
    return f"{_UNSAFE.sub('_', host.lower())[:_LONGEST]}~{digest}{SUFFIX}"


def write_snapshot(folder: Path, snapshot: Snapshot) -> Path:
    """Write a host's snapshot, whole or not at all; it takes the place of an older one.

    Only its owner can read the file: it names accounts and serial numbers.

    Raises:
        SnapshotError: it cannot be written.
    """
    file = folder / file_name(snapshot.host)
    try:
        return write_whole(file, Payload(to_json(snapshot).encode("ascii")))
    except OSError as error:
        raise SnapshotError(
            f"{file} cannot be written: {error.strerror or type(error).__name__}",
            host=snapshot.host,
        ) from None


def read_snapshots(folder: Path) -> dict[str, Snapshot]:
    """Read all snapshots of a folder, by host; empty for an empty folder.

    Raises:
        SnapshotError: there is no such folder.
        ExceptionGroup: of one SnapshotError for each file that is no whole snapshot, or stands
            under another host's name.
    """
    if not folder.is_dir():
        raise SnapshotError(f"there is no folder {folder}", remedy="nxsl upgrade snapshot makes it")
    found: dict[str, Snapshot] = {}
    problems: list[SnapshotError] = []
    # A hidden file is what an interrupted writer left.
    files = sorted(each for each in folder.glob(f"*{SUFFIX}") if not each.name.startswith("."))
    for file in files:
        try:
            snapshot = _read(file)
        except SnapshotError as error:
            problems.append(error)
        else:
            found[snapshot.host] = snapshot
    if problems:
        raise ExceptionGroup("snapshots cannot be read", problems)
    return found


def _read(file: Path) -> Snapshot:
    try:
        text = file.read_bytes().decode("ascii")
    except OSError as error:
        raise SnapshotError(f"{file}: {error.strerror or type(error).__name__}") from None
    except UnicodeDecodeError:
        raise SnapshotError(
            f"{file}: is not plain ASCII, as nxsl writes it",
            remedy="take the snapshot again: nxsl upgrade snapshot --replace",
        ) from None
    snapshot = from_json(text, source=str(file))
    if file.name != file_name(snapshot.host):
        raise SnapshotError(
            f"{file}: host: the snapshot is of another host than the file's name says",
            remedy="give it its own name again, or take it away",
        )
    return snapshot
