"""From Smart Licensing Using Policy to the state of a switch."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from nxsl.core.entitlement import Entitlement, always, rules
from nxsl.core.policy import uses_licenses
from nxsl.core.policy_records import PolicyMode
from nxsl.core.records import LicenseState
from nxsl.core.states_smart import REFUSED, license_in

if TYPE_CHECKING:
    from nxsl.core.policy_records import PolicyStatus, UsageReporting
    from nxsl.core.state import SwitchState

_OVERDUE = timedelta(days=1)


def _reporting(state: SwitchState) -> UsageReporting | None:
    return state.policy.reporting if state.policy else None


def _wants_no_ack(policy: PolicyStatus | None) -> bool:
    return policy is not None and policy.policy.ack_required is False


def _is_ack_overdue(state: SwitchState) -> bool:
    found = _reporting(state)
    return (
        found is not None
        and found.ack_deadline is not None
        and found.ack_deadline <= state.read_at
        and not _wants_no_ack(state.policy)
    )


def _is_report_overdue(state: SwitchState) -> bool:
    found, mode = _reporting(state), None
    if state.transport and state.transport.policy:
        mode = state.transport.policy.mode
    return (
        found is not None
        and mode is not PolicyMode.OFF
        and found.next_report is not None
        and state.read_at - found.next_report > _OVERDUE
    )


def _is_acknowledged(state: SwitchState) -> bool:
    found = _reporting(state)
    return found is not None and found.last_ack is not None


def _was_sent(state: SwitchState) -> bool:
    found = _reporting(state)
    return found is not None and bool(found.last_report or found.last_file)


RULES = rules(
    (
        "the status says that the regime is not enabled, or a licence has an unknown word",
        lambda state: (
            state.policy is None
            or not state.policy.enabled
            or license_in(LicenseState.UNKNOWN)(state)
        ),
        Entitlement.UNKNOWN,
        "unknown word",
    ),
    (
        "the licences could not be read",
        lambda state: uses_licenses(state.usage) is None,
        Entitlement.UNKNOWN,
        "licences not read",
    ),
    (
        "a licence is out of compliance, not authorized, disabled or of an invalid tag",
        license_in(*REFUSED),
        Entitlement.OUT_OF_COMPLIANCE,
        "licence not granted",
    ),
    (
        "no licence is in use, so nothing is reported",
        lambda state: uses_licenses(state.usage) is False,
        Entitlement.ENTITLED,
        "no licence in use",
    ),
    (
        "the deadline of the next acknowledgement has passed",
        _is_ack_overdue,
        Entitlement.NOT_REPORTING,
        "acknowledgement overdue",
    ),
    (
        "the next report is more than a day overdue",
        _is_report_overdue,
        Entitlement.NOT_REPORTING,
        "report overdue",
    ),
    (
        "a report was acknowledged, and the next deadline lies ahead",
        _is_acknowledged,
        Entitlement.REPORTING,
        "reported and acknowledged",
    ),
    (
        "a report was sent, and the policy asks for no acknowledgement",
        lambda state: _was_sent(state) and _wants_no_ack(state.policy),
        Entitlement.REPORTING,
        "reported",
    ),
    (
        "a report was sent or saved, and no acknowledgement has ever come",
        _was_sent,
        Entitlement.NOT_REPORTING,
        "not acknowledged yet",
    ),
    (
        "a trust code is installed, and no report was ever sent",
        lambda state: state.policy is not None and bool(state.policy.trust),
        Entitlement.NOT_REPORTING,
        "no report yet",
    ),
    (
        "neither a trust code nor a report",
        always,
        Entitlement.NOT_REPORTING,
        "no trust code, no report",
    ),
)
