"""`convert` over real SSH: proven by the conversion's own status, and nothing sent for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.lab import (
    CALLHOME_DIRECT,
    RESERVED,
    UNREGISTERED,
    Ask,
    Backend,
    Drop,
    Garble,
    Ignore,
    Reject,
    registered,
)
from nxsl.tasks import Patience, convert
from tests.conftest import PATIENCE, Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable

SHORT = Patience(deadline=0.4, first_pause=0.05)
START, STOP = "license smart conversion start", "license smart conversion stop"
REASON = "Communication message send error"


def ready(name: str = "leaf1", *, backend: Backend | None = None, **changes: Any) -> Any:
    """A registered switch whose conversion is quick unless said otherwise."""
    usual: dict[str, Any] = {
        "callhome": CALLHOME_DIRECT,
        "registration": registered(),
        "backend": backend or Backend(convert_latency=0.1),
    }
    return switch(name, **{**usual, **changes})


def sent(run: Fleet, host: str = "leaf1") -> list[str]:
    """The licensing commands that a switch received."""
    return [each for each in run.lab[host].commands if each.startswith("license")]


def words(run: Fleet) -> str:
    """How far the switch's conversion is, asked behind nxsl's back."""
    return str(run.lab["leaf1"].licensing.conversion.words)


def test_a_conversion_is_started_once_and_proven(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    result = run.result(convert, patience=PATIENCE)
    record = result.result
    assert record.outcome is Outcome.CHANGED_OK
    assert sent(run) == [START]
    assert words(run) == "Successful"
    assert record.before.conversion.status == "Not started"
    assert record.after.conversion.status.startswith("Successful")
    assert result.changed
    assert result.diff.startswith("-conversion Not started\n+conversion Successful")


def test_a_second_run_changes_nothing(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    run.result(convert, patience=PATIENCE)
    again = run.result(convert, patience=PATIENCE)
    assert again.result.outcome is Outcome.ALREADY_OK
    assert not again.changed
    assert sent(run) == [START]


def test_what_is_under_way_is_left_alone_and_can_be_stopped(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(backend=Backend(convert_latency=600.0)))
    pending = run.result(convert, patience=SHORT)
    assert pending.result.outcome is Outcome.PENDING
    assert "up to an hour" in pending.result.remedy
    assert pending.changed
    again = run.result(convert, patience=SHORT)
    assert again.result.outcome is Outcome.ALREADY_OK
    assert "under way" in again.result.detail
    stopped = run.result(convert, action="stop", patience=PATIENCE)
    assert stopped.result.outcome is Outcome.CHANGED_OK
    assert words(run) == "Not started"
    assert run.result(convert, action="stop").result.outcome is Outcome.ALREADY_OK
    assert sent(run) == [START, STOP]


def test_a_failure_is_explained(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(backend=Backend(convert_latency=0.05, convert_failure=REASON)))
    result = run.result(convert, patience=PATIENCE)
    record = result.result
    assert record.outcome is Outcome.FAILED_CLEAN
    assert record.reason == "conversion-failed"
    assert REASON in record.detail
    assert f"Failure reason: {REASON}" in record.evidence
    assert "show running-config callhome" in record.remedy
    assert not result.changed


def test_a_former_failure_is_not_taken_for_a_new_one(fleet: Callable[..., Fleet]) -> None:
    run = fleet(
        ready(
            backend=Backend(convert_latency=0.05, convert_failure=REASON),
            faults=(Ignore(line=START, occurrence=2),),
        )
    )
    run.result(convert, patience=PATIENCE)
    again = run.result(convert, patience=SHORT)
    assert again.result.outcome is Outcome.PENDING
    assert "not begun" in again.result.remedy
    assert sent(run) == [START, START]


@pytest.mark.parametrize("action", ["start", "stop"])
def test_a_dry_run_sends_nothing(fleet: Callable[..., Fleet], action: Any) -> None:
    run = fleet(ready(backend=Backend(convert_latency=600.0)))
    if action == "stop":
        run.result(convert, patience=SHORT)
    result = run.result(convert, action=action, dry_run=True)
    assert result.result.outcome is Outcome.PLANNED
    assert result.diff == f"+license smart conversion {action}"
    assert sent(run) == ([START] if action == "stop" else [])


@pytest.mark.parametrize(
    ("changes", "outcome", "reason"),
    [
        ({"registration": UNREGISTERED}, Outcome.REFUSED, "state"),
        ({"registration": RESERVED}, Outcome.REFUSED, "state"),
        ({"release": "10.3(6)"}, Outcome.NOT_APPLICABLE, "not-applicable"),
        ({"release": "7.0(3)I7(2)"}, Outcome.NOT_APPLICABLE, "not-applicable"),
    ],
)
def test_what_makes_no_sense_is_not_tried(
    fleet: Callable[..., Fleet], changes: dict[str, Any], outcome: Outcome, reason: str
) -> None:
    run = fleet(ready(**changes))
    result = run.result(convert, patience=PATIENCE)
    assert result.result.outcome is outcome
    assert result.result.reason == reason
    assert sent(run) == []


def test_unknown_words_are_refused_with_the_words(fleet: Callable[..., Fleet]) -> None:
    garble = Garble(
        line="show license status",
        occurrence=None,
        old=b"Status: Not started",
        new=b"Status: Halfway there",
    )
    run = fleet(ready(faults=(garble,)))
    result = run.result(convert, patience=PATIENCE)
    assert result.result.reason == "state"
    assert "Halfway there" in result.result.detail
    assert sent(run) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_session_that_breaks_on_the_start(fleet: Callable[..., Fleet], when: Any) -> None:
    run = fleet(ready(faults=(Drop(line=START, when=when),)))
    result = run.result(convert, patience=PATIENCE if when == "after" else SHORT)
    expected = Outcome.CHANGED_OK if when == "after" else Outcome.PENDING
    assert result.result.outcome is expected
    assert sent(run) == [START]


@pytest.mark.parametrize("fault", [Reject(line=START), Ask(line=START)])
def test_a_refused_start(fleet: Callable[..., Fleet], fault: Any) -> None:
    run = fleet(ready(faults=(fault,)))
    result = run.result(convert, patience=PATIENCE)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason in {"command-rejected", "unexpected-question"}
    assert words(run) == "Not started"
    assert not result.changed


def test_a_conversion_that_ends_before_it_is_stopped(fleet: Callable[..., Fleet]) -> None:
    run = fleet(
        ready(
            backend=Backend(convert_latency=1.0),
            faults=(Ignore(line=STOP),),
        )
    )
    run.result(convert, patience=SHORT)
    result = run.result(convert, action="stop", patience=PATIENCE)
    assert result.result.reason == "conversion-failed"
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert "before it could be stopped" in result.result.detail
    assert words(run) == "Successful"


def test_a_stop_that_has_no_effect_is_pending(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(backend=Backend(convert_latency=600.0), faults=(Ignore(line=STOP),)))
    run.result(convert, patience=SHORT)
    result = run.result(convert, action="stop", patience=SHORT)
    assert result.result.outcome is Outcome.PENDING


def test_nonsense_is_refused(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    result = run.run(convert, action="restart")["leaf1"][0]
    assert isinstance(result.exception, ValueError)
    assert sent(run) == []


def test_a_stopped_run_sends_nothing(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    patience = Patience()
    patience.stop.set()
    result = run.result(convert, patience=patience)
    assert result.result.outcome is Outcome.NOT_RUN
    assert sent(run) == []
