"""The private line between this process and a worker process of its own: pipes, and frames on them.

Nobody else has the other end, so passwords may go over it. What is read here is unpickled: the
other side is our own child, or its parent.
"""

from __future__ import annotations

import pickle
import struct
import threading
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE = struct.Struct("!Q")


class Line:
    """Frames in both directions; `send` may be called from any thread, reading is for one.

    Args:
        reads: where the other side's words come from.
        writes: where they go.
    """

    def __init__(self, reads: IO[bytes], writes: IO[bytes]) -> None:
        self._reads = reads
        self._writes = writes
        self._sending = threading.Lock()

    def send(self, *words: Any) -> None:  # noqa: ANN401 (what pickle can do)
        """Say something.

        Raises:
            OSError: nobody is there any more.
        """
        data = pickle.dumps(words, pickle.HIGHEST_PROTOCOL)
        with self._sending:
            try:
                self._writes.write(_SIZE.pack(len(data)))
                self._writes.write(data)
                self._writes.flush()
            except (ValueError, OSError):  # closed here, or there
                raise BrokenPipeError from None

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """What the other side says, until nobody is there any more."""
        with self._reads:
            while len(head := self._read(_SIZE.size)) == _SIZE.size:
                size = _SIZE.unpack(head)[0]
                data = self._read(size)
                if len(data) < size:
                    return
                yield pickle.loads(data)  # noqa: S301 (our own process)

    def hang_up(self) -> None:
        """Let the other side see the end."""
        try:
            self._writes.close()
        except OSError:  # what was not sent yet cannot be sent any more
            return

    def _read(self, size: int) -> bytes:
        try:
            return self._reads.read(size)
        except (ValueError, OSError):
            return b""
