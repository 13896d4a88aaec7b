"""Runs a task under a guard, whatever thread a runner gives it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from nxsl.core.guard import guarded
from nxsl.core.reading import stay_here

if TYPE_CHECKING:
    from collections.abc import Callable

    from nornir.core.task import Result

    from nxsl.core.guard import Guard


def watched(task: Callable[..., Result], by: Guard) -> Callable[..., Result]:
    """The same task, under a guard."""

    @wraps(task)
    def run(*args: Any, **operands: Any) -> Result:  # noqa: ANN401 (each task's own)
        with guarded(by):
            return task(*args, **operands)

    return stay_here(run)
