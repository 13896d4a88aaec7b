"""The configuration of a simulated switch, and its text as `show running-config` prints it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

DEFAULT_PROFILE = "CiscoTAC-1"
SPELLING_ENABLE = "license smart enable"
SPELLING_FEATURE = "feature license smart"


@dataclass(slots=True)
class Destination:
    """One address of a call-home destination profile."""

    index: int
    method: str
    address: str


@dataclass(slots=True)
class Profile:
    """A call-home destination profile."""

    transports: list[str] = field(default_factory=list)
    destinations: list[Destination] = field(default_factory=list)

    def put(self, method: str, address: str, index: int | None) -> None:
        """Set the address of an index; without index, use the next free one.

        Args:
            method: `http` or `email-addr`.
            address: A URL or e-mail address; known ones are not doubled.
            index: The index asked for.
        """
        same = [d for d in self.destinations if (d.method, d.address) == (method, address)]
        if same and index in {None, same[0].index}:
            return
        if index is None:
            taken = {d.index for d in self.destinations if d.method == method}
            index = next(n for n in range(1, len(taken) + 2) if n not in taken)
        self.destinations = [d for d in self.destinations if (d.method, d.index) != (method, index)]
        self.destinations.append(Destination(index, method, address))
        self.destinations.sort(key=lambda d: (d.method, d.index))

    def drop(self, method: str, address: str, index: int | None) -> None:
        """Remove an address; an index that is given must fit too."""
        self.destinations = [
            d
            for d in self.destinations
            if (d.method, d.address) != (method, address) or index not in {None, d.index}
        ]

    def urls(self) -> list[str]:
        """Give the web addresses in the order of their index."""
        return [d.address for d in self.destinations if d.method == "http"]


@dataclass(slots=True)
class CallHome:
    """The `callhome` block."""

    email: str = ""
    phone: str = ""
    street: str = ""
    profiles: dict[str, Profile] = field(default_factory=lambda: {DEFAULT_PROFILE: Profile()})
    proxy_server: str = ""
    proxy_port: int = 0
    vrf: str = ""
    proxy_enabled: bool = False
    enabled: bool = False

    def lines(self) -> list[str]:
        """Render the lines below `callhome`, in the order NX-OS prints them."""
        found = [
            f"{word} {value}"
            for word, value in (
                ("email-contact", self.email),
                ("phone-contact", self.phone),
                ("streetaddress", self.street),
            )
            if value
        ]
        for name, profile in self.profiles.items():
            head = f"destination-profile {name}"
            if name != DEFAULT_PROFILE:
                found.append(head)
            found += [f"{head} transport-method {method}" for method in profile.transports]
            found += [
                f"{head} index {d.index} {d.method} {d.address}" for d in profile.destinations
            ]
        if self.proxy_server:
            found.append(f"transport http proxy server {self.proxy_server} port {self.proxy_port}")
        if self.vrf:
            found.append(f"transport http use-vrf {self.vrf}")
        if self.proxy_enabled:
            found.append("transport http proxy enable")
        if self.enabled:
            found.append("enable")
        return found


@dataclass(slots=True)
class SlpTransport:
    """What `license smart ...` sets on a release with Smart Licensing Using Policy."""

    mode: str = "cslu"
    cslu_url: str = ""
    smart_url: str = ""
    vrf: str = ""
    proxy_address: str = ""
    proxy_port: str = ""
    usage_interval: str = ""

    def lines(self) -> list[str]:
        """Render the lines that differ from the defaults (recalled: no source shows them)."""
        found = [f"license smart transport {self.mode}"] if self.mode != "cslu" else []
        pairs = {
            "url cslu": self.cslu_url,
            "url smart": self.smart_url,
            "vrf": self.vrf,
            "proxy address": self.proxy_address,
            "proxy port": self.proxy_port,
            "usage interval": self.usage_interval,
        }
        return found + [f"license smart {word} {value}" for word, value in pairs.items() if value]


@dataclass(frozen=True, slots=True)
class NtpServer:
    """An `ntp server`."""

    address: str
    vrf: str = "default"

    def line(self) -> str:
        """Render its line."""
        suffix = "" if self.vrf == "default" else f" use-vrf {self.vrf}"
        return f"ntp server {self.address}{suffix}"


@dataclass(slots=True)
class Configuration:
    """All that a switch has configured."""

    hostname: str
    smart: str = ""
    callhome: CallHome = field(default_factory=CallHome)
    slp: SlpTransport = field(default_factory=SlpTransport)
    source_interface: str = ""
    domain_lookup: bool = True
    vrfs: dict[str, list[str]] = field(default_factory=lambda: {"management": []})
    name_servers: list[str] = field(default_factory=list)
    grace_period: bool = False
    reservation: bool = False
    conversion_automatic: bool = False
    ntp: list[NtpServer] = field(default_factory=list)
    users: tuple[str, ...] = ()
    # The servers for files, by the name of their feature.
    file_servers: set[str] = field(default_factory=set)

    def copy(self) -> Configuration:
        """Give an independent copy, as saving does."""
        return copy.deepcopy(self)

    def name_servers_of(self, vrf: str) -> list[str]:
        """Give the name servers that a lookup in a VRF may ask."""
        suffix = f" use-vrf {vrf}"
        plain = self.name_servers if vrf == "default" else self.vrfs.get(vrf, [])
        borrowed = [s.removesuffix(suffix) for s in self.name_servers if s.endswith(suffix)]
        return [s for s in plain if " " not in s] + borrowed

    def callhome_block(self) -> list[str]:
        """Render the `callhome` block; nothing if it is as delivered."""
        lines = self.callhome.lines()
        return ["callhome", *(f"  {line}" for line in lines)] if lines else []

    def lines(self) -> list[str]:
        """Render the whole configuration below the `version` line."""
        found = [f"hostname {self.hostname}"]
        found += [f"feature {name}" for name in sorted(self.file_servers)]
        if self.smart:
            found.append(self.smart)
        if self.grace_period:
            found.append("license grace-period")
        if self.reservation:
            found.append("license smart reservation")
        if self.conversion_automatic:
            found.append("license smart conversion automatic")
        found.append("")
        for user, role in map(str.split, self.users):
            found.append(f"username {user} password 5 !  role {role}")
        found.append("ip domain-lookup" if self.domain_lookup else "no ip domain-lookup")
        found += [f"ip name-server {server}" for server in self.name_servers]
        found += [server.line() for server in self.ntp]
        if self.source_interface:
            found.append(f"ip http source-interface {self.source_interface}")
        found += self.slp.lines()
        found += self.callhome_block()
        for name, servers in self.vrfs.items():
            found.append(f"vrf context {name}")
            if servers:
                found.append(f"  ip name-server {' '.join(servers)}")
        found += ["", "interface mgmt0", "  vrf member management", "line console", "line vty"]
        return found
