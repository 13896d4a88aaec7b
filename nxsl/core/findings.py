"""From a switch's state to findings: what is wrong or soon will be, and what to do about it.

The types. The checks are in `checks_licensing` and `checks_transport`; `assess` runs them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from nxsl.core.intent import LicensingIntent
    from nxsl.core.state import SwitchState


LOOK = "nxsl does not know this word; look at the switch's own output"


class Severity(IntEnum):
    """How bad a finding is; ordered, so that the worst is the maximum."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know about a switch.

    Attributes:
        code: a short name that never changes, for filters and scripts.
        message: one sentence with the switch's own words.
        remedy: what to do or type; empty where nothing needs doing.
    """

    code: str
    severity: Severity
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From when on a date is a finding.

    A healthy switch renews its authorization every 30 days for 90 days, and its ID certificate
    every 180 days for a year: less than 60 or 180 days left means that a renewal has failed or is
    late. The defaults warn well before anything stops.

    Attributes:
        authorization: warn when less than this is left until the communication deadline.
        certificate: warn when less than this is left until the registration expires.
        evaluation: warn when less than this is left of the evaluation period.
        critical: any of them is critical when less than this is left.
        clock_skew: the greatest difference of clocks that certificates bear; Cisco's
            troubleshooting guide for Nexus says one hour.
        overdue: how late an announced renewal may be before it counts as missed.
    """

    authorization: timedelta = timedelta(days=45)
    certificate: timedelta = timedelta(days=60)
    evaluation: timedelta = timedelta(days=30)
    critical: timedelta = timedelta(days=7)
    clock_skew: timedelta = timedelta(hours=1)
    overdue: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a check looks at: the state, what was intended, and the limits."""

    state: SwitchState
    intent: LicensingIntent | None
    limits: Thresholds

    @property
    def now(self) -> datetime:
        """The time of the reading, UTC."""
        return self.state.read_at
