"""The long screens of Smart Licensing Using Policy: all, tech support, reports and history.

Recalled for NX-OS, laid out as IOS-XE prints them; the communication statistics are line by line
those of the saved IOS-XE screens, which name messages that the lab never sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.lab.policy_record import Exchange, PolicyRecord
from nxsl.lab.policy_reports import Report, ReportState
from nxsl.lab.policy_screens import date_or_none
from nxsl.lab.policy_spec import Message
from nxsl.lab.policy_texts import EMPTY, NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from nxsl.lab.spec import License

    Dates = Callable[[datetime], str]

_MESSAGES = (
    Message.TRUST,
    "Trust Acknowledgement",
    Message.USAGE,
    Message.POLL,
    "Authorization Request",
    "Authorization Confirmation",
    "Authorization Return",
    Message.SYNC,
    "Hello Message",
)
_HISTORY = (
    Message.TRUST,
    Message.USAGE,
    Message.POLL,
    "Authorization Request",
    "Authorization Return",
    Message.SYNC,
)
_IMPORTS = (
    "Import POLICY",
    "Import AUTH",
    "Import TRUST CODE",
    "Import RUM ACK",
    "Import CONVERSION ACK",
    "Import ACCOUNT INFO",
)
_AGENT = ("Agent Version", "=============", "Smart Agent for Licensing: 5.5.23_rel/104")


def policy_all(
    record: PolicyRecord, status: Sequence[str], usage: Sequence[str], udi: Sequence[str]
) -> list[str]:
    """Render `show license all` from its parts."""
    return [
        "Smart Licensing Status",
        "======================",
        "",
        "Smart Licensing is ENABLED",
        "",
        *status,
        "",
        "License Usage",
        "=============",
        "",
        *usage,
        "",
        "Product Information",
        "===================",
        *udi,
        "",
        *_AGENT,
        "",
        *_report_summary(record.reports),
    ]


def tech_support(
    record: PolicyRecord,
    licenses: Sequence[License],
    status: Sequence[str],
    udi: Sequence[str],
    dates: Dates,
) -> list[str]:
    """Render `show license tech support`, cut down to what the lab knows."""
    return [
        "Smart Licensing Tech Support info",
        "",
        "Smart Licensing Status",
        "======================",
        "",
        "Smart Licensing is ENABLED",
        "",
        *status,
        "",
        "License Usage",
        "=============",
        *_handles(record, licenses),
        "Product Information",
        "===================",
        *udi,
        "",
        *_AGENT,
        "",
        *communication(record, dates),
        "",
        *_report_summary(record.reports),
    ]


def communication(record: PolicyRecord, dates: Dates) -> list[str]:
    """Render the communication statistics."""
    level = "DIRECT" if record.trusted is not None else "INDIRECT"
    found = [
        "Communication Statistics:",
        "=======================",
        f"Communication Level Allowed: {level}",
        f"Overall State: {EMPTY}",
    ]
    for name in _MESSAGES:
        exchange = record.exchanges[name] if isinstance(name, Message) else Exchange()
        found += [f"{name}:", *_exchange(exchange, dates)]
    return found


def _exchange(exchange: Exchange, dates: Dates) -> list[str]:
    total = exchange.succeeded + exchange.failed
    answered = f"{exchange.response} on {date_or_none(exchange.responded, dates)}"
    return [
        f"  Attempts: Total={total}, Success={exchange.succeeded}, Fail={exchange.failed}"
        f"  Ongoing Failure: Overall={exchange.ongoing} Communication={exchange.lost}",
        f"  Last Response: {answered if exchange.response else NONE}",
        f"    Failure Reason: {exchange.reason or NONE}",
        f"  Last Success Time: {date_or_none(exchange.last_success, dates)}",
        f"  Last Failure Time: {date_or_none(exchange.last_failure, dates)}",
    ]


def _handles(record: PolicyRecord, licenses: Sequence[License]) -> list[str]:
    found: list[str] = []
    for number, used in enumerate(licenses, start=1):
        own = [report.number for report in record.reports if report.tag == used.tag]
        current, previous = [0, 0, *own][-1], [0, 0, *own][-2]
        found += [
            f"Handle: {number}",
            f"  License: {used.tag}",
            f"  Description: {used.description}",
            f"  Count: {used.count}",
            "  Version: 1.0",
            f"  Status: {'IN USE(15)' if used.in_use else 'NOT IN USE(1)'}",
            "  Enforcement Type: NOT ENFORCED",
            "  License Type: Generic",
            "  Measurements:",
            "    ENTITLEMENT:",
            "      Interval: 00:15:00",
            f"      Current Value: {used.count}",
            f"      Current Report: {current}       Previous: {previous}",
            "  Soft Enforced: True",
            "",
        ]
    return found or ["No licenses in use", ""]


def _report_summary(reports: Sequence[Report]) -> list[str]:
    def many(*states: ReportState) -> int:
        return sum(report.state in states for report in reports)

    waiting = many(ReportState.PENDING, ReportState.UNACKNOWLEDGED)
    return [
        "Usage Report Summary:",
        "=====================",
        f"Total: {len(reports)},  Purged: 0",
        f"Total Acknowledged Received: {many(ReportState.ACK)},  Waiting for Ack: {waiting}",
        f"Available to Report: {many(ReportState.CLOSED)}"
        f"  Collecting Data: {many(ReportState.OPEN)}",
    ]


def rum_ids(reports: Sequence[Report]) -> list[str]:
    """Render `show license rum id all`."""
    return [
        "Smart Licensing Usage Report:",
        "====================================",
        "Report Id,          State,    Flag, Feature Name",
        *(f"{report.number:<19} {report.state:<9} {'N':<5} {report.tag}" for report in reports),
    ]


def history(record: PolicyRecord, dates: Dates) -> list[str]:
    """Render `show license history message`; the lines of an event are shown by no source."""
    found = ["Message History (oldest to newest):", "=" * 52]
    for name in _HISTORY:
        found += [f"{name}:", *(_events(record, name, dates) or ["  No past history"])]
    found += ["", "Import Message History (oldest to newest):", "=" * 52]
    for name in _IMPORTS:
        found += [f"{name}:", *(_events(record, name, dates) or ["  No past Import history"]), ""]
    return found[:-1]


def _events(record: PolicyRecord, name: str, dates: Dates) -> list[str]:
    return [
        f"  {event.words} on {dates(event.at)}" for event in record.history if event.message == name
    ]
