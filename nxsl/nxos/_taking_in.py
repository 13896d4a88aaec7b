"""SSH without a thread of its own: whoever waits for a switch takes in what it sends.

paramiko reads each connection in a thread, so that two threads wake up for every packet, and a
third one is made to time the login. Here the thread that waits for something takes in the packets,
and paramiko does with each what it always does. Two more things are seen to: connections that
nobody waits on are looked at from time to time (`_tender`), and one that is used in a way that
needs packets taken in while nobody waits, such as a second channel, gets paramiko's thread.
"""

from __future__ import annotations

import threading
import time
from logging import DEBUG
from typing import TYPE_CHECKING, Any

import paramiko
from paramiko import common
from paramiko.packet import NeedRekeyException
from paramiko.ssh_exception import MessageOrderError

from nxsl.nxos._packetizer import HoldingPacketizer
from nxsl.nxos._tender import tend

if TYPE_CHECKING:
    from collections.abc import Callable

STALL = 60.0
"""Seconds that a switch has to send the rest of a packet it has begun, once we are logged in.

Whoever waits for a reply waits as long for it. During the login its own time counts.
"""

_SLICE = 1.0
"""Seconds after which whoever waits looks up: for keep-alives, and whether a thread is wanted."""

_TOO_LATE = "No existing session"
_KEY_EXCHANGE = range(30, 42)  # what each method of it numbers for itself


