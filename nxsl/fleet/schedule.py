"""Which host is next, where no more than some of a kind may be worked on at a time."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Keys = tuple[tuple[str, str], ...]
    """Pairs of attribute and value, such as `("site", "bern")`."""


class Schedule:
    """Hosts in their order, but for those that have to wait for others of their kind.

    It is no more than arithmetic: not safe for threads, and it never waits.

    Args:
        keys: of each host, what it counts towards.
        limits: of each attribute, how many hosts of one value at a time; without one, all.
    """

    def __init__(self, keys: Sequence[Keys], limits: Mapping[str, int]) -> None:
        self._keys = keys
        self._limits = limits
        self._busy: Counter[tuple[str, str]] = Counter()
        # Hosts with the same keys may start at the same time: only the first of them is looked at.
        self._waiting: dict[Keys, deque[int]] = {}
        for number, each in enumerate(keys):
            self._waiting.setdefault(each, deque()).append(number)

    @property
    def waiting(self) -> list[int]:
        """Those that have not been taken, in their order."""
        return sorted(number for queue in self._waiting.values() for number in queue)

    @property
    def empty(self) -> bool:
        """Whether all have been taken."""
        return not self._waiting

    @property
    def most(self) -> int:
        """No more than so many hosts can ever be under way at a time."""
        bounds = [len(self._keys)]
        for attribute, limit in self._limits.items():
            sizes = Counter[str]()
            free = 0
            for keys in self._keys:
                values = [value for name, value in keys if name == attribute]
                sizes.update(values)
                free += not values
            bounds.append(free + sum(min(limit, size) for size in sizes.values()))
        return min(bounds)

    def take(self) -> int | None:
        """Take the first that may start now; None where each has to wait for others to end."""
        first = min(
            (queue[0] for keys, queue in self._waiting.items() if self._free(keys)), default=None
        )
        if first is not None:
            keys = self._keys[first]
            self._waiting[keys].popleft()
            if not self._waiting[keys]:
                del self._waiting[keys]
            self._busy.update(keys)
        return first

    def ended(self, number: int) -> None:
        """Make room: one that was taken has come to its end."""
        self._busy.subtract(self._keys[number])

    def _free(self, keys: Keys) -> bool:
        return all(self._busy[key] < self._limits.get(key[0], len(self._keys)) for key in keys)
