"""Notes of several threads in one transaction: none is taken for durable before it is."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from nxsl.core.errors import JournalFailed
from nxsl.core.run_records import EventKind
from nxsl.run._together import Together
from nxsl.run.store import Note, RunStore
from tests.store.runs import begin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future


def note(number: int) -> Note:
    return Note(kind=EventKind.BEFORE, host=f"leaf{number}")


class Slow:
    """Writes when it is let to, and keeps what was written together."""

    def __init__(self, fails: BaseException | None = None) -> None:
        self.begun = threading.Event()
        self.let = threading.Event()
        self.written: list[tuple[str, list[str]]] = []
        self._last = 0
        self._fails = fails

    def __call__(self, run: str, notes: Sequence[Note]) -> int:
        self.begun.set()
        assert self.let.wait(20)
        self.written.append((run, [each.host for each in notes]))
        if self._fails and len(self.written) > 1:
            raise self._fails
        self._last += len(notes)
        return self._last


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as made:
        yield made


def lined_up(
    write: Slow, pool: ThreadPoolExecutor, runs: Sequence[str]
) -> tuple[Future[int], list[Future[int]]]:
    """A note that is being written, and others that have come meanwhile; then all are let go."""
    together = Together(write)
    first = pool.submit(together.add, "r1", [note(0)])
    assert write.begun.wait(20)
    others: list[Future[int]] = []
    for number, run in enumerate(runs, 1):
        others.append(pool.submit(together.add, run, [note(number), note(number + 100)]))
        _until(together, number)
    write.let.set()
    return first, others


def _until(together: Together, waiting: int) -> None:
    pause = threading.Event()
    for _ in range(2000):
        if len(together._waiting) == waiting:
            return
        pause.wait(0.01)
    raise AssertionError("they have not lined up in 20 s")


def test_those_who_come_while_one_writes_are_written_in_one_go(pool: ThreadPoolExecutor) -> None:
    write = Slow()
    first, others = lined_up(write, pool, ["r1"] * 5)
    assert first.result() == 1
    assert [each.result() for each in others] == [3, 5, 7, 9, 11], "each knows its own last number"
    hosts = [f"leaf{number + more}" for number in range(1, 6) for more in (0, 100)]
    assert write.written == [("r1", ["leaf0"]), ("r1", hosts)]


def test_runs_are_not_mixed(pool: ThreadPoolExecutor) -> None:
    write = Slow()
    first, others = lined_up(write, pool, ["r1", "r2", "r1", "r2"])
    for each in (first, *others):
        each.result()
    assert sorted((run, len(hosts)) for run, hosts in write.written) == [
        ("r1", 1),
        ("r1", 4),
        ("r2", 4),
    ]


def test_what_fails_fails_for_all_of_them_each_with_an_error_of_its_own(
    pool: ThreadPoolExecutor,
) -> None:
    write = Slow(JournalFailed("the disk is full", remedy="mend it"))
    first, others = lined_up(write, pool, ["r1"] * 4)
    assert first.result() == 1
    problems = [each.exception() for each in others]
    assert {(str(each), getattr(each, "remedy", "")) for each in problems} == {
        ("the disk is full (mend it)", "mend it")
    }
    assert len({id(each) for each in problems}) == 4
    assert len(write.written) == 2


def test_whoever_waits_for_one_that_is_interrupted_is_told_that_nobody_knows(
    pool: ThreadPoolExecutor,
) -> None:
    write = Slow(KeyboardInterrupt())
    _, others = lined_up(write, pool, ["r1"] * 4)
    problems = [each.exception() for each in others]
    assert sum(isinstance(each, KeyboardInterrupt) for each in problems) == 1
    assert [str(each) for each in problems if isinstance(each, JournalFailed)] == [
        "whether it was noted is not known: the program was interrupted"
    ] * 3


def test_what_a_thread_has_noted_is_there_for_others_when_it_goes_on(url: str) -> None:
    """A second store, with connections of its own, sees nothing that is not committed."""
    commits: list[object] = []
    count = commits.append
    with RunStore.open(url) as store, RunStore.open(url) as other:
        begin(store)
        begun = threading.Barrier(20)
        event.listen(Engine, "commit", count)

        def work(number: int) -> bool:
            begun.wait()
            seen = True
            for _ in range(5):
                at = store.append("r1", EventKind.BEFORE, "leaf1", thread=number)
                noted = {each.number: each.data for each in other.run("r1").events}
                seen = seen and noted[at] == {"thread": number}
            return seen

        try:
            with ThreadPoolExecutor(20) as pool:
                assert all(pool.map(work, range(20)))
        finally:
            event.remove(Engine, "commit", count)
    assert 0 < len(commits) < 100, "some shared a transaction"
