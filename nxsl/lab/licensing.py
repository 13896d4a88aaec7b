"""The smart-licensing agent of a simulated switch: a state machine that moves by itself.

A command only starts something; what came of it shows in `show license status` later. All dates
follow from the moments of Cisco document 217965: the certificate is renewed after 180 days and
ends a year after registration by the server's clock, the authorization is refreshed after 30 days
and ends after 90.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from nxsl.lab import texts
from nxsl.lab.backend import Admission, Answer, Backend, LicenseServer
from nxsl.lab.callhome_agent import Unreachable
from nxsl.lab.conversion import Conversion

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab.spec import Registration

REGISTERING = texts.Recalled("REGISTERING - REGISTRATION IN PROGRESS")
REGISTRATION_FAILED = texts.Recalled("UNREGISTERED - REGISTRATION FAILED")

_RENEW_EVERY = timedelta(days=180)
_CERTIFICATE = timedelta(days=365, minutes=-1, seconds=-48)
_REFRESH_EVERY = timedelta(days=30, seconds=-1)
_AUTHORIZATION = timedelta(days=90, minutes=-2, seconds=-49)
_OUT_OF_COMPLIANCE_REFRESH = timedelta(hours=12)
_RENEWAL_RETRY = timedelta(minutes=15, seconds=39)
_REFRESH_RETRY = timedelta(seconds=29)

_REGISTRATION = "registration"

_TOKEN_ANSWERS = {
    Answer.BAD_TOKEN: texts.BAD_TOKEN,
    Answer.EXPIRED_TOKEN: texts.EXPIRED_TOKEN,
    Answer.USED_UP_TOKEN: texts.USED_UP_TOKEN,
}


class Timer(Protocol):
    """A call that can be called off."""

    def cancel(self) -> None:
        """Call it off."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something the agent tried."""

    at: datetime
    failure: str = ""


@dataclass(slots=True)
class LicensingState:
    """What `show license status` tells; the times are those of the switch's clock."""

    words: str
    authorization: str
    smart_account: str = ""
    virtual_account: str = ""
    initial: Attempt | None = None
    next_registration: datetime | None = None
    renewal: Attempt | None = None
    next_renewal: datetime | None = None
    expires: datetime | None = None
    authorized: datetime | None = None
    communication: Attempt | None = None
    next_communication: datetime | None = None
    deadline: datetime | None = None
    evaluation_end: datetime | None = None
    conversion: Conversion = field(default_factory=Conversion)

    @property
    def registered(self) -> bool:
        """Whether the switch is registered, however it is authorized."""
        return self.words.startswith("REGISTERED")


