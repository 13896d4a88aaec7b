"""What was started with `detach` is followed over real SSH, and judged as the waiting tasks do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core import errors
from nxsl.core.outcome import Outcome, RegisterRecord, RenewRecord
from nxsl.core.reason_words import Reason
from nxsl.core.secret import Token
from nxsl.core.tickets import Ticket, from_plain, to_plain
from nxsl.lab import CLOUD_TOKEN, EXPIRED_TOKEN, Backend, Drop, Reject, registered
from nxsl.tasks import follow, register, renew, was_taken
from tests.conftest import PATIENCE, QUICK
from tests.tasks.changing import CASES, Recording, ready, sent, under
from tests.tasks.policy_switches import policy, quick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Fleet

KINDS = ("register", "trust", "renew", "sync")
LOOKS = 400
SLOW = Backend(register_latency=60.0, renew_latency=60.0)


def kept(record: Any) -> dict[str, Ticket]:
    """The record's ticket, as a run store gives it back."""
    assert record.outcome is Outcome.PENDING, record
    assert record.reason == "under-way"
    return {"leaf1": from_plain(json.loads(json.dumps(to_plain(record.ticket))))}


def followed(run: Fleet, record: Any) -> Any:
    """The result at the end of it, each look over a connection of its own."""
    for _ in range(LOOKS):
        run.close()
        result = run.result(follow, tickets=kept(record))
        record = result.result
        if record.outcome is not Outcome.PENDING:
            return result
    raise AssertionError(f"no end: {record}")


