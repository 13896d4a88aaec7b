"""Checks of the transport of Smart Licensing Using Policy: the `license smart` lines."""

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
    split,
)
from nxsl.core.diagnosis_checks_path import is_address, policy_url, target_of, vrf_is_there
from nxsl.core.intent import Method
from nxsl.core.policy_records import DEFAULT_POLICY_VRF, PolicyMode
from nxsl.core.regime import Quirk, quirks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.core.policy_records import PolicyTransport

_OFF = "transport off: reports and acknowledgements travel as files"


def _with_policy(
    judge: Callable[[Case, PolicyTransport], Verdict], *, also_off: bool = False
) -> Callable[[Case], Verdict]:
    """A check that is skipped where the lines were not read or send nothing."""

    def judged(case: Case) -> Verdict:
        policy = case.evidence.policy
        if policy is None:
            return skipped(case.evidence.why_not(Source.POLICY))
        if not also_off and policy.mode is PolicyMode.OFF:
            return skipped(_OFF)
        if not also_off and policy.mode is PolicyMode.CALLHOME:
            return skipped("transport callhome: see `show running-config callhome`")
        return judge(case, policy)

    return judged


def mode(case: Case, policy: PolicyTransport) -> Verdict:
    """Reports are sent, the way that is intended."""
    shown = f"license smart transport {policy.mode}"
    wanted = case.intent.policy_mode if case.intent else None
    if wanted is policy.mode:
        return passed(shown, why=_OFF if policy.mode is PolicyMode.OFF else "")
    if wanted is not None:
        return failed(
            f"transport {wanted} is intended",
            evidence=shown,
            lines=configured(f"license smart transport {wanted}"),
        )
    if policy.mode is PolicyMode.OFF:
        usual = PolicyMode.CSLU if case.method is Method.ON_PREM else PolicyMode.SMART
        return failed(
            "nothing is sent: usage would have to be reported by files",
            evidence=shown,
            lines=configured(f"license smart transport {usual}"),
        )
    return passed(shown)


def url(case: Case, policy: PolicyTransport) -> Verdict:
    """The URL is there, and the intended one."""
    has = policy.smart_url if policy.mode is PolicyMode.SMART else policy.cslu_url
    used = policy_url(policy)
    shown = f"license smart url {policy.mode} {has}" if has else ""
    wanted = case.intent.policy_url if case.intent else ""
    if wanted and wanted != used:
        return failed(
            f"{wanted} is intended" + ("" if has else f"; without a URL reports go to {used}"),
            evidence=shown,
            lines=configured(f"license smart url {policy.mode} {wanted}"),
        )
    if has or policy.mode is PolicyMode.SMART:
        return passed(shown or used)
    return _discovery(case, used)


def _discovery(case: Case, used: str) -> Verdict:
    """Transport cslu without a URL looks for a CSLU by its name."""
    target = target_of(case.evidence, case.intent)
    probe = case.evidence.probe_of(target) if target else None
    if probe is None or probe.resolved is None:
        return skipped(f"no URL is set: reports go to {used}; whether it resolves was not tried")
    if probe.resolved:
        return passed(used, why="found by its name")
    return failed(
        f"no URL is set, and {host_of(used)}, where reports then go, has no address",
        evidence=probe.words,
        lines=configured("license smart url cslu http://CSLU:8182/cslu/v1/pi"),
    )


def url_host(_case: Case, policy: PolicyTransport) -> Verdict:
    """An https URL holds the name in the server's certificate; http, as of a CSLU, may not."""
    used = policy_url(policy)
    host, _, path = split(used)
    secure = used.lower().startswith("https://")
    if policy.mode is PolicyMode.SMART and not secure:
        return failed(
            "transport smart needs https",
            evidence=f"license smart url smart {used}",
            lines=configured(f"license smart url smart https{used[len('http') :]}"),
        )
    if not (secure and is_address(host)):
        return passed(host)
    return failed(
        f"the URL holds the address {host}; it must be the name in the server's certificate",
        evidence=f"license smart url {policy.mode} {used}",
        lines=configured(f"license smart url {policy.mode} https://NAME-IN-CERTIFICATE{path}"),
    )


