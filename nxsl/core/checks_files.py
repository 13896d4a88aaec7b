"""Checks under traditional licensing (licence files)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from nxsl.core.findings import LOOK, Finding, Severity
from nxsl.core.records import PakUsage
from nxsl.core.state import span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.core.findings import View
    from nxsl.core.records import PakLicense

_INSTALL = "install a licence file ({host_id}), or switch the feature off"


def is_grace_over(found: PakLicense) -> bool:
    """Whether a feature without a licence file has no grace left (`Grace expired` is recalled)."""
    return found.grace_remaining is None and "expired" in found.comments.lower()


def is_missing(found: PakLicense) -> bool:
    """Whether the switch says that an installed licence file is gone (`missing` is recalled)."""
    return "missing" in found.comments.lower()


def has_known_comment(found: PakLicense) -> bool:
    """Whether nxsl knows what the `Comments` column says."""
    return (
        not found.comments
        or found.grace_remaining is not None
        or is_grace_over(found)
        or is_missing(found)
    )


def expires_at(found: PakLicense) -> datetime | None:
    """The end of a licence file with a date; None for `Never` and for none.

    The date has no time: the end of that day, in UTC.
    """
    for form in ("%d %b %Y", "%b %d %Y"):
        with suppress(ValueError):
            day = datetime.strptime(found.expiry, form).replace(tzinfo=UTC)
            return day + timedelta(days=1)
    return None


def unlicensed(view: View) -> Iterator[Finding]:
    """Features in use without a licence file; what is left of their grace period."""
    if not isinstance(view.state.usage, PakUsage):
        return
    remedy = _INSTALL.format(host_id=f"for host id {view.state.host_id or 'not read'}")
    for each in view.state.usage.licenses:
        if not each.in_use or each.installed:
            continue
        left = each.grace_remaining
        over = is_grace_over(each)
        words = ", and its grace period is over" if over else ""
        if left is not None:
            words = f", {span(left)} of grace left"
        urgent = over or (left is not None and left < view.limits.critical)
        yield Finding(
            code="grace-expired" if over else "unlicensed-use",
            severity=Severity.CRITICAL if urgent else Severity.WARNING,
            message=f"{each.feature} is in use without a licence file{words}",
            remedy=remedy,
        )


def odd(view: View) -> Iterator[Finding]:
    """Features in use whose licence file is gone, or whose comment nobody knows."""
    if not isinstance(view.state.usage, PakUsage):
        return
    for each in view.state.usage.licenses:
        if each.in_use and is_missing(each):
            yield Finding(
                code="license-file-missing",
                severity=Severity.CRITICAL,
                message=f"the licence file of {each.feature} is missing: {each.comments}",
                remedy="install the licence file again",
            )
        elif each.in_use and not has_known_comment(each):
            yield Finding(
                code="unknown-license-comment",
                severity=Severity.WARNING,
                message=f"{each.feature} is in use with the comment '{each.comments}'",
                remedy=LOOK,
            )


def expiring(view: View) -> Iterator[Finding]:
    """Licence files with a date of expiry that comes near, of features in use."""
    if not isinstance(view.state.usage, PakUsage):
        return
    for each in view.state.usage.licenses:
        end = expires_at(each)
        if not (each.in_use and each.installed) or end is None:
            continue
        left = end - view.now
        if left < view.limits.certificate:
            over = left <= timedelta()
            yield Finding(
                code="license-file-expired" if over else "license-file-expiring",
                severity=Severity.CRITICAL if left < view.limits.critical else Severity.WARNING,
                message=f"the licence file of {each.feature} "
                + (f"ran out {span(-left)} ago" if over else f"runs out in {span(left)}"),
                remedy="install a new licence file",
            )


CHECKS: tuple[Callable[[View], Iterator[Finding]], ...] = (unlicensed, odd, expiring)
