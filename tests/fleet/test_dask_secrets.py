"""No secret leaves for a worker, none comes back, and workers find their own."""

from __future__ import annotations

import logging
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from distributed.comm import tcp
from nornir.core.inventory import ConnectionOptions

from nxsl.core.errors import RemoteTaskError, SecretError
from nxsl.core.outcome import Outcome
from nxsl.core.secret import Password, SecretText, Token
from nxsl.fleet._detach import pack_hosts
from nxsl.fleet._parcels import unpack
from nxsl.fleet.credentials import TokenSource
from nxsl.fleet.dask_runner import DaskRunner
from nxsl.fleet.inventory import open_fleet
from nxsl.tasks import Patience, register
from tests.conftest import Fleet, switch, token_value
from tests.fleet import dask_tasks as tasks
from tests.fleet.dask_cluster import cluster, connected
from tests.fleet.processes import inventory, outcomes, records
from tests.secrets.hunt import finds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from distributed import Client
    from nornir.core import Nornir
    from nornir.core.task import Task

TOKEN = "Q2FuYXJ5VG9rZW5Gb3JUaGVIdW50T25seS1ub3QtYS1yZWFsLW9uZQ%3D%3D%0AzZ91"
PLANTED = {
    "default password": "Canary-defaults-0Kx71mQv",
    "group password": "Canary-group-9dTr5WbNpL",
    "host password": "Canary-host-2LqVx83Rtz",
    "option password": "Canary-option-Ye6Gc0HwUs",
    "enable secret": "Canary-enable-Zp4JfS1kOa",
    "passphrase": "Canary-phrase-mB7yNe3QiD",
    "data password": "Canary-data-Xu5RgT8vKj",
    "nested secret": "Canary-nested-Fh2WcM6zPl",
    "unnamed password": "Canary-unnamed-Ao9SdE4bIt",
    "environment password": "Canary-environ-Vq1LyC5nGx",
    "token": TOKEN,
}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of one worker."""
    with cluster({"one": {}}) as running, connected(running) as made:
        yield made


@pytest.fixture
def planted(tmp_path: Path) -> Nornir:
    """An inventory with a secret in every place that may hold one."""
    nr = inventory(tmp_path / "inventory", hosts=3)
    inventory_ = nr.inventory
    inventory_.defaults.password = Password(PLANTED["default password"])
    inventory_.defaults.data = {"snmp": {"community": PLANTED["nested secret"], "port": 161}}
    host = inventory_.hosts["leaf1"]
    host.password = PLANTED["host password"]
    host.data.update(
        vault={"password": PLANTED["data password"], "path": "kv/leaf1"},
        words=[Password(PLANTED["unnamed password"]), "kept"],
        licensing={"token_from": "env:NXSL_TOKEN", "method": "direct"},
    )
    host.connection_options["netmiko"] = ConnectionOptions(
        password=PLANTED["option password"],
        extras={
            "secret": PLANTED["enable secret"],
            "passphrase": PLANTED["passphrase"],
            "conn_timeout": 7,
        },
    )
    from nornir.core.inventory import Group  # noqa: PLC0415

    group = Group("inside", password=PLANTED["group password"], defaults=inventory_.defaults)
    inventory_.groups["inside"] = group
    inventory_.hosts["leaf2"].groups.append(group)
    return nr


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Everything that is put on any connection: client, scheduler and worker are all in here."""
    seen: list[bytes] = []
    true: Any = vars(tcp)["to_frames"]

    async def listening(*operands: Any, **named: Any) -> Any:
        frames = await true(*operands, **named)
        seen.extend(bytes(frame) for frame in frames)
        return frames

    monkeypatch.setattr(tcp, "to_frames", listening)
    return seen


def left(task: Task) -> Any:
    """What is left of a host on a worker."""
    parameters = task.host.get_connection_parameters("netmiko")
    return {
        "data": task.host.extended_data(),
        "extras": parameters.extras,
        "passwords": (task.host.password, parameters.password),
    }


