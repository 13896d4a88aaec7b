"""Applies a plan to a fleet: waves, verdicts, and one end for every host, whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from nornir.core.task import Result

from nxsl.core import limits
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.core.run_records import EventKind, RunState
from nxsl.core.waves import Verdict
from nxsl.run.wave import JOURNAL, LIMIT, STOPPED, Wave
from nxsl.tasks import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from nxsl.core.limits import BadLimit
    from nxsl.core.run_records import RunHead
    from nxsl.fleet.stop import Stop
    from nxsl.run.crew import Crew
    from nxsl.run.jobs import Job
    from nxsl.run.journal import Journal
    from nxsl.run.ledger import Ledger
    from nxsl.run.observer import RunObserver
    from nxsl.run.remote import Remote

PAUSED = TaskRecord(
    outcome=Outcome.NOT_RUN,
    reason=Reason.PAUSED,
    detail="the run paused before the wave of this host",
    remedy="nxsl runs show ID tells why; nxsl resume ID goes on",
)


_BREAKERS = frozenset({Reason.CREDENTIAL_BREAKER, Reason.TOKEN_BREAKER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a run proceeds.

    Attributes:
        limit: how many hosts may end badly.
        soak: seconds that a wave is left alone before it is looked at again.
        patience: how long to wait for each host's licensing agent, and how often to ask.
        go_on: asked between two waves with the number of the next one, its hosts and what the last
            one has shown; None goes on by itself.
    """

    limit: BadLimit
    soak: float = 0.0
    patience: Patience = field(default_factory=Patience)
    go_on: Callable[[int, Sequence[str], str], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a run begins, or goes on.

    Attributes:
        waves: the hosts that are to be changed, wave by wave; those with an end among them.
        under_way: the hosts on which something is under way.
        begun: the hosts that may have been written to, so that what is found done is our doing.
        judged: the waves that were judged and left behind, by number.
        unlooked: hosts that could not be looked at, so that the run cannot be done.
        prove_token: begin one host at a time until a token has worked, as one was refused before.
    """

    waves: Sequence[Sequence[str]]
    under_way: Mapping[str, Result] = field(default_factory=dict)
    begun: frozenset[str] = frozenset()
    judged: frozenset[int] = frozenset()
    unlooked: frozenset[str] = frozenset()
    prove_token: bool = False


class Engine:
    """One run, from its first wave to its end."""

    def __init__(
        self,
        head: RunHead,
        job: Job,
        operands: Mapping[str, Any],
        *,
        crew: Crew,
        journal: Journal,
        ledger: Ledger,
        observers: RunObserver,
        stop: Stop,
        course: Course,
        remote: Remote,
    ) -> None:
        """Set up; `remote` begins hosts where the runner's workers are elsewhere."""
        self._head = head
        self._job = job
        self._operands = dict(operands)
        self._crew = crew
        self._journal = journal
        self._ledger = ledger
        self._observers = observers
        self._stop = stop
        self._course = course
        self._remote = remote
        self._begun: frozenset[str] = frozenset()
        self._changing: frozenset[str] = frozenset()

    def run(self, start: Start) -> RunState:
        """Bring every host of the waves to its end.

        Returns:
            How the run has ended; the ledger has a result for every host.
        """
        self._begun = self._ledger.begun = start.begun
        self._changing = frozenset(host for hosts in start.waves for host in hosts)
        state, size = RunState.DONE, 0
        for number, hosts in enumerate(start.waves, 1):
            size += len(hosts)
            todo = self._without_end(hosts)
            if number in start.judged and not todo:
                continue
            later = start.waves[number:]
            left = self._without_end(host for wave in later for host in wave)
            judged = todo if number in start.judged else hosts
            verdict, why = self._wave(number, todo, judged, start, size)
            state = self._state_after(verdict, judged, left)
            if state is RunState.DONE and left:
                state = self._promote(number, later, why)
            if state is not RunState.DONE:
                self._leave(left, start, self._why_left(state, judged))
                break
        if state is RunState.DONE and start.unlooked:
            state = RunState.PAUSED
        return self._end(state)

    def _end(self, state: RunState) -> RunState:
        if self._ledger.problem is not None:
            state = RunState.BROKEN
        self._journal.end(state)
        if self._ledger.problem is not None:  # that it has come to its end could not be noted
            state = RunState.BROKEN
        records = {host: each.result for host, each in self._ledger.results.items()}
        self._observers.run_ended(self._head, state, records)
        return state

    def _without_end(self, hosts: Iterable[str]) -> list[str]:
        return [host for host in hosts if host not in self._ledger.results]

    # -- one wave ---------------------------------------------------------------------------------

    def _wave(
        self, number: int, todo: Sequence[str], judged: Sequence[str], start: Start, size: int
    ) -> limits.Judgement:
        """Bring a wave to its end, look at it again where others follow, and judge it."""
        allowed = self._course.limit.allowed(size)
        self._journal.event(EventKind.WAVE_STARTED, wave=number, hosts=list(todo))
        self._observers.wave_started(number, todo)
        under_way = {host: start.under_way[host] for host in todo if host in start.under_way}
        wave = Wave(
            self._crew,
            self._ledger,
            begin=self._begin,
            patience=self._course.patience,
            stop=self._stop,
            allowed=allowed,
            bad=self._bad,
            prove_token=start.prove_token,
        )
        wave.run([host for host in todo if host not in under_way], under_way=under_way)
        if any(start.waves[number:]):
            self._look_again(number, judged)
        outcomes = self._outcomes(judged)
        before = self._bad() - sum(map(limits.is_bad, outcomes.values()))
        found = limits.judge_wave(outcomes, allowed=allowed, bad_before=before)
        verdict, why = found
        cut = self._stop.requested.is_set() and verdict is Verdict.INCONCLUSIVE
        if not cut:  # by a signal: whoever resumes it gets it judged
            self._journal.event(EventKind.WAVE_ENDED, wave=number, verdict=str(verdict), why=why)
            self._observers.wave_ended(number, verdict, why)
        return found

    def _state_after(self, verdict: Verdict, hosts: Sequence[str], left: Sequence[str]) -> RunState:
        """How the run stands after a wave; it has come to its end where nobody was left out."""
        left_out = [host for host in hosts if self._ledger.outcomes[host] is Outcome.NOT_RUN]
        pending = [host for host in hosts if self._ledger.outcomes[host] is Outcome.PENDING]
        if verdict is Verdict.FAILED and left:
            return RunState.ABORTED  # whatever else has happened: it must not go on
        if self._stop.requested.is_set() and (left or left_out or pending):
            return RunState.STOPPED
        if self._ledger.problem is not None:
            return RunState.BROKEN
        if verdict is Verdict.PASSED or not (left or left_out):
            return RunState.DONE
        if verdict is Verdict.FAILED or self._breaker(hosts) is not None:
            return RunState.ABORTED
        return RunState.PAUSED

    def _breaker(self, hosts: Sequence[str]) -> TaskRecord | None:
        """The end of a host that a breaker has held back; None where none has."""
        records: Iterable[TaskRecord] = (self._ledger.results[host].result for host in hosts)
        return next((each for each in records if each.reason in _BREAKERS), None)

    def _begin(self, hosts: Collection[str]) -> Mapping[str, Result]:
        operands = dict(self._operands)
        if self._job.detaches:
            operands["detach"] = True
        if self._job.waits:
            operands["patience"] = replace(self._course.patience, stop=self._stop.requested)
        if self._crew.remote:
            found = self._remote.begin(self._crew, hosts, operands)
        else:
            found = self._crew.run(self._job.task, hosts, **operands)
        return {
            host: after_an_interruption(each) if host in self._begun else each
            for host, each in found.items()
        }

    # -- between waves ----------------------------------------------------------------------------

    def _look_again(self, number: int, hosts: Sequence[str]) -> None:
        """Let the wave soak, then look whether what was done has lasted."""
        good = [host for host in hosts if self._ledger.outcomes.get(host) is Outcome.CHANGED_OK]
        if not good or self._job.again is None or self._stop.requested.is_set():
            return
        if self._course.soak > 0:
            self._observers.soaking(number, self._course.soak)
            if self._stop.wait(self._course.soak):
                return
        operands = {**self._operands, **self._job.again, "dry_run": True}
        operands.pop("token", None)
        found = self._crew.run(self._job.task, good, quiet=True, **operands)
        for host, result in found.items():
            stopped = result.result.reason is Reason.STOPPED  # nobody has looked
            if result.result.outcome not in self._job.lasting and not stopped:
                self._ledger.note(host, _not_lasting(self._ledger.results[host], result))

    def _promote(self, number: int, later: Sequence[Sequence[str]], why: str) -> RunState:
        """Whether to go on with the next wave that has anything left."""
        ask = self._course.go_on
        if ask is None:
            return RunState.DONE
        ahead, hosts = next(
            (at, left)
            for at, wave in enumerate(later, number + 1)
            if (left := self._without_end(wave))
        )
        if ask(ahead, hosts, why) and not self._stop.requested.is_set():
            return RunState.DONE
        return RunState.STOPPED if self._stop.requested.is_set() else RunState.PAUSED

    def _why_left(self, state: RunState, hosts: Sequence[str]) -> TaskRecord:
        """What is said of the hosts behind a wave that was the last."""
        breaker = self._breaker(hosts)
        if state is RunState.ABORTED and breaker is not None:
            return replace(breaker, facts=None, seen=None)
        return {
            RunState.STOPPED: STOPPED,
            RunState.BROKEN: JOURNAL,
            RunState.ABORTED: LIMIT,
        }.get(state, PAUSED)

    def _leave(self, hosts: Sequence[str], start: Start, why: TaskRecord) -> None:
        """Note why the hosts of later waves were not begun."""
        for host in hosts:
            if host in start.under_way:
                self._ledger.note(host, start.under_way[host], final=True)
            else:
                self._ledger.not_run([host], why)

    def _bad(self) -> int:
        """How many hosts of the waves are bad; what the plan had found is no news."""
        ended = [host for host in self._ledger.results if host in self._changing]
        return sum(map(limits.is_bad, self._outcomes(ended).values()))

    def _outcomes(self, hosts: Iterable[str]) -> dict[str, Outcome]:
        """How hosts have ended; one that is under way when the run is stopped is not overdue."""
        found = {host: self._ledger.outcomes[host] for host in hosts}
        if not self._stop.requested.is_set():
            return found
        cut = {host: Outcome.NOT_RUN for host, each in found.items() if each is Outcome.PENDING}
        return {**found, **cut}


def after_an_interruption(result: Result) -> Result:
    """An end of a host that this run had written to before it was interrupted.

    What is found done is its doing; "clean" and "undone" are said of what came after the
    interruption alone, so that they cannot be said of the host.
    """
    record: TaskRecord = result.result
    if record.outcome is Outcome.ALREADY_OK:
        outcome, changed = Outcome.CHANGED_OK, True
        reason: Reason | Literal[""] = Reason.PROVEN
        detail = f"written before the run was interrupted, proven now: {record.detail}"
    elif record.outcome in _SAID_OF_THE_REST:
        outcome = Outcome.UNKNOWN if record.facts is None else Outcome.FAILED_DIRTY
        reason, changed = record.reason, True
        detail = f"written to before the run was interrupted, and then: {record.detail}"
    else:
        return result
    record = replace(record, outcome=outcome, reason=reason, detail=detail)
    return Result(
        host=result.host,
        result=record,
        changed=changed,
        diff=result.diff,
        failed=not outcome.good,
    )


_SAID_OF_THE_REST = frozenset({Outcome.FAILED_CLEAN, Outcome.ROLLED_BACK, Outcome.REFUSED})


def _not_lasting(done: Result, now: Result) -> Result:
    """A host that was good, and is not any more or cannot be asked."""
    record, found = done.result, now.result
    gone = found.outcome is Outcome.PLANNED
    return Result(
        host=done.host,
        result=replace(
            record,
            outcome=Outcome.FAILED_DIRTY if gone else Outcome.UNKNOWN,
            reason=Reason.NOT_LASTING if gone else found.reason,
            detail=f"{record.detail}; but when it was looked at again: "
            + ("it is not so any more" if gone else found.detail),
            remedy=found.remedy or "nxsl verify",
            evidence=found.evidence or str(now.diff or ""),
        ),
        changed=done.changed,
        diff=done.diff,
        failed=True,
    )
