"""Several show commands typed in one go, and the text that comes back taken apart again.

Each command has a fence of its own behind it: a comment line with a fresh number. A switch that
takes the lines one after the other answers in a form that leaves nothing to guess:

```
COMMAND                 the echo, right behind the prompt that stood there
the reply's lines
PROMPT FENCE            the reply has ended
PROMPT COMMAND          and so on; PROMPT stands behind the last fence
```

Any other form, by a single character, and nothing is taken: a log line between prompt and echo, an
echo that came before its turn, a pager that swallowed letters. Then the commands are asked one by
one. They only read, so asking again does no harm.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.nxos import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST = 1000
"""Letters typed in one go; the terminal line of a switch may keep no more than some thousand."""

_FENCE = "!nxsl-"
_FENCE_LENGTH = len(_FENCE) + 8
_DICE = random.Random()  # noqa: S311 (of its own: somebody may seed the common one anew)


def new_fence() -> str:
    """A line that no switch has ever been told; one that begins with "!" is a comment in any mode.

    It has the same length each time, and is no secret, so that the kernel is not asked for it.
    """
    return f"{_FENCE}{_DICE.getrandbits(32):08x}"


@dataclass(frozen=True, slots=True)
class Batch:
    """Commands with their fences.

    Attributes:
        lines: each command, and the fence behind it.
    """

    lines: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, commands: Iterable[str], *, last: str | None = None) -> Batch:
        """Fence commands in.

        Args:
            commands: what is typed.
            last: what the last fence is to be.
        """
        asked = tuple(commands)
        fences = [new_fence() for _ in asked]
        if last is not None:
            fences[-1] = last
        return cls(tuple(zip(asked, fences, strict=True)))

    def __add__(self, other: Batch) -> Batch:
        """Both, one behind the other."""
        return Batch(self.lines + other.lines)

    @property
    def typed(self) -> str:
        """What is sent, but the last line end."""
        return "\n".join(line for pair in self.lines for line in pair)

    @property
    def end(self) -> str:
        """The last fence."""
        return self.lines[-1][1]

    def answered(self, raw: str, before: int = 0) -> int:
        """How many fences are there already; so many were before, and are not looked for."""
        while before < len(self.lines) and self.lines[before][1] in raw:
            before += 1
        return before

    def replies(self, raw: str, prompt: wire.OwnPrompt) -> tuple[str, ...] | None:
        """The reply to each command; None where the text is not of exactly that form.

        Args:
            raw: all that came since the first command was typed, up to the prompt behind `end`.
            prompt: the switch's.
        """
        if wire.PAGER.search(raw) or wire.MORE in raw:
            return None
        text = wire.tidy(raw)
        found: list[str] = []
        place = 0
        for command, fence in self.lines:
            taken = _take(text, place, command, fence, prompt)
            if taken is None:
                return None
            reply, place = taken
            found.append(wire.trimmed(reply, prompt))
        return tuple(found) if place == len(text) else None


def _take(
    text: str, place: int, command: str, fence: str, prompt: wire.OwnPrompt
) -> tuple[str, int] | None:
    """One reply, and where the text goes on behind the prompt after its fence."""
    if not text.startswith(f"{command}\n", place) or text.count(fence) != 1:
        return None
    begin = place + len(command) + 1
    at = text.find(fence, begin)
    start = text.rfind("\n", 0, at) + 1
    before = _exec_prompt(text, start, prompt)
    if start < begin or before != at or not text.startswith("\n", at + len(fence)):
        return None
    behind = at + len(fence) + 1
    while text.startswith("\n", behind):  # some switches return the carriage once more
        behind += 1
    end = _exec_prompt(text, behind, prompt)
    return None if end is None else (text[begin:start], end)


def _exec_prompt(text: str, start: int, prompt: wire.OwnPrompt) -> int | None:
    """Where the prompt of exec mode that begins at `start` ends."""
    found = prompt.at(text, start) if start >= 0 else None
    return found.end() if found is not None and not found["mode"] else None


def portions(commands: Iterable[str], *, before: int = 0) -> Iterator[tuple[str, ...]]:
    """The commands, in order, in portions that may be typed in one go.

    Args:
        commands: what is to be asked.
        before: letters that are typed before the first portion.
    """
    portion: list[str] = []
    letters = before
    for command in commands:
        length = len(command) + _FENCE_LENGTH + 2
        if portion and letters + length > MOST:
            yield tuple(portion)
            portion, letters = [], 0
        portion.append(command)
        letters += length
    if portion:
        yield tuple(portion)
