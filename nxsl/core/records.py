"""What nxsl knows about a switch, as frozen typed records.

Every date is an aware `datetime` in UTC. Words that the switch printed are kept beside what nxsl
made of them, so that an unknown word is shown and never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from nxsl.core.policy_records import PolicyTransport


class RegistrationState(StrEnum):
    """The first word of the registration status, `reg-state-*` in Cisco's smart-license model."""

    UNREGISTERED = "unregistered"
    REGISTERING = "registering"
    REGISTERED = "registered"
    UNKNOWN = "unknown"


class AuthorizationState(StrEnum):
    """The overall authorization, `auth-state-*` in Cisco's smart-license model."""

    AUTHORIZED = "authorized"
    AUTHORIZED_RESERVED = "authorized-reserved"
    NO_LICENSES_IN_USE = "no-licenses-in-use"
    EVALUATION = "evaluation"
    EVALUATION_EXPIRED = "evaluation-expired"
    OUT_OF_COMPLIANCE = "out-of-compliance"
    AUTHORIZATION_EXPIRED = "authorization-expired"
    NOT_AUTHORIZED = "not-authorized"
    NOT_APPLICABLE = "not-applicable"
    UNKNOWN = "unknown"


class LicenseState(StrEnum):
    """The state of one licence; the numbers of CISCO-SMART-LIC-MIB in words."""

    INITIALIZED = "initialized"
    WAITING = "waiting"
    AUTHORIZED = "authorized"
    OUT_OF_COMPLIANCE = "out-of-compliance"
    OVERAGE = "overage"
    EVALUATION = "evaluation"
    EVALUATION_EXPIRED = "evaluation-expired"
    AUTHORIZATION_EXPIRED = "authorization-expired"
    GRACE_PERIOD_EXPIRED = "grace-period-expired"
    DISABLED = "disabled"
    RESERVED_AUTHORIZED = "reserved-authorized"
    INVALID_TAG = "invalid-tag"
    NOT_AUTHORIZED = "not-authorized"
    NOT_APPLICABLE = "not-applicable"
    IN_USE = "in-use"
    NOT_IN_USE = "not-in-use"
    UNKNOWN = "unknown"


