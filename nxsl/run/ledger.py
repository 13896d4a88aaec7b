"""How each host of a run stands: in memory, in the journal, and before the observers' eyes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from nxsl.core.outcome import Outcome
from nxsl.core.resume import RESUMABLE
from nxsl.run.crew import made_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nornir.core.task import Result

    from nxsl.core.errors import JournalFailed
    from nxsl.core.outcome import TaskRecord
    from nxsl.run.breakers import Tokens
    from nxsl.run.journal import Journal
    from nxsl.run.observer import RunObserver


# What is known where a remedy is written, and what is not: how the run is called.
_NAMELESS = re.compile(r"(nxsl (?:resume|runs retry|runs show)) ID\b")


class Ledger:
    """The one place where a host's end is noted; each has one end at most.

    Attributes:
        results: of every host that has come to its end.
        pending: of every host on which something is under way.
        begun: hosts that the run had written to before it was interrupted.
    """

    def __init__(self, journal: Journal, observers: RunObserver, tokens: Tokens) -> None:
        self.results: dict[str, Result] = {}
        self.pending: dict[str, Result] = {}
        self.begun: frozenset[str] = frozenset()
        self._journal = journal
        self._observers = observers
        self._tokens = tokens

    @property
    def problem(self) -> JournalFailed | None:
        """Why the journal cannot be written any more."""
        return self._journal.problem

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcomes so far."""
        return {host: each.result.outcome for host, each in self.results.items()}

    def known(self, results: Mapping[str, Result]) -> None:
        """Take over ends that are noted already."""
        self.results.update(results)

    def note(self, host: str, result: Result, *, final: bool = False) -> None:
        """Note a task's result: the host's end, or that something is under way on it.

        Args:
            host: the inventory's name.
            result: of the task.
            final: a host on which something is still under way has come to its end all the same.
        """
        self.note_all({host: result}, final=final)

    def note_all(self, results: Mapping[str, Result], *, final: bool = False) -> None:
        """The same for the hosts of one round, in one go: the journal first, then the observers."""
        new = {host: host not in self.pending for host in results}
        kept = {host: each for host, each in results.items() if self._take(host, each, final)}
        self._journal.keep(kept)
        for host, result in results.items():
            if host in self.results:
                self._observers.host_ended(host, result.result)
            elif new[host]:
                self._observers.host_pending(host, result.result)

    def _take(self, host: str, result: Result, final: bool) -> bool:
        """Take a result; tells whether the journal has to know of it."""
        record: TaskRecord = result.result
        self._tokens.note(host, record)
        if _NAMELESS.search(record.remedy):
            remedy = _NAMELESS.sub(rf"\1 {self._journal.run}", record.remedy)
            record = result.result = replace(record, remedy=remedy)
        former = self.pending.get(host)
        if record.outcome is Outcome.PENDING and record.ticket is not None and not final:
            self.pending[host] = result
            return former is None or former.result.ticket != record.ticket
        self.pending.pop(host, None)
        if former is not None and record.outcome is Outcome.PENDING and record.ticket is None:
            # Overdue: a resumed run can go on asking.
            result.result = replace(record, ticket=former.result.ticket)
        self.results[host] = result
        return True

    def not_run(self, hosts: Iterable[str], record: TaskRecord) -> None:
        """Note hosts that were not begun, or not gone on with."""
        results: dict[str, Result] = {}
        for host in hosts:
            ended = record
            if host in self.begun and record.reason not in RESUMABLE:
                ended = replace(
                    record,
                    outcome=Outcome.UNKNOWN,
                    detail=f"begun before the run was interrupted, and then {record.detail}",
                )
            results[host] = made_up(ended)
        self.note_all(results)
