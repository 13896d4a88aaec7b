"""`nxsl usage`, as people and scripts type it: the way by hand over CSSM and back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from nxsl.cli.status import DECLINED, FAILED, USAGE
from tests.airgap import acknowledge, offline, written
from tests.cli.test_cli import nxsl, only_shows
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WAIT = ("--wait", "10", "--yes")


def saved(folder: Path, pattern: str = "leaf*.rum") -> list[Path]:
    return sorted(folder.glob(pattern))


@pytest.mark.parametrize("command", ["save", "import", "trust-request"])
def test_help_reads_like_a_manual(command: str) -> None:
    done = nxsl("usage", command, "--help", env={"COLUMNS": "100"})
    assert done.returncode == 0
    words = ("--directory", "--inventory", "--hosts", "--filter", "--dry-run", "--yes", "--output")
    assert all(word in done.stdout for word in (*words, "Exit status"))


def test_the_group_is_in_the_manual() -> None:
    assert "usage" in nxsl("--help").stdout
    assert all(
        word in nxsl("usage", "--help").stdout for word in ("save", "import", "trust-request")
    )


def test_save_by_hand_over_cssm_and_import(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline("leaf1"), offline("leaf2"), switch("leaf3"))
    inventory, folder = ("-i", str(run.folder)), ("--directory", str(tmp_path / "usage"))
    done = nxsl("usage", "save", *inventory, *folder, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout.count("changed ok"), done.stdout.count("not applicable")) == (2, 1)
    assert "Reports > Usage Data Files > Upload Usage Data" in done.stdout
    assert f"nxsl usage import --directory {tmp_path / 'usage'}" in done.stdout
    paths = saved(tmp_path / "usage")
    assert len(paths) == 2
    before = {host: run.lab[host].policy.last_ack for host in ("leaf1", "leaf2")}
    for path in paths:
        acknowledge(run, path)
    done = nxsl("usage", "import", *inventory, *folder, *WAIT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("changed ok") == 2
    assert "next: nxsl verify" in done.stdout
    for host, date in before.items():
        now = run.lab[host].policy.last_ack
        assert date
        assert now
        assert now > date
    sent = {host: written(run, host) for host in run.lab}
    again = nxsl("usage", "import", *inventory, *folder, *WAIT)
    assert (again.returncode, again.stdout.count("already ok")) == (0, 2)
    assert "next:" not in again.stdout
    assert {host: written(run, host) for host in run.lab} == sent
    assert all(run.lab[host].files == {} for host in run.lab)


def test_a_dry_run_shows_the_commands_and_stops(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline("leaf1"), offline("leaf2"))
    folder = tmp_path / "usage"
    done = nxsl(
        "usage", "save", "-i", str(run.folder), "-d", str(folder), "-n", "--which", "days:7"
    )
    assert done.returncode == 0
    assert "license smart save usage days 7 file bootflash:nxsl-usage.rum" in done.stdout
    assert "2 switches: leaf1, leaf2" in done.stdout  # the same plan is shown once
    assert "next:" not in done.stdout
    assert only_shows(run)
    assert not folder.exists()


def test_nothing_is_written_without_a_yes(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    words = ("usage", "save", "-i", str(run.folder), "-d", str(tmp_path))
    assert nxsl(*words).returncode == DECLINED
    assert only_shows(run)
    child = pexpect.spawn(sys.executable, ["-m", "nxsl", *words], encoding="utf-8", timeout=60)
    child.expect("Let 1 switch write usage reports")
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert len(saved(tmp_path)) == 1


def test_the_trust_code_comes_the_same_way(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline())
    words = ("-i", str(run.folder), "-d", str(tmp_path))
    done = nxsl("usage", "trust-request", *words, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nxsl usage import --kind trust" in done.stdout
    (request,) = saved(tmp_path, "leaf*.txt")
    answer = run.lab.cssm.trust_file(request.read_bytes())
    request.with_name(f"ACK_{request.name}").write_bytes(answer)
    before = run.lab["leaf1"].policy.trusted
    assert nxsl("usage", "import", *words, "--kind", "trust", *WAIT).returncode == 0
    now = run.lab["leaf1"].policy.trusted
    assert before
    assert now
    assert now > before


def test_a_policy_is_named_and_goes_everywhere(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline("leaf1"), offline("leaf2"))
    file = tmp_path / "policy.txt"
    file.write_bytes(run.lab.cssm.policy_file("Weekly"))
    words = ("usage", "import", "-i", str(run.folder), "--kind", "policy")
    unnamed = nxsl(*words, "-d", str(tmp_path), *WAIT)
    assert unnamed.returncode == USAGE
    assert "--file" in unnamed.stderr
    done = nxsl(*words, "--file", str(file), *WAIT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [run.lab[host].policy.policy_name for host in run.lab] == ["Weekly", "Weekly"]


def test_one_answer_is_not_sent_to_many(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(offline("leaf1"), offline("leaf2"))
    words = ("-i", str(run.folder), "-d", str(tmp_path))
    assert nxsl("usage", "save", *words, "--yes").returncode == 0
    answer = acknowledge(run, saved(tmp_path, "leaf2*.rum")[0])
    sent = {host: written(run, host) for host in run.lab}
    many = nxsl("usage", "import", *words, "--file", str(answer), *WAIT)
    assert many.returncode == USAGE
    assert "--hosts" in many.stderr
    wrong = nxsl("usage", "import", *words, "--file", str(answer), "--hosts", "leaf1", *WAIT)
    assert wrong.returncode == FAILED
    assert "is for leaf2" in wrong.stdout
    assert {host: written(run, host) for host in run.lab} == sent
    right = nxsl("usage", "import", *words, "--file", str(answer), "--hosts", "leaf2", *WAIT)
    assert right.returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        ("save",),
        ("save", "-d", "x", "--which", "some"),
        ("import",),
        ("import", "-d", "not-there"),
        ("import", "--file", "not-there"),
        ("import", "-d", ".", "--kind", "report"),
        ("trust-request",),
    ],
)
def test_wrong_usage_sends_nothing(fleet: Callable[..., Fleet], words: tuple[str, ...]) -> None:
    run = fleet(offline())
    assert nxsl("usage", *words, "-i", str(run.folder), "--yes").returncode == USAGE
    assert run.lab["leaf1"].connections == 0


def test_without_scp_the_screen_says_what_to_type(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(offline(scp_server=False))
    words = ("-i", str(run.folder), "-d", str(tmp_path))
    done = nxsl("usage", "save", *words, "--yes", "--format", "csv")  # a table wraps
    assert done.returncode == 0
    assert "by console" in done.stdout
    acknowledge(run, saved(tmp_path)[0])
    failed = nxsl("usage", "import", *words, *WAIT)
    assert failed.returncode == FAILED
    assert "feature scp-server" in failed.stdout
