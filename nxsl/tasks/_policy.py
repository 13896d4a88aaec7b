"""What the tasks under Smart Licensing Using Policy share: the way, a look, a failure.

What is started by a command shows in `show license status`, and why it failed in the statistics of
`show license tech support`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from nxsl.core import checks_policy_transport, errors
from nxsl.core.findings import Severity
from nxsl.core.policy import explained, new_failure, require_online
from nxsl.core.policy_records import PolicyStatus, PolicyTransport
from nxsl.core.records import Attempt, AttemptResult
from nxsl.core.registration import Progress, require_clock
from nxsl.core.seen_parts import transport_parts
from nxsl.core.state import clock_skew
from nxsl.nxos.commands import CLOCK, transport_commands
from nxsl.nxos.read import read_clock, read_exchanges, read_policy_status, read_policy_transport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from nxsl.core.policy_records import Exchanges
    from nxsl.core.tickets import Ticket
    from nxsl.nxos.session import Session
    from nxsl.tasks._switch import Switch

Judgement: TypeAlias = (
    "Callable[[PolicyStatus, PolicyStatus, Exchanges | None, Exchanges | None], Progress]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is asked for again and again; the statistics only where the status tells nothing new."""

    status: PolicyStatus
    exchanges: Exchanges | None = None


def looking(judgement: Judgement) -> Callable[[Ticket, Session, float], View]:
    """How it is looked at: the status, and the statistics where that does not decide."""

    def look(ticket: Ticket, session: Session, timeout: float) -> View:
        status = read_policy_status(session, timeout=timeout)
        if judgement(before_of(ticket), status, None, None) is Progress.DONE:
            return View(status=status)
        return View(status=status, exchanges=read_exchanges(session, timeout=timeout))

    return look


def judging(judgement: Judgement) -> Callable[[Ticket, View], Progress]:
    """How far it has come, by what was looked at."""
    return lambda ticket, view: judgement(
        before_of(ticket), view.status, ticket.exchanges, view.exchanges
    )


def before_of(ticket: Ticket) -> PolicyStatus:
    """The status before the command was sent."""
    if ticket.policy is None:
        raise ValueError("a ticket of Smart Licensing Using Policy holds the status before it")
    return ticket.policy


def require_way(switch: Switch) -> timedelta | None:
    """Refuse what cannot work before a token is spent; give the clock's skew where it is known."""
    session, intent = switch.session, switch.intent
    with session.ahead(*transport_commands(policy=True, intent=intent), CLOCK):
        transport = read_policy_transport(session, intent=intent)
        clock, read_at = read_clock(session)
    require_clock(clock, read_at)
    switch.saw(transport_parts(transport))
    require_online(transport.policy or PolicyTransport())
    facts = switch.notes["facts"]
    blocking = [
        each.message
        for each in checks_policy_transport.problems(transport, facts)
        if each.severity is Severity.CRITICAL
    ]
    if switch.intent:
        blocking += checks_policy_transport.way_differs(transport, switch.intent)
    if blocking:
        raise errors.TransportRefused(
            f"the transport is not ready: {'; '.join(blocking)}", remedy="nxsl configure"
        )
    return clock_skew(clock, read_at)


def failure(
    kind: type[errors.LicensingError],
    what: str,
    names: Sequence[str],
    was: Exchanges | None,
    view: View,
) -> errors.LicensingError:
    """What the statistics say about it."""
    found = next(filter(None, (new_failure(name, was, view.exchanges) for name in names)), None)
    if found is None:
        return kind(what)
    words, reason = explained(found)
    return kind(
        f"{what}: {words} ({reason.cause})",
        text=f"{found.name}\nFailure Reason: {words}",
        remedy=reason.remedy,
    ).because(token_at_fault=kind is errors.TrustFailed and reason.token_is_at_fault)


def attempt_at(at: datetime | None) -> Attempt | None:
    """A date as that of an attempt."""
    return Attempt(result=AttemptResult.SUCCEEDED, at=at) if at else None


def date(at: datetime | None) -> str:
    """A date as the diffs show it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "<none>"
