"""The run store over both databases: what goes in comes out, and nothing is overwritten."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from nxsl.core.errors import JournalFailed, Locked, PlanFileError, SelectionError
from nxsl.core.outcome import Outcome
from nxsl.core.run_records import EventKind, HostEntry, RunState
from nxsl.core.secret import Token
from nxsl.nxos.wire import SecretCommand
from nxsl.run.store import RunStore, holder, lock_names
from tests.secrets.hunt import finds
from tests.store.runs import INVENTORY, START, begin, head, hosts

if TYPE_CHECKING:
    from pathlib import Path

    from nxsl.core.plain import Plain

HOSTILE = "nul \0, escape \x1b[2J, half a pair \ud800, hidden \u200b, \u00fc, \u6f22\nnext\tline"
SHOWN = (
    "nul \\x00, escape \\x1b[2J, half a pair \\xd800, hidden \\x200b, \u00fc, \u6f22\nnext\tline"
)


def test_what_was_noted_comes_back(store: RunStore) -> None:
    made = head(
        selection={"hosts": ["leaf1"], "filters": {"site": HOSTILE}},
        options={"force": True, "waves": [1, 5]},
        plan="p1",
        parent="r0",
    )
    store.begin(made, HOSTILE, hosts(), locks=["switch:a"])
    view = store.run("r1")
    assert view.head == made
    assert view.hosts == hosts()
    assert view.plan == HOSTILE
    (event,) = view.events
    assert (event.number, event.kind, event.host) == (1, EventKind.RUN_STARTED, "")
    assert event.data == {"holder": str(made.holder), "job": "register", "plan": "p1"}
    assert event.at.tzinfo is UTC
    assert abs(datetime.now(UTC) - event.at) < timedelta(minutes=1)


def test_events_are_numbered_and_keep_their_data(store: RunStore) -> None:
    begin(store)
    data: dict[str, Plain] = {"a": [1, None, {"b": HOSTILE}], "kind": "save", "run": "x"}
    assert store.append("r1", EventKind.BEFORE, "leaf1", **data) == 2
    assert store.append("r1", EventKind.AFTER, "leaf1") == 3
    _, second, third = store.run("r1").events
    assert (second.kind, second.host, second.data) == (EventKind.BEFORE, "leaf1", data)
    assert (third.kind, third.host, third.data) == (EventKind.AFTER, "leaf1", {})


def test_a_host_and_its_event_are_noted_together(store: RunStore) -> None:
    begin(store)
    at = datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=2)))
    entry = HostEntry(
        host="leaf2",
        address="192.0.2.2:22",
        wave=2,
        outcome=Outcome.FAILED_DIRTY,
        reason="save-failed",
        detail=HOSTILE,
        remedy=HOSTILE,
        evidence=HOSTILE,
        changed=True,
        diff=HOSTILE,
        ticket={"answer": HOSTILE, "sent_at": None},
        updated_at=at,
    )
    assert store.put_host("r1", entry, EventKind.OUTCOME, outcome="failed dirty") == 2
    view = store.run("r1")
    shown = replace(entry, detail=SHOWN, remedy=SHOWN, evidence=SHOWN, diff=SHOWN)
    assert view.hosts[1] == shown
    assert [each.host for each in view.hosts] == ["leaf3", "leaf2", "leaf1"]
    assert view.events[-1].data == {"outcome": "failed dirty"}
    store.put_host("r1", hosts()[2], EventKind.PENDING)
    updated = store.run("r1").hosts[2].updated_at
    assert updated is not None
    assert datetime.now(UTC) - updated < timedelta(minutes=1)


def test_no_event_without_its_host(store: RunStore) -> None:
    begin(store)
    stranger = HostEntry(host="spine9", address="192.0.2.99:22", wave=1)
    with pytest.raises(JournalFailed, match="run r1 has no host spine9"):
        store.put_host("r1", stranger, EventKind.OUTCOME)
    assert len(store.run("r1").events) == 1


@pytest.mark.parametrize("broken", [{"x": object()}, {"x": float("nan")}])
def test_what_cannot_be_noted_stops_everything(store: RunStore, broken: dict[str, object]) -> None:
    begin(store)
    with pytest.raises(JournalFailed):
        store.append("r1", EventKind.BEFORE, "leaf1", **broken)  # type: ignore[arg-type]
    with pytest.raises(JournalFailed, match="nothing more is noted"):
        store.append("r1", EventKind.BEFORE, "leaf1")
    assert len(store.run("r1").events) == 1


def test_fifty_threads(store: RunStore) -> None:
    begin(store, count=50)

    def work(entry: HostEntry) -> list[int]:
        numbers = [store.append("r1", EventKind.BEFORE, entry.host, n=n) for n in range(4)]
        ended = replace(entry, outcome=Outcome.CHANGED_OK)
        return [*numbers, store.put_host("r1", ended, EventKind.OUTCOME)]

    with ThreadPoolExecutor(50) as pool:
        numbers = [n for some in pool.map(work, hosts(50)) for n in some]
    view = store.run("r1")
    assert sorted(numbers) == list(range(2, 252))
    assert [each.number for each in view.events] == list(range(1, 252))
    assert all(each.outcome is Outcome.CHANGED_OK for each in view.hosts)
    assert len(threading.enumerate()) < 10


def test_an_ended_run_takes_no_more_and_frees_its_locks(store: RunStore) -> None:
    begin(store)
    store.end("r1", RunState.PAUSED)
    view = store.run("r1")
    assert view.head.state is RunState.PAUSED
    assert view.head.ended_at is not None
    assert view.events[-1].kind is EventKind.RUN_ENDED
    assert view.events[-1].data == {"state": "paused"}
    begin(store, "r2")
    with pytest.raises(JournalFailed, match="run r1 is not held by this process"):
        store.append("r1", EventKind.BEFORE)


def test_a_run_cannot_be_begun_twice(store: RunStore) -> None:
    begin(store)
    with pytest.raises(JournalFailed, match="run r1 cannot be noted"):
        store.begin(head(), "other", (), locks=())
    assert store.run("r1").plan == '{"plan": 1}'
    assert store.append("r1", EventKind.BEFORE, "leaf1") == 2  # nothing was lost by that


def test_runs_newest_first_with_counts(store: RunStore) -> None:
    begin(store, "b", minutes=1)
    store.put_host("b", replace(hosts()[0], outcome=Outcome.PENDING), EventKind.PENDING)
    store.put_host("b", replace(hosts()[1], outcome=Outcome.CHANGED_OK), EventKind.OUTCOME)
    store.end("b", RunState.DONE)
    begin(store, "a", minutes=2)
    store.end("a", RunState.ABORTED)
    begin(store, "c", minutes=2, inventory="/other")
    first, second, third = store.runs()
    assert [each.head.id for each in (first, second, third)] == ["c", "a", "b"]
    assert third.hosts == 3
    assert third.outcomes == {Outcome.PENDING: 1, Outcome.CHANGED_OK: 1}
    assert (second.hosts, second.outcomes, second.head.state) == (3, {}, RunState.ABORTED)
    assert [each.head.id for each in store.runs(limit=2)] == ["c", "a"]
    assert [each.head.id for each in store.runs(inventory="/other")] == ["c"]
    assert store.runs(inventory="/none") == ()
    assert store.run("b").head == third.head


def test_a_run_by_the_beginning_of_its_name(store: RunStore) -> None:
    for number, run in enumerate(("2026-a1", "2026-a10", "2026-b", "2026-A")):
        begin(store, run, minutes=number)
        store.end(run, RunState.DONE)
    assert store.run("2026-b").head.id == "2026-b"
    assert store.run("2026-a1").head.id == "2026-a1"  # a whole name is no beginning
    assert store.run("2026-a10").head.id == "2026-a10"
    assert store.run("2026-A").head.id == "2026-A"
    with pytest.raises(SelectionError, match=r"2 runs begin with 2026-a .*2026-a10, 2026-a1"):
        store.run("2026-a")
    with pytest.raises(SelectionError, match=r"no run '2026-c' .*did you mean 2026-"):
        store.run("2026-c")
    for pattern in ("%", "_", "", "\\"):
        with pytest.raises(SelectionError, match=r"there is no run .*the last ones: 2026-A"):
            store.run(pattern)


def test_no_run_yet(store: RunStore) -> None:
    assert store.runs() == ()
    with pytest.raises(SelectionError, match=r"there is no run 'x' .there are none yet"):
        store.run("x")
    with pytest.raises(SelectionError):
        store.resume("x", holder())
    with pytest.raises(SelectionError):
        store.take_over("x", holder())


def test_plans(store: RunStore) -> None:
    assert store.plan_digest("p1") is None
    store.keep_plan("p1", "abc", HOSTILE)
    store.keep_plan("p1", "abc", HOSTILE)
    assert store.plan_digest("p1") == "abc"
    with pytest.raises(PlanFileError, match="another plan of the name p1"):
        store.keep_plan("p1", "abd", "x")
    assert store.plan_digest("p1") == "abc"
    begin(store)  # a refusal is no failure of the store


def test_another_process_sees_it_at_once(url: str) -> None:
    with RunStore.open(url) as one, RunStore.open(url) as other:
        begin(one)
        one.append("r1", EventKind.BEFORE, "leaf1")
        assert len(other.run("r1").events) == 2
        with pytest.raises(JournalFailed, match="r1 is not held by this process"):
            other.append("r1", EventKind.BEFORE, "leaf1")
        assert len(one.run("r1").events) == 2


def test_another_schema_is_refused(url: str) -> None:
    with RunStore.open(url) as store:
        begin(store)
        with store._engine.begin() as connection:
            connection.execute(sa.text("UPDATE nxsl_store SET version = 99"))
    with pytest.raises(JournalFailed, match=r"schema 99, this nxsl knows 1 \(use the nxsl that"):
        RunStore.open(url)


def test_times_are_in_order_as_text(store: RunStore) -> None:
    """In the tables, for those who look there with SQL."""
    begin(store, started_at=START.replace(microsecond=0).astimezone(timezone(timedelta(hours=-7))))
    with store._engine.connect() as connection:
        found = connection.execute(sa.text("SELECT started_at FROM nxsl_runs")).scalar_one()
    assert found == "2026-03-01T08:30:15.000000+00:00"
    with pytest.raises(JournalFailed, match="a time without a zone"):
        begin(store, "r2", started_at=START.replace(tzinfo=None), inventory="/x", count=0)


def test_no_secret_in_the_file(tmp_path: Path) -> None:
    secret = "CaNaRy0123456789-abcdefGHIJKL"
    command = SecretCommand("license smart register idtoken ", Token(secret), " force")
    file = tmp_path / "runs.sqlite"
    with RunStore.open(str(file)) as store:
        begin(store)
        store.append("r1", EventKind.BEFORE, "leaf1", commands=[str(command)], control="c0ntr0l")
        ended = replace(hosts()[2], detail=f"{command} was refused", diff=repr(command))
        store.put_host("r1", ended, EventKind.OUTCOME)
        left = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    left |= {f"{each.name} closed": each.read_bytes() for each in tmp_path.iterdir()}
    assert any(b"c0ntr0l" in content for content in left.values())
    assert not list(finds({"token": secret}, left))


def test_locks_have_one_name_for_one_thing(tmp_path: Path) -> None:
    (tmp_path / "inventory").mkdir()
    (tmp_path / "link").symlink_to("inventory")
    named = lock_names(
        str(tmp_path / "link"),
        (
            *("SW1.example.com:22", "sw1.example.com.:22", "sw1.example.com:830"),
            *("192.0.2.1:22", "[2001:DB8:0::1]:22", "2001:db8::1:22"),
        ),
    )
    assert named == (
        f"inventory:{tmp_path / 'inventory'}",
        "switch:192.0.2.1:22",
        "switch:[2001:db8::1]:22",
        "switch:sw1.example.com:22",
        "switch:sw1.example.com:830",
    )


@pytest.mark.parametrize(
    ("inventory", "count", "what"),
    [(INVENTORY, 0, "inventory /srv/inventory"), ("/other", 2, "switch 192.0.2.1:22")],
)
def test_one_writer_for_inventory_and_switch(
    store: RunStore, inventory: str, count: int, what: str
) -> None:
    begin(store)
    with pytest.raises(Locked, match="which still runs") as caught:
        begin(store, "r2", inventory=inventory, count=count)
    assert caught.value.message.startswith(f"{what} is held by run r1 (register) of ")
    assert str(store.run("r1").head.holder) in caught.value.message
    assert "--take-over r1" in caught.value.remedy
    with pytest.raises(SelectionError):
        store.run("r2")
    begin(store, "r3", inventory="/third", count=0)  # a refusal is no failure of the store
    store.append("r1", EventKind.BEFORE, "leaf1")


def test_a_thousand_locks(store: RunStore) -> None:
    names = [f"switch:{number:04}" for number in range(2000)]
    store.begin(head("r1"), "", (), locks=names[1000:])
    with pytest.raises(Locked, match="switch 1999 is held by run r1"):
        store.begin(head("r2"), "", (), locks=[*names[:1000], names[-1]])
    store.end("r1", RunState.DONE)
    store.begin(head("r2"), "", (), locks=names)
