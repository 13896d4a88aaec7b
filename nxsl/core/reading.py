"""The mark of tasks that change nothing, for those who have to know before a task is begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T", bound="Callable[..., Any]")

_MARK = "nxsl_reads_only"


def reads_only(task: T) -> T:
    """Mark a task that only ever reads: it may be run twice without harm."""
    setattr(task, _MARK, True)
    return task


def is_reading(task: Callable[..., Any]) -> bool:
    """Whether a task is marked so; one that is not may change something."""
    return getattr(task, _MARK, False) is True
