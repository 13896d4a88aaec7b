"""`renew` over real SSH: each kind is proven by fresh dates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.lab import (
    CALLHOME_DIRECT,
    RESERVED,
    UNREGISTERED,
    Answer,
    Backend,
    Drop,
    Reject,
    registered,
)
from nxsl.tasks import Patience, renew
from tests.conftest import PATIENCE, Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable


def ready(name: str = "leaf1", **changes: Any) -> Any:
    """A switch that can reach its backend, registered unless said otherwise."""
    usual = {"callhome": CALLHOME_DIRECT, "registration": registered()}
    return switch(name, **{**usual, **changes})


ENDING = registered(
    ago=timedelta(days=360),
    expires=timedelta(days=5),
    deadline=timedelta(days=40),
    renewal=timedelta(days=-1),
    renewal_failure="Communication message send error",
)


def test_both_kinds_are_renewed_and_the_dates_prove_it(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(registration=ENDING))
    result = run.result(renew, patience=PATIENCE)
    record = result.result
    assert record.outcome is Outcome.CHANGED_OK
    assert record.renewed == ("id", "auth")
    assert record.after.registration.expires > record.before.registration.expires
    assert record.after.authorization.deadline > record.before.authorization.deadline
    assert result.changed
    assert result.diff.count("+registration expires") == 1
    assert result.diff.count("+communication deadline") == 1


@pytest.mark.parametrize("kind", ["id", "auth"])
def test_one_kind_alone(fleet: Callable[..., Fleet], kind: Any) -> None:
    run = fleet(ready(registration=ENDING))
    result = run.result(renew, kinds=(kind,), patience=PATIENCE)
    assert result.result.renewed == (kind,)
    sent = [line for line in run.lab["leaf1"].commands if line.startswith("license smart renew")]
    assert sent == [f"license smart renew {kind}"]


def test_renewing_twice_within_a_second_is_told_apart(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    for _ in range(3):
        result = run.result(renew, kinds=("auth",), patience=PATIENCE)
        assert result.result.outcome is Outcome.CHANGED_OK


def test_only_what_is_due_is_renewed(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(registration=ENDING))
    result = run.result(renew, due_within=timedelta(days=30), patience=PATIENCE)
    assert result.result.renewed == ("id",)
    again = run.result(renew, due_within=timedelta(days=30), patience=PATIENCE)
    assert again.result.outcome is Outcome.ALREADY_OK
    assert not again.changed


def test_a_dry_run_sends_nothing(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(registration=ENDING))
    result = run.result(renew, dry_run=True)
    assert result.result.outcome is Outcome.PLANNED
    assert result.diff == "+license smart renew id\n+license smart renew auth"
    assert all(
        line.startswith(("show ", "terminal ", "exit")) for line in run.lab["leaf1"].commands
    )


@pytest.mark.parametrize(
    ("failing", "renewed"), [("renew_id_failure", ("auth",)), ("renew_auth_failure", ("id",))]
)
def test_one_failure_does_not_keep_the_other_kind_from_being_tried(
    fleet: Callable[..., Fleet], failing: str, renewed: tuple[str, ...]
) -> None:
    reason: dict[str, Any] = {failing: "Communication message send error"}
    run = fleet(ready(backend=Backend(renew_latency=0.05, **reason)))
    result = run.result(renew, patience=PATIENCE)
    assert result.result.reason == "renewal-failed"
    # The other kind was renewed, so the switch is not what it was.
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.result.renewed == renewed
    assert "Communication message send error" in result.result.detail
    assert result.changed


def test_a_renewal_that_never_comes_is_pending(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(backend=Backend(renew_latency=60.0)))
    result = run.result(renew, patience=Patience(deadline=0.4, first_pause=0.05))
    assert result.result.outcome is Outcome.PENDING
    assert not result.changed


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"registration": UNREGISTERED}, "state"),
        ({"registration": RESERVED}, "state"),
        ({"registration": registered(), "clock_skew": timedelta(hours=3)}, "clock"),
    ],
)
def test_what_makes_no_sense_is_refused(
    fleet: Callable[..., Fleet], changes: dict[str, Any], reason: str
) -> None:
    run = fleet(ready(**changes))
    result = run.result(renew, patience=PATIENCE)
    assert result.result.outcome is Outcome.REFUSED
    assert result.result.reason == reason
    assert not [each for each in run.lab["leaf1"].commands if each.startswith("license")]


def test_a_refused_command_and_a_dropped_session(fleet: Callable[..., Fleet]) -> None:
    run = fleet(
        ready("leaf1", faults=(Reject(line="renew id"),)),
        ready("leaf2", faults=(Drop(line="renew auth", when="after"),)),
    )
    refused = run.result(renew, "leaf1", patience=PATIENCE)
    assert refused.result.reason == "command-rejected"
    assert refused.result.outcome is Outcome.FAILED_DIRTY
    assert refused.result.renewed == ("auth",)
    dropped = run.result(renew, "leaf2", patience=PATIENCE)
    assert dropped.result.outcome is Outcome.CHANGED_OK


def test_a_single_kind_may_be_a_word_and_nonsense_is_refused(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready(registration=ENDING))
    assert run.result(renew, kinds="id", patience=PATIENCE).result.renewed == ("id",)
    result = run.run(renew, kinds=("everything",))["leaf1"][0]
    assert isinstance(result.exception, ValueError)
    assert [each for each in run.lab["leaf1"].commands if "license smart" in each] == [
        "license smart renew id"
    ]


def test_what_is_still_under_way_beside_a_refusal_is_pending(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready(backend=Backend(renew_latency=60.0), faults=(Reject(line="renew id"),)))
    result = run.result(renew, patience=Patience(deadline=0.4, first_pause=0.05))
    assert result.result.outcome is Outcome.PENDING
    assert result.result.reason == "command-rejected"


def test_a_renewal_into_trouble_says_so(fleet: Callable[..., Fleet]) -> None:
    short = Backend(answer=Answer.OUT_OF_COMPLIANCE, renew_latency=0.05)
    run = fleet(ready(registration=ENDING, backend=short))
    result = run.result(renew, kinds=("auth",), patience=PATIENCE)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert "BUT authorization is OUT OF COMPLIANCE" in result.result.detail


def test_an_authorization_that_has_expired_is_renewed(fleet: Callable[..., Fleet]) -> None:
    expired = registered(authorization="AUTH EXPIRED", deadline=None, next_communication=None)
    run = fleet(ready(registration=expired))
    result = run.result(renew, kinds=("auth",), patience=PATIENCE)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert "-communication deadline not shown" in result.diff


def test_without_licences_in_use_there_is_no_authorization_to_renew(
    fleet: Callable[..., Fleet],
) -> None:
    idle = registered(authorization="NO LICENSES IN USE")
    run = fleet(ready(registration=idle, licenses=()))
    result = run.result(renew, kinds=("auth",), patience=PATIENCE)
    assert result.result.outcome is Outcome.ALREADY_OK
    assert "no licence is in use" in result.result.detail
    assert not [each for each in run.lab["leaf1"].commands if each.startswith("license")]
    assert run.result(renew, patience=PATIENCE).result.renewed == ("id",)
