"""Checks that do not depend on the licensing regime."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from nxsl.core.findings import Finding, Severity
from nxsl.core.regime import Regime
from nxsl.core.state import clock_skew, span, zone_of
from nxsl.core.transport import diff_transport, same_transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.core.findings import View

_REGIMES = {
    Regime.UNSUPPORTED: (Severity.WARNING, "license it through its controller"),
    Regime.UNKNOWN: (
        Severity.WARNING,
        "see the licensing guide of its release; nxsl attempts nothing on it",
    ),
}


def regime(view: View) -> Iterator[Finding]:
    """A switch whose licensing nxsl cannot tell is named, never passed as fine."""
    found = view.state.regime
    if found not in _REGIMES:
        return
    severity, remedy = _REGIMES[found]
    facts = view.state.facts
    yield Finding(
        code="regime-not-assessed",
        severity=severity,
        message=f"{facts.chassis} with NX-OS {facts.release} has {found.words}; "
        "nxsl did not assess it",
        remedy=remedy,
    )


def vdc(view: View) -> Iterator[Finding]:
    """Licences belong to the chassis; what another VDC may see and do of them is recalled."""
    found = view.state.facts.vdc
    if found and not found.startswith("1 "):
        yield Finding(
            code="other-vdc",
            severity=Severity.INFO,
            message=f"the session is in VDC {found}; licensing is done in the default VDC",
            remedy="let the inventory name the default VDC's address",
        )


def clock(view: View) -> Iterator[Finding]:
    """Certificates bear a skew of less than an hour (Cisco's troubleshooting guide for Nexus)."""
    if view.state.clock is None:
        return
    skew = clock_skew(view.state.clock, view.now)
    if skew is None:
        yield Finding(
            code="clock-not-comparable",
            severity=Severity.INFO,
            message=f"the clock runs in zone {view.state.clock.zone}, taken for "
            f"{zone_of(view.state.clock, view.now)}; whether it is right cannot be told",
            remedy="compare `show clock` with the true time; less than one hour may be missing",
        )
    elif abs(skew) >= view.limits.clock_skew:
        yield Finding(
            code="clock-skew",
            severity=Severity.CRITICAL,
            message=f"the clock is {span(abs(skew))} {'ahead' if skew > timedelta() else 'behind'}"
            "; certificates count as invalid",
            remedy="configure `ntp server ADDRESS use-vrf management`",
        )


def unread_lines(view: View) -> Iterator[Finding]:
    """Lines of the switch's output that nxsl has no field for are shown, not dropped."""
    sources = (view.state.status, view.state.usage)
    lines = [line for each in sources for line in getattr(each, "other", ())]
    if lines:
        yield Finding(
            code="unread-lines",
            severity=Severity.INFO,
            message=f"the switch printed lines that nxsl does not know: {' | '.join(lines)}",
            remedy="read them; report them to nxsl if they matter",
        )


def saved(view: View) -> Iterator[Finding]:
    """A transport that only the running configuration has is lost at the next reload."""
    running, startup = view.state.transport, view.state.saved
    if running is None or startup is None or same_transport(startup, running):
        return
    yield Finding(
        code="not-saved",
        severity=Severity.WARNING,
        message="the startup configuration differs: "
        + "; ".join(
            f"{line[0]} {line[1:].strip()}"
            for line in diff_transport(startup, running).splitlines()
            if line[0] in "+-"
        ),
        remedy="copy running-config startup-config (nxsl configure does it)",
    )


def not_read(view: View) -> Iterator[Finding]:
    """What could not be read is not known, and so never fine."""
    for each in view.state.not_read:
        denied = "does not allow" in each
        yield Finding(
            code="not-read",
            severity=Severity.WARNING,
            message=f"not checked, as it could not be read: {each}",
            remedy="use an account that may see it"
            if denied
            else "look at the switch's own output; please report it to nxsl if it is right",
        )


CHECKS: tuple[Callable[[View], Iterator[Finding]], ...] = (
    regime,
    vdc,
    clock,
    saved,
    unread_lines,
    not_read,
)