class AttemptResult(StrEnum):
    """How an attempt of the agent ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of the agent to reach the backend.

    Attributes:
        result: how it ended; `NONE` where the switch prints `None`.
        word: the switch's word for it.
        at: when; None where the switch prints no date.
        failure_reason: the switch's `Failure reason:`; empty where there is none.
    """

    result: AttemptResult
    word: str = ""
    at: datetime | None = None
    failure_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The `Registration:` block of `show license status`.

    Attributes:
        state: what the first word of `status` says.
        status: the switch's words, such as `UNREGISTERED - REGISTRATION FAILED`.
        detail: what follows the first word, such as `REGISTRATION FAILED`; may be empty.
        smart_account: the smart account's name; empty while unregistered.
        virtual_account: the virtual account's name; empty while unregistered.
        export_controlled: the switch's word, `Allowed` or `Not Allowed`.
        initial: the first registration.
        last_renewal: the last renewal of the ID certificate.
        next_renewal: when the agent renews the ID certificate next.
        next_attempt: when the agent tries to register again, after a failure.
        expires: when the ID certificate runs out.
    """

    state: RegistrationState
    status: str
    detail: str = ""
    smart_account: str = ""
    virtual_account: str = ""
    export_controlled: str = ""
    initial: Attempt | None = None
    last_renewal: Attempt | None = None
    next_renewal: datetime | None = None
    next_attempt: datetime | None = None
    expires: datetime | None = None

    @property
    def reserved(self) -> bool:
        """Whether a licence reservation (SLR, PLR) is installed."""
        return "RESERVATION" in self.detail.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The `License Authorization:` block of `show license status`.

    Attributes:
        state: what `status` says.
        status: the switch's words without the date, such as `OUT OF COMPLIANCE`.
        since: the date behind the status.
        evaluation_remaining: what is left of the evaluation period; it counts usage, not
            calendar days.
        last_communication: the last exchange about the authorization.
        next_communication: when the agent asks next.
        deadline: when the authorization runs out unless it has been renewed.
    """

    state: AuthorizationState
    status: str
    since: datetime | None = None
    evaluation_remaining: timedelta | None = None
    last_communication: Attempt | None = None
    next_communication: datetime | None = None
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """The `Smart License Conversion:` block: the move from licence files (PAK).

    Attributes:
        automatic: `Automatic Conversion Enabled`.
        status: the switch's words, such as `Not started`.
        failure_reason: the agent's words where it failed.
    """

    automatic: bool
    status: str
    failure_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseStatus:
    """`show license status` under Smart Licensing.

    Attributes:
        enabled: whether Smart Licensing is on. When it is off, the blocks are None.
        other: lines that the switch printed and nxsl has no field for.
    """

    enabled: bool
    registration: Registration | None = None
    authorization: Authorization | None = None
    conversion: Conversion | None = None
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseUse:
    """One licence of `show license usage`, Smart Licensing or Smart Licensing Using Policy.

    Attributes:
        tag: the entitlement's name, such as `LAN_ENTERPRISE_SERVICES_PKG`.
        status: the switch's words; `state` is what they say.
    """

    tag: str
    state: LicenseState
    status: str
    count: int
    description: str = ""
    version: str = ""
    enforcement: str = ""
    license_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseUsage:
    """`show license usage` under Smart Licensing.

    Attributes:
        authorization: the switch's words for the overall authorization, without the date.
        since: the date behind them.
        evaluation_remaining: what is left of the evaluation period; None outside of it.
        licenses: the licences in use; empty where the switch says that none is.
        other: lines that nxsl has no field for.
    """

    authorization: str
    since: datetime | None = None
    evaluation_remaining: timedelta | None = None
    licenses: tuple[LicenseUse, ...] = ()
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PakLicense:
    """One row of `show license usage` under traditional licensing (licence files).

    Attributes:
        feature: the licence's name.
        installed: the `Ins` column.
        count: the `Lic Count` column; None where it is `-`.
        status: the switch's words, `In use` or `Unused`.
        expiry: the switch's words, such as `Never`; may be empty.
        comments: the switch's words, such as `Grace 119D 22H`; empty for `-`.
        grace_remaining: the grace period that is left, where `comments` tells it.
    """

    feature: str
    installed: bool
    count: int | None
    status: str
    expiry: str = ""
    comments: str = ""
    grace_remaining: timedelta | None = None

    @property
    def in_use(self) -> bool:
        """Whether the feature is used at present."""
        return self.status.lower() == "in use"


