"""A way to a switch that lets so many bytes of it through and then falls silent, or is cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

LOOPBACK = "127.0.0.1"


class Relay:
    """Listens on a free port and joins what connects to the switch.

    Args:
        port: the switch's.
        lets_through: bytes of the switch that come through on each connection; None for all.
        then_cuts: whether the connection is closed then; otherwise nothing more comes.
    """

    def __init__(self, port: int, *, lets_through: int | None, then_cuts: bool = False) -> None:
        self._switch = (LOOPBACK, port)
        self._left = lets_through
        self._then_cuts = then_cuts
        self._listening = socket.create_server((LOOPBACK, 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    def __enter__(self) -> Self:
        """Begin."""
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything, and wait until nobody is left."""
        _close(self._listening)
        self._threads[0].join(10)  # it may have joined one more
        for each in self._open:
            _close(each)
        for thread in self._threads[1:]:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            switch = socket.create_connection(self._switch)
            self._open += [client, switch]
            for target, limit in (((client, switch), None), ((switch, client), self._left)):
                thread = threading.Thread(target=self._carry, args=(*target, limit), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _carry(self, source: socket.socket, target: socket.socket, left: int | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                through = data if left is None else data[:left]
                if through:
                    target.sendall(through)
                if left is not None:
                    left -= len(through)
                    if not left:
                        break
            if left is None or self._then_cuts:
                target.shutdown(socket.SHUT_RDWR)


def _close(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
