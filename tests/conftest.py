"""What the suites share: a running simulated fleet with nxsl's own view of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from nxsl import open_fleet
from nxsl.core.outcome import TaskRecord
from nxsl.lab import CLOUD_TOKEN, Backend, Lab, SwitchSpec
from nxsl.nxos import manners
from nxsl.tasks import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nornir.core import Nornir
    from nornir.core.task import AggregatedResult, Result

DIRECT = {"method": "direct", "vrf": "management"}
QUICK = Backend(register_latency=0.05, authorize_latency=0.05, renew_latency=0.05)
PATIENCE = Patience(deadline=15.0, first_pause=0.03, growth=1.3, longest_pause=0.3)


def switch(name: str = "leaf1", **changes: Any) -> SwitchSpec:
    """A healthy switch that is to be licensed directly, with quick servers."""
    usual: dict[str, Any] = {"intent": DIRECT, "backend": QUICK, "save_seconds": 0.0}
    return SwitchSpec(name=name, **{**usual, **changes})


@dataclass
class Fleet:
    """A lab, and Nornir on the inventory that it wrote."""

    lab: Lab
    nr: Nornir
    folder: Path

    def run(self, task: Callable[..., Result], **operands: Any) -> AggregatedResult:
        """Run a task on every host, whatever happened before."""
        self.nr.data.reset_failed_hosts()
        return self.nr.run(task, **operands)

    def result(self, task: Callable[..., Result], host: str = "leaf1", **operands: Any) -> Result:
        """Run a task and give one host's result."""
        result: Result = self.run(task, **operands)[host][0]
        assert isinstance(result.result, TaskRecord), result.result
        return result

    def close(self) -> None:
        """Close every connection."""
        for host in self.nr.inventory.hosts.values():
            host.close_connections()


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders that are made only where something is kept in one."""
    base = tmp_path_factory.mktemp("state")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def no_manners() -> None:
    """Ports are used again: what a switch of another test was like means nothing."""
    manners.forget()


@pytest.fixture(autouse=True)
def own_state(states: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test meet the run store of whoever runs it, or that of another test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(next(states)))
    monkeypatch.delenv("NXSL_STORE", raising=False)
    monkeypatch.delenv("NXSL_WEBHOOK", raising=False)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Callable[..., Fleet]]:
    """Give a function that starts a lab of the given switches and opens its inventory."""
    running: list[Fleet] = []

    def start(*specs: SwitchSpec, workers: int = 10, **options: Any) -> Fleet:
        lab = Lab(specs, **options).__enter__()
        folder = tmp_path / f"inventory{len(running)}"
        lab.write_inventory(folder)
        made = Fleet(lab, open_fleet(folder, workers=workers), folder)
        running.append(made)
        return made

    yield start
    for each in running:
        each.close()
        each.lab.close()


def token_value() -> str:
    """The value of a token that the lab's cloud takes."""
    return str(CLOUD_TOKEN)
