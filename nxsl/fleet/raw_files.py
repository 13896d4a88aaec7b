"""What switches printed, as files: a folder for each host, a file for each command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nxsl.core.payload import Payload
from nxsl.fleet.files import write_whole
from nxsl.fleet.snapshots import SUFFIX as SNAPSHOT
from nxsl.fleet.snapshots import file_name

if TYPE_CHECKING:
    from pathlib import Path

    from nxsl.core.raw import RawTexts

SUFFIX = ".txt"

_NOT_PLAIN = re.compile(r"[^a-z0-9.-]+", re.ASCII)


def write_raw(folder: Path, host: str, texts: RawTexts) -> list[Path]:
    """Write the texts of one host to `FOLDER/HOST/COMMAND.txt`, each whole or not at all.

    Only their owner can read them. The folder never mixes two readings: texts of an earlier one
    go, whether or not their commands were asked again.

    Raises:
        OSError: one cannot be written.
    """
    home = folder / file_name(host).removesuffix(SNAPSHOT)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    named = _named(texts)
    written = [
        write_whole(
            home / name, Payload((texts.text(command) + "\n").encode("utf-8", "surrogatepass"))
        )
        for name, command in named.items()
    ]
    for file in home.glob(f"show_*{SUFFIX}"):
        if file.name not in named:
            file.unlink(missing_ok=True)
    return written


def _named(texts: RawTexts) -> dict[str, str]:
    """The commands by the names of their files; two that would share one get a number."""
    named: dict[str, str] = {}
    for number, command in enumerate(texts.commands, start=1):
        name = _NOT_PLAIN.sub("_", command.lower()).strip("_.")
        plain = name + SUFFIX
        named[plain if plain not in named else f"{name}_{number}{SUFFIX}"] = command
    return named
