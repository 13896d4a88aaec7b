"""Names that are none, and one switch under two names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxsl.core.errors import InventoryError, SelectionError
from nxsl.core.host_checks import (
    Place,
    check_names,
    check_places,
    odd,
    plain_address,
    shared,
    twins,
)


@pytest.mark.parametrize(
    "name", ["leaf1", "sw#1", "a>b", "N9K-[x](1)", "swïtch", "DC1 leaf 3", "1", "a.b.example.com"]
)
def test_names_of_switches_are_let_pass(name: str) -> None:
    assert odd(name) == ""
    check_names([name])


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (7, "no text"),
        (None, "no text"),
        ("", "empty"),
        ("  ", "empty"),
        (" leaf1", "blank"),
        ("leaf1 ", "blank"),
        ("leaf1\n", "cannot be seen"),
        ("leaf\x001", "cannot be seen"),
        ("leaf\x1b[2J", "cannot be seen"),
        ("leaf\u200b1", "cannot be seen"),
        ("leaf\u202e1", "cannot be seen"),
        ("leaf\u2028", "cannot be seen"),
        ("leaf\ud800", "cannot be seen"),
        ("\u00a0leaf", "blank"),
        ("dc1/leaf1", "slash"),
        ("dc1\\leaf1", "slash"),
        ("..", "folder"),
        ("a..b", "folder"),
        (".", "folder"),
        ("x" * 256, "255"),
        ("é" * 128, "255"),
    ],
)
def test_odd_names_are_refused(name: object, problem: str) -> None:
    assert problem in odd(name)
    with pytest.raises(InventoryError, match=problem) as caught:
        check_names(["leaf1", name])
    assert str(caught.value).isprintable()
    assert str(caught.value).isascii() or "…" in str(caught.value)


def test_the_longest_name_is_let_pass() -> None:
    assert odd("x" * 255) == ""


def test_several_odd_names_are_counted() -> None:
    with pytest.raises(InventoryError, match=r"named 'a/b'.*; 2 more"):
        check_names(["a/b", "ok", "", "c/d"])


@given(st.text(max_size=300))
def test_what_is_let_pass_is_one_component_of_a_path(name: str) -> None:
    if not odd(name):
        assert name.isprintable() or " " in name or any(each.isspace() for each in name)
        assert not {"/", "\\", "\n", "\r", "\0"} & set(name)
        assert name not in {"", ".", ".."}


def test_names_that_differ_in_case_or_accents_alone_are_found() -> None:
    assert twins(["leaf1", "Leaf1", "leaf2", "sp\u00e9", "spe\u0301"]) == [
        ("leaf1", "Leaf1"),
        ("sp\u00e9", "spe\u0301"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Leaf1.Example.com", "leaf1.example.com"),
        ("leaf1.example.com.", "leaf1.example.com"),
        (" leaf1.example.com", "leaf1.example.com"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8:0:0:0:0:0:1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("192.0.513", "192.0.2.1"),
        ("0xc0000201", "192.0.2.1"),
        ("3221225985", "192.0.2.1"),
        ("localhost", "127.0.0.1"),
        ("LOCALHOST.", "127.0.0.1"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_an_address_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert plain_address(one) == plain_address(other)
    places = [Place(name="a", address=one), Place(name="b", address=other)]
    with pytest.raises(SelectionError, match=r"a and b are one switch: .* port 22") as caught:
        check_places(places)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "192.0.2.2"),
        ("fa.de", "fa.ce"),
        ("leaf1", "leaf1.example.com"),  # perhaps the same: only the DNS knows
        ("fe80::1%eth0", "fe80::1%eth1"),
        ("localhost", "localhost.example.com"),
        ("a" * 70, "a" * 71),  # no label of a name, and no reason to fail
    ],
)
def test_addresses_that_differ_are_let_pass(one: str, other: str) -> None:
    check_places([Place(name="a", address=one), Place(name="b", address=other)])


def test_one_address_with_several_ports_or_jump_hosts_is_several_switches() -> None:
    check_places(
        [
            Place(name="a", address="192.0.2.1", port=2201),
            Place(name="b", address="192.0.2.1", port=2202),
            Place(name="c", address="192.0.2.1", port=2202, jump="bern"),
        ]
    )


def test_all_names_of_a_switch_are_told_and_the_other_switches_counted() -> None:
    places = [Place(name=name, address="192.0.2.1") for name in ("a", "b", "c")]
    places += [Place(name=name, address="192.0.2.2") for name in ("d", "e")]
    assert [tuple(each.name for each in group) for group in shared(places)] == [
        ("a", "b", "c"),
        ("d", "e"),
    ]
    with pytest.raises(SelectionError, match=r"a, b and c are one switch: .*; 1 more"):
        check_places(places)


@given(st.text(max_size=80))
def test_any_address_has_one_plain_way_to_be_written(address: str) -> None:
    plain = plain_address(address)
    assert plain_address(plain) == plain
