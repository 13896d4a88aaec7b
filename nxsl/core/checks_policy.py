"""Checks of trust code, usage reports and acknowledgements under Smart Licensing Using Policy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from nxsl.core.findings import LOOK, Finding, Severity
from nxsl.core.policy import is_acknowledged, policy_account_differences, uses_licenses
from nxsl.core.policy_records import PolicyMode
from nxsl.core.records import LicenseState, LicenseUsage
from nxsl.core.state import span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.core.findings import View
    from nxsl.core.policy_records import UsageReporting

_GOOD_LICENSES = frozenset(
    {LicenseState.IN_USE, LicenseState.NOT_IN_USE, LicenseState.NOT_APPLICABLE}
)
# These belong to classic Smart Licensing; what they would mean here is not known.
_FOREIGN = frozenset({LicenseState.AUTHORIZED, LicenseState.RESERVED_AUTHORIZED})
# How long an acknowledgement may take before it counts as missing.
_ACK_PATIENCE = timedelta(days=1)
_REPORT = "nxsl renew"
_CARRY = "nxsl usage save, upload the file to the smart account, then nxsl usage import"


def enabled(view: View) -> Iterator[Finding]:
    """Every release with this regime has it on; anything else is not known."""
    found = view.state.policy
    if found is not None and not found.enabled:
        yield Finding(
            code="policy-not-enabled",
            severity=Severity.CRITICAL,
            message="the switch shows Smart Licensing Using Policy as not enabled",
            remedy=LOOK,
        )


def usage(view: View) -> Iterator[Finding]:
    """Without licences in use there is nothing to report, which is no failure."""
    if uses_licenses(view.state.usage) is False:
        yield Finding(
            code="no-licenses-in-use",
            severity=Severity.INFO,
            message="no licence is in use, so the switch makes no usage report: that is fine",
        )


def trust(view: View) -> Iterator[Finding]:
    """Without a trust code the smart account does not take the switch's reports."""
    found = view.state.policy
    if found is None or found.trust:
        return
    online = _is_online(view) and _wants_trust(view)
    needed = online and uses_licenses(view.state.usage) is not False
    yield Finding(
        code="no-trust-code",
        severity=Severity.CRITICAL if needed else Severity.INFO,
        message="no trust code is installed"
        + ("" if needed else ", and nothing asks for one as things are"),
        remedy="nxsl register" if needed else "",
    )


def account(view: View) -> Iterator[Finding]:
    """The switch belongs to another smart or virtual account than intended."""
    found = view.state.policy
    differences = policy_account_differences(found, view.intent) if found else ()
    if differences:
        yield Finding(
            code="wrong-account",
            severity=Severity.CRITICAL,
            message=f"the switch belongs to another account than intended: "
            f"{'; '.join(differences)}",
            remedy="nxsl register --force with a token of the intended virtual account",
        )


def reports(view: View) -> Iterator[Finding]:
    """Reports that are late, and acknowledgements that are missing or due."""
    found = view.state.policy
    if found is None or uses_licenses(view.state.usage) is False:
        return
    wants_ack = found.policy.ack_required is not False
    yield from _sent(view, found.reporting)
    if wants_ack:
        yield from _acknowledged(view, found.reporting)
        yield from _deadline(view, found.reporting)


def _sent(view: View, found: UsageReporting) -> Iterator[Finding]:
    if not _is_online(view):
        yield Finding(
            code="transport-off",
            severity=Severity.INFO,
            message="transport is off: reports and acknowledgements travel as files",
            remedy=_CARRY,
        )
        return
    late = found.next_report is not None and view.now - found.next_report > view.limits.overdue
    if late and found.next_report is not None:
        yield Finding(
            code="report-overdue",
            severity=Severity.CRITICAL if found.last_report is None else Severity.WARNING,
            message=f"the next usage report was due {span(view.now - found.next_report)} ago",
            remedy=f"{_REPORT}; if it fails, nxsl doctor",
        )
    elif found.last_report is None and (found.next_report or found.push_interval != 0):
        when = f"; the first is due on {found.next_report:%Y-%m-%d}" if found.next_report else ""
        yield Finding(
            code="never-reported",
            severity=Severity.WARNING,
            message=f"no usage report was ever sent{when}",
            remedy=_REPORT,
        )


