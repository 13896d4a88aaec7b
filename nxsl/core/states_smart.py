"""From classic Smart Licensing to the state of a switch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nxsl.core import states_files
from nxsl.core.entitlement import Entitlement, always, rules
from nxsl.core.records import (
    AuthorizationState,
    LicenseState,
    LicenseUsage,
    RegistrationState,
)

if TYPE_CHECKING:
    from nxsl.core.entitlement import Holds, Rule
    from nxsl.core.state import SwitchState

REFUSED = frozenset(
    {
        LicenseState.OUT_OF_COMPLIANCE,
        LicenseState.INVALID_TAG,
        LicenseState.NOT_AUTHORIZED,
        LicenseState.DISABLED,
    }
)


def _is_off(state: SwitchState) -> bool:
    return state.status is not None and not state.status.enabled


def _is_registered(state: SwitchState) -> bool:
    found = state.status.registration if state.status else None
    return found is not None and found.state is RegistrationState.REGISTERED


def _authorization(*wanted: AuthorizationState) -> Holds:
    def holds(state: SwitchState) -> bool:
        found = state.status.authorization if state.status else None
        return found is not None and found.state in wanted

    return holds


def _detail(*words: str) -> Holds:
    def holds(state: SwitchState) -> bool:
        found = state.status.registration if state.status else None
        return found is not None and any(word in found.detail.upper() for word in words)

    return holds


def _has_unknown_words(state: SwitchState) -> bool:
    found = state.status.registration if state.status else None
    strange = found is not None and (
        found.state is RegistrationState.UNKNOWN
        or (found.state is RegistrationState.REGISTERED and found.detail and not found.reserved)
    )
    words = _authorization(AuthorizationState.UNKNOWN, AuthorizationState.NOT_APPLICABLE)
    return bool(strange) or words(state) or license_in(LicenseState.UNKNOWN)(state)


def _is_reserved(state: SwitchState) -> bool:
    return _is_registered(state) and _detail("RESERVATION")(state)


def _has_run_out(state: SwitchState) -> bool:
    status = state.status
    dates = (
        status.registration.expires if status and status.registration else None,
        status.authorization.deadline if status and status.authorization else None,
    )
    return any(date is not None and date <= state.read_at for date in dates)


def license_in(*wanted: LicenseState) -> Holds:
    """Hold where any licence is in one of these states."""

    def holds(state: SwitchState) -> bool:
        usage = state.usage
        return isinstance(usage, LicenseUsage) and any(
            each.state in wanted for each in usage.licenses
        )

    return holds


def _off(rule: Rule) -> Rule:
    """A row of the licence files, for a switch that could do Smart Licensing and has it off."""
    return replace(
        rule,
        when=f"Smart Licensing is off; {rule.when}",
        holds=lambda state: _is_off(state) and rule.holds(state),
    )


RULES = (
    *map(_off, states_files.RULES),
    *rules(
        (
            "a registration, authorization or licence has a word that nxsl does not know",
            _has_unknown_words,
            Entitlement.UNKNOWN,
            "unknown word",
        ),
        (
            "UNREGISTERED - REGISTRATION EXPIRED",
            _detail("EXPIRED"),
            Entitlement.EXPIRED,
            "registration ran out",
        ),
        (
            "AUTH EXPIRED",
            _authorization(AuthorizationState.AUTHORIZATION_EXPIRED),
            Entitlement.EXPIRED,
            "authorization ran out",
        ),
        (
            "the registration's end or the communication deadline has passed",
            _has_run_out,
            Entitlement.EXPIRED,
            "deadline passed",
        ),
        (
            "EVAL EXPIRED",
            _authorization(AuthorizationState.EVALUATION_EXPIRED),
            Entitlement.EXPIRED,
            "evaluation period over",
        ),
        (
            "a licence's evaluation, authorization or grace period is over",
            license_in(
                LicenseState.EVALUATION_EXPIRED,
                LicenseState.AUTHORIZATION_EXPIRED,
                LicenseState.GRACE_PERIOD_EXPIRED,
            ),
            Entitlement.EXPIRED,
            "licence ran out",
        ),
        (
            "OUT OF COMPLIANCE or NOT AUTHORIZED",
            _authorization(AuthorizationState.OUT_OF_COMPLIANCE, AuthorizationState.NOT_AUTHORIZED),
            Entitlement.OUT_OF_COMPLIANCE,
            "account lacks licences",
        ),
        (
            "a licence is out of compliance, not authorized, disabled or of an invalid tag",
            license_in(*REFUSED),
            Entitlement.OUT_OF_COMPLIANCE,
            "licence not granted",
        ),
        (
            "EVAL MODE",
            _authorization(AuthorizationState.EVALUATION),
            Entitlement.IN_EVALUATION,
            "evaluation period runs",
        ),
        (
            "REGISTERED with a reservation, AUTHORIZED - RESERVED",
            lambda state: (
                _is_reserved(state)
                and _authorization(AuthorizationState.AUTHORIZED_RESERVED)(state)
            ),
            Entitlement.ENTITLED,
            "licences reserved",
        ),
        (
            "REGISTERED and AUTHORIZED",
            lambda state: (
                _is_registered(state) and _authorization(AuthorizationState.AUTHORIZED)(state)
            ),
            Entitlement.ENTITLED,
            "registered and authorized",
        ),
        (
            "REGISTERED and NO LICENSES IN USE",
            lambda state: (
                _is_registered(state)
                and _authorization(AuthorizationState.NO_LICENSES_IN_USE)(state)
            ),
            Entitlement.ENTITLED,
            "no licence in use",
        ),
        (
            "not registered, and no evaluation period runs",
            lambda state: state.status is not None and not _is_registered(state),
            Entitlement.UNLICENSED,
            "not registered",
        ),
        ("anything else", always, Entitlement.UNKNOWN, "no rule for this state"),
    ),
)
