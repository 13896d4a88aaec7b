"""Checks of the switch around its transport: regime, VDC, time, certificates, what is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
)
from nxsl.core.diagnosis_checks_path import primary_url
from nxsl.core.findings import Severity
from nxsl.core.intent import CLOUD_URL
from nxsl.core.regime import Platform, Regime
from nxsl.core.registration import MAX_CLOCK_SKEW
from nxsl.core.state import clock_skew, span
from nxsl.core.transport import diff_transport, same_transport

if TYPE_CHECKING:
    from nxsl.core.records import Clock
    from nxsl.core.system_records import NtpPeers

SAVE = "copy running-config startup-config"

NEW_ROOT, OLD_ROOT = "IdenTrust", "QuoVadis"
"""Whose root certificate Cisco's backend has now, and whose it had (Cisco FN72115)."""

# Recalled: Cisco documents the import of a CA certificate with these commands; the PEM text is
# pasted behind the second one.
_IMPORT = (
    "configure terminal",
    "crypto ca trustpoint IdenTrust",
    "  exit",
    "crypto ca authenticate IdenTrust",
    "(paste the PEM text of IdenTrust Commercial Root CA 1, then a line END OF INPUT; answer yes)",
    "end",
)


def regime(case: Case) -> Verdict:
    """The switch reaches for a backend at all."""
    facts, found = case.state.facts, case.state.regime
    what = f"{facts.chassis}, NX-OS {facts.release}"
    if found in {Regime.SMART_LICENSING, Regime.USING_POLICY}:
        return passed(what, why=found.words)
    if found is Regime.TRADITIONAL:
        return passed(what, why=f"{found.words}: no backend is needed")
    return skipped(f"{what} has {found.words}; nxsl knows no checks for it")


def vdc(case: Case) -> Verdict:
    """The session is in the default VDC, the one that licenses a Nexus 7000."""
    if case.state.platform is not Platform.N7000:
        return skipped("only a Nexus 7000 has VDCs")
    if case.evidence.vdc is None:
        return skipped(case.evidence.why_not(Source.VDC))
    if case.evidence.vdc.is_default:
        return passed(f"VDC {case.evidence.vdc}")
    return failed(
        f"this is VDC {case.evidence.vdc}; licensing is done in the default one",
        evidence=f"VDC {case.evidence.vdc}",
        lines=("switchback",),
    )


def smart_licensing(case: Case) -> Verdict:
    """Smart Licensing is on."""
    if case.state.status is None:
        return skipped("show license status: not read")
    if case.state.status.enabled:
        return passed("Smart Licensing is ENABLED")
    return failed("Smart Licensing is off", lines=configured("license smart enable"))


def clock(case: Case) -> Verdict:
    """Certificates bear a skew of less than an hour."""
    found, read_at = case.state.clock, case.state.read_at
    if found is None:
        return skipped("show clock: not read")
    skew = clock_skew(found, read_at)
    shown = _shown(found)
    if skew is None:
        return skipped(f"the clock runs in zone {found.zone}, which cannot be compared: {shown}")
    if abs(skew) < MAX_CLOCK_SKEW:
        return passed(shown)
    late = "ahead" if skew.total_seconds() > 0 else "behind"
    return failed(
        f"the clock is {span(abs(skew))} {late}; certificates count as invalid from one hour on",
        evidence="\n".join(filter(None, (shown, _shown_ntp(case.evidence.ntp)))),
        lines=configured("ntp server ADDRESS use-vrf VRF"),
    )


def _shown(clock: Clock) -> str:
    source = f", time source is {clock.source}" if clock.source else ""
    return f"{clock.local:%H:%M:%S %a %b %d %Y} {clock.zone}{source}"


def _shown_ntp(ntp: NtpPeers | None) -> str:
    if ntp is None:
        return ""
    return "\n".join(
        f"ntp {'*' if each.selected else ' '}{each.address} stratum {each.stratum}"
        for each in ntp.peers
    )


def ntp(case: Case) -> Verdict:
    """The switch follows a time server."""
    found = case.evidence.ntp
    if found is None:
        return skipped(case.evidence.why_not(Source.NTP))
    if not found.peers:
        return skipped("no NTP server is configured; the clock is right now, and nothing keeps it")
    if found.synchronised:
        return passed(_shown_ntp(found))
    return failed(
        "no NTP server is followed; the clock will drift until certificates count as invalid",
        evidence=_shown_ntp(found),
        lines=tuple(f"ping {each.address}" for each in found.peers),
        severity=Severity.WARNING,
    )


def ca_certificate(case: Case) -> Verdict:
    """The root that Cisco's backend has since FN72115 is trusted."""
    url = primary_url(case.evidence, case.intent)
    if host_of(url) != host_of(CLOUD_URL):
        return skipped("an on-prem server has its own certificate; FN72115 is about the cloud's")
    found = case.evidence.certificates
    if found is None:
        return skipped(case.evidence.why_not(Source.CERTIFICATES))
    subjects = [each.subject for each in found.certificates]
    new = [each for each in subjects if NEW_ROOT.lower() in each.lower()]
    old = [each for each in subjects if OLD_ROOT.lower() in each.lower()]
    if new:
        return passed("\n".join(new))
    if not old:
        return skipped(
            "no trust point holds a root of Cisco's backends; whether the release has it built in "
            "is not shown"
        )
    return failed(
        f"only {OLD_ROOT}'s root is trusted; Cisco's backend has {NEW_ROOT}'s (Cisco FN72115): "
        "upgrade, or import it",
        evidence="\n".join(old),
        lines=_IMPORT,
    )


def saved(case: Case) -> Verdict:
    """A reload keeps what works."""
    running, startup = case.state.transport, case.state.saved
    if running is None or startup is None:
        return skipped(case.evidence.why_not(Source.SAVED))
    if same_transport(startup, running):
        return passed()
    changes = [line for line in diff_transport(startup, running).splitlines() if line[0] in "+-"]
    return failed(
        "the startup configuration differs; a reload would bring it back",
        evidence="\n".join(changes),
        lines=(SAVE,),
        severity=Severity.WARNING,
    )


def policy_saved(case: Case) -> Verdict:
    """The same for the lines of Smart Licensing Using Policy."""
    running, startup = case.evidence.policy, case.evidence.policy_saved
    if running is None or startup is None:
        return skipped(case.evidence.why_not(Source.SAVED))
    if running == startup:
        return passed()
    return failed(
        "the `license smart` lines of the startup configuration differ; a reload would bring them "
        "back",
        evidence=f"running transport {running.mode}, saved {startup.mode}"
        if running.mode is not startup.mode
        else "the transport is the same, its URL, VRF or proxy is not",
        lines=(SAVE,),
        severity=Severity.WARNING,
    )


REGIME = Rule(code="regime", title="the release and its licensing are known", judge=regime)
VDC = Rule(code="default-vdc", title="the session is in the default VDC", judge=vdc)
SMART_LICENSING = Rule(
    code="smart-licensing",
    title="Smart Licensing is on",
    judge=smart_licensing,
    after=("default-vdc",),
)
CLOCK = Rule(code="clock", title="the clock is less than an hour off", judge=clock)
NTP = Rule(code="ntp", title="the clock follows a time server", judge=ntp, after=("clock",))
CERTIFICATE = Rule(
    code="ca-certificate",
    title="the backend's root certificate is trusted",
    judge=ca_certificate,
    after=("smart-licensing", "destination", "https", "url-path", "destination-intended"),
)
SAVED = Rule(code="saved", title="the transport is saved", judge=saved)
POLICY_SAVED = Rule(code="saved", title="the transport is saved", judge=policy_saved)
