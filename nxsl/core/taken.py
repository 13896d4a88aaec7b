"""Whether a command has reached its switch, told from what the switch shows before and after; pure.

For a run that was killed between sending and noting it: a token must not be sent twice, so only a
proof counts. Where the agent would show nothing new, nothing is proven.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nxsl.core.outcome import TaskRecord
from nxsl.core.policy import has_new_trust, sync_steps
from nxsl.core.policy_records import TRUST_EXCHANGE, USAGE_EXCHANGE
from nxsl.core.records import AttemptResult
from nxsl.core.registration import RenewKind, is_news, is_under_way
from nxsl.core.tickets import TicketKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nxsl.core.policy_records import Exchange, Exchanges, PolicyStatus
    from nxsl.core.records import Attempt, LicenseStatus, Registration
    from nxsl.core.tickets import Ticket

PROOF = 2
"""So many looks, some time apart, prove that nothing has begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a switch shows at one moment.

    Attributes:
        status: `show license status`, under classic Smart Licensing.
        policy: the same under Smart Licensing Using Policy.
        exchanges: the agent's statistics there; None where the switch shows none.
    """

    status: LicenseStatus | None = None
    policy: PolicyStatus | None = None
    exchanges: Exchanges | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenRecord(TaskRecord):
    """The result of `was_taken`.

    Attributes:
        taken: whether the switch has taken the command; None where that cannot be told.
    """

    taken: bool | None = None


def taken(ticket: Ticket, looks: Sequence[Look]) -> bool | None:
    """Whether the command that a ticket belongs to has reached the switch.

    Args:
        ticket: made right before the command was to be sent.
        looks: what the switch has shown since, in order; `PROOF` of them, with time between for
            the agent to begin, are needed to prove that it has not.

    Returns:
        None where nothing is proven.
    """
    if any(_shows_it(ticket, each) for each in looks):
        return True
    if len(looks) >= PROOF and all(_shows_nothing(ticket, each) for each in looks):
        return False
    return None


def _shows_it(ticket: Ticket, look: Look) -> bool:
    match ticket.kind:
        case TicketKind.REGISTRATION:
            found, former = _registration(look.status), _registration(ticket.status)
            if found is None:
                return False
            return is_under_way(found) or (former is not None and _still(found) != _still(former))
        case TicketKind.RENEWAL:
            now, was = _attempts(ticket, look)
            return is_news(now, was)
        case TicketKind.TRUST:
            new = bool(ticket.policy and look.policy and has_new_trust(ticket.policy, look.policy))
            return new or _has_moved(TRUST_EXCHANGE, ticket.exchanges, look.exchanges)
        case TicketKind.SYNC:
            new = bool(
                ticket.policy and look.policy and any(sync_steps(ticket.policy, look.policy))
            )
            return new or _has_moved(USAGE_EXCHANGE, ticket.exchanges, look.exchanges)


def _shows_nothing(ticket: Ticket, look: Look) -> bool:
    """Whether everything is as before, and something new would have to be seen."""
    match ticket.kind:
        case TicketKind.REGISTRATION:
            found, former = _registration(look.status), _registration(ticket.status)
            if found is None or former is None or not _would_show(former.initial):
                return False
            return not is_under_way(former) and _still(found) == _still(former)
        case TicketKind.RENEWAL:
            now, was = _attempts(ticket, look)
            return now is not None and now == was and _would_show(now)
        case TicketKind.TRUST:
            return _rests(TRUST_EXCHANGE, ticket.exchanges, look.exchanges)
        case TicketKind.SYNC:
            return _rests(USAGE_EXCHANGE, ticket.exchanges, look.exchanges)


def _registration(status: LicenseStatus | None) -> Registration | None:
    return status.registration if status else None


def _still(found: Registration) -> Registration:
    """Without what moves by itself: when the agent tries or renews next."""
    return replace(found, next_attempt=None, next_renewal=None)


def _would_show(attempt: Attempt | None) -> bool:
    """Whether another attempt would look different: without a date it need not."""
    return attempt is None or attempt.result is AttemptResult.NONE or attempt.at is not None


def _attempts(ticket: Ticket, look: Look) -> tuple[Attempt | None, Attempt | None]:
    if look.status is None or ticket.status is None:
        return None, None
    kind = RenewKind(ticket.under_way)
    return kind.attempt(look.status), kind.attempt(ticket.status)


def _both(
    name: str, was: Exchanges | None, now: Exchanges | None
) -> tuple[Exchange, Exchange] | None:
    former, found = was.named(name) if was else None, now.named(name) if now else None
    return (former, found) if former and found else None


def _has_moved(name: str, was: Exchanges | None, now: Exchanges | None) -> bool:
    both = _both(name, was, now)
    return both is not None and both[0].total != both[1].total


def _rests(name: str, was: Exchanges | None, now: Exchanges | None) -> bool:
    both = _both(name, was, now)
    return both is not None and both[0] == both[1]
