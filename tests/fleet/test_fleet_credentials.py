"""Tokens and passwords: where they come from, and that an inventory does not show them."""

from __future__ import annotations

import copy
import getpass
import logging
import pickle
import sys
import traceback
from typing import TYPE_CHECKING, ClassVar

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from nxsl.core.errors import InventoryError, MissingExtra, SecretError
from nxsl.core.secret import Password, Token
from nxsl.fleet.credentials import (
    lacks_password,
    token_from,
    token_from_env,
    token_from_file,
    token_from_keyring,
    token_from_prompt,
)
from nxsl.fleet.inventory import open_fleet
from tests.fleet.files import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nornir.core import Nornir

TOKEN = "ZmFrZS1pZC10b2tlbi1vZi1hLXRlc3Q3%3D%0A"
BAD = f"{TOKEN} {TOKEN}"
PASSWORD = "c0rrect-Horse-battery-stapl3"


class FakeKeyring(KeyringBackend):
    """A keyring in memory."""

    priority = 1
    entries: ClassVar[dict[tuple[str, str], str]] = {}
    locked: ClassVar[bool] = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked(f"no key for {TOKEN}")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


@pytest.fixture
def fake_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKeyring]:
    former = keyring.get_keyring()
    fake = FakeKeyring()  # type: ignore[no-untyped-call]
    monkeypatch.setattr(FakeKeyring, "entries", {})
    keyring.set_keyring(fake)
    yield fake
    keyring.set_keyring(former)


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NXSL_USERNAME", "NXSL_PASSWORD", "NXSL_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def refused(get: Callable[[], Token], kind: type[Exception] = SecretError) -> str:
    """The error's text; neither it nor a traceback with local variables shows the token."""
    with pytest.raises(kind) as caught:
        get()
    shown = "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    )
    assert "credentials.py" in shown
    assert TOKEN not in shown.rpartition("refused")[2]
    assert TOKEN not in f"{caught.value} {caught.value!r}"
    return str(caught.value)


# --------------------------------------------------------------------------------------- the token


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NXSL_TOKEN", f"{TOKEN}\n")
    assert token_from_env().reveal() == TOKEN
    monkeypatch.setenv("OTHER", "other-token")
    assert token_from_env("OTHER").reveal() == "other-token"


def test_the_environment_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    text = refused(token_from_env)
    assert "NXSL_TOKEN is not set" in text
    assert "read -rs NXSL_TOKEN; export NXSL_TOKEN" in text
    monkeypatch.setenv("NXSL_TOKEN", "")
    assert "is not set" in refused(token_from_env)
    monkeypatch.setenv("NXSL_TOKEN", "  ")
    assert "NXSL_TOKEN: the token is empty" in refused(token_from_env)
    monkeypatch.setenv("NXSL_TOKEN", BAD)
    assert "NXSL_TOKEN: the token holds white space" in refused(token_from_env)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "id token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


def test_from_a_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert token_from_file(file).reveal() == TOKEN
    assert token_from_file(str(file)).reveal() == TOKEN
    file.chmod(0o400)
    assert token_from_file(file).reveal() == TOKEN
    monkeypatch.setenv("HOME", str(file.parent))
    assert token_from_file("~/id token").reveal() == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666])
def test_a_file_that_is_open_to_others_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    text = refused(lambda: token_from_file(file))
    assert "is open to other users" in text
    assert f"chmod 600 {file}" in text


def test_a_file_that_holds_no_token(file: Path) -> None:
    file.write_text(BAD)
    assert f"{file}: the token holds white space" in refused(lambda: token_from_file(file))
    file.write_text("\n")
    assert f"{file}: the token is empty" in refused(lambda: token_from_file(file))
    file.write_bytes(b"\xff\xfe")
    assert "cannot be read: it is not utf-8 text" in refused(lambda: token_from_file(file))
    folder = file.parent
    assert "cannot be read: Is a directory" in refused(lambda: token_from_file(folder))
    gone = folder / "gone"
    assert f"there is no file {gone}" in refused(lambda: token_from_file(gone))


def test_from_the_keyring(fake_keyring: FakeKeyring) -> None:
    keyring.set_password("nxsl", "idtoken", TOKEN)
    keyring.set_password("nxsl", "campus", "other-token")
    assert token_from_keyring("nxsl").reveal() == TOKEN
    assert token_from_keyring("nxsl", "campus").reveal() == "other-token"


