"""The guard of a run over real SSH: no step of any task escapes it, and it can stop each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core import errors
from nxsl.core.guard import StepEnd, StepKind
from nxsl.core.outcome import Outcome
from nxsl.lab import CLOUD_TOKEN, Drop, Reject
from nxsl.tasks import configure_transport, diagnose, register, verify
from tests.conftest import switch
from tests.tasks.changing import CASES, READS, Recording, each_step, fresh, ready, sent, under

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Fleet


def typed(guard: Recording) -> list[str]:
    """The lines of all steps, as the switch receives them."""
    return [
        "scp -t" if line.startswith("scp ") else line.strip()
        for step in guard.steps
        for line in step.commands
        if line != "callhome"
    ]


def received(run: Fleet, since: int) -> list[str]:
    """What came, without secrets; the server's end of SCP by its name alone."""
    lines = fresh(run, since)
    return ["scp -t" if line.startswith("scp ") else line for line in lines if line != "callhome"]


@pytest.mark.parametrize("name", CASES)
def test_each_step_is_noted_before_and_after_with_what_is_typed(
    fleet: Callable[..., Fleet], tmp_path: Path, name: str
) -> None:
    case, guard = CASES[name], Recording()
    run = case.start(fleet, tmp_path)
    since = len(sent(run))
    result = case.run(run, tmp_path, guard)
    assert result.result.outcome is Outcome.CHANGED_OK, result.result
    assert tuple(step.kind for step in guard.steps) == case.kinds
    order = [what for what, _ in guard.told if what in {"before", "after"}]
    assert order == ["before", "after"] * len(case.kinds)
    assert set(guard.ends) == {StepEnd.DONE}
    came = received(run, since)
    shown = typed(guard)
    secret = StepKind.SECRET in case.kinds
    assert (len(came) == len(shown)) if secret else (came == shown)
    assert CLOUD_TOKEN not in repr(guard.told)


@pytest.mark.parametrize(("name", "number"), list(each_step()))
@pytest.mark.parametrize("error", [errors.NotTried, errors.JournalFailed])
def test_nothing_is_sent_from_the_step_on_that_the_guard_does_not_let_pass(
    fleet: Callable[..., Fleet], tmp_path: Path, name: str, number: int, error: Any
) -> None:
    case = CASES[name]
    guard = Recording(before=number, error=lambda: error("the run wants nothing more"))
    run = case.start(fleet, tmp_path)
    since = len(sent(run))
    result = case.run(run, tmp_path, guard)
    assert tuple(step.kind for step in guard.steps) == case.kinds[:number]
    came = received(run, since)
    assert len(came) == len(typed(guard))
    record = result.result
    if number == 0:
        assert came == []
        assert (record.outcome, record.reason) == (Outcome.NOT_RUN, error.reason), record
        assert not result.changed
        assert not result.diff
    elif case.kinds[number] is StepKind.FILE and number + 1 == len(case.kinds):
        assert record.outcome is Outcome.CHANGED_OK  # all but the tidying up
        assert "may still be on the switch" in record.detail
    else:
        assert record.outcome is not Outcome.NOT_RUN, record
        assert not record.outcome.good


@pytest.mark.parametrize(("name", "number"), list(each_step()))
def test_nothing_further_is_sent_once_an_end_could_not_be_noted(
    fleet: Callable[..., Fleet], tmp_path: Path, name: str, number: int
) -> None:
    case = CASES[name]
    guard = Recording(after=number, error=lambda: errors.JournalFailed("the disk is full"))
    run = case.start(fleet, tmp_path)
    since = len(sent(run))
    result = case.run(run, tmp_path, guard)
    assert tuple(step.kind for step in guard.steps) == case.kinds[: number + 1]
    assert len(received(run, since)) == len(typed(guard))
    if number + 1 < len(case.kinds):
        assert not result.result.outcome.good
        assert result.result.outcome is not Outcome.NOT_RUN


def test_a_refused_line_and_what_undoes_the_others_are_two_steps(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch(faults=(Reject(line="use-vrf"),)))
    guard = Recording()
    result = run.result(under(guard, configure_transport))
    assert result.result.outcome is Outcome.ROLLED_BACK
    assert [step.kind for step in guard.steps] == [StepKind.CONFIGURE, StepKind.CONFIGURE]
    assert guard.ends == [StepEnd.REFUSED, StepEnd.DONE]
    assert all(
        line.strip().startswith(("no ", "callhome", "destination-profile"))
        for line in guard.steps[1].commands
    )


def test_where_the_undo_is_not_let_pass_what_is_left_is_told(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(faults=(Reject(line="use-vrf"),)))
    guard = Recording(before=1)
    result = run.result(under(guard, configure_transport))
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.result.reason == "command-rejected"
    assert result.diff


def test_a_broken_session_is_noted_as_such(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(faults=(Drop(line="license smart register", when="after"),)))
    guard = Recording()
    case = CASES["register"]
    result = run.result(under(guard, register), **case.operands, **case.extra)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert guard.ends == [StepEnd.BROKEN]


def test_a_refused_token_is_noted_as_such(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(faults=(Reject(line="license smart register"),)))
    guard = Recording()
    case = CASES["register"]
    run.result(under(guard, register), **case.operands, **case.extra)
    assert guard.ends == [StepEnd.REFUSED]


def test_reading_takes_no_step(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    guard = Recording(before=0)
    assert run.result(under(guard, verify)).result.outcome is Outcome.READ
    run.result(under(guard, diagnose))
    assert guard.told == []
    probes = ("ping ", "telnet ")
    assert all(line.startswith((*READS, *probes)) for line in run.lab["leaf1"].commands)


@pytest.mark.parametrize("name", CASES)
def test_a_dry_run_takes_no_step(fleet: Callable[..., Fleet], tmp_path: Path, name: str) -> None:
    case, guard = CASES[name], Recording(before=0)
    run = case.start(fleet, tmp_path)
    since = len(sent(run))
    result = case.run(run, tmp_path, guard, dry_run=True)
    assert result.result.outcome is Outcome.PLANNED
    assert guard.told == []
    assert fresh(run, since) == []
