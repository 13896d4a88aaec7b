"""`nxsl plan`, `apply`, `resume` and `runs` in processes of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from nxsl.cli.status import DECLINED, EARLY, FAILED, STOPPED, USAGE
from nxsl.lab import CALLHOME_DIRECT, Backend, HostKeyChanged, Reject
from tests.cli.test_cli import nxsl, only_shows
from tests.conftest import QUICK, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Starter = "Callable[..., Fleet]"


def planned(run: Fleet, out: Path, *words: str) -> dict[str, Any]:
    """Plan into a file, and read that."""
    done = nxsl("plan", *words, "-i", str(run.folder), "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(out) in done.stdout
    read: dict[str, Any] = json.loads(out.read_text(encoding="ascii"))
    return read


def last_run(**wanted: object) -> dict[str, Any]:
    """The last run of the store."""
    found: dict[str, Any] = json.loads(nxsl("runs", "--format", "json", "--last", "1").stdout)
    assert {name: found[name] for name in wanted} == wanted
    return found


def hosts_of(run: str) -> dict[str, str]:
    shown = nxsl("runs", "show", run, "--format", "json").stdout.splitlines()
    return {row["host"]: row["outcome"] for row in map(json.loads, shown)}


def test_a_plan_is_applied_and_nothing_else(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch("leaf1"), switch("leaf2", callhome=CALLHOME_DIRECT))
    out = tmp_path / "plan.json"
    plan = planned(run, out, "configure")
    assert only_shows(run)
    steps = {host["host"]: host["steps"] for host in plan["hosts"]}
    assert "callhome" in steps["leaf1"]
    assert steps["leaf2"] == []
    assert nxsl("apply", str(out)).returncode == DECLINED
    assert only_shows(run)
    done = nxsl("apply", str(out), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    written = [line.strip() for line in steps["leaf1"] if line.strip() != "callhome"]
    assert list(run.lab["leaf1"].config_lines) == [w for w in written if not w.startswith("copy")]
    assert run.lab["leaf1"].saved
    assert hosts_of(last_run(job="configure", state="done")["id"]) == {
        "leaf1": "changed ok",
        "leaf2": "already ok",
    }


def test_a_switch_that_has_changed_is_refused(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch("leaf1"), switch("leaf2"))
    out = tmp_path / "plan.json"
    planned(run, out, "configure")
    run.lab["leaf2"].configure("callhome", "email-contact noc@example.com")
    done = nxsl("apply", str(out), "--yes", "--max-bad", "100%")
    assert done.returncode == FAILED
    assert "changed-since-plan" in done.stdout
    assert "noc@example.com" in done.stdout
    assert not run.lab["leaf2"].config_lines
    assert run.lab["leaf1"].config_lines


def test_an_edited_plan_is_refused(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch("leaf1"))
    out = tmp_path / "plan.json"
    plan = planned(run, out, "configure")
    plan["hosts"][0]["steps"] = ["reload"]
    out.write_text(json.dumps(plan), encoding="ascii")
    done = nxsl("apply", str(out), "--yes")
    assert done.returncode == USAGE
    assert str(out) in done.stderr
    assert only_shows(run)


def test_an_old_plan_and_an_unknown_one_are_refused(
    fleet: Callable[..., Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fleet(switch("leaf1"))
    out = tmp_path / "plan.json"
    planned(run, out, "configure")
    digest = re.search(
        r"digest ([0-9a-f]{16})",
        nxsl("plan", "configure", "-i", str(run.folder), "--out", str(out)).stdout,
    )
    assert digest
    old = nxsl("apply", str(out), "--yes", "--max-age", "0")
    assert (old.returncode, "old" in old.stderr) == (USAGE, True), old.stderr
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    unknown = nxsl("apply", str(out), "--yes")
    assert (unknown.returncode, "--digest" in unknown.stderr) == (USAGE, True), unknown.stderr
    assert nxsl("apply", str(out), "--yes", "--digest", "0" * 16).returncode == USAGE
    assert only_shows(run)
    assert nxsl("apply", str(out), "--yes", "--digest", digest[1]).returncode == 0


def test_a_plan_holds_no_secret_and_is_nobodys_else(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(switch("leaf1", callhome=CALLHOME_DIRECT))
    out = tmp_path / "plan.json"
    done = nxsl(
        "plan", "register", "--force", "-i", str(run.folder), "--out", str(out),
        env={"NXSL_TOKEN": token_value()},
    )  # fmt: skip
    assert done.returncode == 0
    text = out.read_text(encoding="ascii")
    assert token_value() not in text
    assert "idtoken ********" in text
    assert out.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("job", "option"), [("configure", "--force"), ("register", "--kind"), ("renew", "--checkpoint")]
)
def test_an_option_of_another_job_is_a_mistake(
    fleet: Callable[..., Fleet], job: str, option: str
) -> None:
    run = fleet(switch("leaf1"))
    words = [option, "id"] if option == "--kind" else [option]
    done = nxsl("plan", job, *words, "-i", str(run.folder))
    assert done.returncode == USAGE
    assert option in done.stderr


def test_a_killed_run_holds_its_locks_until_it_is_resumed(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    slow = Backend(register_latency=2.0, authorize_latency=0.1)
    run = fleet(*(switch(f"leaf{n}", callhome=CALLHOME_DIRECT, backend=slow) for n in (1, 2, 3)))
    words = ["register", "-i", str(run.folder), "--yes", "--token-file", f"{run.folder}/token.txt"]
    child = subprocess.Popen(
        [sys.executable, "-m", "nxsl", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not run.lab["leaf1"].register_commands and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    known = last_run(job="register", state="running")["id"]
    other = nxsl(*words)
    assert other.returncode == USAGE
    assert f"nxsl resume {known}" in other.stderr
    assert f"--take-over {known}" in other.stderr
    done = nxsl(
        "resume", known, "--yes", "--settle", "0.2", "--token-file", f"{run.folder}/token.txt"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert hosts_of(known) == dict.fromkeys(("leaf1", "leaf2", "leaf3"), "changed ok")
    assert [len(each.register_commands) for each in run.lab.values()] == [1, 1, 1]
    again = nxsl("resume", known, "--yes")
    assert (again.returncode, "runs retry" in again.stderr) == (USAGE, True)
    assert token_value() not in done.stdout + done.stderr


def test_a_run_that_ends_early_is_retried_where_it_was_bad(fleet: Callable[..., Fleet]) -> None:
    bad = switch("leaf1", backend=QUICK, faults=(Reject(line=r"^\s*enable$"),))
    run = fleet(bad, switch("leaf2"), switch("leaf3"))
    done = nxsl("configure", "-i", str(run.folder), "--yes")
    assert done.returncode == EARLY
    assert "nxsl runs retry" in done.stdout
    first = last_run(job="configure", state="aborted")["id"]
    assert hosts_of(first) == {"leaf1": "rolled back", "leaf2": "not run", "leaf3": "not run"}
    none = nxsl("runs", "retry", first, "--only", "pending", "--yes")
    assert (none.returncode, "no switch that is pending" in none.stderr) == (USAGE, True)
    some = nxsl("runs", "retry", first, "--only", "not-run", "--yes")
    assert some.returncode == 0, some.stdout + some.stderr
    assert hosts_of(last_run(state="done")["id"]) == {"leaf2": "changed ok", "leaf3": "changed ok"}
    assert nxsl("runs", "retry", first, "--yes").returncode == 0  # leaf1 refuses no second time
    shown = nxsl("runs", "show", first, "--steps").stdout
    assert "wave 1: failed" in shown
    assert "copy running-config" not in shown
    assert "destination-profile" in shown


def test_a_run_is_logged_as_json_where_that_is_asked_for(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(switch("leaf1"))
    log = tmp_path / "log.json"
    assert nxsl("configure", "-i", str(run.folder), "--yes", "--log-json", str(log)).returncode == 0
    events = [json.loads(line)["event"] for line in log.read_text(encoding="utf-8").splitlines()]
    assert events[0] == "run started"
    assert events[-1] == "run ended"


@pytest.mark.parametrize(
    ("option", "value"), [("--waves", "0"), ("--max-bad", "many"), ("--at-most", "site"),
                          ("--first-of", "nothing")]
)  # fmt: skip
def test_a_wave_or_limit_that_is_none_is_a_mistake(
    fleet: Callable[..., Fleet], option: str, value: str
) -> None:
    run = fleet(switch("leaf1"))
    done = nxsl("configure", "-i", str(run.folder), "--yes", option, value)
    assert done.returncode == USAGE, done.stderr
    assert option in done.stderr
    assert only_shows(run)


def test_ctrl_c_at_the_question_between_waves_stops_the_run(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1"), switch("leaf2"))
    words = ["-m", "nxsl", "configure", "-i", str(run.folder), "--ask"]
    child = pexpect.spawn(
        sys.executable, words, encoding="utf-8", timeout=60, dimensions=(40, 140),
        codec_errors="replace",
    )  # fmt: skip
    child.expect("Write these lines on 2 switches")
    child.sendline("y")
    child.expect("Go on with wave 2")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == STOPPED
    assert not run.lab["leaf2"].config_lines
    known = last_run(job="configure", state="stopped")["id"]
    assert nxsl("resume", known, "--yes").returncode == 0


def test_nobody_is_asked_between_waves_where_there_is_nobody(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch("leaf1"))
    done = nxsl("configure", "-i", str(run.folder), "--yes", "--ask")
    assert (done.returncode, "--ask" in done.stderr) == (USAGE, True)
    assert only_shows(run)


@pytest.mark.parametrize("option", ["--dry-run", "--waves", "--max-bad", "--soak", "--first-of"])
def test_a_resumed_run_takes_no_option_that_is_settled(option: str) -> None:
    done = nxsl("resume", "20261124", option)
    assert (done.returncode, option in done.stderr) == (USAGE, True)


def test_a_plan_is_shown_as_a_table_and_as_a_diff(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(switch("leaf1"), switch("leaf2"))
    out = tmp_path / "plan.json"
    planned(run, out, "configure")
    before = run.lab["leaf1"].connections
    shown = nxsl("apply", str(out), "--dry-run")
    assert shown.returncode == 0
    assert "2 switches: leaf1, leaf2" in shown.stdout
    assert "+  enable" in shown.stdout
    assert "steps" in shown.stdout
    assert run.lab["leaf1"].connections == before
    table = tmp_path / "plan.csv"
    done = nxsl("plan", "configure", "-i", str(run.folder), "--out", str(out), "-o", str(table))
    assert done.returncode == 0
    assert table.read_text(encoding="utf-8").startswith("host,")


def test_what_cannot_be_used_is_told_before_a_switch_is_asked(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(switch("leaf1"))
    words = ("configure", "-i", str(run.folder), "--yes")
    for option, value in (
        ("--store", "mysql://db.example.com/x"),
        ("--log-json", str(tmp_path / "nowhere" / "log.json")),
        ("--at-most", "sitte=1"),
    ):
        done = nxsl(*words, option, value)
        assert done.returncode == USAGE, (option, done.stderr)
    assert run.lab["leaf1"].connections == 0
    assert nxsl("runs", "--format", "parquet").returncode == USAGE


def test_a_run_whose_inventory_has_moved_goes_on_where_it_is_now(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    bad = switch("leaf1", backend=QUICK, faults=(Reject(line=r"^\s*enable$"),))
    run = fleet(bad, switch("leaf2"))
    assert nxsl("configure", "-i", str(run.folder), "--yes").returncode == EARLY
    known = last_run(state="aborted")["id"]
    moved = tmp_path / "moved"
    run.folder.rename(moved)
    for file in moved.glob("*.yaml"):  # the lab writes absolute names
        text = file.read_text(encoding="utf-8").replace(str(run.folder), str(moved))
        file.write_text(text, encoding="utf-8")
    lost = nxsl("runs", "retry", known, "--yes")
    assert (lost.returncode, "--inventory" in lost.stderr) == (USAGE, True), lost.stderr
    found = nxsl("runs", "retry", known, "--yes", "--inventory", str(moved))
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_fingerprint_can_be_compared(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", faults=(HostKeyChanged(),)))
    nxsl("configure", "-i", str(run.folder), "--yes")
    shown = nxsl("runs", "show", last_run(job="configure")["id"]).stdout
    assert shown.count("SHA256:") == 2
    assert "SHA256:*" not in shown
