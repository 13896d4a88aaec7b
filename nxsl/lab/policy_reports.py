"""The usage reports (RUM) of one switch and the states they go through."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class ReportState(StrEnum):
    """How far a report is, in the words of `show license rum id all`."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    PENDING = "PENDING"
    UNACKNOWLEDGED = "UNACKNOWLEDGED"
    ACK = "ACK"


@dataclass(slots=True)
class Report:
    """One report of one licence.

    Attributes:
        number: Its number.
        tag: The licence.
        count: How many were in use.
        opened: When it was opened.
        state: How far it is.
    """

    number: int
    tag: str
    count: int
    opened: datetime
    state: ReportState = ReportState.OPEN


class Store:
    """All reports of a switch: one is open for every licence in use, the others are older.

    Args:
        used: Tag and count of every licence in use.
        first: The number of the first report.
        past: The older reports of each licence, and when they were opened.
        now: The time by the switch's clock.
    """

    def __init__(
        self,
        used: Sequence[tuple[str, int]],
        first: int,
        past: Sequence[tuple[ReportState, datetime]],
        now: datetime,
    ) -> None:
        self.reports: list[Report] = []
        self._used = tuple(used)
        self._next = first
        for state, opened in past:
            self._open(opened, state)
        self._open(now)

    @property
    def any_used(self) -> bool:
        """Whether any licence is in use."""
        return bool(self._used)

    def _open(self, now: datetime, state: ReportState = ReportState.OPEN) -> None:
        for tag, count in self._used:
            self.reports.append(Report(self._next, tag, count, now, state))
            self._next += 1

    def _move(self, new: ReportState, *old: ReportState) -> bool:
        moved = [report for report in self.reports if report.state in old]
        for report in moved:
            report.state = new
        return bool(moved)

    def close(self, now: datetime) -> None:
        """Close what is open and go on with new reports."""
        if self._move(ReportState.CLOSED, ReportState.OPEN):
            self._open(now)

    def close_unless_waiting(self, now: datetime) -> None:
        """Close what is open if nothing else is there to be written down."""
        waiting = {ReportState.CLOSED, ReportState.PENDING, ReportState.UNACKNOWLEDGED}
        if not any(report.state in waiting for report in self.reports):
            self.close(now)

    def send(self) -> None:
        """Note that everything closed went out, and what nobody acknowledged once more."""
        self._move(ReportState.PENDING, ReportState.CLOSED, ReportState.UNACKNOWLEDGED)

    def miss(self) -> None:
        """Note that no acknowledgement came."""
        self._move(ReportState.UNACKNOWLEDGED, ReportState.PENDING)

    def acknowledge(self, numbers: set[int] | None) -> bool:
        """Note an acknowledgement; tell whether there was anything to be acknowledged.

        Args:
            numbers: The reports that it names; None is everything that was sent.
        """
        if numbers is None:
            return self._move(ReportState.ACK, ReportState.PENDING)
        named = [report for report in self.reports if report.number in numbers]
        for report in named:
            report.state = ReportState.ACK
        return bool(named)
