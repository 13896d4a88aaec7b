"""The word for a credential, and the knock at a switch that is not to be logged in to."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.configuration import Config, SSHConfig
from nornir.core.inventory import ConnectionOptions, Defaults, Group, Host, ParentGroups
from paramiko import RSAKey

from nxsl.core import errors
from nxsl.core.guard import Unguarded, guarded
from nxsl.core.secret import Password
from nxsl.nxos.connect import knock, open_session
from nxsl.nxos.credential import credential_key, user_of
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

BASE = {"username": "admin", "password": "s3cret-horse"}


def host(name: str = "leaf1", **changes: Any) -> Host:
    """A host; what Nornir does not know is an extra of its connection."""
    known = {**BASE, **changes}
    mine = {
        key: known.pop(key)
        for key in ("username", "password", "hostname", "port", "groups")
        if key in known
    }
    options = ConnectionOptions(extras=known) if known else None
    return Host(name=name, connection_options={"netmiko": options} if options else {}, **mine)


def test_the_same_credential_is_the_same_word_everywhere() -> None:
    assert credential_key(host("leaf1")) == credential_key(host("leaf2", hostname="192.0.2.2"))
    masked = host(password=Password("s3cret-horse"))
    assert credential_key(masked) == credential_key(host())


DIFFERENT: list[dict[str, Any]] = [
    {},
    {"username": "operator"},
    {"password": "s3cret-horsf"},
    {"password": Password("other")},  # not the mask, which all of them share
    {"password": Password("another")},
    {"password": None},
    {"username": None},
    {"use_keys": True},
    {"allow_agent": True},
    {"use_keys": True, "allow_agent": True},
    {"key_file": "/keys/one"},
    {"key_file": "/keys/two"},
    {"passphrase": "/keys/two"},
]


def test_what_differs_for_the_switch_is_another_word() -> None:
    words = [credential_key(host(**each)) for each in DIFFERENT]
    assert len(set(words)) == len(words)


def test_a_key_object_counts_by_its_public_half() -> None:
    one, two = RSAKey.generate(1024), RSAKey.generate(1024)
    words = [credential_key(host(pkey=key)) for key in (one, two, one)]
    assert words[0] == words[2] != words[1]


def test_the_same_key_file_may_be_named_in_two_ways(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    (tmp_path / "link").symlink_to("key")
    assert credential_key(host(key_file=str(tmp_path / "key"))) == credential_key(
        host(key_file=str(tmp_path / "link"))
    )


def test_what_groups_and_defaults_say_is_the_same_as_said_by_the_host() -> None:
    options = {"netmiko": ConnectionOptions(extras={"use_keys": True})}
    group = Group(name="g", username="admin", connection_options=options)
    made = Host(
        name="leaf1",
        groups=ParentGroups([group]),
        defaults=Defaults(password=Password("s3cret-horse")),
    )
    assert credential_key(made) == credential_key(host(use_keys=True))


def test_an_extra_wins_as_it_does_for_netmiko() -> None:
    extra = ConnectionOptions(extras={"username": "admin", "password": "s3cret-horse"})
    made = Host(name="leaf1", username="x", password="y", connection_options={"netmiko": extra})
    assert credential_key(made) == credential_key(host())


def test_the_word_shows_the_user_and_nothing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    word = credential_key(host(username="dom#joe"))
    assert re.fullmatch(r"dom#joe#[0-9a-f]{12}", word)
    assert user_of(word) == "dom#joe"
    assert user_of(credential_key(host(username=None))) == ""
    monkeypatch.setattr("nxsl.nxos.credential._SALT", b"another process")
    assert credential_key(host(username="dom#joe")) != word


# ---------------------------------------------------------------------------- the guard is asked


class Watching(Unguarded):
    """Notes what is asked, and may refuse it."""

    def __init__(self, refusal: errors.NxslError | None = None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.refusal = refusal

    def logging_in(self, host: str, credential: str) -> AbstractContextManager[None]:
        self.asked.append((host, credential))
        if self.refusal:
            raise self.refusal
        return super().logging_in(host, credential)


def test_the_guard_is_asked_once_for_each_connection(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch())
    leaf = run.nr.inventory.hosts["leaf1"]
    by = Watching()
    with guarded(by):
        open_session(leaf, run.nr.config)
        open_session(leaf, run.nr.config)
    assert by.asked == [("leaf1", credential_key(leaf))]
    assert run.lab["leaf1"].logins == 1


def test_what_the_guard_refuses_never_reaches_the_switch(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch())
    refusal = errors.CredentialBreaker("no")
    with guarded(Watching(refusal)), pytest.raises(errors.CredentialBreaker) as caught:
        open_session(run.nr.inventory.hosts["leaf1"], run.nr.config)
    assert caught.value is refusal
    assert run.lab["leaf1"].connections == 0


# --------------------------------------------------------------------------------------- a knock

NO_FILE = Config(ssh=SSHConfig(config_file="/nonexistent/ssh-config"))


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(5.0)
        yield made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_knock_is_one_connection_and_not_a_word(listening: socket.socket) -> None:
    knock(host(hostname="127.0.0.1", port=listening.getsockname()[1]), NO_FILE)
    taken, _ = listening.accept()
    with taken:
        assert taken.recv(100) == b""


def test_a_knock_at_nobody_is_the_error_of_a_login() -> None:
    with pytest.raises(errors.ConnectionRefused) as caught:
        knock(host(hostname="127.0.0.1", port=free_port()), NO_FILE)
    assert caught.value.host == "leaf1"


@pytest.mark.parametrize(
    "line", ["ProxyJump hop", "  proxycommand nc %h %p", "HostName 192.0.2.1", "Include more"]
)
def test_where_ssh_knows_another_way_nobody_knocks(tmp_path: Path, line: str) -> None:
    file = tmp_path / "config"
    file.write_text(f"Host *\n{line}\n", encoding="utf-8")
    nobody = host(hostname="127.0.0.1", port=free_port())
    knock(nobody, Config(ssh=SSHConfig(config_file=str(file))))
    file.write_text("Host *\n  User admin\n", encoding="utf-8")
    with pytest.raises(errors.ConnectionRefused):
        knock(nobody, Config(ssh=SSHConfig(config_file=str(file))))


def test_a_ready_socket_is_not_knocked_at() -> None:
    knock(host(hostname="127.0.0.1", port=free_port(), sock=object()), NO_FILE)
