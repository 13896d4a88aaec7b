"""What the inventory says about pairs, and about where and what a switch is."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.inventory import Defaults, Group, Host, ParentGroups

from nxsl import open_fleet
from nxsl.core.errors import InventoryError
from nxsl.core.waves import WaveSpec, plan_waves
from nxsl.fleet.pairs import check_pairs, require_attribute, wave_hosts
from tests.fleet.files import HOSTS, write

if TYPE_CHECKING:
    from pathlib import Path


def host(name: str, *groups: Group, **data: Any) -> Host:
    return Host(name, groups=ParentGroups(groups), data=data, defaults=Defaults(data={"role": "x"}))


def apart(*hosts: Host) -> set[tuple[str, str]]:
    """Which of the hosts may not share a wave."""
    return {
        (one.name, other.name)
        for one, other in combinations(wave_hosts(hosts), 2)
        if one.apart & other.apart
    }


def test_hosts_without_a_pair_may_share_a_wave() -> None:
    assert apart(host("a", site="bern"), host("b", site="bern")) == set()


def test_a_domain_is_a_pair() -> None:
    assert apart(
        host("a", vpc_domain=10), host("b", vpc_domain=11), host("c", vpc_domain="10")
    ) == {("a", "c")}


def test_a_domain_of_the_same_number_at_another_site_is_another_one() -> None:
    assert apart(
        host("a", vpc_domain=10, site="bern"),
        host("b", vpc_domain=10, site="basel"),
        host("c", vpc_domain=10, site="bern"),
        host("d", vpc_domain=10),
    ) == {("a", "c")}


def test_a_group_may_tell_the_domain() -> None:
    pair = Group("pair", data={"vpc_domain": 10})
    assert apart(host("a", pair), host("b", pair)) == {("a", "b")}


def test_one_of_the_two_may_name_the_other() -> None:
    assert apart(host("a", vpc_peer="b"), host("b"), host("c")) == {("a", "b")}
    assert apart(host("a"), host("b", vpc_peer="a"), host("c")) == {("a", "b")}
    assert apart(host("a", vpc_peer="b"), host("b", vpc_peer="a")) == {("a", "b")}


def test_a_peer_is_more_exact_than_a_domain() -> None:
    hosts = [
        host("a", vpc_domain=1, vpc_peer="b"),
        host("b", vpc_domain=1),
        host("c", vpc_domain=1, vpc_peer="d"),
        host("d", vpc_domain=1),
        host("e", vpc_domain=1),
        host("f", vpc_domain=1),
    ]
    assert apart(*hosts) == {("a", "b"), ("c", "d"), ("e", "f")}


def test_a_peer_that_is_not_to_be_changed_stands_in_nobody_s_way() -> None:
    assert apart(host("a", vpc_peer="z"), host("b")) == set()


def test_names_with_blanks_make_no_pair() -> None:
    assert apart(host("a b", vpc_peer="c"), host("a", vpc_peer="b c")) == set()


def test_pairs_of_an_inventory_are_never_in_one_wave() -> None:
    hosts = [host(f"leaf{each}", vpc_domain=each // 2, site="bern") for each in range(20)]
    waves = plan_waves(wave_hosts(hosts), WaveSpec.parse("all"))
    assert waves == (
        tuple(f"leaf{each}" for each in range(0, 20, 2)),
        tuple(f"leaf{each}" for each in range(1, 20, 2)),
    )


def test_attributes_are_what_the_data_says_in_one_word() -> None:
    campus = Group("campus", data={"site": "bern", "rack": {"row": 7}, "tags": ["x"]})
    (found,) = wave_hosts([host("a", campus, floor=3, spare=True, note="", model=None)])
    assert found.name == "a"
    assert found.attributes == {"site": "bern", "floor": "3", "spare": "True", "role": "x"}


def test_a_model_that_was_read_is_an_attribute_unless_the_data_has_one() -> None:
    told = wave_hosts([host("a"), host("b", model="mine"), host("c")], {"a": "N9K", "b": "N3K"})
    assert [each.attributes.get("model") for each in told] == ["N9K", "mine", None]


# ------------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize("peer", ["a", "", 7, ["b"], True])
def test_a_peer_must_be_another_host_s_name(peer: object) -> None:
    hosts = [host("a", vpc_peer=peer), host("b")]
    for check in (check_pairs, wave_hosts):
        with pytest.raises(InventoryError, match=r"^a: vpc_peer must be the name of another host"):
            check(hosts)


@pytest.mark.parametrize("domain", [True, "", [10], {"id": 10}, 1.5])
def test_a_domain_must_be_a_number(domain: object) -> None:
    hosts = [host("a", vpc_domain=domain)]
    for check in (check_pairs, wave_hosts):
        with pytest.raises(InventoryError, match=r"^a: vpc_domain must be a number"):
            check(hosts)


def test_a_peer_that_is_not_there_is_found() -> None:
    with pytest.raises(InventoryError, match=r"'leaf02'.*did you mean leaf2\?"):
        check_pairs([host("leaf1", vpc_peer="leaf02"), host("leaf2")])


def test_two_that_name_different_peers_are_found() -> None:
    with pytest.raises(InventoryError, match="a: vpc_peer is 'b', whose own vpc_peer is 'c'"):
        check_pairs([host("a", vpc_peer="b"), host("b", vpc_peer="c"), host("c")])


def test_pairs_that_are_right_are_let_pass() -> None:
    check_pairs([host("a", vpc_peer="b"), host("b", vpc_peer="a"), host("c", vpc_domain=3)])


def test_a_wrong_peer_is_found_before_anything_connects(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=HOSTS.replace("site: basel", "vpc_peer: laef1"))
    with pytest.raises(InventoryError, match=r"did you mean leaf1\?"):
        open_fleet(folder, hosts=["spine1"])
    right = write(tmp_path, hosts=HOSTS.replace("site: basel", "vpc_peer: leaf1"))
    assert list(open_fleet(right, hosts=["leaf2"]).inventory.hosts) == ["leaf2"]


def test_an_attribute_that_no_host_has_is_found() -> None:
    hosts = wave_hosts([host("a", site="bern"), host("b")])
    require_attribute(hosts, "site")
    with pytest.raises(ValueError, match=r"no host has 'stie'; did you mean site\?"):
        require_attribute(hosts, "stie")
