"""Checks of the way out: name servers, name resolution, and the very host and port."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from nxsl.core.diagnosis import (
    NOT_PROBED,
    Case,
    Evidence,
    Rule,
    Source,
    Target,
    Verdict,
    configured,
    failed,
    passed,
    skipped,
    split,
)
from nxsl.core.policy_records import DEFAULT_POLICY_VRF, SMART_URL, PolicyMode
from nxsl.core.regime import Regime
from nxsl.core.transport import DEFAULT_VRF, destinations, is_always_there, vrf_of

if TYPE_CHECKING:
    from nxsl.core.intent import LicensingIntent
    from nxsl.core.policy_records import PolicyTransport

CSLU_DISCOVERY = "http://cslu-local:8182/cslu/v1/pi"
"""Where transport cslu goes without a URL (the name is recalled, the port is Cisco's example)."""

DEFAULT_PROXY_PORT = 8080
"""The port of a call-home proxy whose line names none (recalled)."""

DEFAULT_POLICY_PROXY_PORT = 80
"""The same for Smart Licensing Using Policy (recalled)."""


def primary_url(evidence: Evidence, intent: LicensingIntent | None) -> str:
    """The destination that counts: the intended one where it is there, else the first."""
    found = evidence.state.transport
    urls = destinations(found.call_home) if found else ()
    if intent is not None and intent.url in urls:
        return intent.url
    return urls[0] if urls else ""


def policy_url(policy: PolicyTransport) -> str:
    """Where reports go; empty where none are sent or call home decides."""
    if policy.mode is PolicyMode.SMART:
        return policy.smart_url or SMART_URL
    return (policy.cslu_url or CSLU_DISCOVERY) if policy.mode is PolicyMode.CSLU else ""


def backend_of(evidence: Evidence, intent: LicensingIntent | None) -> Target | None:
    """The backend's host and port as configured; None where nothing is."""
    policy = _policy_of(evidence)
    if policy is not None and policy.mode is not PolicyMode.CALLHOME:
        url, vrf = policy_url(policy), policy.vrf or DEFAULT_POLICY_VRF
    elif evidence.state.transport is not None:
        url, vrf = primary_url(evidence, intent), vrf_of(evidence.state.transport.call_home)
    else:
        return None
    host, port, _ = split(url)
    return Target(host=host, port=port, vrf=vrf) if host else None


def proxy_of(evidence: Evidence) -> Target | None:
    """The proxy in use; None where there is none."""
    policy = _policy_of(evidence)
    if policy is not None and policy.mode is not PolicyMode.CALLHOME:
        if policy.mode is not PolicyMode.SMART or not policy.proxy_address:
            return None
        return Target(
            host=policy.proxy_address,
            port=policy.proxy_port or DEFAULT_POLICY_PROXY_PORT,
            vrf=policy.vrf or DEFAULT_POLICY_VRF,
        )
    call_home = evidence.state.transport.call_home if evidence.state.transport else None
    if call_home is None or not (call_home.proxy_enabled and call_home.proxy_server):
        return None
    return Target(
        host=call_home.proxy_server,
        port=call_home.proxy_port or DEFAULT_PROXY_PORT,
        vrf=vrf_of(call_home),
    )


def target_of(evidence: Evidence, intent: LicensingIntent | None) -> Target | None:
    """What the switch itself connects to: the proxy, where one is in use, else the backend."""
    return proxy_of(evidence) or backend_of(evidence, intent)


def is_address(host: str) -> bool:
    """Whether a host is written as an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def intended_target(evidence: Evidence, intent: LicensingIntent) -> Target | None:
    """What the switch would connect to if it were configured as intended; None where nothing."""
    return target_of_intent(intent, by_policy=evidence.state.regime is Regime.USING_POLICY)


def target_of_intent(intent: LicensingIntent, *, by_policy: bool) -> Target | None:
    """What an intent leads to under Smart Licensing Using Policy, or under Smart Licensing."""
    if by_policy and intent.policy_mode is not PolicyMode.CALLHOME:
        url, vrf = intent.policy_url, intent.policy_vrf
        by_proxy = intent.policy_mode is PolicyMode.SMART
    else:
        url, vrf, by_proxy = intent.url, intent.vrf, True
    if by_proxy and intent.proxy:
        return Target(host=intent.proxy.server, port=intent.proxy.port, vrf=vrf)
    host, port, _ = split(url)
    return Target(host=host, port=port, vrf=vrf) if host else None


def _policy_of(evidence: Evidence) -> PolicyTransport | None:
    return evidence.policy if evidence.state.regime is Regime.USING_POLICY else None


def vrf_is_there(case: Case, vrf: str, *, shown: str, lines: tuple[str, ...]) -> Verdict:
    """Whether a VRF is there; `lines` choose another one where the inventory does not ask for it.

    Args:
        case: the case.
        vrf: its name.
        shown: the line that names it; empty where none does.
        lines: what to type.
    """
    if is_always_there(vrf):
        return passed(shown or f"VRF {vrf}, as no line names one")
    if case.evidence.vrfs is None:
        return skipped(case.evidence.why_not(Source.VRFS))
    if vrf in case.evidence.vrfs:
        return passed(shown)
    if case.intent is None:
        return failed(f"the switch has no VRF {vrf}", evidence=shown, lines=lines)
    return failed(
        f"the switch has no VRF {vrf}: configure it, or correct 'vrf' in the inventory",
        evidence=shown,
        lines=("show vrf",),
    )


_NOTHING = "no destination is known"


def _named_target(case: Case) -> Target | Verdict:
    """The target, where it is a name; else why names do not matter."""
    target = target_of(case.evidence, case.intent)
    if target is None:
        return skipped(_NOTHING)
    if is_address(target.host):
        return skipped(f"{target.host} is an address; no name has to be looked up")
    return target


def name_server(case: Case) -> Verdict:
    """A name server is configured in the VRF that is used."""
    target = _named_target(case)
    if isinstance(target, Verdict):
        return target
    if case.evidence.name_servers is None:
        return skipped(case.evidence.why_not(Source.NAME_SERVERS))
    servers = case.evidence.servers_of(target.vrf)
    wanted = case.intent.name_servers if case.intent else ()
    missing = [each for each in wanted if each not in servers]
    if servers and not missing:
        return passed(f"VRF {target.vrf}: ip name-server {' '.join(servers)}")
    names = missing or ["ADDRESS"]
    return failed(
        f"VRF {target.vrf} lacks name server {', '.join(missing)}, which is intended"
        if missing
        else f"VRF {target.vrf} has no name server, so {target.host} cannot be looked up",
        evidence=f"VRF {target.vrf}: ip name-server {' '.join(servers)}" if servers else "",
        lines=configured(
            *(f"ip name-server {each}" for each in names),
            context="" if target.vrf == DEFAULT_VRF else f"vrf context {target.vrf}",
        ),
    )


def domain_lookup(case: Case) -> Verdict:
    """Names are looked up at all."""
    target = _named_target(case)
    if isinstance(target, Verdict):
        return target
    if case.evidence.domain_lookup is None:
        return skipped(case.evidence.why_not(Source.DOMAIN_LOOKUP))
    if case.evidence.domain_lookup:
        return passed()
    return failed(
        f"the switch looks no names up, so {target.host} has no address",
        evidence="no ip domain-lookup",
        lines=configured("ip domain-lookup"),
    )


def server_answers(case: Case) -> Verdict:
    """A name server answers: by an address for the name, or else by a ping."""
    target = _named_target(case)
    if isinstance(target, Verdict):
        return target
    probe = case.evidence.probe_of(target)
    if probe is None or probe.resolved is None:
        return skipped(probe.not_made if probe and probe.not_made else NOT_PROBED)
    if probe.resolved:
        return passed(why=f"{target.host} has an address")
    asked = case.evidence.server_answers
    if not asked:
        return skipped("no ping to a name server could be made")
    alive = [server for server, answers in asked if answers]
    if alive:
        return passed(f"{', '.join(alive)} answers a ping")
    servers = ", ".join(server for server, _ in asked)
    return failed(
        f"no name server answers in VRF {target.vrf}: it is down, or the VRF has no route to it",
        evidence=f"{probe.words}\nping {servers}: no answer".strip(),
        lines=(
            f"show ip route {asked[0][0]} vrf {target.vrf}",
            f"ping {asked[0][0]} vrf {target.vrf}",
        ),
    )


def name_resolution(case: Case) -> Verdict:
    """The very host has an address."""
    target = _named_target(case)
    if isinstance(target, Verdict):
        return target
    probe = case.evidence.probe_of(target)
    if probe is None or probe.resolved is None:
        return skipped(probe.not_made if probe and probe.not_made else NOT_PROBED)
    if probe.resolved:
        return passed(_address_of(case, target))
    return failed(
        f"{target.host} has no address in VRF {target.vrf}, although a name server answers: "
        "it does not know the name",
        evidence=probe.words,
        lines=(f"ping {target.host} vrf {target.vrf}",),
    )


def _address_of(case: Case, target: Target) -> str:
    probe = case.evidence.probe_of(target)
    tried = probe.telnet.tried if probe and probe.telnet else ()
    address = tried[-1] if tried else probe.ping.address if probe and probe.ping else ""
    return f"{target.host} is {address}" if address else ""


def proxy_reachable(case: Case) -> Verdict:
    """The proxy takes a connection at its port."""
    target = proxy_of(case.evidence)
    if target is None:
        return skipped("no proxy is in use")
    return _reached(case, target, "the proxy")


def backend_reachable(case: Case) -> Verdict:
    """The backend takes a connection at its port."""
    target = backend_of(case.evidence, case.intent)
    if target is None:
        return skipped(_NOTHING)
    if proxy_of(case.evidence) is not None:
        return skipped(
            f"a proxy is in use: whether {target.host} can be reached directly says nothing"
        )
    return _reached(case, target, "the backend")


def _reached(case: Case, target: Target, what: str) -> Verdict:
    probe = case.evidence.probe_of(target)
    if probe is None:
        return skipped(NOT_PROBED)
    if probe.telnet is None:
        return skipped(probe.not_made or "the telnet could not be read")
    silent = probe.ping is not None and not probe.ping.received
    if probe.connected:
        note = "ping gets no answer, which means nothing while telnet connects" if silent else ""
        return passed(probe.words, why=note)
    also = "; ping gets no answer either" if silent else ""
    if probe.ping is not None and probe.ping.received:
        also = "; ping is answered, so it is the port: a firewall, or another port number"
    return failed(
        f"{what} does not take a connection: {target}{also}",
        evidence=probe.words,
        lines=(f"telnet {target.host} {target.port} vrf {target.vrf}",),
    )


def names_and_reach(after: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules of this file, in their order.

    Args:
        after: the checks that decide what is connected to.
    """
    names = (*after, "name-server", "domain-lookup", "name-server-answers", "name-resolution")
    return (
        Rule(code="name-server", title="the VRF has a name server", judge=name_server, after=after),
        Rule(
            code="domain-lookup", title="names are looked up", judge=domain_lookup, after=names[:-3]
        ),
        Rule(
            code="name-server-answers",
            title="a name server answers",
            judge=server_answers,
            after=names[:-2],
        ),
        Rule(
            code="name-resolution",
            title="the backend's or proxy's name has an address",
            judge=name_resolution,
            after=names[:-1],
        ),
        Rule(
            code="proxy-reachable",
            title="the proxy takes a connection",
            judge=proxy_reachable,
            after=names,
        ),
        Rule(
            code="backend-reachable",
            title="the backend takes a connection",
            judge=backend_reachable,
            after=names,
        ),
    )
