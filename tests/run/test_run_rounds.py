"""A wave over a clock that nobody waits for: whom it asks, when, and what it notes in one go."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.task import Result

from nxsl.core.outcome import Outcome, RegisterRecord
from nxsl.core.reason_words import Reason
from nxsl.core.records import LicenseStatus
from nxsl.core.tickets import Ticket, TicketKind
from nxsl.run import wave as wave_module
from nxsl.run.breakers import Tokens
from nxsl.run.ledger import Ledger
from nxsl.run.observer import RunObserver
from nxsl.run.wave import Wave
from nxsl.tasks import Patience

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PATIENCE = Patience(deadline=240.0)
START = datetime(2026, 3, 1, tzinfo=UTC)
STATUS = LicenseStatus(enabled=True)


class Clock:
    """Monotonic seconds and the date, both of which only move when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def date(self) -> datetime:
        return START + timedelta(seconds=self.now)


class Stop:
    """Waits by moving the clock."""

    def __init__(self, clock: Clock) -> None:
        self.requested = threading.Event()
        self.urgent = threading.Event()
        self._clock = clock

    def wait(self, seconds: float) -> bool:
        self._clock.now += seconds
        return False


class Notes:
    """Stands for a journal: what was kept in one go, and when."""

    run = "r1"
    problem = None

    def __init__(self, clock: Clock) -> None:
        self.kept: list[dict[str, Outcome]] = []
        self.at: dict[str, float] = {}
        self._clock = clock

    def keep(self, results: Mapping[str, Result]) -> None:
        if results:
            self.kept.append({host: each.result.outcome for host, each in results.items()})
        self.at |= dict.fromkeys(results, self._clock.now)


class Told(RunObserver):
    """Keeps what it is told, with how many hosts the journal knew of at that time."""

    def __init__(self, notes: Notes) -> None:
        self.ended: list[tuple[str, int]] = []
        self.pending: list[str] = []
        self._notes = notes

    def host_pending(self, host: str, record: Any) -> None:  # noqa: ARG002
        self.pending.append(host)

    def host_ended(self, host: str, record: Any) -> None:  # noqa: ARG002
        self.ended.append((host, sum(map(len, self._notes.kept))))


class Backend:
    """Workers and switches in one: what is started takes its time by the clock."""

    def __init__(self, clock: Clock, takes: Mapping[str, float]) -> None:
        self.asked: dict[str, list[float]] = {host: [] for host in takes}
        self.rounds: list[list[str]] = []
        self.dead: set[str] = set()
        self.last: set[str] = set()
        self._clock = clock
        self._takes = takes
        self._begun: dict[str, float] = {}

    def begin(self, hosts: Collection[str]) -> dict[str, Result]:
        return {host: self._start(host) for host in hosts}

    def _start(self, host: str) -> Result:
        self._clock.now += 0.01
        self._begun[host] = self._clock.now
        return self._result(host, Outcome.PENDING, self._clock.date())

    def run(
        self,
        _task: object,
        hosts: Collection[str],
        *,
        tickets: Mapping[str, Ticket],
        last: bool,
    ) -> dict[str, Result]:
        if hosts:
            self.rounds.append(list(hosts))
        found = {}
        for host in hosts:
            self._clock.now += 0.005
            age = self._clock.now - self._begun[host]
            self.asked[host].append(age)
            outcome = Outcome.CHANGED_OK if age >= self._takes[host] else Outcome.PENDING
            after = None if host in self.dead else STATUS
            outcome = Outcome.PENDING if host in self.dead else outcome
            found[host] = self._result(host, outcome, tickets[host].sent_at, after)
            if last:
                self.last.add(host)
        return found

    def resumed(self, host: str, ago: float) -> Result:
        self._begun[host] = self._clock.now - ago
        return self._result(host, Outcome.PENDING, self._clock.date() - timedelta(seconds=ago))

    def _result(
        self, host: str, outcome: Outcome, sent_at: datetime, after: LicenseStatus | None = None
    ) -> Result:
        pending = outcome is Outcome.PENDING
        ticket = Ticket(kind=TicketKind.REGISTRATION, sent_at=sent_at) if pending else None
        record = RegisterRecord(
            outcome=outcome,
            reason=Reason.UNDER_WAY if pending else "",
            after=after,
            ticket=ticket,
        )
        return Result(host=None, result=record, failed=pending, name=host)


