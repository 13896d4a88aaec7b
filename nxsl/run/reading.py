"""The guard of runs without a journal: those that read, and those of a single step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.guard import Unguarded

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from nxsl.run.breakers import Logins


class ReadingGuard(Unguarded):
    """Watches the logins and nothing else."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins

    def logging_in(self, host: str, credential: str) -> AbstractContextManager[None]:
        """Try it, or not: see `Logins`."""
        return self._logins.trying(host, credential)
