"""The saved outputs of Smart Licensing Using Policy, and what is read from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from nxsl.core.policy_records import (
    SMART_URL,
    Exchange,
    Exchanges,
    PolicyAttribute,
    PolicyStatus,
    ReportingPolicy,
    RumReport,
    TrustCode,
    Udi,
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


_NAMES = (
    "Trust Establishment",
    "Trust Acknowledgement",
    "Usage Reporting",
    "Result Polling",
    "Authorization Request",
    "Authorization Confirmation",
    "Authorization Return",
    "Trust Sync",
    "Hello Message",
)


def exchanges(*seen: Exchange, telemetry: bool = True) -> Exchanges:
    """All kinds of messages, those of `seen` as they are and the others without any attempt."""
    names = (*_NAMES, "Telemetry Reporting") if telemetry else _NAMES
    found = {each.name: each for each in seen}
    return Exchanges(
        exchanges=tuple(
            found.get(name, Exchange(name=name, total=0, succeeded=0, failed=0)) for name in names
        )
    )


def exchange(name: str, succeeded: int, failed: int = 0, **more: Any) -> Exchange:
    return Exchange(name=name, total=succeeded + failed, succeeded=succeeded, failed=failed, **more)


def answered(name: str, times: int, response: str, *moment: int, **more: Any) -> Exchange:
    at = utc(*moment)
    return exchange(name, times, response=response, response_at=at, last_success=at, **more)


TECH = "show license tech support"
POLICY_GOLDEN |= {
    f"{SAME_AGENT}show_license_tech_support/iosxe_slp_10.txt": (
        TECH,
        exchanges(
            exchange(
                "Hello Message",
                0,
                210,
                response="NO REPLY",
                response_at=utc(2023, 12, 2, 17, 12, 31),
                last_failure=utc(2023, 12, 2, 17, 12, 31),
            )
        ),
    ),
    f"{SAME_AGENT}show_license_tech_support/iosxe_slp_2.txt": (
        TECH,
        exchanges(
            answered("Trust Establishment", 1, "OK", 2022, 3, 22, 11, 19, 35),
            answered("Usage Reporting", 4, "OK_POLL", 2022, 3, 22, 12, 14, 1),
            answered("Result Polling", 4, "OK", 2022, 3, 22, 12, 19, 1),
            answered("Trust Sync", 2, "OK", 2022, 3, 22, 11, 28, 22),
            telemetry=False,
        ),
    ),
    f"{SAME_AGENT}show_license_tech_support/iosxe_slp_cslu_custom_policy.txt": (
        TECH,
        exchanges(
            answered("Usage Reporting", 3, "OK_POLL", 2022, 1, 10, 20, 31, 24),
            answered("Result Polling", 3, "OK", 2022, 1, 10, 20, 32, 26),
            answered("Trust Sync", 2, "OK", 2022, 1, 10, 20, 31, 12),
            exchange(
                "Hello Message",
                9,
                3,
                response="NO REPLY",
                response_at=utc(2022, 1, 11, 13, 21, 47),
                last_success=utc(2022, 1, 10, 20, 32, 25),
                last_failure=utc(2022, 1, 11, 13, 21, 47),
            ),
            telemetry=False,
        ),
    ),
    f"{SAME_AGENT}show_license_tech_support/iosxe_slp_smart_proxy.txt": (
        TECH,
        exchanges(
            answered("Usage Reporting", 2, "OK_POLL", 2023, 11, 28, 9, 38, 36),
            exchange(
                "Result Polling",
                4,
                1,
                response="OK",
                response_at=utc(2023, 11, 28, 9, 43, 37),
                last_success=utc(2023, 11, 28, 9, 43, 37),
                last_failure=utc(2023, 11, 27, 9, 39, 2),
            ),
            exchange("Authorization Request", 3, response="NO DATA TO PROCESS"),
            answered("Trust Sync", 3, "OK", 2023, 11, 27, 9, 47, 42),
        ),
    ),
    f"{SAME_AGENT}show_license_tech_support/iosxe_slp_standalone.txt": (
        TECH,
        exchanges(
            answered("Usage Reporting", 2, "OK_POLL", 2024, 2, 27, 5, 37, 40),
            answered("Result Polling", 3, "OK", 2024, 2, 27, 5, 38, 42),
            exchange("Authorization Request", 4, response="NO DATA TO PROCESS"),
            answered("Trust Sync", 4, "OK", 2024, 2, 27, 5, 48, 6),
        ),
    ),
    f"{SAME_AGENT}show_license_udi/iosxe_stack.txt": (
        "show license udi",
        Udi(pid="C9350-24U", serial="FOC2705Y8X0"),
    ),
    f"{SAME_AGENT}show_license_rum_id_all/iosxe.txt": (
        "show license rum id all",
        (
            RumReport(
                report_id="1629870048", state="CLOSED", flag="N", feature="network-premier_2.5G"
            ),
            RumReport(report_id="1629870049", state="ACK", flag="N", feature="dna-premier_2.5G"),
        ),
    ),
}
