"""Checks of call home, as cisco.com document 217965 has it for each of the three methods."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nxsl.core.diagnosis import (
    Case,
    Rule,
    Source,
    Verdict,
    configured,
    failed,
    host_of,
    passed,
    skipped,
    split,
)
from nxsl.core.diagnosis_checks_path import is_address, primary_url, vrf_is_there
from nxsl.core.findings import Severity
from nxsl.core.intent import CLOUD_URL, DEFAULT_EMAIL, ON_PREM_PATH, Method
from nxsl.core.transport import PROFILE, destinations, uses_http, vrf_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.core.records import CallHome

CALLHOME = "callhome"
_TO = f"destination-profile {PROFILE}"
_TYPO = f"{ON_PREM_PATH}end"


def _with_call_home(judge: Callable[[Case, CallHome], Verdict]) -> Callable[[Case], Verdict]:
    """A check that is skipped where call home was not read."""

    def judged(case: Case) -> Verdict:
        if case.call_home is None:
            return skipped(case.evidence.why_not(Source.TRANSPORT))
        return judge(case, case.call_home)

    return judged


def _lines(*lines: str) -> tuple[str, ...]:
    return configured(*lines, context=CALLHOME)


def wanted_url(case: Case) -> str:
    """The URL that should be there, with a placeholder where the inventory does not name it."""
    if case.intent is not None:
        return case.intent.url
    if case.method is Method.ON_PREM:
        return f"https://NAME-IN-CERTIFICATE{ON_PREM_PATH}"
    return CLOUD_URL


def email(case: Case, call_home: CallHome) -> Verdict:
    """The contact; `enable` is refused without one (recalled)."""
    wanted = case.intent.email if case.intent else None
    if call_home.email and wanted in (None, call_home.email):
        return passed(f"email-contact {call_home.email}")
    return failed(
        f"email-contact {wanted} is intended" if call_home.email else "call home has no contact",
        evidence=f"email-contact {call_home.email}" if call_home.email else "",
        lines=_lines(f"email-contact {wanted or DEFAULT_EMAIL}"),
        severity=Severity.WARNING if call_home.email else Severity.CRITICAL,
    )


def enabled(_: Case, call_home: CallHome) -> Verdict:
    """The line `enable`, which the document's broken case lacks."""
    if call_home.enabled:
        return passed("enable")
    return failed("callhome has no line 'enable'", lines=_lines("enable"))


def http_method(_: Case, call_home: CallHome) -> Verdict:
    """The profile uses transport method http."""
    if uses_http(call_home):
        return passed(f"{_TO} transport-method http")
    return failed(
        f"profile {PROFILE} does not use transport-method http",
        lines=_lines(f"{_TO} transport-method http"),
    )


def destination(case: Case, call_home: CallHome) -> Verdict:
    """The profile that the agent uses has a URL."""
    urls = destinations(call_home)
    if urls:
        return passed("\n".join(f"{_TO} http {url}" for url in urls))
    others = [
        f"destination-profile {each.profile} http {each.url}" for each in call_home.destinations
    ]
    return failed(
        f"the licensing agent uses profile {PROFILE} alone; the URL stands in another one"
        if others
        else f"profile {PROFILE} has no http destination",
        evidence="\n".join(others),
        lines=_lines(f"{_TO} http {wanted_url(case)}"),
    )


def _instead(case: Case, call_home: CallHome, url: str, new: str = "") -> tuple[str, ...]:
    """The lines that put another URL in the place of one."""
    index = next(
        (
            each.index
            for each in call_home.destinations
            if (each.profile, each.url) == (PROFILE, url)
        ),
        None,
    )
    at = f" index {index}" if index else ""
    return _lines(f"no {_TO}{at} http {url}", f"{_TO} http {new or wanted_url(case)}")


def https(case: Case, call_home: CallHome) -> Verdict:
    """No URL of the profile is plain http."""
    plain = [url for url in destinations(call_home) if url.lower().startswith("http://")]
    if not plain:
        return passed()
    return failed(
        "the licensing backends answer https only",
        evidence=f"{_TO} http {plain[0]}",
        lines=_instead(case, call_home, plain[0]),
    )


