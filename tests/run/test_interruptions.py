"""Runs that are interrupted at awkward moments, and runners that work elsewhere."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.task import Result

from nxsl import Token
from nxsl.core.errors import Locked, Refused, SelectionError
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.records import DeviceFacts
from nxsl.core.run_records import EventKind, RunState
from nxsl.fleet.runner import FleetRunner
from nxsl.fleet.stop import Stop
from nxsl.lab import USED_UP_TOKEN, Backend, Reject
from nxsl.run.engine import after_an_interruption
from nxsl.run.fleet_runs import FleetRuns
from nxsl.run.settings import RunSettings
from nxsl.run.store import RunStore
from tests.conftest import PATIENCE, Fleet, switch, token_value
from tests.run.test_fleet_runs import ALL, Seen, names, outcomes, ready, reasons, runs_of, store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, Task

    from nxsl.core.run_records import RunView

__all__ = ["store"]  # a fixture

FACTS = DeviceFacts(
    hostname="leaf1",
    model="C93180YC-EX",
    serial="FDO00000000",
    release="9.3(8)",
    chassis="",
    version="",
    image_label="",
)
TWO = RunSettings(waves="1,rest", limit="100%")


class Pull(Seen):
    """Stops a run when a host ends, or at a soak."""

    def __init__(self, stop: Stop, *, at: str = "", soaking: bool = False) -> None:
        super().__init__()
        self._stop, self._at, self._soaking = stop, at, soaking

    def soaking(self, number: int, seconds: float) -> None:  # noqa: ARG002
        if self._soaking:
            self._stop.heard("SIGTERM")

    def host_ended(self, host: str, record: TaskRecord) -> None:
        super().host_ended(host, record)
        if host == self._at:
            self._stop.heard("SIGTERM")


class Elsewhere(FleetRunner):
    """A runner that says that its workers are elsewhere."""

    remote = True


def lines(run: Fleet) -> list[int]:
    return [len(each.config_lines) for each in run.lab.values()]


def tokens_sent(run: Fleet) -> list[int]:
    return [len(each.register_commands) for each in run.lab.values()]


@contextmanager
def store_without_verdict(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let journals look as if their runs had been killed before a wave was judged."""
    real = RunStore.resume

    def resume(self: RunStore, *args: Any, **options: Any) -> RunView:
        view = real(self, *args, **options)
        kept = tuple(each for each in view.events if each.kind is not EventKind.WAVE_ENDED)
        return replace(view, events=kept)

    with monkeypatch.context() as patch:
        patch.setattr(RunStore, "resume", resume)
        yield


