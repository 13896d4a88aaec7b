"""Which switches do not take lines typed ahead; known in this process, for all its connections."""

from __future__ import annotations

import threading

ENOUGH = 2
"""Once may have been a log line in between."""

_ODD: dict[str, int] = {}
_LOCK = threading.Lock()


def note(place: str, *, lost: bool) -> None:
    """Note that replies were mixed up.

    Args:
        place: address and port.
        lost: lines did not reach the switch as they were typed: it will be so again.
    """
    with _LOCK:
        _ODD[place] = _ODD.get(place, 0) + (ENOUGH if lost else 1)


def takes_lines_ahead(place: str) -> bool:
    """Whether nothing is known against it."""
    return _ODD.get(place, 0) < ENOUGH


def forget() -> None:
    """Know nothing any more."""
    with _LOCK:
        _ODD.clear()
