"""A plan comes back as it was, or not at all; and only the one that was made may be applied."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nxsl
from nxsl.core.errors import PlanFileError
from nxsl.core.fleet_plan import (
    CLOCK_SKEW,
    MAX_AGE,
    FleetPlan,
    HostPlan,
    from_json,
    new_plan_id,
    new_run_id,
    plan_of,
    require_usable,
    to_json,
)
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import Reason
from nxsl.core.secret import Password, Token
from nxsl.core.seen import Seen
from nxsl.nxos.wire import SecretCommand
from tests.core.builders import FACTS
from tests.secrets.hunt import finds

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 24, 10, 18, 57, tzinfo=UTC)
SECRET = "Q2FuYXJ5VG9rZW5Gb3JUaGVIdW50T25seS1ub3QtYS1yZWFs%3D%0AzZ91"
SEEN = Seen(parts=(("registration", "unregistered"), ("release", "9.3(8)")))
PLAN = FleetPlan(
    id="20261124-101857-k3f9",
    job="register",
    options={"force": False, "waves": "1,5,25%,rest", "deadline": 600, "kinds": ["id", None]},
    inventory="/srv/inventory",
    selection={"hosts": [], "filters": {"site": "bern"}},
    made_at=NOW,
    made_by="netops on jump1",
    hosts=(
        HostPlan(
            host="leaf1",
            address="192.0.2.1:22",
            expects=Outcome.CHANGED_OK,
            detail="would be registered",
            model="C93180YC-EX",
            seen=SEEN,
            steps=("license smart register idtoken ********",),
            diff="-a\n+b",
        ),
        HostPlan(
            host="leaf2",
            address="192.0.2.2:22",
            expects=Outcome.REFUSED,
            reason="clock",
            detail="the clock is off",
            remedy="set it",
        ),
    ),
)

texts = st.text(max_size=12)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
mappings = st.dictionaries(texts, plain, max_size=3)
host_plans = st.builds(
    HostPlan,
    host=texts,
    address=texts,
    expects=st.sampled_from(Outcome),
    reason=texts,
    detail=texts,
    remedy=texts,
    model=texts,
    seen=st.none()
    | st.builds(Seen, parts=st.lists(st.tuples(texts, texts), max_size=3).map(tuple)),
    steps=st.lists(texts, max_size=3).map(tuple),
    diff=texts,
)
dates = st.datetimes(timezones=st.just(UTC))
plans = st.builds(
    FleetPlan,
    id=st.sampled_from(["20261124-101857-k3f9", "19991231-235959-zzzz"]),
    job=texts,
    options=mappings,
    inventory=texts,
    selection=mappings,
    made_at=dates,
    made_by=texts,
    version=texts,
    hosts=st.lists(host_plans, max_size=3, unique_by=lambda each: each.host).map(tuple),
)


# ---------------------------------------------------------------------------------- back and forth


@settings(max_examples=300, deadline=None)
@given(plans)
def test_whatever_is_planned_comes_back(plan: FleetPlan) -> None:
    text = to_json(plan)
    assert text.isascii()
    back = from_json(text)
    assert back == plan
    assert back.digest == plan.digest
    assert to_json(back) == text


@settings(max_examples=300, deadline=None)
@given(plans, st.data())
def test_a_changed_byte_is_noticed_or_makes_no_difference(
    plan: FleetPlan, data: st.DataObject
) -> None:
    text = bytearray(to_json(plan).encode())
    position = data.draw(st.integers(0, len(text) - 1))
    text[position] = data.draw(st.integers(0, 255))
    try:
        back = from_json(text.decode("latin-1"))
    except PlanFileError:
        return
    assert back == plan
    assert to_json(back) == to_json(plan)


def test_every_byte_that_is_changed_is_noticed() -> None:
    text = to_json(PLAN)
    for position, letter in enumerate(text):
        other = "7" if letter != "7" else "8"
        with pytest.raises(PlanFileError):
            from_json(text[:position] + other + text[position + 1 :])


def test_every_text_that_is_cut_off_is_noticed() -> None:
    text = to_json(PLAN).rstrip()
    for end in range(len(text)):
        with pytest.raises(PlanFileError, match=r"^plan\.json: "):
            from_json(text[:end], source="plan.json")


def test_the_order_of_options_makes_no_difference() -> None:
    one = dataclasses.replace(PLAN, options={"b": 1, "a": {"d": [], "c": 2}})
    other = dataclasses.replace(PLAN, options={"a": {"c": 2, "d": []}, "b": 1})
    assert to_json(one) == to_json(other)
    assert one.digest == other.digest


def test_it_can_be_read_by_people() -> None:
    found = json.loads(to_json(PLAN))
    assert found["format"] == 1
    assert found["version"] == nxsl.__version__
    assert found["made_at"] == "2026-11-24T10:18:57+00:00"
    assert found["hosts"][0]["expects"] == "changed ok"
    assert found["hosts"][0]["seen"] == {
        "parts": [["registration", "unregistered"], ["release", "9.3(8)"]]
    }
    assert found["sha256"] == PLAN.digest
    assert re.fullmatch("[0-9a-f]{64}", PLAN.digest)


@pytest.mark.parametrize("name", [each.name for each in dataclasses.fields(FleetPlan)])
def test_every_field_counts_in_the_digest(name: str) -> None:
    others: dict[str, Any] = {
        "made_at": NOW + timedelta(microseconds=1),
        "hosts": PLAN.hosts[:1],
        "options": {},
        "selection": {},
        "format": 2,
    }
    other = dataclasses.replace(PLAN, **{name: others.get(name, "other")})
    assert other.digest != PLAN.digest


# ----------------------------------------------------------------------------------- what is wrong


def _key(name: str) -> str | int:
    return int(name) if name.isdigit() else name


def changed(path: str, value: object) -> str:
    """The plan's text with another value at a place such as `hosts.0.expects`."""
    found = json.loads(to_json(PLAN))
    *outer, last = path.split(".")
    inner = found
    for name in outer:
        inner = inner[_key(name)]
    if value is ...:
        del inner[last]
    else:
        inner[_key(last)] = value
    return json.dumps(found)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("format", 2, "format: is another one than 1"),
        ("format", True, "format: must be a whole number"),
        ("format", ..., "plan.format: is missing"),
        ("id", "../../x", "id: is none that nxsl gives"),
        ("id", "20261124-101857-k3f9\n", "id: is none that nxsl gives"),
        ("job", 7, "job: must be a text"),
        ("job", "renew", "sha256: does not fit"),
        ("extra", 1, "plan.extra: is no field"),
        ("options", [], "options: must be an object"),
        ("options.force", True, "sha256: does not fit"),
        ("options.deadline", 600.0, "options: holds something that nxsl does not write"),
        ("selection", None, "selection: must be an object"),
        ("made_at", "2026-11-24T10:18:57", "plan.made_at: must be in UTC"),
        ("made_at", "2026-11-24T11:18:57+01:00", "plan.made_at: must be as nxsl writes it"),
        ("made_at", 1, "plan.made_at: must be a date"),
        ("hosts", {}, "hosts: must be a list"),
        ("hosts.0", None, "hosts[0]: must be an object"),
        ("hosts.0.expects", "fine", "hosts[0].expects: is none of read, already ok"),
        ("hosts.0.steps", "reload", "hosts[0].steps: must be a list"),
        ("hosts.0.steps", ["reload"], "sha256: does not fit"),
        ("hosts.0.seen", {"parts": [["a"]]}, "hosts[0].seen.parts[0]: must be a list of 2"),
        ("hosts.0.seen", None, "sha256: does not fit"),
        ("hosts.1.remedy", ..., "hosts[1].remedy: is missing"),
        ("hosts.1.host", "leaf1", "hosts: one is there twice"),
        ("hosts.1.token", "x", "hosts[1].token: is no field"),
        ("sha256", "0" * 64, "sha256: does not fit"),
        ("sha256", None, "sha256: does not fit"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: object, words: str) -> None:
    with pytest.raises(PlanFileError, match=re.escape(words)) as caught:
        from_json(changed(path, value), source="plan.json")
    assert caught.value.message.startswith("plan.json: ")
    assert caught.value.remedy


