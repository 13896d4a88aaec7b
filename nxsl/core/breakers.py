"""When a run stops trying: a credential that a switch refused, a token the backend does not take.

Here it is only decided; nothing waits and nothing is locked. `nxsl.run.breakers` does that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.reasons import explain

if TYPE_CHECKING:
    from nxsl.core.outcome import TaskRecord


class Turn(Enum):
    """What a host that wants to log in has to do."""

    GO = auto()
    WAIT = auto()
    NEVER = auto()


class LoginEnd(Enum):
    """How an attempt to log in ended."""

    WORKED = auto()
    REFUSED = auto()
    NEITHER = auto()
    """It says nothing about the credential: no answer, another host key, a broken session."""


@dataclass(slots=True, kw_only=True)
class Credential:
    """What a run has learned of one credential, and what follows from it.

    As many first logins are under way at a time as have worked so far, and one more. So a
    credential that works nowhere is tried once, and one that has worked on `n` hosts fails at most
    `n + 1` times before nobody tries it any more: at first one at a time, soon all at once.

    A host that let it in before may always log in again, also when another has refused it: what was
    begun there must be brought to its end. Where such a host refuses it, it is of use nowhere.

    Attributes:
        user: the user name, for messages.
        shared: whether several hosts of the run use it; otherwise nothing is ever held back.
        worked_on: the hosts that let it in.
        under_way: how many hosts try it that have not let it in before.
        refused_by: the host that refused it first; empty while none has.
        lost: a host refuses it that had let it in.
    """

    user: str
    shared: bool = True
    worked_on: set[str] = field(default_factory=set)
    under_way: int = 0
    refused_by: str = ""
    lost: bool = False

    @property
    def proven(self) -> bool:
        """Whether it has worked anywhere."""
        return bool(self.worked_on)

    def turn(self, host: str) -> Turn:
        """Whether a host may log in now."""
        if not self.shared:
            return Turn.GO
        if host in self.worked_on:
            return Turn.NEVER if self.lost else Turn.GO
        if self.refused_by:
            return Turn.NEVER
        return Turn.GO if self.under_way <= len(self.worked_on) else Turn.WAIT

    def begin(self, host: str) -> bool:
        """A host logs in; gives whether it does so for the first time, which `end` must be told."""
        first = host not in self.worked_on
        self.under_way += first
        return first

    def end(self, host: str, end: LoginEnd, *, first: bool) -> None:
        """A login has ended."""
        self.under_way -= first
        if end is LoginEnd.WORKED:
            self.worked_on.add(host)
        elif end is LoginEnd.REFUSED and self.shared:
            self.refused_by = self.refused_by or host
            self.lost = self.lost or not first

    def refusal(self, host: str) -> errors.CredentialBreaker:
        """What a host is told that may not try it any more."""
        whose = f" of {self.user}" if self.user else ""
        return errors.CredentialBreaker(
            f"not tried: {self.refused_by} refused the same password or key{whose}",
            host=host,
            remedy=f"try the login{whose} to {self.refused_by} by hand; set NXSL_PASSWORD if it is "
            "wrong, or leave that switch out if it alone refuses; then run it again, or: "
            "nxsl runs retry ID",
        )


RUNS_TOKEN = "the run's token"  # noqa: S105 (the name of one)
"""The token of hosts whose intent names none."""

_REFUSED = "token-refused"
_MAY_BE_THE_TOKEN = frozenset(
    {errors.RegistrationFailed.reason, errors.TrustFailed.reason}
)  # elsewhere the word "token" in a text means something else


def token_is_refused(record: TaskRecord) -> bool:
    """Whether a host ended so that other hosts would end with the same token."""
    if record.reason == _REFUSED:
        return True
    return record.reason in _MAY_BE_THE_TOKEN and explain(record.evidence).token_is_at_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedToken:
    """A token that the backend does not take.

    Attributes:
        source: where it came from: `env:NAME`, `file:PATH`, `keyring:SERVICE` or `RUNS_TOKEN`.
        host: the first host that failed with it.
        cause: why, as far as the backend says.
        remedy: what to do.
    """

    source: str
    host: str
    cause: str
    remedy: str

    @classmethod
    def of(cls, source: str, host: str, record: TaskRecord) -> RefusedToken:
        """What a failed host tells of its token."""
        return cls(
            source=source,
            host=host,
            cause=explain(record.evidence).cause,
            remedy=record.remedy,
        )

    def refusal(self, host: str) -> errors.TokenBreaker:
        """What a host is told that would have got it."""
        return errors.TokenBreaker(
            f"not tried: {self.host} failed with the same token ({self.source}): {self.cause}",
            host=host,
            remedy=f"{self.remedy or 'make a new token'}; then run it again, "
            "or: nxsl runs retry ID",
        )
