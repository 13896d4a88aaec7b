"""A snapshot comes back as it was, or not at all."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nxsl
from nxsl.core.errors import SnapshotError
from nxsl.core.findings import Severity
from nxsl.core.plain import Mismatch, from_plain, to_plain
from nxsl.core.policy_records import PolicyStatus, TrustCode
from nxsl.core.records import Features, LicenseUsage, PakLicense, PakUsage
from nxsl.core.snapshot import Snapshot, from_json, to_json
from tests.core.builders import NOW, destination, intent, state
from tests.core.random_states import snapshots

SNAPSHOT = Snapshot(host="leaf1", state=state(), intent=intent(token_from="env:TOKEN_LEAF1"))
SECRET = "Zm9vYmFyc2VjcmV0"


def every_field(value: object) -> object:
    """All of a record, also the fields that do not count when records are compared."""
    if isinstance(value, tuple):
        return [every_field(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return type(value), {each.name: every_field(getattr(value, each.name)) for each in fields}
    return type(value), value


@settings(max_examples=300, deadline=None)
@given(snapshots)
def test_whatever_was_read_comes_back(snapshot: Snapshot) -> None:
    text = to_json(snapshot)
    assert text.isascii()
    back = from_json(text)
    assert back == snapshot
    assert every_field(back.state) == every_field(snapshot.state)
    assert to_json(back) == text


@settings(max_examples=300, deadline=None)
@given(snapshots, st.data())
def test_a_changed_byte_is_noticed_or_makes_no_difference(
    snapshot: Snapshot, data: st.DataObject
) -> None:
    text = bytearray(to_json(snapshot).encode())
    position = data.draw(st.integers(0, len(text) - 1))
    text[position] = data.draw(st.integers(0, 255))
    try:
        back = from_json(text.decode("latin-1"))
    except SnapshotError:
        return
    assert back == snapshot


@pytest.mark.parametrize("end", range(0, len(to_json(SNAPSHOT)) - 2, 97))
def test_a_cut_text_is_none(end: int) -> None:
    with pytest.raises(SnapshotError, match=r"^leaf1\.json: "):
        from_json(to_json(SNAPSHOT)[:end], source="leaf1.json")


def test_it_can_be_read_by_people() -> None:
    plain = json.loads(to_json(SNAPSHOT))
    assert plain["taken_by"] == nxsl.__version__
    assert plain["format"] == 1
    assert plain["state"]["read_at"] == "2022-06-22T16:16:28+00:00"
    assert plain["state"]["clock"]["local"] == "2022-06-22T16:16:28"
    assert plain["state"]["status"]["registration"]["state"] == "registered"
    assert re.fullmatch("[0-9a-f]{64}", plain["sha256"])


def changed(path: str, value: object) -> str:
    """The snapshot's text with another value at a place such as `state.facts.serial`."""
    plain = json.loads(to_json(SNAPSHOT))
    *outer, last = path.split(".")
    inner = plain
    for name in outer:
        inner = inner[name]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(plain)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("format", 2, "format: is 2; this nxsl reads 1"),
        ("format", True, "format: must be a whole number"),
        ("format", None, "snapshot.format: is missing"),
        ("host", 7, "host: must be a text"),
        ("extra", 1, "snapshot.extra: is no field"),
        ("state", [], "state: must be an object"),
        ("state.facts.serial", None, "state.facts.serial: is missing"),
        ("state.facts.serial", "FDO99999999", "sha256: does not fit"),
        ("state.facts.colour", "red", "state.facts.colour: is no field"),
        ("state.facts.vdc", 1, "state.facts.vdc: must be a text"),
        ("state.read_at", "2022-06-22T16:16:28", "state.read_at: must be in UTC"),
        ("state.read_at", "2022-06-22T16:16:28+02:00", "state.read_at: must be as nxsl writes it"),
        ("state.read_at", "2022-06-22 16:16:28+00:00", "state.read_at: must be as nxsl writes it"),
        ("state.read_at", "yesterday", "state.read_at: must be a date"),
        ("state.read_at", 1655914588, "state.read_at: must be a date"),
        ("state.clock.local", "2022-06-22T16:16:28+00:00", "state.clock.local: must be without"),
        ("state.facts.uptime", "3 days", "state.facts.uptime: must be a length of time"),
        ("state.facts.uptime", "P1DT99H0M0S", "state.facts.uptime: must be as nxsl writes it"),
        ("state.status.enabled", 1, "state.status.enabled: must be true or false"),
        ("state.status.registration.state", "lost", "registration.state: is none of unregistered"),
        ("state.usage.licenses", {}, "state.usage.licenses: must be a list"),
        ("state.usage", {"licenses": [], "x": 1}, "must have the fields of LicenseUsage or PakUs"),
        ("state.transport.call_home.methods", [["a"]], r"methods[0]: must be a list of 2"),
        ("state.transport.call_home.proxy_port", 80.0, "proxy_port: must be a whole number"),
        ("intent", "direct", "intent: must be an object"),
        ("intent.method", "carrier-pigeon", "intent: licensing.method: "),
        ("intent.vrf", None, "intent.vrf: is missing"),
        ("intent.policy.vfr", "x", "intent.policy.vfr: is no field"),
        ("sha256", "0" * 64, "sha256: does not fit"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: object, words: str) -> None:
    with pytest.raises(SnapshotError, match=re.escape(words)) as caught:
        from_json(changed(path, value), source="before/leaf1.json")
    assert caught.value.message.startswith("before/leaf1.json: ")
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '"leaf1"',
        "NaN",
        '{"format": Infinity}',
        '{"format": 1, "format": 1}',
        f'{{"format": {"9" * 5000}}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(SnapshotError):
        from_json(text)