@pytest.mark.parametrize(
    "path",
    [
        *("format", "id", "job", "options", "made_at", "hosts", "hosts.0", "hosts.0.expects"),
        *("hosts.0.seen", "sha256", f"options.{SECRET}", f"password {SECRET}", f"hosts.0.{SECRET}"),
    ],
)
@pytest.mark.parametrize("value", [SECRET, {SECRET: 1.5}])
def test_no_value_is_shown(path: str, value: object) -> None:
    with pytest.raises(PlanFileError) as caught:
        from_json(changed(path, value))
    assert not list(finds({"token": SECRET}, {"message": str(caught.value).encode()}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "NaN",
        '{"format": 1, "format": 1}',
        '{"format": Infinity}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanFileError):
        from_json(text)


def test_options_nested_too_deep_are_refused() -> None:
    text = to_json(PLAN).replace('"options": {', '"options": {"a": ' + "[" * 900 + "]" * 900 + ",")
    with pytest.raises(PlanFileError):
        from_json(text)


# --------------------------------------------------------------------------------- no secret in it


class Word(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [Password(SECRET), Token(SECRET), 1.5, Word("x"), b"x", (1,), {"a": Password(SECRET)}, {1: 2}],
)
def test_what_only_looks_like_a_text_is_not_written(value: Any) -> None:
    for wrong in (
        dataclasses.replace(PLAN, options={"a": value}),
        dataclasses.replace(PLAN, selection={"a": [value]}),
    ):
        with pytest.raises(TypeError) as caught:
            to_json(wrong)
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("name", ["host", "address", "detail", "remedy", "diff", "steps"])
def test_neither_is_a_password_in_a_host_s_plan(name: str) -> None:
    word = Password(SECRET)
    wrong: Any = (word,) if name == "steps" else word
    hosts = (dataclasses.replace(PLAN.hosts[0], **{name: wrong}),)
    with pytest.raises(TypeError, match="Password is no part of a plan"):
        to_json(dataclasses.replace(PLAN, hosts=hosts))


tokens = st.text(
    st.sampled_from("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789%="),
    min_size=40,
    max_size=120,
).filter(lambda word: any(map(str.isdigit, word)) and word.lower() != word != word.upper())


@settings(max_examples=100, deadline=None)
@given(tokens, st.sampled_from(["", " force", " local"]))
def test_a_token_does_not_get_into_a_plan(word: str, after: str) -> None:
    command = SecretCommand("license smart register idtoken ", Token(word), after)
    record = TaskRecord(
        outcome=Outcome.PLANNED,
        detail=f"would type `{command}`; the last time: The token '{word}' has expired",
        remedy=f"not {word} again",
        steps=(str(command),),
    )
    hosts = plan_of({"leaf1": (record, f"+{command}")}, {"leaf1": "192.0.2.1:22"})
    text = to_json(dataclasses.replace(PLAN, hosts=hosts, options={"token": str(Token(word))}))
    assert not list(finds({"token": word}, {"plan": text.encode()}))
    assert hosts[0].steps == (f"license smart register idtoken ********{after}",)


# ---------------------------------------------------------------------------------- from a dry run


def test_a_dry_run_becomes_a_plan() -> None:
    results: Mapping[str, tuple[TaskRecord, str]] = {
        "b": (
            TaskRecord(
                outcome=Outcome.PLANNED,
                detail="2 lines",
                facts=FACTS,
                seen=SEEN,
                steps=("one", "two"),
            ),
            "+one\n+two",
        ),
        "a": (TaskRecord(outcome=Outcome.ALREADY_OK, detail="nothing to do"), ""),
        "c": (TaskRecord(outcome=Outcome.REFUSED, reason=Reason.CLOCK, remedy="set it"), ""),
    }
    planned = plan_of(results, {"a": "192.0.2.1:22", "b": "192.0.2.2:22", "c": "192.0.2.3:22"})
    assert planned == (
        HostPlan(
            host="b",
            address="192.0.2.2:22",
            expects=Outcome.CHANGED_OK,
            reason="planned",
            detail="2 lines",
            model=FACTS.model,
            seen=SEEN,
            steps=("one", "two"),
            diff="+one\n+two",
        ),
        HostPlan(
            host="a",
            address="192.0.2.1:22",
            expects=Outcome.ALREADY_OK,
            reason="as-intended",
            detail="nothing to do",
        ),
        HostPlan(
            host="c",
            address="192.0.2.3:22",
            expects=Outcome.REFUSED,
            reason="clock",
            remedy="set it",
        ),
    )
    assert dataclasses.replace(PLAN, hosts=planned).to_change == planned[:1]


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.PLANNED])
def test_only_what_is_planned_is_going_to_be_changed(outcome: Outcome) -> None:
    (planned,) = plan_of({"a": (TaskRecord(outcome=outcome), "")}, {"a": "192.0.2.1:22"})
    assert planned.expects is outcome
    assert planned.changes == (outcome is Outcome.CHANGED_OK)


