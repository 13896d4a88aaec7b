"""Breakers: one refused login or token is enough, and no further host is tried with it.

A wrong password that is tried on a whole fleet locks the account; a token that is used up fails on
every switch. What decides is in `nxsl.core.breakers`; here hosts wait for each other.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.breakers import (
    RUNS_TOKEN,
    Credential,
    LoginEnd,
    RefusedToken,
    Turn,
    token_is_refused,
)
from nxsl.fleet.intents import intent_of
from nxsl.nxos.connect import knock
from nxsl.nxos.credential import credential_key, user_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from nornir.core import Nornir
    from nornir.core.inventory import Host

    from nxsl.core.outcome import TaskRecord

# Seconds between two looks at whether the run was stopped.
_LOOK = 0.2


def _let_pass(_host: str) -> None:
    """Believe that every host answers."""


class Logins:
    """The logins of a run; every method may be called from any thread.

    Of a credential that several hosts use:

    * Until it has worked once, one host at a time tries it. An attempt that says nothing about the
      credential (no answer, another host key) lets the next one try.
    * After that as many first logins are under way as have worked, and one more.
    * The first refusal ends it: whoever waits or comes later is not tried. Only hosts that let it
      in before may log in again, until one of them refuses it, too.

    So a credential that is wrong everywhere is refused once, however many hosts and workers there
    are. One that has worked on `n` hosts is refused at most `n + 1` times by hosts that try it for
    the first time, and never more often than logins were under way at the first refusal.

    Args:
        uses: how many hosts use each credential; one that is not there counts as shared.
        knock: called for a host that would have to wait for a credential that has not worked yet;
            raises `ConnectError` where the host does not answer at all, so that many dead hosts are
            found out at once and not one after the other.
        stop: where it is set, nobody waits any longer.
    """

    def __init__(
        self,
        uses: Mapping[str, int] | None = None,
        *,
        knock: Callable[[str], None] = _let_pass,
        stop: threading.Event | None = None,
    ) -> None:
        self._uses = uses or {}
        self._knock = knock
        self._stop = stop or threading.Event()
        self._credentials: dict[str, Credential] = {}
        self._changed = threading.Condition()

    @contextmanager
    def trying(self, host: str, credential: str) -> Iterator[None]:
        """Surround one attempt to log in, as `Guard.logging_in` does.

        Raises:
            CredentialBreaker: the credential was refused; nothing was sent.
            Stopped: the run was stopped while this host waited for its turn.
            ConnectError: the host does not answer; it had to wait, and was knocked at meanwhile.
        """
        if self._has_to_prove_itself(host, credential):
            self._knock(host)
        first = self._take_turn(host, credential)
        end = LoginEnd.NEITHER
        try:
            yield
            end = LoginEnd.WORKED
        except errors.LoginFailed:
            end = LoginEnd.REFUSED
            raise
        finally:
            with self._changed:
                self._of(credential).end(host, end, first=first)
                self._changed.notify_all()

    def refused(self) -> tuple[Credential, ...]:
        """The credentials that are not tried any more."""
        with self._changed:
            return tuple(each for each in self._credentials.values() if each.refused_by)

    def _of(self, credential: str) -> Credential:
        if credential not in self._credentials:
            shared = self._uses.get(credential, 2) > 1
            self._credentials[credential] = Credential(user=user_of(credential), shared=shared)
        return self._credentials[credential]

    def _has_to_prove_itself(self, host: str, credential: str) -> bool:
        with self._changed:
            known = self._of(credential)
            return known.turn(host) is Turn.WAIT and not known.proven

    def _take_turn(self, host: str, credential: str) -> bool:
        with self._changed:
            known = self._of(credential)
            while (turn := known.turn(host)) is Turn.WAIT:
                if self._stop.is_set():
                    raise errors.Stopped("stopped before the login", host=host)
                self._changed.wait(_LOOK)
            if turn is Turn.NEVER:
                raise known.refusal(host)
            return known.begin(host)


def logins_of(nr: Nornir, *, stop: threading.Event | None = None) -> Logins:
    """The logins of a run on an inventory's hosts."""
    hosts = nr.inventory.hosts
    return Logins(
        Counter(credential_key(host) for host in hosts.values()),
        knock=lambda name: knock(hosts[name], nr.config),
        stop=stop,
    )


class Tokens:
    """The tokens of a run; every method may be called from any thread.

    Registering is asynchronous: hosts that were sent a token before the first of them failed with
    it cannot be called back. Of hosts that come one after the other, one fails.

    Args:
        sources: by which word each host's token is known; `token_sources` tells.
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = dict(sources)
        self._refused: dict[str, RefusedToken] = {}
        self._lock = threading.Lock()

    def before(self, host: str) -> None:
        """Ask before a token is sent to a host.

        Raises:
            TokenBreaker: the backend has refused that token.
        """
        with self._lock:
            refused = self._refused.get(self._source(host))
        if refused is not None:
            raise refused.refusal(host)

    def note(self, host: str, record: TaskRecord) -> None:
        """Learn from how a host ended."""
        if not token_is_refused(record):
            return
        source = self._source(host)
        with self._lock:
            self._refused.setdefault(source, RefusedToken.of(source, host, record))

    def refused(self) -> tuple[RefusedToken, ...]:
        """The tokens that are not sent any more."""
        with self._lock:
            return tuple(self._refused.values())

    def _source(self, host: str) -> str:
        return self._sources.get(host, RUNS_TOKEN)


def token_sources(hosts: Iterable[Host]) -> dict[str, str]:
    """By which word the token of each host is known: its `token_from`, or `RUNS_TOKEN`."""
    intents = ((host.name, intent_of(host)) for host in hosts)
    return {name: (intent and intent.token_from) or RUNS_TOKEN for name, intent in intents}