@pytest.mark.parametrize(
    "path",
    [f"password {SECRET}", f"state.{SECRET}+/=", f"intent.{SECRET}==", f"intent.policy.{SECRET}="],
)
def test_a_misplaced_secret_is_not_shown(path: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        from_json(changed(path, SECRET))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("path", ["state.read_at", "state.regime", "intent.url", "sha256", "host"])
def test_a_wrong_value_is_not_shown(path: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        from_json(changed(path, SECRET))
    assert SECRET not in str(caught.value)


def test_the_kind_of_usage_is_told_by_its_fields() -> None:
    files = PakUsage(licenses=())
    smart = LicenseUsage(authorization="")
    for usage in (files, smart):
        back = from_json(to_json(Snapshot(host="leaf1", state=state(usage=usage))))
        assert back.state.usage == usage
        assert type(back.state.usage) is type(usage)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(), "P0DT0H0M0S"),
        (timedelta(days=119, hours=22), "P119DT22H0M0S"),
        (timedelta(seconds=-1), "P-1DT23H59M59S"),
        (timedelta(microseconds=5), "P0DT0H0M0.000005S"),
        (timedelta.max, "P999999999DT23H59M59.999999S"),
    ],
)
def test_a_length_of_time(length: timedelta, text: str) -> None:
    row = PakLicense(
        feature="A", installed=False, count=None, status="In use", grace_remaining=length
    )
    plain: Any = to_plain(row)
    assert plain["grace_remaining"] == text
    assert from_plain(PakLicense, plain, "row") == row


def test_a_date_of_another_zone_is_kept_as_utc() -> None:
    there = datetime(2022, 6, 22, 18, 0, tzinfo=timezone(timedelta(hours=2)))
    plain: Any = to_plain(TrustCode(installed=there))
    assert plain["installed"] == "2022-06-22T16:00:00+00:00"
    back = from_plain(TrustCode, plain, "trust")
    assert back.installed == there
    assert back.installed.tzinfo is UTC


def test_a_set_has_one_order() -> None:
    found = Features(enabled=frozenset({"b", "a"}), known=frozenset())
    plain: Any = to_plain(found)
    assert plain == {"enabled": ["a", "b"], "known": []}
    assert from_plain(Features, plain, "features") == found
    for wrong in (["b", "a"], ["a", "a"]):
        with pytest.raises(Mismatch, match=re.escape("features.enabled: must be as nxsl writes")):
            from_plain(Features, {**plain, "enabled": wrong}, "features")


def test_what_does_not_count_in_a_comparison_is_kept() -> None:
    plain = to_plain(destination("https://ssm.example.com/x", index=3))
    assert from_plain(type(destination("x")), plain, "destination").index == 3


@pytest.mark.parametrize("value", [1.5, {"a": 1}, object(), Severity, b"x"])
def test_what_no_record_holds_cannot_be_kept(value: object) -> None:
    with pytest.raises(TypeError):
        to_plain(value)


def test_a_policy_comes_back_with_its_trust_codes() -> None:
    policy = PolicyStatus(enabled=True, transport="Smart", trust=(TrustCode(installed=NOW),))
    snapshot = Snapshot(host="leaf1", state=state(policy=policy, status=None))
    assert from_json(to_json(snapshot)).state.policy == policy
