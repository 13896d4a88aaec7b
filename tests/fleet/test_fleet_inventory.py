"""Opening an inventory: what is found where, what is refused and in which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    assert (nr.config.runner.plugin, nr.config.runner.options) == ("nxsl", {})


# -------------------------------------------------------------------------------------- workers


@pytest.mark.parametrize(
    ("config", "asked", "workers"),
    [
        ("", None, None),
        ("", 3, 3),
        ("", "auto", None),
        ("runner: {options: {num_workers: auto}}\n", None, None),
        ("runner: {options: {num_workers: auto}}\n", 3, 3),
        ("runner: {plugin: threaded}\n", None, WORKERS),
        ("runner: {plugin: threaded, options: {num_workers: 7}}\n", "auto", None),
        ("runner: {plugin: threaded, options: {num_workers: 7}}\n", None, 7),
        ("runner: {plugin: threaded, options: {num_workers: 7}}\n", 3, 3),
        ("runner: {options: {num_workers: 7}}\n", None, 7),
    ],
)
def test_how_many_hosts_at_a_time(
    tmp_path: Path, config: str, asked: Any, workers: int | None
) -> None:
    nr = open_fleet(write(tmp_path, config=config), workers=asked)
    assert nr.config.runner.options == ({"num_workers": workers} if workers else {})
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


@pytest.mark.parametrize(("name", "what"), [("nowhere", "folder"), ("no/config.yaml", "file")])
def test_a_folder_that_is_not_there(tmp_path: Path, name: str, what: str) -> None:
    error = refused(tmp_path / name)
    assert error.message == f"there is no {what} {tmp_path / name}"
    assert "nxsl lab up" in error.remedy


def test_a_folder_without_hosts(tmp_path: Path) -> None:
    assert refused(tmp_path).message == f"{tmp_path} has neither hosts.yaml nor config.yaml"


@pytest.mark.parametrize("name", ["host_file", "group_file", "defaults_file"])
def test_a_file_that_the_configuration_names_must_be_there(tmp_path: Path, name: str) -> None:
    config = f"inventory: {{options: {{{name}: mistyped.yaml}}}}\n"
    assert refused(write(tmp_path, config=config)).message == (
        f"{tmp_path / 'mistyped.yaml'}, which the configuration names, is missing"
    )


def test_hosts_are_needed_even_where_the_configuration_does_not_name_them(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("runner: {options: {num_workers: 2}}\n")
    assert refused(tmp_path).message == f"there is no file {tmp_path / 'hosts.yaml'}"


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "hosts.yaml").mkdir()
    assert refused(tmp_path).message.endswith("hosts.yaml cannot be read: Is a directory")


@pytest.mark.parametrize("name", ["hosts", "groups", "defaults", "config"])
@pytest.mark.parametrize("text", ["leaf1: {hostname: [\n", "a: 'b\nc: d\n", "a: b: c\n", "\t- x\n"])
def test_malformed_yaml_is_named_with_file_and_line(tmp_path: Path, name: str, text: str) -> None:
    assert f"{name}.yaml line " in refused(write(tmp_path, **{name: text})).message


QUOTES = "a text that begins with ! * & % @ or ` needs quotes"
LAYOUT = "look at the indentation and the quotes there and in the line above"


@pytest.mark.parametrize(
    ("text", "line", "problem", "remedy"),
    [
        (
            "leaf1:\n  hostname: x\n port: 22\n",
            3,
            "while parsing a block mapping: "
            "expected <block end>, but found '<block mapping start>'",
            LAYOUT,
        ),
        (
            "leaf1:\n  hostname: x\n   port: 22\n",
            3,
            "mapping values are not allowed here",
            LAYOUT,
        ),
        (
            "leaf1: {port: 1\nleaf2: {}\n",
            2,
            "while parsing a flow mapping: expected ',' or '}', but got ':'",
            LAYOUT,
        ),
        (
            "leaf1: {username: 'x}\n",
            2,
            "while scanning a quoted scalar: found unexpected end of stream",
            LAYOUT,
        ),
        (
            "leaf1:\n\tport: 1\n",
            2,
            r"while scanning for the next token: found character '\t' that cannot start any token",
            "indent with blanks, not with tabs",
        ),
        ("leaf1: {}\nleaf1: {}\n", 2, "a key is there twice", ""),
        (
            "leaf1: {username: !x y}\n",
            1,
            "could not determine a constructor for the tag …",
            QUOTES,
        ),
        ("leaf1: {username: *xy}\n", 1, "found undefined alias …", QUOTES),
        (
            "leaf1: {username: @xy}\n",
            1,
            "while scanning for the next token: found character '@' that cannot start any token",
            QUOTES,
        ),
    ],
)
def test_what_is_wrong_with_yaml_is_said_in_its_own_words(
    tmp_path: Path, text: str, line: int, problem: str, remedy: str
) -> None:
    error = refused(write(tmp_path, hosts=text))
    assert error.message == f"{tmp_path / 'hosts.yaml'} line {line}: {problem}"
    assert error.remedy == remedy


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("leaf1: {data: {since: 2024-13-45}}\n", "a value looks like a date or a number"),
        ("leaf1: {username: 'a\x01'}\n", "unacceptable character #x0001"),
    ],
)
def test_what_has_no_line_is_named_with_its_file(tmp_path: Path, text: str, problem: str) -> None:
    error = refused(write(tmp_path, hosts=text))
    assert error.message.startswith(f"{tmp_path / 'hosts.yaml'} cannot be read: {problem}")


@pytest.mark.parametrize("name", ["hosts", "groups", "defaults"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, name: str) -> None:
    for text in ("- leaf1\n", "leaf1\n", "5\n"):
        assert str(tmp_path) in refused(write(tmp_path, **{name: text})).message


@pytest.mark.parametrize(
    "text",
    ["- a\n", "text\n", "inventory: hosts.yaml\n", "runner: 5\n", "ssh: [x]\n", "bogus: 1\n"],
)
def test_a_configuration_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    assert str(tmp_path / "config.yaml") in refused(write(tmp_path, config=text)).message


@pytest.mark.parametrize("workers", ["lots", "'5'", "0", "-1", "1.5", "true", "[5]"])
def test_a_wrong_number_of_workers_is_named(tmp_path: Path, workers: str) -> None:
    folder = write(tmp_path, config=f"runner: {{options: {{num_workers: {workers}}}}}\n")
    assert refused(folder).message == (
        f"{folder / 'config.yaml'}: runner.options.num_workers is not a whole number of 1 or more"
        ", nor auto"
    )


def test_nornirs_own_runner_has_no_auto(tmp_path: Path) -> None:
    config = "runner: {plugin: threaded, options: {num_workers: auto}}\n"
    assert refused(write(tmp_path, config=config)).message.endswith("number of 1 or more")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("runner: {options: lots}\n", "runner.options is not a mapping"),
        ("inventory: {options: [x]}\n", "inventory.options is not a mapping"),
        (
            "inventory: {options: {host_file: 5}}\n",
            "inventory.options.host_file is not the name of a file",
        ),
        ("ssh: {config_file: 5}\n", "ssh.config_file is not the name of a file"),
        ("core: 5\n", "core is not a mapping"),
        (
            "runer: {}\n",
            "no such section 'runer'; "
            "there are inventory, runner, logging, ssh, core, user_defined",
        ),
    ],
)
def test_a_wrong_field_of_the_configuration_is_named(
    tmp_path: Path, text: str, problem: str
) -> None:
    assert refused(write(tmp_path, config=text)).message == f"{tmp_path / 'config.yaml'}: {problem}"


@pytest.mark.parametrize(
    "text",
    [
        "runner: {plugn: x}\n",
        "runner: {options: {num_worker: 5}}\n",
    ],
)
def test_what_nornir_does_not_know_is_refused(tmp_path: Path, text: str) -> None:
    assert str(tmp_path) in refused(write(tmp_path, config=text)).message


@pytest.mark.parametrize("text", ["runner: {plugin: nope}\n", "inventory: {plugin: nope}\n"])
def test_a_plugin_that_does_not_exist_is_named(tmp_path: Path, text: str) -> None:
    assert "'nope'" in refused(write(tmp_path, config=text)).message


def test_a_host_or_group_without_a_body_is_named(tmp_path: Path) -> None:
    error = refused(write(tmp_path / "a", hosts="leaf1: {}\nleaf2:\nleaf3:\n"))
    assert error.message == "host leaf2 is not a mapping"
    assert error.remedy == "with nothing to say, write {}"
    error = refused(write(tmp_path / "b", hosts="leaf1: {}\n", groups="campus: x\n"))
    assert error.message == "group campus is not a mapping"


def test_a_name_that_is_a_number_needs_quotes(tmp_path: Path) -> None:
    error = refused(write(tmp_path, hosts="101: {}\n"))
    assert str(error) == "host 101: a name is a text (put it in quotes)"
    assert names(open_fleet(write(tmp_path, hosts="'101': {}\n"), hosts=["101"])) == ["101"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"hosts": "leaf1: {groups: [campos]}\n"},
            "host leaf1: there is no group 'campos' (did you mean campus?)",
        ),
        (
            {"hosts": "leaf1: {groups: [zzz]}\n"},
            "host leaf1: there is no group 'zzz' (there are: all, campus, core)",
        ),
        (
            {"hosts": "leaf1: {groups: [nxso]}\n", "groups": ""},
            "host leaf1: there is no group 'nxso' (there are none)",
        ),
        (
            {"groups": "nxos: {}\ncampus: {groups: [nxso]}\n"},
            "group campus: there is no group 'nxso' (did you mean nxos?)",
        ),
        ({"hosts": "leaf1: {groups: core}\n"}, "host leaf1: groups is not a list of names"),
        ({"hosts": "leaf1: {groups: [{core: }]}\n"}, "host leaf1: groups is not a list of names"),
        (
            {"hosts": "leaf1: {}\n", "groups": "a: {groups: [b]}\nb: {groups: [a]}\n"},
            "groups that hold each other: a, b",
        ),
    ],
)
def test_a_group_that_does_not_exist_is_named(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    assert str(refused(write(tmp_path, **files))) == message


FIELDS = "hostname, port, username, password, platform"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"hosts": "leaf1: {hostnam: planted}\n"},
            f"host leaf1: no such field 'hostnam'; there are {FIELDS}, groups, data, "
            "connection_options (did you mean hostname?)",
        ),
        (
            {"groups": "all: {}\ncampus: {site: planted}\ncore: {}\n"},
            f"group campus: no such field 'site'; there are {FIELDS}, groups, data, "
            "connection_options",
        ),
        (
            {"defaults": "groups: [all]\n"},
            f"defaults: no such field 'groups'; there are {FIELDS}, data, connection_options",
        ),
        (
            {"defaults": "connection_options: {netmiko: {extra: {secret: planted}}}\n"},
            f"defaults: connection_options of netmiko: no such field 'extra'; there are {FIELDS}, "
            "extras (did you mean extras?)",
        ),
    ],
)
def test_an_unknown_field_is_named_without_its_value(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    assert str(refused(write(tmp_path, **files))) == message


def test_a_field_without_a_value_is_named_where_it_is_near(tmp_path: Path) -> None:
    error = refused(write(tmp_path, hosts="leaf1:\n  hostnam:\n"))
    assert "no such field 'hostnam'" in error.message


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("data: 5", "data is not a mapping"),
        ("data: [a]", "data is not a mapping"),
        ("connection_options: ", "connection_options is not a mapping"),
        ("connection_options: {netmiko: }", "connection_options of netmiko is not a mapping"),
        (
            "connection_options: {netmiko: {extras: [a]}}",
            "connection_options of netmiko: extras is not a mapping",
        ),
    ],
)
def test_what_is_no_mapping_is_named(tmp_path: Path, text: str, problem: str) -> None:
    for kind, file in (("host", "hosts"), ("group", "groups")):
        error = refused(write(tmp_path / kind, **{file: f"leaf1: {{{text}}}\n"}))
        assert error.message == f"{kind} leaf1: {problem}"


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
        "leaf1: {password: !!timestamp Planted-Secret-1}\n",
        "leaf1: {password: !!int Planted-Secret-1}\n",
        "leaf1:\n  password: x\n Planted-Secret-1\n",
        "leaf1: {password:Planted-Secret-1}\n",
        "leaf1: {password: x,Planted-Secret-1}\n",
        "leaf1: {password: x, Planted-Secret-1: }\n",
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
    assert caught.value.remedy == "there are: leaf1, leaf2, spine1, lab-1"
    write(tmp_path, hosts="".join(f"leaf{number}: {{}}\n" for number in range(50)))
    with pytest.raises(SelectionError) as caught:
        open_fleet(tmp_path, hosts=["zzz"])
    assert caught.value.remedy == "there are: leaf0, leaf1, leaf2, leaf3, leaf4 and 45 more"


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
    ("filters", "remedy"),
    [
        ({"site": "zürich"}, "site has: basel, bern"),
        ({"site": "bren"}, "site has: bern, basel"),
        ({"site": "None"}, "site has: basel, bern"),
        ({"group": "none"}, "group has: all, campus, core"),
        ({"rack.row": "8"}, "rack.row has: 7"),
        ({"rack.row.x": "None"}, "no host has 'rack.row.x'; did you mean rack.row?"),
        ({"rack": "7"}, "no host has 'rack'; did you mean rack.row?"),
        ({"site.x": "bern"}, "no host has 'site.x'; did you mean site?"),
        (
            {"licensing.mehtod": "direct"},
            "no host has 'licensing.mehtod'; did you mean licensing.method?",
        ),
        (
            {"licencing.method": "direct"},
            "no host has 'licencing.method'; did you mean licensing.method?",
        ),
        ({"licensing.method": "dirct"}, "licensing.method has: direct, on-prem"),
        (
            {"password": "None"},
            "no host has 'password'; "
            "there are: group, hostname, licensing.method, licensing.url, name and 6 more",
        ),
        (
            {"group": "campus", "role": "spine"},
            "each of them holds for a host, but no host has all",
        ),
    ],
)
def test_an_empty_selection_says_what_was_asked_and_what_there_is(
    tmp_path: Path, filters: dict[str, str], remedy: str
) -> None:
    with pytest.raises(SelectionError) as caught:
        open_fleet(write(tmp_path), filters=filters)
    asked = ", ".join(f"{name}={value}" for name, value in filters.items())
    assert caught.value.message == f"no host is left of 4 with {asked}"
    assert caught.value.remedy == remedy


def test_no_secret_of_the_inventory_is_listed_as_a_value(tmp_path: Path) -> None:
    secret = "password: Planted-Secret-1, data: {enable_secret: Planted-Secret-1}"
    write(tmp_path, hosts=f"leaf1: {{{secret}}}\n")
    for key in ("enable_secret", "password"):
        with pytest.raises(SelectionError) as caught:
            open_fleet(tmp_path, filters={key: "x"})
        assert "Planted-Secret" not in str(caught.value)
    with pytest.raises(SelectionError):  # a filter must not be a way to guess it either
        open_fleet(tmp_path, filters={"password": "Planted-Secret-1"})


def test_a_broken_intent_of_another_host_does_not_disturb_a_filter(tmp_path: Path) -> None:
    write(tmp_path, hosts=HOSTS + "bad1: {data: {licensing: 5}}\n")
    assert names(open_fleet(tmp_path, filters={"licensing.method": "on-prem"})) == [
        "leaf1",
        "leaf2",
    ]


def test_hosts_and_filters_hold_together(tmp_path: Path) -> None:
    write(tmp_path)
    assert names(open_fleet(tmp_path, hosts=["leaf1", "leaf2"], filters={"site": "bern"})) == [
        "leaf1"
    ]
    with pytest.raises(SelectionError) as caught:
        open_fleet(tmp_path, hosts=["leaf2"], filters={"site": "bern"})
    assert str(caught.value) == "no host is left of 1 with site=bern (site has: basel)"


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
