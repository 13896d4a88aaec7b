"""What a simulated switch is at the start: a frozen description, nothing of it moves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from nxsl.lab import releases
from nxsl.lab.backend import CLOUD_URL, ON_PREM_URL, Backend
from nxsl.lab.network import IDENTRUST, NAME_SERVER, PROXY_HOST, Network
from nxsl.lab.policy_spec import NEVER_TRUSTED, PolicyState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nxsl.lab.faults import Fault

Role = Literal["network-admin", "network-operator"]
NETWORK_ADMIN: Role = "network-admin"
NETWORK_OPERATOR: Role = "network-operator"
ReservationForm = Literal["local", "plain", "both", "none"]

_COMMON = """\
email-contact sch-smart-licensing@cisco.com
destination-profile CiscoTAC-1 transport-method http
destination-profile CiscoTAC-1 index 1 http {url}
"""
# Call-home blocks of the three methods, and the broken one of Cisco document 217965.
CALLHOME_EMPTY = ""
CALLHOME_DIRECT = _COMMON.format(url=CLOUD_URL) + "transport http use-vrf management\nenable\n"
CALLHOME_PROXY = (
    _COMMON.format(url=CLOUD_URL)
    + f"transport http proxy server {PROXY_HOST} port 8080\n"
    + "transport http use-vrf management\ntransport http proxy enable\nenable\n"
)
CALLHOME_ON_PREM = _COMMON.format(url=ON_PREM_URL) + "transport http use-vrf management\nenable\n"
CALLHOME_217965 = """\
email-contact abc@example.com
phone-contact +919000000000
streetaddress ST3, RD 4, Bangalore
destination-profile CiscoTAC-1 transport-method http
destination-profile CiscoTAC-1 index 1 http http://tools.cisco.com/its/service/oddce/services/DDCEService
transport http use-vrf management
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class License:
    """A licence that the switch's features ask for.

    Attributes:
        tag: Its name.
        description: The description the licence server gives.
        count: How many are in use.
        in_use: Whether the table of the traditional licensing calls it used.
        installed: Whether a licence file is there (traditional only).
        status: The words printed, if they are not to follow the overall authorization.
        expiry: When an installed licence file ends: `Never`, or a date such as `08 Oct 2027`.
        grace: The comment on its grace period, such as `Grace 119D 22H` or `Grace expired`; empty
            prints the usual one where a licence is used that is not installed.
        missing: Whether its licence file was installed and is gone.
    """

    tag: str = "LAN_ENTERPRISE_SERVICES_PKG"
    description: str = "LAN license for Nexus 9300-XF"
    count: int = 1
    in_use: bool = True
    installed: bool = False
    status: str = ""
    expiry: str = "Never"
    grace: str = ""
    missing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """The licensing state at the start; times are relative to the start, negative is past.

    Attributes:
        state: The registration words as printed (`REGISTERED`, `UNREGISTERED - REGISTRATION
            EXPIRED`, `REGISTERED - SPECIFIC LICENSE RESERVATION`, ...).
        authorization: The authorization words (`AUTHORIZED`, `OUT OF COMPLIANCE`, `AUTH EXPIRED`,
            `EVAL MODE`, `EVAL EXPIRED`, `AUTHORIZED - RESERVED`, `NO LICENSES IN USE`).
        smart_account: Where it is registered.
        virtual_account: Where in it.
        initial: When the first registration was tried; None prints no line.
        initial_failure: Why it failed; empty if it succeeded.
        next_registration: When the agent tries again; None prints no line.
        renewal: When the certificate was last renewed; None prints `None`.
        renewal_failure: Why that failed; empty if it succeeded.
        next_renewal: When it is renewed next.
        expires: When the certificate ends.
        authorized: When the authorization words became true.
        communication: When the authorization was last refreshed.
        communication_failure: Why that failed.
        next_communication: When it is refreshed next.
        deadline: When it ends without a refresh.
        evaluation_left: What is left of the evaluation period; it runs while unregistered.
    """

    state: str = "UNREGISTERED"
    authorization: str = "EVAL MODE"
    smart_account: str = ""
    virtual_account: str = ""
    initial: timedelta | None = None
    initial_failure: str = ""
    next_registration: timedelta | None = None
    renewal: timedelta | None = None
    renewal_failure: str = ""
    next_renewal: timedelta | None = None
    expires: timedelta | None = None
    authorized: timedelta | None = None
    communication: timedelta | None = None
    communication_failure: str = ""
    next_communication: timedelta | None = None
    deadline: timedelta | None = None
    evaluation_left: timedelta = timedelta(days=89, hours=23, minutes=57, seconds=10)


UNREGISTERED = Registration()
EVALUATION_EXPIRED = Registration(authorization="EVAL EXPIRED", evaluation_left=timedelta(0))
RESERVED = Registration(
    state="REGISTERED - SPECIFIC LICENSE RESERVATION",
    authorization="AUTHORIZED - RESERVED",
    initial=timedelta(days=-20),
    authorized=timedelta(days=-20),
)


