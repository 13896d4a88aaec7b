"""The table `diagnosis`: one row for each check of each switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.diagnosis import CheckResult, DiagnoseRecord
from nxsl.core.text import visible
from nxsl.reports.tables import TEXT, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from nornir.core.task import AggregatedResult

    from nxsl.core.diagnosis import Check, Diagnosis

DIAGNOSIS = Table(
    "diagnosis",
    "One row for each check of each switch, in the order in which they were made.",
    (
        Column("host", TEXT, "the inventory's name of the switch"),
        Column("check", TEXT, "a short name that never changes"),
        Column("result", TEXT, "pass, fail or skipped"),
        Column("severity", TEXT, "of a failed check: critical or warning", brief=False),
        Column("title", TEXT, "what holds where it passes", brief=False),
        Column("why", TEXT, "what is wrong, or why it was skipped"),
        Column("evidence", TEXT, "the switch's own words", rank=1),
        Column("lines", TEXT, "what to type on the switch, a line each", rank=2),
        Column("explained_by", TEXT, "the failed check that made it be skipped", brief=False),
    ),
)


def diagnosis_frame(result: AggregatedResult, *, failures_only: bool = False) -> pd.DataFrame:
    """The table of a run of `diagnose`; hosts that could not be read have no rows."""
    rows = [
        _row(host, check)
        for host, diagnosis in diagnoses(result)
        for check in (diagnosis.failures if failures_only else diagnosis.checks)
    ]
    return DIAGNOSIS.frame(rows)


def diagnoses(result: AggregatedResult) -> Iterator[tuple[str, Diagnosis]]:
    """The hosts that could be read, with what was found."""
    for host, multi in result.items():
        record = multi[0].result if multi else None
        if isinstance(record, DiagnoseRecord) and record.diagnosis is not None:
            yield host, record.diagnosis


def _row(host: str, check: Check) -> Mapping[str, object]:
    return {
        "host": host,
        "check": check.code,
        "result": str(check.result),
        "severity": str(check.severity) if check.result is CheckResult.FAIL else "",
        "title": check.title,
        "why": visible(check.why),
        "evidence": visible(check.evidence),
        "lines": visible("\n".join(check.lines)),
        "explained_by": check.explained_by,
    }
