"""What a switch printed, kept on request: compressed, secrets masked."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from nxsl.core.secret import hide_secrets


@dataclass(frozen=True, slots=True, repr=False)
class RawTexts:
    """The texts of one reading, by command; shown by their sizes alone.

    Attributes:
        packed: the commands, in the order in which they were read, and their compressed texts.
    """

    packed: tuple[tuple[str, bytes], ...] = ()

    @property
    def commands(self) -> tuple[str, ...]:
        """What was asked, in that order."""
        return tuple(command for command, _ in self.packed)

    def text(self, command: str) -> str:
        """What a command has printed, secrets masked.

        Raises:
            KeyError: it was not asked, or not answered.
        """
        return zlib.decompress(dict(self.packed)[command]).decode("utf-8", "surrogatepass")

    def __repr__(self) -> str:
        size = sum(len(text) for _, text in self.packed)
        return f"RawTexts({len(self.packed)} commands, {size} bytes compressed)"


class RawKeeper:
    """Keeps what a session reads, each text compressed as it comes."""

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}

    def keep(self, command: str, text: str) -> None:
        """Keep a text; of a command that is asked again the last one."""
        configuration = command.startswith("show running-config")
        shown = hide_secrets(text, configuration=configuration).encode("utf-8", "surrogatepass")
        self._packed.pop(command, None)
        self._packed[command] = zlib.compress(shown, level=6)

    @property
    def texts(self) -> RawTexts:
        """What was kept so far."""
        return RawTexts(tuple(self._packed.items()))
