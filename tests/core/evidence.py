"""Evidence of healthy switches, for the tests of the diagnosis: one for each way to a backend."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nxsl.core.diagnosis import Evidence, Probe, Target
from nxsl.core.policy_records import (
    Exchange,
    Exchanges,
    PolicyMode,
    PolicyStatus,
    PolicyTransport,
    TrustCode,
    UsageReporting,
)
from nxsl.core.records import Ping, TelnetProbe
from nxsl.core.system_records import CaCertificate, CaCertificates, NtpPeer, NtpPeers, Vdc
from tests.core.builders import DAY, FACTS, NOW, ON_PREM_URL, state, transport

if TYPE_CHECKING:
    from nxsl.core.state import SwitchState

CLOUD = Target(host="tools.cisco.com", port=443, vrf="management")
RECEIVER = Target(host="smartreceiver.cisco.com", port=443, vrf="management")
ON_PREM = Target(host="ssm.example.com", port=443, vrf="management")
PROXY = Target(host="proxy.example.com", port=80, vrf="management")
CSLU_LOCAL = Target(host="cslu-local", port=8182, vrf="management")

IDENTRUST = CaCertificate(
    trustpoint="IdenTrust", subject="/C=US/O=IdenTrust/CN=IdenTrust Commercial Root CA 1"
)
QUOVADIS = CaCertificate(
    trustpoint="QuoVadis", subject="/C=BM/O=QuoVadis Limited/CN=QuoVadis Root CA 2"
)
PEER = NtpPeer(address="192.0.2.123", selected=True, stratum=2)


def probe(
    target: Target, *, connected: bool = True, resolved: bool = True, pings: int = 5
) -> Probe:
    """What came of a probe."""
    address = "192.0.2.38"
    words = f"Trying {address}..." + (f"\nConnected to {target.host}." if connected else "")
    return Probe(
        target=target,
        telnet=TelnetProbe(
            connected=connected, tried=(address,) if resolved else (), resolved=resolved
        ),
        ping=Ping(target=target.host, address=address, sent=5, received=pings)
        if resolved
        else None,
        words=words if resolved else f"{target.host}: Name or service not known",
    )


def classic(*urls: str, target: Target = CLOUD, **changes: Any) -> Evidence:
    """A switch with classic Smart Licensing, healthy."""
    call_home = {name: changes.pop(name) for name in tuple(changes) if name in _CALL_HOME}
    found = transport(*urls, **call_home)
    usual: dict[str, Any] = {
        "state": state(transport=found, saved=found),
        "vrfs": frozenset({"management"}),
        "name_servers": (("management", ("192.0.2.53",)),),
        "domain_lookup": True,
        "ntp": NtpPeers(peers=(PEER,)),
        "certificates": CaCertificates(certificates=(IDENTRUST,)),
        "probes": (probe(target),),
    }
    return Evidence(**{**usual, **changes})


_CALL_HOME = frozenset(
    {
        "on",
        "source",
        "enabled",
        "email",
        "methods",
        "destinations",
        "vrf",
        "proxy_server",
        "proxy_port",
        "proxy_enabled",
    }
)


def by_proxy(**changes: Any) -> Evidence:
    """The same behind a proxy."""
    usual = {"proxy_server": PROXY.host, "proxy_port": PROXY.port, "proxy_enabled": True}
    return classic(target=PROXY, **{**usual, **changes})


def on_prem(url: str = ON_PREM_URL, **changes: Any) -> Evidence:
    """The same with an on-prem server."""
    return classic(url, **{"target": ON_PREM, "certificates": CaCertificates(), **changes})


def of_state(evidence: Evidence, **changes: Any) -> Evidence:
    """Evidence with changes to its state."""
    changed: SwitchState = replace(evidence.state, **changes)
    return replace(evidence, state=changed)


POLICY = PolicyStatus(
    enabled=True,
    transport="Smart",
    trust=(TrustCode(installed=NOW - DAY),),
    reporting=UsageReporting(ack_deadline=NOW + 89 * DAY, next_report=NOW + 29 * DAY),
)
SENT = Exchange(name="Usage Reporting", total=1, succeeded=1, failed=0, last_success=NOW - DAY)


def policy(
    *,
    target: Target = RECEIVER,
    release: str = "10.2(4)",
    lines: dict[str, Any] | None = None,
    **changes: Any,
) -> Evidence:
    """A switch with Smart Licensing Using Policy, healthy."""
    found = PolicyTransport(**{"mode": PolicyMode.SMART, **(lines or {})})
    usual: dict[str, Any] = {
        "state": state(
            facts=replace(FACTS, version=release, release=release),
            status=None,
            policy=POLICY,
            transport=None,
            saved=None,
        ),
        "vrfs": frozenset({"management"}),
        "name_servers": (("management", ("192.0.2.53",)),),
        "domain_lookup": True,
        "ntp": NtpPeers(peers=(PEER,)),
        "policy": found,
        "policy_saved": found,
        "exchanges": Exchanges(exchanges=(SENT,)),
        "probes": (probe(target),),
    }
    return Evidence(**{**usual, **changes})


def nexus_7000(**changes: Any) -> Evidence:
    """A Nexus 7000 in its default VDC."""
    facts = replace(FACTS, chassis="Nexus7000 C7009", version="8.4(2)", release="8.4(2)")
    found = classic(**{"vdc": Vdc(number=1, name="core1"), **changes})
    return of_state(found, facts=replace(facts, image_label="system"))
