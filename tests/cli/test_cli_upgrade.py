"""`nxsl upgrade` as people and scripts use it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import typer

from nxsl.cli.status import FAILED, FINDINGS, USAGE
from nxsl.cli.upgrade_commands import _release
from nxsl.core.regime import Release
from nxsl.fleet.snapshots import read_snapshots, write_snapshot
from nxsl.lab import CALLHOME_DIRECT, Network, Refuse, registered
from nxsl.lab.network import SMART_RECEIVER
from nxsl.reports.gate_tables import GATE, GATE_TABLES, SNAPSHOTS
from tests.cli.test_cli import nxsl, only_shows
from tests.conftest import DIRECT, Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nxsl.lab import SwitchSpec

TOKEN = {**DIRECT, "token_from": "env:TOKEN"}


def ready(name: str) -> SwitchSpec:
    return switch(name, callhome=CALLHOME_DIRECT, registration=registered(), intent=TOKEN)


def mixed(fleet: Callable[..., Fleet]) -> Fleet:
    """One ready, one to prepare, one with licence files, one never concerned, one down."""
    return fleet(
        ready("leaf1"),
        switch("leaf2"),
        switch("leaf3", release="9.3(1)", intent=TOKEN),
        switch("core1", show_version="n7k_8.1.1", release="8.1(1)"),
        switch("leaf4", faults=(Refuse(),)),
    )


def words(run: Fleet, *more: str) -> tuple[str, ...]:
    return ("upgrade", more[0], "-i", str(run.folder), *more[1:])


@pytest.mark.parametrize("command", ["snapshot", "check"])
def test_help_reads_like_a_manual(command: str) -> None:
    done = nxsl("upgrade", command, "--help", env={"COLUMNS": "100"})
    assert done.returncode == 0
    for word in ("--inventory", "--hosts", "--filter", "--workers", "--format", "--output"):
        assert word in done.stdout
    assert "Exit status" in done.stdout


def test_before_every_switch_is_judged(fleet: Callable[..., Fleet]) -> None:
    run = mixed(fleet)
    done = nxsl(*words(run, "check"), "--target", "10.3(6)M", "--no-probes")
    assert done.returncode == FAILED  # leaf4 is down
    for part in ("ready", "prepare", "blocked", "not read", "token", "health", "10.3(6)"):
        assert part in done.stdout
    assert "`license smart trust idtoken`" in done.stdout
    assert "switches need nothing" in done.stdout
    assert only_shows(run)


def test_the_new_backend_is_tried_before_the_upgrade(fleet: Callable[..., Fleet]) -> None:
    walled = Network(unreachable=(SMART_RECEIVER,))
    run = fleet(
        switch("leaf1", callhome=CALLHOME_DIRECT, registration=registered()),
        switch(
            "leaf2",
            callhome=CALLHOME_DIRECT,
            registration=registered(),
            network=walled,
            telnet_seconds=0.1,
            ping_seconds=0.1,
        ),
    )
    done = nxsl(*words(run, "check"), "--table", "checks", "--format", "json")
    found = {
        row["host"]: row["result"]
        for row in map(json.loads, done.stdout.splitlines())
        if row["code"] == "reachable"
    }
    assert found == {"leaf1": "pass", "leaf2": "fail"}
    typed = f"telnet {SMART_RECEIVER} 443 vrf management"
    assert all(typed in each.commands for each in run.lab.values())
    assert not any(each.config_lines for each in run.lab.values())


def test_the_exit_status_tells(fleet: Callable[..., Fleet]) -> None:
    run = mixed(fleet)
    good = nxsl(*words(run, "check"), "--hosts", "leaf1,core1")
    assert (good.returncode, "2 of 2 switches need nothing" in good.stdout) == (0, True)
    assert nxsl(*words(run, "check"), "--hosts", "leaf1,leaf2").returncode == FINDINGS
    assert nxsl(*words(run, "check"), "--hosts", "leaf4").returncode == FAILED
    assert nxsl(*words(run, "check"), "--hosts", "core1", "--target", "10.3(6)").returncode == 3
    assert nxsl(*words(run, "check"), "--target", "latest").returncode == USAGE


def test_a_release_is_written_as_cisco_does() -> None:
    for text in ("10.3(6)", "10.3(6)M", "10.3(6)F"):
        assert _release(text) == Release(10, 3, 6)
    for wrong in ("10.3", "10.3(6)x(1)", "latest", "10.3(6) "):
        with pytest.raises(typer.BadParameter):
            _release(wrong)


@pytest.mark.parametrize(
    ("options", "env"), [(("--token-ready",), {}), ((), {"NXSL_TOKEN": "bm90aGluZw"})]
)
def test_a_token_at_hand(
    fleet: Callable[..., Fleet], options: tuple[str, ...], env: dict[str, str]
) -> None:
    plain = replace(ready("leaf1"), intent=DIRECT)
    run = fleet(plain)
    assert nxsl(*words(run, "check")).returncode == FINDINGS
    done = nxsl(*words(run, "check"), *options, env=env)
    assert done.returncode == 0
    assert "bm90aGluZw" not in done.stdout + done.stderr


def columns(table: str) -> list[str]:
    return [column.name for column in GATE_TABLES[table].columns]


def test_the_tables_are_for_scripts_too(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(ready("leaf1"), switch("leaf2"))
    gate = nxsl(*words(run, "check"), "--format", "csv")
    assert list(pd.read_csv(io.StringIO(gate.stdout)).columns) == columns("gate")
    checks = nxsl(*words(run, "check"), "--table", "checks", "--format", "json")
    lines = [json.loads(line) for line in checks.stdout.splitlines()]
    assert {tuple(line) for line in lines} == {tuple(columns("checks"))}
    file = tmp_path / "x.parquet"
    nxsl(*words(run, "check"), "--table", "changes", "--output", str(file))
    assert list(pd.read_parquet(file).columns) == columns("changes")


def test_all_tables_into_a_folder(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch("leaf1"))
    done = nxsl(*words(run, "check"), "--output", str(tmp_path / "out"), "--format", "csv")
    assert {each.name for each in (tmp_path / "out").iterdir()} == {
        f"{name}.csv" for name in GATE_TABLES
    }
    assert done.stdout == ""


def test_snapshots_account_for_every_host(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = mixed(fleet)
    folder = tmp_path / "before"
    done = nxsl(*words(run, "snapshot"), "-d", str(folder), "--format", "csv")
    assert done.returncode == FAILED
    frame = pd.read_csv(io.StringIO(done.stdout)).set_index("host")
    assert list(frame.reset_index().columns) == [column.name for column in SNAPSHOTS.columns]
    assert frame.loc["leaf4", "result"] == "failed"
    assert set(frame.drop("leaf4")["result"]) == {"written"}
    kept = read_snapshots(folder)
    assert set(kept) == {"leaf1", "leaf2", "leaf3", "core1"}
    assert kept["leaf1"].intent is not None
    assert kept["leaf1"].intent.token_from == "env:TOKEN"
    secret = run.lab["leaf1"].spec.password
    assert not any(secret in file.read_text() for file in folder.iterdir())
    assert only_shows(run)


def test_nobody_is_skipped_silently_afterwards(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = mixed(fleet)
    folder = str(tmp_path / "before")
    first = nxsl(*words(run, "snapshot"), "-d", folder, "--hosts", "leaf1,core1,leaf3")
    assert first.returncode == 0
    done = nxsl(
        *words(run, "check"), "--before", folder, "--hosts", "leaf1,leaf2,core1", "--format", "csv"
    )
    assert done.returncode == FINDINGS
    frame = pd.read_csv(io.StringIO(done.stdout)).set_index("host")
    assert list(frame["verdict"]) == ["not arrived", "no snapshot", "not concerned"]
    assert list(frame.reset_index().columns) == [column.name for column in GATE.columns]
    assert "not compared, as they were not selected: leaf3" in done.stderr


def test_the_snapshot_from_before_is_not_lost(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(ready("leaf1"))
    folder = tmp_path / "before"
    again = words(run, "snapshot", "-d", str(folder))
    assert nxsl(*again).returncode == 0
    (old,) = read_snapshots(folder).values()
    older = replace(old, state=replace(old.state, facts=replace(old.state.facts, release="9.3(3)")))
    assert nxsl(*again).returncode == 0  # the same release: a fresh one
    write_snapshot(folder, older)
    kept = nxsl(*again, "--format", "csv")
    assert kept.returncode == FAILED
    assert "kept" in kept.stdout
    assert "it is of 9.3(3)" in kept.stdout
    assert read_snapshots(folder) == {"leaf1": older}
    assert nxsl(*again, "--replace").returncode == 0
    assert read_snapshots(folder)["leaf1"].state.facts.release == "9.3(4)"


def test_a_damaged_snapshot_ends_it_before_anything_is_sent(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(ready("leaf1"))
    folder = tmp_path / "before"
    assert nxsl(*words(run, "check"), "--before", str(folder)).returncode == USAGE
    nxsl(*words(run, "snapshot"), "-d", str(folder))
    file = folder / "leaf1.json"
    file.write_text(file.read_text().replace('"9.3(4)"', '"9.3(5)"'))
    sent = len(run.lab["leaf1"].commands)
    for more in (("check", "--before"), ("snapshot", "-d")):
        done = nxsl(*words(run, more[0]), more[1], str(folder))
        assert done.returncode == USAGE
        assert "leaf1.json: sha256: does not fit" in " ".join(done.stderr.split())
    assert len(run.lab["leaf1"].commands) == sent
    assert nxsl(*words(run, "snapshot"), "-d", str(folder), "--replace").returncode == 0


def test_on_a_narrow_terminal_the_checks_stand_below_each_other(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch("leaf1"))
    done = nxsl(*words(run, "check"), env={"COLUMNS": "70"})
    assert "leaf1: fail token" in done.stdout
    assert "next: make one in the virtual account" in done.stdout
