"""Why a switch does not reach its licensing backend: one check after the other, as evidence goes.

The order is the one of cisco.com document 217965: first what a configuration shows by itself, then
names and reachability, then time and certificates, last what the agent itself says. A check that a
failed one makes meaningless is skipped and names it, so that one cause fails one check.

Pure. The types and the engine; the checks are in `diagnosis_checks_*`, and `diagnose` runs them
over what `nxsl.nxos.examine` has read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nxsl.core.findings import Severity
from nxsl.core.intent import CLOUD_URL, Method
from nxsl.core.outcome import TaskRecord
from nxsl.core.policy_records import PolicyMode
from nxsl.core.regime import Regime
from nxsl.core.transport import destinations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.policy_records import Exchanges, PolicyTransport
    from nxsl.core.records import CallHome, Ping, TelnetProbe
    from nxsl.core.state import SwitchState
    from nxsl.core.system_records import CaCertificates, NtpPeers, Vdc


class CheckResult(StrEnum):
    """What became of a check."""

    PASS = "pass"  # noqa: S105 (a result)
    FAIL = "fail"
    SKIPPED = "skipped"
    """Not judged, and `why` says why; never a pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of one switch.

    Attributes:
        code: a short name that never changes, for filters and scripts.
        title: what holds where it passes.
        result: pass, fail or skipped.
        why: one sentence on it; always there unless it passed plainly.
        evidence: the switch's own words.
        lines: exactly what to type on the switch; empty where typing does not mend it.
        severity: how bad a failure is.
        explained_by: the failed check that made this one be skipped; else empty.
    """

    code: str
    title: str
    result: CheckResult
    why: str = ""
    evidence: str = ""
    lines: tuple[str, ...] = ()
    severity: Severity = Severity.CRITICAL
    explained_by: str = ""

    @property
    def is_critical(self) -> bool:
        """Whether it failed, and what it is about keeps the switch from its backend."""
        return self.result is CheckResult.FAIL and self.severity is Severity.CRITICAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Which of the three methods fits, as far as that was tried.

    Attributes:
        method: the method; None where nothing that was tried answers.
        tried: whether anything was tried at all.
        why: one sentence.
    """

    method: Method | None
    why: str
    tried: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Every check of one switch, in their order."""

    checks: tuple[Check, ...]
    advice: Advice | None = None

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return self.of(CheckResult.FAIL)

    def of(self, result: CheckResult) -> tuple[Check, ...]:
        """The checks with that result."""
        return tuple(each for each in self.checks if each.result is result)

    def named(self, code: str) -> Check | None:
        """The check of that code; None where it does not apply to the switch's regime."""
        return next((each for each in self.checks if each.code == code), None)

    def __str__(self) -> str:
        counts = [(len(self.of(result)), result) for result in CheckResult]
        return ", ".join(f"{count} {result}" for count, result in counts if count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a probe goes to: host and TCP port, through a VRF."""

    host: str
    port: int
    vrf: str

    def __str__(self) -> str:
        return f"{self.host} port {self.port} in VRF {self.vrf}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What came of ping and telnet to a target.

    Attributes:
        target: the target.
        telnet: None where it could not be made or read.
        ping: likewise.
        words: the switch's own, of the telnet.
        not_made: why there is no telnet, in the switch's words; else empty.
    """

    target: Target
    telnet: TelnetProbe | None = None
    ping: Ping | None = None
    words: str = ""
    not_made: str = ""

    @property
    def connected(self) -> bool:
        """Whether the port took the connection."""
        return self.telnet is not None and self.telnet.connected

    @property
    def resolved(self) -> bool | None:
        """Whether the name has an address; None where nothing tells."""
        made = [each.resolved for each in (self.telnet, self.ping) if each is not None]
        return any(made) if made else None


class Source(StrEnum):
    """What evidence is made of beside a `SwitchState`; the names of `Evidence.not_read`."""

    VRFS = "VRFs"
    NAME_SERVERS = "name servers"
    DOMAIN_LOOKUP = "ip domain-lookup"
    VDC = "VDC"
    NTP = "NTP"
    CERTIFICATES = "CA certificates"
    EXCHANGES = "license tech support"
    POLICY = "license smart lines"
    TRANSPORT = "call home"
    SAVED = "startup configuration"


NOT_PROBED = "no ping and no telnet was sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that the checks look at. None means not read; `not_read` says why.

    Attributes:
        state: what `verify` reads.
        vrfs: the names of the VRFs that are configured, and those that are always there.
        name_servers: (VRF, name servers) of the VRFs that have any.
        domain_lookup: whether the switch looks names up at all.
        vdc: the virtual device context; Nexus 7000 only.
        ntp: the time servers.
        certificates: the CA certificates of the trust points.
        policy: the transport of Smart Licensing Using Policy, running.
        policy_saved: the saved one.
        exchanges: the agent's statistics under Smart Licensing Using Policy.
        probes: what was tried, with what came of it.
        server_answers: (name server, whether it answers a ping), asked where a name has no address.
        not_read: by `Source`, why it is None.
    """

    state: SwitchState
    vrfs: frozenset[str] | None = None
    name_servers: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    domain_lookup: bool | None = None
    vdc: Vdc | None = None
    ntp: NtpPeers | None = None
    certificates: CaCertificates | None = None
    policy: PolicyTransport | None = None
    policy_saved: PolicyTransport | None = None
    exchanges: Exchanges | None = None
    probes: tuple[Probe, ...] = ()
    server_answers: tuple[tuple[str, bool], ...] = ()
    not_read: Mapping[Source, str] = field(default_factory=dict)

    def probe_of(self, target: Target) -> Probe | None:
        """What came of the probe to a target; None where none was sent."""
        return next((each for each in self.probes if each.target == target), None)

    def servers_of(self, vrf: str) -> tuple[str, ...]:
        """The name servers configured in a VRF."""
        return dict(self.name_servers or ()).get(vrf, ())

    def why_not(self, source: Source) -> str:
        """Why something is not there."""
        return self.not_read.get(source, f"{source}: not read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check's function says; see `Check` for the fields."""

    result: CheckResult
    why: str = ""
    evidence: str = ""
    lines: tuple[str, ...] = ()
    severity: Severity = Severity.CRITICAL


def passed(evidence: str = "", *, why: str = "") -> Verdict:
    """It is as it should be."""
    return Verdict(result=CheckResult.PASS, why=why, evidence=evidence)


def skipped(why: str) -> Verdict:
    """It was not judged."""
    return Verdict(result=CheckResult.SKIPPED, why=why)


def failed(
    why: str,
    *,
    evidence: str = "",
    lines: tuple[str, ...] = (),
    severity: Severity = Severity.CRITICAL,
) -> Verdict:
    """It is not as it should be."""
    return Verdict(
        result=CheckResult.FAIL, why=why, evidence=evidence, lines=lines, severity=severity
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a check's function is given.

    Attributes:
        evidence: what was read.
        intent: what the inventory says; None where it says nothing.
        method: the method that the switch is judged by.
        failed: the codes of the checks before that have failed and are critical: what is only a
            warning keeps no message from arriving.
    """

    evidence: Evidence
    intent: LicensingIntent | None
    method: Method
    failed: tuple[str, ...] = ()

    @property
    def state(self) -> SwitchState:
        """What `verify` reads."""
        return self.evidence.state

    @property
    def call_home(self) -> CallHome | None:
        """The running call home; None where it was not read."""
        return self.state.transport.call_home if self.state.transport else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one check is made.

    Attributes:
        code: see `Check`.
        title: see `Check`.
        judge: looks at the case.
        after: checks without which this one means nothing.
    """

    code: str
    title: str
    judge: Callable[[Case], Verdict]
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnoseRecord(TaskRecord):
    """The result of `diagnose`.

    Attributes:
        diagnosis: the checks; None where the switch could not be read.
        regime: how the switch is licensed.
    """

    diagnosis: Diagnosis | None = None
    regime: Regime | None = None


def run_rules(rules: tuple[Rule, ...], case: Case) -> tuple[Check, ...]:
    """Judge in order; what hangs on a failed check is skipped and names the first cause."""
    checks: list[Check] = []
    causes: dict[str, str] = {}
    for rule in rules:
        cause = next((causes[code] for code in rule.after if code in causes), "")
        if cause:
            causes[rule.code] = cause
            checks.append(
                Check(
                    code=rule.code,
                    title=rule.title,
                    result=CheckResult.SKIPPED,
                    why=f"says nothing while check {cause} fails",
                    explained_by=cause,
                )
            )
            continue
        found = tuple(each.code for each in checks if each.is_critical)
        verdict = rule.judge(
            Case(evidence=case.evidence, intent=case.intent, method=case.method, failed=found)
        )
        if verdict.result is CheckResult.FAIL:
            causes[rule.code] = rule.code
        checks.append(
            Check(
                code=rule.code,
                title=rule.title,
                result=verdict.result,
                why=verdict.why,
                evidence=verdict.evidence,
                lines=verdict.lines,
                severity=verdict.severity,
            )
        )
    return tuple(checks)


def method_of(evidence: Evidence, intent: LicensingIntent | None) -> Method:
    """The intended method; without an intent, the one that the configuration looks like."""
    if intent is not None:
        return intent.method
    if evidence.state.regime is Regime.USING_POLICY and evidence.policy is not None:
        if evidence.policy.mode is PolicyMode.CSLU:
            return Method.ON_PREM
        return Method.PROXY if evidence.policy.proxy_address else Method.DIRECT
    found = evidence.state.transport
    if found is None:
        return Method.DIRECT
    if found.call_home.proxy_enabled or found.call_home.proxy_server:
        return Method.PROXY
    urls = destinations(found.call_home)
    is_cloud = not urls or any(host_of(url) == host_of(CLOUD_URL) for url in urls)
    return Method.DIRECT if is_cloud else Method.ON_PREM


def host_of(url: str) -> str:
    """The host of a URL, or "" where it has none that can be read."""
    return split(url)[0]


def split(url: str) -> tuple[str, int, str]:
    """Host, port and path of a URL; ("", 0, "") where they cannot be read."""
    try:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme.lower() == "http" else 443)
    except ValueError:
        return "", 0, ""
    return parts.hostname or "", port, parts.path


def configured(*lines: str, context: str = "") -> tuple[str, ...]:
    """Configuration lines as they are typed from exec mode on."""
    inner = (context, *(f"  {line}" for line in lines)) if context else lines
    return ("configure terminal", *inner, "end")
