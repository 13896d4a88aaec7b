"""Secrets go to a process of this machine over its private pipe, and are nowhere else."""

from __future__ import annotations

import logging
import pickle
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nornir.core.inventory import ConnectionOptions, Group

from nxsl.core.errors import RemoteTaskError, SecretError
from nxsl.core.secret import Password, Token
from nxsl.fleet._keys import keys_of
from nxsl.fleet.inventory import open_fleet
from nxsl.fleet.process_runner import ProcessRunner
from nxsl.tasks import register, verify
from tests.conftest import Fleet, switch
from tests.fleet import process_tasks as tasks
from tests.fleet.processes import inventory, outcomes, records
from tests.secrets.hunt import finds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nornir.core import Nornir

TYPED = "Canary-typed-0Kx71mQv-8fTz"
PLANTED = {
    "typed password": TYPED,
    "group password": "Canary-group-9dTr5WbNpL",
    "host password": "Canary-host-2LqVx83Rtz",
    "option password": "Canary-option-Ye6Gc0HwUs",
    "enable secret": "Canary-enable-Zp4JfS1kOa",
    "data password": "Canary-data-Xu5RgT8vKj",
}
TOKEN = "Q2FuYXJ5VG9rZW5Gb3JUaGVIdW50T25seS1ub3QtYS1yZWFsLW9uZQ%3D%3D%0AzZ91"


@pytest.fixture
def planted(tmp_path: Path) -> Nornir:
    """An inventory with a secret in every place that may hold one."""
    nr = inventory(tmp_path / "inventory", hosts=4)
    known = nr.inventory
    known.defaults.username, known.defaults.password = "operator", Password(TYPED)
    first = known.hosts["leaf1"]
    first.password = Password(PLANTED["host password"])
    first.data.update(vault={"password": PLANTED["data password"], "path": "kv"}, kept=1)
    second = known.hosts["leaf2"]
    second.connection_options["netmiko"] = ConnectionOptions(
        password=PLANTED["option password"],
        extras={"secret": PLANTED["enable secret"], "conn_timeout": 7},
    )
    group = Group("inside", password=PLANTED["group password"], defaults=known.defaults)
    known.groups["inside"] = group
    known.hosts["leaf3"].groups.append(group)
    return nr


@pytest.fixture
def runner() -> Iterator[ProcessRunner]:
    """One process."""
    with ProcessRunner(1) as made:
        yield made


def _seen(runner: ProcessRunner, folder: Path) -> dict[str, bytes]:
    """What anybody on the machine, or a thief of its files, could look at."""
    proc = {
        f"{pid} {name}": Path(f"/proc/{pid}/{name}").read_bytes()
        for pid in runner.pids
        for name in ("cmdline", "environ")
    }
    assert any(b"nxsl.fleet._child" in content for content in proc.values())  # the right ones
    files = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return proc | files


def test_every_password_is_there_as_with_threads_and_nowhere_else(
    planted: Nornir,
    runner: ProcessRunner,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    here = planted.run(tasks.login)
    there = planted.with_runner(runner).run(tasks.login)
    found = {name: record.detail for name, record in records(there).items()}
    # Masked there, also where the inventory was not opened by nxsl and has them plain.
    assert found == {
        name: each.detail.replace("False", "True") for name, each in records(here).items()
    }
    assert found["leaf1"] == "operator [22, 22, 0] True ['kept', 'vault']"
    assert found["leaf4"].startswith(f"operator [{len(TYPED)}, {len(TYPED)}, 0] True")
    assert found["leaf2"].startswith(f"operator [{len(TYPED)}, 24, 24] True")
    artefacts = {
        "results": pickle.dumps(found),
        "log": caplog.text.encode(),
        "screen": "".join(capfd.readouterr()).encode(),
        **_seen(runner, tmp_path),
    }
    assert list(finds(PLANTED, artefacts)) == []
    assert str.__str__(planted.inventory.hosts["leaf1"].password or "") == PLANTED["host password"]


def test_a_password_does_not_come_back(planted: Nornir, runner: ProcessRunner) -> None:
    nr = planted.with_runner(runner)
    quoted = nr.run(tasks.quotes_password)
    for multi in quoted.values():
        assert type(multi[0].exception) is RemoteTaskError
        assert "ValueError: refused: ****" in str(multi[0].exception)
    nr.data.reset_failed_hosts()
    given = nr.run(tasks.gives_password)
    assert "a Password does not travel" in records(given)["leaf4"].detail
    told = {"results": str([[vars(each[0]) for each in r.values()] for r in (quoted, given)])}
    assert list(finds(PLANTED, {name: text.encode() for name, text in told.items()})) == []


def test_a_password_that_was_typed_logs_in(
    fleet: Callable[..., Fleet],
    runner: ProcessRunner,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("NXSL_PASSWORD", raising=False)
    run = fleet(switch(password=TYPED), switch("leaf2", password=TYPED))
    defaults = run.folder / "defaults.yaml"
    text = defaults.read_text(encoding="utf-8")
    assert TYPED in text
    defaults.write_text(text.replace(TYPED, "''"), encoding="utf-8")
    nr = open_fleet(run.folder, password=TYPED)
    result = nr.with_runner(runner).run(verify)
    assert not result.failed
    assert all(each.failed_logins == 0 for each in run.lab.values())
    artefacts = {"results": pickle.dumps(records(result)), **_seen(runner, run.folder)}
    assert list(finds({"typed": TYPED}, artefacts)) == []


@pytest.mark.parametrize("detail", [Token(TOKEN), Password(TYPED), f"it is {TYPED}"])
def test_a_secret_among_the_operands_is_refused(
    planted: Nornir, runner: ProcessRunner, detail: Any
) -> None:
    with pytest.raises(SecretError):
        planted.with_runner(runner).run(tasks.ok, detail=detail)
    with pytest.raises(SecretError, match="does not travel") as caught:
        planted.with_runner(runner).run(register, token=Token(TOKEN))
    assert "TokenSource" in caught.value.remedy
    assert runner.pids == ()


def test_a_key_that_is_no_text_is_refused(planted: Nornir, runner: ProcessRunner) -> None:
    planted.inventory.hosts["leaf4"].connection_options["netmiko"] = ConnectionOptions(
        extras={"pkey": threading.Lock()}
    )
    with pytest.raises(SecretError, match="cannot be handed to another process"):
        planted.with_runner(runner).run(tasks.login)


def test_other_ways_to_credentials_are_those_of_dask(
    planted: Nornir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXSL_USERNAME", "other")
    monkeypatch.setenv("NXSL_PASSWORD", "p" * 9)
    with ProcessRunner(1, credentials="env") as runner:
        result = planted.with_runner(runner).run(tasks.login)
    assert records(result)["leaf4"].detail.endswith(" [9, 9, 0] True []")
    assert [str(each) for each in outcomes(result)[:3]] == ["refused"] * 3
    with pytest.raises(SecretError, match="credentials is none of"):
        ProcessRunner(1, credentials="hunter2")


def test_keys_do_not_show_themselves(planted: Nornir) -> None:
    keys = keys_of(list(planted.inventory.hosts.values()))
    shown = {"repr": repr(keys).encode(), "str": str(keys).encode(), "format": f"{keys}".encode()}
    assert list(finds(PLANTED, shown)) == []
