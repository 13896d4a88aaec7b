"""No reservation code is left anywhere: every task, in success and failure, loggers at DEBUG."""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
from typing import TYPE_CHECKING, Any

import pytest  # noqa: TC002

from nxsl import FleetReport, Token, open_fleet, write_tables
from nxsl.lab import (
    RESERVED,
    Ask,
    Cssm,
    Drop,
    Flood,
    Hang,
    Lab,
    Reject,
    Replace,
    SaveFails,
    SwitchSpec,
)
from nxsl.tasks import (
    Patience,
    cancel_reservation,
    install_reservation,
    request_reservation,
    return_reservation,
    verify,
)
from tests.secrets.hunt import finds
from tests.secrets.test_secrets import loud, shown

if TYPE_CHECKING:
    from pathlib import Path

    from nornir.core import Nornir

__all__ = ["loud"]  # the fixture

PATIENCE = Patience(deadline=0.6, first_pause=0.05, longest_pause=0.2)
QUOTED = "CB-ZN9K-C93180YC-EX:FDO0CANARY1-A1B2C3D4-E5"
WRONG = "Cwr0ng-aaAA11-bbBB22-ccCC33-ddDD44-eeEE55-ffFF66"
SENTENCE = "Enter this request code in the Cisco Smart Software Manager portal:"


def specs() -> list[SwitchSpec]:
    """Switches that make, take and give back codes well, badly, and in the middle of something."""

    def one(name: str, *faults: Any, **changes: Any) -> SwitchSpec:
        return SwitchSpec(name=name, faults=faults, save_seconds=0.0, **changes)

    def quotes(line: str) -> Replace:
        return Replace(line=line, text=f"ERROR: {QUOTED} is odd\nFailed {QUOTED}", occurrence=None)

    two = f"{SENTENCE}\n{QUOTED}\n{QUOTED[::-1]}"
    return [
        one("good"),
        one("plain", reservation_form="plain"),
        one("unsaved", SaveFails()),
        one("drops", Drop(line="request", when="reply", after_bytes=120)),
        one("hangs", Hang(line="request")),
        one("asks", Ask(line="request", question=f"Is {QUOTED} right (y/n)? ")),
        one("quotes", quotes("request")),
        one("two", Replace(line="request", text=two, occurrence=None)),
        one("floods", Flood(line="request", size=9_000_000)),
        one("denied", Reject(line="request", text=f"% Permission denied for {QUOTED}")),
        one("install drops", Drop(line="install", when="reply", after_bytes=60)),
        one("install quotes", quotes("install")),
        one("install asks", Ask(line="install", question=f"Is {WRONG} right (y/n)? ")),
        one("returns", registration=RESERVED),
        one(
            "return drops",
            Drop(line="return", when="reply", after_bytes=330),
            registration=RESERVED,
        ),
        one("return quotes", quotes("return"), registration=RESERVED),
        one("return hangs", Hang(line="return"), registration=RESERVED),
    ]


def opened(lab: Lab, folder: Path, logs: Path) -> Nornir:
    """The fleet of somebody who wants it all: netmiko's session logs, with what is typed."""
    lab.write_inventory(folder)
    nr = open_fleet(folder, workers=len(lab))
    for host in nr.inventory.hosts.values():
        usual = nr.inventory.defaults.connection_options["netmiko"]
        log = {"session_log": str(logs / f"{host.name}.session.log")}
        host.connection_options["netmiko"] = type(usual)(
            extras={**(usual.extras or {}), **log, "session_log_record_writes": True}
        )
    return nr


