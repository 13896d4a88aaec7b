"""How the licensing agent of a switch reaches its server: only by what the switch has configured.

This is the lab's own model, made from Cisco document 217965 and its fault list, on purpose apart
from the checks that nxsl makes: a shared mistake could not be noticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nxsl.lab import texts
from nxsl.lab.configuration import DEFAULT_PROFILE, Configuration
from nxsl.lab.network import CLOUD_HOST, Network, Reach

if TYPE_CHECKING:
    from collections.abc import Collection

    from nxsl.lab.backend import Cssm, LicenseServer

MAX_SKEW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The server was not reached, and the reason the switch prints."""

    reason: str


def reach_server(
    configuration: Configuration,
    network: Network,
    cssm: Cssm,
    skew: timedelta,
    anchors: Collection[str],
) -> LicenseServer | Unreachable:
    """Follow the call-home configuration to the licence server.

    Args:
        configuration: The running configuration.
        network: What is around the switch.
        cssm: The servers.
        skew: How far the switch's clock is off.
        anchors: The root certificates the switch trusts.

    Returns:
        The server that would get the message, or why none does.
    """
    url = _destination(configuration)
    if isinstance(url, Unreachable):
        return url
    parts = urlsplit(url)
    host = parts.hostname or ""
    wrong = _source(configuration, network) or _connect(configuration, network, host)
    if wrong:
        return Unreachable(wrong)
    if parts.scheme != "https":
        return Unreachable(texts.SEND_ERROR)
    server = cssm.behind(host)
    if server is cssm.cloud and network.cloud_root not in anchors:
        return Unreachable(texts.CALL_HOME_ERROR)
    refusal = _handshake(server, host, parts.path, skew)
    return Unreachable(refusal) if refusal else server


def _handshake(server: LicenseServer, host: str, path: str, skew: timedelta) -> str:
    """Go through TLS and HTTP with a server; give the reason if it ends there."""
    if not server.speaks_for(host):
        return texts.TLS_ERROR
    if path != server.path:
        return texts.RESPONSE_ERROR
    return texts.CLOCK_ERROR if abs(skew) >= MAX_SKEW else ""


def _destination(configuration: Configuration) -> str | Unreachable:
    """Find the URL the agent uses: the first one of profile CiscoTAC-1, whatever else there is."""
    callhome = configuration.callhome
    profile = callhome.profiles.get(DEFAULT_PROFILE)
    if not callhome.enabled or profile is None or "http" not in profile.transports:
        return Unreachable(texts.CALL_HOME_ERROR)
    urls = profile.urls()
    if not urls:
        return Unreachable(texts.CALL_HOME_ERROR)
    if urlsplit(urls[0]).scheme == "http" and urlsplit(urls[0]).hostname == CLOUD_HOST:
        return Unreachable(texts.SEND_ERROR)
    return urls[0]


def _vrf(configuration: Configuration) -> str:
    """Give the VRF that call home leaves by; that it is `default` unless told is recalled."""
    return configuration.callhome.vrf or "default"


def _source(configuration: Configuration, network: Network) -> str:
    """Refuse a source interface of another VRF: the fault of 217965, Vlan27 instead of mgmt0."""
    name = configuration.source_interface
    if name and network.interfaces.get(name) != _vrf(configuration):
        return texts.CALL_HOME_ERROR
    return ""


def _connect(configuration: Configuration, network: Network, host: str) -> str:
    callhome, vrf = configuration.callhome, _vrf(configuration)
    if callhome.proxy_enabled:
        reach = network.connect_by_proxy(
            callhome.proxy_server, callhome.proxy_port, host, vrf, configuration
        )
    else:
        reach = network.connect(host, vrf, configuration)
    if reach is Reach.NO_NAME:
        return texts.RESOLVE_ERROR
    return "" if reach is Reach.CONNECTED else texts.SEND_ERROR
