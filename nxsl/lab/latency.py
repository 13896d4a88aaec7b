"""A long way to a switch: bytes arrive late, in order, and many may be on the way at once."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Event = tuple[float, "Callable[..., object]", tuple[object, ...]]


class _Way:
    """One direction: what is put in comes out `delay` seconds later, in the same order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._events: deque[Event] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def put(self, delay: float, call: Callable[..., object], *operands: object) -> None:
        due = self._loop.time() + delay
        if self._events:
            due = max(due, self._events[-1][0])  # nothing overtakes
        self._events.append((due, call, operands))
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._deliver)

    def drop(self) -> None:
        """Lose what is on the way."""
        self._events.clear()

    def _deliver(self) -> None:
        # What is due within the clock's resolution goes out together, as one packet would.
        self._timer = None
        while self._events and self._events[0][0] <= self._loop.time() + 0.0002:
            _, call, operands = self._events.popleft()
            call(*operands)
        if self._events and self._timer is None:
            self._timer = self._loop.call_at(self._events[0][0], self._deliver)


class _LateTransport(asyncio.Transport):
    """What a distant protocol writes to."""

    def __init__(self, real: asyncio.Transport, way: _Way, delay: float) -> None:
        super().__init__()
        self._real = real
        self._way = way
        self._delay = delay
        self._closing = False

    def write(self, data: Any) -> None:  # noqa: ANN401 (any kind of bytes)
        self._way.put(self._delay, self._arrive, bytes(data))

    def _arrive(self, data: bytes) -> None:
        if not self._real.is_closing():
            self._real.write(data)

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        self._way.put(self._delay, self._real.write_eof)

    def can_write_eof(self) -> bool:
        return self._real.can_write_eof()

    def close(self) -> None:
        self._closing = True
        self._way.put(self._delay, self._real.close)

    def abort(self) -> None:
        self._closing = True
        self._real.abort()

    def is_closing(self) -> bool:
        return self._closing or self._real.is_closing()

    def get_extra_info(self, name: str, default: object = None) -> Any:  # noqa: ANN401
        return self._real.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._real.pause_reading()

    def resume_reading(self) -> None:
        self._real.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._real.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._real.get_write_buffer_size()


class Distant(asyncio.Protocol):
    """Stands between a connection and its protocol, and delays both directions by half each.

    The opening is delayed by one and a half ways there and back: the kernel has answered the
    client's SYN at once, and over a real distance the server would hear of the connection only
    then.

    Args:
        near: The protocol that is far away, as it seems.
        latency: Seconds there and back.
        open_transports: Where the connection is kept while it is open, to be able to cut it.
    """

    def __init__(
        self,
        near: asyncio.Protocol,
        latency: float,
        open_transports: set[asyncio.BaseTransport],
    ) -> None:
        loop = asyncio.get_running_loop()
        self._near = near
        self._latency = latency
        self._half = latency / 2
        self._open = open_transports
        self._real: asyncio.Transport | None = None
        self._inwards = _Way(loop)
        self._outwards = _Way(loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        real = cast("asyncio.Transport", transport)  # that of uvloop is none by class
        self._real = real
        self._open.add(real)
        late = _LateTransport(real, self._outwards, self._half)
        self._inwards.put(self._latency + self._half, self._near.connection_made, late)

    def data_received(self, data: bytes) -> None:
        self._inwards.put(self._half, self._near.data_received, data)

    def eof_received(self) -> bool:
        self._inwards.put(self._half, self._end_of_input)
        return True  # the near protocol decides, when it hears of it

    def _end_of_input(self) -> None:
        if not self._near.eof_received() and self._real is not None:
            self._real.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._real is not None:
            self._open.discard(self._real)
        self._outwards.drop()  # nobody is there any more
        self._inwards.put(self._half, self._near.connection_lost, exc)

    def pause_writing(self) -> None:
        self._near.pause_writing()

    def resume_writing(self) -> None:
        self._near.resume_writing()