@dataclass(frozen=True, slots=True, kw_only=True)
class PakUsage:
    """`show license usage` under traditional licensing."""

    licenses: tuple[PakLicense, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseSummary:
    """`show license summary` under Smart Licensing.

    A short form of `LicenseStatus` with the licences behind it. NX-OS prints no date behind
    `Last Communication Attempt` here.
    """

    status: LicenseStatus
    licenses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseFile:
    """One licence file of `show license` under traditional licensing."""

    name: str
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One http(s) destination of a call-home profile.

    Attributes:
        index: the switch's own number, needed to remove the line; it makes no difference to what
            the destination is (the switch takes the line without it).
    """

    profile: str
    url: str
    index: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHome:
    """`show running-config callhome` (or startup-config): how the agent reaches its backend.

    Attributes:
        enabled: the line `enable`.
        email: `email-contact`; empty where there is none.
        methods: (profile, method) of the `transport-method` lines.
        destinations: the http destinations of all profiles, in the switch's order.
        vrf: `transport http use-vrf`; empty where there is none.
        proxy_server: `transport http proxy server`; empty where there is none.
        proxy_port: its port; None where the line names none.
        proxy_enabled: the line `transport http proxy enable`.
        other: the lines that nxsl does not touch, such as `phone-contact`.
    """

    enabled: bool = False
    email: str = ""
    methods: tuple[tuple[str, str], ...] = ()
    destinations: tuple[Destination, ...] = ()
    vrf: str = ""
    proxy_server: str = ""
    proxy_port: int | None = None
    proxy_enabled: bool = False
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vrf:
    """One `vrf context` of the running configuration, as far as name resolution goes."""

    name: str
    name_servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VrfContexts:
    """`show running-config | section "vrf context"`."""

    vrfs: tuple[Vrf, ...] = ()

    def name_servers(self, vrf: str) -> tuple[str, ...]:
        """The name servers configured in `vrf`; empty for an unknown VRF."""
        return next((each.name_servers for each in self.vrfs if each.name == vrf), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpClient:
    """`show running-config | include "ip http source-interface"`.

    Attributes:
        source_interface: empty where the switch chooses by itself.
        vrf: the VRF that the line names; empty where it names none.
    """

    source_interface: str = ""
    vrf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartLicensing:
    """`show running-config | include "license smart"`.

    Attributes:
        enabled: the line `license smart enable`, or `feature license smart`, which is the same.
        reservation: the line `license smart reservation`.
        transport: the lines of Smart Licensing Using Policy; defaults where there are none.
        other: lines of `license smart` that nxsl has no field for.
    """

    enabled: bool
    reservation: bool = False
    transport: PolicyTransport = field(default_factory=PolicyTransport)
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """`show feature`: the names of the features that are enabled, and all names."""

    enabled: frozenset[str]
    known: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`show clock`.

    Attributes:
        local: the switch's time of day, naive, in its own zone.
        zone: the switch's name for that zone, such as `UTC`.
        source: the time source the switch names, such as `NTP`; empty where it names none.
    """

    local: datetime
    zone: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """`show version`.

    Attributes:
        hostname: `Device name`.
        chassis: the words after `cisco` on the chassis line, such as `Nexus9000 C9396PX`.
        model: the product, such as `C9396PX`, `C7009`, `3048` or `N9K-C93180YC-EX`.
        serial: `Processor Board ID`.
        version: the release as printed, such as `9.3(6uu)I9(1uu) [build 9.3(6)]`.
        release: the release that counts, such as `9.3(6)`.
        image_label: `NXOS` on Nexus 3000/9000 from 7.0(3) on, `system` elsewhere.
        boot_image: the image file.
        uptime: since the last boot; None where the switch does not tell.
        vdc: the virtual device context of the session, such as `1 (core1)`; Nexus 7000 only.
    """

    hostname: str
    chassis: str
    model: str
    serial: str
    version: str
    release: str
    image_label: str
    boot_image: str = ""
    uptime: timedelta | None = None
    vdc: str = ""


class PingVerdict(StrEnum):
    """What a ping shows."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """`ping HOST vrf NAME`.

    Attributes:
        address: the address that the name resolved to; empty where it does not resolve.
        sent: packets sent, where the statistics are printed, else answers and timeouts counted.
        received: answers.
        resolved: whether the name resolves.
    """

    target: str
    address: str
    sent: int
    received: int
    resolved: bool = True

    @property
    def verdict(self) -> PingVerdict:
        """Reachable where at least one answer came."""
        return PingVerdict.REACHABLE if self.received else PingVerdict.UNREACHABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class TelnetProbe:
    """`telnet HOST 443 vrf NAME`, used as a test of a TCP port.

    Attributes:
        connected: `Connected to` was printed.
        tried: the addresses tried, in order.
        resolved: whether the name resolves.
    """

    connected: bool
    tried: tuple[str, ...] = ()
    resolved: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveReply:
    """The answer to `copy running-config startup-config`.

    Attributes:
        saved: whether the text proves that the configuration was saved.
        words: what the switch printed last.
    """

    saved: bool
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReply:
    """The answer to `license smart register idtoken ...`.

    Attributes:
        accepted: whether the agent has begun; how it ends, only `show license status` tells.
        words: what the switch printed.
    """

    accepted: bool
    words: str = ""
