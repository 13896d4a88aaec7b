"""The bytes of one SSH channel: sending, waiting with a deadline, noticing a closed session."""

from __future__ import annotations

import codecs
import time
from typing import TYPE_CHECKING

from paramiko.ssh_exception import SSHException

from nxsl.core import errors
from nxsl.nxos import wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from paramiko import Channel

_MAX_REPLY = 8 * 1024 * 1024
_CHUNK = 65536


class Terminal:
    """A channel and what came over it since `begin`.

    Attributes:
        host: the inventory's name, for errors.
        text: everything received since `begin`, as it came; undecodable bytes show as U+FFFD.
    """

    def __init__(self, channel: Channel, *, host: str) -> None:
        self.host = host
        self.text = ""
        self._channel = channel
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def begin(self) -> None:
        """Start a new exchange; what came unasked since the last one, such as a log line, goes."""
        self.text = ""
        self._decoder.reset()
        while self._channel.recv_ready():
            self._read()

    def enter(self, command: str | wire.SecretCommand) -> None:
        """Type a command, whatever the switch is doing.

        A secret is revealed in no variable, so that no traceback can show one.

        Raises:
            SessionDropped: the channel is closed.
        """
        if isinstance(command, wire.SecretCommand):
            sent = self._send(lambda: f"{command.reveal()}\n")
        else:
            sent = self._send(lambda: f"{command}\n")
        if not sent:
            raise self._dropped()

    def press(self, key: str) -> None:
        """Press one key, without a line end.

        Raises:
            SessionDropped: the channel is closed.
        """
        if not self._send(lambda: key):
            raise self._dropped()

    def _send(self, text: Callable[[], str]) -> bool:
        """Send; whether it went out. Told by a value: an exception would keep frames with it."""
        try:
            self._channel.sendall(text().encode())
        except (OSError, EOFError, SSHException):
            return False
        return True

    def wait(self, deadline: float, *, quiet: float) -> bool:
        """Wait for more text.

        Args:
            deadline: on `time.monotonic`'s clock.
            quiet: give up after so many seconds of silence.

        Returns:
            Whether anything came.

        Raises:
            ReplyTimeout: the deadline has passed.
            ReplyTooLong, SessionDropped.
        """
        left = deadline - time.monotonic()
        if left <= 0:
            raise errors.ReplyTimeout(
                "the switch did not come back with its prompt in time",
                host=self.host,
                remedy="see what it printed last: it may be slow, or wait for something",
            )
        usual = self._channel.gettimeout()  # sending needs its own, and so do other people's tasks
        self._channel.settimeout(min(left, quiet))
        try:
            self.text += self._decoder.decode(self._read())
        except TimeoutError:
            return False
        finally:
            self._channel.settimeout(usual)
        if len(self.text) > _MAX_REPLY:
            raise errors.ReplyTooLong(
                f"the reply exceeds {_MAX_REPLY // 1024**2} MiB", host=self.host
            )
        if wire.PAGER.search(self.text[-80:]):
            self.press(" ")  # the switch pages although `terminal length 0` was sent
        return True

    def _read(self) -> bytes:
        try:
            data: bytes = self._channel.recv(_CHUNK)
        except TimeoutError:
            raise
        except (OSError, EOFError, SSHException):
            data = b""
        if not data:
            raise self._dropped()
        return data

    def _dropped(self) -> errors.SessionDropped:
        return errors.SessionDropped(
            "the session was closed by the switch or on the way", host=self.host
        )
