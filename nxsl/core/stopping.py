"""How a wait in the middle of a task learns that its run is to stop.

Ambient, like the guard: whatever waits, however deep below a task, must not need to be handed it.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEVER = threading.Event()
_current: ContextVar[threading.Event] = ContextVar("nxsl_stopping", default=_NEVER)


def stopping() -> threading.Event:
    """Is set once the run of the task in this thread is to stop; never where there is no run."""
    return _current.get()


@contextmanager
def stopped_by(event: threading.Event) -> Iterator[None]:
    """Let an event stop the waits of this thread inside the block."""
    token = _current.set(event)
    try:
        yield
    finally:
        _current.reset(token)
