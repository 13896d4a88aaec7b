"""The marks of tasks, for those who have to know before a task is begun: it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T", bound="Callable[..., Any]")

_MARK = "nxsl_reads_only"
_HERE = "nxsl_stays_here"


def reads_only(task: T) -> T:
    """Mark a task that only ever reads: it may be run twice without harm."""
    setattr(task, _MARK, True)
    return task


def stay_here(task: T) -> T:
    """Mark a task that is bound to something of this process, such as a guard."""
    setattr(task, _HERE, True)
    return task


def stays_here(task: Callable[..., Any]) -> bool:
    """Whether a task is marked so: on another process it would not be the same."""
    return getattr(task, _HERE, False) is True


def is_reading(task: Callable[..., Any]) -> bool:
    """Whether a task is marked so; one that is not may change something."""
    return getattr(task, _MARK, False) is True
