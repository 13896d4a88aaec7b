"""What a contestant is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from benchmarks.reading import Reading

COMMANDS = (
    "show version",
    "show license status",
    "show license usage",
    "show running-config callhome",
)
"""What every contestant reads; `nxsl-verify` and `nxsl-register` read more."""

OWN_CHOICE = 0
"""As the number of workers: what the contestant chooses by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to do.

    Attributes:
        inventory: the folder with the inventory.
        hosts: only so many of it, the first ones; None for all.
        workers: hosts at a time.
    """

    inventory: Path
    hosts: int | None
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it.

    Attributes:
        readings: of each host that was read.
        rows: of the frame.
        notes: what else is worth telling, such as the seconds of parts.
        errors: what was said of hosts that could not be read, a few of them.
    """

    readings: Mapping[str, Reading]
    rows: int
    notes: Mapping[str, float | str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


if TYPE_CHECKING:
    Work = Callable[[], Done]
