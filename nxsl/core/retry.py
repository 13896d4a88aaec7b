"""Which hosts of an earlier run are to be tried again."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from nxsl.core.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nxsl.core.run_records import HostEntry


class Only(StrEnum):
    """Which of them."""

    BAD = "bad"
    """Every host that did not end well."""
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    PENDING = "pending"
    NOT_RUN = "not-run"


_OUTCOMES = {
    Only.FAILED: frozenset({Outcome.FAILED_CLEAN, Outcome.FAILED_DIRTY, Outcome.ROLLED_BACK}),
    Only.REFUSED: frozenset({Outcome.REFUSED, Outcome.UNSUPPORTED}),
    Only.UNKNOWN: frozenset({Outcome.UNKNOWN}),
    Only.PENDING: frozenset({Outcome.PENDING}),
    Only.NOT_RUN: frozenset({Outcome.NOT_RUN}),
}


def chosen(entries: Iterable[HostEntry], only: Only) -> tuple[str, ...]:
    """The hosts of a run that are to be tried again; one without an end never is.

    A run with such hosts was killed, and wants to be resumed.
    """
    return tuple(
        entry.host
        for entry in entries
        if entry.outcome is not None
        and (not entry.outcome.good if only is Only.BAD else entry.outcome in _OUTCOMES[only])
    )
