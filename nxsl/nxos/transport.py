"""The login and the shell over SSH, in as few round trips as they take.

Service and password are asked for together, and so are terminal and shell.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, cast

import paramiko
from paramiko import common
from paramiko.auth_handler import AuthOnlyHandler

from nxsl.nxos._taking_in import TakingIn

if TYPE_CHECKING:
    from collections.abc import Callable


_TIMEOUT = "Authentication timeout."  # paramiko's words


class Transport(TakingIn):
    """One connection to a switch."""

    _service_asked_for = False

    # -- the login -------------------------------------------------------------------------------

    def ensure_session(self) -> None:
        """Ask for the login's service, and wait for the answer."""
        self._ask_for_service()
        if not self.take_in(lambda: self._service_userauth_accepted, self.auth_timeout):
            ended = None if self.active else self.get_exception()
            raise ended or paramiko.AuthenticationException(_TIMEOUT)

    def auth_password(self, username: str, password: str, fallback: bool = True) -> list[str]:
        """Log in with a password, asked for together with the service.

        The switch answers both in order; one that does not offer the service closes the connection.
        """
        self._ask_for_service()
        self._service_userauth_accepted = True
        return cast("list[str]", super().auth_password(username, password, fallback))

    def _ask_for_service(self) -> None:
        if not self.active or not self.initial_kex_done:
            raise paramiko.SSHException("No existing session")
        if self._service_asked_for:
            return
        self._service_asked_for = True
        self.auth_handler = self.get_auth_handler()
        request = paramiko.Message()
        request.add_byte(common.cMSG_SERVICE_REQUEST)
        request.add_string("ssh-userauth")
        self._send_message(request)

    def get_auth_handler(self) -> AuthOnlyHandler:
        """What speaks about passwords and keys."""
        return _Login(self)

    # -- the shell -------------------------------------------------------------------------------

    def open_shell(self, term: str, width: int, height: int) -> paramiko.Channel:
        """Open a shell on a terminal in two round trips instead of three.

        The terminal is asked for without waiting for the answer. Where a switch denies it, its
        shell does not echo, and the first fence is missed.

        Raises:
            SSHException: the switch does not give one.
        """
        channel = self._open() if self.in_line else self.open_session()
        request = paramiko.Message()
        request.add_byte(common.cMSG_CHANNEL_REQUEST)
        request.add_int(channel.remote_chanid)
        request.add_string("pty-req")
        request.add_boolean(False)  # no answer is asked for
        request.add_string(term)
        for number in (width, height, 0, 0):
            request.add_int(number)
        request.add_string(b"")
        self._send_user_message(request)
        channel.invoke_shell()
        if self.in_line:
            self.packetizer.release()
        return channel

    def _open(self) -> paramiko.Channel:
        """As paramiko's `open_session`, without a thread."""
        with self.lock:
            number = self._next_channel()
            channel = Channel(number)
            self._channels.put(number, channel)
            self.channels_seen[number] = True
            self.channel_events[number] = opened = threading.Event()
        channel._set_transport(self)  # noqa: SLF001
        channel._set_window(self.default_window_size, self.default_max_packet_size)  # noqa: SLF001
        request = paramiko.Message()
        request.add_byte(common.cMSG_CHANNEL_OPEN)
        request.add_string("session")
        for each in (number, self.default_window_size, self.default_max_packet_size):
            request.add_int(each)
        self._send_user_message(request)
        if not self.take_in(opened.is_set, self.channel_timeout):
            raise paramiko.SSHException("Timeout opening channel.")
        if not self.active or self._channels.get(number) is None:
            raise self.get_exception() or paramiko.SSHException("Unable to open channel.")
        return channel


class _Login(AuthOnlyHandler):  # type: ignore[misc] # paramiko is not typed
    """paramiko's, taking in packets while it waits."""

    def wait_for_response(self, event: threading.Event) -> Any:  # noqa: ANN401
        """Wait until the switch has said yes or no."""
        transport = self.transport
        if transport.in_line:
            answered = transport.take_in(event.is_set, transport.auth_timeout)
            if not answered and transport.active:
                raise paramiko.AuthenticationException(_TIMEOUT)
            if self.is_authenticated():  # also where the switch has closed since
                return []
        return super().wait_for_response(event)


class Channel(paramiko.Channel):  # type: ignore[misc]
    """paramiko's, taking in packets while it waits.

    Reading what a command says beside its output, or waiting for its end, needs a thread.
    """

    def close(self) -> None:
        """Close, in one segment of TCP; nobody has to be told where the other side has gone."""
        if not self.transport.in_line:
            super().close()
            return
        packetizer = self.transport.packetizer
        with contextlib.suppress(EOFError, paramiko.SSHException):
            packetizer.hold_back()
            try:
                super().close()
            finally:
                packetizer.release()

    def recv_ready(self) -> bool:
        """Whether something has come."""
        if not super().recv_ready():
            self.transport.take_in_what_is_there()
        return bool(super().recv_ready())

    def recv(self, nbytes: int) -> bytes:
        """Receive; as paramiko's."""
        self._wait(lambda: len(self.in_buffer) or self.closed or self.eof_received, self.timeout)
        self.transport.take_in_what_was_read(lambda: len(self.in_buffer) < nbytes)
        return cast("bytes", super().recv(nbytes))

    def recv_stderr_ready(self) -> bool:
        """As paramiko's, with a thread from now on."""
        self.transport.give_thread()
        return bool(super().recv_stderr_ready())

    def recv_stderr(self, nbytes: int) -> bytes:
        """As paramiko's, with a thread from now on."""
        self.transport.give_thread()
        return cast("bytes", super().recv_stderr(nbytes))

    def exit_status_ready(self) -> bool:
        """As paramiko's, with a thread from now on."""
        self.transport.give_thread()
        return bool(super().exit_status_ready())

    def recv_exit_status(self) -> int:
        """As paramiko's, with a thread from now on."""
        self.transport.give_thread()
        return int(super().recv_exit_status())

    def fileno(self) -> int:
        """As paramiko's, with a thread from now on."""
        self.transport.give_thread()
        return int(super().fileno())

    def _wait(self, enough: Callable[[], object], seconds: float | None) -> None:
        """Wait here, where no thread does.

        Raises:
            TimeoutError: there was not enough in time.
        """
        transport = self.transport
        if transport.in_line and not transport.take_in(enough, seconds) and transport.active:
            raise TimeoutError

    def _wait_for_event(self) -> None:
        self._wait(self.event.is_set, self.transport.channel_timeout)
        super()._wait_for_event()

    def _wait_for_send_window(self, size: int) -> int:
        """Wait until the switch takes more; the lock is held, and is needed to hear of it."""
        while self.transport.in_line and self.out_window_size == 0 and not self._is_done():
            self.lock.release()
            try:
                self._wait(lambda: self.out_window_size or self._is_done(), self.timeout)
            finally:
                self.lock.acquire()
        return cast("int", super()._wait_for_send_window(size))

    def _is_done(self) -> bool:
        return bool(self.closed or self.eof_sent)
