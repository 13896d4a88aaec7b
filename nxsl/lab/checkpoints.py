"""The checkpoints of a simulated switch, and the way back to one of them.

As Cisco's guides for Nexus say: up to ten that users make, with names of their own that are never
overwritten; each holds the whole running configuration; one user at a time.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from nxsl.lab import checkpoint_texts as texts
from nxsl.lab.faults import CheckpointBusy, CheckpointLost, CheckpointsFull, CheckpointTaken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from nxsl.lab.configuration import Configuration
    from nxsl.lab.device import Device

MOST = 10
LONGEST_NAME = 75
LONGEST_NAME_5K = 32
# Nexus 5000 and 6000 know no other way than this one (learnduty.com on checkpoints).
ATOMIC = "atomic"

Line = tuple[tuple[str, ...], str]
"""A line of a configuration with the lines that lead into its mode."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint."""

    name: str
    configuration: Configuration
    made_by: str
    made_at: datetime
    size: int
    description: str = "None"


class Checkpoints:
    """All checkpoints of one switch.

    Attributes:
        held: Whether a user is at a rollback or a save just now.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._made: dict[str, Checkpoint] = {}
        self._told_busy = 0
        self._told_taken = 0
        self.held = False
        for name in device.spec.checkpoints:
            self._keep(name, "None")

    @property
    def names(self) -> tuple[str, ...]:
        """The names, the oldest first."""
        return tuple(self._made)

    def get(self, name: str) -> Checkpoint | None:
        """One of them; None where there is none of that name."""
        return self._made.get(name)

    def busy(self) -> bool:
        """Whether somebody else is at a checkpoint, a rollback or a save."""
        fault = self._device.fault(CheckpointBusy)
        if isinstance(fault, CheckpointBusy) and self._told_busy < fault.times:
            self._told_busy += 1
            return True
        return self.held

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep everybody else from a checkpoint, a rollback or a save."""
        self.held = True
        try:
            yield
        finally:
            self.held = False

    def make(self, name: str, description: str) -> str:
        """Make one; give what is printed."""
        device = self._device
        taken = device.fault(CheckpointTaken)
        if isinstance(taken, CheckpointTaken) and self._told_taken < taken.times:
            self._told_taken += 1
            return texts.TAKEN
        platform = device.spec.platform
        longest = LONGEST_NAME_5K if platform in {"n5k", "n6k"} else LONGEST_NAME
        for wrong, text in (
            (self.busy(), texts.BUSY),
            (name.startswith("system") or len(name) > longest, texts.BAD_NAME),
            (name in self._made, texts.TAKEN),
            (len(self._made) >= MOST or device.fault(CheckpointsFull) is not None, texts.FULL),
        ):
            if wrong:
                return text
        if device.fault(CheckpointLost) is None:
            self._keep(name, description)
        return texts.DONE

    def drop(self, name: str) -> str:
        """Remove one; give what is printed."""
        if self.busy():
            return texts.BUSY
        return texts.UNKNOWN if self._made.pop(name, None) is None else ""

    def summary(self) -> list[str]:
        """Render `show checkpoint summary`."""
        found = ["User Checkpoint Summary", texts.RULER] if self._made else []
        for number, each in enumerate(self._made.values(), start=1):
            local = self._device.local(each.made_at)
            found += [
                f"{number}) {each.name}:",
                f"Created by {each.made_by}",
                f"Created at {local:%a, %H:%M:%S %d %b %Y}",
                f"Size is {each.size:,} bytes",
                f"Description: {each.description}",
                "",
            ]
        return found

    def _keep(self, name: str, description: str) -> None:
        device = self._device
        self._made[name] = Checkpoint(
            name,
            device.running.copy(),
            device.spec.username,
            device.now(),
            len("\n".join(device.running.lines())),
            description,
        )


def patch(old: Configuration, new: Configuration) -> list[Line]:
    """Give the lines that lead from one configuration to another; removals first in each mode."""
    was, will = list(_lines(old)), list(_lines(new))
    gone = [(context, line) for context, line in was if (context, line) not in will]
    come = [each for each in will if each not in was]
    # What stands in a mode that goes as a whole, goes with it.
    modes = {(*context, line) for context, line in gone}
    gone = [(context, line) for context, line in gone if context not in modes or not context]
    found = [(context, _opposite(line)) for context, line in reversed(gone)] + come
    return sorted(found, key=lambda each: len(each[0]) > 0)


def render_patch(lines: list[Line]) -> list[str]:
    """Render `show diff rollback-patch`."""
    found = [texts.COLLECTING, f"#{texts.GENERATING}"]
    if not lines:
        return [*found, texts.PATCH_EMPTY]
    found.append("!!")
    for context, group in groupby(lines, key=lambda each: each[0]):
        found += context
        found += ["  " * len(context) + line for _, line in group]
    return found


def _lines(configuration: Configuration) -> list[Line]:
    found: list[Line] = []
    mode = ""
    for line in filter(None, configuration.lines()):
        if line.startswith(" "):
            found.append(((mode,), line.strip()))
        else:
            mode = line
            found.append(((), line))
    # Entering the mode of call home is no setting.
    return [each for each in found if each != ((), "callhome")]


def _opposite(line: str) -> str:
    return line.removeprefix("no ") if line.startswith("no ") else f"no {line}"