def test_a_host_that_is_not_open_is_no_success(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    run = fleet(*map(switch, names(2)))
    plan = runs_of(run, store).plan("configure")
    one = FleetRuns(run.nr.filter(name="leaf1"), store, inventory=str(run.folder))
    with pytest.raises(SelectionError, match="leaf2"):
        one.apply(plan, settings=ALL)
    assert store.runs() == ()
    assert lines(run) == [0, 0]


def test_a_failed_canary_is_not_forgotten_by_a_stop(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    bad = switch("leaf1", faults=(Reject(line=r"^\s*enable$"),))
    run, stop = fleet(bad, *map(switch, names(4)[1:])), Stop()
    runs = runs_of(run, store, Pull(stop, at="leaf1"), stop=stop)
    ending = runs.apply(runs.plan("configure"), settings=RunSettings(waves="1,rest"))
    assert ending.state is RunState.ABORTED
    with pytest.raises(SelectionError, match="aborted"):
        runs_of(run, store).resume(ending.head.id)
    assert lines(run)[1:] == [0, 0, 0]


def test_a_wave_that_was_not_judged_is_looked_at_again(
    fleet: Callable[..., Fleet], store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, stop = fleet(*map(switch, names(3))), Stop()
    runs = runs_of(run, store, Pull(stop, at="leaf1"), stop=stop)
    settings = RunSettings(waves="1,rest", limit="0")
    ending = runs.apply(runs.plan("configure"), settings=settings)
    assert ending.state is RunState.STOPPED
    run.lab["leaf1"].configure("callhome", "no enable")
    with store_without_verdict(monkeypatch):
        on = runs_of(run, store).resume(ending.head.id)
    assert on.state is RunState.ABORTED
    assert reasons(on)["leaf1"] == "not-lasting"
    assert lines(run)[1:] == [0, 0]


def test_a_stop_at_the_second_look_takes_nothing_back(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    run, stop = fleet(*map(switch, names(3))), Stop()
    runs = runs_of(run, store, Pull(stop, soaking=True), stop=stop)
    settings = RunSettings(waves="2,rest", limit="100%", soak=0.01)
    ending = runs.apply(runs.plan("configure"), settings=settings)
    assert ending.state is RunState.STOPPED
    assert outcomes(ending) == {
        "leaf1": Outcome.CHANGED_OK,
        "leaf2": Outcome.CHANGED_OK,
        "leaf3": Outcome.NOT_RUN,
    }
    assert runs_of(run, store).resume(ending.head.id).good


def test_a_stop_while_they_are_asked_leaves_them_under_way(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    slow = Backend(register_latency=1.5, authorize_latency=0.05)
    quick = Backend(register_latency=0.1, authorize_latency=0.05)
    specs = [ready("leaf1", backend=quick), *(ready(name, backend=slow) for name in names(4)[1:])]
    run, stop = fleet(*specs), Stop()
    runs = runs_of(run, store, Pull(stop, at="leaf1"), stop=stop, workers=1)
    token = Token(token_value())
    ending = runs.apply(runs.plan("register"), token=token, settings=ALL, patience=PATIENCE)
    assert ending.state is RunState.STOPPED
    assert [outcomes(ending)[host] for host in names(4)[1:]] == [Outcome.PENDING] * 3
    on = runs_of(run, store).resume(ending.head.id, token=token, patience=PATIENCE, settle=0.1)
    assert on.good
    assert tokens_sent(run) == [1] * 4


@pytest.mark.parametrize(
    ("outcome", "facts", "then"),
    [
        (Outcome.ALREADY_OK, True, Outcome.CHANGED_OK),
        (Outcome.ROLLED_BACK, True, Outcome.FAILED_DIRTY),
        (Outcome.FAILED_CLEAN, True, Outcome.FAILED_DIRTY),
        (Outcome.FAILED_CLEAN, False, Outcome.UNKNOWN),
        (Outcome.REFUSED, True, Outcome.FAILED_DIRTY),
        (Outcome.CHANGED_OK, True, Outcome.CHANGED_OK),
        (Outcome.PENDING, True, Outcome.PENDING),
        (Outcome.UNKNOWN, False, Outcome.UNKNOWN),
    ],
)
def test_what_was_half_written_is_not_called_undone(
    outcome: Outcome, facts: bool, then: Outcome
) -> None:
    record = TaskRecord(outcome=outcome, facts=FACTS if facts else None)
    found = after_an_interruption(Result(host=None, result=record))
    assert found.result.outcome is then
    assert found.failed == (not then.good) or found.result is record


def test_an_exception_leaves_a_run_that_can_be_resumed(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    class Unwilling(Elsewhere):
        def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
            if not task.params.get("dry_run"):
                raise Refused("the scheduler would run it again")
            return super().run(task, hosts)

    run = fleet(*(ready(name) for name in names(2)))
    runs = runs_of(run, store, runner=Unwilling(2))
    token = Token(token_value())
    with pytest.raises(Refused):
        runs.apply(runs.plan("register"), token=token, settings=ALL, patience=PATIENCE)
    (last,) = store.runs()
    assert last.head.state is RunState.BROKEN
    assert tokens_sent(run) == [0, 0]
    on = runs_of(run, store).resume(last.head.id, token=token, patience=PATIENCE, settle=0.1)
    assert on.good
    assert tokens_sent(run) == [1, 1]


def test_a_wrong_option_begins_no_run(fleet: Callable[..., Fleet], store: RunStore) -> None:
    run = fleet(switch("leaf1"))
    runs = runs_of(run, store)
    with pytest.raises(ValueError, match="colour"):
        runs.plan("configure", {"colour": "red"})
    assert store.runs() == ()


def test_a_script_without_handlers_is_stopped_all_the_same(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    run = fleet(*map(switch, names(3)))

    class Press(Seen):
        def host_ended(self, host: str, record: TaskRecord) -> None:
            super().host_ended(host, record)
            if host == "leaf1":
                os.kill(os.getpid(), signal.SIGINT)
                assert runs.stop.wait(10)

    runs = runs_of(run, store, Press(), workers=1)
    ending = runs.apply(runs.plan("configure"), settings=TWO)
    assert ending.state is RunState.STOPPED
    assert lines(run)[1:] == [0, 0]
    assert runs.resume(ending.head.id).good  # the same object: that stop was for that run


def test_two_threads_do_not_resume_one_run(fleet: Callable[..., Fleet], store: RunStore) -> None:
    run, stop = fleet(*map(switch, names(2))), Stop()
    first = runs_of(run, store, Pull(stop, at="leaf1"), stop=stop)
    ending = first.apply(first.plan("configure"), settings=TWO)
    inside, go = threading.Event(), threading.Event()

    class Wait(Seen):
        def wave_started(self, number: int, hosts: Sequence[str]) -> None:
            super().wave_started(number, hosts)
            inside.set()
            assert go.wait(20)

    ends: list[Any] = []
    thread = threading.Thread(
        target=lambda: ends.append(runs_of(run, store, Wait()).resume(ending.head.id))
    )
    thread.start()
    assert inside.wait(20)
    with pytest.raises(Locked, match="this very process"):
        runs_of(run, store).resume(ending.head.id)
    go.set()
    thread.join()
    assert ends[0].good


def test_a_refused_token_is_proven_before_it_is_spread_again(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    run, stop = fleet(*(ready(name) for name in names(5))), Stop()
    runs = runs_of(run, store, Pull(stop, at="leaf1"), stop=stop)
    bad = Token(str(USED_UP_TOKEN))
    ending = runs.apply(runs.plan("register"), token=bad, settings=TWO, patience=PATIENCE)
    assert tokens_sent(run) == [1, 0, 0, 0, 0]
    if ending.resumable:
        on = runs_of(run, store).resume(ending.head.id, token=bad, patience=PATIENCE, settle=0.1)
        assert sum(tokens_sent(run)) <= 2
        assert Outcome.CHANGED_OK not in outcomes(on).values()


def test_elsewhere_one_login_is_refused_and_no_more(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    run = fleet(*map(switch, names(6)))
    run.nr.inventory.defaults.password = "not the password"
    runs = runs_of(run, store, runner=Elsewhere(6))
    plan = runs.plan("configure")
    assert sum(each.failed_logins for each in run.lab.values()) == 1
    assert [each.reason for each in plan.hosts] == ["login-failed"] + ["credential-breaker"] * 5


def test_elsewhere_a_used_up_token_is_not_tried_further(
    fleet: Callable[..., Fleet], store: RunStore
) -> None:
    run = fleet(*(ready(name) for name in names(4)))
    runs = runs_of(run, store, runner=Elsewhere(4))
    settings = RunSettings(waves="1,1,rest", limit="100%")
    ending = runs.apply(
        runs.plan("register"), token=Token(str(USED_UP_TOKEN)), settings=settings, patience=PATIENCE
    )
    assert tokens_sent(run) == [1, 0, 0, 0]
    assert [reasons(ending)[host] for host in names(4)[1:]] == ["token-breaker"] * 3
