"""Whole runs over workers elsewhere: the plan travels with the hosts, the journal stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nxsl.core.outcome import Outcome
from nxsl.core.run_records import EventKind, RunState
from nxsl.fleet.credentials import TokenSource
from nxsl.fleet.dask_runner import DaskRunner
from nxsl.lab import CALLHOME_DIRECT
from nxsl.run.fleet_runs import FleetRuns
from nxsl.run.settings import RunSettings
from nxsl.run.store import RunStore
from tests.conftest import PATIENCE, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ALL = RunSettings(waves="1,rest", limit="100%")


@pytest.fixture(scope="module")
def workers() -> Iterator[DaskRunner]:
    """Two worker processes with the secrets in their environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NXSL_USERNAME", "admin")
        patch.setenv("NXSL_PASSWORD", "lab-only")
        patch.setenv("NXSL_TOKEN", token_value())
        with DaskRunner(workers=2, chunk=2) as runner:
            runner.client.wait_for_workers(2)
            yield runner


def test_a_run_over_workers_elsewhere(
    fleet: Callable[..., Fleet], workers: DaskRunner, tmp_path: Path
) -> None:
    run = fleet(*(switch(f"leaf{n}", callhome=CALLHOME_DIRECT) for n in range(1, 6)))
    forget_passwords(run)
    with RunStore.open(str(tmp_path / "runs.sqlite")) as store:
        runs = FleetRuns(run.nr, store, inventory=str(run.folder), runner=workers)
        plan = runs.plan("register")
        assert [each.expects for each in plan.hosts] == [Outcome.CHANGED_OK] * 5
        run.lab["leaf5"].configure("callhome", "email-contact noc@example.com")
        ending = runs.apply(
            plan, token=TokenSource("env:NXSL_TOKEN"), settings=ALL, patience=PATIENCE
        )
        told = {
            host: (each.result.outcome, str(each.result.reason))
            for host, each in ending.results.items()
        }
        good = (Outcome.CHANGED_OK, "proven")
        changed = (Outcome.REFUSED, "changed-since-plan")
        assert told == {**{f"leaf{n}": good for n in range(1, 5)}, "leaf5": changed}
        assert ending.state is RunState.DONE
        assert [len(each.register_commands) for each in run.lab.values()] == [1, 1, 1, 1, 0]
        kinds = [event.kind for event in store.run(ending.head.id).events if event.host == "leaf1"]
        # Handed over, under way, done: what a worker does in between only it knows.
        assert kinds[0] is EventKind.BEFORE
        assert kinds[-1] is EventKind.OUTCOME


def forget_passwords(run: Fleet) -> None:
    """The workers have their own."""
    run.nr.inventory.defaults.password = None
    for options in run.nr.inventory.defaults.connection_options.values():
        options.password = None