class TakingIn(paramiko.ServiceRequestingTransport):  # type: ignore[misc] # paramiko is not typed
    """A connection whose packets are taken in by whoever waits for them.

    Attributes:
        in_line: whether that is so; otherwise paramiko's thread takes them in.
    """

    banner_timeout: float
    _expected_packet: tuple[int, ...]

    def __init__(self, sock: Any, **options: Any) -> None:  # noqa: ANN401
        """Begin nothing yet.

        Args:
            sock: connected; without a method `wait`, the connection has a thread from the start.
            options: paramiko's.
        """
        super().__init__(sock, **options)
        self.in_line = hasattr(sock, "wait")
        if self.in_line:
            self.packetizer = HoldingPacketizer(sock)
            self.packetizer.set_log(self.logger)
        self._turn = threading.RLock()
        self._taking_in = False
        self._latest = float("inf")  # when what is taken in must be there; while we log in

    def start_client(self, event: Any = None, timeout: float | None = None) -> None:  # noqa: ANN401
        """Exchange versions and keys; as paramiko's, without a thread.

        Raises:
            SSHException: it failed; with paramiko's words where the time was over.
        """
        if event is not None or not self.in_line:
            self.in_line = False
            super().start_client(event, timeout)
            return
        self.active = True
        self.completion_event = threading.Event()
        allowed = timeout or self.banner_timeout + self.handshake_timeout
        latest = self.packetizer.give_up_at = time.monotonic() + allowed
        try:
            self.packetizer.write_all(f"{self.local_version}\r\n".encode())
            self._check_banner()
            self.packetizer.hold_back()
            self._send_kex_init()
            self._expect_packet(common.MSG_KEXINIT)
        except Exception as error:
            self._end(error)
            if isinstance(error.__context__, TimeoutError):
                raise paramiko.SSHException(_TOO_LATE) from error
            raise
        seconds = min(self.handshake_timeout, latest - time.monotonic())
        if not self.take_in(self.completion_event.is_set, seconds) and self.active:
            self._end(paramiko.SSHException(_TOO_LATE))
        if not self.active:
            raise self.get_exception() or paramiko.SSHException("Negotiation failed.")
        tend(self)

    def take_in(self, enough: Callable[[], object], seconds: float | None) -> bool:
        """Take in packets until there is enough, or for so many seconds.

        Returns:
            Whether there is enough; also where another thread has taken it in.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        logged_in = self.auth_handler is not None and self.auth_handler.is_authenticated()
        self._latest = float("inf") if logged_in or deadline is None else deadline
        while not enough() and self.active:
            left = _SLICE if deadline is None else max(deadline - time.monotonic(), 0.0)
            if not self.in_line:
                time.sleep(min(left, 0.01))
            else:
                with self._turn:
                    if self._is_still_in_line() and not enough():
                        self._take_one(min(left, _SLICE))
            if left <= 0:
                break
        return bool(enough())

    def take_in_what_is_there(self) -> None:
        """Take in what has come already, unless another thread does; keep the connection alive."""
        self._take_while(lambda: True, tend=True)

    def take_in_what_was_read(self, wanted: Callable[[], bool]) -> None:
        """Take in packets that were read along with others, while they are wanted, likewise.

        Of each packet by itself its reader would make as much ado as of all together.
        """
        if self.in_line and self.sock.kept:
            self._take_while(wanted, tend=False)

    def _take_while(self, wanted: Callable[[], bool], *, tend: bool) -> None:
        if not self.in_line or self._taking_in or not self._turn.acquire(blocking=False):
            return
        whole = self.packetizer.is_whole
        try:
            while self._is_still_in_line() and wanted() and self.sock.has_whole(whole):
                self._take_one(0.0)
            if tend and self._is_still_in_line():
                self.packetizer.send_held()
                self.packetizer.keep_alive()
        except Exception as error:  # noqa: BLE001 (kept, and raised to whoever waits)
            self._end(error)
        finally:
            self._turn.release()

    def _is_still_in_line(self) -> bool:
        """Another thread may have ended it, or given it a thread, before this one had its turn."""
        return self.in_line and bool(self.active)

    def is_active(self) -> bool:
        """Whether the connection stands, as far as what has come tells."""
        self.take_in_what_is_there()
        return bool(self.active)

    def _send_user_message(self, data: paramiko.Message) -> None:
        """Send; while keys are exchanged anew, their packets are taken in first."""
        if self.in_line and not self.clear_to_send.is_set():
            self.take_in(self.clear_to_send.is_set, self.clear_to_send_timeout)
        super()._send_user_message(data)

    def _take_one(self, seconds: float | None) -> bool:
        """Take in a packet, if one comes in time (None: however long that takes).

        Returns:
            Whether one came, or the end.
        """
        self._taking_in = True
        try:
            if self.packetizer.need_rekey() and not self.in_kex:
                self._send_kex_init()
            if seconds is not None:
                if not self._comes(seconds):
                    self.packetizer.keep_alive()
                    return False
                self.packetizer.give_up_at = min(time.monotonic() + STALL, self._latest)
            self._take(*self.packetizer.read_message())
        except NeedRekeyException:
            pass
        except Exception as error:  # noqa: BLE001 - kept, and raised to whoever waits
            late = isinstance(error, EOFError) and self.packetizer.handshake_timed_out()
            self._end(paramiko.SSHException(_TOO_LATE) if late else error)
        finally:
            self._taking_in = False
        return True

    def _comes(self, seconds: float) -> bool:
        """Whether something is there, or comes in time once what was held back has been sent."""
        packetizer = self.packetizer
        if packetizer.left_over or (packetizer.holds_something and self.sock.wait(0)):
            return True
        packetizer.send_held()
        return bool(self.sock.wait(seconds))

    def _take(self, kind: int, message: paramiko.Message) -> None:
        """Give a packet to the part of paramiko that it is for, as paramiko's thread does."""
        if kind == common.MSG_DISCONNECT:
            self._parse_disconnect(message)
            self._end(None)
        elif kind in {common.MSG_IGNORE, common.MSG_DEBUG}:
            self._enforce_strict_kex(kind)
        elif self._is_for_key_exchange(kind):
            self.kex_engine.parse_next(kind, message)
        elif kind in self._handler_table:
            self._handler_table[kind](message)
        elif kind in self._channel_handler_table:
            self._take_for_channel(kind, message)
        elif self.auth_handler is not None and kind in self.auth_handler._handler_table:  # noqa: SLF001
            self.auth_handler._handler_table[kind](message)  # noqa: SLF001
        elif kind != common.MSG_UNIMPLEMENTED:
            reply = paramiko.Message()
            reply.add_byte(common.cMSG_UNIMPLEMENTED)
            reply.add_int(message.seqno)
            self._send_message(reply)

    def _is_for_key_exchange(self, kind: int) -> bool:
        """Whether its method has to read it.

        Raises:
            SSHException: another packet had to come now.
        """
        expected = self._expected_packet
        if not expected:
            return False
        if kind not in expected:
            wrong = MessageOrderError if self.agreed_on_strict_kex else paramiko.SSHException
            raise wrong(f"packet {kind} came where {expected} had to")
        self._expected_packet = ()
        return kind in _KEY_EXCHANGE

    def _take_for_channel(self, kind: int, message: paramiko.Message) -> None:
        number = message.get_int()
        channel = self._channels.get(number)
        if channel is not None:
            self._channel_handler_table[kind](channel, message)
        elif number not in self.channels_seen:
            raise paramiko.SSHException(f"a packet came for channel {number}, which never was")

    def _end(self, error: BaseException | None) -> None:
        """The connection has ended: whoever waits is told."""
        if error is not None:
            # Not its text: that of a proxy's end quotes the command, which may hold a password.
            self._log(DEBUG, "the connection ended: %s", type(error).__name__)
            self.saved_exception = error
        was_active, self.active = self.active, False
        for channel in list(self._channels.values()):
            channel._unlink()  # noqa: SLF001
        if was_active:
            self.packetizer.close()
            if self.auth_handler is not None:
                self.auth_handler.abort()
            for event in list(self.channel_events.values()):
                event.set()
        self.sock.close()

    # -- a thread after all ----------------------------------------------------------------------

    def give_thread(self) -> None:
        """Have paramiko's thread take in packets from now on."""
        with self._turn:
            if self.in_line and self.active:
                self.in_line = False
                self.packetizer.give_up_at = float("inf")
                try:
                    self.packetizer.release()
                    self.start()
                except BaseException as error:
                    self._end(error)  # nobody would take anything in any more
                    raise

    def run(self) -> None:
        """What the thread does."""
        if not self.initial_kex_done:
            super().run()
            return
        while self.active:
            self._take_one(None)

    def open_channel(self, *args: Any, **options: Any) -> paramiko.Channel:  # noqa: ANN401
        """As paramiko's, with a thread from now on."""
        self.give_thread()
        return super().open_channel(*args, **options)

    def global_request(self, kind: str, data: Any = None, wait: bool = True) -> Any:  # noqa: ANN401
        """As paramiko's, with a thread from now on where an answer is waited for."""
        if wait:
            self.give_thread()
        return super().global_request(kind, data, wait)

    def renegotiate_keys(self) -> None:
        """As paramiko's, with a thread from now on."""
        self.give_thread()
        super().renegotiate_keys()
