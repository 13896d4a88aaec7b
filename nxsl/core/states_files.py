"""From licence files (PAK) to the state of a switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.checks_files import expires_at, has_known_comment, is_grace_over, is_missing
from nxsl.core.entitlement import Entitlement, always, rules
from nxsl.core.records import PakUsage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nxsl.core.records import PakLicense
    from nxsl.core.state import SwitchState


def _files(state: SwitchState) -> tuple[PakLicense, ...]:
    usage = state.usage
    return (
        tuple(each for each in usage.licenses if each.in_use) if isinstance(usage, PakUsage) else ()
    )


def _without_file(state: SwitchState) -> Iterator[PakLicense]:
    return (each for each in _files(state) if not each.installed)


def _has_expired_file(state: SwitchState) -> bool:
    ends = (expires_at(each) for each in _files(state) if each.installed)
    return any(end is not None and end <= state.read_at for end in ends)


RULES = rules(
    (
        "the table of licence files could not be read",
        lambda state: not isinstance(state.usage, PakUsage),
        Entitlement.UNKNOWN,
        "licences not read",
    ),
    (
        "a feature in use has a comment that nxsl does not know",
        lambda state: not all(map(has_known_comment, _files(state))),
        Entitlement.UNKNOWN,
        "unknown word",
    ),
    (
        "the licence file of a feature in use is missing",
        lambda state: any(map(is_missing, _files(state))),
        Entitlement.UNLICENSED,
        "licence file missing",
    ),
    (
        "a feature in use has no licence file and its grace period is over",
        lambda state: any(map(is_grace_over, _without_file(state))),
        Entitlement.EXPIRED,
        "grace period over",
    ),
    (
        "a feature in use has a licence file whose date has passed",
        _has_expired_file,
        Entitlement.EXPIRED,
        "licence file ran out",
    ),
    (
        "a feature in use has no licence file and no grace period",
        lambda state: any(each.grace_remaining is None for each in _without_file(state)),
        Entitlement.UNLICENSED,
        "in use without a licence file",
    ),
    (
        "a feature in use has no licence file and a grace period runs",
        lambda state: any(_without_file(state)),
        Entitlement.IN_EVALUATION,
        "grace period runs",
    ),
    (
        "no licensed feature is in use",
        lambda state: not _files(state),
        Entitlement.ENTITLED,
        "no licensed feature in use",
    ),
    (
        "every feature in use has a licence file",
        always,
        Entitlement.ENTITLED,
        "licence files",
    ),
)
