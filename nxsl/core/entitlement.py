"""One state for every switch, whatever its regime, so that a fleet can be counted by one column.

For each regime there is a table of rules, in `states_files`, `states_smart` and `states_policy`;
from the top, the first that holds counts. `docs/states.md` shows the same tables, written out by
`assess.states_as_markdown` (a test holds them together).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.core.state import SwitchState

Holds: TypeAlias = "Callable[[SwitchState], bool]"


class Entitlement(StrEnum):
    """What a switch's licensing amounts to."""

    ENTITLED = "entitled"
    """Its licences are proven: files, an authorization, a reservation; or it uses none."""
    REPORTING = "reporting"
    """Smart Licensing Using Policy: its usage is reported and acknowledged in time."""
    IN_EVALUATION = "in evaluation"
    """An evaluation or grace period runs."""
    OUT_OF_COMPLIANCE = "out of compliance"
    """The account lacks licences, or does not grant them."""
    EXPIRED = "expired"
    """A period, a licence file, a registration or an authorization has run out."""
    NOT_REPORTING = "not reporting"
    """Smart Licensing Using Policy: its usage is not reported, or not acknowledged in time."""
    UNLICENSED = "unlicensed"
    """Nothing licenses it."""
    UNKNOWN = "unknown"
    """It could not be read, or says something that nxsl does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where `holds`, a switch is in `state`, and the reason is `reason`.

    Attributes:
        when: what `holds` asks for, in words.
        reason: some words for tables that never change.
    """

    when: str
    holds: Holds
    state: Entitlement
    reason: str


def always(_state: SwitchState) -> bool:
    """Hold for every switch: the last row of each regime."""
    return True


def rules(*rows: tuple[str, Holds, Entitlement, str]) -> tuple[Rule, ...]:
    """Make rules of rows (when, holds, state, reason)."""
    return tuple(
        Rule(when=when, holds=holds, state=state, reason=reason)
        for when, holds, state, reason in rows
    )
