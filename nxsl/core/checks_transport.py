"""Checks of the way to the backend: call home, VRF, proxy, source interface, what is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.findings import Finding, Severity
from nxsl.core.intent import Method
from nxsl.core.plan import plan_transport
from nxsl.core.transport import (
    PROFILE,
    Transport,
    destinations,
    uses_http,
    vrf_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.core.findings import View
    from nxsl.core.intent import LicensingIntent

CONFIGURE = "nxsl configure"


def problems(transport: Transport) -> Iterator[Finding]:
    """What keeps the agent from reaching any backend, whatever is intended.

    These are the causes of cisco.com document 217965 that a configuration shows by itself.
    """
    call_home = transport.call_home
    urls = destinations(call_home)
    plain = [url for url in urls if url.lower().startswith("http://")]
    if not call_home.enabled:
        yield Finding(
            code="call-home-not-enabled",
            severity=Severity.CRITICAL,
            message="callhome has no line 'enable'",
            remedy=CONFIGURE,
        )
    if plain:
        yield Finding(
            code="http-destination",
            severity=Severity.CRITICAL,
            message=f"profile {PROFILE} sends to {plain[0]}; the backends answer https only",
            remedy=CONFIGURE,
        )
    elif not urls:
        yield Finding(
            code="no-destination",
            severity=Severity.CRITICAL,
            message=f"profile {PROFILE} has no http destination",
            remedy=CONFIGURE,
        )
    if not uses_http(call_home):
        yield Finding(
            code="no-http-method",
            severity=Severity.CRITICAL,
            message=f"profile {PROFILE} does not use transport-method http",
            remedy=CONFIGURE,
        )
    if not call_home.email:
        yield Finding(
            code="no-email-contact",
            severity=Severity.WARNING,
            message="callhome has no email-contact",
            remedy=CONFIGURE,
        )
    if call_home.proxy_enabled and not call_home.proxy_server:
        yield Finding(
            code="proxy-without-server",
            severity=Severity.CRITICAL,
            message="the HTTP proxy is enabled, but no proxy server is named",
            remedy=CONFIGURE,
        )
    yield from _source_interface(transport)


def _source_interface(transport: Transport) -> Iterator[Finding]:
    source, vrf = transport.source_interface, vrf_of(transport.call_home)
    # mgmt0 is the one interface whose VRF is known without asking: it is always in management.
    if source and (source.lower() == "mgmt0") != (vrf == "management"):
        yield Finding(
            code="source-interface-outside-vrf",
            severity=Severity.CRITICAL,
            message=f"ip http source-interface is {source}, but call home uses VRF {vrf}",
            remedy="nxsl configure with source_interface: mgmt0 in the intent"
            if vrf == "management"
            else f"name an interface of VRF {vrf} as source_interface in the intent",
        )


def transport(view: View) -> Iterator[Finding]:
    """The problems, unless licence files count and nobody intends anything else."""
    status = view.state.status
    by_file = status is not None and not status.enabled and view.intent is None
    if view.state.transport is not None and not by_file:
        yield from problems(view.state.transport)


# A difference from the intent that a problem has said already.
SAID_BY = {
    "no-destination": "destination-differs",
    "http-destination": "destination-differs",
    "no-email-contact": "email-differs",
}


def intended(view: View) -> Iterator[Finding]:
    """What differs from the intent."""
    found = view.state.transport
    if found is None or view.intent is None:
        return
    said = frozenset(SAID_BY.get(each.code, "") for each in problems(found))
    for code, message in differences(found, view.intent):
        if code in said:
            continue
        yield Finding(code=code, severity=Severity.WARNING, message=message, remedy=CONFIGURE)
    yield from strays(found, view.intent)


def strays(found: Transport, intent: LicensingIntent) -> Iterator[Finding]:
    """Other destinations than the intended one."""
    for url in plan_transport(found, intent).strays:
        yield Finding(
            code="stray-destination",
            severity=Severity.INFO,
            message=f"profile {PROFILE} also sends to {url}, which is not intended",
            remedy="nxsl configure --remove-strays",
        )


def surroundings_differ(
    found: Transport, intent: LicensingIntent, vrf: str
) -> Iterator[tuple[str, str]]:
    """How source interface and name servers differ from the intent, as (code, message)."""
    wanted = intent.source_interface
    if wanted and wanted.lower() != found.source_interface.lower():
        has = found.source_interface or "not set"
        yield "source-interface-differs", f"ip http source-interface is {has}, not {wanted}"
    missing = [each for each in intent.name_servers if each not in found.servers_of(vrf)]
    if missing:
        yield "name-server-missing", f"VRF {vrf} lacks name server {', '.join(missing)}"


def differences(found: Transport, intent: LicensingIntent) -> Iterator[tuple[str, str]]:
    """How call home differs from the intent, as (code, message)."""
    call_home = found.call_home
    urls = destinations(call_home)
    if intent.url not in urls:
        yield "destination-differs", f"no destination {intent.url}, which is intended"
    if intent.vrf != vrf_of(call_home):
        yield "vrf-differs", f"call home uses VRF {vrf_of(call_home)}; {intent.vrf} is intended"
    if intent.email and intent.email != call_home.email:
        yield "email-differs", f"email-contact is {call_home.email or 'missing'}"
    yield from surroundings_differ(found, intent, intent.vrf)
    if intent.method is Method.PROXY and intent.proxy:
        proxy = (call_home.proxy_server, call_home.proxy_port, call_home.proxy_enabled)
        if proxy != (intent.proxy.server, intent.proxy.port, True):
            yield (
                "proxy-differs",
                f"proxy {intent.proxy.server} port {intent.proxy.port} is intended and not in use",
            )
    elif call_home.proxy_enabled:
        yield "proxy-differs", f"method {intent.method} is intended, but a proxy is in use"


_WAY = frozenset({"destination-differs", "vrf-differs", "proxy-differs"})


def way_differs(found: Transport, intent: LicensingIntent) -> list[str]:
    """What differs from the intent so that another backend, or none, would be reached."""
    return [message for code, message in differences(found, intent) if code in _WAY]


CHECKS: tuple[Callable[[View], Iterator[Finding]], ...] = (transport, intended)
