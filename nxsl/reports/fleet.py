"""All tables of one run over a fleet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nxsl.core.findings import Severity
from nxsl.core.outcome import Outcome, TaskRecord, VerifyRecord
from nxsl.core.reason_words import Reason
from nxsl.reports import rows, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from nornir.core.task import AggregatedResult, MultiResult


@dataclass(frozen=True, slots=True)
class Entry:
    """How one task ended on one host.

    Attributes:
        task: the task's name.
        record: its record; made up where the task died of something that is not nxsl's.
        changed: Nornir's `changed`.
    """

    task: str
    record: TaskRecord
    changed: bool

    @property
    def is_reading(self) -> bool:
        """Whether it is a `verify`, from which the state of the switch is known."""
        return isinstance(self.record, VerifyRecord)


class FleetReport:
    """The tables of one or more runs over the same hosts, as DataFrames.

    ```python
    verified = nr.run(verify, on_failed=True)
    report = FleetReport(nr.inventory.hosts, configured, registered, verified)
    report.status[report.status.worst == "critical"]
    ```

    Attributes:
        hosts: the names of all hosts, in the inventory's order; each has one row in `status`.
    """

    def __init__(self, hosts: Iterable[str], *results: AggregatedResult) -> None:
        """Take results in the order in which they were got; the last reading of a host counts."""
        self.hosts = tuple(dict.fromkeys(hosts))
        self._entries: dict[str, list[Entry]] = {host: [] for host in self.hosts}
        for result in results:
            for host in self.hosts:
                self._entries[host].append(entry_for(result, host))

    @cached_property
    def status(self) -> pd.DataFrame:
        """One row for every host; columns as in `nxsl.reports.tables.STATUS`."""
        return tables.STATUS.frame(
            rows.status_row(host, self._entries[host]) for host in self.hosts
        )

    @cached_property
    def usage(self) -> pd.DataFrame:
        """One row for each licence of each switch; columns as in `tables.USAGE`."""
        return tables.USAGE.frame(
            row
            for host, record in self._readings
            if record.state
            for row in rows.usage_rows(host, record.state)
        )

    @cached_property
    def transport(self) -> pd.DataFrame:
        """One row for each switch whose call home was read; columns as in `tables.TRANSPORT`."""
        found = (
            rows.transport_row(host, record.state, record.intent)
            for host, record in self._readings
            if record.state
        )
        return tables.TRANSPORT.frame(row for row in found if row is not None)

    @cached_property
    def expiry(self) -> pd.DataFrame:
        """One row for each date ahead, the nearest first; columns as in `tables.EXPIRY`."""
        frame = tables.EXPIRY.frame(
            row
            for host, record in self._readings
            if record.state
            for row in rows.expiry_rows(host, record.state)
        )
        return frame.sort_values("at", kind="stable", ignore_index=True)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row for each finding, the worst first; columns as in `tables.FINDINGS`."""
        frame = tables.FINDINGS.frame(
            row for host, record in self._readings for row in rows.finding_rows(host, record)
        )
        order = {str(severity): -severity for severity in Severity}
        return frame.sort_values(
            "severity", key=lambda column: column.map(order), kind="stable", ignore_index=True
        )

    @cached_property
    def failures(self) -> pd.DataFrame:
        """One row for each task that did not do its work; columns as in `tables.FAILURES`.

        A task that was not started has a row only where no other was started on that host.
        """
        return tables.FAILURES.frame(
            rows.failure_row(host, entry)
            for host in self.hosts
            for entry in _failed(self._entries[host])
        )

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row for each task on each host; columns as in `tables.OUTCOMES`."""
        return tables.OUTCOMES.frame(rows.outcome_row(host, entry) for host, entry in self._all())

    def table(self, name: str) -> pd.DataFrame:
        """The table of that name.

        Raises:
            KeyError: there is none.
        """
        if name not in tables.TABLES:
            raise KeyError(f"no table '{name}'; there are {', '.join(tables.TABLES)}")
        frame: pd.DataFrame = getattr(self, name)
        return frame

    def _repr_html_(self) -> str:
        """Jupyter shows the status."""
        html: str = self.status.to_html(max_rows=60)
        return html

    def __repr__(self) -> str:
        counts = self.status["outcome"].value_counts().to_dict()
        return f"<FleetReport of {len(self.hosts)} hosts: {counts}>"

    def _all(self) -> Iterator[tuple[str, Entry]]:
        for host in self.hosts:
            for entry in self._entries[host]:
                yield host, entry

    @cached_property
    def _readings(self) -> tuple[tuple[str, VerifyRecord], ...]:
        """The last reading of each host that has one."""
        last = {
            host: entry.record
            for host, entry in self._all()
            if isinstance(entry.record, VerifyRecord)
        }
        return tuple(last.items())


def _failed(entries: list[Entry]) -> list[Entry]:
    started = [entry for entry in entries if entry.record.outcome is not Outcome.NOT_RUN]
    return [entry for entry in started or entries[:1] if not entry.record.outcome.good]


def entry_for(result: AggregatedResult, host: str) -> Entry:
    """How a task ended on a host, also where it was not started there."""
    if host not in result:
        skipped = TaskRecord(
            outcome=Outcome.NOT_RUN,
            reason=Reason.NOT_RUN,
            detail="not started: an earlier task had failed on this host, or it was not selected",
            remedy="see the earlier failure",
        )
        return Entry(task=result.name, record=skipped, changed=False)
    return _entry_of(result.name, result[host])


def _entry_of(task: str, multi: MultiResult) -> Entry:
    first = multi[0] if multi else None
    if first is not None and isinstance(first.result, TaskRecord):
        return Entry(task=task, record=first.result, changed=bool(first.changed))
    error = first.exception if first is not None else None
    record = TaskRecord(
        outcome=Outcome.UNKNOWN,
        reason=Reason.INTERNAL,
        detail=f"{type(error).__name__}: {error}" if error else "the task gave no record",
        remedy="this is a fault of the program: please report it",
    )
    return Entry(task=task, record=record, changed=False)
