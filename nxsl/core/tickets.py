"""Tickets: what has to be kept to tell later what became of something that was started."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nxsl.core import plain

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from nxsl.core.plain import Plain
    from nxsl.core.policy_records import Exchanges, PolicyStatus
    from nxsl.core.records import LicenseStatus


class TicketKind(StrEnum):
    """What was started."""

    REGISTRATION = "registration"
    TRUST = "trust"
    RENEWAL = "renewal"
    SYNC = "sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """One kind of a renewal that did not come about, while the others go on.

    Attributes:
        kind: `id` or `auth`.
        reason: the `reason` of the error.
        message: its sentence.
        text: the switch's own words.
        remedy: what to do.
    """

    kind: str
    reason: str
    message: str
    text: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Something asynchronous that was started, or was about to be, on one switch.

    Attributes:
        kind: what.
        sent_at: when, by this machine's clock, in UTC.
        status: `show license status` before, under classic Smart Licensing.
        policy: the same under Smart Licensing Using Policy.
        exchanges: the agent's statistics before, under Smart Licensing Using Policy; None where
            the switch shows none.
        zone: what the zone of the switch's dates was taken for, where that is not UTC: a date from
            before must not look like another one later.
        under_way: for a renewal, the kind that was started: `id` or `auth`.
        todo: for a renewal, the kinds that are to follow.
        renewed: for a renewal, the kinds that are done.
        setbacks: for a renewal, the kinds that did not come about.
        first: for a renewal, the status before the first of its kinds.
        answer: what the switch said to the command.
    """

    kind: TicketKind
    sent_at: datetime
    status: LicenseStatus | None = None
    policy: PolicyStatus | None = None
    exchanges: Exchanges | None = None
    zone: timedelta | None = None
    under_way: str = ""
    todo: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()
    setbacks: tuple[Setback, ...] = ()
    first: LicenseStatus | None = None
    answer: str = ""

    @property
    def before(self) -> LicenseStatus | PolicyStatus | None:
        """The status before anything was sent."""
        return self.first or self.status or self.policy


def to_plain(ticket: Ticket) -> Plain:
    """Give a ticket as values of JSON."""
    return plain.to_plain(ticket)


def from_plain(value: object) -> Ticket:
    """Make the ticket that `to_plain` was given.

    Raises:
        Mismatch: it is none, exactly; the message names the field and never its value.
    """
    return plain.from_plain(Ticket, value, "ticket")
