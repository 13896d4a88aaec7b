"""Observers keep their faults to themselves; the processor tells each thing once."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from nxsl.fleet.inventory import open_fleet
from nxsl.run.observer import ObserverProcessor, Observers, RunObserver
from tests.fleet.files import run, write
from tests.run.heads import BAD, OK, PENDING, TOKEN, Noting, tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def observing(noting: Noting) -> RunObserver:
    return cast("RunObserver", noting)


class Raising:
    """Fails in every hook."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __getattr__(self, hook: str) -> Any:
        def fail(*_: object) -> None:
            raise self._error

        return fail


@pytest.mark.parametrize("error", [ValueError(f"token {TOKEN}"), SystemExit(1), RecursionError()])
def test_a_fault_of_one_is_logged_once_and_changes_nothing(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    alone, beside = Noting(), Noting()
    tell(observing(alone))
    faulty = cast("RunObserver", Raising(error))
    with caplog.at_level(logging.DEBUG):
        tell(Observers(faulty, observing(beside), faulty))
    assert beside.calls == list(without_repetitions(alone.calls))
    assert len({call[0] for call in alone.calls}) == 8  # every hook
    assert len(caplog.records) == 2 * 8
    assert "Raising.host_ended" in caplog.text
    assert TOKEN[:20] not in caplog.text


def without_repetitions(calls: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """What is told of a host once more, in the same words, is left out."""
    last: dict[str, object] = {}
    for call in calls:
        if call[0] in {"host_pending", "host_ended"}:
            host, record = call[1], call[2]
            end = (record.outcome, record.reason, record.detail)
            if last.get(host) == end:
                continue
            last[host] = end
        yield call


def test_ctrl_c_is_no_fault_of_an_observer() -> None:
    with pytest.raises(KeyboardInterrupt):
        Observers(cast("RunObserver", Raising(KeyboardInterrupt()))).host_started("leaf1")


def test_hooks_are_called_one_at_a_time() -> None:
    meeting = threading.Barrier(2, timeout=0.2)
    met: list[int] = []

    class Meets(RunObserver):
        def host_started(self, host: str) -> None:  # noqa: ARG002
            with contextlib.suppress(threading.BrokenBarrierError):
                met.append(meeting.wait())

    observers = Observers(Meets())
    threads = [threading.Thread(target=observers.host_started, args=("x",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == []


@pytest.mark.parametrize("ends", [False, True])
def test_the_processor_tells_of_each_host_once(tmp_path: Path, ends: bool) -> None:
    noting = Noting()
    nr = open_fleet(write(tmp_path)).with_processors(
        [ObserverProcessor(observing(noting), ends=ends)]
    )
    started = {"leaf1": OK, "leaf2": PENDING, "spine1": "a text", "lab-1": BAD}
    run(nr, started)
    for record in (PENDING, PENDING, OK):  # asked in rounds
        run(nr.filter(name="leaf2"), {"leaf2": record})
    begun = sorted(call[1] for call in noting.calls if call[0] == "host_started")
    assert begun == sorted(started)
    told = [call for call in noting.calls if call[0] != "host_started"]
    expected = [
        ("host_ended", "lab-1", BAD),
        ("host_ended", "leaf1", OK),
        ("host_ended", "leaf2", OK),
        ("host_pending", "leaf2", PENDING),
    ]
    assert sorted(told, key=lambda call: call[:2]) == (expected if ends else [])


def test_a_processor_with_a_faulty_observer_costs_no_result(tmp_path: Path) -> None:
    nr = open_fleet(write(tmp_path))
    faulty = cast("RunObserver", Raising(ValueError()))
    nr = nr.with_processors([ObserverProcessor(faulty)])
    found = run(nr, dict.fromkeys(nr.inventory.hosts, OK))
    assert [multi[0].result for multi in found.values()] == [OK] * 4