def url_path(case: Case, call_home: CallHome) -> Verdict:
    """The path is the one that the method's server serves to call home."""
    url = primary_url(case.evidence, case.intent)
    host, _, path = split(url)
    cloud_host, _, cloud_path = split(CLOUD_URL)
    is_cloud = host == cloud_host
    if (case.method is Method.ON_PREM) is is_cloud:
        return failed(
            f"method {case.method} does not go to {host}",
            evidence=f"{_TO} http {url}",
            lines=_instead(case, call_home, url),
        )
    right = cloud_path if is_cloud else ON_PREM_PATH
    if path == right:
        return passed(f"{_TO} http {url}")
    why = f"the path is {path or 'missing'}; call home is served at {right}"
    if path.lower().startswith("/smarttransport"):
        why = f"/SmartTransport is not for classic NX-OS; call home is served at {right}"
    elif path == _TYPO:
        why = f"the word 'end' is glued to the path; call home is served at {right}"
    new = urlsplit(url)._replace(path=right, query="", fragment="").geturl()
    return failed(why, evidence=f"{_TO} http {url}", lines=_instead(case, call_home, url, new))


def url_host(case: Case, call_home: CallHome) -> Verdict:
    """An https URL holds the name in the server's certificate, and no certificate an address."""
    url = primary_url(case.evidence, case.intent)
    host = host_of(url)
    if not is_address(host):
        return passed(host)
    new = wanted_url(case)
    if is_address(host_of(new)):
        new = f"https://NAME-IN-CERTIFICATE{ON_PREM_PATH}"
    return failed(
        f"the URL holds the address {host}; it must be the name in the server's certificate",
        evidence=f"{_TO} http {url}",
        lines=_instead(case, call_home, url, new),
    )


def destination_intended(case: Case, call_home: CallHome) -> Verdict:
    """The intended URL is among those of the profile."""
    if case.intent is None:
        return skipped("the inventory names no destination")
    if case.intent.url in destinations(call_home):
        return passed(f"{_TO} http {case.intent.url}")
    url = primary_url(case.evidence, case.intent)
    return failed(
        f"{case.intent.url} is intended",
        evidence=f"{_TO} http {url}",
        lines=_instead(case, call_home, url),
    )


def one_destination(case: Case, call_home: CallHome) -> Verdict:
    """Nothing but the one URL: which of several the agent takes is not documented."""
    used = primary_url(case.evidence, case.intent)
    found = [each for each in call_home.destinations if each.profile == PROFILE]
    strays = [each for each in found if each.url != used]
    if not strays:
        return passed()
    return failed(
        "the profile has more than one destination, and the agent may take the other one",
        evidence="\n".join(f"{_TO} index {each.index} http {each.url}" for each in strays),
        lines=_lines(*(f"no {_TO} index {each.index} http {each.url}" for each in strays)),
        severity=Severity.WARNING,
    )


def vrf(case: Case, call_home: CallHome) -> Verdict:
    """The VRF is the intended one, and is there."""
    used = vrf_of(call_home)
    shown = f"transport http use-vrf {call_home.vrf}" if call_home.vrf else ""
    if case.intent is not None and case.intent.vrf != used:
        return failed(
            f"call home uses VRF {used}; {case.intent.vrf} is intended",
            evidence=shown,
            lines=_lines(f"transport http use-vrf {case.intent.vrf}"),
        )
    lines = _lines("transport http use-vrf management")
    return vrf_is_there(case, used, shown=shown, lines=lines)


def proxy(case: Case, call_home: CallHome) -> Verdict:
    """A proxy is used where, and only where, one is intended, and it is complete."""
    shown = _shown_proxy(call_home)
    if case.intent is not None and case.method is not Method.PROXY:
        if not call_home.proxy_enabled:
            note = "its line alone has no effect" if call_home.proxy_server else ""
            return passed(shown, why=note)
        return failed(
            f"method {case.method} is intended, but a proxy is in use",
            evidence=shown,
            lines=_lines(f"no {_PROXY_ON}"),
        )
    wrong = _incomplete_proxy(case, call_home)
    if wrong is None:
        return passed(shown)
    why, lines = wrong
    return failed(why, evidence=shown, lines=_lines(*lines))


_PROXY_ON = "transport http proxy enable"
_ANY_PROXY = "transport http proxy server ADDRESS port PORT"