# ---------------------------------------------------------------------------------- may it be used


@pytest.mark.parametrize("age", [timedelta(), MAX_AGE, -CLOCK_SKEW])
def test_a_plan_may_be_used(age: timedelta) -> None:
    require_usable(PLAN, now=NOW + age, known_digest=PLAN.digest)


@pytest.mark.parametrize(
    ("age", "known", "words"),
    [
        (
            MAX_AGE + timedelta(seconds=1),
            PLAN.digest,
            "is too old: it was made at 2026-11-24 10:18",
        ),
        (-CLOCK_SKEW - timedelta(seconds=1), PLAN.digest, "was made in the future"),
        (timedelta(), None, "is not in the run store"),
        (timedelta(), "0" * 64, "is not the one that the run store knows"),
        (timedelta(), "", "is not the one that the run store knows"),
    ],
)
def test_a_plan_must_not_be_used(age: timedelta, known: str | None, words: str) -> None:
    with pytest.raises(PlanFileError, match=re.escape(words)) as caught:
        require_usable(PLAN, now=NOW + age, known_digest=known)
    assert caught.value.remedy


def test_a_plan_that_was_forged_with_its_digest_is_not_the_known_one() -> None:
    hosts = (dataclasses.replace(PLAN.hosts[0], steps=("reload",)),)
    forged = from_json(to_json(dataclasses.replace(PLAN, hosts=hosts)))
    with pytest.raises(PlanFileError, match="it was changed since"):
        require_usable(forged, now=NOW, known_digest=PLAN.digest)


def test_how_old_a_plan_may_be_can_be_said() -> None:
    with pytest.raises(PlanFileError, match=r"good for 0:10:00"):
        require_usable(
            PLAN,
            now=NOW + timedelta(minutes=11),
            known_digest=PLAN.digest,
            max_age=timedelta(minutes=10),
        )


# ------------------------------------------------------------------------------------------- names


def test_a_name_holds_its_time_in_utc() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    for made in (new_plan_id(there), new_run_id(NOW)):
        assert re.fullmatch("20261124-101857-[a-z2-9]{4}", made)


def test_names_sort_by_time_and_are_not_the_same() -> None:
    made = [new_run_id(NOW + timedelta(seconds=each)) for each in range(100)]
    assert made == sorted(made)
    assert len({new_run_id(NOW) for _ in range(40)}) > 38
