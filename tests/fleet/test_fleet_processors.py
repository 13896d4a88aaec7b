"""A processor that raises costs nothing, in whichever of the six hooks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core import Nornir
from nornir.core.inventory import Host, Hosts, Inventory
from nornir.core.task import Result

from nxsl.fleet.processors import Isolated, isolated, safe
from nxsl.fleet.runner import FleetRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from nornir.core.task import Task

HOOKS = [
    "task_started",
    "task_completed",
    "task_instance_started",
    "task_instance_completed",
    "subtask_instance_started",
    "subtask_instance_completed",
]
PER_HOST = HOOKS[2:]
NAMES = [f"leaf{number}" for number in range(1, 11)]


class Clumsy:
    """Raises in one hook; notes the calls of all."""

    def __init__(self, hook: str = "", error: type[BaseException] = ValueError) -> None:
        self.calls: list[str] = []
        self._hook = hook
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name not in HOOKS:
            raise AttributeError(name)

        def hook(*_: Any) -> None:
            self.calls.append(name)
            if name == self._hook:
                raise self._error("password hunter2")

        return hook


def fleet(*processors: Any) -> Nornir:
    """Ten hosts that nothing connects to."""
    nr = Nornir(Inventory(hosts=Hosts({name: Host(name) for name in NAMES})))
    return nr.with_runner(FleetRunner(3)).with_processors([*processors])


def work(task: Task) -> Result:
    """A task with a subtask."""
    task.run(part)
    return Result(host=task.host, result="done")


def part(task: Task) -> Result:
    """A subtask."""
    return Result(host=task.host, result="part")


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("hook", PER_HOST)
def test_what_is_called_for_a_host_costs_no_result(
    hook: str, error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    clumsy, other = Clumsy(hook, error), Clumsy()
    result = fleet(clumsy, other).run(work)
    assert {host: [each.result for each in multi] for host, multi in result.items()} == {
        name: ["done", "part"] for name in NAMES
    }
    assert not result.failed
    # The processor behind it is called all the same, and so are its own other hooks.
    expected = sorted([*HOOKS[:2], *PER_HOST * 10])
    assert sorted(clumsy.calls) == sorted(other.calls) == expected
    said = [each.getMessage() for each in caplog.records if each.name == "nxsl"]
    assert len(said) == 1
    assert f"Clumsy.{hook} raised {error.__name__} at test_fleet_processors.py" in said[0]
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("error", [ValueError, SystemExit])
@pytest.mark.parametrize("hook", HOOKS)
def test_safe_covers_also_what_nornir_calls_itself(
    hook: str, error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    clumsy = Clumsy(hook, error)
    with caplog.at_level(logging.ERROR, logger="nxsl"):
        result = safe(fleet(clumsy)).run(work)
    assert list(result) == NAMES
    assert not result.failed
    assert sum(f"Clumsy.{hook} raised" in each.getMessage() for each in caplog.records) == 1


@pytest.mark.parametrize("hook", HOOKS[:2])
def test_without_safe_nornir_lets_them_through(hook: str) -> None:
    with pytest.raises(ValueError, match="hunter2"):
        fleet(Clumsy(hook)).run(work)


def test_ctrl_c_in_the_main_thread_is_let_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        safe(fleet(Clumsy("task_completed", KeyboardInterrupt))).run(work)


def test_nothing_is_wrapped_twice() -> None:
    clumsy: Any = Clumsy()
    twice = isolated(isolated([clumsy]))
    assert len(twice) == 1
    assert isinstance(twice[0], Isolated)
    assert twice[0].processor is clumsy


def test_a_processor_that_takes_the_result_to_pieces_costs_its_host_only() -> None:
    class Eater(Clumsy):
        def task_instance_completed(self, _task: Task, host: Host, result: list[Result]) -> None:
            if host.name == "leaf3":
                result.clear()

    result = fleet(Eater()).run(work)
    assert list(result) == NAMES
    assert list(result.failed_hosts) == ["leaf3"]
    assert result["leaf3"][0].result.reason == "internal"
