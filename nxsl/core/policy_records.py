"""What a switch shows under Smart Licensing Using Policy (SLP), as frozen typed records.

There is no registration and no authorization there. A switch reports its usage over a transport,
a trust code lets it sign its reports, and Cisco's acknowledgement (ACK) closes them. Every date is
an aware `datetime` in UTC; None stands for the switch's `<none>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PolicyMode(StrEnum):
    """`license smart transport ...`, the modes of NX-OS (its object model has no other)."""

    SMART = "smart"
    """Straight to Cisco's cloud, or through a proxy."""
    CSLU = "cslu"
    """To a CSLU or an on-prem SSM."""
    CALLHOME = "callhome"
    """By the call-home configuration, as classic Smart Licensing does."""
    OFF = "off"
    """Nothing is sent: reports and acknowledgements travel as files."""


SMART_URL = "https://smartreceiver.cisco.com/licservice/license"
"""Where transport `smart` reports to; saved outputs and Cisco's community guide for NX-OS 10.3."""

DEFAULT_POLICY_VRF = "management"
"""The VRF where no line names one (Cisco's community guide for NX-OS 10.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTransport:
    """The `license smart ...` lines of a configuration that decide how reports travel.

    Attributes:
        mode: `license smart transport`; cslu where no line says otherwise (recalled).
        cslu_url: `license smart url cslu`; empty where there is none.
        smart_url: `license smart url smart`; empty means `SMART_URL`.
        vrf: `license smart vrf`; empty means `DEFAULT_POLICY_VRF`.
        proxy_address: `license smart proxy address`; empty where there is none.
        proxy_port: `license smart proxy port`; None where there is none.
    """

    mode: PolicyMode = PolicyMode.CSLU
    cslu_url: str = ""
    smart_url: str = ""
    vrf: str = ""
    proxy_address: str = ""
    proxy_port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustCode:
    """One installed trust code.

    Attributes:
        installed: when.
        unit: `Active`, `Standby` or `Member`; empty where the switch names no units.
        udi: the unit's `PID:...,SN:...`; empty where the switch names no units.
    """

    installed: datetime
    unit: str = ""
    udi: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAttribute:
    """What a policy asks of one kind of licences, in days; 0 asks for nothing.

    Attributes:
        licenses: the switch's words, such as `Unenforced/Non-Export Perpetual Attributes`.
        first_report: days until the first report.
        frequency: days between reports.
        on_change: days to report a change.
        origin: the switch's words, such as `CISCO default`.
    """

    licenses: str
    first_report: int | None = None
    frequency: int | None = None
    on_change: int | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingPolicy:
    """The `Policy:` block.

    Attributes:
        in_use: the switch's words behind `Policy in use:`, without a date.
        installed: when it was installed; None where it is merged from defaults.
        name: the policy's name; empty where it has none.
        ack_required: whether reports want an acknowledgement; None where the switch does not say.
        attributes: per kind of licences.
    """

    in_use: str = ""
    installed: datetime | None = None
    name: str = ""
    ack_required: bool | None = None
    attributes: tuple[PolicyAttribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReporting:
    """The `Usage Reporting:` block.

    Attributes:
        last_ack: the last acknowledgement.
        ack_deadline: until when the next acknowledgement must have come.
        push_interval: days between reports; 0 for `no reporting`; None where it is not shown.
        next_ack_check: when the switch asks for the acknowledgement next.
        next_report: when it sends a report next.
        last_report: when it sent one last.
        last_file: when a report was last written to a file.
    """

    last_ack: datetime | None = None
    ack_deadline: datetime | None = None
    push_interval: int | None = None
    next_ack_check: datetime | None = None
    next_report: datetime | None = None
    last_report: datetime | None = None
    last_file: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStatus:
    """`show license status` under Smart Licensing Using Policy.

    Attributes:
        enabled: `Smart Licensing Using Policy: Status: ENABLED`.
        smart_account: empty for `<none>`.
        virtual_account: empty for `<none>`.
        account_as_of: the date behind `As of`.
        transport: the switch's word behind `Type:`, such as `Smart`, `CSLU`, `Transport Off`.
        transport_url: what it shows as URL or CSLU address; empty for `<empty>` and none.
        policy: the policy in use.
        reporting: the dates of reports and acknowledgements.
        trust: the trust codes installed; empty for `<none>`.
        other: lines that the switch printed and nxsl has no field for.
    """

    enabled: bool
    smart_account: str = ""
    virtual_account: str = ""
    account_as_of: datetime | None = None
    transport: str = ""
    transport_url: str = ""
    policy: ReportingPolicy = ReportingPolicy()
    reporting: UsageReporting = UsageReporting()
    trust: tuple[TrustCode, ...] = ()
    other: tuple[str, ...] = ()

    @property
    def trusted_at(self) -> datetime | None:
        """When the newest trust code was installed; None where there is none."""
        return max((each.installed for each in self.trust), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One kind of message in `Communication Statistics:` of `show license tech support`.

    Attributes:
        name: such as `Trust Establishment` or `Usage Reporting`.
        total: attempts.
        succeeded: how many went well.
        failed: how many did not.
        response: the last answer, such as `OK`, `OK_POLL`, `NO REPLY`; empty for `<none>`.
        response_at: its date, where one is shown.
        failure_reason: the agent's words; empty for `<none>`.
        last_success: when an attempt last went well.
        last_failure: when one last failed.
    """

    name: str
    total: int
    succeeded: int
    failed: int
    response: str = ""
    response_at: datetime | None = None
    failure_reason: str = ""
    last_success: datetime | None = None
    last_failure: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanges:
    """`show license tech support`, its `Communication Statistics:`."""

    exchanges: tuple[Exchange, ...]

    def named(self, name: str) -> Exchange | None:
        """The statistics of one kind of message; None where they are not shown."""
        return next((each for each in self.exchanges if each.name == name), None)


TRUST_EXCHANGE = "Trust Establishment"
USAGE_EXCHANGE = "Usage Reporting"
POLL_EXCHANGE = "Result Polling"


@dataclass(frozen=True, slots=True, kw_only=True)
class RumReport:
    """One row of `show license rum id all`: a usage (RUM) report.

    Attributes:
        report_id: its number.
        state: the switch's word: OPEN, CLOSED, PENDING, UNACKNOWLEDGED or ACK.
        flag: the switch's word.
        feature: the licence it counts.
    """

    report_id: str
    state: str
    flag: str
    feature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Udi:
    """`show license udi`: the product instance as Cisco knows it.

    Attributes:
        pid: the product.
        serial: its serial number.
    """

    pid: str
    serial: str

    def __str__(self) -> str:
        return f"PID:{self.pid},SN:{self.serial}"
