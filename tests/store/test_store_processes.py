"""Several processes with one store: one writer, locks that outlive no run, and kill -9."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from nxsl.core.errors import JournalFailed, Locked, NxslError, SelectionError
from nxsl.core.run_records import EventKind, Holder, RunState
from nxsl.run import _holders
from nxsl.run._holders import Life, holder, life_of
from nxsl.run.store import RunStore
from tests.store.processes import workers
from tests.store.runs import begin, head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.store.postgres import Server

EIGHT = [f"r{number}" for number in range(8)]


def test_eight_processes_one_writer(url: str) -> None:
    """They also make the store, all at once."""
    with workers("begin", url, *EIGHT) as started:
        for each in started:
            each.say()
        told = {each.run: each.hear() for each in started}
        won = [each for each in started if "held" in told[each.run]]
        assert len(won) == 1, told
        for loser in started:
            if loser not in won:
                assert told[loser.run]["error"] == "Locked"
                assert f"by run {won[0].run} (register) of " in told[loser.run]["text"]
                assert f"(process {won[0].pid}, since " in told[loser.run]["text"]
        with RunStore.open(url) as store:
            assert [each.head.id for each in store.runs()] == [won[0].run]


def test_the_lock_of_a_killed_process(url: str) -> None:
    with workers("begin", url, "r1") as (victim,):
        victim.say()
        assert victim.hear() == {"held": "r1"}
        with RunStore.open(url) as store:
            with pytest.raises(Locked, match=f"process {victim.pid}, .*which still runs"):
                store.resume("r1", holder())
            victim.process.send_signal(signal.SIGKILL)
            os.waitid(os.P_PID, victim.pid, os.WEXITED | os.WNOWAIT)  # nobody has buried it yet
            with pytest.raises(Locked, match="which has ended") as caught:
                begin(store, "r2")
            assert caught.value.remedy == (
                "go on with that run: nxsl resume r1; or give it up: --take-over r1"
            )
            victim.kill()
            with pytest.raises(Locked, match="which has ended"):
                begin(store, "r2")
            me = holder()
            view = store.resume("r1", me)
            assert view.head.holder == me
            assert view.head.state is RunState.RUNNING
            assert [each.kind for each in view.events] == [
                EventKind.RUN_STARTED,
                EventKind.RUN_RESUMED,
            ]
            assert store.append("r1", EventKind.BEFORE, "leaf1") == 3
            with pytest.raises(Locked, match=f"process {os.getpid()}, .*which still runs"):
                begin(store, "r2")


def test_eight_processes_resume_a_dead_run(url: str) -> None:
    with workers("begin", url, "r1") as (victim,):
        victim.say()
        victim.hear()
        victim.kill()
    with workers("resume", url, *["r1"] * 8) as started:
        for each in started:
            each.say()
        told = [each.hear() for each in started]
        won = [position for position, each in enumerate(told) if "held" in each]
        assert len(won) == 1, told
        assert told[won[0]]["events"] == 2
        winner = f"process {started[won[0]].pid}, "
        others = [each["text"] for each in told if "held" not in each]
        assert len(others) == 7
        assert all(winner in each and "which still runs" in each for each in others), others


def test_a_former_holder_is_fenced_off(url: str) -> None:
    with RunStore.open(url) as former, RunStore.open(url) as later:
        begin(former)
        with pytest.raises(Locked):
            later.resume("r1", holder())
        me = replace(holder(), user="second")
        later.resume("r1", me, take_over=True)
        for _ in range(2):
            with pytest.raises(JournalFailed, match="run r1 was taken over by second on "):
                former.append("r1", EventKind.BEFORE, "leaf1")
        with pytest.raises(JournalFailed, match="taken over by second"):
            former.end("r1", RunState.DONE)
        with pytest.raises(JournalFailed, match="taken over by second") as spent:
            begin(former, "r9", inventory="/other", count=0)
        assert "this RunStore takes nothing more" in spent.value.remedy
        assert "RunStore.open" in spent.value.remedy
        assert later.append("r1", EventKind.BEFORE, "leaf1") == 3
        view = later.run("r1")
        assert view.head.holder == me
        assert [each.number for each in view.events] == [1, 2, 3]


def test_a_run_is_given_up_for_another(url: str) -> None:
    with RunStore.open(url) as former, RunStore.open(url) as later:
        begin(former)
        later.take_over("r1", replace(holder(), user="second"))
        view = later.run("r1")
        assert view.head.state is RunState.BROKEN
        assert view.head.ended_at is not None
        assert view.head.holder.user == holder().user  # who ran it stays known
        begin(later, "r2")
        with pytest.raises(JournalFailed, match="run r1 was taken over by second"):
            former.append("r1", EventKind.AFTER, "leaf1")
        with pytest.raises(SelectionError, match="run r1 is not under way: broken"):
            later.take_over("r1", holder())
        with pytest.raises(Locked, match="inventory /srv/inventory is held by run r2"):
            later.resume("r1", holder())
        later.end("r2", RunState.DONE)
        assert later.resume("r1", holder()).head.ended_at is None


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.STOPPED, RunState.BROKEN])
def test_a_run_that_rests_is_resumed(store: RunStore, state: RunState) -> None:
    begin(store)
    store.end("r1", state)
    store.resume("r1", holder())
    assert store.append("r1", EventKind.BEFORE, "leaf1") == 4
    store.end("r1", RunState.DONE)
    with pytest.raises(SelectionError, match=r"come to its end: done \(nxsl runs retry r1"):
        store.resume("r1", holder())


@contextmanager
def while_it_waits(url: str, call: Callable[[], object]) -> Iterator[Any]:
    """Give another session, the thread that is to do `call`, and how that came to its end.

    SQLite needs no such tests: there every writing transaction keeps out all others.
    """
    ends: list[object] = []

    def run() -> None:
        try:
            ends.append(call())
        except NxslError as error:
            ends.append(error)

    thread = threading.Thread(target=run)
    with psycopg.connect(url) as other:
        yield other, ends, thread
        other.commit()
    thread.join()


def start_and_wait(server: Server, thread: threading.Thread) -> None:
    """Start it, and return when a session waits for another one."""
    thread.start()
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while server.ask(waiting) == 0:
        assert thread.is_alive()


def test_a_run_that_another_process_is_resuming(postgres: Server) -> None:
    url = postgres.new_database()
    with RunStore.open(url) as store:
        store.begin(head(), "", (), locks=())
        store.end("r1", RunState.PAUSED)
        resume = partial(store.resume, "r1", holder())
        with while_it_waits(url, resume) as (other, ends, thread):
            other.execute("UPDATE nxsl_runs SET state = 'done' WHERE id = 'r1'")
            start_and_wait(postgres, thread)
        assert [type(each) for each in ends] == [SelectionError]
        assert store.run("r1").head.state is RunState.DONE


def test_locks_are_taken_in_one_order(postgres: Server) -> None:
    """Else two runs could wait for each other, and PostgreSQL would break one of them off."""
    url = postgres.new_database()
    with RunStore.open(url) as store:
        store.begin(head(), "", (), locks=())
        begins = partial(store.begin, head("r2"), "", (), locks=["c", "b", "a"])
        with while_it_waits(url, begins) as (other, ends, thread):
            other.execute("SET lock_timeout = '1s'")
            other.execute("INSERT INTO nxsl_locks (name, run) VALUES ('b', 'r1')")
            start_and_wait(postgres, thread)
            other.execute("INSERT INTO nxsl_locks (name, run) VALUES ('c', 'r1')")
        assert [type(each) for each in ends] == [Locked]


def test_four_processes_note_runs_of_their_own(url: str) -> None:
    runs = ["a", "b", "c", "d"]
    with workers("some", url, *runs) as started:
        for each in started:
            each.say()
        for each in started:
            assert each.hear() == {"numbers": list(range(2, 102))}
    with RunStore.open(url) as store:
        for run in runs:
            assert [each.number for each in store.run(run).events] == list(range(1, 102))


@pytest.mark.parametrize("moment", range(6))
def test_killed_while_it_notes(url: str, moment: int) -> None:
    """The moment is as random as the machine: so many events, and a part of the next one."""
    with workers("append", url, "r1") as (victim,):
        victim.say()
        told = [victim.hear()["number"] for _ in range(1 + 7 * moment)]
        time.sleep(moment * 0.0004)
        told += [each["number"] for each in victim.kill()]
    with RunStore.open(url) as store:
        # PostgreSQL may still be at the last one; what resumes a run waits for that.
        numbers = [each.number for each in store.resume("r1", holder()).events]
    assert told == list(range(2, len(told) + 2))
    assert numbers == list(range(1, len(numbers) + 1))
    # The start and the resumption are not told; one more may have been noted than it came to tell.
    assert len(numbers) - len(told) in {2, 3}


def dead() -> Holder:
    """A holder whose process number is another process' by now."""
    here = holder()
    machine, boot, namespace, start = here.mark.split()
    return replace(here, mark=f"{machine} {boot} {namespace} {int(start) - 1}")


