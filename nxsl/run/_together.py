"""Notes of several threads in one transaction: each waits until its own is durable.

What a note costs is mostly the transaction around it. While one is being written, the threads that
come meanwhile line up; the first of them then writes for all of the same run.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.core.errors import JournalFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nxsl.run._noting import Note


@dataclass(eq=False)
class _Waiting:
    """What one thread wants to have written; it has ended with a number or a problem."""

    run: str
    notes: Sequence[Note]
    last: int | None = None
    problem: JournalFailed | None = None

    @property
    def ended(self) -> bool:
        return self.last is not None or self.problem is not None


class Together:
    """The notes that wait for a store.

    Args:
        write: writes notes of a run in one transaction, all or none; gives the number of the last.
    """

    def __init__(self, write: Callable[[str, Sequence[Note]], int]) -> None:
        self._write = write
        self._waiting: list[_Waiting] = []
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def add(self, run: str, notes: Sequence[Note]) -> int:
        """Have notes written, possibly by another thread; they are durable when this returns.

        Returns:
            The number of the last of them.

        Raises:
            JournalFailed: they could not be written, or nobody knows whether they were.
        """
        mine = _Waiting(run, notes)
        with self._lock:
            self._waiting.append(mine)
        with self._turn:
            if not mine.ended:
                self._write_for_all_of(run)
        if mine.last is None:
            problem = mine.problem or JournalFailed("nobody has written that")
            # Each thread raises an error of its own: its host and its way through differ.
            raise JournalFailed(problem.message, remedy=problem.remedy) from problem
        return mine.last

    def _write_for_all_of(self, run: str) -> None:
        with self._lock:
            these = [each for each in self._waiting if each.run == run]
            self._waiting = [each for each in self._waiting if each.run != run]
        problem = JournalFailed("whether it was noted is not known: the program was interrupted")
        try:
            last = self._write(run, [note for each in these for note in each.notes])
        except JournalFailed as error:
            problem = error
        else:
            for each in reversed(these):
                each.last = last
                last -= len(each.notes)
        finally:
            for each in these:
                if each.last is None:
                    each.problem = problem