def registered(
    *,
    ago: timedelta = timedelta(days=10),
    smart_account: str = "Example Corporation",
    virtual_account: str = "Default",
    **changes: object,
) -> Registration:
    """Make the state of a switch that registered some time ago, with the dates that follow.

    Args:
        ago: How long ago.
        smart_account: Where.
        virtual_account: Where in it.
        **changes: Fields of `Registration` that differ, such as
            `expires=timedelta(days=5), renewal=timedelta(days=-1), renewal_failure="..."`.
    """
    usual = Registration(
        state="REGISTERED",
        authorization="AUTHORIZED",
        smart_account=smart_account,
        virtual_account=virtual_account,
        initial=-ago,
        next_renewal=timedelta(days=180) - ago,
        expires=timedelta(days=365, minutes=-1, seconds=-48) - ago,
        authorized=timedelta(seconds=3) - ago,
        communication=timedelta(seconds=3) - ago,
        next_communication=timedelta(days=30, seconds=2) - ago,
        deadline=timedelta(days=90, minutes=-2, seconds=-46) - ago,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def out_of_compliance(**changes: object) -> Registration:
    """Make the state of a registered switch whose account lacks licences."""
    fields: dict[str, object] = {
        "authorization": "OUT OF COMPLIANCE",
        "next_communication": timedelta(hours=12),
        "communication": timedelta(0),
        "deadline": timedelta(days=90),
    }
    return registered(**{**fields, **changes})  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True, slots=True)
class SwitchSpec:
    """One simulated switch. The default: 9.3(4), smart licensing on, call home as delivered.

    Attributes:
        name: Its name in the lab and in the inventory.
        release: The NX-OS release; it decides the licensing regime.
        hostname: The configured name, if it is not `name`.
        show_version: The saved output to print, by file name without `.txt`.
        chassis: The chassis words of `show version` if not those of the sample, such as
            `Nexus3000 C3064PQ`; they decide the platform.
        vdc: The number and name of the virtual device context one logs in to; None is the default
            one, called as the switch.
        serial: The serial number; made from the name if empty.
        username: The account.
        password: Its password; a simulated one.
        role: What the account may do.
        callhome: The lines below `callhome`.
        config: Further configuration lines, as in a configuration file.
        name_servers: What is configured as name servers of VRF management.
        ntp: The configured NTP servers, reached by VRF management.
        ntp_synchronised: Whether one of them is in use.
        trust_anchors: The root certificates the agent trusts.
        reservation_form: How `license smart reservation request` is spelt: with `local` behind it,
            without, both ways, or not at all.
        smart_enabled: Whether smart licensing is switched on.
        licenses: What the features ask for.
        network: What the switch can reach.
        backend: How the licence server treats it.
        registration: The licensing state at the start.
        policy: The same for a release with Smart Licensing Using Policy.
        trust_scope_required: `license smart trust idtoken TOKEN` needs `local` or `all`.
        trust_scope_unknown: It knows neither.
        scp_server: Whether `feature scp-server` is on; as delivered it is off.
        files: What `bootflash:` holds, by name.
        checkpoints: The names of checkpoints that it holds, of its first configuration.
        faults: What goes wrong.
        clock_skew: How far the clock is off.
        clock_source: What `show clock` names in a second line, such as `NTP`; empty prints none.
        zone: Name of the time zone and its distance from UTC.
        save_seconds: How long `copy running-config startup-config` takes.
        command_seconds: How long any command takes.
        latency: Seconds there and back on the way to it, added to every exchange of bytes.
        ping_seconds: How long a ping takes that is not answered; 2 s a packet in life.
        telnet_seconds: How long telnet tries an address that does not answer; minutes in life.
        nxos_line_ends: Write a carriage return before each prompt and a second one after the
            echo, as real switches are known to, instead of tidy line ends.
        echo_ahead: Echo what is typed while a command runs at once, before the next prompt, as a
            line discipline does; else it is echoed behind the prompt that reads it.
        drops_ahead: Whether what is typed before a prompt stands there is thrown away.
        intent: What the inventory asks of it, written under `licensing`.
        site: For filters.
        function: The `role` in the inventory: leaf, spine, border.
    """

    name: str
    release: str = "9.3(4)"
    hostname: str | None = None
    show_version: str = ""
    chassis: str = ""
    vdc: tuple[int, str] | None = None
    serial: str = ""
    username: str = "admin"
    password: str = "lab-only"  # noqa: S105 - simulated switches only
    role: Role = NETWORK_ADMIN
    callhome: str = CALLHOME_EMPTY
    config: str = ""
    name_servers: tuple[str, ...] = (NAME_SERVER,)
    ntp: tuple[str, ...] = ()
    ntp_synchronised: bool = True
    trust_anchors: tuple[str, ...] = (IDENTRUST,)
    reservation_form: ReservationForm = "local"
    smart_enabled: bool = True
    licenses: tuple[License, ...] = (License(),)
    network: Network = field(default_factory=Network)
    backend: Backend = field(default_factory=Backend)
    registration: Registration = UNREGISTERED
    policy: PolicyState = NEVER_TRUSTED
    trust_scope_required: bool = False
    trust_scope_unknown: bool = False
    scp_server: bool = True
    files: Mapping[str, bytes] = field(default_factory=dict)
    checkpoints: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    clock_skew: timedelta = timedelta(0)
    clock_source: str = ""
    zone: tuple[str, timedelta] = ("UTC", timedelta(0))
    save_seconds: float = 0.1
    command_seconds: float = 0.0
    latency: float = 0.0
    ping_seconds: float = 0.3
    telnet_seconds: float = 0.3
    nxos_line_ends: bool = False
    echo_ahead: bool = False
    drops_ahead: bool = False
    intent: Mapping[str, object] | None = None
    site: str = "lab"
    function: str = "leaf"

    @property
    def sample(self) -> str:
        """The saved `show version` this switch prints."""
        return self.show_version or releases.sample_for(self.release, self.chassis)

    @property
    def real_release(self) -> str:
        """The release it prints: a sample that was asked for by name keeps its own."""
        return releases.release_of(self.sample) if self.show_version else self.release

    @property
    def platform(self) -> str:
        """Its family, as `releases.platform_of` names them."""
        return releases.platform_of(self.sample, self.chassis)

    @property
    def regime(self) -> releases.Regime:
        """How it licenses."""
        return releases.regime_of(self.platform, self.real_release)
