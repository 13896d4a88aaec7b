"""Files that are there whole or not at all, and that only their owner can read."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nxsl.core.payload import Payload


class Draft:
    """An empty file beside its final place, which gets content and name in one step, or neither.

    Attributes:
        final: the place.
    """

    def __init__(self, final: Path) -> None:
        """Make it; the folder must be there.

        Raises:
            OSError: it cannot be made.
        """
        descriptor, name = tempfile.mkstemp(dir=final.parent, prefix=f".{final.name}.")
        self.final = final
        self._path = Path(name)
        try:
            self._file = os.fdopen(descriptor, "wb")
        except BaseException:
            self._path.unlink(missing_ok=True)
            raise

    def fill(self, content: Payload) -> None:
        """Write the content and give the file its name; an old one stays until then.

        Raises:
            OSError: it cannot be written; the old one is still there.
        """
        self._file.write(content.reveal())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()  # some systems rename no open file
        self._path.replace(self.final)
        _sync_folder(self.final.parent)

    def discard(self) -> None:
        """Close the file, and remove it where it never got its name."""
        with contextlib.suppress(OSError):  # what was not written by then is told by `fill`
            self._file.close()
        self._path.unlink(missing_ok=True)


def write_whole(path: Path, content: Payload) -> Path:
    """Write a file, and its folder where that is not there; an old one stays until it is whole.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Draft(path)
    try:
        draft.fill(content)
    finally:
        draft.discard()
    return path


def _sync_folder(folder: Path) -> None:
    """Let the new name outlive a power cut, where the file system can promise that.

    The file is there by now: one that cannot is no reason to say that it is not.
    """
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
