"""The content of a licensing file: carried from end to end, and shown nowhere."""

from __future__ import annotations

import hashlib


class Payload:
    """Bytes that no message, log or traceback shows; they compare by their digest.

    It is no `bytes`: whoever prints a traceback with local variables slices long ones.
    """

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def reveal(self) -> bytes:
        """Give the bytes; for the functions that write or send them."""
        return self._data

    @property
    def sha256(self) -> str:
        """Their SHA-256, in hexadecimal."""
        return hashlib.sha256(self._data).hexdigest()

    @property
    def md5(self) -> str:
        """Their MD5, in hexadecimal; what NX-OS computes."""
        return hashlib.md5(self._data, usedforsecurity=False).hexdigest()

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return f"Payload({len(self._data)} bytes)"
