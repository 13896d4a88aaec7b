"""Only what was seen is done: a plan holds until something that decides about it has changed."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.checkpoints import STEP, is_ours
from nxsl.core.expectation import Expectation
from nxsl.core.outcome import Outcome
from nxsl.core.seen import Seen, plan_differences
from nxsl.lab import Answer, Backend, Registration, never_reported, registered
from nxsl.run.agreed import Agreed
from nxsl.run.watched import watched
from nxsl.tasks import (
    configure_transport,
    deregister,
    install_reservation,
    register,
    renew,
    request_reservation,
    save_usage,
    verify,
)
from tests.conftest import DIRECT, switch
from tests.tasks.changing import CASES, Recording, fresh, ready, sent, under
from tests.tasks.policy_switches import policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Fleet


@pytest.mark.parametrize("name", CASES)
def test_an_untouched_switch_is_changed_by_exactly_the_steps_of_its_plan(
    fleet: Callable[..., Fleet], tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    run = case.start(fleet, tmp_path)
    planned = [case.run(run, tmp_path, dry_run=True).result for _ in range(2)]
    assert planned[0].seen is not None
    assert planned[0].seen.digest == planned[1].seen.digest
    assert planned[0].steps
    assert planned[0].steps == planned[1].steps
    guard = Recording()
    record = case.run(run, tmp_path, guard).result
    assert record.outcome is Outcome.CHANGED_OK, record
    assert guard.planned == [(planned[0].seen, planned[0].steps)]
    # A checkpoint is named when it is made.
    taken = tuple(
        STEP if is_ours(line.removeprefix("checkpoint ")) else line
        for step in guard.steps
        for line in step.commands
    )
    assert taken == planned[0].steps
    first = next(number for number, (what, _) in enumerate(guard.told) if what == "before")
    assert guard.told.index(("planned", planned[0].steps)) < first


@pytest.mark.parametrize("name", CASES)
def test_a_change_of_each_part_is_refused_and_nothing_sent(
    fleet: Callable[..., Fleet], tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    run = case.start(fleet, tmp_path)
    since = len(sent(run))
    planned = case.run(run, tmp_path, dry_run=True).result
    for part, value in planned.seen.parts:
        others = tuple(
            (each, f"not {value}" if each == part else v) for each, v in planned.seen.parts
        )
        agreed = Agreed({"leaf1": Expectation(seen=Seen(parts=others), steps=planned.steps)})
        record = case.run(run, tmp_path, agreed).result
        assert (record.outcome, record.reason) == (Outcome.REFUSED, "changed-since-plan"), record
        assert f"{part}: was 'not " in record.detail
    for agreed in (
        Agreed({"leaf1": Expectation(seen=planned.seen, steps=(*planned.steps, "reload"))}),
        Agreed({"leaf2": Expectation(seen=planned.seen, steps=planned.steps)}),
    ):
        assert case.run(run, tmp_path, agreed).result.reason == "changed-since-plan"
    assert fresh(run, since) == []
    agreed = Agreed({"leaf1": Expectation(seen=planned.seen, steps=planned.steps)})
    assert case.run(run, tmp_path, agreed).result.outcome is Outcome.CHANGED_OK


CHANGES: dict[str, tuple[Any, dict[str, Any], Callable[[Fleet], object], str]] = {
    "hostname": (
        switch(),
        {"task": configure_transport},
        lambda run: run.lab["leaf1"].configure("hostname other"),
        "hostname: was 'leaf1', is 'other'",
    ),
    "a destination": (
        switch(),
        {"task": configure_transport},
        lambda run: run.lab["leaf1"].configure("callhome", "email-contact noc@example.com"),
        "transport: was 'license smart enable",
    ),
    "the transport of a registration": (
        ready(),
        {"task": register},
        lambda run: run.lab["leaf1"].configure("callhome", "email-contact noc@example.com"),
        "transport: was 'license smart enable",
    ),
    "the transport of a trust code": (
        policy(intent={**DIRECT, "policy": {"transport": "smart"}}),
        {"task": register},
        lambda run: run.lab["leaf1"].configure("license smart proxy port 8080"),
        "transport: was 'license smart transport smart'",
    ),
    "the release": (
        ready(registration=registered()),
        {"task": deregister},
        lambda run: run.lab["leaf1"].upgrade("9.3(7)"),
        "release: was ",
    ),
    "the account": (
        ready(registration=registered()),
        {"task": renew},
        lambda run: setattr(run.lab["leaf1"]._device.agent.state, "virtual_account", "Other"),
        "account: was 'Example Corporation / Default', is 'Example Corporation / Other'",
    ),
    "the reservation line": (
        switch(),
        {"task": request_reservation, "folder": "codes"},
        lambda run: run.lab["leaf1"].configure("license smart reservation"),
        "reservation line: was 'no', is 'yes'",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_switch_that_was_changed_meanwhile_is_refused(
    fleet: Callable[..., Fleet], tmp_path: Path, name: str
) -> None:
    spec, given, change, words = CHANGES[name]
    operands: dict[str, Any] = {
        each: tmp_path / v if isinstance(v, str) else v for each, v in given.items()
    }
    task = operands.pop("task")
    run = fleet(spec)
    planned = run.run(task, dry_run=True, **operands)
    assert planned["leaf1"][0].result.outcome is Outcome.PLANNED
    run.close()
    change(run)
    before = sent(run)
    record = run.result(watched(task, Agreed.to(planned)), **operands).result
    assert (record.outcome, record.reason) == (Outcome.REFUSED, "changed-since-plan"), record
    assert words in record.detail
    assert sent(run) == before


def test_only_the_hosts_that_were_seen_are_changed(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1"), switch("leaf2"), switch("leaf3"))
    shown = run.run(configure_transport, dry_run=True)
    del shown["leaf3"]
    run.lab["leaf2"].configure("callhome", "email-contact noc@example.com")
    results = run.run(watched(configure_transport, Agreed.to(shown)))
    assert [results[host][0].result.outcome for host in results] == [
        Outcome.CHANGED_OK,
        Outcome.REFUSED,
        Outcome.REFUSED,
    ]
    assert "there is no plan for it" in results["leaf3"][0].result.detail


def test_an_agent_that_tries_again_makes_no_difference(fleet: Callable[..., Fleet]) -> None:
    failing = Backend(
        answer=Answer.UNREACHABLE, register_latency=0.05, authorize_latency=0.05, retry_after=0.1
    )
    run = fleet(ready(backend=failing, registration=Registration()))
    case = CASES["register"]
    assert not run.result(register, **case.operands, **case.extra).result.outcome.good
    digests, words = set(), set()
    deadline = time.monotonic() + 60  # its dates have whole seconds
    while time.monotonic() < deadline:
        record = run.result(register, dry_run=True).result
        if record.steps:
            digests.add(record.seen.digest)
            words.add(repr(record.before.registration))
        if len(words) > 1:
            break
    assert len(words) > 1, "the agent did not try again"
    assert len(digests) == 1


def test_dates_decide_about_a_renewal_only_where_they_are_asked_for(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready(registration=registered()))
    plain = dict(run.result(renew, dry_run=True).result.seen.parts)
    dated = dict(run.result(renew, due_within=timedelta(days=400), dry_run=True).result.seen.parts)
    assert not any("runs out" in each for each in plain)
    assert {"id runs out", "auth runs out"} <= dated.keys()
    run = fleet(policy(policy=never_reported()))
    assert "acknowledgement until" not in dict(run.result(renew, dry_run=True).result.seen.parts)


def test_the_name_of_a_file_that_is_kept_does_not_depend_on_the_moment(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = CASES["save usage"].start(fleet, tmp_path)
    planned = run.run(save_usage, folder=tmp_path, keep_on_switch=True, dry_run=True)
    (step,) = planned["leaf1"][0].result.steps
    assert step.endswith("_DATE.rum")
    agreed = watched(save_usage, Agreed.to(planned))
    kept = run.result(agreed, folder=tmp_path, keep_on_switch=True)
    assert kept.result.outcome is Outcome.CHANGED_OK


def test_a_record_without_need_of_a_change_tells_what_was_seen(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(ready(registration=registered()))
    guard = Recording(before=0)
    record = run.result(under(guard, configure_transport)).result
    assert record.outcome is Outcome.ALREADY_OK
    assert record.steps == ()
    assert dict(record.seen.parts)["saved"] == "yes"
    assert guard.planned == []
    assert run.result(verify).result.seen is None
    refused = run.result(install_reservation, folder=tmp_path).result
    assert refused.outcome is Outcome.REFUSED
    assert dict(refused.seen.parts)["registration"] == "REGISTERED"


def test_a_task_under_a_guard_keeps_its_name() -> None:
    assert watched(register, Recording()).__name__ == "register"


def test_what_has_changed_is_said_in_words() -> None:
    then = Seen(parts=(("model", "a"), ("saved", "yes")))
    now = replace(then, parts=(("model", "b"), ("vdc", "1")))
    assert plan_differences(then, ("x",), then, ("x",)) == ()
    assert plan_differences(None, (), then, ()) == ("there is no plan for it",)
    assert plan_differences(then, ("callhome", "  enable"), now, ()) == (
        "model: was 'a', is 'b'",
        "saved: was 'yes', is 'not there'",
        "vdc: was 'not there', is '1'",
        "steps: was 'callhome; enable', is 'none'",
    )
