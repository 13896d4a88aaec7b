"""Smart Licensing Using Policy at the start of a switch: frozen, relative to the start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

_PUSH_EVERY = timedelta(days=30)
_ACK_WITHIN = timedelta(days=90)
_ACK_LATENCY = timedelta(minutes=1)


class Message(StrEnum):
    """What the agent sends, as the communication statistics call it."""

    TRUST = "Trust Establishment"
    USAGE = "Usage Reporting"
    POLL = "Result Polling"
    SYNC = "Trust Sync"


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyFailure:
    """Attempts that failed before the start.

    Attributes:
        message: What was sent.
        reason: The reason printed.
        at: When the last one failed, relative to the start.
        count: How many failed in a row.
    """

    message: Message = Message.TRUST
    reason: str = ""
    at: timedelta = timedelta(hours=-1)
    count: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyState:
    """The state at the start; times are relative to the start, negative is past.

    Attributes:
        trusted: When the trust code was installed; None is no trust code.
        smart_account: The account it belongs to.
        virtual_account: Likewise.
        last_report: When usage was last reported.
        last_ack: When a report was last acknowledged.
        ack_deadline: When an acknowledgement is due.
        ack_check: When the agent asks for it next.
        next_report: When usage is reported next.
        last_file_write: When reports were last written into a file.
        policy_name: The policy of the account; empty is Cisco's default.
        policy_installed: When it was installed.
        report_interval: Days between two reports; 0 is none.
        unreported: How many closed reports of each licence wait to be sent.
        failures: What failed before.
    """

    trusted: timedelta | None = None
    smart_account: str = ""
    virtual_account: str = ""
    last_report: timedelta | None = None
    last_ack: timedelta | None = None
    ack_deadline: timedelta | None = None
    ack_check: timedelta | None = None
    next_report: timedelta | None = None
    last_file_write: timedelta | None = None
    policy_name: str = ""
    policy_installed: timedelta | None = None
    report_interval: int = 30
    unreported: int = 1
    failures: tuple[PolicyFailure, ...] = ()


NEVER_TRUSTED = PolicyState()


def never_reported(
    *,
    ago: timedelta = timedelta(days=1),
    smart_account: str = "Example Corporation",
    virtual_account: str = "Default",
    **changes: object,
) -> PolicyState:
    """Make the state of a switch that has its trust code and never reported.

    Args:
        ago: How long it has been trusted.
        smart_account: Where.
        virtual_account: Where in it.
        **changes: Fields of `PolicyState` that differ.
    """
    usual = PolicyState(trusted=-ago, smart_account=smart_account, virtual_account=virtual_account)
    return replace(usual, **changes)  # type: ignore[arg-type]


def reporting(
    *,
    ago: timedelta = timedelta(days=10),
    smart_account: str = "Example Corporation",
    virtual_account: str = "Default",
    **changes: object,
) -> PolicyState:
    """Make the state of a healthy switch: trusted, reported, acknowledged.

    Args:
        ago: How long ago all that was.
        smart_account: Where.
        virtual_account: Where in it.
        **changes: Fields of `PolicyState` that differ, such as
            `last_ack=timedelta(days=-91), ack_deadline=timedelta(days=-1)`.
    """
    usual = PolicyState(
        trusted=-ago,
        smart_account=smart_account,
        virtual_account=virtual_account,
        last_report=-ago,
        last_ack=_ACK_LATENCY - ago,
        ack_deadline=_ACK_LATENCY + _ACK_WITHIN - ago,
        next_report=_PUSH_EVERY - ago,
        unreported=0,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]