def _acknowledged(view: View, found: UsageReporting) -> Iterator[Finding]:
    # A switch that sends by itself does not depend on what becomes of a file.
    by_file = None if _is_online(view) else found.last_file
    sent = max(filter(None, (found.last_report, by_file)), default=None)
    if sent is None or is_acknowledged(found, sent):
        return
    waiting = view.now - sent
    if waiting > _ACK_PATIENCE:
        yield Finding(
            code="not-acknowledged",
            severity=Severity.WARNING,
            message=f"the usage report of {sent:%Y-%m-%d} was not acknowledged for {span(waiting)}",
            remedy=_REPORT if _is_online(view) else _CARRY,
        )


def _deadline(view: View, found: UsageReporting) -> Iterator[Finding]:
    """The time until an acknowledgement must have come; a short-dated policy warns later."""
    end = found.ack_deadline
    if end is None:
        return
    limit = view.limits.authorization
    if found.last_ack is not None:
        limit = min(limit, (end - found.last_ack) / 2)
    left = end - view.now
    if left >= limit:
        return
    over = left <= timedelta()
    yield Finding(
        code="ack-overdue" if over else "ack-due",
        severity=Severity.CRITICAL if left < view.limits.critical else Severity.WARNING,
        message=f"an acknowledgement was due {span(-left)} ago"
        if over
        else f"an acknowledgement is due in {span(left)}, on {end:%Y-%m-%d}",
        remedy=_REPORT if _is_online(view) else _CARRY,
    )


def licenses(view: View) -> Iterator[Finding]:
    """Single licences that are neither in use nor unused."""
    if not isinstance(view.state.usage, LicenseUsage):
        return
    for each in view.state.usage.licenses:
        if each.state in _GOOD_LICENSES:
            continue
        unknown = each.state is LicenseState.UNKNOWN or each.state in _FOREIGN
        yield Finding(
            code="unknown-license-state" if unknown else f"license-{each.state}",
            severity=Severity.CRITICAL,
            message=f"licence {each.tag} (count {each.count}) is {each.status}",
            remedy=LOOK if unknown else "look at the virtual account's licences",
        )


# Blocks of `show license status` that say nothing about licensing; known from other platforms.
_KNOWN = (
    "Utility:",
    "Status: DISABLED",
    "Data Privacy:",
    "Sending Hostname:",
    "Callhome hostname privacy:",
    "Smart Licensing hostname privacy:",
    "Version privacy:",
    "Proxy:",
    "Address:",
    "Port:",
    "Username:",
    "Password:",
    "Server Identity Check:",
    "VRF:",
    "Not Configured",
    "Miscellaneous:",
    "Custom Id:",
)


def unread_lines(view: View) -> Iterator[Finding]:
    """Lines of the status that nobody knows are shown, not dropped."""
    policy = view.state.policy
    vrf = (
        view.state.transport.policy.vrf
        if view.state.transport and view.state.transport.policy
        else ""
    )
    lines = [
        line
        for line in (policy.other if policy else ())
        if not line.startswith(_KNOWN) and line != vrf
    ]
    if lines:
        yield Finding(
            code="unread-lines",
            severity=Severity.INFO,
            message=f"the switch printed lines that nxsl does not know: {' | '.join(lines)}",
            remedy="read them; report them to nxsl if they matter",
        )


def _is_online(view: View) -> bool:
    """Whether the switch sends by itself; taken for granted where nothing tells."""
    return _way(view)[0] != PolicyMode.OFF


def _wants_trust(view: View) -> bool:
    """A CSLU on plain http collects reports without a trust code (Cisco's policy article)."""
    mode, url = _way(view)
    return not (mode == PolicyMode.CSLU and url.lower().startswith("http://"))


def _way(view: View) -> tuple[str, str]:
    """Transport and CSLU URL by the configuration, else by the status, as `Transport Off`."""
    configured, shown = view.state.transport, view.state.policy
    if configured is not None and configured.policy is not None:
        return configured.policy.mode, configured.policy.cslu_url
    if shown is None:
        return "", ""
    return shown.transport.lower().removeprefix("transport "), shown.transport_url


CHECKS: tuple[Callable[[View], Iterator[Finding]], ...] = (
    enabled,
    usage,
    trust,
    account,
    reports,
    licenses,
    unread_lines,
)
