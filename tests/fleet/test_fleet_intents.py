"""The licensing intent of a host: merged from its levels, field by field."""

from __future__ import annotations

from typing import Any

import pytest
from nornir.core.inventory import Defaults, Group, Host, ParentGroups

from nxsl.core.errors import IntentError
from nxsl.core.intent import Method
from nxsl.fleet.intents import check_intents, intent_of, required_intent_of


def group(name: str, *parents: Group, **licensing: Any) -> Group:
    return Group(
        name, groups=ParentGroups(parents), data={"licensing": licensing} if licensing else {}
    )


def host(
    *groups: Group, defaults: dict[str, Any] | None = None, name: str = "leaf1", **licensing: Any
) -> Host:
    return Host(
        name,
        groups=ParentGroups(groups),
        data={"licensing": licensing} if licensing else {},
        defaults=Defaults(data={"licensing": defaults} if defaults else {}),
    )


PROXY = {"server": "proxy.example.com", "port": 80}


def test_the_host_wins_over_its_groups_and_those_over_the_defaults() -> None:
    found = intent_of(
        host(
            group("first", vrf="first", email="first@example.com"),
            group("second", vrf="second", email="second@example.com", smart_account="second"),
            defaults={"vrf": "d", "smart_account": "d", "virtual_account": "d", "method": "direct"},
            vrf="mine",
        )
    )
    assert found is not None
    assert found.vrf == "mine"
    assert found.email == "first@example.com"
    assert found.smart_account == "second"
    assert found.virtual_account == "d"


def test_a_group_wins_over_its_parent() -> None:
    parent = group("all", vrf="parent", email="parent@example.com")
    found = intent_of(host(group("campus", parent, vrf="child")))
    assert found is not None
    assert (found.vrf, found.email) == ("child", "parent@example.com")


def test_a_mapping_within_is_replaced_as_a_whole() -> None:
    campus = group("campus", method="proxy", proxy=PROXY)
    other = {"server": "other.example.com", "port": 8080}
    found = intent_of(host(campus, proxy=other))
    assert found is not None
    assert found.proxy is not None
    assert found.proxy.model_dump() == other
    with pytest.raises(IntentError, match=r"licensing\.proxy\.server"):
        intent_of(host(campus, proxy={"port": 8080}))


def test_a_host_leaves_the_proxy_of_its_group() -> None:
    campus = group("campus", method="proxy", proxy=PROXY)
    found = intent_of(host(campus, method="direct", proxy=None))
    assert found is not None
    assert (found.method, found.proxy) == (Method.DIRECT, None)


def test_the_merged_data_of_one_host_do_not_reach_another() -> None:
    shared = group("campus", vrf="campus")
    intent_of(host(shared, vrf="mine"))
    other = intent_of(host(shared, name="leaf2"))
    assert other is not None
    assert other.vrf == "campus"


def test_no_level_says_anything() -> None:
    assert intent_of(host(group("campus"))) is None
    with pytest.raises(IntentError, match="leaf1: licensing: the inventory says nothing") as caught:
        required_intent_of(host())
    assert "licensing: {method: direct}" in caught.value.remedy


def test_what_is_required_is_given() -> None:
    assert required_intent_of(host(vrf="mine")).vrf == "mine"


@pytest.mark.parametrize("value", [None, "direct", ["direct"], 5, True])
@pytest.mark.parametrize("level", ["host", "group", "defaults"])
def test_licensing_that_is_no_mapping_is_refused_at_every_level(level: str, value: object) -> None:
    data = {"licensing": value}
    found = Host(
        "leaf1",
        groups=ParentGroups([Group("campus", data=data if level == "group" else {})]),
        data=data if level == "host" else {"licensing": {"vrf": "mine"}},
        defaults=Defaults(data=data if level == "defaults" else {}),
    )
    with pytest.raises(IntentError, match="licensing: must be a mapping") as caught:
        intent_of(found)
    assert caught.value.host == "leaf1"


def test_all_bad_hosts_are_named_at_once() -> None:
    hosts = [
        host(name="leaf1", vrf="a b"),
        host(name="leaf2", vrf="fine"),
        host(name="leaf3", method="cloud"),
        host(name="leaf4"),
        host(name="leaf5", nonsense=1, email="x"),
    ]
    with pytest.raises(ExceptionGroup) as caught:
        check_intents(hosts)
    problems = caught.value.exceptions
    assert all(isinstance(each, IntentError) for each in problems)
    assert [each.host for each in problems if isinstance(each, IntentError)] == [
        "leaf1",
        "leaf3",
        "leaf5",
    ]
    assert "licensing.email" in str(problems[2])
    assert "licensing.nonsense" in str(problems[2])


def test_good_hosts_pass() -> None:
    check_intents([host(vrf="fine"), host(name="leaf2")])
    check_intents([])
