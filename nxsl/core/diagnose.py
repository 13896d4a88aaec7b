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
    Target,
    method_of,
    run_rules,
)
from nxsl.core.diagnosis_checks_path import (
    intended_target,
    names_and_reach,
    proxy_of,
    target_of,
)
from nxsl.core.intent import Method
from nxsl.core.regime import Platform, Regime
from nxsl.core.transport import is_always_there

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


def target_to_try(evidence: Evidence, intent: LicensingIntent | None = None) -> Target | None:
    """What ping and telnet should go to; None where nothing tells.

    What the switch connects to as it is configured; where that is wrong by itself, or nothing, what
    is intended, so that a method can be judged before it is configured.
    """
    if _reaches_nowhere(evidence):
        return None
    is_policy = evidence.state.regime is Regime.USING_POLICY
    rules = policy.RULES if is_policy else (switch.SMART_LICENSING, *callhome.RULES)
    decide = policy.DECIDES_TARGET if is_policy else callhome.DECIDES_TARGET
    case = Case(evidence=evidence, intent=intent, method=method_of(evidence, intent))
    checks = run_rules(rules, case)
    if all(each.code not in decide for each in checks if each.result is CheckResult.FAIL):
        target = target_of(evidence, intent)
    else:
        target = intended_target(evidence, intent) if intent else None
    if target is None or evidence.vrfs is None or is_always_there(target.vrf):
        return target
    return target if target.vrf in evidence.vrfs else None


def choose_method(evidence: Evidence, intent: LicensingIntent | None = None) -> Advice:
    """Say which method fits, from what was tried and nothing else."""
    tried = next((each for each in evidence.probes if each.telnet is not None), None)
    if tried is None:
        why = "nothing was tried, so nothing can be said"
        return Advice(method=None, why=why, tried=False)
    found = Method.PROXY if tried.target == proxy_of(evidence) else method_of(evidence, intent)
    if tried.connected:
        return Advice(
            method=found, why=f"{tried.target} takes connections: the way of method {found} is open"
        )
    if found is Method.DIRECT:
        why = (
            "method direct does not work from this VRF; a proxy or an on-prem server that it "
            "reaches would"
        )
    else:
        why = "mend the way to it, or use another method"
    return Advice(method=None, why=f"{tried.target} does not answer: {why}")
