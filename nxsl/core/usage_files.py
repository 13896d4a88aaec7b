"""Usage files of switches without a way to Cisco: their names, their manifest, their answers.

A folder holds the usage reports and trust requests that were fetched from switches, the
acknowledgements that CSSM gave for them, and `manifest.json`: which file is of which switch, and
what was imported where. What the files say is opaque and is never looked at; only their names,
sizes and digests are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 (pydantic reads the annotations)
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from nxsl.core import errors
from nxsl.core.policy import has_new_trust

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from nxsl.core.policy_records import PolicyStatus

MANIFEST = "manifest.json"
"""The manifest's name in its folder."""

ACK_PREFIX = "ACK_"
"""CSSM names an acknowledgement so, with the report's name behind it (recalled)."""

LARGEST = 64 * 1024 * 1024
"""Bytes that a file may have; reports have thousands."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_STAMP = re.compile(r"_\d{8}T\d{6}Z(?=\.[a-z]+\Z)", re.ASCII)
_LONGEST_NAME = 80


class SavedKind(StrEnum):
    """What a switch writes into a file."""

    USAGE = "usage"
    TRUST_REQUEST = "trust-request"


class ImportKind(StrEnum):
    """What a switch imports from a file."""

    ACK = "ack"
    """The acknowledgement of a usage report."""
    POLICY = "policy"
    """The policy of an account; the same file for every switch."""
    TRUST = "trust"
    """A trust code, the answer to a trust request."""

    @property
    def answers(self) -> SavedKind | None:
        """What it is an answer to; None where it is made out to no switch."""
        return _ANSWERS.get(self)


_ANSWERS = {ImportKind.ACK: SavedKind.USAGE, ImportKind.TRUST: SavedKind.TRUST_REQUEST}


class Travelled(StrEnum):
    """How a file came from its switch."""

    SCP = "scp"
    CONSOLE = "console"


_FileName = Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f.][^/\\\x00-\x1f]*$")]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Md5 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SavedFile(_Entry):
    """A file that was fetched from a switch.

    Attributes:
        host: the inventory's name of the switch.
        serial: its serial number.
        udi: the product instance, where it is known.
        release: its NX-OS.
        kind: what it is.
        file: its name in the folder.
        size: its bytes.
        sha256: of what is in the folder.
        md5: as the switch said it, before it was fetched.
        which: which reports: `all`, `unreported`, `days:N` or `rum-id:ID`; empty for a request.
        saved_at: when.
        travelled: how it came.
    """

    host: str
    serial: str
    udi: str = ""
    release: str = ""
    kind: SavedKind = SavedKind.USAGE
    file: _FileName
    size: Annotated[int, Field(gt=0)]
    sha256: _Sha256
    md5: _Md5
    which: str = ""
    saved_at: AwareDatetime
    travelled: Travelled


class ImportedFile(_Entry):
    """A file that a switch has imported, proven by its status.

    Attributes:
        host: the inventory's name of the switch.
        serial: its serial number.
        kind: what it is.
        file: its name.
        sha256: of the file.
        imported_at: when.
        shown: the date that the switch showed for it afterwards; None where it shows none.
    """

    host: str
    serial: str
    kind: ImportKind
    file: _FileName
    sha256: _Sha256
    imported_at: AwareDatetime
    shown: AwareDatetime | None = None


class Manifest(_Entry):
    """What is known of a folder's files.

    Attributes:
        version: of this layout.
        saved: the files that came from switches, in the order in which they came.
        imported: what was imported, in that order.
    """

    version: Literal[1] = 1
    saved: tuple[SavedFile, ...] = ()
    imported: tuple[ImportedFile, ...] = ()

    def with_saved(self, entry: SavedFile) -> Manifest:
        """The same with one file more."""
        return self.model_copy(update={"saved": (*self.saved, entry)})

    def with_imported(self, entry: ImportedFile) -> Manifest:
        """The same with one import more."""
        return self.model_copy(update={"imported": (*self.imported, entry)})

    def to_text(self) -> str:
        """As it is written into its file."""
        return self.model_dump_json(indent=2) + "\n"


def read_manifest(content: bytes, *, where: str) -> Manifest:
    """Read the bytes of a manifest.

    Args:
        content: the bytes.
        where: the file, for errors.

    Raises:
        ManifestError: it is damaged, of another version, or contradicts itself.
    """
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _damaged(where, f"{place}: {first['msg']}" if place else first["msg"]) from None
    names = [entry.file for entry in manifest.saved]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise _damaged(where, f"{min(twice)} is there twice")
    return manifest


def _damaged(where: str, why: str) -> errors.ManifestError:
    return errors.ManifestError(
        f"{where} cannot be read, and is left as it is: {why}",
        remedy="restore it, or use another --directory; the files beside it are whole",
    )


def file_name(host: str, serial: str, at: datetime, *, suffix: str = ".rum") -> str:
    """Name a file so that people can tell whose it is, whatever host and serial hold."""
    parts = (_UNSAFE.sub("_", part)[:_LONGEST_NAME].lstrip(".-") for part in (host, serial))
    return "_".join([*(part or "_" for part in parts), f"{at:%Y%m%dT%H%M%SZ}"]) + suffix


def undated(name: str) -> str:
    """The name that a file has whenever it is made."""
    return _STAMP.sub("_DATE", name)


def selection_words(which: str) -> str:
    """Turn `all`, `unreported`, `days:N` or `rum-id:ID` into the words of the command.

    Raises:
        ValueError: it is none of them.
    """
    found = re.fullmatch(r"all|unreported|days:[1-9]\d{0,3}|rum-id:\d{1,20}", which, re.ASCII)
    if found is None:
        raise ValueError(f"'{which}' is none of: all, unreported, days:N, rum-id:ID")
    return which.replace(":", " ")


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """The file that answers a host's newest answered report or request.

    Attributes:
        file: its name in the folder.
        report: what it answers.
        note: what else there is to say; may be empty.
    """

    file: str
    report: SavedFile
    note: str = ""


def find_answer(
    names: Collection[str], manifest: Manifest, *, host: str, serial: str, kind: ImportKind
) -> FoundAnswer:
    """Find CSSM's answer to what a host has saved, by its name; the newest one counts.

    Args:
        names: the names of the files in the folder.
        manifest: the folder's.
        host: the inventory's name of the switch.
        serial: the serial number that the switch shows.
        kind: what is to be imported.

    Raises:
        FileRefused: there is none; the message names what was looked for.
    """
    if kind.answers is None:
        raise errors.FileRefused(
            "a policy file is made out to no switch, so it cannot be told by its name",
            remedy="name it: --file FILE",
        )
    reports = _saved_by(manifest, serial, kind.answers)
    if not reports:
        raise _nothing_saved(manifest, host, serial, kind.answers)
    answered = [entry for entry in reports if ACK_PREFIX + entry.file in names]
    if not answered:
        looked_for = ", ".join(ACK_PREFIX + entry.file for entry in reports[:3])
        raise errors.FileRefused(
            f"there is no answer for {host} yet; looked for {looked_for}",
            remedy=f"upload {reports[0].file} to CSSM (Reports > Usage Data Files > Upload Usage "
            f"Data), download what it gives and put it there as {ACK_PREFIX}{reports[0].file}",
        )
    newest = answered[0]
    notes = []
    if len(answered) > 1:
        notes.append(f"the newest of {len(answered)} answers")
    if newest is not reports[0]:
        notes.append(f"{reports[0].file} has none yet")
    return FoundAnswer(ACK_PREFIX + newest.file, newest, "; ".join(notes))


def _saved_by(manifest: Manifest, serial: str, kind: SavedKind) -> Sequence[SavedFile]:
    """What a switch has saved, the newest first."""
    mine = [entry for entry in manifest.saved if (entry.serial, entry.kind) == (serial, kind)]
    return sorted(mine, key=lambda entry: entry.saved_at, reverse=True)


def _nothing_saved(
    manifest: Manifest, host: str, serial: str, kind: SavedKind
) -> errors.FileRefused:
    command = "nxsl usage save" if kind is SavedKind.USAGE else "nxsl usage trust-request"
    others = [entry.serial for entry in manifest.saved if entry.host == host]
    if others:
        return errors.FileRefused(
            f"{host} is another switch now: the folder's files are of serial number {others[-1]}, "
            f"it shows {serial}",
            remedy=f"an answer to another switch is of no use: {command}",
        )
    return errors.FileRefused(
        f"the folder's manifest knows nothing of {host} (serial number {serial}) that could have "
        "been answered",
        remedy=f"first: {command} with the same --directory",
    )


def require_own(
    manifest: Manifest, *, file: str, sha256: str, host: str, serial: str, kind: ImportKind
) -> None:
    """Refuse a file of which the manifest knows that it answers another switch.

    What a file says is opaque, so it is told by the name that CSSM gave it, and by what was
    imported before.

    Raises:
        FileRefused: it is another switch's.
    """
    if kind.answers is None:
        return
    owners = [
        (entry.host, entry.serial)
        for entry in manifest.saved
        if file in {ACK_PREFIX + entry.file, entry.file}
    ] + [
        (entry.host, entry.serial)
        for entry in manifest.imported
        if entry.sha256 == sha256 and entry.kind is kind
    ]
    foreign = [owner for owner in owners if owner[1] != serial]
    if foreign:
        name, number = foreign[0]
        raise errors.FileRefused(
            f"{file} is for {name} (serial number {number}), not for {host} ({serial})",
            remedy="give each switch its own: nxsl usage import --directory finds it by its name",
        )
    if any(file == entry.file for entry in manifest.saved):
        raise errors.FileRefused(
            f"{file} is what the switch wrote itself, not the answer to it",
            remedy="upload it to CSSM, and import the acknowledgement that CSSM gives",
        )


def shown_date(kind: ImportKind, status: PolicyStatus) -> datetime | None:
    """The date by which a switch shows that it has imported something."""
    match kind:
        case ImportKind.ACK:
            return status.reporting.last_ack
        case ImportKind.POLICY:
            return status.policy.installed
        case ImportKind.TRUST:
            return status.trusted_at


def has_effect(kind: ImportKind, before: PolicyStatus, now: PolicyStatus) -> bool:
    """Whether an import shows, compared with the status from before it."""
    if kind is ImportKind.TRUST:
        return has_new_trust(before, now)
    if shown_date(kind, now) not in {None, shown_date(kind, before)}:
        return True
    if kind is not ImportKind.POLICY:
        return False
    # A switch may show another policy without a date of its own.
    return (now.policy.name, now.policy.in_use) != (before.policy.name, before.policy.in_use)


def is_imported(
    manifest: Manifest, *, sha256: str, serial: str, kind: ImportKind, status: PolicyStatus
) -> ImportedFile | None:
    """The import of this very file on this switch, where its status still shows one as late.

    A switch that was reset since shows none, and gets the file again.
    """
    mine = [
        entry
        for entry in manifest.imported
        if (entry.sha256, entry.serial, entry.kind) == (sha256, serial, kind)
    ]
    date = shown_date(kind, status)
    for entry in reversed(mine):
        if date is not None and entry.shown is not None and date >= entry.shown:
            return entry
    return None
