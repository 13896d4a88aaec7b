"""No planted secret is left anywhere: every task, in success and failure, loggers at DEBUG."""

from __future__ import annotations

import contextlib
import io
import logging
import pickle
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from rich.traceback import Traceback

from nxsl import FleetReport, Token, open_fleet, write_tables
from nxsl.lab import (
    CALLHOME_DIRECT,
    Answer,
    Ask,
    Backend,
    Cssm,
    Drop,
    Hang,
    Lab,
    Reject,
    RejectAuthentication,
    Replace,
    SwitchSpec,
    ignore_terminal_width,
    registered,
)
from nxsl.lab import Token as LabToken
from nxsl.tasks import Patience, configure_transport, deregister, register, renew, verify
from tests.conftest import DIRECT
from tests.secrets.hunt import coatings, finds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nornir.core.task import AggregatedResult

SECRETS = {
    "token": "Q2FuYXJ5VG9rZW5Gb3JUaGVIdW50T25seS1ub3QtYS1yZWFsLW9uZQ%3D%3D%0AzZ91",
    "other token": "T3RoZXJDYW5hcnlUb2tlbk5vYm9keVRha2VzLW5vdC1hLXJlYWw%3D%0AqQ27",
    "password": "Canary\\pass'word\"%41é-unlikely",
}
PATIENCE = Patience(deadline=1.0, first_pause=0.05, longest_pause=0.2)
REGISTER = "license smart register"
TRUST = "license smart trust"


def specs() -> list[SwitchSpec]:
    """Switches that take a token well, badly, and in the middle of something."""
    quick: dict[str, Any] = {
        "register_latency": 0.05,
        "authorize_latency": 0.05,
        "renew_latency": 0.05,
    }

    def one(name: str, answer: Answer = Answer.GOOD, **changes: Any) -> SwitchSpec:
        usual: dict[str, Any] = {
            "password": SECRETS["password"],
            "callhome": CALLHOME_DIRECT,
            "intent": DIRECT,
            "save_seconds": 0.0,
            "backend": Backend(answer=answer, **quick),
        }
        return SwitchSpec(name=name, **{**usual, **changes})

    return [
        one("good"),
        one("empty", callhome=""),
        one("known", registration=registered()),
        one("unknown-token", Answer.BAD_TOKEN),
        one("used-up", Answer.USED_UP_TOKEN),
        one("unreachable", Answer.UNREACHABLE),
        one("never", Answer.NEVER),
        one("rejects", faults=(Reject(line=REGISTER, occurrence=None),)),
        one("drops", faults=(Drop(line=REGISTER, when="reply", after_bytes=60),)),
        one("asks", faults=(Ask(line=REGISTER),)),
        one("hangs", faults=(Hang(line=REGISTER),)),
        one(
            "echoes",
            faults=(Replace(line=REGISTER, text=f"Bad idtoken {SECRETS['token']} given."),),
        ),
        one(
            "asks-back",
            faults=(Ask(line=REGISTER, question=f"Token {SECRETS['token']} again (y/n)? "),),
        ),
        one("narrow", faults=(ignore_terminal_width(),)),
        one("locked", faults=(RejectAuthentication(),)),
        *(replace(each, release="10.3(6)", callhome="") for each in by_policy(one)),
    ]


def by_policy(one: Callable[..., SwitchSpec]) -> list[SwitchSpec]:
    """The same troubles with a trust code."""
    return [
        one("policy"),
        one("policy-never", Answer.NEVER),
        one("policy-scope", trust_scope_required=True),
        one("policy-rejects", faults=(Reject(line=TRUST, occurrence=None),)),
        one("policy-drops", faults=(Drop(line=TRUST, when="reply", after_bytes=60),)),
        one("policy-asks", faults=(Ask(line=TRUST),)),
        one("policy-hangs", faults=(Hang(line=TRUST),)),
        one(
            "policy-echoes",
            faults=(Replace(line=TRUST, text=f"Bad idtoken {SECRETS['token']} given."),),
        ),
    ]


@pytest.fixture
def loud(tmp_path: Path) -> Iterator[Path]:
    """Every logger at DEBUG, into one file."""
    file = tmp_path / "debug.log"
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)r"))
    root = logging.getLogger()
    before = root.level
    names = ["nornir", "nornir.core", "netmiko", "paramiko", "paramiko.transport", "ttp", "nxsl"]
    levels = {name: logging.getLogger(name).level for name in names}
    root.addHandler(handler)
    for name in ("", *names):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield file
    root.removeHandler(handler)
    handler.close()
    root.setLevel(before)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def shown(result: AggregatedResult) -> Iterator[bytes]:
    """A result in every form in which it may be kept or shown."""
    for multi in result.values():
        for each in multi:
            yield f"{each}{each!r}{each.result}{each.result!r}{each.diff}".encode()
            yield pickle.dumps(each.result)
            if each.exception is not None:
                error = each.exception
                yield f"{error}{error!r}{error.args}{vars(error)}".encode()
                yield pickle.dumps(error)
                kept = traceback.TracebackException.from_exception(error, capture_locals=True)
                yield "".join(kept.format()).encode()
                paper = Console(file=io.StringIO(), width=300)
                paper.print(
                    Traceback.from_exception(
                        type(error), error, error.__traceback__, show_locals=True
                    )
                )
                yield paper.file.getvalue().encode()  # type: ignore[attr-defined]
    yield pickle.dumps(result)
    yield repr(result).encode()


