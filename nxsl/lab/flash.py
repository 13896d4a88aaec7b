"""`bootflash:` of a simulated switch: files in memory, and the screens that show them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

CAPACITY = 116_603_670_528
_SYSTEM = 5_049_614_336
_DIRECTORIES = (".rpmstore/", ".swtam/", "eem_snapshots/", "scripts/", "virtual-instance/")
_DIRECTORY_SIZE = 4096
_PREFIX = re.compile(
    r"^(?:bootflash:(?://(?:sup-local|sup-1|module-1)?(?=/|$))?|/bootflash(?=/|$))?/*"
)


class NoSpace(Exception):
    """The file does not fit."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file and when it was written, by the switch's clock."""

    data: bytes
    written: datetime


def name_of(path: str) -> str:
    """Give the name of a file in `bootflash:`; empty for `bootflash:` itself.

    `bootflash:NAME`, `bootflash:///NAME`, `bootflash://sup-local/NAME`, `/bootflash/NAME` and
    `/NAME` are the same file.
    """
    return _PREFIX.sub("", path, count=1)


class Flash:
    """The files of one switch.

    Args:
        clock: The switch's clock.
        files: What is there at the start.
        free: How many bytes may be written; None is all of the disk.
    """

    def __init__(
        self, clock: Callable[[], datetime], files: Mapping[str, bytes], free: int | None = None
    ) -> None:
        self._clock = clock
        self._started = clock()
        self._files = {name: StoredFile(data, self._started) for name, data in files.items()}
        self._free = CAPACITY - _SYSTEM if free is None else free

    def snapshot(self) -> dict[str, bytes]:
        """Copy the files."""
        return {name: stored.data for name, stored in self._files.items()}

    def read(self, path: str) -> bytes | None:
        """Give the bytes of a file; None if there is none."""
        stored = self._files.get(name_of(path))
        return None if stored is None else stored.data

    def fits(self, path: str, size: int) -> bool:
        """Tell whether a file of this size may be written, in place of the old one."""
        return size <= self._free + len(self.read(path) or b"")

    def write(self, path: str, data: bytes) -> None:
        """Write a file, over an old one.

        Raises:
            NoSpace: If it does not fit; the old one is still there.
        """
        if not self.fits(path, len(data)):
            raise NoSpace(path)
        self.delete(path)
        self._files[name_of(path)] = StoredFile(data, self._clock())
        self._free -= len(data)

    def delete(self, path: str) -> bool:
        """Delete a file; tell whether there was one."""
        stored = self._files.pop(name_of(path), None)
        if stored is None:
            return False
        self._free += len(stored.data)
        return True

    def listing(self, path: str, local: Callable[[datetime], datetime]) -> list[str] | None:
        """Render `dir`; None if the file is not there.

        Args:
            path: A file, or `bootflash:`.
            local: Turns a moment into the switch's time zone.
        """
        name = name_of(path)
        if name and name not in self._files:
            return None
        entries = [
            (known, len(stored.data), stored.written)
            for known, stored in self._files.items()
            if name in {"", known}
        ]
        if not name:
            entries += [(known, _DIRECTORY_SIZE, self._started) for known in _DIRECTORIES]
        rows = [
            f"{size:>11}    {local(written):%b %d %H:%M:%S %Y}  {known}"
            for known, size, written in sorted(entries)
        ]
        used = sum(len(stored.data) for stored in self._files.values()) + _SYSTEM
        return [
            *rows,
            "",
            "Usage for bootflash://sup-local",
            f"{used:>12} bytes used",
            f"{self._free:>12} bytes free",
            f"{used + self._free:>12} bytes total",
        ]
