"""What a decision about a switch was made from, in words that can be compared later."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The parts of a switch's state that decide what is done to it.

    Nothing that moves by itself is in it, such as the days left of an evaluation, so that a switch
    that nobody has touched gives the same again.

    Attributes:
        parts: (name, words), sorted by name; no secret.
    """

    parts: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal digits."""
        plain = json.dumps(self.parts, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode("ascii")).hexdigest()


def differences(then: Seen, now: Seen) -> tuple[str, ...]:
    """What has changed, one sentence for each part; empty where nothing has."""
    old, new = dict(then.parts), dict(now.parts)
    return tuple(
        f"{name}: was {old.get(name, 'not there')!r}, is {new.get(name, 'not there')!r}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )


def plan_differences(
    then: Seen | None, then_steps: tuple[str, ...], now: Seen, now_steps: tuple[str, ...]
) -> tuple[str, ...]:
    """What no longer holds of a plan, one sentence each; empty where all of it does."""
    if then is None:
        return ("there is no plan for it",)
    found = differences(then, now)
    if then_steps == now_steps:
        return found
    was, is_now = ("; ".join(map(str.strip, steps)) for steps in (then_steps, now_steps))
    return (*found, f"steps: was {was or 'none'!r}, is {is_now or 'none'!r}")
