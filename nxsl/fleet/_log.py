"""What a log may say of an error that nobody foresaw."""

from __future__ import annotations

from pathlib import Path


def where(error: BaseException) -> str:
    """An error's kind and place; not its message, which may hold anything."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    kind = type(error).__name__
    if place is None:
        return kind
    return f"{kind} at {Path(place.tb_frame.f_code.co_filename).name} line {place.tb_lineno}"
