"""How a switch with Smart Licensing Using Policy reaches the server its transport names.

The lab's own model, apart from the checks that nxsl makes; that the messages leave by VRF
management unless told otherwise is from TKB 4892512 (NX-OS 10.3(3)F).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from nxsl.lab import texts
from nxsl.lab.callhome_agent import MAX_SKEW, Unreachable, reach_server
from nxsl.lab.network import SMART_RECEIVER, Network, Reach

if TYPE_CHECKING:
    from datetime import timedelta

    from nxsl.lab.backend import Cssm, LicenseServer
    from nxsl.lab.configuration import Configuration, SlpTransport

SMART_PATH = "/licservice/license"
SMART_URL = f"https://{SMART_RECEIVER}{SMART_PATH}"
CSLU_PATH = "/cslu/v1/pi"
CSLU_PORT = 8182
CSLU_DISCOVERY = f"http://cslu-local:{CSLU_PORT}{CSLU_PATH}"
# What an on-prem manager offers to the transport `smart`.
ON_PREM_SMART_PATH = "/SmartTransport"
MANAGEMENT = "management"
_PROXY_PORT = 80
# From this release on the transport `smart` may use another VRF than management.
_ANY_VRF = (10, 3, 2)


@dataclass(frozen=True, slots=True)
class Cslu:
    """A Cisco Smart License Utility: it takes reports and hands out no trust code to a token."""

    host: str


@dataclass(frozen=True, slots=True)
class Path:
    """A switch and all that decides how far its messages get."""

    configuration: Configuration
    network: Network
    cssm: Cssm
    release: str
    skew: timedelta
    anchors: tuple[str, ...]


def reach_by_policy(path: Path) -> LicenseServer | Cslu | Unreachable:
    """Follow the transport to the server that would get the message, or say why none does."""
    slp = path.configuration.slp
    if slp.mode == "callhome":
        return reach_server(path.configuration, path.network, path.cssm, path.skew, path.anchors)
    smart = slp.mode == "smart"
    url = _split(url_of(slp))
    wrong = _vrf_refused(path) if smart else ""
    wrong = wrong or _connected(path, url.hostname or "")
    if wrong:
        return Unreachable(wrong)
    if not smart and url.scheme == "http":
        return _cslu(url)
    if url.scheme != "https":
        return Unreachable(texts.SEND_ERROR)
    return _server(path, url, smart=smart)


def url_of(slp: SlpTransport) -> str:
    """Give the URL that messages go to; empty for call home and with transport off."""
    if slp.mode == "smart":
        return slp.smart_url or SMART_URL
    return (slp.cslu_url or CSLU_DISCOVERY) if slp.mode == "cslu" else ""


def _split(text: str) -> SplitResult:
    """Take a URL apart; one that is none has no host that could be resolved."""
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return urlsplit("")
    return url


def _vrf(path: Path) -> str:
    return path.configuration.slp.vrf or MANAGEMENT


def _vrf_refused(path: Path) -> str:
    numbers = tuple(int(n) for n in re.findall(r"\d+", path.release)[:3])
    return texts.SEND_ERROR if numbers < _ANY_VRF and _vrf(path) != MANAGEMENT else ""


def _connected(path: Path, host: str) -> str:
    """Connect to the host, for `smart` through the proxy if there is one; give the failure."""
    slp, vrf = path.configuration.slp, _vrf(path)
    if slp.mode == "smart" and slp.proxy_address:
        port = int(slp.proxy_port or _PROXY_PORT)
        reach = path.network.connect_by_proxy(
            slp.proxy_address, port, host, vrf, path.configuration
        )
    else:
        reach = path.network.connect(host, vrf, path.configuration)
    if reach is Reach.NO_NAME:
        return texts.RESOLVE_ERROR
    return "" if reach is Reach.CONNECTED else texts.SEND_ERROR


def _cslu(url: SplitResult) -> Cslu | Unreachable:
    if url.port != CSLU_PORT:
        return Unreachable(texts.SEND_ERROR)
    if url.path.rstrip("/") != CSLU_PATH:
        return Unreachable(texts.RESPONSE_ERROR)
    return Cslu(url.hostname or "")


def _server(path: Path, url: SplitResult, *, smart: bool) -> LicenseServer | Unreachable:
    """Go through TLS and HTTP with the cloud or an on-prem manager."""
    host = url.hostname or ""
    cloud = smart and host == SMART_RECEIVER
    server = path.cssm.cloud if cloud else path.cssm.on_prem
    if cloud and path.network.cloud_root not in path.anchors:
        return Unreachable(texts.TLS_ERROR)
    if not cloud and not server.speaks_for(host):
        return Unreachable(texts.TLS_ERROR)
    if cloud:
        served = url.path == SMART_PATH
    elif smart:
        served = url.path == ON_PREM_SMART_PATH
    else:
        served = url.path.startswith(f"{CSLU_PATH}/")
    if not served:
        return Unreachable(texts.RESPONSE_ERROR)
    return Unreachable(texts.CLOCK_ERROR) if abs(path.skew) >= MAX_SKEW else server
