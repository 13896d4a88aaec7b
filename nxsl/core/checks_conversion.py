"""The check of a conversion of licence files that failed or is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core import reasons
from nxsl.core.conversion import ConversionState, conversion_state, words_of
from nxsl.core.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nxsl.core.findings import View


def conversion(view: View) -> Iterator[Finding]:
    """A conversion that failed, is under way, or is in a state that nxsl does not know."""
    status = view.state.status
    if status is None or status.conversion is None:
        return
    state, words = conversion_state(status), words_of(status)
    if state is ConversionState.FAILED:
        text = status.conversion.failure_reason
        reason = reasons.explain(text)
        yield Finding(
            code="conversion-failed",
            severity=Severity.WARNING,
            message=f"the conversion of licence files failed: "
            f"{text or 'the switch gives no reason'} ({reason.cause})",
            remedy=f"{reason.remedy}; then nxsl convert start",
        )
    elif state.under_way:
        yield Finding(
            code="conversion-under-way",
            severity=Severity.INFO,
            message=f"licence files are being converted ({words})",
            remedy="it may take up to an hour; verify again then",
        )
    elif state is ConversionState.UNKNOWN:
        yield Finding(
            code="unknown-conversion-state",
            severity=Severity.WARNING,
            message=f"nxsl does not know the conversion's state '{words}'",
            remedy="look at `show license status` on the switch",
        )
