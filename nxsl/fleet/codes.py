"""The folder of reservation codes: one file for each switch and code, for its owner's eyes only."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.payload import Payload
from nxsl.fleet.credentials import token_from_file
from nxsl.fleet.files import Draft

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nxsl.core.reservation import CodeKind
    from nxsl.core.secret import Token

_PRIVATE_FOLDER = 0o700
_FORBIDDEN = re.compile(r"[/\\\0]")


class CodeFolder:
    """A folder with files such as `leaf1.request-code`."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).expanduser()

    def path(self, host: str, kind: CodeKind) -> Path:
        """Where a switch's code is, or will be.

        Raises:
            Refused: the host's name cannot be a part of a file's name.
        """
        if _FORBIDDEN.search(host) or host.startswith("."):
            raise errors.Refused(f"'{host}' cannot be a file's name", remedy="rename the host")
        return self.folder / f"{host}.{kind}"

    def read(self, host: str, kind: CodeKind) -> Token:
        """Read a switch's code.

        Raises:
            SecretError: the file is not there, is readable by others, or holds no code: one word.
        """
        return token_from_file(self.path(host, kind))

    def require_place(self) -> None:
        """Refuse a folder that is not there and could not be made.

        Raises:
            Refused: naming it.
        """
        there = self.folder if self.folder.exists() else self.folder.parent
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise errors.Refused(
                f"the codes cannot be written into {self.folder}",
                remedy="name a folder that is yours",
            )

    @contextlib.contextmanager
    def waiting(self, host: str, kind: CodeKind) -> Iterator[Waiting]:
        """Open an empty file beside the one that is to hold the code, before it is asked for.

        Raises:
            Refused: it cannot be made; nothing has been sent by then.
        """
        final = self.path(host, kind)
        try:
            self.folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
            waiting = Waiting(Draft(final))
        except OSError as error:
            raise errors.Refused(
                f"the codes cannot be written into {self.folder}: {error.strerror}",
                remedy="name a folder that is yours",
            ) from None
        try:
            yield waiting
        finally:
            waiting.discard()


class Waiting:
    """A file that has no content and not yet its name."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    @property
    def final(self) -> Path:
        """Where the code will be."""
        return self._draft.final

    def discard(self) -> None:
        """Leave nothing of a file that was not filled."""
        self._draft.discard()

    def fill(self, code: Token) -> bool:
        """Write the code, whole or not at all; whether it is there, under its name.

        Told by a value: an exception would keep the frames in which the code is revealed.
        """
        try:
            self._draft.fill(Payload(f"{code.reveal()}\n".encode("ascii")))
        except OSError:
            return False
        return True
