"""Hosts that are given to workers elsewhere, where no journal and no breaker precedes a step.

So it is noted here, parcel by parcel, that a host is about to be handed over, and asked whether it
may be. What happens in between only the worker knows; the plan travels with the hosts, and a worker
refuses one that has changed. A parcel that is handed over is out of reach: a journal that fails, a
breaker or a take-over holds back the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nxsl.core.errors import JournalFailed, NotTried, Refused
from nxsl.core.guard import Step, StepKind
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.run_records import EventKind
from nxsl.run.crew import made_up
from nxsl.run.wave import JOURNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from nornir.core.task import Result

    from nxsl.core.guard import Guard
    from nxsl.run.breakers import Tokens
    from nxsl.run.crew import Crew
    from nxsl.run.jobs import Job
    from nxsl.run.journal import Journal


class Remote:
    """Begins hosts on workers elsewhere."""

    def __init__(
        self,
        journal: Journal,
        tokens: Tokens,
        agreed: Callable[[Collection[str]], Guard],
        job: Job,
    ) -> None:
        self._journal = journal
        self._tokens = tokens
        self._agreed = agreed
        self._job = job

    def begin(
        self, crew: Crew, hosts: Collection[str], operands: Mapping[str, Any]
    ) -> dict[str, Result]:
        """Run the job's task on hosts."""
        handed: set[str] = set()

        def hand_over(parcel: Collection[str]) -> dict[str, Result]:
            held = {host: back for host in parcel if (back := self._held_back(host)) is not None}
            handed.update(host for host in parcel if host not in held)
            return held

        try:
            found = crew.run(
                self._job.task,
                hosts,
                guard=self._agreed(hosts),
                handing_over=hand_over,
                told=self._tokens.note,
                **operands,
            )
        except Refused:  # the runner has taken none of them
            self._not_taken(handed)
            raise
        self._not_taken(
            host
            for host, each in found.items()
            if host in handed and each.result.outcome is Outcome.NOT_RUN
        )
        return found

    def _held_back(self, host: str) -> Result | None:
        """Note a host that is about to be handed over; what it ends in where it must not be."""
        try:
            if self._job.sends_secret:
                self._tokens.before(host)
        except NotTried as refused:
            return made_up(
                TaskRecord(
                    outcome=Outcome.NOT_RUN,
                    reason=refused.reason,
                    detail=refused.message,
                    remedy=refused.remedy,
                )
            )
        kind = StepKind.SECRET if self._job.sends_secret else StepKind.COMMAND
        try:
            self._journal.before(host, Step(kind=kind, commands=()))
        except JournalFailed:
            return made_up(JOURNAL)
        return None

    def _not_taken(self, hosts: Iterable[str]) -> None:
        for host in hosts:
            self._journal.event(EventKind.NOT_TAKEN, host, why="no worker has begun it")
