"""A whole run over real SSH with its journal in each of the databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl import Token
from nxsl.core.outcome import Outcome
from nxsl.core.run_records import EventKind, RunState
from nxsl.lab import CALLHOME_DIRECT
from nxsl.run.fleet_runs import FleetRuns
from nxsl.run.settings import RunSettings
from tests.conftest import PATIENCE, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nxsl.run.store import RunStore


def test_paused_resumed_and_told(fleet: Callable[..., Fleet], store: RunStore) -> None:
    run = fleet(*(switch(f"leaf{n}", callhome=CALLHOME_DIRECT) for n in (1, 2, 3)))
    runs = FleetRuns(run.nr, store, inventory=str(run.folder))
    token = Token(token_value())

    def no(number: int, hosts: Sequence[str], why: str) -> bool:
        return False

    settings = RunSettings(waves="1,rest")
    first = runs.apply(
        runs.plan("register"), token=token, settings=settings, patience=PATIENCE, go_on=no
    )
    assert first.state is RunState.PAUSED
    second = runs.resume(first.head.id[:-2], token=token, patience=PATIENCE, settle=0.1)
    assert second.good
    assert {each.result.outcome for each in second.results.values()} == {Outcome.CHANGED_OK}
    assert [len(each.register_commands) for each in run.lab.values()] == [1, 1, 1]
    view = store.run(first.head.id)
    kinds = [event.kind for event in view.events if not event.host]
    assert kinds == [
        EventKind.RUN_STARTED,
        EventKind.WAVE_STARTED,
        EventKind.WAVE_ENDED,
        EventKind.RUN_ENDED,
        EventKind.RUN_RESUMED,
        EventKind.WAVE_STARTED,
        EventKind.WAVE_ENDED,
        EventKind.RUN_ENDED,
    ]
    steps = [event.data["commands"] for event in view.events if event.kind is EventKind.BEFORE]
    assert steps == [["license smart register idtoken ********"]] * 3
