"""What several switches share on the way in: a bastion, or an AAA server, with room for few."""

from __future__ import annotations

from dataclasses import dataclass

from nxsl.lab.faults import Fault


class Gate:
    """Takes some logins at a time, over all switches that stand behind it.

    It lives in the thread of the lab; its numbers may be read from any thread.

    Args:
        limit: So many logins at a time.
        late: One more is closed before the SSH banner, as a bastion does; with a number of seconds
            its password is looked at that much later instead, as an overloaded AAA server does.

    Attributes:
        order: Each login that came, in order: whether it was let through at once.
        most: How many were under way at a time, at most.
    """

    def __init__(self, limit: int, *, late: float | None = None) -> None:
        self.limit = limit
        self.late = late
        self.order: list[bool] = []
        self.most = 0
        self._under_way = 0

    @property
    def refusals(self) -> int:
        """How many logins were too much."""
        return self.order.count(False)

    @property
    def under_way(self) -> int:
        """How many logins are under way now."""
        return self._under_way

    def enter(self) -> bool:
        """A login begins; gives whether there is room for it.

        One that is closed is not under way any more; one that is only late is.
        """
        room = self._under_way < self.limit
        self.order.append(room)
        if room or self.late is not None:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        return room

    def leave(self) -> None:
        """A login that was under way has ended."""
        self._under_way -= 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Behind(Fault):
    """The switch is reached through a gate that it shares with others."""

    gate: Gate


class Passage:
    """One login on its way through a gate, or one where there is none."""

    def __init__(self, gate: Gate | None) -> None:
        self._gate = gate
        self.late = 0.0
        self.closed = False
        if gate is None or gate.enter():
            return
        self.late, self.closed = gate.late or 0.0, gate.late is None
        if self.closed:
            self._gate = None

    def leave(self) -> None:
        """It has ended, well or not; said twice, it counts once."""
        if self._gate is not None:
            self._gate.leave()
        self._gate = None
