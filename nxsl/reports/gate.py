"""The upgrade gate over a fleet, as tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nxsl.core.gate import CheckResult
from nxsl.core.outcome import VerifyRecord
from nxsl.core.upgrade import upgrade_gate
from nxsl.reports.fleet import entry_for
from nxsl.reports.gate_tables import CHANGES, CHECKS, GATE, GATE_TABLES, NO_SNAPSHOT, NOT_READ
from nxsl.reports.rows import shown, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    import pandas as pd
    from nornir.core.task import AggregatedResult

    from nxsl.core.gate import Gate, GateCheck
    from nxsl.core.outcome import TaskRecord
    from nxsl.core.regime import Release
    from nxsl.core.snapshot import Snapshot
    from nxsl.reports.rows import Row


@dataclass(frozen=True, slots=True)
class Judged:
    """One host.

    Attributes:
        host: its name in the inventory.
        record: what `verify` gave.
        snapshot: what was kept of it; None before the upgrade, and where there is nothing.
        gate: what the gate says; None where the switch, or its snapshot, could not be read.
    """

    host: str
    record: TaskRecord
    snapshot: Snapshot | None
    gate: Gate | None

    @property
    def verdict(self) -> str:
        """The gate's verdict, or why there is none."""
        if self.gate is not None:
            return str(self.gate.verdict)
        state = self.record.state if isinstance(self.record, VerifyRecord) else None
        return NOT_READ if state is None else NO_SNAPSHOT


_NO_SNAPSHOT = "there is no snapshot of it to compare with"
_JUDGE_BY_HAND = "nxsl verify tells how it is; take snapshots before the next upgrade"


class GateReport:
    """What the upgrade gate says about every host.

    ```python
    verified = nr.run(verify)
    GateReport(nr.inventory.hosts, verified, target=Release.parse("10.3(6)")).gate
    ```

    Attributes:
        hosts: one entry for each host, in the inventory's order.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        verified: AggregatedResult,
        *,
        snapshots: Mapping[str, Snapshot] | None = None,
        target: Release | None = None,
        token: bool = False,
        reachable: Mapping[str, bool] | None = None,
        now: datetime | None = None,
    ) -> None:
        """Judge every host.

        Args:
            hosts: the names of all hosts.
            verified: the result of `verify`.
            snapshots: what was kept before the upgrade, by host; None before the upgrade.
            target: the release to go to.
            token: whether a token is at hand for those whose intent names none.
            reachable: by host, whether it reaches its new backend; left out where nobody tried.
            now: the time of judging, UTC; by default when each switch was read.
        """
        self._target = target
        self.hosts = tuple(
            _judged(
                host,
                entry_for(verified, host).record,
                snapshots,
                target=target,
                token=token,
                reachable=(reachable or {}).get(host),
                now=now,
            )
            for host in dict.fromkeys(hosts)
        )

    @property
    def good(self) -> bool:
        """Whether nothing is left to do on any host."""
        return all(each.gate is not None and each.gate.verdict.good for each in self.hosts)

    @cached_property
    def gate(self) -> pd.DataFrame:
        """One row for every host; columns as in `gate_tables.GATE`."""
        return GATE.frame([_gate_row(each, self._target) for each in self.hosts])

    @cached_property
    def checks(self) -> pd.DataFrame:
        """One row for each check; columns as in `gate_tables.CHECKS`."""
        return CHECKS.frame(
            [
                _check_row(each, check)
                for each in self.hosts
                if each.gate
                for check in each.gate.checks
            ]
        )

    @property
    def to_do(self) -> pd.DataFrame:
        """The checks that are neither passed nor skipped."""
        done = [str(CheckResult.PASS), str(CheckResult.SKIP)]
        return self.checks[~self.checks["result"].isin(done)].reset_index(drop=True)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """One row for each thing that changes; columns as in `gate_tables.CHANGES`."""
        return CHANGES.frame(
            [
                shown(host=each.host, change=change)
                for each in self.hosts
                if each.gate
                for change in each.gate.changes
            ]
        )

    def table(self, name: str) -> pd.DataFrame:
        """The table of that name.

        Raises:
            KeyError: there is none.
        """
        if name not in GATE_TABLES:
            raise KeyError(f"no table '{name}'; there are {', '.join(GATE_TABLES)}")
        frame: pd.DataFrame = getattr(self, name)
        return frame

    def _repr_html_(self) -> str:
        """Jupyter shows the gate."""
        html: str = self.gate.to_html(max_rows=60)
        return html

    def __repr__(self) -> str:
        counts = self.gate["verdict"].value_counts().to_dict()
        return f"<GateReport of {len(self.hosts)} hosts: {counts}>"


def _judged(
    host: str,
    record: TaskRecord,
    snapshots: Mapping[str, Snapshot] | None,
    *,
    target: Release | None,
    token: bool,
    reachable: bool | None,
    now: datetime | None,
) -> Judged:
    state = record.state if isinstance(record, VerifyRecord) else None
    snapshot = snapshots.get(host) if snapshots is not None else None
    if not isinstance(record, VerifyRecord) or state is None:
        return Judged(host, record, snapshot, None)
    if snapshots is None:
        gate = upgrade_gate(
            state, intent=record.intent, target=target, now=now, reachable=reachable, token=token
        )
        return Judged(host, record, None, gate)
    if snapshot is None:
        return Judged(host, record, None, None)
    gate = upgrade_gate(snapshot.state, state, intent=record.intent, target=target, now=now)
    return Judged(host, record, snapshot, gate)


def _gate_row(each: Judged, target: Release | None) -> Row:
    record, gate = each.record, each.gate
    state = record.state if isinstance(record, VerifyRecord) else None
    missing, step, detail = why(record), record.remedy, record.detail
    if gate is not None:
        missing, step, detail = ", ".join(gate.missing), gate.next_step, ""
    elif state is not None:
        missing, step, detail = "snapshot", _JUDGE_BY_HAND, _NO_SNAPSHOT
    return shown(
        host=each.host,
        model=record.facts.model if record.facts else "",
        before=each.snapshot.state.facts.release if each.snapshot else "",
        release=record.facts.release if record.facts else "",
        target=str(target) if target else "",
        regime=state.regime if state else "",
        verdict=each.verdict,
        missing=missing,
        next_step=step,
        detail=detail,
        snapshot_at=each.snapshot.state.read_at if each.snapshot else None,
        read_at=state.read_at if state else None,
    )


def _check_row(each: Judged, check: GateCheck) -> Row:
    return shown(
        host=each.host,
        verdict=each.verdict,
        code=check.code,
        result=check.result,
        blocking=check.blocking,
        message=check.evidence,
        remedy=check.remedy,
    )
