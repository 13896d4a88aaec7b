"""Checks of registration, authorization and licences under classic Smart Licensing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from nxsl.core import reasons
from nxsl.core.findings import LOOK, Finding, Severity
from nxsl.core.records import (
    Attempt,
    AttemptResult,
    AuthorizationState,
    LicenseState,
    LicenseUsage,
    PakUsage,
    Registration,
    RegistrationState,
)
from nxsl.core.registration import account_differences
from nxsl.core.state import span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from nxsl.core.findings import View
    from nxsl.core.records import Authorization

_REGISTRATIONS = {
    RegistrationState.UNREGISTERED: ("unregistered", Severity.CRITICAL, "nxsl register"),
    RegistrationState.REGISTERING: (
        "registering",
        Severity.WARNING,
        "wait and verify again; a registration takes seconds to hours",
    ),
    RegistrationState.UNKNOWN: ("unknown-registration-state", Severity.CRITICAL, LOOK),
}

_AUTHORIZATIONS = {
    AuthorizationState.EVALUATION: ("evaluation", Severity.WARNING, "nxsl register"),
    AuthorizationState.EVALUATION_EXPIRED: (
        "evaluation-expired",
        Severity.CRITICAL,
        "nxsl register",
    ),
    AuthorizationState.OUT_OF_COMPLIANCE: (
        "out-of-compliance",
        Severity.CRITICAL,
        "the virtual account has too few licences: move or buy some, then nxsl renew --kind auth",
    ),
    AuthorizationState.AUTHORIZATION_EXPIRED: (
        "authorization-expired",
        Severity.CRITICAL,
        "no contact for 90 days: mend the transport, then nxsl renew --kind auth",
    ),
    AuthorizationState.NOT_AUTHORIZED: (
        "not-authorized",
        Severity.CRITICAL,
        "nxsl renew --kind auth, then look at the virtual account's licences",
    ),
    AuthorizationState.UNKNOWN: ("unknown-authorization-state", Severity.CRITICAL, LOOK),
    AuthorizationState.NOT_APPLICABLE: (
        "unknown-authorization-state",
        Severity.CRITICAL,
        "this word belongs to Smart Licensing Using Policy; look at `show license all`",
    ),
}

_GOOD_LICENSES = frozenset(
    {
        LicenseState.AUTHORIZED,
        LicenseState.RESERVED_AUTHORIZED,
        LicenseState.NOT_IN_USE,
        LicenseState.NOT_APPLICABLE,
    }
)
# These follow from the overall authorization, which has a finding of its own.
_EXPLAINED_BY = {
    LicenseState.EVALUATION: AuthorizationState.EVALUATION,
    LicenseState.EVALUATION_EXPIRED: AuthorizationState.EVALUATION_EXPIRED,
    LicenseState.AUTHORIZATION_EXPIRED: AuthorizationState.AUTHORIZATION_EXPIRED,
}
_MILD_LICENSES = frozenset(
    {
        LicenseState.WAITING,
        LicenseState.INITIALIZED,
        LicenseState.OVERAGE,
        LicenseState.EVALUATION,
    }
)


def registration(view: View) -> Iterator[Finding]:
    """Anything but a plain REGISTERED."""
    status = view.state.status
    if status is None:
        return
    if not status.enabled:
        # These releases also take licence files; only the inventory tells what is meant.
        meant = view.intent is not None or not isinstance(view.state.usage, PakUsage)
        yield Finding(
            code="smart-licensing-off",
            severity=Severity.CRITICAL if meant else Severity.INFO,
            message="Smart Licensing is not enabled" + ("" if meant else "; licence files count"),
            remedy="nxsl configure",
        )
    elif status.registration is not None:
        yield from _registration_state(status.registration)


def _registration_state(found: Registration) -> Iterator[Finding]:
    detail = found.detail.upper()
    if found.state is RegistrationState.REGISTERED:
        if found.reserved:
            yield Finding(
                code="reservation",
                severity=Severity.INFO,
                message=f"registration is {found.status}",
                remedy="nxsl leaves reserved licences as they are",
            )
        elif detail:
            code, severity, remedy = _REGISTRATIONS[RegistrationState.UNKNOWN]
            yield Finding(
                code=code,
                severity=severity,
                message=f"registration is {found.status}",
                remedy=remedy,
            )
        return
    if found.reserved:
        yield Finding(
            code="reservation-requested",
            severity=Severity.WARNING,
            message=f"registration is {found.status}: no authorization code is installed yet",
            remedy="nxsl reserve install, or nxsl reserve cancel",
        )
        return
    code, severity, remedy = _REGISTRATIONS[found.state]
    message = f"registration is {found.status}"
    if "EXPIRED" in detail:
        code, message = "registration-expired", f"{message}: no contact for a year"
    elif "FAILED" in detail or "RETRY" in detail:
        code, severity = "registration-failed", Severity.CRITICAL
    if found.initial and found.initial.failure_reason:
        code, severity = "registration-failed", Severity.CRITICAL
        reason = reasons.explain(found.initial.failure_reason)
        message = f"{message}: {found.initial.failure_reason} ({reason.cause})"
        remedy = reason.remedy
    yield Finding(code=code, severity=severity, message=message, remedy=remedy)


def account(view: View) -> Iterator[Finding]:
    """Registered to another smart or virtual account than intended."""
    found = view.state.status.registration if view.state.status else None
    if view.intent is None or found is None or found.state is not RegistrationState.REGISTERED:
        return
    differences = account_differences(found, view.intent)
    if differences:
        yield Finding(
            code="wrong-account",
            severity=Severity.CRITICAL,
            message=f"registered to another account than intended: {'; '.join(differences)}",
            remedy="nxsl register --force with a token of the intended virtual account",
        )


def certificate(view: View) -> Iterator[Finding]:
    """The ID certificate runs out, or its renewal failed or is late."""
    found = view.state.status.registration if view.state.status else None
    if found is None or found.state is not RegistrationState.REGISTERED:
        return
    remedy = "nxsl renew --kind id"
    yield from _failed(found.last_renewal, "renewal-failed", "renewal of the ID certificate")
    yield from _running_out(
        view, found.expires, view.limits.certificate, what="registration", remedy=remedy
    )
    yield from _late(view, found.next_renewal, "renewal of the ID certificate", remedy)


def authorization(view: View) -> Iterator[Finding]:
    """The overall authorization is not as it should be."""
    found = view.state.status.authorization if view.state.status else None
    if found is None:
        return
    if found.state in _AUTHORIZATIONS:
        code, severity, remedy = _AUTHORIZATIONS[found.state]
        message = f"authorization is {found.status}"
        left = found.evaluation_remaining
        if found.state is AuthorizationState.EVALUATION and not _may_register(view):
            remedy = "it ends when the switch is registered"
        if found.state is AuthorizationState.EVALUATION and left is not None:
            # It counts down while licences are used, not by the calendar.
            message += f", {span(left)} of usage left"
            if left < view.limits.critical:
                severity = Severity.CRITICAL
            elif left >= view.limits.evaluation:
                severity = Severity.INFO
        yield Finding(code=code, severity=severity, message=message, remedy=remedy)
    yield from _communication(view, found)


def _may_register(view: View) -> bool:
    """Whether `register` is the next step: not while a registration is under way or has failed."""
    found = view.state.status.registration if view.state.status else None
    return found is not None and (found.state, found.detail) == (
        RegistrationState.UNREGISTERED,
        "",
    )


def _communication(view: View, found: Authorization) -> Iterator[Finding]:
    remedy = "nxsl renew --kind auth"
    yield from _failed(
        found.last_communication, "communication-failed", "exchange about the authorization"
    )
    yield from _running_out(
        view, found.deadline, view.limits.authorization, what="authorization", remedy=remedy
    )
    yield from _late(view, found.next_communication, "exchange about the authorization", remedy)


def licenses(view: View) -> Iterator[Finding]:
    """Single licences whose state is neither fine nor explained by the overall state."""
    usage = view.state.usage
    if not isinstance(usage, LicenseUsage):
        return
    overall = view.state.status.authorization if view.state.status else None
    for each in usage.licenses:
        explained = overall is not None and _EXPLAINED_BY.get(each.state) is overall.state
        if each.state in _GOOD_LICENSES or explained:
            continue
        unknown = each.state is LicenseState.UNKNOWN
        yield Finding(
            code="unknown-license-state" if unknown else f"license-{each.state}",
            severity=Severity.WARNING if each.state in _MILD_LICENSES else Severity.CRITICAL,
            message=f"licence {each.tag} (count {each.count}) is {each.status}",
            remedy=LOOK if unknown else "look at the virtual account's licences",
        )


def _failed(attempt: Attempt | None, code: str, what: str) -> Iterator[Finding]:
    if attempt is None or attempt.result in (AttemptResult.SUCCEEDED, AttemptResult.NONE):
        return
    if attempt.result is AttemptResult.UNKNOWN:
        yield Finding(
            code="unknown-attempt-result",
            severity=Severity.WARNING,
            message=f"the last {what} is {attempt.word}",
            remedy=LOOK,
        )
        return
    reason = reasons.explain(attempt.failure_reason)
    when = f" on {attempt.at:%Y-%m-%d %H:%M} UTC" if attempt.at else ""
    yield Finding(
        code=code,
        severity=Severity.CRITICAL,
        message=f"the last {what} failed{when}: "
        f"{attempt.failure_reason or 'no reason given'} ({reason.cause})",
        remedy=reason.remedy,
    )


def _running_out(
    view: View, end: datetime | None, limit: timedelta, *, what: str, remedy: str
) -> Iterator[Finding]:
    if end is None or end - view.now >= limit:
        return
    left = end - view.now
    over = left <= timedelta()
    yield Finding(
        code=f"{what}-expiring",
        severity=Severity.CRITICAL if left < view.limits.critical else Severity.WARNING,
        message=f"the {what} ran out {span(-left)} ago"
        if over
        else f"the {what} runs out in {span(left)}, on {end:%Y-%m-%d}",
        remedy=remedy,
    )


def _late(view: View, due: datetime | None, what: str, remedy: str) -> Iterator[Finding]:
    if due is not None and view.now - due > view.limits.overdue:
        yield Finding(
            code="overdue",
            severity=Severity.WARNING,
            message=f"the next {what} was due {span(view.now - due)} ago",
            remedy=remedy,
        )


CHECKS: tuple[Callable[[View], Iterator[Finding]], ...] = (
    registration,
    account,
    certificate,
    authorization,
    licenses,
)