def test_no_secret_is_left_anywhere(
    tmp_path: Path, loud: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nxsl.nxos.conversation.SHOW_TIMEOUT", 1.0)
    monkeypatch.setenv("NXSL_PASSWORD", SECRETS["password"])
    cssm = Cssm(tokens=[LabToken(value=SECRETS["token"])])
    artefacts: dict[str, bytes] = {}
    with Lab(specs(), cssm=cssm) as lab:
        folder = tmp_path / "inventory"
        lab.write_inventory(folder)
        nr = open_fleet(folder, workers=len(lab))
        # The user wants it all: netmiko's session logs too, with what is typed.
        for host in nr.inventory.hosts.values():
            extras = nr.inventory.defaults.connection_options["netmiko"].extras or {}
            log = {"session_log": str(tmp_path / f"{host.name}.session.log")}
            host.connection_options["netmiko"] = type(
                nr.inventory.defaults.connection_options["netmiko"]
            )(extras={**extras, **log, "session_log_record_writes": True})
        runs = [
            nr.run(configure_transport),
            nr.run(
                register, on_failed=True, token=Token(SECRETS["other token"]), patience=PATIENCE
            ),
            nr.run(register, on_failed=True, token=Token(SECRETS["token"]), patience=PATIENCE),
            nr.run(
                register,
                on_failed=True,
                token=Token(SECRETS["token"]),
                patience=PATIENCE,
                force=True,
            ),
            nr.run(renew, on_failed=True, patience=PATIENCE),
            nr.run(verify, on_failed=True),
            nr.run(deregister, on_failed=True, patience=PATIENCE),
            nr.run(verify, on_failed=True),
        ]
        for each in nr.inventory.hosts.values():
            each.close_connections()
        # The hunt would prove nothing if no token had ever been sent.
        sent = [line.line for one in lab.values() for line in one.register_commands]
        for start in (REGISTER, TRUST):
            mine = [line for line in sent if line.startswith(start)]
            assert sum(SECRETS["token"] in line for line in mine) >= 8
            assert sum(SECRETS["other token"] in line for line in mine) >= 5
    report = FleetReport(nr.inventory.hosts, *runs)
    write_tables(report, tmp_path / "report", ("csv", "json", "parquet"))
    for number, result in enumerate(runs):
        artefacts |= {f"result {number}.{part}": text for part, text in enumerate(shown(result))}
    artefacts["inventory"] = f"{nr.inventory.dict()}{nr.dict()}{nr.inventory!r}{nr!r}".encode()
    artefacts["pickled inventory"] = pickle.dumps(nr.inventory)
    artefacts["report"] = f"{report!r}{report._repr_html_()}".encode()
    for handler in logging.getLogger().handlers:
        with contextlib.suppress(ValueError):
            handler.flush()
    output = capfd.readouterr()
    artefacts["stdout"], artefacts["stderr"] = output.out.encode(), output.err.encode()
    for file in tmp_path.rglob("*"):
        if file.is_file() and not file.is_relative_to(folder):
            artefacts[str(file.relative_to(tmp_path))] = file.read_bytes()
    assert {"debug.log", "good.session.log", "report/failures.csv"} <= set(artefacts)
    assert b"license smart register idtoken" in artefacts["good.session.log"]
    # Nornir writes the operands of a task into its log.
    assert b"Running task 'register' with args {'token': Token(********)" in artefacts["debug.log"]
    assert list(finds(SECRETS, artefacts)) == []


@pytest.mark.parametrize("secret", SECRETS)
def test_the_hunt_finds_every_coating(secret: str) -> None:
    """The control: what is planted is found, so that finding nothing means something."""
    for coating, planted in coatings(SECRETS[secret]).items():
        artefact = {"file": b"before " + planted + b" after"}
        assert any(f" as {coating} in file" in each for each in finds(SECRETS, artefact))


def test_the_hunt_finds_what_netmiko_itself_would_leave(tmp_path: Path) -> None:
    """The second control: the same token through netmiko's own way is found in its logs."""
    with Lab(specs()[:1]) as lab:
        folder = tmp_path / "inventory"
        lab.write_inventory(folder)
        nr = open_fleet(folder)
        host = nr.inventory.hosts["good"]
        extras = nr.inventory.defaults.connection_options["netmiko"].extras
        assert extras is not None
        extras["session_log"] = str(tmp_path / "session.log")
        connection = host.get_connection("netmiko", nr.config)
        connection.send_command(f"{REGISTER} idtoken {SECRETS['token']}")
        host.close_connections()
    left = {"session.log": (tmp_path / "session.log").read_bytes()}
    assert list(finds(SECRETS, left))