@pytest.mark.parametrize("name", KINDS)
def test_it_comes_to_the_same_end_as_waiting_for_it(
    fleet: Callable[..., Fleet], tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    waited = case.run(case.start(fleet, tmp_path), tmp_path)
    run, guard = case.start(fleet, tmp_path), Recording()
    begun = case.run(run, tmp_path, guard, detach=True)
    assert begun.failed
    assert begun.exception is None
    assert (begun.changed, begun.diff) == (False, "")
    told = [what for what, _ in guard.told]
    assert told == ["planned", "expect", "before", "after"]
    ended = followed(run, begun.result)
    assert type(ended.result) is type(waited.result)
    assert ended.result.outcome is waited.result.outcome is Outcome.CHANGED_OK, ended.result
    assert ended.result.detail == waited.result.detail
    assert (ended.changed, ended.failed) == (waited.changed, waited.failed)
    assert [line[:10] for line in ended.diff.splitlines()] == [
        line[:10] for line in waited.diff.splitlines()
    ]
    assert ended.result.before is not None
    assert ended.result.after is not None
    assert ended.result.facts is not None
    assert len(sent(run)) == len(case.kinds)
    if isinstance(ended.result, RenewRecord):
        assert ended.result.renewed == waited.result.renewed


def test_a_dry_run_starts_nothing(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    case = CASES["register"]
    run = case.start(fleet, tmp_path)
    assert case.run(run, tmp_path, detach=True, dry_run=True).result.outcome is Outcome.PLANNED
    assert sent(run) == []


def test_the_second_kind_of_a_renewal_is_started_by_the_look_that_finds_the_first_one_done(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready(registration=registered()))
    record = run.result(renew, detach=True).result
    assert (record.ticket.under_way, record.ticket.todo) == ("id", ("auth",))
    assert sent(run) == ["license smart renew id"]
    guard = Recording()
    while record.ticket.under_way == "id":
        result = run.result(under(guard, follow), tickets=kept(record))
        record = result.result
    assert (record.ticket.under_way, record.ticket.todo) == ("auth", ())
    assert record.renewed == record.ticket.renewed == ("id",)
    assert result.changed
    assert "+registration expires" in result.diff
    assert [what for what, _ in guard.told] == ["expect", "before", "after"]
    assert guard.told[0][1] == replace(record.ticket, answer="")
    ended = followed(run, record)
    assert ended.result.renewed == ("id", "auth")
    assert "+registration expires" in ended.diff
    assert "+communication deadline" in ended.diff


def test_a_kind_that_fails_keeps_no_other_from_being_renewed(fleet: Callable[..., Fleet]) -> None:
    broken = replace(QUICK, renew_id_failure="Communication message send error")
    spec = ready(registration=registered(), backend=broken)
    waited = fleet(spec).result(renew, patience=PATIENCE)
    run = fleet(spec)
    ended = followed(run, run.result(renew, detach=True).result)
    assert ended.result.outcome is waited.result.outcome is Outcome.FAILED_DIRTY
    assert ended.result.reason == waited.result.reason == "renewal-failed"
    assert ended.result.detail == waited.result.detail
    assert ended.result.renewed == ("auth",)


def test_a_kind_that_is_refused_keeps_no_other_from_being_renewed(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready(registration=registered(), faults=(Reject(line="renew id"),)))
    begun = run.result(renew, detach=True).result
    assert begun.ticket.setbacks[0].reason == "command-rejected"
    ended = followed(run, begun)
    assert (ended.result.outcome, ended.result.reason) == (
        Outcome.FAILED_DIRTY,
        "command-rejected",
    )
    assert isinstance(ended.exception, errors.CommandRejected)


class OpenBreaker(errors.NotTried):
    """A kind of it that the tasks have never heard of."""

    reason = Reason.CREDENTIAL_BREAKER


@pytest.mark.parametrize("error", [errors.NotTried, OpenBreaker, errors.Stopped])
def test_a_kind_that_the_run_does_not_let_pass_is_told(
    fleet: Callable[..., Fleet], error: Any
) -> None:
    run = fleet(ready(registration=registered()))
    begun = run.result(renew, detach=True).result
    guard = Recording(before=0, error=lambda: error("not today"))
    for _ in range(LOOKS):
        result = run.result(under(guard, follow), tickets=kept(begun))
        if result.result.reason != "under-way":
            break
    assert result.result.reason == error.reason
    assert result.result.renewed == ("id",)
    assert result.result.outcome is (
        Outcome.PENDING if error is errors.Stopped else Outcome.FAILED_DIRTY
    )
    assert sent(run) == ["license smart renew id"]


@pytest.mark.parametrize("spec", [ready, policy])
def test_a_token_at_fault_is_told_apart(fleet: Callable[..., Fleet], spec: Any) -> None:
    run = fleet(spec())
    begun = run.result(register, token=Token(EXPIRED_TOKEN), patience=PATIENCE)
    assert (begun.result.outcome, begun.result.reason) == (Outcome.FAILED_CLEAN, "token-refused")
    run = fleet(spec())
    ended = followed(run, run.result(register, token=Token(EXPIRED_TOKEN), detach=True).result)
    assert (ended.result.outcome, ended.result.reason) == (Outcome.FAILED_CLEAN, "token-refused")
    assert ended.result.detail == begun.result.detail


def test_another_failure_is_no_fault_of_the_token(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(backend=replace(QUICK, fail_first=9)))
    case = CASES["register"]
    ended = followed(run, run.result(register, **case.extra, detach=True).result)
    assert (ended.result.outcome, ended.result.reason) == (
        Outcome.FAILED_CLEAN,
        "registration-failed",
    )


@pytest.mark.parametrize("name", ["register", "renew"])
def test_at_the_last_look_the_wait_is_over_and_nothing_more_is_started(
    fleet: Callable[..., Fleet], name: str
) -> None:
    case = CASES[name]
    run = fleet(replace(case.spec(), backend=SLOW))
    begun = run.result(case.task, **case.extra, detach=True).result
    before = sent(run)
    assert run.result(follow, tickets=kept(begun)).result.outcome is Outcome.PENDING
    last = run.result(follow, tickets=kept(begun), last=True)
    assert (last.result.outcome, last.result.reason) == (Outcome.PENDING, "still-pending")
    assert isinstance(last.exception, errors.StillPending)
    assert last.result.ticket == begun.ticket  # so that it can be followed later
    assert sent(run) == before
    if name == "renew":
        assert "renew auth: the wait is over, and it was not started" in last.result.detail


def test_at_the_last_look_one_kind_may_be_done(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(registration=registered()))
    record = run.result(renew, kinds=("id",), detach=True).result
    ticket = replace(record.ticket, todo=("auth",))
    for _ in range(LOOKS):
        result = run.result(follow, tickets={"leaf1": ticket}, last=True)
        if result.result.renewed:
            break
    assert (result.result.outcome, result.result.renewed) == (Outcome.PENDING, ("id",))
    assert result.changed
    assert sent(run) == ["license smart renew id"]


def test_a_switch_that_cannot_be_asked_is_asked_again(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    begun = run.result(register, **CASES["register"].extra, detach=True).result
    run.close()
    host = run.nr.inventory.hosts["leaf1"]
    port, host.port = host.port, 1
    away = run.result(follow, tickets=kept(begun))
    assert away.result.outcome is Outcome.PENDING
    assert away.result.ticket == begun.ticket
    assert "could not be asked" in away.result.detail
    last = run.result(follow, tickets=kept(begun), last=True).result
    assert (last.outcome, last.reason) == (Outcome.UNKNOWN, "connection-refused")
    host.port = port
    assert followed(run, away.result).result.outcome is Outcome.CHANGED_OK


def test_a_session_that_breaks_on_the_token_or_while_following_is_not_the_end(
    fleet: Callable[..., Fleet],
) -> None:
    drops = [Drop(line="show license status", occurrence=number) for number in (2, 3)]
    run = fleet(ready(faults=(Drop(line="license smart register", when="after"), *drops)))
    begun = run.result(register, **CASES["register"].extra, detach=True).result
    broken = run.result(follow, tickets=kept(begun)).result
    assert broken.outcome is Outcome.PENDING
    assert "could not be asked" in broken.detail
    assert followed(run, broken).result.outcome is Outcome.CHANGED_OK
    assert len(run.lab["leaf1"].register_commands) == 1


def test_what_is_under_way_is_followed_without_a_token(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(backend=replace(QUICK, register_latency=1.0)))
    run.result(register, **CASES["register"].extra, detach=True)
    guard = Recording(before=0)
    again = run.result(under(guard, register), detach=True).result
    assert "expect" not in [what for what, _ in guard.told]
    assert isinstance(again, RegisterRecord)
    assert followed(run, again).result.outcome is Outcome.CHANGED_OK
    assert len(run.lab["leaf1"].register_commands) == 1


def test_the_zone_of_the_dates_is_kept(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(registration=registered(), zone=("EDT", timedelta(hours=-4))))
    begun = run.result(renew, kinds=("auth",), detach=True).result
    assert begun.ticket.zone == timedelta(hours=-4)
    assert followed(run, begun).result.outcome is Outcome.CHANGED_OK


def test_without_a_ticket_there_is_nothing_to_follow(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    for task in (follow, was_taken):
        result = run.run(task, tickets={})["leaf1"][0]
        assert isinstance(result.exception, ValueError)


# -- was it taken ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_a_command_that_was_never_sent_is_proven_not_to_be_taken(
    fleet: Callable[..., Fleet], tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    run, killed = case.start(fleet, tmp_path), Recording(before=0)
    case.run(run, tmp_path, killed, detach=True)
    (ticket,) = [what for name, what in killed.told if name == "expect"][:1]
    before = sent(run)
    record = run.result(was_taken, tickets={"leaf1": ticket}, settle=0.0).result
    assert record.outcome is Outcome.READ
    assert record.taken is False
    assert sent(run) == before == []


@pytest.mark.parametrize("name", KINDS)
def test_a_command_that_was_sent_is_proven_to_be_taken(
    fleet: Callable[..., Fleet], tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    run, guard = case.start(fleet, tmp_path), Recording()
    case.run(run, tmp_path, guard)
    ticket = next(what for name, what in guard.told if name == "expect")
    record = run.result(was_taken, tickets={"leaf1": ticket}, settle=0.0).result
    assert record.taken is True


def test_a_token_that_was_taken_shows_at_once_or_a_little_later(
    fleet: Callable[..., Fleet],
) -> None:
    for latency in (0.0, 0.3):
        slow = replace(QUICK, register_latency=60.0, initiate_latency=latency)
        run = fleet(ready(backend=slow))
        begun = run.result(register, **CASES["register"].extra, detach=True).result
        record = run.result(was_taken, tickets=kept(begun), settle=2.0).result
        assert record.taken is True


def test_without_statistics_nothing_is_proven(fleet: Callable[..., Fleet]) -> None:
    hidden = Reject(line="show license tech", occurrence=None)
    run = fleet(policy(backend=quick(), faults=(hidden,)))
    killed = Recording(before=0)
    run.result(under(killed, register), **CASES["trust"].extra, detach=True)
    ticket = next(what for name, what in killed.told if name == "expect")
    assert ticket.exchanges is None
    record = run.result(was_taken, tickets={"leaf1": ticket}, settle=0.0).result
    assert record.taken is None


def test_no_ticket_holds_a_token(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    begun = run.result(register, **CASES["register"].extra, detach=True).result
    assert CLOUD_TOKEN not in json.dumps(to_plain(begun.ticket))
