"""What the agent of Smart Licensing Using Policy knows: the record that its screens print."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nxsl.lab import policy_texts, texts
from nxsl.lab.policy_reports import Report, ReportState
from nxsl.lab.policy_spec import Message, PolicyState

if TYPE_CHECKING:
    from datetime import datetime, timedelta

# Reasons after which nothing was heard of the server; after others it was heard and said no.
LOST = frozenset({texts.SEND_ERROR, texts.RESOLVE_ERROR, texts.TLS_ERROR, texts.CALL_HOME_ERROR})


@dataclass(slots=True)
class Exchange:
    """What the communication statistics count of one message."""

    succeeded: int = 0
    failed: int = 0
    ongoing: int = 0
    lost: int = 0
    response: str = ""
    responded: datetime | None = None
    reason: str = ""
    last_success: datetime | None = None
    last_failure: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the message history."""

    at: datetime
    message: str
    words: str


@dataclass(slots=True)
class PolicyRecord:
    """What the screens of Smart Licensing Using Policy tell; times are the switch's clock.

    Attributes:
        trusted: When the trust code was installed.
        smart_account: The account it belongs to.
        virtual_account: Likewise.
        account_as_of: When the server last named the account.
        last_report: When usage was last reported.
        last_ack: When a report was last acknowledged.
        ack_deadline: When an acknowledgement is due.
        ack_check: When the agent asks for it next.
        next_report: When usage is reported next.
        last_file_write: When reports were last written into a file.
        policy_name: The policy of the account; empty is Cisco's default.
        policy_installed: When it was installed.
        reports: The usage reports, oldest first.
        exchanges: The communication statistics, by message.
        history: The messages and imports, oldest first.
    """

    trusted: datetime | None = None
    smart_account: str = ""
    virtual_account: str = ""
    account_as_of: datetime | None = None
    last_report: datetime | None = None
    last_ack: datetime | None = None
    ack_deadline: datetime | None = None
    ack_check: datetime | None = None
    next_report: datetime | None = None
    last_file_write: datetime | None = None
    policy_name: str = ""
    policy_installed: datetime | None = None
    reports: tuple[Report, ...] = ()
    exchanges: dict[Message, Exchange] = field(
        default_factory=lambda: {message: Exchange() for message in Message}
    )
    history: tuple[Event, ...] = ()

    def failure(self, message: Message) -> str:
        """Give the reason of the last failure of a message; empty after a success."""
        return self.exchanges[message].reason


def record_at(start: PolicyState, now: datetime) -> PolicyRecord:
    """Turn a description relative to the start into dates."""

    def moment(offset: timedelta | None) -> datetime | None:
        return None if offset is None else now + offset

    record = PolicyRecord(
        trusted=moment(start.trusted),
        smart_account=start.smart_account,
        virtual_account=start.virtual_account,
        account_as_of=moment(start.last_ack if start.last_ack is not None else start.trusted),
        last_report=moment(start.last_report),
        last_ack=moment(start.last_ack),
        ack_deadline=moment(start.ack_deadline),
        ack_check=moment(start.ack_check),
        next_report=moment(start.next_report),
        last_file_write=moment(start.last_file_write),
        policy_name=start.policy_name,
        policy_installed=moment(start.policy_installed),
    )
    succeeded = {
        Message.TRUST: record.trusted,
        Message.USAGE: record.last_report,
        Message.POLL: record.last_ack,
    }
    for message, at in succeeded.items():
        if at is not None:
            word = policy_texts.OK_POLL if message is Message.USAGE else policy_texts.OK
            succeed(record.exchanges[message], at, word)
    for failure in start.failures:
        for _ in range(failure.count):
            fail(record.exchanges[failure.message], now + failure.at, failure.reason)
    return record


def past_reports(
    start: PolicyState, record: PolicyRecord, now: datetime
) -> list[tuple[ReportState, datetime]]:
    """Give the reports that the dates of the start speak of."""
    found: list[tuple[ReportState, datetime]] = []
    if record.last_report is not None:
        acked = record.last_ack is not None and record.last_ack >= record.last_report
        state = ReportState.ACK if acked else ReportState.UNACKNOWLEDGED
        found.append((state, record.last_report))
    return found + [(ReportState.CLOSED, now)] * start.unreported


def succeed(exchange: Exchange, at: datetime, word: str) -> None:
    """Count a message that was answered well."""
    exchange.succeeded += 1
    exchange.ongoing = exchange.lost = 0
    exchange.response, exchange.responded, exchange.reason = word, at, ""
    exchange.last_success = at


def fail(exchange: Exchange, at: datetime, reason: str) -> None:
    """Count a message that failed."""
    lost = reason in LOST
    exchange.failed += 1
    exchange.ongoing += 1
    exchange.lost += lost
    exchange.response = policy_texts.NO_REPLY if lost else policy_texts.REFUSED
    exchange.responded, exchange.reason, exchange.last_failure = at, reason, at
