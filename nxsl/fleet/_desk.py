"""Where worker processes ask whether a host may log in: what came of the others is known here."""

from __future__ import annotations

from functools import partial
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from nxsl.core.breakers import LoginEnd
from nxsl.core.errors import ConnectFailed, LoginFailed
from nxsl.fleet._hands import Hands
from nxsl.fleet._parcels import pack, portable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from nornir.core.inventory import Host

    from nxsl.fleet._children import Child

LoggingIn: TypeAlias = "Callable[[Host], AbstractContextManager[None]]"
"""Surrounds one attempt to log in, as `Guard.logging_in` does."""


class Desk:
    """Answers for one run.

    Args:
        logging_in: surrounds each attempt; it may wait, and refuses by raising.
        hosts: the parent's.
        most: how many can ask at a time.
    """

    def __init__(self, logging_in: LoggingIn, hosts: Iterable[Host], most: int) -> None:
        self._logging_in = logging_in
        self._hosts = {host.name: host for host in hosts}
        self._hands = Hands(most, "nxsl-login")
        self._under_way: dict[tuple[Child, int], SimpleQueue[LoginEnd]] = {}
        self._lock = Lock()

    def login(self, child: Child, number: int, host: str) -> None:
        """A child asks; it is answered when it is its turn."""
        end: SimpleQueue[LoginEnd] = SimpleQueue()
        with self._lock:
            self._under_way[child, number] = end
        try:
            self._hands.grow(1)
        except RuntimeError as error:
            with self._lock:
                del self._under_way[child, number]
            refusal = ConnectFailed(f"nobody can let it log in: {error}", host=host)
            child.say("answer", number, pack(portable(refusal)))
            return
        self._hands.take(partial(self._serve, child, number, self._hosts[host], end))

    def logged(self, child: Child, number: int, end: LoginEnd) -> None:
        """What came of it."""
        with self._lock:
            under_way = self._under_way.get((child, number))
        if under_way is not None:
            under_way.put(end)

    def lost(self, child: Child) -> None:
        """A child has gone: its logins say nothing of the credential."""
        with self._lock:
            left = [end for (whose, _), end in self._under_way.items() if whose is child]
        for end in left:
            end.put(LoginEnd.NEITHER)

    def close(self) -> None:
        """Nobody asks any more."""
        self._hands.go()

    def _serve(self, child: Child, number: int, host: Host, end: SimpleQueue[LoginEnd]) -> None:
        answered = False
        try:
            with self._logging_in(host):
                child.say("answer", number, None)
                answered = True
                _raise(end.get(), host.name)
        except Exception as error:  # noqa: BLE001 (each of them is an answer, and the child's)
            if not answered:
                child.say("answer", number, pack(portable(error)))
        finally:
            with self._lock:
                del self._under_way[child, number]


def _raise(end: LoginEnd, host: str) -> None:
    """Raise what the child has raised, as far as it matters."""
    if end is LoginEnd.REFUSED:
        raise LoginFailed("the login was refused", host=host)
    if end is LoginEnd.NEITHER:
        raise ConnectFailed("the login came to nothing", host=host)
