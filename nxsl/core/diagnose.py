"""Runs the checks that belong to a switch's regime, and says which method fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core import (
    diagnosis_checks_agent as agent,
)
from nxsl.core import (
    diagnosis_checks_callhome as callhome,
)
from nxsl.core import (
    diagnosis_checks_policy as policy,
)
from nxsl.core import (
    diagnosis_checks_switch as switch,
)
from nxsl.core.diagnosis import (
    Advice,
    Case,
    Check,
    CheckResult,
    Diagnosis,
    Evidence,
    Rule,
    method_of,
    run_rules,
)
from nxsl.core.diagnosis_checks_path import backend_of, names_and_reach, proxy_of
from nxsl.core.intent import Method
from nxsl.core.regime import Platform, Regime

if TYPE_CHECKING:
    from nxsl.core.intent import LicensingIntent

_CLASSIC: tuple[Rule, ...] = (
    switch.VDC,
    switch.SMART_LICENSING,
    *callhome.RULES,
    *names_and_reach(callhome.DECIDES_TARGET),
    switch.CLOCK,
    switch.NTP,
    switch.CERTIFICATE,
    switch.SAVED,
    agent.LAST_FAILURE,
)
_POLICY: tuple[Rule, ...] = (
    *policy.RULES,
    *names_and_reach(policy.DECIDES_TARGET),
    switch.CLOCK,
    switch.NTP,
    switch.POLICY_SAVED,
    agent.TRUST_CODE,
    agent.LAST_EXCHANGE,
    agent.REPORT_OVERDUE,
)
RULES: dict[Regime, tuple[Rule, ...]] = {
    Regime.SMART_LICENSING: _CLASSIC,
    Regime.USING_POLICY: _POLICY,
}
"""The checks behind `regime`, by regime; the others have those of classic Smart Licensing, all
skipped."""


def diagnose_state(
    evidence: Evidence, intent: LicensingIntent | None = None, method: Method | None = None
) -> Diagnosis:
    """Judge what was read of one switch.

    Args:
        evidence: what was read and tried.
        intent: what the inventory says; without it only what is wrong by itself is found.
        method: what to judge by instead of the intended method.
    """
    case = Case(evidence=evidence, intent=intent, method=method or method_of(evidence, intent))
    found = evidence.state.regime
    nowhere = _reaches_nowhere(evidence)
    if nowhere:
        (head,) = run_rules((switch.REGIME,), case)
        others = (_not_for(rule, nowhere) for rule in RULES.get(found, _CLASSIC))
        return Diagnosis(checks=(head, *others))
    rules = RULES[found]
    if evidence.state.platform is not Platform.N7000:
        rules = tuple(rule for rule in rules if rule is not switch.VDC)
    checks = run_rules((switch.REGIME, *rules), case)
    return Diagnosis(checks=checks, advice=choose_method(evidence, intent))


def _reaches_nowhere(evidence: Evidence) -> str:
    """Why the switch needs no way to a backend, or none that nxsl knows; else empty."""
    found = evidence.state.regime
    if found is Regime.TRADITIONAL:
        return f"{found.words}: the switch reaches for no licensing backend"
    if found not in RULES:
        return f"{found.words}: nxsl knows no checks for it"
    status = evidence.state.status
    registration = status.registration if status else None
    if registration is not None and registration.reserved:
        return f"registration is {registration.status}: reserved licences need no backend"
    return ""


def _not_for(rule: Rule, why: str) -> Check:
    return Check(
        code=rule.code,
        title=rule.title,
        result=CheckResult.SKIPPED,
        why=why,
        explained_by="regime",
    )


def choose_method(evidence: Evidence, intent: LicensingIntent | None = None) -> Advice:
    """Say which method fits, from what was tried and nothing else."""
    proxy, backend = proxy_of(evidence), backend_of(evidence, intent)
    target = proxy or backend
    probe = evidence.probe_of(target) if target else None
    if target is None or probe is None or probe.telnet is None:
        return Advice(method=None, why="nothing was tried, so nothing can be said")
    found = Method.PROXY if proxy else method_of(evidence, intent)
    if probe.connected:
        return Advice(method=found, why=f"{target} takes connections: method {found} works")
    if found is Method.DIRECT:
        return Advice(
            method=None,
            why=f"{target} does not answer: method direct does not work from this VRF; a proxy or "
            "an on-prem server that it reaches would",
        )
    return Advice(
        method=None,
        why=f"{target} does not answer: mend the way to it, or use another method",
    )
