"""`nxsl doctor` as people and scripts use it: real processes, real SSH, real exit statuses."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pexpect

from nxsl.cli.status import DECLINED, FAILED, FINDINGS, USAGE
from nxsl.lab import CALLHOME_217965, CALLHOME_DIRECT, CLOUD_URL, Network, Refuse
from nxsl.reports.diagnosis import DIAGNOSIS
from tests.cli.test_cli import nxsl
from tests.conftest import DIRECT, Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nxsl.lab import SwitchSpec

HTTP = CALLHOME_DIRECT.replace("https://", "http://")
QUICK = {"telnet_seconds": 0.1, "ping_seconds": 0.1}
WALL = Network(unreachable=("tools.cisco.com",))


def ready(name: str = "leaf1") -> SwitchSpec:
    """A switch that nothing is wrong with."""
    return switch(name, callhome=CALLHOME_DIRECT)


def only_looks(run: Fleet) -> bool:
    """Whether no switch received more than show, ping and telnet."""
    words = ("show ", "ping ", "telnet ", "terminal ", "exit")
    return all(line.startswith(words) for each in run.lab.values() for line in each.commands)


def test_a_healthy_fleet_is_one_line_and_status_0(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready("leaf1"), ready("leaf2"))
    done = nxsl("doctor", "-i", str(run.folder))
    assert done.returncode == 0, done.stderr
    assert "2 of 2 switches have no failing check." in done.stdout
    assert "next" not in done.stdout
    assert only_looks(run)


def test_failing_checks_say_what_to_type_and_are_status_3(fleet: Callable[..., Fleet]) -> None:
    run = fleet(
        ready("leaf1"),
        switch("leaf2", callhome=HTTP),
        switch("leaf3", callhome=HTTP),
        switch("leaf4", callhome=CALLHOME_DIRECT, network=WALL, **QUICK),
    )
    done = nxsl("doctor", "-i", str(run.folder))
    assert done.returncode == FINDINGS
    assert "1 of 4 switches have no failing check." in done.stdout
    # The same lines for two switches stand there once, exactly as they are typed.
    assert "2 switches: leaf2, leaf3" in done.stdout
    assert done.stdout.count("  configure terminal\n  callhome\n") == 1
    assert "\n  telnet tools.cisco.com 443 vrf management\n" in done.stdout
    assert "leaf4: tools.cisco.com port 443" in done.stdout
    assert "email-contact" not in done.stdout
    assert only_looks(run)


def test_all_shows_every_check(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    done = nxsl("doctor", "-i", str(run.folder), "--all")
    assert done.returncode == 0
    assert "backend-reachable" in done.stdout
    assert "no proxy is in use" in done.stdout


def test_without_probes_none_is_sent(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(callhome=CALLHOME_DIRECT, network=WALL))
    assert nxsl("doctor", "-i", str(run.folder), "--no-probes").returncode == 0
    assert not any(line.startswith(("ping", "telnet")) for line in run.lab["leaf1"].commands)


def test_a_host_that_cannot_be_read_is_status_1(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", callhome=HTTP), switch("leaf2", faults=(Refuse(),)))
    done = nxsl("doctor", "-i", str(run.folder))
    assert done.returncode == FAILED
    assert "connection-refused" in done.stdout
    assert "0 of 2 switches have no failing check." in done.stdout


def test_machines_read_what_they_ask_for(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch("leaf1", callhome=HTTP), ready("leaf2"))
    columns = [column.name for column in DIAGNOSIS.columns]
    words = ("doctor", "-i", str(run.folder))
    csv = pd.read_csv(io.StringIO(nxsl(*words, "--format", "csv").stdout))
    assert list(csv.columns) == columns
    assert list(csv["check"]) == ["https"]
    done = nxsl(*words, "--format", "json", "--all")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["host"] for row in rows} == {"leaf1", "leaf2"}
    assert {row["result"] for row in rows} == {"pass", "fail", "skipped"}
    assert all(list(row) == columns for row in rows)
    nxsl(*words, "--output", str(tmp_path / "report"))
    assert [each.name for each in (tmp_path / "report").iterdir()] == ["diagnosis.csv"]
    nxsl(*words, "--output", str(tmp_path / "found.jsonl"), "--all")
    lines = (tmp_path / "found.jsonl").read_text().splitlines()
    assert len(lines) == len(rows)
    assert nxsl(*words, "--format", "parquet").returncode == USAGE


def test_fix_shows_the_plan_and_asks(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", callhome=HTTP), ready("leaf2"))
    words = ["-m", "nxsl", "doctor", "-i", str(run.folder), "--fix"]
    for answer, status in (("n", DECLINED), ("y", 0)):
        child = pexpect.spawn(
            sys.executable, words, encoding="utf-8", timeout=60, dimensions=(60, 160)
        )
        child.expect("Write these lines on 1 switch")
        shown = child.before
        assert "to be typed" in shown
        assert "no destination-profile CiscoTAC-1 index 1 http http://tools.cisco.com" in shown
        assert only_looks(run)
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == status, child.before
    assert "2 of 2 switches have no failing check." in child.before
    assert len(run.lab["leaf1"].config_lines) == 2
    assert run.lab["leaf1"].saved
    assert run.lab["leaf2"].config_lines == ()


def test_fix_mends_the_case_of_the_document(fleet: Callable[..., Fleet]) -> None:
    run = fleet(
        switch(
            callhome=CALLHOME_217965,
            config="ip http source-interface Vlan27",
            intent={**DIRECT, "source_interface": "mgmt0"},
        )
    )
    done = nxsl("doctor", "-i", str(run.folder), "--fix", "--yes")
    assert done.returncode == 0, done.stdout
    assert "changed ok" in done.stdout
    assert done.stdout.index("call-home-enabled") < done.stdout.index("1 of 1 switch has")
    assert "enable" in run.lab["leaf1"].running_callhome
    assert "ip http source-interface mgmt0" in run.lab["leaf1"].running_config


def test_fix_writes_nothing_that_configure_would_not(fleet: Callable[..., Fleet]) -> None:
    """A firewall and a clock are not mended by configuring the transport."""
    run = fleet(
        switch("leaf1", callhome=CALLHOME_DIRECT, network=WALL, **QUICK),
    )
    done = nxsl("doctor", "-i", str(run.folder), "--fix", "--yes")
    assert done.returncode == FINDINGS
    assert "already ok" in done.stdout
    assert run.lab["leaf1"].config_lines == ()
    assert only_looks(run)


def test_fix_without_somebody_to_ask_writes_nothing(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(callhome=HTTP))
    done = nxsl("doctor", "-i", str(run.folder), "--fix")
    assert done.returncode == DECLINED
    assert "--yes" in done.stderr
    assert only_looks(run)


def test_fix_prints_one_table_for_machines(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(callhome=HTTP))
    done = nxsl("doctor", "-i", str(run.folder), "--fix", "--yes", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [",".join(column.name for column in DIAGNOSIS.columns)]


def test_help_names_every_option() -> None:
    done = nxsl("doctor", "--help", env={"COLUMNS": "100"})
    assert done.returncode == 0
    for option in ("--all", "--no-probes", "--fix", "--yes", "--inventory", "Exit status"):
        assert option in done.stdout


def test_lines_to_type_are_never_wrapped(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(callhome=HTTP))
    done = nxsl("doctor", "-i", str(run.folder), env={"COLUMNS": "80"})
    assert f"    destination-profile CiscoTAC-1 http {CLOUD_URL}\n" in done.stdout
