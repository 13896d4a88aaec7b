"""Runs, as the run store knows them, as tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nxsl.core.outcome import Outcome
from nxsl.core.run_records import RunSummary
from nxsl.reports.rows import shown
from nxsl.reports.run_tables import RUN_HOSTS, RUN_STEPS, RUNS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from nxsl.core.run_records import Event, HostEntry, RunView
    from nxsl.reports.rows import Row


def runs_frame(summaries: Iterable[RunSummary]) -> pd.DataFrame:
    """The table of runs; see `nxsl.reports.run_tables.RUNS`."""
    return RUNS.frame([_run_row(each) for each in summaries])


def run_frame(view: RunView) -> pd.DataFrame:
    """The table of one run's hosts; see `nxsl.reports.run_tables.RUN_HOSTS`."""
    return RUN_HOSTS.frame([_host_row(each) for each in view.hosts])


def steps_frame(view: RunView) -> pd.DataFrame:
    """The table of one run's steps; see `nxsl.reports.run_tables.RUN_STEPS`."""
    return RUN_STEPS.frame([_step_row(each) for each in view.events if each.host])


def typed_of(event: Event) -> str:
    """What is typed at a step, in one line; empty where nothing is."""
    typed = event.data.get("commands")
    return " ; ".join(map(str, typed)) if isinstance(typed, list) else ""


def summary_of(view: RunView) -> RunSummary:
    """One run as in the list of all."""
    outcomes = Counter(each.outcome for each in view.hosts if each.outcome is not None)
    return RunSummary(head=view.head, hosts=len(view.hosts), outcomes=outcomes)


def _run_row(summary: RunSummary) -> Row:
    head = summary.head
    good = sum(count for outcome, count in summary.outcomes.items() if outcome.good)
    not_run = summary.outcomes.get(Outcome.NOT_RUN, 0)
    ended = sum(summary.outcomes.values()) - summary.outcomes.get(Outcome.PENDING, 0)
    return shown(
        id=head.id,
        job=head.job,
        state=head.state,
        started=head.started_at,
        ended=head.ended_at,
        who=f"{head.holder.user} on {head.holder.machine}",
        hosts=summary.hosts,
        good=good,
        bad=ended - good - not_run,
        not_run=not_run,
        pending=summary.hosts - ended,
        inventory=head.inventory,
    )


def _step_row(event: Event) -> Row:
    return shown(
        number=event.number,
        at=event.at,
        host=event.host,
        event=str(event.kind),
        **{name: str(event.data.get(name) or "") for name in ("step", "end", "outcome", "reason")},
        commands=typed_of(event),
    )


def _host_row(entry: HostEntry) -> Row:
    return shown(
        host=entry.host,
        wave=entry.wave,
        outcome=entry.outcome or "",
        reason=entry.reason,
        detail=entry.detail,
        remedy=entry.remedy,
        evidence=entry.evidence,
        updated_at=entry.updated_at,
    )
