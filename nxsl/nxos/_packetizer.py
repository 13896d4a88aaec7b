"""Packets of SSH as paramiko makes them, with a clock instead of a thread that keeps time."""

from __future__ import annotations

import time
from typing import Any, cast

from paramiko.packet import Packetizer


class HoldingPacketizer(Packetizer):  # type: ignore[misc]
    """paramiko's, with a deadline instead of a thread that keeps time.

    While a login is made, and where a channel is closed, what is sent is held back until somebody
    waits: what may go out together is one segment of TCP, for which the switch wakes up once.

    Attributes:
        give_up_at: when a packet must be complete, on `time.monotonic`'s clock.
    """

    give_up_at = float("inf")
    _holds_back = False
    _held = b""

    def __init__(self, sock: Any) -> None:  # noqa: ANN401
        super().__init__(sock)
        self._sock = sock

    def is_whole(self, read: bytes) -> bool:
        """Whether a packet was read from end to end; any of it, where its length is no clear text.

        It is one with GCM, which is asked for first.
        """
        if not self._Packetizer__aead_in:
            return bool(read)
        length = int.from_bytes(read[:4], "big")
        return len(read) >= 4 + length + self._Packetizer__mac_size_in  # type: ignore[no-any-return]

    def _read_timeout(self, timeout: float) -> bytes:
        """A piece of the greeting; paramiko would wait anew for each of them."""
        left = min(timeout, self.give_up_at - time.monotonic())
        if left <= 0 or not self._sock.wait(left):
            raise TimeoutError
        return cast("bytes", super()._read_timeout(timeout))

    def hold_back(self) -> None:
        """Send from now on only what `send_held` is called for."""
        self._holds_back = True

    def release(self) -> None:
        """Send what was held back, and hold nothing back any more."""
        with self._Packetizer__write_lock:
            self._holds_back = False
            self.send_held()

    @property
    def holds_something(self) -> bool:
        """Whether there is something to send."""
        return bool(self._held)

    def send_held(self) -> None:
        """Send what was held back so far."""
        if self._held:
            with self._Packetizer__write_lock:
                held, self._held = self._held, b""
                super().write_all(held)

    def write_all(self, out: bytes) -> None:
        """Send, or hold back."""
        if self._holds_back:
            self._held += out
        else:
            super().write_all(out)

    @property
    def left_over(self) -> bool:
        """Whether something came along with the first line."""
        return bool(self._Packetizer__remainder)

    def keep_alive(self) -> None:
        """Send what keeps the connection alive, where that was asked for and is due."""
        self._check_keepalive()

    def set_outbound_cipher(self, *given: Any, **options: Any) -> None:  # noqa: ANN401
        """As paramiko's; GCM is a counter mode too, so that zeros do for the padding of a packet.

        Otherwise the kernel is asked for random bytes with each packet, and each time other threads
        go first.
        """
        options["sdctr"] = options.get("sdctr", False) or options.get("aead", False)
        super().set_outbound_cipher(*given, **options)

    def handshake_timed_out(self) -> bool:
        """Whether a packet that was begun was not finished in time."""
        return time.monotonic() > self.give_up_at
