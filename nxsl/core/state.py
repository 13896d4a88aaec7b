"""Everything read from one switch at one time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from nxsl.core.regime import Platform, Regime, platform_of, regime_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from nxsl.core.policy_records import PolicyStatus
    from nxsl.core.records import Clock, DeviceFacts, LicenseStatus, LicenseUsage, PakUsage
    from nxsl.core.transport import Transport

# The abbreviation of any other zone does not tell its offset (`IST` is three of them).
_UTC_NAMES = frozenset({"UTC", "GMT"})
_QUARTER = timedelta(minutes=15)
_FARTHEST = timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchState:
    """What `verify` reads.

    Attributes:
        facts: hostname, model, serial, release.
        read_at: this machine's time of the reading, UTC.
        clock: the switch's clock.
        status: `show license status`; None where the regime has no classic Smart Licensing.
        policy: `show license status` of Smart Licensing Using Policy; None under other regimes.
        usage: `show license usage`; None where it was not read.
        host_id: what licence files are made out to; empty under other regimes.
        transport: the running configuration's transport; None where it was not read.
        saved: the startup configuration's transport; None where it was not read.
        not_read: what could not be read, and why.
    """

    facts: DeviceFacts
    read_at: datetime
    clock: Clock | None = None
    status: LicenseStatus | None = None
    policy: PolicyStatus | None = None
    usage: LicenseUsage | PakUsage | None = None
    host_id: str = ""
    transport: Transport | None = None
    saved: Transport | None = None
    not_read: tuple[str, ...] = ()

    @property
    def platform(self) -> Platform:
        """The family of the switch."""
        return platform_of(self.facts)

    @property
    def regime(self) -> Regime:
        """The licensing regime of the switch."""
        return regime_of(self.facts)


def is_utc(clock: Clock) -> bool:
    """Whether the switch's clock runs in UTC."""
    return clock.zone.upper() in _UTC_NAMES


def zone_of(clock: Clock, read_at: datetime) -> tzinfo:
    """The offset of the switch's zone, told from its clock.

    `show clock` names a zone without saying what it means, so the offset is what the clock is
    ahead of UTC, to the next quarter of an hour. Where a date falls on the other side of a change
    to summer time, it is one hour off.
    """
    ahead = clock.local.replace(tzinfo=UTC) - read_at
    quarters = round(ahead / _QUARTER)
    return timezone(max(min(quarters * _QUARTER, _FARTHEST), -_FARTHEST))


def clock_skew(clock: Clock, read_at: datetime) -> timedelta | None:
    """How far the switch's clock is ahead of `read_at`; None where its zone is not UTC.

    `read_at` is this machine's time, UTC, right after the switch answered.
    """
    if not is_utc(clock):
        return None
    return clock.local.replace(tzinfo=UTC) - read_at


def span(length: timedelta) -> str:
    """A length of time for people: days above two, else hours, else minutes."""
    minutes = int(length.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} days"
    return f"{minutes // 60} h" if minutes >= 2 * 60 else f"{minutes} min"
