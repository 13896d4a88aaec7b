"""The way over a jump host: a command of SSH's configuration whose end is noticed.

paramiko's `ProxyCommand` reads on where the command has ended, and keeps a core busy with it until
the login times out. And where fewer bytes come than it asked for, it waits for the others before it
gives them.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from paramiko import ProxyCommand

_PATIENCE = 1.0
"""Seconds that a command has to end when it is told to."""


class ProxyEndedError(Exception):
    """The command that leads to the switch has ended.

    Attributes:
        before_password: nothing can have been sent to the switch yet that only it may know.
    """

    def __init__(self, *, before_password: bool) -> None:
        super().__init__("the command that leads to it (ProxyCommand, ProxyJump) has ended")
        self.before_password = before_password


class Proxy:
    """Looks like a socket to paramiko's transport; gives what is there, and its end.

    Args:
        command: paramiko's, running.

    Attributes:
        kept: nothing: what is there is read when it is asked for.
    """

    kept = b""

    def __init__(self, command: ProxyCommand) -> None:
        self._command = command
        self._reading = threading.Lock()

    def settimeout(self, seconds: float | None) -> None:
        """Wait so long for something to read; None for as long as it takes."""
        self._command.settimeout(seconds)

    def recv(self, size: int) -> bytes:
        """Read; nothing at all means that the command has ended.

        Raises:
            TimeoutError: nothing came in time.
        """
        if not self.wait(self._command.timeout):
            raise TimeoutError
        stream = self._command.process.stdout
        with self._reading:
            return b"" if stream.closed else os.read(stream.fileno(), size)

    def wait(self, seconds: float | None) -> bool:
        """Wait for something to read, or the end; whether there is."""
        stream = self._command.process.stdout
        with self._reading:
            if stream.closed:
                return True
            waiting = select.poll()  # `select` takes no more than a thousand files
            waiting.register(stream, select.POLLIN)
            return bool(waiting.poll(None if seconds is None else seconds * 1000))

    def has_whole(self, _whole: Callable[[bytes], bool]) -> bool:
        """Whether there is a packet, or the end: nothing is read to find out how much of it."""
        return self.wait(0)

    def send(self, data: bytes) -> int:
        """Write.

        Raises:
            ProxyCommandFailure: the command has ended.
        """
        return int(self._command.send(data))

    @property
    def _closed(self) -> bool:  # what paramiko asks for
        return self._command.process.poll() is not None

    def close(self) -> None:
        """End the command, and close its pipes once no other thread reads any more."""
        process = self._command.process
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with self._reading:
            process.stdout.close()
        with contextlib.suppress(BrokenPipeError):  # something was left to be written to it
            process.stdin.close()
        process.stderr.close()