def _incomplete_proxy(case: Case, call_home: CallHome) -> tuple[str, tuple[str, ...]] | None:
    """What a proxy in use lacks, and the lines; None where it lacks nothing."""
    server, is_on = call_home.proxy_server, call_home.proxy_enabled
    wanted = case.intent.proxy if case.intent else None
    if wanted and (server, call_home.proxy_port) != (wanted.server, wanted.port):
        why = f"proxy {wanted.server} port {wanted.port} is intended"
        if is_on and not server:
            why += "; the proxy is enabled without a server"
        line = f"transport http proxy server {wanted.server} port {wanted.port}"
        return why, (line, *(() if is_on else (_PROXY_ON,)))
    if is_on and not server:
        return "the proxy is enabled, but no server is named", (_ANY_PROXY,)
    if server and not is_on:
        return "a proxy is named, but not enabled", (_PROXY_ON,)
    if case.method is Method.PROXY and not is_on:
        return "method proxy is meant, and no proxy is configured", (_ANY_PROXY, _PROXY_ON)
    return None


def _shown_proxy(call_home: CallHome) -> str:
    lines = []
    if call_home.proxy_server:
        port = f" port {call_home.proxy_port}" if call_home.proxy_port else ""
        lines.append(f"transport http proxy server {call_home.proxy_server}{port}")
    if call_home.proxy_enabled:
        lines.append("transport http proxy enable")
    return "\n".join(lines)


def source_interface(case: Case) -> Verdict:
    """The source of http is an interface of the VRF; in the document it was Vlan27."""
    found = case.state.transport
    if found is None:
        return skipped(case.evidence.why_not(Source.TRANSPORT))
    source, used = found.source_interface, vrf_of(found.call_home)
    shown = f"ip http source-interface {source}" if source else ""
    wanted = case.intent.source_interface if case.intent else None
    if wanted and wanted.lower() != source.lower():
        return failed(
            f"{wanted} is the intended source interface",
            evidence=shown,
            lines=configured(f"ip http source-interface {wanted}"),
        )
    if not source:
        return passed(why="the switch chooses by itself")
    is_mgmt0 = source.lower() == "mgmt0"
    # mgmt0 is the one interface whose VRF is known without asking: it is always in management.
    if is_mgmt0 != (used == "management"):
        right = "mgmt0" if used == "management" else f"INTERFACE-OF-{used}"
        return failed(
            f"{source} is not in VRF {used}, which call home uses",
            evidence=shown,
            lines=configured(f"ip http source-interface {right}"),
        )
    if not is_mgmt0:
        return skipped(
            f"whether {source} is in VRF {used} was not read; see `show running-config interface "
            f"{source}`"
        )
    return passed(shown)


_BASE = ("smart-licensing",)
_URL = ("https", "url-path", "url-host")

RULES: tuple[Rule, ...] = (
    Rule(
        code="email-contact",
        title="call home has a contact",
        judge=_with_call_home(email),
        after=_BASE,
    ),
    Rule(
        # Without a contact `enable` cannot be there.
        code="call-home-enabled",
        title="call home is enabled",
        judge=_with_call_home(enabled),
        after=(*_BASE, "email-contact"),
    ),
    Rule(
        code="http-method",
        title=f"profile {PROFILE} uses http",
        judge=_with_call_home(http_method),
        after=_BASE,
    ),
    Rule(
        code="destination",
        title=f"profile {PROFILE} has a destination",
        judge=_with_call_home(destination),
        after=_BASE,
    ),
    Rule(
        code="https",
        title="the destination is https",
        judge=_with_call_home(https),
        after=("destination",),
    ),
    Rule(
        code="url-path",
        title="the URL's path is the method's",
        judge=_with_call_home(url_path),
        after=("destination", "https"),
    ),
    Rule(
        code="url-host",
        title="the URL's host is a name",
        judge=_with_call_home(url_host),
        after=("destination", "https", "url-path"),
    ),
    Rule(
        code="destination-intended",
        title="the destination is the intended one",
        judge=_with_call_home(destination_intended),
        after=("destination", *_URL),
    ),
    Rule(
        code="one-destination",
        title="there is one destination",
        judge=_with_call_home(one_destination),
        after=("destination", *_URL, "destination-intended"),
    ),
    Rule(code="vrf", title="the VRF is right and there", judge=_with_call_home(vrf), after=_BASE),
    Rule(
        code="proxy",
        title="the proxy is as it should be",
        judge=_with_call_home(proxy),
        after=_BASE,
    ),
    Rule(
        code="source-interface",
        title="the http source interface is in the VRF",
        judge=source_interface,
        after=(*_BASE, "vrf"),
    ),
)

DECIDES_TARGET = ("smart-licensing", "destination", *_URL, "destination-intended", "vrf", "proxy")
"""The checks that decide what is connected to, and from where."""
