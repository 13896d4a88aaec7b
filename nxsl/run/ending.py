"""How a run has ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nxsl.core.run_records import RunState
from nxsl.run.crew import aggregated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nornir.core.task import Result

    from nxsl.core.run_records import RunHead
    from nxsl.reports import FleetReport


@dataclass(frozen=True)
class RunEnding:
    """How a run has ended.

    Attributes:
        head: who did what; its `id` is what `nxsl runs show` takes.
        state: how it has ended.
        results: a Nornir `Result` with a `TaskRecord` for every host of the plan, in its order.
        problem: why the run store could not be written any more; empty where it could.
    """

    head: RunHead
    state: RunState
    results: Mapping[str, Result]
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether every host is as it should be."""
        return self.state is RunState.DONE and all(
            each.result.outcome.good for each in self.results.values()
        )

    @property
    def resumable(self) -> bool:
        """Whether `FleetRuns.resume` can go on with it; otherwise plan anew what is not good."""
        return self.state in {RunState.PAUSED, RunState.STOPPED, RunState.BROKEN}

    @cached_property
    def report(self) -> FleetReport:
        """The tables of the run."""
        from nxsl.reports import FleetReport  # noqa: PLC0415 (pandas only where it is asked for)

        return FleetReport(self.results, aggregated(self.head.job, self.results))
