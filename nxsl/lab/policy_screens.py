"""The `show license ...` screens of Smart Licensing Using Policy.

Only `show license usage` was seen on NX-OS. Everything else is recalled: laid out as IOS-XE, whose
agent is the same, prints it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.lab.policy_reach import SMART_URL
from nxsl.lab.policy_texts import EMPTY, NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from nxsl.lab.configuration import SlpTransport
    from nxsl.lab.policy_record import PolicyRecord
    from nxsl.lab.spec import License

    Dates = Callable[[datetime], str]

_ATTRIBUTES = (
    "Unenforced/Non-Export Perpetual Attributes",
    "Unenforced/Non-Export Subscription Attributes",
    "Enforced (Perpetual/Subscription) License Attributes",
    "Export (Perpetual/Subscription) License Attributes",
)
_CISCO_DAYS = ((365, 0, 90), (90, 90, 90), (0, 0, 0), (0, 0, 0))
_CUSTOMER_DAYS = ((365, 0, 90), (90, 90, 90), (365, 90, 90), (365, 90, 90))
_REQUIREMENTS = ("First report requirement", "Reporting frequency", "Report on change")


def policy_usage(licenses: Sequence[License]) -> list[str]:
    """Render `show license usage`."""
    found = ["License Authorization:", "  Status: Not Applicable", ""]
    if not licenses:
        return [*found, "No licenses in use"]
    for used in licenses:
        found += [
            f"({used.tag}):",
            f"  Description: {used.description}",
            f"  Count: {used.count}",
            "  Version: 1.0",
            f"  Status: {_words(used)}",
            "  Enforcement Type: NOT ENFORCED",
            "  License Type: Generic",
            "",
        ]
    return found[:-1]


def _words(used: License) -> str:
    return used.status or ("IN USE" if used.in_use else "NOT IN USE")


def policy_summary(licenses: Sequence[License]) -> list[str]:
    """Render `show license summary`."""
    found = [
        "License Usage:",
        "License                    Entitlement Tag               Count Status",
        "-" * 77,
    ]
    if not licenses:
        return [*found, "No licenses in use"]
    return found + [
        f"{'':<26} ({used.tag}) {used.count:>{max(1, 31 - len(used.tag))}} {_words(used)}"
        for used in licenses
    ]


def policy_status(
    record: PolicyRecord, transport: SlpTransport, interval: int, dates: Dates
) -> list[str]:
    """Render `show license status`."""
    return [
        "Utility:",
        "  Status: DISABLED",
        "",
        "Smart Licensing Using Policy:",
        "  Status: ENABLED",
        "",
        *_account(record, dates),
        "",
        "Data Privacy:",
        "  Sending Hostname: yes",
        "    Callhome hostname privacy: DISABLED",
        "    Smart Licensing hostname privacy: DISABLED",
        "  Version privacy: DISABLED",
        "",
        "Transport:",
        *_transport(transport),
        "",
        *_policy(record, dates),
        "",
        "Miscellaneous:",
        f"  Custom Id: {EMPTY}",
        "",
        *_reporting(record, interval, dates),
        "",
        f"Trust Code Installed: {date_or_none(record.trusted, dates)}",
    ]


def date_or_none(moment: datetime | None, dates: Dates) -> str:
    """Write a date, or that there is none."""
    return NONE if moment is None else dates(moment)


def _account(record: PolicyRecord, dates: Dates) -> list[str]:
    account = record.smart_account or NONE
    if record.smart_account and record.account_as_of is not None:
        account += f" As of {dates(record.account_as_of)}"
    return [
        "Account Information:",
        f"  Smart Account: {account}",
        f"  Virtual Account: {record.virtual_account or NONE}",
    ]


def _transport(transport: SlpTransport) -> list[str]:
    if transport.mode == "off":
        return ["  Type: Transport Off"]
    if transport.mode == "callhome":
        return ["  Type: Callhome"]
    if transport.mode == "smart":
        found = ["  Type: Smart", f"  URL: {transport.smart_url or SMART_URL}"]
    else:
        found = ["  Type: cslu", f"  Cslu address: {transport.cslu_url or EMPTY}"]
    found.append("  Proxy:")
    if transport.proxy_address:
        found.append(f"    Address: {transport.proxy_address}")
        found.append(f"    Port: {transport.proxy_port or '80'}")
    else:
        found.append("    Not Configured")
    return [*found, "  VRF:", f"    {transport.vrf or 'Not Configured'}"]


def _policy(record: PolicyRecord, dates: Dates) -> list[str]:
    found, origin, days = ["Policy:"], "CISCO default", _CISCO_DAYS
    if record.policy_name and record.policy_installed is not None:
        origin, days = "Customer Policy", _CUSTOMER_DAYS
        found.append(f"  Policy in use: Installed On {dates(record.policy_installed)}")
        found.append(f"  Policy name: {record.policy_name}")
    else:
        found.append("  Policy in use: Merged from multiple sources.")
    found.append(f"  Reporting ACK required: yes ({origin})")
    for attributes, numbers in zip(_ATTRIBUTES, days, strict=True):
        found.append(f"  {attributes}:")
        found += [
            f"    {name} (days): {number} ({origin})"
            for name, number in zip(_REQUIREMENTS, numbers, strict=True)
        ]
    return found


def _reporting(record: PolicyRecord, interval: int, dates: Dates) -> list[str]:
    every = f"{interval}  days" if interval else "0 (no reporting)"
    return [
        "Usage Reporting:",
        f"  Last ACK received: {date_or_none(record.last_ack, dates)}",
        f"  Next ACK deadline: {date_or_none(record.ack_deadline, dates)}",
        f"  Reporting push interval: {every}",
        f"  Next ACK push check: {date_or_none(record.ack_check, dates)}",
        f"  Next report push: {date_or_none(record.next_report, dates)}",
        f"  Last report push: {date_or_none(record.last_report, dates)}",
        f"  Last report file write: {date_or_none(record.last_file_write, dates)}",
    ]
