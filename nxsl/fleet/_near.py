"""What may have been meant: remedies for names that are not known."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_MANY = 5
"""No more names than this in one remedy."""


def suggest(name: str, known: Collection[str]) -> str:
    """A remedy for a name that is not known: those near to it, or else some."""
    near = [each for each in known if each.startswith(f"{name}.")][:3]
    near = near or difflib.get_close_matches(name, known, cutoff=0.75)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there are: {some(known)}" if known else "there are none"


def some(names: Collection[str]) -> str:
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return ", ".join(list(names)[:_MANY]) + more
