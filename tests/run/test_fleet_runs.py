"""Whole runs over real SSH: waves, limits, verdicts, the journal, and going on after a stop."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from nxsl import Token
from nxsl.core.errors import JournalFailed, Locked
from nxsl.core.outcome import Outcome
from nxsl.core.run_records import EventKind, RunState
from nxsl.core.waves import Verdict
from nxsl.fleet.stop import Stop
from nxsl.lab import (
    CALLHOME_DIRECT,
    USED_UP_TOKEN,
    Answer,
    Backend,
    Drop,
    Refuse,
    Reject,
    SwitchSpec,
)
from nxsl.run.fleet_runs import FleetRuns
from nxsl.run.observer import RunObserver
from nxsl.run.settings import RunSettings
from nxsl.run.store import RunStore
from tests.conftest import PATIENCE, QUICK, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from nxsl.run.ending import RunEnding

Start = "Callable[..., tuple[Fleet, FleetRuns]]"
ALL = RunSettings(waves="all", limit="100%")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore.open(str(tmp_path / "runs.sqlite")) as opened:
        yield opened


class Seen(RunObserver):
    """Keeps what it is told, and does something at a soak."""

    def __init__(self, at_soak: Callable[[], None] = lambda: None) -> None:
        self.waves: list[tuple[str, ...]] = []
        self.verdicts: list[tuple[int, Verdict, str]] = []
        self.pending: list[str] = []
        self.ended: list[str] = []
        self._at_soak = at_soak

    def wave_started(self, number: int, hosts: Sequence[str]) -> None:  # noqa: ARG002
        self.waves.append(tuple(hosts))

    def host_pending(self, host: str, record: Any) -> None:  # noqa: ARG002
        self.pending.append(host)

    def host_ended(self, host: str, record: Any) -> None:  # noqa: ARG002
        self.ended.append(host)

    def soaking(self, number: int, seconds: float) -> None:  # noqa: ARG002
        self._at_soak()

    def wave_ended(self, number: int, verdict: Verdict, why: str) -> None:
        self.verdicts.append((number, verdict, why))


def runs_of(run: Fleet, store: RunStore, *observers: RunObserver, **changes: Any) -> FleetRuns:
    options: dict[str, Any] = {"inventory": str(run.folder), "workers": 10, **changes}
    return FleetRuns(run.nr, store, observers=observers, **options)


def go(runs: FleetRuns, job: str = "configure", **changes: Any) -> RunEnding:
    """Plan and apply."""
    plan = runs.plan(job)
    token = Token(token_value()) if job == "register" else None
    given: dict[str, Any] = {"token": token, "settings": ALL, "patience": PATIENCE, **changes}
    return runs.apply(plan, **given)


def outcomes(ending: RunEnding) -> dict[str, Outcome]:
    return {host: each.result.outcome for host, each in ending.results.items()}


def reasons(ending: RunEnding) -> dict[str, str]:
    return {host: str(each.result.reason) for host, each in ending.results.items()}


def ready(name: str, **changes: Any) -> SwitchSpec:
    return switch(name, **{"callhome": CALLHOME_DIRECT, **changes})


def names(count: int) -> list[str]:
    return [f"leaf{number}" for number in range(1, count + 1)]


def test_small_waves_first_and_every_step_in_the_journal(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    run, seen = fleet(*map(switch, names(6))), Seen()
    ending = go(runs_of(run, store, seen), settings=RunSettings(waves="1,2,rest"))
    assert ending.state is RunState.DONE
    assert ending.good
    assert seen.waves == [("leaf1",), ("leaf2", "leaf3"), ("leaf4", "leaf5", "leaf6")]
    assert [verdict for _, verdict, _ in seen.verdicts] == [Verdict.PASSED] * 3
    assert set(outcomes(ending).values()) == {Outcome.CHANGED_OK}
    view = store.run(ending.head.id)
    assert view.head.state is RunState.DONE
    assert {entry.outcome for entry in view.hosts} == {Outcome.CHANGED_OK}
    steps = [
        (event.kind, event.data["step"])
        for event in view.events
        if event.host == "leaf1" and "step" in event.data
    ]
    assert steps == [
        (EventKind.BEFORE, "configure"),
        (EventKind.AFTER, "configure"),
        (EventKind.BEFORE, "save"),
        (EventKind.AFTER, "save"),
    ]
    assert list(ending.report.outcomes["outcome"]) == ["changed ok"] * 6


def test_a_second_run_changes_nothing_and_is_recorded(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    run = fleet(*map(switch, names(3)))
    runs = runs_of(run, store)
    go(runs)
    lines = {host: run.lab[host].config_lines for host in run.lab}
    ending = go(runs)
    assert ending.good
    assert set(outcomes(ending).values()) == {Outcome.ALREADY_OK}
    assert {host: run.lab[host].config_lines for host in run.lab} == lines
    assert len(store.runs()) == 2
    assert store.run(ending.head.id).head.state is RunState.DONE


def test_a_bad_canary_ends_the_run(fleet: Callable[..., Fleet], store: RunStore) -> None:
    bad = switch("leaf1", faults=(Reject(line=r"^\s*enable$"),))
    run = fleet(bad, *map(switch, names(5)[1:]))
    ending = go(runs_of(run, store), settings=RunSettings())
    assert ending.state is RunState.ABORTED
    assert outcomes(ending)["leaf1"] is Outcome.ROLLED_BACK
    assert [outcomes(ending)[host] for host in names(5)[1:]] == [Outcome.NOT_RUN] * 4
    assert set(reasons(ending).values()) >= {"limit"}
    assert all(not run.lab[host].config_lines for host in names(5)[1:])


@pytest.mark.parametrize("limit", ["0", "1", "2", "3"])
def test_never_more_bad_hosts_than_allowed(
    fleet: Callable[..., Fleet], store: RunStore, limit: str
) -> None:
    run = fleet(*(switch(name, faults=(Reject(line=r"^\s*enable$"),)) for name in names(8)))
    ending = go(runs_of(run, store), settings=RunSettings(waves="all", limit=limit))
    bad = [host for host, outcome in outcomes(ending).items() if outcome is Outcome.ROLLED_BACK]
    assert len(bad) == max(int(limit), 1)
    assert ending.state is RunState.ABORTED
    assert sum(bool(each.config_lines) for each in run.lab.values()) == len(bad)


def test_a_wave_that_tells_nothing_pauses_and_can_be_resumed(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    slow = Backend(register_latency=3.0, authorize_latency=0.05)
    run = fleet(ready("leaf1", backend=slow), ready("leaf2"), ready("leaf3"))
    seen = Seen()
    runs = runs_of(run, store, seen)
    hasty = type(PATIENCE)(deadline=0.3, first_pause=0.05, growth=1.3, longest_pause=0.1)
    ending = go(
        runs, "register", settings=RunSettings(waves="1,rest", limit="100%"), patience=hasty
    )
    assert ending.state is RunState.PAUSED
    assert outcomes(ending) == {
        "leaf1": Outcome.PENDING,
        "leaf2": Outcome.NOT_RUN,
        "leaf3": Outcome.NOT_RUN,
    }
    assert reasons(ending)["leaf2"] == "paused"
    assert [verdict for _, verdict, _ in seen.verdicts] == [Verdict.INCONCLUSIVE]
    assert not run.lab["leaf2"].register_commands
    on = runs.resume(ending.head.id, token=Token(token_value()), patience=PATIENCE, settle=0.1)
    assert on.state is RunState.DONE
    assert set(outcomes(on).values()) == {Outcome.CHANGED_OK}
    assert [len(each.register_commands) for each in run.lab.values()] == [1, 1, 1]


def test_waiting_costs_neither_worker_nor_session(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    """All are under way before the first is done, with two workers and hardly an open session."""
    slow = Backend(register_latency=6.0, authorize_latency=0.05)
    run = fleet(*(ready(name, backend=slow) for name in names(12)))
    most = 0

    class Watch(Seen):
        def host_pending(self, host: str, record: Any) -> None:
            nonlocal most
            super().host_pending(host, record)
            most = max(most, sum(each.open_sessions for each in run.lab.values()))

    seen = Watch()
    runs = runs_of(run, store, seen, workers=2)
    threads = threading.active_count()
    ending = go(runs, "register")
    assert ending.good
    assert sorted(seen.pending) == sorted(names(12))
    assert [len(each.register_commands) for each in run.lab.values()] == [1] * 12
    assert most <= 4
    # Those of connections that were closed just now may be about to end, and the lab has its own.
    left = [each for each in threading.enumerate() if not each.name.startswith("asyncio")]
    assert len(left) <= threads + 2 + 2, left
    assert sum(each.open_sessions for each in run.lab.values()) <= 2


def test_a_used_up_token_is_not_tried_further(fleet: Callable[..., Fleet], store: RunStore) -> None:
    run = fleet(*(ready(name) for name in names(8)))
    settings = RunSettings(waves="1,rest", limit="100%")
    ending = go(runs_of(run, store), "register", token=Token(str(USED_UP_TOKEN)), settings=settings)
    assert outcomes(ending)["leaf1"] is Outcome.FAILED_CLEAN
    assert [reasons(ending)[host] for host in names(8)[1:]] == ["token-breaker"] * 7
    assert [len(each.register_commands) for each in run.lab.values()] == [1] + [0] * 7


def test_what_does_not_last_is_not_good(fleet: Callable[..., Fleet], store: RunStore) -> None:
    run = fleet(*map(switch, names(3)))
    seen = Seen(lambda: run.lab["leaf1"].configure("callhome", "no enable"))
    ending = go(runs_of(run, store, seen), settings=RunSettings(waves="1,rest", soak=0.01))
    assert ending.state is RunState.ABORTED
    assert (outcomes(ending)["leaf1"], reasons(ending)["leaf1"]) == (
        Outcome.FAILED_DIRTY,
        "not-lasting",
    )
    assert not run.lab["leaf2"].config_lines


def test_a_person_may_say_no_between_waves(fleet: Callable[..., Fleet], store: RunStore) -> None:
    run, asked = fleet(*map(switch, names(3))), []

    def no(number: int, hosts: Sequence[str], why: str) -> bool:
        asked.append((number, tuple(hosts), why))
        return False

    runs = runs_of(run, store)
    ending = go(runs, settings=RunSettings(waves="1,rest"), go_on=no)
    assert ending.state is RunState.PAUSED
    assert [(number, hosts) for number, hosts, _ in asked] == [(2, ("leaf2", "leaf3"))]
    assert not run.lab["leaf2"].config_lines
    assert runs.resume(ending.head.id, settle=0.0).good


@pytest.mark.parametrize("failing", range(1, 9))
def test_without_a_journal_nothing_is_written(
    fleet: Callable[..., Fleet],
    store: RunStore,
    monkeypatch: pytest.MonkeyPatch,
    failing: int,
) -> None:
    """From the first write that fails on, whichever it is, no switch gets a line more."""
    run = fleet(*map(switch, names(4)))
    runs = runs_of(run, store, workers=1)
    lines_then: list[int] = []
    count = 0

    def told() -> int:
        return sum(len(each.config_lines) for each in run.lab.values())

    def broken(real: Callable[..., Any]) -> Callable[..., Any]:
        def write(*args: Any, **data: Any) -> Any:
            nonlocal count
            count += 1
            if count >= failing:
                lines_then.append(told())
                raise JournalFailed("no space left on device")
            return real(*args, **data)

        return write

    with monkeypatch.context() as patch:
        for name in ("append", "put_host", "end"):
            patch.setattr(store, name, broken(getattr(store, name)))
        ending = go(runs)
    assert ending.state is RunState.BROKEN
    assert "no space left" in ending.problem
    assert set(outcomes(ending)) == set(names(4))
    assert told() == lines_then[0]
    assert Outcome.NOT_RUN in outcomes(ending).values()
    on = runs.resume(ending.head.id, settle=0.0)
    assert on.good
    assert set(outcomes(on).values()) == {Outcome.CHANGED_OK}
    assert all(each.saved for each in run.lab.values())


def test_two_runs_do_not_meet(fleet: Callable[..., Fleet], store: RunStore) -> None:
    run = fleet(*map(switch, names(2)))
    runs = runs_of(run, store)
    plan = runs.plan("configure")

    def second(number: int, hosts: Sequence[str], why: str) -> bool:
        with pytest.raises(Locked, match="configure"):
            runs_of(run, store).apply(plan, settings=ALL)
        return True

    assert go(runs, settings=RunSettings(waves="1,rest"), go_on=second).good


def test_stopped_between_two_hosts(fleet: Callable[..., Fleet], store: RunStore) -> None:
    run, stop = fleet(*map(switch, names(4))), Stop()

    class Pull(Seen):
        def host_ended(self, host: str, record: Any) -> None:
            super().host_ended(host, record)
            if host == "leaf1":
                stop.heard("SIGTERM")

    runs = runs_of(run, store, Pull(), stop=stop, workers=1)
    ending = go(runs, settings=RunSettings(waves="1,rest", limit="100%"))
    assert ending.state is RunState.STOPPED
    assert outcomes(ending) == {
        "leaf1": Outcome.CHANGED_OK,
        **dict.fromkeys(names(4)[1:], Outcome.NOT_RUN),
    }
    assert {reasons(ending)[host] for host in names(4)[1:]} == {"stopped"}
    on = runs_of(run, store).resume(ending.head.id, settle=0.0)
    assert on.good
    assert set(on.results) == set(names(4))


def test_a_changed_switch_is_refused_each_time(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    run = fleet(*map(switch, names(3)))
    runs = runs_of(run, store)
    plan = runs.plan("configure")
    for host in names(3):
        run.lab[host].configure("callhome", "email-contact noc@example.com")
    ending = runs.apply(plan, settings=ALL, fresh=False)
    assert set(outcomes(ending).values()) == {Outcome.REFUSED}
    assert set(reasons(ending).values()) == {"changed-since-plan"}
    assert all(not each.config_lines for each in run.lab.values())


def test_what_needed_nothing_is_looked_at_again(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    run = fleet(*map(switch, names(2)))
    runs = runs_of(run, store)
    go(runs)
    plan = runs.plan("configure")
    run.lab["leaf1"].configure("callhome", "no enable")
    before = len(run.lab["leaf1"].config_lines)
    ending = runs.apply(plan, settings=ALL, fresh=False)
    assert outcomes(ending) == {"leaf1": Outcome.REFUSED, "leaf2": Outcome.ALREADY_OK}
    assert len(run.lab["leaf1"].config_lines) == before


def test_a_host_that_is_down_is_in_every_plan(fleet: Callable[..., Fleet], store: RunStore) -> None:
    run = fleet(switch("leaf1"), switch("leaf2", faults=(Refuse(),)))
    ending = go(runs_of(run, store))
    told = {host: str(each.result) for host, each in ending.results.items()}
    assert outcomes(ending) == {"leaf1": Outcome.CHANGED_OK, "leaf2": Outcome.FAILED_CLEAN}, told
    assert not ending.good


@pytest.mark.parametrize("answer", [Answer.GOOD])
def test_a_session_that_drops_on_the_token_is_followed(
    fleet: Callable[..., Fleet], store: RunStore, answer: Answer
) -> None:
    backend = Backend(answer=answer, register_latency=0.2, authorize_latency=0.05)
    drop = Drop(line="license smart register", when="after")
    run = fleet(ready("leaf1", backend=backend, faults=(drop,)), ready("leaf2"))
    ending = go(runs_of(run, store), "register")
    assert outcomes(ending)["leaf1"] is Outcome.CHANGED_OK
    assert [len(each.register_commands) for each in run.lab.values()] == [1, 1]


def test_no_token_in_the_store(
    fleet: Callable[..., Fleet], store: RunStore, tmp_path: Path
) -> None:
    run = fleet(ready("leaf1", backend=QUICK), ready("leaf2", backend=QUICK))
    assert go(runs_of(run, store), "register").good
    secret = token_value().encode()
    files = list(tmp_path.glob("runs.sqlite*"))
    assert files
    assert all(secret not in each.read_bytes() for each in files)
