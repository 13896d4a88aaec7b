"""Decisions about registration and renewal: may it be tried, has it come about.

Pure. The tasks ask here and talk to the switch themselves.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.records import (
    Attempt,
    AttemptResult,
    Authorization,
    AuthorizationState,
    LicenseStatus,
    Registration,
    RegistrationState,
)
from nxsl.core.state import clock_skew, span

if TYPE_CHECKING:
    from datetime import datetime

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.policy_records import PolicyStatus
    from nxsl.core.records import Clock

MAX_CLOCK_SKEW = timedelta(hours=1)
"""Cisco's troubleshooting guide for Nexus: the difference to the backend must stay below."""

_FINE = frozenset(
    {
        AuthorizationState.AUTHORIZED,
        AuthorizationState.AUTHORIZED_RESERVED,
        AuthorizationState.NO_LICENSES_IN_USE,
    }
)

# What a switch shows between its registration and its first authorization.
_NOT_YET = frozenset(
    {
        AuthorizationState.UNKNOWN,
        AuthorizationState.EVALUATION,
        AuthorizationState.EVALUATION_EXPIRED,
    }
)


class Progress(StrEnum):
    """How far something asynchronous has come."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


def account_differences(
    found: Registration | PolicyStatus, intent: LicensingIntent
) -> tuple[str, ...]:
    """How the account a switch belongs to differs from the intended one.

    Accounts that the intent does not name are not compared. Names compare without regard to case.
    """
    pairs = (
        ("smart account", found.smart_account, intent.smart_account),
        ("virtual account", found.virtual_account, intent.virtual_account),
    )
    return tuple(
        f"{what} is '{has}', '{wanted}' is intended"
        for what, has, wanted in pairs
        if wanted and has.strip().casefold() != wanted.strip().casefold()
    )


def require_clock(clock: Clock, read_at: datetime) -> None:
    """Refuse a switch whose clock is an hour or more off this machine's.

    A clock in another zone than UTC cannot be compared and is let pass; `verify` reports it.

    Raises:
        ClockRefused: naming the difference.
    """
    skew = clock_skew(clock, read_at)
    if skew is not None and abs(skew) >= MAX_CLOCK_SKEW:
        raise errors.ClockRefused(
            f"the switch's clock is {span(abs(skew))} off: certificates would count as invalid",
            remedy="configure `ntp server ADDRESS use-vrf management`, then try again",
        )


def require_registration(status: LicenseStatus | None) -> Registration:
    """Give the registration of a switch that is registered and not reserved.

    Raises:
        StateRefused: it is not registered, or its licences are reserved.
    """
    found = status.registration if status else None
    if found is None or found.state is not RegistrationState.REGISTERED:
        words = found.status if found else "not enabled"
        raise errors.StateRefused(f"the switch is not registered ({words})", remedy="nxsl register")
    if found.reserved:
        raise errors.StateRefused(
            f"licences are reserved ({found.status}); nxsl does not disturb a reservation",
            remedy="nxsl reserve return (or cancel), if it is no longer wanted",
        )
    return found


def is_settled(status: LicenseStatus, intent: LicensingIntent | None, *, force: bool) -> bool:
    """Whether the switch is registered as intended, so that nothing needs to be sent.

    Raises:
        AccountRefused: it is registered to another account, and `force` was not asked for.
        StateRefused: its licences are reserved, or its state is one nxsl does not know.
        TransportRefused: Smart Licensing is off.
    """
    found = status.registration
    if not status.enabled or found is None:
        raise errors.TransportRefused("Smart Licensing is not enabled", remedy="nxsl configure")
    if found.reserved:
        raise errors.StateRefused(
            f"licences are reserved ({found.status}); nxsl does not disturb a reservation",
            remedy="nxsl reserve return (or cancel), if it is no longer wanted",
        )
    strange = found.state is RegistrationState.REGISTERED and found.detail
    if strange or found.state is RegistrationState.UNKNOWN:
        raise errors.StateRefused(
            f"nxsl does not know the registration state '{found.status}'",
            remedy="look at `show license status` on the switch",
            text=found.status,
        )
    if found.state is not RegistrationState.REGISTERED or force:
        return False
    differences = account_differences(found, intent) if intent else ()
    if differences:
        raise errors.AccountRefused(
            f"the switch is registered to another account: {'; '.join(differences)}",
            remedy="nxsl register --force moves it, with a token of the intended virtual account",
        )
    return True


def is_under_way(found: Registration) -> bool:
    """Whether the agent is at its first attempt, so that no token needs to be sent.

    After a failed attempt it is registering too, but only waits to try again, often for a quarter
    of an hour; whoever has mended the cause wants a new attempt now.
    """
    failed = found.initial is not None and found.initial.result is AttemptResult.FAILED
    return found.state is RegistrationState.REGISTERING and not failed


def registration_progress(before: LicenseStatus, now: LicenseStatus) -> Progress:
    """How far a registration has come that was started after `before` was read.

    A result that was there before counts for nothing: the agent keeps the old record on screen
    until the new attempt has ended. REGISTERED without an authorization is not done.
    """
    found, former = now.registration, before.registration
    if found is None or not is_news(found.initial, former.initial if former else None):
        return Progress.PENDING
    if found.initial is not None and found.initial.result is AttemptResult.FAILED:
        return Progress.FAILED
    if found.state is RegistrationState.REGISTERED and _is_new(
        now.authorization, before.authorization
    ):
        return Progress.DONE
    return Progress.PENDING


def _is_new(found: Authorization | None, former: Authorization | None) -> bool:
    """Whether an authorization has come since; one of before may still be on screen."""
    if found is None or found.state in _NOT_YET:
        return False
    if former is None or found.state is not former.state:
        return True
    return not any(_dates(found)) or _dates(found) != _dates(former)


def _dates(found: Authorization) -> tuple[datetime | None, datetime | None]:
    last = found.last_communication
    return found.since, last.at if last else None


def is_authorized(status: LicenseStatus) -> bool:
    """Whether the authorization is as it should be."""
    return status.authorization is not None and status.authorization.state in _FINE


def is_news(attempt: Attempt | None, former: Attempt | None) -> bool:
    """Whether `attempt` is another one than `former`, told by date and result."""
    if attempt is None or attempt.result is AttemptResult.NONE:
        return False
    return former is None or (attempt.at, attempt.result) != (former.at, former.result)


def until_distinguishable(
    former: Attempt | None, skew: timedelta | None, now: datetime
) -> timedelta:
    """How long to wait so that a new attempt gets another date than `former` has.

    The agent's dates count whole seconds. `skew` is how far the switch's clock is ahead of `now`,
    this machine's time; without it the dates cannot be compared and nothing is waited for.
    """
    if former is None or former.at is None or skew is None:
        return timedelta()
    left = former.at + timedelta(seconds=1) - (now + skew)
    return min(max(left, timedelta()), timedelta(seconds=2))


class RenewKind(StrEnum):
    """What can be renewed."""

    ID = "id"
    """The ID certificate of the registration, for a year."""
    AUTH = "auth"
    """The authorization of the licences in use, for 90 days."""

    def attempt(self, status: LicenseStatus) -> Attempt | None:
        """The line that tells how its last renewal went."""
        if self is RenewKind.ID:
            return status.registration.last_renewal if status.registration else None
        return status.authorization.last_communication if status.authorization else None

    def end(self, status: LicenseStatus) -> datetime | None:
        """When it runs out."""
        if self is RenewKind.ID:
            return status.registration.expires if status.registration else None
        return status.authorization.deadline if status.authorization else None

    def next(self, status: LicenseStatus) -> datetime | None:
        """When the agent renews it by itself."""
        if self is RenewKind.ID:
            return status.registration.next_renewal if status.registration else None
        return status.authorization.next_communication if status.authorization else None


def is_renewable(kind: RenewKind, status: LicenseStatus) -> bool:
    """Whether there is anything to renew: without licences in use there is no authorization."""
    authorization = status.authorization
    return (
        kind is RenewKind.ID
        or authorization is None
        or authorization.state is not AuthorizationState.NO_LICENSES_IN_USE
    )


def renewal_progress(kind: RenewKind, before: LicenseStatus, now: LicenseStatus) -> Progress:
    """How far a renewal has come that was started after `before` was read.

    It is done when a new attempt has succeeded and the dates ahead have moved.
    """
    attempt = kind.attempt(now)
    if attempt is None or not is_news(attempt, kind.attempt(before)):
        return Progress.PENDING
    if attempt.result is AttemptResult.FAILED:
        return Progress.FAILED
    ahead = (kind.end(now), kind.next(now))
    moved = not any(ahead) or ahead != (kind.end(before), kind.next(before))
    return (
        Progress.DONE if attempt.result is AttemptResult.SUCCEEDED and moved else Progress.PENDING
    )


def is_due(end: datetime | None, now: datetime, within: timedelta | None) -> bool:
    """Whether something that ends at `end` should be renewed now; always without `within`."""
    return within is None or end is None or end - now <= within
