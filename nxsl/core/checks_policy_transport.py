"""Checks of the way of usage reports under Smart Licensing Using Policy."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nxsl.core import checks_transport
from nxsl.core.findings import Finding, Severity
from nxsl.core.intent import Method
from nxsl.core.policy_lines import what_is_missing
from nxsl.core.policy_records import DEFAULT_POLICY_VRF, SMART_URL, PolicyMode, PolicyTransport
from nxsl.core.regime import Quirk, quirks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.core.findings import View
    from nxsl.core.intent import LicensingIntent
    from nxsl.core.records import DeviceFacts
    from nxsl.core.transport import Transport

CONFIGURE = checks_transport.CONFIGURE


def reports_to(found: PolicyTransport) -> str:
    """The URL that reports go to; empty for call home, for none, and where nothing is sent."""
    if found.mode is PolicyMode.SMART:
        return found.smart_url or SMART_URL
    return found.cslu_url if found.mode is PolicyMode.CSLU else ""


def vrf_limit(mode: PolicyMode, vrf: str, facts: DeviceFacts) -> str:
    """Why the release cannot report through `vrf`; empty where it can."""
    limited = Quirk.MANAGEMENT_VRF_ONLY in quirks_of(facts)
    if mode is not PolicyMode.SMART or vrf == DEFAULT_POLICY_VRF or not limited:
        return ""
    return (
        f"transport smart works through VRF {DEFAULT_POLICY_VRF} only on NX-OS {facts.release}, "
        f"not through {vrf} (other VRFs from 10.3(2)F on)"
    )


def problems(transport: Transport, facts: DeviceFacts) -> Iterator[Finding]:
    """What keeps reports from arriving anywhere, whatever is intended."""
    found = transport.policy or PolicyTransport()
    if found.mode is PolicyMode.CALLHOME:
        yield from checks_transport.problems(transport)
        return
    url = reports_to(found)
    if found.mode is PolicyMode.CSLU and not url:
        yield Finding(
            code="no-cslu-url",
            severity=Severity.CRITICAL,
            message="transport cslu has no URL, so the switch only looks for a host cslu-local",
            remedy=CONFIGURE,
        )
    if found.mode is PolicyMode.SMART and url.lower().startswith("http://"):
        yield Finding(
            code="http-destination",
            severity=Severity.CRITICAL,
            message=f"transport smart sends to {url}; Cisco answers https only",
            remedy=CONFIGURE,
        )
    limit = vrf_limit(found.mode, found.vrf or DEFAULT_POLICY_VRF, facts)
    if limit:
        yield Finding(
            code="vrf-unknown-to-release",
            severity=Severity.CRITICAL,
            message=limit,
            remedy="use VRF management (field policy.vrf of the intent), then nxsl configure",
        )
    if url.lower().startswith("https://") and _is_address(urlsplit(url).hostname or ""):
        yield Finding(
            code="address-in-url",
            severity=Severity.WARNING,
            message=f"{url} names the server by its address; its certificate holds a name",
            remedy="use exactly the URL that the on-prem server shows (field policy.url)",
        )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def transport(view: View) -> Iterator[Finding]:
    """The problems."""
    if view.state.transport is not None:
        yield from problems(view.state.transport, view.state.facts)


# A difference from the intent that a problem has said already.
_SAID_BY = {**checks_transport.SAID_BY, "no-cslu-url": "destination-differs"}


def intended(view: View) -> Iterator[Finding]:
    """What differs from the intent."""
    found = view.state.transport
    if found is None or view.intent is None:
        return
    missing = what_is_missing(view.intent)
    if missing:
        yield Finding(
            code="intent-incomplete",
            severity=Severity.WARNING,
            message=f"the inventory lacks {missing}",
            remedy="give exactly the URL that the on-prem server, or the CSLU, listens on",
        )
    said = frozenset(_SAID_BY.get(each.code, "") for each in problems(found, view.state.facts))
    for code, message in _differences(found, view.intent):
        if code not in said:
            yield Finding(code=code, severity=Severity.WARNING, message=message, remedy=CONFIGURE)
    mode = found.policy.mode if found.policy else None
    if mode is view.intent.policy_mode is PolicyMode.CALLHOME:
        yield from checks_transport.strays(found, view.intent)


def _differences(transport: Transport, intent: LicensingIntent) -> Iterator[tuple[str, str]]:
    found, mode = transport.policy or PolicyTransport(), intent.policy_mode
    if found.mode is not mode:
        yield "transport-differs", f"transport is {found.mode}; {mode} is intended"
        return
    if mode is PolicyMode.OFF:
        return
    if mode is PolicyMode.CALLHOME:
        yield from checks_transport.differences(transport, intent)
        return
    url, wanted = reports_to(found), intent.policy_url
    if wanted and url != wanted:
        yield "destination-differs", f"reports go to {url or 'nowhere'}, not to {wanted}"
    vrf = found.vrf or DEFAULT_POLICY_VRF
    if vrf != intent.policy_vrf:
        yield "vrf-differs", f"reports use VRF {vrf}; {intent.policy_vrf} is intended"
    yield from _proxy_differs(found, intent)
    yield from checks_transport.surroundings_differ(transport, intent, intent.policy_vrf)


def _proxy_differs(found: PolicyTransport, intent: LicensingIntent) -> Iterator[tuple[str, str]]:
    proxy = intent.proxy if intent.method is Method.PROXY else None
    if proxy and (found.proxy_address, found.proxy_port) != (proxy.server, proxy.port):
        what = f"proxy {proxy.server} port {proxy.port} is intended and not in use"
        yield "proxy-differs", what
    elif not proxy and found.proxy_address:
        yield "proxy-differs", f"method {intent.method} is intended, but a proxy is in use"


_WAY = frozenset({"transport-differs", "destination-differs", "vrf-differs", "proxy-differs"})


def way_differs(transport: Transport, intent: LicensingIntent) -> list[str]:
    """What differs from the intent so that another backend, or none, would be reached."""
    return [message for code, message in _differences(transport, intent) if code in _WAY]


CHECKS: tuple[Callable[[View], Iterator[Finding]], ...] = (transport, intended)