def test_a_number_that_was_given_away_again() -> None:
    assert life_of(holder()) is Life.ALIVE
    assert life_of(dead()) is Life.ENDED


def test_what_cannot_be_told_is_not_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    here = holder()
    _machine, boot, namespace, start = here.mark.split()
    monkeypatch.setattr(_holders, "_machine_id", lambda: "m1")
    monkeypatch.setattr(_holders, "_FIRST_NAMESPACE", namespace)

    def life(mark: str, machine: str = here.machine) -> Life:
        return life_of(replace(here, pid=2**22 + 1, mark=mark, machine=machine))

    assert life(f"m1 {boot} {namespace} {start}") is Life.ENDED
    assert life(f"m1 {boot} {namespace} {start}", machine="other") is Life.UNSEEN
    assert life(f"m1 {boot} pid:[1] {start}") is Life.UNSEEN  # a container of the same name
    assert life(f"m1 another-boot {namespace} {start}") is Life.ENDED
    assert life(f"m2 another-boot {namespace} {start}") is Life.UNSEEN
    assert life(f"m1 another-boot pid:[1] {start}") is Life.UNSEEN
    assert life("") is Life.UNSEEN
    monkeypatch.setattr(_holders, "_mark", lambda _pid: "")
    assert life("") is Life.ENDED
    assert life_of(replace(here, mark="")) is Life.ALIVE


def test_a_holder_on_another_machine(store: RunStore) -> None:
    begin(store, holder=replace(holder(), machine="elsewhere.example.com"))
    with pytest.raises(Locked, match="which cannot be seen from here") as caught:
        begin(store, "r2")
    assert "nxsl resume r1 --take-over" in caught.value.remedy
    with pytest.raises(Locked, match=r"run r1 is held by .* on elsewhere.example.com"):
        store.resume("r1", holder())
    store.resume("r1", holder(), take_over=True)
