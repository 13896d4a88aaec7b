"""Waves: every host in one of them, of the sizes asked for, and never both switches of a pair."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxsl.core.waves import DEFAULT_WAVES, NO_VALUE, WaveHost, WaveSpec, plan_waves

SPECS = (DEFAULT_WAVES, "all", "rest", "10%,50%,rest", "1", "20", "7%", "1,5,25%", "100%", "3,100%")


def plain(count: int) -> list[WaveHost]:
    """Hosts with nothing special about them."""
    return [WaveHost(name=f"leaf{number:03}") for number in range(count)]


def lengths(count: int, text: str) -> list[int]:
    """The sizes of the waves."""
    return [len(wave) for wave in plan_waves(plain(count), WaveSpec.parse(text))]


def asked_for(count: int, text: str) -> list[int]:
    """The same, worked out in another way."""
    words = {"all": ["rest"]}.get(text, text.split(","))
    sizes: list[int] = []
    while sum(sizes) < count:
        word = words[min(len(sizes), len(words) - 1)]
        if word == "rest":
            size = count
        elif word.endswith("%"):
            size = max(1, math.ceil(Fraction(int(word[:-1]), 100) * count))
        else:
            size = int(word)
        sizes.append(min(size, count - sum(sizes)))
    return sizes


# ------------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize("text", SPECS)
def test_the_sizes_are_those_asked_for_whatever_the_number_of_hosts(text: str) -> None:
    for count in range(201):
        assert lengths(count, text) == asked_for(count, text), count


def test_every_percentage_of_every_number_of_hosts() -> None:
    for percent in range(1, 101):
        for count in range(1, 201):
            (size,) = WaveSpec.parse(f"{percent}%").sizes
            assert size.of(count) == max(1, math.ceil(Fraction(percent * count, 100)))


@pytest.mark.parametrize(
    ("count", "text", "expected"),
    [
        (100, DEFAULT_WAVES, [1, 5, 25, 69]),
        (1000, DEFAULT_WAVES, [1, 5, 250, 744]),
        (3, DEFAULT_WAVES, [1, 2]),
        (1, DEFAULT_WAVES, [1]),
        (0, DEFAULT_WAVES, []),
        (10, "10%,50%,rest", [1, 5, 4]),
        (11, "10%,50%,rest", [2, 6, 3]),
        (10, "all", [10]),
        (10, "3", [3, 3, 3, 1]),
        (10, "1,4", [1, 4, 4, 1]),
    ],
)
def test_sizes_by_example(count: int, text: str, expected: list[int]) -> None:
    assert lengths(count, text) == expected


def test_the_inventory_s_order_is_kept() -> None:
    hosts = plain(50)
    placed = [name for wave in plan_waves(hosts, WaveSpec.parse("1,5,25%,rest")) for name in wave]
    assert placed == [host.name for host in hosts]


def test_a_host_that_is_there_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="must be there once"):
        plan_waves([*plain(2), *plain(1)], WaveSpec.parse("all"))


# -------------------------------------------------------------------------------------------- text


@pytest.mark.parametrize("text", [*SPECS, " 1 , 5,25% ,REST", "ALL"])
def test_a_spec_comes_back_from_its_text(text: str) -> None:
    spec = WaveSpec.parse(text)
    assert WaveSpec.parse(str(spec)) == spec


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            ",",
            "1,",
            ",1",
            "0",
            "0%",
            "101%",
            "-1",
            "+1",
            "1.5",
            "12.5%",
            "1e3",
            "%",
            "5 %",
        ),
        *("rest,1", "rest,rest", "all,rest", "1,all", "half", "²", "٣", "1;5", "01", "9" * 10),
    ],
)
def test_what_is_no_spec_is_said_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="is no size of a wave: waves are 'all', or sizes"):
        WaveSpec.parse(text)


# ---------------------------------------------------------------------------------------- apartness


def host(name: str, *apart: str, **attributes: str) -> WaveHost:
    return WaveHost(name=name, attributes=attributes, apart=frozenset(apart))


PAIRS = [host("a1", "a"), host("a2", "a"), host("b1", "b"), host("b2", "b"), host("c1")]


def test_a_pair_makes_a_second_wave_of_all() -> None:
    assert plan_waves(PAIRS, WaveSpec.parse("all")) == (("a1", "b1", "c1"), ("a2", "b2"))


def test_a_wave_is_filled_up_with_later_hosts() -> None:
    assert plan_waves(PAIRS, WaveSpec.parse("2,rest")) == (("a1", "b1"), ("a2", "b2", "c1"))


def test_rest_is_followed_by_what_may_not_be_in_it() -> None:
    assert plan_waves(PAIRS, WaveSpec.parse("1,rest")) == (("a1",), ("a2", "b1", "c1"), ("b2",))


words = st.sampled_from("abcdef")
wave_hosts: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    apart=st.frozensets(words, max_size=2),
    attributes=st.dictionaries(st.sampled_from(["site", "model"]), words, max_size=2),
)
fleets = st.lists(wave_hosts, max_size=40).map(
    lambda found: [WaveHost(name=f"leaf{number}", **each) for number, each in enumerate(found)]
)
sizes = st.integers(1, 9).map(str) | st.integers(1, 100).map("{}%".format)
specs = st.builds(
    lambda first, rest: WaveSpec.parse(",".join([*first, *rest])),
    st.lists(sizes, max_size=4),
    st.sampled_from([["rest"], ["2"], ["40%"]]),
)


@given(fleets, specs, st.sampled_from(["", "site", "model", "colour"]))
def test_every_host_is_placed_once_and_no_two_that_are_to_be_kept_apart_together(
    fleet: list[WaveHost], spec: WaveSpec, first_of: str
) -> None:
    waves = plan_waves(fleet, spec, first_of=first_of)
    assert sorted(name for wave in waves for name in wave) == sorted(each.name for each in fleet)
    assert all(waves)
    by_name = {each.name: each for each in fleet}
    for wave in waves:
        keys = [key for name in wave for key in by_name[name].apart]
        assert len(keys) == len(set(keys))
    assert plan_waves(fleet, spec, first_of=first_of) == waves


@given(fleets, specs)
def test_a_wave_is_short_only_where_none_of_the_later_hosts_fits(
    fleet: list[WaveHost], spec: WaveSpec
) -> None:
    waves = plan_waves(fleet, spec)
    by_name = {each.name: each for each in fleet}
    for number, (wave, size) in enumerate(zip(waves, spec.wanted(len(fleet)), strict=False)):
        assert len(wave) <= size
        taken = frozenset[str]().union(*(by_name[name].apart for name in wave))
        later = [by_name[name] for each in waves[number + 1 :] for name in each]
        assert len(wave) == size or all(taken & each.apart for each in later)


@given(st.permutations(range(40)), st.integers(0, 20), specs)
def test_never_both_switches_of_a_vpc_pair(order: list[int], paired: int, spec: WaveSpec) -> None:
    key = {member: f"pair {at // 2}" for at, member in enumerate(order) if at < 2 * paired}
    fleet = [host(str(each), *([key[each]] if each in key else [])) for each in range(40)]
    wave_of = {name: number for number, wave in enumerate(plan_waves(fleet, spec)) for name in wave}
    assert len(wave_of) == 40
    for one, other in pairwise(order[: 2 * paired]):
        assert key[one] != key[other] or wave_of[str(one)] != wave_of[str(other)]


# -------------------------------------------------------------------------------- one of each value

SITES = [
    host("bern1", site="bern"),
    host("bern2", site="bern"),
    host("basel1", site="basel"),
    host("lab1"),
    host("lab2"),
    host("basel2", site="basel"),
]


def test_the_first_wave_is_one_of_each_site() -> None:
    assert plan_waves(SITES, WaveSpec.parse("1,rest"), first_of="site") == (
        ("bern1", "basel1", "lab1"),
        ("bern2",),
        ("lab2", "basel2"),
    )


def test_percentages_are_of_all_hosts_also_behind_the_first_of_each() -> None:
    waves = plan_waves(SITES, WaveSpec.parse("34%"), first_of="site")
    assert [len(wave) for wave in waves] == [3, 3]


def test_hosts_without_the_attribute_are_one_value() -> None:
    assert plan_waves(plain(3), WaveSpec.parse("all"), first_of="site")[0] == ("leaf000",)
    named = [host("x", site=NO_VALUE), *plain(2)]
    assert plan_waves(named, WaveSpec.parse("all"), first_of="site")[0] == ("x",)


def test_a_pair_of_two_models_makes_two_first_waves() -> None:
    fleet = [host("a1", "a", model="X"), host("a2", "a", model="Y"), host("b", model="X")]
    waves = plan_waves(fleet, WaveSpec.parse("all"), first_of="model")
    assert waves == (("a1",), ("a2",), ("b",))


@given(fleets, specs)
def test_each_value_comes_before_any_comes_twice(fleet: list[WaveHost], spec: WaveSpec) -> None:
    by_name = {each.name: each for each in fleet}
    values = {each.attributes.get("site", NO_VALUE) for each in fleet}
    met: set[str] = set()
    for wave in plan_waves(fleet, spec, first_of="site"):
        if met == values:
            break
        found = [by_name[name].attributes.get("site", NO_VALUE) for name in wave]
        assert len(set(found)) == len(found)
        assert met.isdisjoint(found)
        met.update(found)
    assert met == values
