"""How many logins may be under way at a time, where a bastion or an AAA server is overloaded.

Nothing is limited until two hosts in a row are refused: one host alone may be dead or full. From
then on it goes as TCP does with a congested line: half as many as were under way; one more with
each that is let in, up to where it was too much; beyond that a cautious try now and then, rarer
each time it fails.
"""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOOK = 0.2
"""Seconds between two looks at whether the run is to stop."""

_FORGET = 60.0
"""Seconds without a refusal, and without a login under way, after which nothing is limited."""

_RAREST = 32
"""A try beyond what was too much comes after no more than so many times the limit let in."""


class TurnedAwayError(Exception):
    """The run is to stop; nothing was tried."""


class Pace:
    """The logins of one way: a jump host, or what all switches share that are reached directly.

    Its methods may be called from any thread.

    Args:
        too_much: whether an error means that too many were at it.
        clock: seconds that only grow.

    Attributes:
        limit: so many logins at a time; None for any number.
        refusals: how often it was too much.
    """

    def __init__(
        self,
        too_much: Callable[[BaseException], bool],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit: int | None = None
        self.refusals = 0
        self._too_much = too_much
        self._clock = clock
        self._changed = threading.Condition()
        self._under_way = 0
        self._cuts = 0
        self._suspect = ""  # the host that was refused last, where none was let in since
        self._refused_at = 0.0
        self._enough = 0  # one more was too much
        self._let_in = 0  # since the limit was changed last
        self._rarity = 1

    @contextmanager
    def login(self, host: str, stop: threading.Event) -> Iterator[None]:
        """Wait for a turn; the block is one attempt, and what it raises tells how it went.

        Raises:
            TurnedAwayError: the run is to stop.
        """
        with self._changed:
            while self._is_full():
                if stop.is_set():
                    raise TurnedAwayError
                self._changed.wait(_LOOK)
            self._under_way += 1
            cuts = self._cuts
        try:
            yield
        except BaseException as error:
            self._ended(host, cuts, refused=self._too_much(error))
            raise
        self._ended(host, cuts, refused=False, let_in=True)

    def _is_full(self) -> bool:
        if self.limit is None:
            return False
        if not self._under_way and self._clock() - self._refused_at > _FORGET:
            self.limit, self._suspect, self._rarity = None, "", 1
            return False
        return self._under_way >= self.limit

    def _ended(self, host: str, cuts: int, *, refused: bool, let_in: bool = False) -> None:
        with self._changed:
            if refused:
                self._refused(host, cuts)
            elif let_in:
                self._was_let_in(cuts)
            self._under_way -= 1
            if self.limit is not None:
                self._changed.notify(self.limit)

    def _refused(self, host: str, cuts: int) -> None:
        self.refusals += 1
        self._refused_at = self._clock()
        alone = self._suspect in {"", host}
        self._suspect = host
        if alone or cuts != self._cuts:
            return  # or it began when more were under way: that was answered already
        self._cuts += 1
        self._enough = max(self._under_way - 1, 1)
        self.limit = max(self._under_way // 2, 1)
        self._let_in = 0
        self._rarity = min(self._rarity * 2, _RAREST)

    def _was_let_in(self, cuts: int) -> None:
        self._suspect = ""
        if self.limit is None or cuts != self._cuts:
            return
        self._let_in += 1
        probing = self.limit >= self._enough
        if probing and self._let_in < self.limit * self._rarity:
            return
        self.limit += 1
        self._enough = max(self._enough, self.limit) if probing else self._enough
        self._let_in = 0


def pause(number: int) -> float:
    """Seconds before the next attempt: longer each time, and not the same for all hosts."""
    return random.uniform(0.5, 1.0) * float(2**number)  # noqa: S311 (only to be different)
