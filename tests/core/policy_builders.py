"""States under Smart Licensing Using Policy: a healthy switch, and what can be wrong with it.

The dates have the distances of saved outputs of the same agent: an acknowledgement some minutes
after the report, the next report 30 days and the deadline 90 days on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from nxsl.core.policy_records import (
    POLL_EXCHANGE,
    TRUST_EXCHANGE,
    USAGE_EXCHANGE,
    Exchange,
    Exchanges,
    PolicyAttribute,
    PolicyMode,
    PolicyStatus,
    PolicyTransport,
    ReportingPolicy,
    TrustCode,
    UsageReporting,
)
from nxsl.core.records import CallHome, Clock, LicenseState, LicenseUsage, LicenseUse
from nxsl.core.state import SwitchState
from nxsl.core.transport import Transport
from tests.core.builders import DAY, FACTS

TRUSTED_AT = datetime(2024, 1, 10, 8, 0, tzinfo=UTC)
REPORTED_AT = datetime(2024, 3, 1, 8, 30, 57, tzinfo=UTC)
ACKNOWLEDGED_AT = REPORTED_AT + timedelta(minutes=4)
POLICY_NOW = datetime(2024, 3, 8, 12, 0, tzinfo=UTC)

CSLU_URL = "http://cslu.example.com:8182/cslu/v1/pi"
ON_PREM_POLICY_URL = "https://ssm.example.com/cslu/v1/pi/campus-1"

POLICY_FACTS = replace(
    FACTS, version="10.3(4a) [Maintenance Release]", release="10.3(4a)", boot_image=""
)
POLICY = ReportingPolicy(
    in_use="Merged from multiple sources.",
    ack_required=True,
    attributes=(
        PolicyAttribute(
            licenses="Unenforced/Non-Export Perpetual Attributes",
            first_report=365,
            frequency=0,
            on_change=90,
            origin="CISCO default",
        ),
    ),
)
REPORTING = UsageReporting(
    last_ack=ACKNOWLEDGED_AT,
    ack_deadline=ACKNOWLEDGED_AT + 90 * DAY,
    push_interval=30,
    next_report=REPORTED_AT + 30 * DAY,
    last_report=REPORTED_AT,
)
POLICY_STATUS = PolicyStatus(
    enabled=True,
    smart_account="Example Corp",
    virtual_account="Default",
    account_as_of=ACKNOWLEDGED_AT,
    transport="Smart",
    policy=POLICY,
    reporting=REPORTING,
    trust=(TrustCode(installed=TRUSTED_AT),),
)
POLICY_LICENSE = LicenseUse(
    tag="LAN_ENTERPRISE_SERVICES_PKG", state=LicenseState.IN_USE, status="IN USE", count=1
)


def policy_transport(
    mode: PolicyMode | str = PolicyMode.SMART, *, call_home: CallHome | None = None, **fields: Any
) -> Transport:
    """A transport under Smart Licensing Using Policy; `fields` are those of `PolicyTransport`."""
    return Transport(
        smart_enabled=True,
        call_home=call_home or CallHome(),
        policy=PolicyTransport(mode=PolicyMode(mode), **fields),
    )


def policy_status(
    *,
    reporting: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    **changes: Any,
) -> PolicyStatus:
    """The status of a healthy switch, with changes to parts of it."""
    return replace(
        POLICY_STATUS,
        reporting=replace(REPORTING, **(reporting or {})),
        policy=replace(POLICY, **(policy or {})),
        **changes,
    )


def policy_state(
    *,
    status: dict[str, Any] | PolicyStatus | None = None,
    reporting: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    licenses: tuple[LicenseUse, ...] = (POLICY_LICENSE,),
    now: datetime = POLICY_NOW,
    transport: Transport | None = None,
    **changes: Any,
) -> SwitchState:
    """The state of a healthy switch, with changes to parts of it.

    `status`, `reporting` and `policy` change `show license status`; `transport` is both running
    and saved; `changes` are fields of `SwitchState`.
    """
    shown = (
        status
        if isinstance(status, PolicyStatus)
        else policy_status(reporting=reporting, policy=policy, **(status or {}))
    )
    found = transport or policy_transport()
    usual: dict[str, Any] = {
        "facts": POLICY_FACTS,
        "read_at": now,
        "clock": Clock(local=now.replace(tzinfo=None), zone="UTC", source="NTP"),
        "policy": shown,
        "usage": LicenseUsage(authorization="Not Applicable", licenses=licenses),
        "transport": found,
        "saved": found,
    }
    return SwitchState(**{**usual, **changes})


def exchange(name: str = USAGE_EXCHANGE, failed: int = 0, **fields: Any) -> Exchange:
    """The statistics of one kind of message, after five attempts that went well."""
    return Exchange(name=name, total=5 + failed, succeeded=5, failed=failed, **fields)


def exchanges(*changed: Exchange) -> Exchanges:
    """The statistics, without failures but for those `changed`."""
    usual = {name: exchange(name) for name in (TRUST_EXCHANGE, USAGE_EXCHANGE, POLL_EXCHANGE)}
    return Exchanges(exchanges=tuple({**usual, **{each.name: each for each in changed}}.values()))
