"""The command line as people and scripts use it: real processes, real SSH, real exit statuses."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pandas as pd
import pexpect
import pytest

from nxsl.cli.status import DECLINED, FAILED, FINDINGS, STOPPED, USAGE
from nxsl.lab import (
    CALLHOME_DIRECT,
    Backend,
    Refuse,
    RejectAuthentication,
    registered,
)
from nxsl.reports import TABLES
from tests.conftest import DIRECT, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMANDS = ("configure", "register", "verify", "renew", "deregister")


def nxsl(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a pipe, with nobody to ask."""
    clean = {
        name: value
        for name, value in os.environ.items()
        # The width is that of a pipe, whatever runs the tests says.
        if not name.startswith("NXSL_") and name not in {"COLUMNS", "LINES"}
    }
    return subprocess.run(
        [sys.executable, "-m", "nxsl", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        env={**clean, **(env or {})},
        check=False,
    )


def mixed(fleet: Callable[..., Fleet]) -> Fleet:
    """One switch to do, one that is done, one that is down."""
    return fleet(
        switch("leaf1", site="paris"),
        switch("leaf2", callhome=CALLHOME_DIRECT, registration=registered(), site="berlin"),
        switch("leaf3", faults=(Refuse(),), site="berlin"),
    )


def only_shows(run: Fleet) -> bool:
    """Whether no switch received more than show commands."""
    return all(
        line.startswith(("show ", "terminal ", "exit"))
        for each in run.lab.values()
        for line in each.commands
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_help_reads_like_a_manual(command: str) -> None:
    done = nxsl(command, "--help", env={"COLUMNS": "100"})
    assert done.returncode == 0
    for word in ("--inventory", "--hosts", "--filter", "--workers", "--format", "--output"):
        assert word in done.stdout
    assert "Exit status" in done.stdout
    if command != "verify":
        assert "--dry-run" in done.stdout
        assert "--yes" in done.stdout


def test_help_names_every_command_and_version_is_told() -> None:
    text = nxsl("--help").stdout
    assert all(command in text for command in (*COMMANDS, "demo", "lab"))
    assert re.fullmatch(r"nxsl \d+\.\d+\.\d+\n", nxsl("--version").stdout)


def test_configure_shows_the_plan_and_stops(fleet: Callable[..., Fleet]) -> None:
    run = mixed(fleet)
    done = nxsl("configure", "-i", str(run.folder), "--dry-run")
    assert done.returncode == FAILED  # leaf3 is down
    assert "+  enable" in done.stdout
    assert "destination-profile CiscoTAC-1 http https://tools.cisco.com" in done.stdout
    assert only_shows(run)


def test_configure_makes_a_checkpoint_where_one_is_wanted(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1"), switch("leaf2"))
    done = nxsl("configure", "-i", str(run.folder), "--hosts", "leaf1", "--checkpoint", "--yes")
    assert done.returncode == 0
    (name,) = run.lab["leaf1"].checkpoints
    assert re.fullmatch(r"nxsl-\d{8}T\d{6}Z-[0-9a-f]{4}", name)
    assert nxsl("configure", "-i", str(run.folder), "--yes").returncode == 0
    assert run.lab["leaf2"].checkpoints == ()


def test_without_somebody_to_ask_nothing_is_written(fleet: Callable[..., Fleet]) -> None:
    run = mixed(fleet)
    done = nxsl("configure", "-i", str(run.folder))
    assert done.returncode == DECLINED
    assert "--yes" in done.stderr
    assert only_shows(run)


def test_configure_register_verify_renew_deregister(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1"), switch("leaf2"))
    folder = str(run.folder)
    token = ("--token-file", str(run.folder / "token.txt"))
    assert nxsl("verify", "-i", folder).returncode == FINDINGS
    assert nxsl("configure", "-i", folder, "--yes").returncode == 0
    assert nxsl("register", "-i", folder, *token, "--yes", "--wait", "20").returncode == 0
    assert nxsl("verify", "-i", folder).returncode == 0
    renewed = nxsl("renew", "-i", folder, "--kind", "auth", "--yes", "--wait", "20")
    assert renewed.returncode == 0
    assert "changed ok" in renewed.stdout
    idle = nxsl("renew", "-i", folder, "--due-within", "30", "--yes")
    assert idle.returncode == 0
    assert "already ok" in idle.stdout
    lines = {host: run.lab[host].config_lines for host in run.lab}
    again = nxsl("configure", "-i", folder, "--yes")
    assert (again.returncode, again.stdout.count("already ok")) == (0, 2)
    assert "next" not in again.stdout
    nxsl("register", "-i", folder, *token, "--yes")
    assert {host: run.lab[host].config_lines for host in run.lab} == lines
    assert all(len(each.register_commands) == 1 for each in run.lab.values())
    assert nxsl("deregister", "-i", folder, "--yes", "--hosts", "leaf1").returncode == 0
    assert [each.registered for each in run.lab.values()] == [False, True]


def test_a_person_is_asked_and_may_decline(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", callhome=CALLHOME_DIRECT, registration=registered()))
    words = ["-m", "nxsl", "deregister", "-i", str(run.folder)]
    for answer, status, still in (("n", DECLINED, True), ("y", 0, False)):
        child = pexpect.spawn(sys.executable, words, encoding="utf-8", timeout=60)
        child.expect("Deregister 1 switch")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == status
        assert run.lab["leaf1"].registered is still


def test_the_token_may_be_typed_or_in_the_environment(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", callhome=CALLHOME_DIRECT))
    words = ("register", "-i", str(run.folder), "--yes", "--wait", "20")
    missing = nxsl(*words)
    assert missing.returncode == USAGE
    assert "NXSL_TOKEN" in missing.stderr
    assert not run.lab["leaf1"].register_commands
    done = nxsl(*words, "--token-env", "MY_TOKEN", env={"MY_TOKEN": token_value()})
    assert done.returncode == 0
    assert token_value() not in done.stdout + done.stderr


def test_a_token_in_an_open_file_is_refused(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", callhome=CALLHOME_DIRECT))
    (run.folder / "token.txt").chmod(0o644)
    done = nxsl("register", "-i", str(run.folder), "--token-file", str(run.folder / "token.txt"))
    assert done.returncode == USAGE
    assert "chmod 600" in done.stderr


def test_there_is_no_option_for_a_token_itself() -> None:
    done = nxsl("register", "--token", "abc")
    assert done.returncode == USAGE


def test_a_missing_password_is_asked_for(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", callhome=CALLHOME_DIRECT, registration=registered()))
    defaults = run.folder / "defaults.yaml"
    text = defaults.read_text()
    (password,) = re.findall(r"^password: (.*)$", text, re.MULTILINE)
    defaults.write_text(text.replace(f"password: {password}\n", ""))
    child = pexpect.spawn(
        sys.executable,
        ["-m", "nxsl", "verify", "-i", str(run.folder)],
        encoding="utf-8",
        timeout=60,
    )
    child.expect("Password of admin")
    child.sendline(password)
    child.expect("registered and authorized")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


@pytest.mark.parametrize("table", ["status", "usage", "transport", "expiry", "findings"])
def test_machines_read_what_they_ask_for(fleet: Callable[..., Fleet], table: str) -> None:
    run = fleet(switch("leaf1", callhome=CALLHOME_DIRECT, registration=registered()))
    words = ("verify", "-i", str(run.folder), "--table", table)
    columns = [column.name for column in TABLES[table].columns]
    csv = nxsl(*words, "--format", "csv")
    assert list(pd.read_csv(io.StringIO(csv.stdout)).columns) == columns
    lines = nxsl(*words, "--format", "json").stdout.splitlines()
    assert all(list(json.loads(line)) == columns for line in lines)
    assert bool(lines) is (table != "findings")


def test_reports_go_into_a_folder_or_a_file(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = mixed(fleet)
    words = ("verify", "-i", str(run.folder))
    nxsl(*words, "--output", str(tmp_path / "all"), "--format", "json")
    assert {file.name for file in (tmp_path / "all").iterdir()} == {
        f"{name}.jsonl" for name in TABLES
    }
    nxsl(*words, "--output", str(tmp_path / "status.parquet"))
    status = pd.read_parquet(tmp_path / "status.parquet")
    assert list(status["host"]) == ["leaf1", "leaf2", "leaf3"]
    nxsl(*words, "--output", str(tmp_path / "status.json"))
    lines = (tmp_path / "status.json").read_text().splitlines()
    assert [json.loads(line)["host"] for line in lines] == ["leaf1", "leaf2", "leaf3"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "parquet"), "needs --output"),
        (("--output", "report.txt"), ".parquet"),
        (("--output", "report.csv", "--format", "json"), "no name for json"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_anything_is_sent(
    fleet: Callable[..., Fleet], words: tuple[str, ...], said: str
) -> None:
    run = fleet(switch("leaf1"))
    done = nxsl("configure", "-i", str(run.folder), "--yes", *words)
    assert done.returncode == USAGE
    assert said in done.stderr
    assert run.lab["leaf1"].connections == 0


def test_ctrl_c_at_the_question_writes_nothing(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1"))
    words = ["-m", "nxsl", "configure", "-i", str(run.folder)]
    child = pexpect.spawn(sys.executable, words, encoding="utf-8", timeout=60)
    child.expect("Write these lines on 1 switch")
    child.sendintr()
    child.expect("Nothing was written")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == DECLINED
    assert only_shows(run)


def test_ctrl_c_while_registering_accounts_for_every_switch(
    fleet: Callable[..., Fleet],
) -> None:
    slow = Backend(register_latency=60.0)
    run = fleet(*(switch(f"leaf{n}", callhome=CALLHOME_DIRECT, backend=slow) for n in range(1, 7)))
    words = ["-m", "nxsl", "register", "-i", str(run.folder), "--yes", "--workers", "2"]
    words += ["--token-file", str(run.folder / "token.txt")]
    child = pexpect.spawn(
        sys.executable,
        words,
        encoding="utf-8",
        timeout=60,
        dimensions=(40, 140),
        env={**os.environ, "COLUMNS": "140"},
        codec_errors="replace",  # the terminal's ^C may stand in the middle of a character
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if run.lab["leaf1"].register_commands:
            break
        time.sleep(0.02)
    child.sendintr()
    child.expect("no further switch is begun")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == STOPPED
    last = json.loads(nxsl("runs", "--format", "json").stdout)
    assert (last["state"], last["hosts"]) == ("stopped", 6)
    shown = nxsl("runs", "show", last["id"], "--format", "json").stdout.splitlines()
    rows = {row["host"]: row["outcome"] for row in map(json.loads, shown)}
    assert rows == {"leaf1": "pending", **{f"leaf{n}": "not run" for n in range(2, 7)}}
    assert sum(len(each.register_commands) for each in run.lab.values()) == 1


def test_what_was_not_seen_is_not_written(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1"))
    words = ["-m", "nxsl", "configure", "-i", str(run.folder)]
    child = pexpect.spawn(sys.executable, words, encoding="utf-8", timeout=60, dimensions=(40, 140))
    child.expect("Write these lines on 1 switch")
    run.lab["leaf1"].configure("callhome", "email-contact noc@example.com")
    child.sendline("y")
    child.expect(pexpect.EOF)
    assert "no longer as it was" in child.before, child.before
    child.close()
    assert child.exitstatus == FAILED
    assert only_shows(run)


def test_without_a_password_and_a_terminal_nothing_is_tried(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch("leaf1"), switch("leaf2"))
    defaults = run.folder / "defaults.yaml"
    defaults.write_text(re.sub(r"(?m)^password: .*\n", "", defaults.read_text()))
    done = nxsl("verify", "-i", str(run.folder))
    assert done.returncode == USAGE
    assert "set NXSL_PASSWORD" in done.stderr
    assert run.lab["leaf1"].connections == 0


def test_a_token_is_asked_for_at_a_terminal(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", callhome=CALLHOME_DIRECT))
    words = ["-m", "nxsl", "register", "-i", str(run.folder), "--wait", "20"]
    env = {name: value for name, value in os.environ.items() if name != "NXSL_TOKEN"}
    child = pexpect.spawn(sys.executable, words, encoding="utf-8", timeout=60, env=env)
    child.expect("ID token: ")
    child.sendline(token_value())
    child.expect("Register 1 switch")
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert token_value() not in child.before
    assert run.lab["leaf1"].registered


def test_a_lab_does_not_write_over_a_real_inventory(tmp_path: Path) -> None:
    (tmp_path / "hosts.yaml").write_text("leaf1: {}\n")
    done = nxsl("lab", "up", "--switches", "2", "--directory", str(tmp_path))
    assert done.returncode == USAGE
    assert "--directory" in done.stderr
    assert (tmp_path / "hosts.yaml").read_text() == "leaf1: {}\n"


def test_findings_that_are_the_same_stand_together(fleet: Callable[..., Fleet]) -> None:
    run = fleet(*(switch(f"leaf{n}") for n in range(1, 10)))
    done = nxsl("verify", "-i", str(run.folder))
    assert done.stdout.count("registration is UNREGISTERED") == 1
    assert "9 switches: leaf1, leaf2" in done.stdout
    assert "0 of 9 switches need nothing urgent" in done.stdout


def test_a_narrow_terminal_shows_whole_sentences(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", faults=(Refuse(),)))
    done = nxsl("verify", "-i", str(run.folder), env={"COLUMNS": "80"})
    assert "  next: check address and port" in done.stdout


def test_every_host_has_a_row_and_the_status_tells(fleet: Callable[..., Fleet]) -> None:
    run = mixed(fleet)
    done = nxsl("verify", "-i", str(run.folder), "--format", "csv")
    status = pd.read_csv(io.StringIO(done.stdout), keep_default_na=False)
    assert list(status["host"]) == ["leaf1", "leaf2", "leaf3"]
    assert list(status["reason"]) == ["", "", "connection-refused"]
    assert done.returncode == FAILED
    berlin = nxsl("verify", "-i", str(run.folder), "-f", "site=berlin", "--hosts", "leaf2")
    assert berlin.returncode == 0


def test_findings_decide_the_status_as_asked(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", callhome=CALLHOME_DIRECT))
    words = ("verify", "-i", str(run.folder))
    assert nxsl(*words).returncode == FINDINGS
    assert nxsl(*words, "--fail-on", "never").returncode == 0


def test_thresholds_are_options(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", callhome=CALLHOME_DIRECT, registration=registered()))
    words = ("verify", "-i", str(run.folder), "--fail-on", "warning")
    assert nxsl(*words).returncode == 0
    assert nxsl(*words, "--certificate-days", "400").returncode == FINDINGS


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hosts", "leaf11"), "did you mean leaf1?"),
        (("--filter", "site=rome"), "no host is left"),
        (("--filter", "nonsense"), "KEY=VALUE"),
        (("--inventory", "/nonexistent"), "nxsl lab up"),
    ],
)
def test_a_wrong_selection_says_what_to_type(
    fleet: Callable[..., Fleet], words: tuple[str, ...], said: str
) -> None:
    run = fleet(switch("leaf1"))
    done = nxsl("verify", "-i", str(run.folder), *words)
    assert done.returncode == USAGE
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert run.lab["leaf1"].connections == 0


def test_wrong_intents_are_all_named_before_anything_connects(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(switch("leaf1"), switch("leaf2"))
    run.lab.write_inventory(
        run.folder,
        intents={
            "leaf1": {**DIRECT, "vrf": "two words"},
            "leaf2": {"method": "carrier-pigeon"},
        },
    )
    done = nxsl("configure", "-i", str(run.folder), "--yes")
    assert done.returncode == USAGE
    assert "leaf1: licensing.vrf" in done.stderr
    assert "leaf2: licensing.method" in done.stderr
    assert [each.connections for each in run.lab.values()] == [0, 0]


def test_colour_is_for_terminals_only(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1", callhome=CALLHOME_DIRECT, registration=registered()))
    words = ["-m", "nxsl", "verify", "-i", str(run.folder)]
    done = nxsl(*words[2:])
    assert "\x1b" not in done.stdout + done.stderr
    child = pexpect.spawn(
        sys.executable,
        words,
        encoding="utf-8",
        timeout=60,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    child.expect(pexpect.EOF)
    child.close()
    assert "\x1b[32m" in child.before


def test_one_bad_password_is_one_row(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1"), switch("leaf2", faults=(RejectAuthentication(),)))
    one_by_one = ("--workers", "1")  # or leaf2 might be the first, and leaf1 not tried after it
    done = nxsl(
        "verify", "-i", str(run.folder), *one_by_one, "--table", "failures", "--format", "csv"
    )
    failures = pd.read_csv(io.StringIO(done.stdout))
    assert list(failures["host"]) == ["leaf2"]
    assert list(failures["reason"]) == ["login-failed"]
    assert "NXSL_PASSWORD" in failures["remedy"][0]


def test_a_wrong_password_is_tried_once_and_what_to_do_is_said_once(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(*(switch(f"leaf{number}") for number in range(8)))
    done = nxsl("configure", "-i", str(run.folder), "--yes", env={"NXSL_PASSWORD": "wr0ng-one"})
    assert done.returncode == FAILED
    assert sum(each.failed_logins for each in run.lab.values()) == 1
    assert sum(each.logins for each in run.lab.values()) == 0
    table, _, next_steps = done.stdout.partition("next ─")
    assert table.count("credential-breaker") == 7
    assert next_steps.count("try the login of admin") == 1
    assert "7 switches: leaf" in next_steps
    assert "wr0ng-one" not in done.stdout + done.stderr


def test_a_lab_runs_until_it_is_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    child = subprocess.Popen(
        [sys.executable, "-m", "nxsl", "lab", "up", "--switches", "3", "-d", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    said = ""
    try:
        while "Ctrl-C" not in said:
            line = child.stdout.readline()
            assert line, said
            said += line
        assert str(folder) in said
        done = nxsl("verify", "-i", str(folder), "--format", "csv")
        assert len(done.stdout.splitlines()) == 1 + 3
    finally:
        child.send_signal(signal.SIGINT)
        rest, _ = child.communicate(timeout=30)
    assert "down" in rest
    assert child.returncode == 0


def test_the_demo_does_the_whole_job(tmp_path: Path) -> None:
    done = nxsl(
        "demo", "--output", str(tmp_path / "report"), "--picture", str(tmp_path / "demo.svg")
    )
    assert done.returncode == 0, done.stderr
    status = pd.read_csv(tmp_path / "report" / "status.csv", keep_default_na=False)
    assert len(status) == 24
    assert (status["registration"] == "REGISTERED").sum() == 14
    assert (status["authorization"] == "AUTHORIZED").sum() == 13
    failures = pd.read_csv(tmp_path / "report" / "failures.csv")
    assert set(failures["reason"]) == {
        "permission-denied",
        "registration-failed",
        "token-refused",
        "connection-refused",
        "host-key-changed",
        "session-dropped",
        "command-rejected",
    }
    picture = (tmp_path / "demo.svg").read_text()
    assert "registered and authorized" in picture.replace("&#160;", " ")
    assert "http" not in re.sub(r"http://www\.w3\.org/\S+|https://www\.textualize\.io", "", picture)
    left = done.stdout + done.stderr + picture
    left += "".join(file.read_text() for file in (tmp_path / "report").iterdir())
    assert token_value() not in left


def test_no_switch_is_asked_where_raw_texts_cannot_be_written(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = mixed(fleet)
    (tmp_path / "file").touch()
    done = nxsl("verify", "-i", str(run.folder), "--raw", str(tmp_path / "file" / "raw"))
    assert done.returncode == 2
    assert "--raw" in done.stderr
    assert "Traceback" not in done.stderr
    assert all(not each.received for each in run.lab.values())


def test_raw_texts_go_into_a_folder_for_each_host(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = mixed(fleet)
    folder = tmp_path / "raw"
    done = nxsl("verify", "-i", str(run.folder), "--raw", str(folder))
    assert f"written: {folder}" in done.stderr
    assert sorted(each.name for each in folder.iterdir()) == ["leaf1", "leaf2"]
    version = (folder / "leaf2" / "show_version.txt").read_text(encoding="utf-8")
    assert "Cisco Nexus" in version
    assert "Cisco Nexus Operating System" not in done.stdout
