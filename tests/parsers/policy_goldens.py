"""The saved outputs of Smart Licensing Using Policy, and what is read from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from nxsl.core.policy_records import (
    SMART_URL,
    PolicyAttribute,
    PolicyStatus,
    ReportingPolicy,
    TrustCode,
    UsageReporting,
)

# What the zone names in the outputs meant there.
ZONES = {
    name: timezone(timedelta(hours=hours))
    for name, hours in {"est": -5, "EDT": -4, "PDT": -7, "IST": 5.5}.items()
}


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # six numbers


def policy(origin: str, *days: tuple[int, int, int], **more: Any) -> ReportingPolicy:
    return ReportingPolicy(
        ack_required=True,
        attributes=tuple(
            PolicyAttribute(
                licenses=licenses,
                first_report=first,
                frequency=frequency,
                on_change=change,
                origin=origin,
            )
            for licenses, (first, frequency, change) in zip(
                (
                    "Unenforced/Non-Export Perpetual Attributes",
                    "Unenforced/Non-Export Subscription Attributes",
                    "Enforced (Perpetual/Subscription) License Attributes",
                    "Export (Perpetual/Subscription) License Attributes",
                ),
                days,
                strict=True,
            )
        ),
        **more,
    )


DEFAULT_POLICY = policy(
    "CISCO default",
    (365, 0, 90),
    (90, 90, 90),
    (0, 0, 0),
    (0, 0, 0),
    in_use="Merged from multiple sources.",
)
HEAD = (
    "Utility:",
    "Status: DISABLED",
    "Data Privacy:",
    "Sending Hostname: yes",
    "Callhome hostname privacy: DISABLED",
    "Smart Licensing hostname privacy: DISABLED",
    "Version privacy: DISABLED",
)
NO_PROXY = ("Proxy:", "Not Configured", "VRF:", "Not Configured")
TAIL = ("Miscellaneous:", "Custom Id: <empty>")
STATUS = "show license status"
SAME_AGENT = "_reference_same_agent/"

POLICY_GOLDEN: dict[str, tuple[str, Any]] = {
    f"{SAME_AGENT}show_license_status/iosxe_slp_cslu_trust_installed_stack.txt": (
        STATUS,
        PolicyStatus(
            enabled=True,
            smart_account="SA-Switching-Polaris",
            virtual_account="SLE_Test",
            account_as_of=utc(2021, 10, 14, 12, 10, 1),
            transport="cslu",
            policy=policy(
                "Customer Policy",
                (365, 0, 90),
                (90, 90, 90),
                (365, 90, 90),
                (365, 90, 90),
                in_use="Installed On",
                installed=utc(2021, 10, 14, 11, 37, 52),
                name="Custom Policy",
            ),
            reporting=UsageReporting(
                last_ack=utc(2021, 10, 14, 12, 10, 32),
                ack_deadline=utc(2022, 1, 12, 12, 10, 32),
                push_interval=30,
                next_report=utc(2021, 10, 22, 4, 33, 8),
                last_report=utc(2021, 10, 14, 12, 9, 30),
            ),
            trust=(
                TrustCode(
                    installed=utc(2021, 10, 14, 11, 37, 52),
                    unit="Active",
                    udi="PID:C9300-24UX,SN:FCW2303D16Y",
                ),
                TrustCode(
                    installed=utc(2021, 10, 14, 11, 37, 52),
                    unit="Standby",
                    udi="PID:C9300-24U,SN:FHH2043P09E",
                ),
                TrustCode(
                    installed=utc(2021, 10, 14, 11, 37, 53),
                    unit="Member",
                    udi="PID:C9300-48T,SN:FCW2139L056",
                ),
            ),
            other=(
                "Load for five secs: 2%/0%; one minute: 0%; five minutes: 0%",
                "Time source is NTP, .05:30:30.132 UTC Fri Oct 22 2021",
                *HEAD,
                *NO_PROXY,
                *TAIL,
            ),
        ),
    ),
    f"{SAME_AGENT}show_license_status/iosxe_slp_smart_proxy_no_reporting.txt": (
        STATUS,
        PolicyStatus(
            enabled=True,
            smart_account="Sample Smart Account",
            virtual_account="DEFAULT",
            account_as_of=utc(2024, 8, 3, 14, 3, 25),
            transport="Smart",
            transport_url=SMART_URL,
            policy=DEFAULT_POLICY,
            reporting=UsageReporting(
                last_ack=utc(2024, 8, 3, 14, 3, 25),
                ack_deadline=utc(2025, 8, 3, 14, 3, 25),
                push_interval=0,
                next_ack_check=utc(2024, 8, 3, 14, 5, 29),
                last_report=utc(2024, 8, 3, 14, 3, 26),
            ),
            trust=(TrustCode(installed=utc(2024, 8, 3, 14, 2, 50)),),
            other=(
                *HEAD,
                "Proxy:",
                "Address: proxy.foo.bar.com",
                "Port: 80",
                "Username: <empty>",
                "Password: <empty>",
                "VRF: <empty>",
                *TAIL,
                "Device Telemetry Report Summary:",
                "================================",
                "Data Channel: AVAILABLE",
                "Reports on disk: 0",
            ),
        ),
    ),
    f"{SAME_AGENT}show_license_status/iosxe_slp_smart_trust_installed_custom_policy.txt": (
        STATUS,
        PolicyStatus(
            enabled=True,
            smart_account="Eg-SA",
            virtual_account="Eg-VA",
            account_as_of=utc(2021, 12, 3, 15, 26, 2),
            transport="Smart",
            transport_url=SMART_URL,
            policy=policy(
                "Customer Policy",
                (30, 60, 60),
                (120, 111, 111),
                (30, 90, 60),
                (30, 30, 30),
                in_use="Installed On",
                installed=utc(2021, 12, 3, 8, 23, 45),
                name="SLE Policy",
            ),
            reporting=UsageReporting(
                last_ack=utc(2021, 12, 3, 8, 34, 58),
                ack_deadline=utc(2022, 1, 2, 8, 34, 58),
                push_interval=30,
                next_ack_check=utc(2021, 12, 7, 8, 31, 32),
                next_report=utc(2022, 1, 2, 8, 30, 57),
                last_report=utc(2021, 12, 3, 8, 30, 57),
            ),
            trust=(TrustCode(installed=utc(2021, 12, 3, 8, 23, 45)),),
            other=(*HEAD, *NO_PROXY, *TAIL),
        ),
    ),
    f"{SAME_AGENT}show_license_status/iosxe_slp_transport_off_default_policy.txt": (
        STATUS,
        PolicyStatus(
            enabled=True,
            transport="Transport Off",
            policy=DEFAULT_POLICY,
            reporting=UsageReporting(
                last_ack=utc(2023, 11, 8, 14, 31, 23),
                ack_deadline=utc(2024, 2, 6, 14, 31, 23),
                push_interval=30,
                next_report=utc(2024, 6, 12, 15, 9, 56),
                last_report=utc(2023, 11, 9, 15, 18, 0),
            ),
            other=(*HEAD, *TAIL),
        ),
    ),
}