def state_at(registration: Registration, now: datetime) -> LicensingState:
    """Turn a description relative to the start into dates."""

    def moment(offset: timedelta | None) -> datetime | None:
        return None if offset is None else now + offset

    def attempt(offset: timedelta | None, failure: str) -> Attempt | None:
        return None if offset is None else Attempt(now + offset, failure)

    r = registration
    return LicensingState(
        words=r.state,
        authorization=r.authorization,
        smart_account=r.smart_account,
        virtual_account=r.virtual_account,
        initial=attempt(r.initial, r.initial_failure),
        next_registration=moment(r.next_registration),
        renewal=attempt(r.renewal, r.renewal_failure),
        next_renewal=moment(r.next_renewal),
        expires=moment(r.expires),
        authorized=moment(r.authorized),
        communication=attempt(r.communication, r.communication_failure),
        next_communication=moment(r.next_communication),
        deadline=moment(r.deadline),
        evaluation_end=now + r.evaluation_left,
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the agent needs of its switch.

    Attributes:
        clock: The switch's clock.
        later: Runs a call after some seconds.
        reach: Tries to get to the licence server with the configuration of this moment.
        serial: The serial number.
        any_license_used: Whether the features ask for a licence.
    """

    clock: Callable[[], datetime]
    later: Callable[[float, Callable[[], None]], Timer]
    reach: Callable[[], LicenseServer | Unreachable]
    serial: str
    any_license_used: bool


class Agent:
    """Registers, renews and forgets, as the commands and the licence server have it."""

    def __init__(self, start: Registration, backend: Backend, around: Surroundings) -> None:
        self.state = state_at(start, around.clock())
        self._evaluation_left = start.evaluation_left
        self._backend = backend
        self._around = around
        self._attempts = 0
        self._timers: dict[str, Timer] = {}

    # -- commands ---------------------------------------------------------------------------------

    def register(self, token: str, *, force: bool) -> str:
        """Start a registration and answer as NX-OS does, before anything is known.

        Args:
            token: The registration token.
            force: Register even if that was done already.
        """
        if self.state.registered and not force:
            return texts.ALREADY_REGISTERED
        self._later(_REGISTRATION, self._backend.initiate_latency, lambda: self._begin(token))
        return texts.REGISTRATION_INITIATED

    def deregister(self) -> str:
        """Forget the registration at once, whatever the server hears of it."""
        if not self.state.registered:
            return texts.NOT_REGISTERED
        self.cancel()
        server = self._around.reach()
        if isinstance(server, LicenseServer):
            server.instances.discard(self._around.serial)
        self._forget()
        return texts.DEREGISTER_STARTED

    def renew_id(self) -> str:
        """Start a renewal of the ID certificate."""
        if not self.state.registered:
            return texts.NOT_REGISTERED
        self._later("renew id", self._backend.renew_latency, self._renewed)
        return texts.RENEW_ID_STARTED

    def renew_auth(self) -> str:
        """Start a refresh of the authorization."""
        if not self.state.registered:
            return texts.NOT_REGISTERED
        self._later("renew auth", self._backend.renew_latency, self._refreshed)
        return texts.RENEW_AUTH_STARTED

    def forget(self) -> None:
        """Be unregistered from now on."""
        self.cancel()
        self._forget()

    def set_reserved(self, words: str, authorization: str) -> None:
        """Show a licence reservation.

        Args:
            words: The registration words.
            authorization: The authorization words; empty leaves the evaluation period on view.
        """
        self.cancel()
        self.state.words = words
        self.state.next_registration = None
        if authorization:
            now = self._around.clock()
            self.state.initial = Attempt(now)
            self.state.authorization, self.state.authorized = authorization, now

    def snapshot(self) -> LicensingState:
        """Copy the state."""
        return replace(self.state)

    def cancel(self) -> None:
        """Call off whatever is under way."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    # -- what happens later -----------------------------------------------------------------------

    def _later(self, what: str, seconds: float, call: Callable[[], None]) -> None:
        """Do something later; what was to come of the same errand is called off."""
        known = self._timers.pop(what, None)
        if known is not None:
            known.cancel()
        if seconds <= 0:
            call()
        else:
            self._timers[what] = self._around.later(seconds, call)

    def _begin(self, token: str) -> None:
        """Show the registration in progress; the last failure stays on view until the next one."""
        old = self.state
        failed = old.initial if old.initial is not None and old.initial.failure else None
        self._forget(initial=failed)
        self.state.words = REGISTERING
        self._later(_REGISTRATION, self._backend.register_latency, lambda: self._registered(token))

    def _forget(self, *, initial: Attempt | None = None) -> None:
        old, now = self.state, self._around.clock()
        left = self._evaluation_left
        if not old.registered and old.evaluation_end is not None:
            left = max(old.evaluation_end - now, timedelta(0))
        self._evaluation_left = left
        self.state = LicensingState(
            words="UNREGISTERED",
            authorization="EVAL MODE" if left else "EVAL EXPIRED",
            initial=initial,
            evaluation_end=now + left,
            conversion=old.conversion,
        )

    def _registered(self, token: str) -> None:
        if self._backend.answer is Answer.NEVER:
            return
        outcome = self._ask(token)
        if isinstance(outcome, str):
            self._registration_failed(token, outcome)
            return
        now = self._around.clock()
        self.state.words = "REGISTERED"
        self.state.smart_account = self._backend.smart_account or outcome.smart_account
        self.state.virtual_account = self._backend.virtual_account or outcome.virtual_account
        self.state.initial = Attempt(now)
        self.state.next_registration = None
        self.state.next_renewal = now + _RENEW_EVERY
        self.state.expires = now + _CERTIFICATE
        self.state.authorization = ""
        self._later(_REGISTRATION, self._backend.authorize_latency, self._authorize)

    def _ask(self, token: str) -> Admission | str:
        """Send the registration; a text is the reason of its failure."""
        self._attempts += 1
        if self._attempts <= self._backend.fail_first:
            return self._backend.fail_reason
        server = self._reach()
        if isinstance(server, str):
            return server
        refusal = _TOKEN_ANSWERS.get(self._backend.answer)
        if refusal is not None:
            return refusal.format(token=token)
        return server.admit(self._around.serial, token)

    def _reach(self) -> LicenseServer | str:
        server = self._around.reach()
        if isinstance(server, Unreachable):
            return server.reason
        if self._backend.answer is Answer.UNREACHABLE:
            return texts.SEND_ERROR
        return texts.BACKEND_DOWN if self._backend.answer is Answer.DOWN else server

    def _registration_failed(self, token: str, reason: str) -> None:
        """Print the reason; a lost message is sent again later, a refused token is not."""
        now = self._around.clock()
        self.state.initial = Attempt(now, reason)
        if reason.startswith("{"):
            self.state.words = REGISTRATION_FAILED
            self.state.next_registration = None
            return
        self.state.words = REGISTERING
        seconds = self._backend.retry_after
        self.state.next_registration = now + timedelta(seconds=seconds)
        self._later(_REGISTRATION, seconds, lambda: self._registered(token))

    def _authorize(self) -> None:
        state, now = self.state, self._around.clock()
        state.authorized = now
        state.communication = Attempt(now)
        state.next_communication = now + _REFRESH_EVERY
        state.deadline = now + _AUTHORIZATION
        if not self._around.any_license_used:
            state.authorization = "NO LICENSES IN USE"
        elif self._backend.answer is Answer.OUT_OF_COMPLIANCE:
            state.authorization = "OUT OF COMPLIANCE"
            state.next_communication = now + _OUT_OF_COMPLIANCE_REFRESH
        else:
            state.authorization = "AUTHORIZED"

    def _renewed(self) -> None:
        now = self._around.clock()
        failure = self._backend.renew_id_failure or self.failure_to_reach()
        self.state.renewal = Attempt(now, failure)
        if failure:
            self.state.next_renewal = now + _RENEWAL_RETRY
            return
        self.state.next_renewal = now + _RENEW_EVERY
        self.state.expires = now + _CERTIFICATE

    def _refreshed(self) -> None:
        failure = self._backend.renew_auth_failure or self.failure_to_reach()
        if not failure:
            self._authorize()
            return
        now = self._around.clock()
        self.state.communication = Attempt(now, failure)
        self.state.next_communication = now + _REFRESH_RETRY

    def failure_to_reach(self) -> str:
        """Try to reach the server; the reason if that fails, else an empty text."""
        server = self._reach()
        return server if isinstance(server, str) else ""