def test_no_code_is_left_anywhere(
    tmp_path: Path, loud: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nxsl.nxos.conversation.SHOW_TIMEOUT", 2.0)
    cssm = Cssm()
    artefacts: dict[str, bytes] = {}
    secrets = {"quoted": QUOTED, "quoted backwards": QUOTED[::-1], "wrong": WRONG}
    codes = tmp_path / "codes"
    with Lab(specs(), cssm=cssm) as lab:
        folder = tmp_path / "inventory"
        nr = opened(lab, folder, tmp_path)
        runs = [nr.run(request_reservation, folder=codes, patience=PATIENCE)]
        for file in list(codes.glob("*.request-code")):
            request = file.read_text().strip()
            answer = cssm.reserve(request)
            secrets |= {file.name: request, f"answer to {file.name}": answer}
            place = file.with_suffix(".authorization-code")
            place.write_text(answer)
            place.chmod(0o600)
        wrong = dict.fromkeys(nr.inventory.hosts, Token(WRONG))
        runs += [
            nr.run(install_reservation, on_failed=True, codes=wrong, patience=PATIENCE),
            nr.run(install_reservation, on_failed=True, folder=codes, patience=PATIENCE),
            nr.run(verify, on_failed=True),
            nr.run(return_reservation, on_failed=True, folder=codes, patience=PATIENCE),
            nr.run(request_reservation, on_failed=True, folder=codes, patience=PATIENCE),
            nr.run(cancel_reservation, on_failed=True, patience=PATIENCE),
            nr.run(verify, on_failed=True),
        ]
        for each in nr.inventory.hosts.values():
            each.close_connections()
        for file in codes.iterdir():
            secrets[f"{file.name}, at the end"] = file.read_text().strip()
        # What the switches made and nxsl could not read is a secret as well.
        for name, one in lab.items():
            for line in (entry.line for entry in one.received if entry.secret):
                secrets[f"typed on {name}"] = line.split()[-1]
    kinds = {re.sub(r".*\.", "", name).partition(",")[0] for name in secrets}
    assert {"request-code", "authorization-code", "return-code"} <= kinds
    good = [run["good"][0].result.outcome for run in runs]
    assert good.count("changed ok") >= 4
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
        inside = file.is_relative_to(folder) or file.is_relative_to(codes)
        if file.is_file() and not inside:
            artefacts[str(file.relative_to(tmp_path))] = file.read_bytes()
    assert {"debug.log", "good.session.log", "report/failures.csv"} <= set(artefacts)
    assert b"license smart reservation request local" in artefacts["good.session.log"]
    assert b"license smart reservation install ********" in artefacts["good.session.log"]
    assert b"Running task 'request_reservation'" in artefacts["debug.log"]
    # A serial number stands in the request code and in `show version`: 12 characters of both.
    assert [each for each in finds(secrets, artefacts) if not known(each, secrets)] == []


def known(found: str, secrets: dict[str, str]) -> bool:
    """Whether a piece is the product and serial number that everybody may see."""
    match = re.fullmatch(r"(.*) as piece (\d+) in .*", found)
    if match is None:
        return False
    secret, start = secrets[match[1]], int(match[2])
    public = re.match(r"C[A-Z]-Z\S+:\w+-", secret)
    return public is not None and start + 12 <= public.end()


def test_the_hunt_finds_what_the_ordinary_way_would_leave(
    tmp_path: Path, loud: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same request with a reply like any other is found in log and result."""
    from nxsl.core.secret import SecretText  # noqa: PLC0415
    from nxsl.nxos.session import Session  # noqa: PLC0415

    def seen(self: Session, command: str, **operands: Any) -> SecretText:
        return SecretText(self.execute(command, **operands))

    monkeypatch.setattr(Session, "execute_unseen", seen)
    codes = tmp_path / "codes"
    chosen = [each for each in specs() if each.name in {"good", "quotes", "asks"}]
    with Lab(chosen) as lab:
        nr = opened(lab, tmp_path / "inventory", tmp_path)
        result = nr.run(request_reservation, folder=codes, patience=PATIENCE)
        for each in nr.inventory.hosts.values():
            each.close_connections()
    secrets = {"request": (codes / "good.request-code").read_text().strip(), "quoted": QUOTED}
    left = {f"result {part}": text for part, text in enumerate(shown(result))}
    left["session log"] = (tmp_path / "good.session.log").read_bytes()
    found = list(finds(secrets, left))
    assert "request as raw in session log" in found
    assert any(each.startswith("quoted as raw in result") for each in found)
