"""Logs in as fast as what is on the way allows, and again where it was only too much at once.

A bastion or switch that has too many logins at hand (`MaxStartups` of sshd, all vty lines in use)
closes the connection before its SSH banner; an overloaded AAA server lets logins time out. One such
attempt says nothing about the switch. So it is made again, up to three times, and where several
hosts of the same way are refused, fewer try at a time (`Pace`).

An attempt that ended before a password was sent does no harm however often it is made. Where one
may have been sent, it is made once more only with a credential that a switch has let in before: a
wrong one that is tried again and again locks the account. A refused password is never tried again.
"""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from paramiko.ssh_exception import AuthenticationException, SSHException

from nxsl.core import errors
from nxsl.core.reason_words import Reason
from nxsl.core.stopping import stopping
from nxsl.fleet.limits import JumpHosts
from nxsl.nxos._pace import Pace, TurnedAwayError, pause
from nxsl.nxos.proxy import ProxyEndedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nornir.core.inventory import Host

TRIES_AGAIN = 3
"""How often an attempt is made again that ended before a password was sent."""

DEADLINE = 10.0
"""Seconds for all attempts of a login, where the inventory has no `conn_timeout`."""

_DIRECT = ""  # the way of hosts without a jump host: what they share are the AAA servers


def log_in_patiently(
    log_in: Callable[[], None],
    host: Host,
    *,
    credential: str,
    ssh_file: str | None = None,
    deadline: object = None,
) -> None:
    """Log in, again where it was only too much at once, and no more at a time than is good.

    Args:
        log_in: makes one attempt; raises a `ConnectError` in the context of its cause.
        host: the host.
        credential: what it logs in with, as `credential_key` tells.
        ssh_file: OpenSSH's configuration, as netmiko will read it.
        deadline: seconds for all attempts, their pauses included.

    Raises:
        ConnectError: that of the last attempt; or the run was stopped before there was one.
    """
    pace = WAYS.pace(_way_of(host, ssh_file))
    left = _seconds(deadline)
    for number in range(TRIES_AGAIN + 1):
        began = time.monotonic()
        try:
            with pace.login(host.name, stopping()):
                began = time.monotonic()  # waiting for a turn is not trying
                log_in()
        except TurnedAwayError:
            raise _stopped(host) from None
        except errors.LoginFailed:
            WAYS.refused(credential)
            raise
        except errors.ConnectError as error:
            seconds = pause(number)
            left -= time.monotonic() - began + seconds
            if not _once_more(error, credential, number, in_time=left > 0):
                raise
            if stopping().wait(seconds):
                raise
        else:
            WAYS.let_in(credential)
            return


def _once_more(error: errors.ConnectError, credential: str, number: int, *, in_time: bool) -> bool:
    if before_password(error):
        return in_time and number < TRIES_AGAIN
    # It takes longer than any deadline until an attempt has timed out.
    return too_much(error) and number == 0 and WAYS.has_let_in(credential)


def too_much(error: BaseException) -> bool:
    """Whether an error means that too many logins were under way, on the way or at AAA servers."""
    if not isinstance(error, errors.ConnectFailed | errors.ConnectTimeout):
        return False
    return before_password(error) or any(_is_aaa(cause) for cause in _causes(error))


def before_password(error: BaseException) -> bool:
    """Whether a connection was taken, and closed before anything was said on it.

    A peer that takes it and keeps silent is not overloaded, but dead; to wait again takes long.
    """
    if not isinstance(error, errors.ConnectFailed | errors.ConnectTimeout):
        return False
    causes = list(_causes(error))
    silent = any(isinstance(cause, TimeoutError) for cause in causes)
    return not silent and any(_is_closed_door(cause) for cause in causes)


def _is_closed_door(cause: BaseException) -> bool:
    if isinstance(cause, ProxyEndedError):
        return cause.before_password
    return isinstance(cause, SSHException) and "reading ssh protocol banner" in str(cause).lower()


def _is_aaa(cause: BaseException) -> bool:
    if isinstance(cause, AuthenticationException):
        return "authentication timeout" in str(cause).lower()
    return isinstance(cause, ConnectionResetError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What led to an error; not the error itself, which is one of nxsl."""
    cause = error.__cause__ or error.__context__
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _stopped(host: Host) -> errors.ConnectFailed:
    """Not `Stopped`: that would say that nothing was sent, also where a broken session had."""
    error = errors.ConnectFailed(
        "the run was stopped while this login waited for others", host=host.name
    )
    error.reason = Reason.STOPPED
    error.remedy = errors.Stopped.usual_remedy
    return error


def _seconds(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float | str) else DEADLINE
    except ValueError:
        return DEADLINE


# -- ways -----------------------------------------------------------------------------------------


class _Ways:
    """What this process has learned of the ways to its switches; for any thread."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}
        self._good: set[str] = set()
        self._lock = threading.Lock()

    def pace(self, way: str) -> Pace:
        with self._lock:
            return self._paces.get(way) or self._paces.setdefault(way, Pace(too_much))

    def let_in(self, credential: str) -> None:
        with self._lock:
            self._good.add(credential)

    def refused(self, credential: str) -> None:
        with self._lock:
            self._good.discard(credential)

    def has_let_in(self, credential: str) -> bool:
        with self._lock:
            return credential in self._good

    def forget(self) -> None:
        with self._lock:
            self._paces.clear()
            self._good.clear()


WAYS = _Ways()


def _way_of(host: Host, ssh_file: str | None) -> str:
    try:
        return _jumps(ssh_file).of(host) or _DIRECT
    except errors.InventoryError:
        return _DIRECT  # the login itself says what is wrong with the file


@lru_cache(maxsize=8)
def _jumps(ssh_file: str | None) -> JumpHosts:
    return JumpHosts(ssh_file)