class Rig:
    """A wave with all it needs."""

    def __init__(self, takes: Mapping[str, float], patience: Patience = PATIENCE) -> None:
        self.clock = Clock()
        self.notes = Notes(self.clock)
        self.told = Told(self.notes)
        self.backend = Backend(self.clock, takes)
        self.ledger = Ledger(self.notes, self.told, Tokens({}))  # type: ignore[arg-type]
        self.wave = Wave(
            self.backend,  # type: ignore[arg-type]
            self.ledger,
            begin=self.backend.begin,
            patience=patience,
            stop=Stop(self.clock),  # type: ignore[arg-type]
            allowed=len(takes),
            bad=lambda: 0,
        )

    def run(self, hosts: Collection[str], under_way: Mapping[str, Result] | None = None) -> None:
        self.wave.run(list(hosts), under_way=under_way or {})

    def questions(self, hosts: Collection[str]) -> float:
        return sum(len(self.backend.asked[host]) for host in hosts) / len(hosts)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[Clock]:
    """Let the module see the clock of the rig that is made last."""
    rigs: list[Clock] = []

    class Dates(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Dates:
            return rigs[-1].date().astimezone(tz)  # type: ignore[return-value]

    class Times:
        @staticmethod
        def monotonic() -> float:
            return rigs[-1].monotonic()

    monkeypatch.setattr(wave_module, "time", Times)
    monkeypatch.setattr(wave_module, "datetime", Dates)
    made = Clock.__init__

    def remember(self: Clock) -> None:
        made(self)
        rigs.append(self)

    monkeypatch.setattr(Clock, "__init__", remember)
    return rigs


def names(count: int) -> list[str]:
    return [f"leaf{number:03}" for number in range(count)]


def test_three_hundred_that_take_a_minute_cost_three_questions_each() -> None:
    hosts = names(300)
    rig = Rig(dict.fromkeys(hosts, 60.0))
    rig.run(hosts)
    assert set(rig.ledger.outcomes.values()) == {Outcome.CHANGED_OK}
    assert rig.questions(hosts[8:]) <= 3.2
    ages = [rig.backend.asked[host][-1] for host in hosts]
    assert all(60 <= age < 64 for age in ages), max(ages)
    assert rig.clock.now - 1000 < 3 + 60 + 3


def test_a_round_is_kept_in_one_go_before_anybody_is_told() -> None:
    hosts = names(50)
    rig = Rig(dict.fromkeys(hosts, 1.0))
    rig.run(hosts)
    assert rig.notes.kept[0] == dict.fromkeys(hosts, Outcome.PENDING)
    ends = rig.notes.kept[1:]
    assert sorted(host for some in ends for host in some) == hosts, "each has one end"
    assert len(ends) <= len(rig.backend.rounds)
    assert rig.told.pending == hosts
    known, told = 50, dict(rig.told.ended)
    for some in ends:
        known += len(some)
        assert {told[host] for host in some} == {known}


def test_hosts_that_do_not_answer_are_left_alone_and_show_nothing() -> None:
    hosts = names(40)
    rig = Rig(dict.fromkeys(hosts, 60.0))
    dead = rig.backend.dead = set(hosts[:10])
    rig.run(hosts)
    for host in dead:
        pauses = [b - a for a, b in pairwise(rig.backend.asked[host])]
        assert min(pauses) > 2.9, "as if nobody else were there"
        assert host in rig.backend.last
        assert len(pauses) < 20
    assert all(60 <= rig.backend.asked[host][-1] < 64 for host in hosts[10:])


def test_a_host_that_was_begun_long_ago_is_asked_soon_and_shows_nothing() -> None:
    hosts = names(30)
    takes = dict.fromkeys(hosts, 60.0) | dict.fromkeys(hosts[:3], 3000.0)
    rig = Rig(takes)
    old = {host: rig.backend.resumed(host, 3000.0) for host in hosts[:3]}
    rig.run(hosts[3:], old)
    for host in hosts[:3]:
        assert len(rig.backend.asked[host]) == 1
        assert rig.notes.at[host] - 1000 < 3
    assert all(60 <= rig.backend.asked[host][-1] < 65 for host in hosts[3:])


def test_whatever_others_show_a_host_is_asked_within_the_longest_pause() -> None:
    hosts = names(60)
    takes = {host: 5.0 if number % 2 else 200.0 for number, host in enumerate(hosts)}
    rig = Rig(takes)
    rig.run(hosts)
    for asked in rig.backend.asked.values():
        pauses = [b - a for a, b in pairwise([0.0, *asked])]
        assert max(pauses) < 20 + 1.5


def test_a_host_whose_time_is_over_is_asked_a_last_time() -> None:
    hosts = names(12)
    rig = Rig(dict.fromkeys(hosts, 500.0), Patience(deadline=30.0))
    rig.run(hosts)
    assert set(rig.ledger.outcomes.values()) == {Outcome.PENDING}
    assert rig.backend.last == set(hosts)
    assert all(30 <= rig.backend.asked[host][-1] < 31.5 for host in hosts)
    assert not rig.wave._waiting
