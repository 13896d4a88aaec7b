"""A TCP socket that is read in large pieces, and whose reader sleeps while nothing comes.

paramiko reads each packet of SSH in two, and each reading lets other threads go first. A switch's
reply is often several packets in one segment of TCP: here it is one reading. And it looks ten times
a second at whether somebody has closed the socket, with a thread for each switch; here closing
wakes the reader.
"""

from __future__ import annotations

import contextlib
import select
import socket
from typing import Any

_PIECE = 65536

_LOOK = 1.0
"""Seconds after which a reader looks up: for time-outs of the login, and for keep-alives."""


class Buffered:
    """Looks like the socket to paramiko's transport, which reads from one thread alone.

    Args:
        sock: connected.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(True)
        self._sock = sock
        self._kept = b""
        self._ended = False
        self._patience = _LOOK
        self._waiting = select.poll()  # `select` takes no more than a thousand files
        self._waiting.register(sock, select.POLLIN)

    def wait(self, seconds: float) -> bool:
        """Wait for something to read, or the end; whether there is."""
        if self._kept or self._ended:
            return True
        if not self._waiting.poll(seconds * 1000):
            return False
        self._kept = self._sock.recv(_PIECE)
        self._ended = not self._kept
        return True

    def recv(self, size: int) -> bytes:
        """Read; nothing at all means that the other side has closed.

        Raises:
            TimeoutError: nothing came in time.
        """
        if not self.wait(self._patience):
            raise TimeoutError
        found, self._kept = self._kept[:size], self._kept[size:]
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