def test_no_planted_secret_is_on_the_wire_and_the_rest_of_the_inventory_is(
    client: Client,
    planted: Nornir,
    wire: list[bytes],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NXSL_TOKEN", TOKEN)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("distributed").setLevel(logging.DEBUG)
    runner = DaskRunner(client=client, credentials="none")
    result = planted.with_runner(runner).run(left)
    found = {name: multi[0].result for name, multi in result.items()}
    assert found["leaf1"] == {
        "data": {
            "vault": {"path": "kv/leaf1"},
            "words": ["kept"],
            "licensing": {"token_from": "env:NXSL_TOKEN", "method": "direct"},
            "snmp": {"port": 161},
        },
        "extras": {"conn_timeout": 7},
        "passwords": (None, None),
    }
    artefacts = {
        "wire": b"\n".join(wire),
        "results": pickle.dumps(found),
        "log": caplog.text.encode(),
    }
    assert b"kv/leaf1" in artefacts["wire"]  # it is the right wire
    assert list(finds(PLANTED, artefacts)) == []
    # And the inventory of here is as it was.
    host = planted.inventory.hosts["leaf1"]
    assert str.__str__(host.password or "") == PLANTED["host password"]
    assert (host.connection_options["netmiko"].extras or {})["secret"] == PLANTED["enable secret"]


def enclosing(secret: object) -> Any:
    def task(task: Task) -> str:
        return f"{task.host.name} {secret}"

    return task


@pytest.mark.parametrize(
    ("function", "operands"),
    [
        (register, {"token": Token(TOKEN)}),
        (tasks.ok, {"detail": {"deep": [{"inside": Token(TOKEN)}]}}),
        (tasks.ok, {"detail": Password(PLANTED["host password"])}),
        (tasks.ok, {"detail": SecretText(PLANTED["host password"])}),
        (enclosing(Token(TOKEN)), {}),
    ],
    ids=["token", "deep", "password", "text", "closure"],
)
def test_a_secret_among_the_operands_is_refused_before_anything_is_sent(
    client: Client, planted: Nornir, wire: list[bytes], function: Any, operands: dict[str, Any]
) -> None:
    nr = planted.with_runner(DaskRunner(client=client, credentials="none"))
    with pytest.raises(SecretError, match="does not travel") as caught:
        nr.run(function, **operands)
    assert 'TokenSource("env:NXSL_TOKEN")' in caught.value.remedy
    assert list(finds(PLANTED, {"error": str(caught.value).encode()})) == []
    assert not [frame for frame in wire if b"run_parcel" in frame]


@pytest.mark.parametrize("secret", ["host password", "option password", "token"])
def test_a_known_secret_as_plain_text_is_refused_as_well(
    client: Client,
    planted: Nornir,
    wire: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
    secret: str,
) -> None:
    monkeypatch.setenv("NXSL_TOKEN", TOKEN)
    nr = planted.with_runner(DaskRunner(client=client, credentials="none"))
    with pytest.raises(SecretError, match="ok: an operand holds"):
        nr.run(tasks.ok, detail=f"it is {PLANTED[secret]}")
    planted.inventory.hosts["leaf1"].data["banner"] = f"welcome, {PLANTED[secret]}"
    with pytest.raises(SecretError, match="the inventory says of leaf1 holds"):
        nr.run(tasks.ok)
    assert not [frame for frame in wire if b"run_parcel" in frame]


# -- what comes back ------------------------------------------------------------------------------


def test_a_secret_of_the_worker_does_not_come_back(
    client: Client, tmp_path: Path, wire: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = PLANTED["environment password"]
    monkeypatch.setenv("NXSL_PASSWORD", secret)
    nr = inventory(tmp_path / "inventory", hosts=3).with_runner(DaskRunner(client=client))
    ways = {"leaf1": "quoting", "leaf2": "password"}
    result = nr.run(tasks.ends_badly, ways=ways)
    assert type(result["leaf1"][0].exception) is RemoteTaskError
    assert "ValueError: refused: ****" in str(result["leaf1"][0].exception)
    assert "a Password does not travel" in result["leaf2"][0].result.detail
    assert result["leaf2"][0].result.outcome is Outcome.UNKNOWN
    artefacts = {"wire": b"\n".join(wire), "results": pickle.dumps(str(vars(result["leaf1"][0])))}
    assert list(finds({"password": secret}, artefacts)) == []


# -- where workers have them from -----------------------------------------------------------------


def logins(client: Client, nr: Nornir, credentials: str) -> Any:
    result = nr.with_runner(DaskRunner(client=client, credentials=credentials)).run(tasks.login)
    nr.data.reset_failed_hosts()
    return result


def test_from_the_environment_but_not_for_hosts_with_a_secret_of_their_own(
    client: Client, planted: Nornir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXSL_USERNAME", "operator")
    monkeypatch.setenv("NXSL_PASSWORD", "p" * 9)
    result = logins(client, planted, "env")
    assert outcomes(result) == [Outcome.REFUSED, Outcome.REFUSED, Outcome.ALREADY_OK]
    assert records(result)["leaf1"].reason == "secret"
    assert "stays where it is" in records(result)["leaf2"].detail
    assert records(result)["leaf3"].detail == "operator 9 0"


def test_the_user_name_of_the_worker_counts_before_the_defaults_of_the_sender(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a host or group says of itself stays, as on this machine."""
    monkeypatch.delenv("NXSL_USERNAME", raising=False)
    folder = tmp_path / "inventory"
    folder.mkdir()
    (folder / "defaults.yaml").write_text("username: of-the-sender\n")
    (folder / "groups.yaml").write_text("old: {username: of-the-group}\n")
    text = "leaf1: {}\nleaf2: {groups: [old]}\nleaf3: {username: own}\n"
    nr = inventory(folder, text=text)
    monkeypatch.setenv("NXSL_USERNAME", "of-the-worker")
    monkeypatch.setenv("NXSL_PASSWORD", "p" * 9)
    found = {name: each.detail for name, each in records(logins(client, nr, "env")).items()}
    assert found == {
        "leaf1": "of-the-worker 9 0",
        "leaf2": "of-the-group 9 0",
        "leaf3": "own 9 0",
    }


def test_a_host_travels_with_what_it_says_and_inherits_the_rest_there(tmp_path: Path) -> None:
    folder = tmp_path / "inventory"
    folder.mkdir()
    (folder / "defaults.yaml").write_text("username: shared\nport: 2222\n")
    nr = inventory(folder, text="leaf1: {hostname: 192.0.2.1}\n")
    there = unpack(pack_hosts(list(nr.inventory.hosts.values()))).inventory.hosts["leaf1"]
    assert (there.hostname, there.username, there.port) == ("192.0.2.1", "shared", 2222)
    there.defaults.username = "another"
    assert there.username == "another"


def test_a_worker_without_password_tries_none(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NXSL_PASSWORD", raising=False)
    result = logins(client, inventory(tmp_path / "inventory", hosts=2), "env")
    assert outcomes(result) == [Outcome.REFUSED] * 2
    assert "NXSL_PASSWORD" in records(result)["leaf1"].remedy


def test_from_an_inventory_of_the_worker(
    client: Client, planted: Nornir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NXSL_PASSWORD", raising=False)
    folder = tmp_path / "of-the-worker"
    folder.mkdir()
    (folder / "defaults.yaml").write_text("{username: shared, password: seven77}\n")
    (folder / "hosts.yaml").write_text(
        "leaf1: {username: own, password: elevenchars, connection_options: "
        "{netmiko: {extras: {secret: four}}}}\nleaf2: {}\n"
    )
    result = logins(client, planted, f"inventory:{folder}")
    found = {name: (each.detail, each.reason) for name, each in records(result).items()}
    assert found["leaf1"] == ("own 11 4", "as-intended")
    assert found["leaf2"] == ("shared 7 0", "as-intended")
    assert found["leaf3"] == (f"the worker's inventory {folder} has no such host", "secret")
    missing = logins(client, planted, f"inventory:{tmp_path / 'nothing'}")
    assert outcomes(missing) == [Outcome.REFUSED] * 3
    assert "cannot be read" in records(missing)["leaf1"].detail


def test_from_a_function_of_the_site(client: Client, planted: Nornir) -> None:
    module = "call:tests.fleet.dask_tasks"
    result = logins(client, planted, f"{module}:credentials_of")
    assert records(result)["leaf1"].detail == "user-of-leaf1 13 7"
    broken = logins(client, planted, f"{module}:broken_credentials")
    assert outcomes(broken) == [Outcome.REFUSED] * 3
    assert records(broken)["leaf1"].detail.endswith("broken_credentials raised RuntimeError")
    nothing = logins(client, planted, "call:os:getenv")
    assert "gives no mapping" in records(nothing)["leaf1"].detail


@pytest.mark.parametrize("way", ["", "env:X", "inventory:", "call:module", "call::f", "hunter2"])
def test_another_way_is_none_and_is_not_shown(way: str) -> None:
    with pytest.raises(SecretError) as caught:
        DaskRunner(credentials=way)
    assert str(caught.value) == (
        "credentials is none of env, inventory:FOLDER, call:MODULE:FUNCTION or none"
    )


# -- tokens ---------------------------------------------------------------------------------------


def test_a_token_source_says_where_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    source = TokenSource("env:NXSL_TOKEN")
    assert pickle.loads(pickle.dumps(source)) == source  # noqa: S301
    monkeypatch.setenv("NXSL_TOKEN", TOKEN)
    assert source.resolve().reveal() == TOKEN
    monkeypatch.delenv("NXSL_TOKEN")
    with pytest.raises(SecretError, match="NXSL_TOKEN is not set"):
        source.resolve()


@pytest.mark.parametrize("place", [TOKEN, "", "env:", "vault:x"])
def test_a_token_in_place_of_a_source_is_refused_and_not_shown(place: str) -> None:
    with pytest.raises(SecretError) as caught:
        TokenSource(place)
    assert str(caught.value) == "a token is in env:NAME, file:PATH or keyring:SERVICE"


def test_a_token_source_registers_a_switch_here_as_well(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nxsl.tasks import configure_transport  # noqa: PLC0415

    run = fleet(switch())
    run.run(configure_transport)
    monkeypatch.setenv("NXSL_TOKEN", token_value())
    patience = Patience(deadline=15.0, first_pause=0.03, longest_pause=0.3)
    dry = run.result(register, token=TokenSource("env:MISSING"), patience=patience, dry_run=True)
    assert dry.result.outcome is Outcome.PLANNED  # not resolved before it is needed
    missing = run.result(register, token=TokenSource("env:MISSING"), patience=patience)
    assert (missing.result.outcome, missing.result.reason) == (Outcome.REFUSED, "secret")
    result = run.result(register, token=TokenSource("env:NXSL_TOKEN"), patience=patience)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert len(run.lab["leaf1"].register_commands) == 1


def test_register_runs_on_a_worker_and_its_secrets_stay_there(
    client: Client,
    fleet: Callable[..., Fleet],
    wire: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from nxsl.tasks import configure_transport  # noqa: PLC0415

    password = PLANTED["environment password"]
    run = fleet(switch(password=password), switch("leaf2", password=password))
    monkeypatch.setenv("NXSL_TOKEN", token_value())
    monkeypatch.setenv("NXSL_PASSWORD", password)
    nr = open_fleet(run.folder).with_runner(DaskRunner(client=client))
    assert not nr.run(configure_transport).failed
    source = TokenSource("env:NXSL_TOKEN")
    result = nr.run(register, token=source, patience=Patience(first_pause=0.05, longest_pause=0.1))
    assert outcomes(result) == [Outcome.CHANGED_OK] * 2
    artefacts = {"wire": b"\n".join(wire), "results": pickle.dumps(records(result))}
    assert list(finds({"password": password, "token": token_value()}, artefacts)) == []
