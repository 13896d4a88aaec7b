"""The terminal, or the pipe in its place."""

from __future__ import annotations

import os

from rich.console import Console

# Wide enough that no cell of a piped table is cut.
_PIPE_WIDTH = 200


def console(*, stderr: bool = False) -> Console:
    """A console that colours only a terminal and does not cut what goes into a pipe."""
    made = Console(stderr=stderr, highlight=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made = Console(stderr=stderr, highlight=False, width=_PIPE_WIDTH)
    return made