def vrf(case: Case, policy: PolicyTransport) -> Verdict:
    """The VRF is one that this release can use, is the intended one, and is there."""
    used = policy.vrf or DEFAULT_POLICY_VRF
    shown = f"license smart vrf {policy.vrf}" if policy.vrf else ""
    wanted = case.intent.policy_vrf if case.intent else used
    only = Quirk.MANAGEMENT_VRF_ONLY in quirks_of(case.state.facts)
    if only and policy.mode is PolicyMode.SMART:
        return _management_only(case, used, wanted, shown)
    if wanted != used:
        return failed(
            f"VRF {used} is used; {wanted} is intended",
            evidence=shown,
            lines=configured(f"license smart vrf {wanted}"),
        )
    lines = configured(f"license smart vrf {DEFAULT_POLICY_VRF}")
    return vrf_is_there(case, used, shown=shown, lines=lines)


def _management_only(case: Case, used: str, wanted: str, shown: str) -> Verdict:
    """Releases whose transport smart knows no other VRF, whatever is intended."""
    release = case.state.facts.release
    if used != DEFAULT_POLICY_VRF:
        return failed(
            f"with NX-OS {release} transport smart works through VRF management alone (others "
            "from 10.3(2) on)",
            evidence=shown,
            lines=configured(f"license smart vrf {DEFAULT_POLICY_VRF}"),
        )
    note = f"VRF {wanted} is intended, and cannot work with NX-OS {release}"
    return passed(shown or f"VRF {used}, as no line names one", why=note if wanted != used else "")


def proxy(case: Case, policy: PolicyTransport) -> Verdict:
    """A proxy is used where, and only where, one is intended, and it is complete."""
    if policy.mode is not PolicyMode.SMART:
        return skipped(f"transport {policy.mode} uses no proxy")
    shown = _shown_proxy(policy)
    intended = case.intent is not None and case.method is Method.PROXY
    wanted = case.intent.proxy if case.intent and intended else None
    if wanted and (policy.proxy_address, policy.proxy_port) != (wanted.server, wanted.port):
        return failed(
            f"proxy {wanted.server} port {wanted.port} is intended",
            evidence=shown,
            lines=configured(
                f"license smart proxy address {wanted.server}",
                f"license smart proxy port {wanted.port}",
            ),
        )
    if case.intent is not None and not intended and policy.proxy_address:
        return failed(
            f"method {case.method} is intended, but a proxy is in use",
            evidence=shown,
            lines=configured("no license smart proxy address"),
        )
    if not policy.proxy_address and policy.proxy_port:
        return failed(
            "a proxy's port is set, but not its address",
            evidence=shown,
            lines=configured("license smart proxy address ADDRESS"),
        )
    return passed(shown)


def _shown_proxy(policy: PolicyTransport) -> str:
    lines = [f"license smart proxy address {policy.proxy_address}"] if policy.proxy_address else []
    if policy.proxy_port:
        lines.append(f"license smart proxy port {policy.proxy_port}")
    return "\n".join(lines)


RULES: tuple[Rule, ...] = (
    Rule(
        code="transport-mode",
        title="usage is reported the intended way",
        judge=_with_policy(mode, also_off=True),
    ),
    Rule(
        code="policy-vrf",
        title="the VRF is right and there",
        judge=_with_policy(vrf),
        after=("transport-mode",),
    ),
    Rule(
        code="policy-url",
        title="the URL is there and the intended one",
        judge=_with_policy(url),
        after=("transport-mode", "policy-vrf"),
    ),
    Rule(
        code="policy-url-host",
        title="the URL's host is a name",
        judge=_with_policy(url_host),
        after=("transport-mode", "policy-url"),
    ),
    Rule(
        code="policy-proxy",
        title="the proxy is as it should be",
        judge=_with_policy(proxy),
        after=("transport-mode",),
    ),
)

DECIDES_TARGET = tuple(rule.code for rule in RULES)
"""The checks that decide what is connected to, and from where."""
