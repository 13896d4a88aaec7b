"""A store that really cannot be written any more, in the middle of a run over real SSH."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from nxsl.core.outcome import Outcome
from nxsl.core.run_records import RunState
from nxsl.run.fleet_runs import FleetRuns
from nxsl.run.journal import Journal
from nxsl.run.observer import RunObserver
from nxsl.run.settings import RunSettings
from nxsl.run.store import RunStore
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.core.errors import JournalFailed
    from nxsl.core.outcome import TaskRecord


def no_room(store: RunStore) -> None:
    """Let no file of this process grow beyond what the store's log has now."""
    log = Path(f"{store.where}-wal")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 100, most))


def read_only(store: RunStore) -> None:
    """Let every connection refuse to write from now on."""

    @sa.event.listens_for(store._engine, "begin")
    def refuse(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA query_only = 1")


@pytest.fixture
def _room_again() -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


class AfterTheFirst(RunObserver):
    """Breaks the store once the first host has ended."""

    def __init__(self, store: RunStore, breaks: Callable[[RunStore], None]) -> None:
        self._store = store
        self._breaks = breaks
        self._done = False

    def host_ended(self, host: str, record: TaskRecord) -> None:  # noqa: ARG002
        """Break it."""
        if not self._done:
            self._done = True
            self._breaks(self._store)


@pytest.mark.usefixtures("_room_again")
@pytest.mark.parametrize(
    ("breaks", "said"), [(no_room, "disk I/O error"), (read_only, "readonly database")]
)
def test_nothing_is_written_to_a_switch_after_it(
    fleet: Callable[..., Fleet],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    breaks: Callable[[RunStore], None],
    said: str,
) -> None:
    run = fleet(*(switch(f"leaf{n}") for n in range(1, 7)))
    place = str(tmp_path / "runs.sqlite")
    written: list[int] = []

    def told() -> int:
        return sum(len(each.config_lines) for each in run.lab.values())

    real = Journal._give_up

    def noting(journal: Journal, problem: JournalFailed) -> None:
        written.append(told())
        real(journal, problem)

    monkeypatch.setattr(Journal, "_give_up", noting)
    with RunStore.open(place) as store:
        breaking = AfterTheFirst(store, breaks)
        runs = FleetRuns(run.nr, store, inventory=str(run.folder), workers=1, observers=[breaking])
        plan = runs.plan("configure")
        ending = runs.apply(plan, settings=RunSettings(waves="all", limit="100%"))
    assert ending.state is RunState.BROKEN
    assert said in ending.problem
    assert told() == written[0] > 0
    outcomes = [each.result.outcome for each in ending.results.values()]
    assert len(outcomes) == 6
    assert outcomes.count(Outcome.NOT_RUN) == 5
    assert set(outcomes[:1]) == {Outcome.CHANGED_OK}
    monkeypatch.undo()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits[1], limits[1]))
    with RunStore.open(place) as store:
        again = FleetRuns(run.nr, store, inventory=str(run.folder))
        assert again.resume(ending.head.id, settle=0.0).good
    assert all(each.saved for each in run.lab.values())
