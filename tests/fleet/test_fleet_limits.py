"""What limits count, and what hosts are checked for before a run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from nornir.core.inventory import ConnectionOptions, Defaults, Group, Host, ParentGroups

from nxsl.core.errors import InventoryError, SelectionError
from nxsl.core.host_checks import Place
from nxsl.fleet.host_checks import check_hosts, place_of
from nxsl.fleet.inventory import open_fleet
from nxsl.fleet.limits import JumpHosts, keys_of
from tests.fleet.files import write

if TYPE_CHECKING:
    from pathlib import Path

SSH_CONFIG = """
Host 10.0.1.*
    ProxyJump netops@bastion1.example.com:2222,second
Host 10.0.2.*
    ProxyCommand ssh -W %h:%p bastion2
Host 10.0.3.*
    ProxyCommand nc -X connect -x proxy:3128 %h %p
Host 10.0.4.1
    ProxyJump none
Host 10.0.5.*
    ProxyCommand ssh -W '%h:%p bastion5
"""
NO_JUMPS = JumpHosts(None)


@pytest.fixture
def jumps(tmp_path: Path) -> JumpHosts:
    """Jump hosts of an SSH configuration."""
    (tmp_path / "ssh_config").write_text(SSH_CONFIG, encoding="utf-8")
    return JumpHosts(str(tmp_path / "ssh_config"))


def test_attributes_are_inherited_nested_lists_or_missing() -> None:
    world = Group("all", data={"jump_host": "j1"})
    campus = Group("campus", groups=ParentGroups([world]), data={"site": "bern"})
    host = Host(
        "leaf1",
        groups=ParentGroups([campus]),
        data={"rack": {"row": 7}, "power": ["a", "b", "a"], "note": None, "x.y": 1},
        defaults=Defaults(data={"owner": "netops"}),
    )
    wanted = ["site", "rack.row", "power", "note", "owner", "nope", "rack.nope.x", "x.y", "group"]
    assert keys_of(host, [*wanted, "jump_host"], NO_JUMPS) == (
        ("site", "bern"),
        ("rack.row", "7"),
        ("power", "a"),
        ("power", "b"),
        ("owner", "netops"),
        ("x.y", "1"),
        ("group", "campus"),
        ("group", "all"),
        ("jump_host", "j1"),
    )


@pytest.mark.parametrize(
    ("address", "jump"),
    [
        ("10.0.1.1", "bastion1.example.com:2222"),
        ("10.0.2.1", "ssh -W bastion2"),
        ("10.0.2.2", "ssh -W bastion2"),
        ("10.0.3.1", "nc -X connect -x proxy:3128"),
        ("10.0.4.1", ""),
        ("10.0.9.9", ""),
    ],
)
def test_the_ssh_configuration_tells_the_jump_host(
    jumps: JumpHosts, address: str, jump: str
) -> None:
    assert jumps.of(Host("leaf1", hostname=address)) == jump
    told = Host("leaf1", hostname=address, data={"jump_host": "mine"})
    assert jumps.of(told) == "mine"


def test_the_port_is_no_part_of_the_jump_host(jumps: JumpHosts) -> None:
    hosts = [Host("a", hostname="10.0.2.1", port=port) for port in (None, 22)]
    assert {jumps.of(host) for host in hosts} == {"ssh -W bastion2"}


def test_quotes_that_do_not_match_are_the_shells_business(jumps: JumpHosts) -> None:
    assert jumps.of(Host("a", hostname="10.0.5.1")).endswith("bastion5")


def test_without_an_address_or_a_file_there_is_no_jump_host(
    jumps: JumpHosts, tmp_path: Path
) -> None:
    assert jumps.of(Host("leaf1")) == ""
    assert JumpHosts(str(tmp_path / "nope")).of(Host("leaf1", hostname="10.0.1.1")) == ""


@pytest.mark.parametrize("text", ["no configuration\x00 at = all\nHost", "Match final\n"])
def test_an_ssh_configuration_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ssh_config"
    file.write_bytes(text.encode() + b"\xff\xfe")
    with pytest.raises(InventoryError, match="ssh_config cannot be used"):
        JumpHosts(str(file)).of(Host("leaf1", hostname="10.0.1.1"))


def test_the_place_is_netmikos_and_the_inventory_is_left_as_it_is() -> None:
    group = Group("g", connection_options={"netmiko": ConnectionOptions(port=8022)})
    own = ConnectionOptions(hostname="192.0.2.9")
    host = Host(
        "leaf1",
        hostname="192.0.2.1",
        port=22,
        groups=ParentGroups([group]),
        connection_options={"netmiko": own},
    )
    assert place_of(host) == Place(name="leaf1", address="192.0.2.9", port=8022)
    assert own.port is None
    parameters = host.get_connection_parameters("netmiko")
    assert (parameters.hostname, parameters.port) == ("192.0.2.9", 8022)
    assert place_of(Host("leaf2")) is None
    plain = place_of(Host("leaf3", defaults=Defaults(hostname="192.0.2.3")))
    assert plain == Place(name="leaf3", address="192.0.2.3", port=22)


def test_one_private_address_behind_two_jump_hosts_is_two_switches(jumps: JumpHosts) -> None:
    def hosts(*sites: str) -> dict[str, Host]:
        return {
            f"leaf{n}": Host(f"leaf{n}", hostname="10.9.9.9", data={"jump_host": site})
            for n, site in enumerate(sites)
        }

    check_hosts(hosts("bern", "basel"), jumps)
    with pytest.raises(SelectionError, match="leaf0 and leaf2 are one switch"):
        check_hosts(hosts("bern", "basel", "bern"), jumps)


def test_no_host_at_all_is_refused() -> None:
    with pytest.raises(SelectionError, match="no host"):
        check_hosts({}, NO_JUMPS)


def test_names_that_differ_in_case_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    hosts = {name: Host(name, hostname=f"192.0.2.{n}") for n, name in enumerate(["a", "A"], 1)}
    with caplog.at_level(logging.WARNING, logger="nxsl"):
        check_hosts(hosts, NO_JUMPS)
    assert [each.getMessage() for each in caplog.records] == [
        "these hosts differ in nothing but case: a, A"
    ]


@pytest.mark.parametrize(
    ("hosts", "error", "words"),
    [
        (
            "a: {hostname: 192.0.2.1}\nb: {hostname: '::ffff:192.0.2.1'}\n",
            SelectionError,
            "a and b",
        ),
        (
            "a: {hostname: sw.example.com}\nb: {hostname: SW.example.com.}\n",
            SelectionError,
            "a and",
        ),
        ("a/b: {hostname: 192.0.2.1}\n", InventoryError, "slash"),
    ],
)
def test_opening_an_inventory_checks_its_hosts(
    tmp_path: Path, hosts: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        open_fleet(write(tmp_path, hosts=hosts))


def test_only_the_selected_hosts_are_checked(tmp_path: Path) -> None:
    hosts = "a: {hostname: 192.0.2.1}\nb: {hostname: 192.0.2.1}\n"
    assert open_fleet(write(tmp_path, hosts=hosts), hosts=["b"]).inventory.hosts
