"""The conversion of licence files (PAK) into smart licences, asked for by the switch itself.

Pure: what the words of `show license status` mean, may it be started, has it come to an end. The
states are those of Cisco's smart-license model; how NX-OS spells most of them is recalled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import TaskRecord

if TYPE_CHECKING:
    from nxsl.core.records import LicenseStatus


class ConversionState(StrEnum):
    """The words behind `Smart License Conversion: Status:`."""

    NOT_SUPPORTED = "not-supported"
    NOT_STARTED = "not-started"
    STARTED = "started"
    POLLING = "polling"
    SUCCESSFUL = "successful"
    ALREADY_CONVERTED = "already-converted"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def under_way(self) -> bool:
        """Whether an answer of the backend is still to come."""
        return self in {ConversionState.STARTED, ConversionState.POLLING}

    @property
    def at_rest(self) -> bool:
        """Whether the switch says that none is under way, in words that nxsl knows."""
        return self.converted or self in {ConversionState.NOT_STARTED, ConversionState.FAILED}

    @property
    def converted(self) -> bool:
        """Whether there is nothing left to convert."""
        return self in {ConversionState.SUCCESSFUL, ConversionState.ALREADY_CONVERTED}


_WORDS = {
    "not supported": ConversionState.NOT_SUPPORTED,
    "not started": ConversionState.NOT_STARTED,
    "started": ConversionState.STARTED,
    "in progress": ConversionState.POLLING,
    "polling": ConversionState.POLLING,
    "success": ConversionState.SUCCESSFUL,
    "successful": ConversionState.SUCCESSFUL,
    "already converted": ConversionState.ALREADY_CONVERTED,
    "failed": ConversionState.FAILED,
}

_DATE = re.compile(r"\s+on\s+\S.*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionRecord(TaskRecord):
    """The result of `convert`.

    Attributes:
        before: `show license status` before.
        after: the last one read; None where nothing was sent.
    """

    before: LicenseStatus | None = None
    after: LicenseStatus | None = None


def state_in(words: str) -> ConversionState:
    """What the switch's words mean; a date behind them makes no difference."""
    bare = re.sub(r"[\s_-]+", " ", _DATE.sub("", words)).strip().casefold()
    return _WORDS.get(bare, ConversionState.UNKNOWN)


def conversion_state(status: LicenseStatus) -> ConversionState:
    """How far the conversion is; `NOT_SUPPORTED` where the switch shows no block for it."""
    found = status.conversion
    return state_in(found.status) if found else ConversionState.NOT_SUPPORTED


def words_of(status: LicenseStatus) -> str:
    """The switch's own words."""
    return status.conversion.status if status.conversion else "not shown"


def require_convertible(status: LicenseStatus) -> None:
    """Refuse to start a conversion that the switch knows nothing of, or says odd things about.

    Raises:
        StateRefused: naming the words.
    """
    state, words = conversion_state(status), words_of(status)
    if state is ConversionState.NOT_SUPPORTED:
        raise errors.StateRefused(
            f"the switch knows no conversion of licence files ({words})",
            remedy="convert the files in the smart account's portal",
        )
    if state is ConversionState.UNKNOWN:
        raise errors.StateRefused(
            f"nxsl does not know the conversion's state '{words}'",
            remedy="look at `show license status` on the switch",
            text=words,
        )


def is_news(before: LicenseStatus, now: LicenseStatus, *, seen_under_way: bool) -> bool:
    """Whether what is shown now belongs to the conversion that was started after `before`.

    The old result stays on screen until the agent has begun, and may have the same words.
    """
    return seen_under_way or now.conversion != before.conversion
