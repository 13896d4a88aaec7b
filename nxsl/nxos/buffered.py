"""A TCP socket that is read in large pieces, and whose reader sleeps while nothing comes.

paramiko reads each packet of SSH in two, and each reading lets other threads go first. A switch's
reply is often several packets in one segment of TCP: here it is one reading. And it looks ten times
a second at whether somebody has closed the socket, with a thread for each switch; here closing
wakes the reader.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import struct
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE = 65536

_LOOK = 1.0
"""Seconds after which a reader looks up: for time-outs of the login, and for keep-alives."""


_IN_ONE = os.name == "posix"
"""Whether the kernel can be told how long a reading may wait: one call of it instead of two."""


class Buffered:
    """Looks like the socket to paramiko's transport, which reads from one thread at a time.

    Args:
        sock: connected.

    Attributes:
        kept: what was read and not asked for yet.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(True)
        self._sock = sock
        # A connection that is forgotten is closed, in silence as with paramiko's thread.
        weakref.finalize(self, sock.close).atexit = False
        self.kept = b""
        self._ended = False
        self._patience = _LOOK
        self._set = 0  # tenths of a second: what the kernel was told of it

    def wait(self, seconds: float) -> bool:
        """Wait for something to read, or the end; whether there is.

        Waiting takes up to a tenth of a second longer: the kernel is told a new time only where
        that differs by more.
        """
        if self.kept or self._ended:
            return True
        try:
            self.kept = self._read_now() if seconds <= 0 else self._read(seconds)
        except (BlockingIOError, TimeoutError):
            return False
        self._ended = not self.kept
        return True

    def has_whole(self, whole: Callable[[bytes], bool]) -> bool:
        """Whether there is a whole packet, or the end, after a reading that waits for nothing."""
        if not (self._ended or whole(self.kept)):
            with contextlib.suppress(BlockingIOError, TimeoutError):
                more = self._read_now()
                self.kept += more
                self._ended = not more
        return self._ended or whole(self.kept)

    def _read_now(self) -> bytes:
        if _IN_ONE:
            return self._sock.recv(_PIECE, socket.MSG_DONTWAIT)
        self._sock.settimeout(0)
        return self._sock.recv(_PIECE)

    def _read(self, seconds: float) -> bytes:
        """Wait and read; each call of the kernel is a moment at which other threads go first.

        Raises:
            BlockingIOError, TimeoutError: nothing came in time.
        """
        if not _IN_ONE:
            self._sock.settimeout(seconds)
        elif (tenths := math.ceil(seconds * 10)) != self._set:
            self._set = tenths
            parts = struct.pack("ll", tenths // 10, tenths % 10 * 100_000)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, parts)
        return self._sock.recv(_PIECE)

    def recv(self, size: int) -> bytes:
        """Read; nothing at all means that the other side has closed.

        Raises:
            TimeoutError: nothing came in time.
        """
        if not self.wait(self._patience):
            raise TimeoutError
        found, self.kept = self.kept[:size], self.kept[size:]
        return found

    def settimeout(self, seconds: float | None) -> None:
        """Wait so long for something to read, or longer."""
        self._patience = _LOOK if seconds is None else max(seconds, _LOOK)

    def close(self) -> None:
        """Close, and wake whoever reads; what was sent before still goes out."""
        with contextlib.suppress(OSError):  # the other side may have gone
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (the socket's own)
        return getattr(self._sock, name)