def test_the_keyring_without_a_token(
    fake_keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = refused(lambda: token_from_keyring("nxsl"))
    assert "no entry nxsl / idtoken" in text
    assert "keyring set nxsl idtoken" in text
    keyring.set_password("nxsl", "idtoken", BAD)
    assert "nxsl / idtoken: the token holds" in refused(lambda: token_from_keyring("nxsl"))
    monkeypatch.setattr(FakeKeyring, "locked", True)
    assert "cannot be opened: KeyringLocked" in refused(lambda: token_from_keyring("nxsl"))


def test_without_the_package_keyring_the_pip_command_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    text = refused(lambda: token_from_keyring("nxsl"), MissingExtra)
    assert "pip install 'nxsl[keyring]'" in text


def test_from_a_prompt_without_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return TOKEN

    monkeypatch.setattr(getpass, "getpass", typed)
    assert token_from_prompt().reveal() == TOKEN
    assert token_from_prompt("Token of campus: ").reveal() == TOKEN
    assert asked == ["ID token: ", "Token of campus: "]


@pytest.mark.parametrize("typed", ["", BAD])
def test_nothing_useful_is_typed(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda _: typed)
    assert "what was typed: the token " in refused(token_from_prompt)


def test_from_where_the_inventory_says(
    file: Path, fake_keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMPUS", "env-token")
    keyring.set_password("nx:sl", "idtoken", "keyring-token")
    assert token_from("env:CAMPUS").reveal() == "env-token"
    assert token_from(f"file:{file}").reveal() == TOKEN
    assert token_from("keyring:nx:sl").reveal() == "keyring-token"


@pytest.mark.parametrize("source", ["", TOKEN, f"token:{TOKEN}", "ENV:X"])
def test_from_anywhere_else(source: str) -> None:
    with pytest.raises(SecretError) as caught:
        token_from(source)
    assert str(caught.value) == "a token is in env:NAME, file:PATH or keyring:SERVICE"


# ----------------------------------------------------------------------------------- the inventory

HOSTS = """
leaf1: {hostname: 192.0.2.1, groups: [campus]}
leaf2: {hostname: 192.0.2.2, password: OwnPassword-1, username: own}
leaf3:
  connection_options:
    netmiko: {password: OptionPassword-1, extras: {secret: EnablePassword-1, passphrase: Phrase-1}}
leaf4: {groups: [nested]}
"""
GROUPS = """
campus: {password: GroupPassword-1}
nested: {groups: [campus]}
"""
DEFAULTS = "{username: netops, password: DefaultPassword-1}"
PLAIN = [
    "OwnPassword-1",
    "OptionPassword-1",
    "EnablePassword-1",
    "Phrase-1",
    "GroupPassword-1",
    "DefaultPassword-1",
    PASSWORD,
]


def fleet(folder: Path, **options: str) -> Nornir:
    return open_fleet(write(folder, hosts=HOSTS, groups=GROUPS, defaults=DEFAULTS), **options)  # type: ignore[arg-type]


def netmiko(nr: Nornir, host: str) -> tuple[str | None, str | None]:
    found = nr.inventory.hosts[host].get_connection_parameters("netmiko")
    return found.username, found.password


def test_what_a_host_or_group_says_of_itself_stays(tmp_path: Path) -> None:
    nr = fleet(tmp_path, username="me", password=PASSWORD)
    assert netmiko(nr, "leaf1") == ("me", "GroupPassword-1")
    assert netmiko(nr, "leaf2") == ("own", "OwnPassword-1")
    assert netmiko(nr, "leaf3") == ("me", "OptionPassword-1")
    assert netmiko(nr, "leaf4") == ("me", "GroupPassword-1")


def test_what_is_given_wins_over_the_environment_and_that_over_the_inventory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path, hosts="leaf1: {}\n", defaults=DEFAULTS)
    assert netmiko(open_fleet(folder), "leaf1") == ("netops", "DefaultPassword-1")
    monkeypatch.setenv("NXSL_USERNAME", "env")
    monkeypatch.setenv("NXSL_PASSWORD", "EnvPassword-1")
    assert netmiko(open_fleet(folder), "leaf1") == ("env", "EnvPassword-1")
    nr = open_fleet(folder, username="me", password=PASSWORD)
    assert netmiko(nr, "leaf1") == ("me", PASSWORD)
    monkeypatch.setenv("NXSL_USERNAME", "")
    monkeypatch.setenv("NXSL_PASSWORD", "")
    assert netmiko(open_fleet(folder), "leaf1") == ("netops", "DefaultPassword-1")


def test_libraries_get_the_true_password(tmp_path: Path) -> None:
    nr = fleet(tmp_path)
    extras = nr.inventory.hosts["leaf3"].get_connection_parameters("netmiko").extras
    assert extras == {"secret": "EnablePassword-1", "passphrase": "Phrase-1"}
    assert netmiko(nr, "leaf4")[1] == "GroupPassword-1"


def test_an_inventory_does_not_show_a_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nr = fleet(tmp_path, password=PASSWORD)
    inventory = nr.inventory
    things: list[object] = [
        nr,
        nr.dict(),
        inventory,
        inventory.dict(),
        inventory.defaults,
        inventory.defaults.dict(),
        inventory.hosts,
        inventory.groups,
    ]
    for each in (*inventory.hosts.values(), *inventory.groups.values()):
        things += [each, each.dict(), each.password, each.connection_options]
        things += [each.get_connection_parameters("netmiko").dict()]
    with caplog.at_level(logging.DEBUG):
        for thing in things:
            logging.getLogger("nxsl.test").debug("%s %r", thing, thing)
    shown = "\n".join(f"{thing} {thing!r} {copy.copy(thing)!r}" for thing in things) + caplog.text
    assert "192.0.2.1" in shown
    assert "********" in shown
    for plain in PLAIN:
        assert plain not in shown


def test_a_pickled_inventory_has_no_password(tmp_path: Path) -> None:
    dumped = pickle.dumps(fleet(tmp_path, password=PASSWORD).inventory.dict())
    assert b"192.0.2.1" in dumped
    for plain in PLAIN:
        assert plain.encode() not in dumped


def test_every_password_of_the_inventory_is_masked(tmp_path: Path) -> None:
    nr = fleet(tmp_path)
    for each in (*nr.inventory.hosts.values(), *nr.inventory.groups.values()):
        assert type(each.password) is Password, each.name
    assert type(nr.inventory.defaults.password) is Password


@pytest.mark.parametrize(
    ("files", "who"),
    [
        ({"hosts": "leaf1: {password: 12345}\n"}, "leaf1"),
        ({"groups": "campus: {password: 12345}\ncore: {}\nall: {}\n"}, "campus"),
        ({"defaults": "password: 12345\n"}, "defaults"),
        ({"hosts": "leaf1: {connection_options: {netmiko: {password: 12345}}}\n"}, "leaf1"),
        (
            {"hosts": "leaf1: {connection_options: {netmiko: {extras: {secret: 12345}}}}\n"},
            "leaf1",
        ),
    ],
)
def test_a_password_that_yaml_takes_for_a_number_is_refused_by_name(
    tmp_path: Path, files: dict[str, str], who: str
) -> None:
    with pytest.raises(InventoryError) as caught:
        open_fleet(write(tmp_path, **files))
    assert caught.value.message == f"{who}: a password is not a text"
    assert "12345" not in str(caught.value)
    assert "quotes" in caught.value.remedy


@pytest.mark.parametrize(
    ("host", "lacks"),
    [
        ("{}", True),
        ("{password: x}", False),
        ("{connection_options: {netmiko: {password: x}}}", False),
        ("{connection_options: {netmiko: {extras: {use_keys: true}}}}", False),
        ("{connection_options: {netmiko: {extras: {key_file: id_ed25519}}}}", False),
        ("{connection_options: {netmiko: {extras: {allow_agent: true}}}}", False),
        ("{connection_options: {netmiko: {extras: {use_keys: false}}}}", True),
        ("{connection_options: {other: {password: x}}}", True),
    ],
)
def test_who_lacks_a_password(tmp_path: Path, host: str, lacks: bool) -> None:
    nr = open_fleet(write(tmp_path, hosts=f"leaf1: {host}\n"))
    assert lacks_password(nr.inventory.hosts["leaf1"]) == lacks
