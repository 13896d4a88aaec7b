"""What is said of a file that is of no use."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePath


def unreadable(path: PurePath, error: OSError | UnicodeDecodeError) -> str:
    """One sentence on a file that cannot be read."""
    if isinstance(error, OSError) and error.errno == errno.ENOENT:
        return f"there is no file {path}"
    return f"{path} cannot be read: {why(error)}"


def why(error: OSError | UnicodeDecodeError, folder: PurePath | None = None) -> str:
    """Why a file cannot be read or, with the folder where it is to be, written."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not {error.encoding} text"
    if folder is not None and error.errno == errno.ENOENT:
        return f"there is no folder {folder}"
    return error.strerror or type(error).__name__
