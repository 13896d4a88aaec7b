"""What a simulated switch can reach: names, VRFs, the proxy and the wall in front of them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nxsl.lab.configuration import Configuration

CLOUD_HOST = "tools.cisco.com"
SMART_RECEIVER = "smartreceiver.cisco.com"
ON_PREM_HOST = "ssm.example.net"
PROXY_HOST = "proxy.example.com"
NAME_SERVER = "192.0.2.53"
# The root the cloud's certificate moved to, and the one it came from (field notice FN72115).
IDENTRUST = "IdenTrust Commercial Root CA 1"
QUOVADIS = "QuoVadis Root CA 2"

# The cloud's address is the one of Cisco document 217965; the others are documentation addresses.
NAMES: Mapping[str, str] = {
    CLOUD_HOST: "72.163.4.38",
    SMART_RECEIVER: "192.0.2.38",
    ON_PREM_HOST: "192.0.2.10",
    PROXY_HOST: "192.0.2.80",
}


class Reach(Enum):
    """How far a connection from the switch gets."""

    CONNECTED = "connected"
    NO_NAME = "no name"
    NO_ROUTE = "no route"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """The network around one switch.

    The default is one where everything works through VRF management.

    Attributes:
        routed_vrfs: VRFs that lead somewhere.
        interfaces: The interfaces that can be an HTTP source, and the VRF of each.
        name_servers: Name servers that answer. The switch must be told of one of them.
        names: The names they know.
        proxy: The proxy that stands ready, and its port.
        proxy_required: Whether the firewall lets nothing but the proxy go out to the cloud.
        unreachable: Hosts, by name or address, that do not answer.
        names6: The IPv6 addresses the name servers know beside; telnet tries them first.
        cloud_root: The root of the cloud's certificate chain.
    """

    routed_vrfs: tuple[str, ...] = ("management",)
    interfaces: Mapping[str, str] = field(
        default_factory=lambda: {
            "mgmt0": "management",
            "loopback0": "default",
            "Vlan27": "default",
        }
    )
    name_servers: tuple[str, ...] = (NAME_SERVER,)
    names: Mapping[str, str] = field(default_factory=lambda: dict(NAMES))
    proxy: tuple[str, int] = (PROXY_HOST, 8080)
    proxy_required: bool = False
    unreachable: tuple[str, ...] = ()
    names6: Mapping[str, str] = field(default_factory=dict)
    cloud_root: str = IDENTRUST

    def resolve(self, host: str, vrf: str, configuration: Configuration) -> str:
        """Look a name up as the switch would; an address is its own answer.

        Returns:
            The address, or "" if the switch cannot find it.
        """
        if is_address(host):
            return host
        asked = configuration.name_servers_of(vrf)
        if not configuration.domain_lookup or vrf not in self.routed_vrfs:
            return ""
        return self.names.get(host, "") if set(asked) & set(self.name_servers) else ""

    def connect(self, host: str, vrf: str, configuration: Configuration) -> Reach:
        """Try a TCP connection straight from the switch.

        Args:
            host: A name or an address.
            vrf: The VRF to leave by.
            configuration: The switch's own, for name servers and the source interface.
        """
        address = self.resolve(host, vrf, configuration)
        if not address:
            return Reach.NO_NAME
        if vrf not in self.routed_vrfs or {host, address} & set(self.unreachable):
            return Reach.NO_ROUTE
        walled = {CLOUD_HOST, SMART_RECEIVER, self.names.get(CLOUD_HOST)}
        if self.proxy_required and {host, address} & walled:
            return Reach.NO_ROUTE
        return Reach.CONNECTED

    def listens(self, host: str, port: int) -> bool:
        """Tell whether a reached host takes connections at a port; only the proxy is choosy."""
        known = {self.proxy[0], self.names.get(self.proxy[0])}
        return host not in known or port == self.proxy[1]

    def connect_by_proxy(
        self, server: str, port: int, host: str, vrf: str, configuration: Configuration
    ) -> Reach:
        """Try a connection through the proxy that the switch is told to use."""
        address = self.resolve(server, vrf, configuration)
        if not address:
            return Reach.NO_NAME
        known = {self.proxy[0], self.names.get(self.proxy[0])}
        if vrf not in self.routed_vrfs or not {server, address} & known:
            return Reach.NO_ROUTE
        if port != self.proxy[1] or host in self.unreachable:
            return Reach.REFUSED
        return Reach.CONNECTED


def is_address(host: str) -> bool:
    """Tell whether a host is written as an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
