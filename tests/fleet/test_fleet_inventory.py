"""Opening an inventory: what is found where, what is refused and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from nxsl.core.errors import IntentError, InventoryError, SelectionError
from nxsl.fleet.inventory import WORKERS, open_fleet
from tests.fleet.files import HOSTS, names, write


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NXSL_USERNAME", raising=False)
    monkeypatch.delenv("NXSL_PASSWORD", raising=False)


# ------------------------------------------------------------------------------------- where it is


def test_a_folder_without_a_configuration_is_taken_by_its_usual_files(tmp_path: Path) -> None:
    nr = open_fleet(write(tmp_path))
    assert names(nr) == ["leaf1", "leaf2", "spine1", "lab-1"]
    assert nr.inventory.hosts["leaf1"].platform == "cisco_nxos"
    assert nr.inventory.hosts["leaf1"]["role"] == "leaf"


def test_a_folder_with_hosts_alone_is_enough(tmp_path: Path) -> None:
    (tmp_path / "hosts.yaml").write_text("leaf1: {hostname: 192.0.2.1}\n")
    assert names(open_fleet(tmp_path)) == ["leaf1"]


def test_files_are_looked_for_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = "inventory: {options: {host_file: switches.yaml, group_file: sub/groups.yaml}}\n"
    folder = write(tmp_path / "inventory", config=config, switches="leaf9: {groups: [mine]}\n")
    write(folder / "sub", groups="mine: {data: {role: found}}\n")
    monkeypatch.chdir(tmp_path)
    for path in ("inventory", folder, folder / "config.yaml", "inventory/config.yaml"):
        nr = open_fleet(path)
        assert names(nr) == ["leaf9"]
        assert nr.inventory.hosts["leaf9"]["role"] == "found"
    assert list(tmp_path.iterdir()) == [folder], "something was written"


def test_absolute_file_names_stay(tmp_path: Path) -> None:
    other = write(tmp_path / "other", hosts="far: {}\n", groups="", defaults="a: 1\n")
    config = f"inventory: {{options: {{host_file: {other / 'hosts.yaml'}}}}}\n"
    assert names(open_fleet(write(tmp_path / "inventory", config=config))) == ["far"]


def test_the_ssh_configuration_is_relative_to_the_configuration_too(tmp_path: Path) -> None:
    nr = open_fleet(write(tmp_path, config="ssh: {config_file: ssh_config}\n"))
    assert nr.config.ssh.config_file == str(tmp_path / "ssh_config")


def test_the_files_of_ssh_options_are_relative_too(tmp_path: Path) -> None:
    options = "connection_options: {netmiko: {extras: {alt_key_file: known_hosts, key_file: ~/id}}}"
    nr = open_fleet(write(tmp_path, hosts="leaf1: {}", defaults=options))
    extras = nr.inventory.defaults.connection_options["netmiko"].extras
    assert extras == {
        "alt_key_file": str(tmp_path / "known_hosts"),
        "key_file": str(Path("~/id").expanduser()),
    }


def test_nornirs_own_log_file_is_off_unless_it_is_turned_on(tmp_path: Path) -> None:
    assert open_fleet(write(tmp_path)).config.logging.enabled is False


@pytest.mark.parametrize(
    "config",
    ["", "---\n", "inventory:\n", "inventory: {options: }\n", "runner:\n", "logging:\nssh:\n"],
)
def test_an_empty_section_is_as_good_as_none(tmp_path: Path, config: str) -> None:
    nr = open_fleet(write(tmp_path, config=config))
    assert len(names(nr)) == 4
    assert nr.config.runner.options == {"num_workers": WORKERS}


# -------------------------------------------------------------------------------------- workers


@pytest.mark.parametrize(
    ("config", "asked", "workers"),
    [
        ("", None, WORKERS),
        ("", 3, 3),
        ("runner: {plugin: threaded, options: {num_workers: 7}}\n", None, 7),
        ("runner: {plugin: threaded, options: {num_workers: 7}}\n", 3, 3),
        ("runner: {options: {num_workers: 7}}\n", None, 7),
    ],
)
def test_how_many_hosts_at_a_time(
    tmp_path: Path, config: str, asked: int | None, workers: int
) -> None:
    nr = open_fleet(write(tmp_path, config=config), workers=asked)
    assert nr.config.runner.options == {"num_workers": workers}
    assert nr.runner.num_workers == workers  # type: ignore[attr-defined]


def test_the_serial_runner_takes_no_workers(tmp_path: Path) -> None:
    folder = write(tmp_path, config="runner: {plugin: serial}\n")
    for workers in (None, 3):
        assert type(open_fleet(folder, workers=workers).runner).__name__ == "SerialRunner"


# ---------------------------------------------------------------------------------- what is refused


def refused(path: Path) -> InventoryError:
    with pytest.raises(InventoryError) as caught:
        open_fleet(path)
    assert caught.value.__cause__ is None
    return caught.value


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    error = refused(tmp_path / "nowhere")
    assert "nowhere cannot be read" in error.message
    assert "nxsl lab up" in error.remedy


def test_a_folder_without_hosts(tmp_path: Path) -> None:
    assert "config.yaml cannot be read" in refused(tmp_path).message


@pytest.mark.parametrize("name", ["host_file", "group_file", "defaults_file"])
def test_a_file_that_the_configuration_names_must_be_there(tmp_path: Path, name: str) -> None:
    config = f"inventory: {{options: {{{name}: mistyped.yaml}}}}\n"
    assert refused(write(tmp_path, config=config)).message == (
        f"{tmp_path / 'mistyped.yaml'}, which the configuration names, is missing"
    )


def test_hosts_are_needed_even_where_the_configuration_does_not_name_them(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("runner: {options: {num_workers: 2}}\n")
    assert "hosts.yaml" in refused(tmp_path).message


@pytest.mark.parametrize("name", ["hosts", "groups", "defaults", "config"])
@pytest.mark.parametrize("text", ["leaf1: {hostname: [\n", "a: 'b\nc: d\n", "a: b: c\n", "\t- x\n"])
def test_malformed_yaml_is_named_with_file_and_line(tmp_path: Path, name: str, text: str) -> None:
    assert f"{name}.yaml line " in refused(write(tmp_path, **{name: text})).message


def test_what_is_wrong_with_yaml_is_said_in_words(tmp_path: Path) -> None:
    twice = refused(write(tmp_path, hosts="leaf1: {}\nleaf1: {}\n")).message
    assert twice.endswith(f"a key is there twice, {tmp_path / 'hosts.yaml'} line 2")
    tag = refused(write(tmp_path, hosts="leaf1: {username: !x y}\n")).message
    assert "begins with ! * & % or @ needs quotes" in tag
    quote = refused(write(tmp_path, hosts="leaf1: {username: 'x}\n")).message
    assert "unexpected end of stream" in quote


@pytest.mark.parametrize("name", ["hosts", "groups", "defaults"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, name: str) -> None:
    for text in ("- leaf1\n", "leaf1\n", "5\n"):
        assert str(tmp_path) in refused(write(tmp_path, **{name: text})).message


@pytest.mark.parametrize(
    "text",
    ["- a\n", "text\n", "inventory: hosts.yaml\n", "runner: 5\n", "ssh: [x]\n", "bogus: 1\n"],
)
def test_a_configuration_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    refused(write(tmp_path, config=text))


@pytest.mark.parametrize("text", ["runner: {plugin: nope}\n", "inventory: {plugin: nope}\n"])
def test_a_plugin_that_does_not_exist_is_named(tmp_path: Path, text: str) -> None:
    assert "'nope'" in refused(write(tmp_path, config=text)).message


def test_a_host_or_group_without_a_body_is_named(tmp_path: Path) -> None:
    error = refused(write(tmp_path / "a", hosts="leaf1: {}\nleaf2:\nleaf3:\n"))
    assert f"{tmp_path / 'a' / 'hosts.yaml'}: 'leaf2' is not a mapping" in error.message
    assert "write {}" in error.message
    error = refused(write(tmp_path / "b", hosts="leaf1: {}\n", groups="campus: x\n"))
    assert "'campus' is not a mapping" in error.message


def test_a_group_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert "'campos'" in refused(write(tmp_path, hosts="leaf1: {groups: [campos]}\n")).message


@pytest.mark.parametrize("text", ["leaf1: {data: 5}\n", "leaf1: {data: [a]}\n"])
def test_data_that_are_no_mapping_are_named(tmp_path: Path, text: str) -> None:
    assert refused(write(tmp_path, hosts=text)).message == "leaf1: data is not a mapping"


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (write(tmp_path) / "hosts.yaml").write_bytes(b"leaf1: {hostname: \xff}\n")
    assert str(tmp_path) in refused(tmp_path).message


@pytest.mark.parametrize("name", ["hosts", "config"])
@pytest.mark.parametrize(
    "text",
    [
        "leaf1:\n  password: Planted-Secret-1\n  password: Planted-Secret-2\n",
        "leaf1:\n  password: 'Planted-Secret-1\n",
        "leaf1:\n  password: Planted-Secret-1: x\n",
        "leaf1:\n  password: %Planted-Secret-1\n",
        "leaf1: {password: !Planted-Secret-1 x}\n",
        "leaf1: {password: !Planted-Secret!1 x}\n",
        "leaf1: {password: *Planted-Secret-1}\n",
        "leaf1: {password: @Planted-Secret-1}\n",
    ],
)
def test_an_error_never_shows_a_password(tmp_path: Path, name: str, text: str) -> None:
    error = refused(write(tmp_path, **{name: text}))
    assert "Planted-Secret" not in f"{error} {error!r} {error.__cause__}"


# ------------------------------------------------------------------------------------- selection


def test_only_the_hosts_that_are_named(tmp_path: Path) -> None:
    assert names(open_fleet(write(tmp_path), hosts=["spine1", "leaf1"])) == ["leaf1", "spine1"]


def test_an_unknown_host_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(SelectionError, match="no host 'laef1'") as caught:
        open_fleet(tmp_path, hosts=["leaf1", "laef1"])
    assert caught.value.remedy == "did you mean leaf1?"
    with pytest.raises(SelectionError, match="no host 'zzz'") as caught:
        open_fleet(tmp_path, hosts=["zzz"])
    assert caught.value.remedy == "it has 4 others"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"name": "leaf1"}, ["leaf1"]),
        ({"hostname": "192.0.2.2"}, ["leaf2"]),
        ({"port": "8022"}, ["leaf1"]),
        ({"platform": "cisco_nxos"}, ["leaf1", "leaf2", "lab-1"]),
        ({"username": "netops"}, ["leaf1", "leaf2", "spine1", "lab-1"]),
        ({"site": "bern"}, ["leaf1"]),
        ({"role": "leaf"}, ["leaf1", "leaf2"]),
        ({"role": "other"}, ["lab-1"]),
        ({"group": "campus"}, ["leaf1", "leaf2"]),
        ({"group": "all"}, ["leaf1", "leaf2", "spine1"]),
        ({"rack.row": "7"}, ["leaf1"]),
        ({"licensing.method": "on-prem"}, ["leaf1", "leaf2"]),
        ({"licensing.method": "direct"}, ["spine1", "lab-1"]),
        ({"group": "campus", "site": "basel"}, ["leaf2"]),
    ],
)
def test_filters(tmp_path: Path, filters: dict[str, str], found: list[str]) -> None:
    assert names(open_fleet(write(tmp_path), filters=filters)) == found


def test_a_filter_sees_the_licensing_of_a_host_as_it_is_merged(tmp_path: Path) -> None:
    hosts = "leaf1: {groups: [campus], data: {licensing: {vrf: OOB}}}\nleaf2: {}\n"
    write(tmp_path, hosts=hosts)
    assert names(open_fleet(tmp_path, filters={"licensing.method": "on-prem"})) == ["leaf1"]
    assert names(open_fleet(tmp_path, filters={"licensing.vrf": "OOB"})) == ["leaf1"]


@pytest.mark.parametrize(
    "filters",
    [
        {"site": "zürich"},
        {"group": "none"},
        {"site": "None"},
        {"rack.row.x": "None"},
        {"site.x": "bern"},
        {"password": "None"},
        {"rack": "7"},
        {"group": "campus", "role": "spine"},
    ],
)
def test_an_empty_selection_is_refused_and_says_what_was_asked(
    tmp_path: Path, filters: dict[str, str]
) -> None:
    with pytest.raises(SelectionError) as caught:
        open_fleet(write(tmp_path), filters=filters)
    asked = ", ".join(f"{name}={value}" for name, value in filters.items())
    assert caught.value.message == f"no host is left of 4 with {asked}"
    assert "--filter" in caught.value.remedy


def test_hosts_and_filters_hold_together(tmp_path: Path) -> None:
    write(tmp_path)
    assert names(open_fleet(tmp_path, hosts=["leaf1", "leaf2"], filters={"site": "bern"})) == [
        "leaf1"
    ]
    with pytest.raises(SelectionError):
        open_fleet(tmp_path, hosts=["leaf2"], filters={"site": "bern"})


@pytest.mark.parametrize("hosts", ["", "# none yet\n", "{}\n"])
def test_an_inventory_without_hosts_is_refused(tmp_path: Path, hosts: str) -> None:
    with pytest.raises(SelectionError, match="no host is left of 0") as caught:
        open_fleet(write(tmp_path, hosts=hosts))
    assert caught.value.remedy == "fill hosts.yaml"


# --------------------------------------------------------------------------------------- intents


def test_every_wrong_intent_is_told_before_anything_connects(tmp_path: Path) -> None:
    hosts = HOSTS + "bad1: {data: {licensing: {method: cloud}}}\nbad2: {data: {licensing: 5}}\n"
    with pytest.raises(ExceptionGroup) as caught:
        open_fleet(write(tmp_path, hosts=hosts))
    assert caught.group_contains(IntentError, match=r"bad1: licensing\.method")
    assert caught.group_contains(IntentError, match="bad2: licensing: must be a mapping")
    assert len(caught.value.exceptions) == 2


def test_a_wrong_intent_of_a_host_that_is_not_selected_does_not_matter(tmp_path: Path) -> None:
    hosts = HOSTS + "bad1: {data: {licensing: {method: cloud}}}\n"
    assert names(open_fleet(write(tmp_path, hosts=hosts), hosts=["leaf1"])) == ["leaf1"]
