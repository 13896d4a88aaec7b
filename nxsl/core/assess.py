"""Runs every check over a switch's state, and tells the one state that all regimes share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.findings import Finding, Thresholds, View
from nxsl.core.ways import WAYS

if TYPE_CHECKING:
    from nxsl.core.entitlement import Rule
    from nxsl.core.intent import LicensingIntent
    from nxsl.core.state import SwitchState


def assess(
    state: SwitchState,
    *,
    intent: LicensingIntent | None = None,
    thresholds: Thresholds | None = None,
) -> tuple[Finding, ...]:
    """Assess a state; the worst findings come first.

    Without an `intent` nothing is compared with it (account, destination, VRF, proxy); what is
    wrong by itself is found all the same.
    """
    view = View(state=state, intent=intent, limits=thresholds or Thresholds())
    found = [finding for check in WAYS[state.regime].checks for finding in check(view)]
    return tuple(sorted(found, key=lambda finding: -finding.severity))


def entitlement_of(state: SwitchState) -> Rule:
    """The rule that tells a switch's state; `rule.state` and `rule.reason` are what it says."""
    return next(rule for rule in WAYS[state.regime].states if rule.holds(state))


def states_as_markdown() -> str:
    """The rules of all regimes as a table for the documentation."""
    rows = [
        f"| {regime} | {rule.when} | {rule.state} | {rule.reason} |"
        for regime, way in WAYS.items()
        for rule in way.states
    ]
    head = ["| regime | the first that holds | state | reason |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])
