"""Tickets: what has to be kept to tell later what became of something that was started."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from nxsl.core.policy_records import Exchanges, PolicyStatus
    from nxsl.core.records import LicenseStatus


class TicketKind(StrEnum):
    """What was started."""

    REGISTRATION = "registration"
    TRUST = "trust"
    RENEWAL = "renewal"
    SYNC = "sync"


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
        under_way: for a renewal, the kind that was started: `id` or `auth`.
        todo: for a renewal, the kinds that are to follow.
        renewed: for a renewal, the kinds that are done.
        answer: what the switch said to the command.
    """

    kind: TicketKind
    sent_at: datetime
    status: LicenseStatus | None = None
    policy: PolicyStatus | None = None
    exchanges: Exchanges | None = None
    under_way: str = ""
    todo: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()
    answer: str = ""
