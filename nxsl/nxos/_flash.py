"""What NX-OS prints about files: `dir`, `md5sum`, the answer to an import."""

from __future__ import annotations

import re

from nxsl.core.system_records import FlashFile, FlashListing, ImportReply
from nxsl.nxos._text import clean, refuse

# `     4096    Oct 02 12:03:19 2026  scripts/`
_ROW = re.compile(
    r"(?P<size>\d+) +[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d \d{4} +(?P<name>\S.*)", re.ASCII
)
_SUMMARY = re.compile(r"Usage for \S+|\d+ bytes (?:used|total)", re.ASCII)
_FREE = re.compile(r"(?P<free>\d+) bytes free", re.ASCII)
_MISSING = re.compile(r"No such file or directory", re.IGNORECASE)
_DIGEST = re.compile(r"[0-9a-f]{32}")
# The words of IOS-XE, where the same agent answers.
_DONE = re.compile(r"import data (?:was )?successful", re.IGNORECASE)
_NOT_DONE = re.compile(r"fail|error|invalid|not |mismatch|no such", re.IGNORECASE)


def listing(text: str) -> FlashListing:
    """Read `dir bootflash:...`."""
    files: list[FlashFile] = []
    free: int | None = None
    for line in clean("dir bootflash:", text):
        if row := _ROW.fullmatch(line):
            files.append(FlashFile(name=row["name"], size=int(row["size"])))
        elif left := _FREE.fullmatch(line):
            free = int(left["free"])
        elif not (_SUMMARY.fullmatch(line) or _MISSING.search(line)):
            refuse("dir bootflash:", f"this line is not known: {line}", text)
    return FlashListing(files=tuple(files), free=free)


def digest(text: str) -> str:
    """Read `show file ... md5sum`."""
    lines = clean("show file md5sum", text)
    if len(lines) != 1 or not _DIGEST.fullmatch(lines[0].lower()):
        refuse("show file md5sum", "this is no MD5", text)
    return lines[0].lower()


def import_reply(text: str) -> ImportReply:
    """Read the answer to `license smart import`."""
    words = " ".join(clean("license smart import", text))
    done, not_done = _DONE.search(words), _NOT_DONE.search(words)
    if bool(done) == bool(not_done):
        refuse("license smart import", "these words are not known", text)
    return ImportReply(accepted=bool(done), words=words)
