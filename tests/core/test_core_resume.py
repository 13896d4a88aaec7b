"""What a resumed run does with each host, told from the journal alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.core.resume import Todo, position
from nxsl.core.retry import Only, chosen
from nxsl.core.run_records import Event, EventKind, HostEntry

AT = datetime(2026, 11, 24, tzinfo=UTC)
TICKET = {"kind": "registration"}


def entry(outcome: Outcome | None = None, **changes: Any) -> HostEntry:
    return HostEntry(host="leaf1", address="192.0.2.1:22", wave=1, outcome=outcome, **changes)


def events(*kinds: tuple[EventKind, dict[str, Any]]) -> list[Event]:
    return [
        Event(number=number, at=AT, kind=kind, host="leaf1", data=data)
        for number, (kind, data) in enumerate(kinds)
    ]


def before(step: str, ticket: Any = None) -> tuple[EventKind, dict[str, Any]]:
    data: dict[str, Any] = {"step": step, "commands": ["x"]}
    return EventKind.BEFORE, {**data, "ticket": ticket} if ticket else data


def after(end: str) -> tuple[EventKind, dict[str, Any]]:
    return EventKind.AFTER, {"step": "x", "end": end}


NOT_TAKEN = (EventKind.NOT_TAKEN, {"why": "unchanged"})
PENDING: tuple[EventKind, dict[str, Any]] = (EventKind.PENDING, {})


@pytest.mark.parametrize(
    ("journal", "todo"),
    [
        ([], Todo.START),
        ([before("secret", TICKET)], Todo.PROBE),
        ([before("secret", TICKET), after("done")], Todo.FOLLOW),
        ([before("secret", TICKET), after("broken")], Todo.FOLLOW),
        ([before("secret", TICKET), after("done"), PENDING], Todo.FOLLOW),
        ([before("secret", TICKET), after("refused")], Todo.LOOK),
        ([before("secret")], Todo.LOOK),
        ([before("secret"), after("done")], Todo.LOOK),
        ([before("secret", TICKET), NOT_TAKEN], Todo.START),
        ([before("secret", TICKET), NOT_TAKEN, before("secret", TICKET)], Todo.PROBE),
        ([before("configure")], Todo.GO_ON),
        ([before("configure"), after("done")], Todo.GO_ON),
        ([before("configure"), after("done"), before("save")], Todo.GO_ON),
        ([before("command")], Todo.GO_ON),
        ([before("command", TICKET)], Todo.PROBE),
        ([before("file"), after("broken")], Todo.GO_ON),
    ],
)
def test_the_journal_tells_what_is_left(
    journal: list[tuple[EventKind, dict[str, Any]]], todo: Todo
) -> None:
    assert position(entry(), events(*journal)).todo is todo


def test_a_step_that_was_not_taken_leaves_what_came_before_it() -> None:
    journal = events(before("configure"), after("done"), before("secret", TICKET), NOT_TAKEN)
    assert position(entry(), journal).todo is Todo.GO_ON


@pytest.mark.parametrize(
    "outcome", [each for each in Outcome if each not in {Outcome.NOT_RUN, Outcome.PENDING}]
)
def test_a_host_with_an_end_is_left_alone(outcome: Outcome) -> None:
    found = position(entry(outcome), events(before("secret", TICKET), after("done")))
    assert found.todo is Todo.KEEP


def test_a_host_that_is_still_pending_is_followed() -> None:
    found = position(
        entry(Outcome.PENDING, ticket=TICKET), events(before("secret", TICKET), after("done"))
    )
    assert (found.todo, found.ticket) == (Todo.FOLLOW, TICKET)


def test_of_what_was_begun_last_the_ticket_counts() -> None:
    """A renewal of one kind is done, that of the other was about to be sent."""
    newer = {"kind": "renewal", "under_way": "auth"}
    journal = events(before("command", TICKET), after("done"), PENDING, before("command", newer))
    found = position(entry(Outcome.PENDING, ticket=TICKET), journal)
    assert (found.todo, found.ticket) == (Todo.PROBE, newer)


def test_what_was_waited_for_without_a_ticket_is_gone_on_with() -> None:
    journal = events(before("command"), after("done"), PENDING)
    assert position(entry(Outcome.PENDING), journal).todo is Todo.GO_ON


@pytest.mark.parametrize(
    ("reason", "todo"),
    [
        ("stopped", Todo.START),
        ("paused", Todo.START),
        ("journal", Todo.START),
        ("limit", Todo.START),
        ("token-breaker", Todo.KEEP),
    ],
)
def test_a_host_that_was_not_begun_is_begun(reason: str, todo: Todo) -> None:
    assert position(entry(Outcome.NOT_RUN, reason=reason), []).todo is todo


def test_no_journal_whatever_lets_a_token_be_sent_twice() -> None:
    """Every sequence of up to four events with a token: START needs a proof for each of them."""
    kinds = [before("secret", TICKET), after("done"), after("broken"), after("refused"), PENDING]
    stack: list[list[tuple[EventKind, dict[str, Any]]]] = [[kinds[0]]]
    tried = 0
    while stack:
        journal = stack.pop()
        found = position(entry(), events(*journal))
        assert found.todo in {Todo.PROBE, Todo.FOLLOW, Todo.LOOK}, journal
        tried += 1
        if len(journal) < 4:
            stack += [[*journal, kind] for kind in kinds]
    assert tried == 1 + 5 + 25 + 125


def test_what_is_tried_again() -> None:
    hosts = [
        HostEntry(host=str(outcome), address="", wave=1, outcome=outcome) for outcome in Outcome
    ]
    bad = {str(outcome) for outcome in Outcome if not outcome.good}
    assert set(chosen(hosts, Only.BAD)) == bad
    parts = [set(chosen(hosts, only)) for only in Only if only is not Only.BAD]
    assert set.union(*parts) == bad
    assert sum(map(len, parts)) == len(bad)
    assert chosen([entry()], Only.BAD) == ()
