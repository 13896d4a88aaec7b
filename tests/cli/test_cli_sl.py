"""`nxsl convert` and `nxsl reserve` as people use them: plan, question, proof, exit status."""

from __future__ import annotations

import re
import stat
import sys
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from nxsl.cli.status import DECLINED, FAILED, USAGE
from nxsl.lab import CALLHOME_DIRECT, RESERVED, Backend, Cssm, Garble, registered
from tests.cli.test_cli import nxsl, only_shows
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMANDS = (
    ("convert", "start"),
    ("convert", "stop"),
    ("reserve", "request"),
    ("reserve", "install"),
    ("reserve", "return"),
    ("reserve", "cancel"),
)


def convertible(name: str, **backend: Any) -> Any:
    """A registered switch."""
    return switch(
        name,
        callhome=CALLHOME_DIRECT,
        registration=registered(),
        backend=Backend(**{"convert_latency": 0.1, **backend}),
    )


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_reads_like_a_manual(words: tuple[str, str]) -> None:
    done = nxsl(*words, "--help", env={"COLUMNS": "100"})
    assert done.returncode == 0
    for word in ("--inventory", "--hosts", "--filter", "--workers", "--format", "--output"):
        assert word in done.stdout
    assert "--dry-run" in done.stdout
    assert "--yes" in done.stdout
    assert "Exit status" in done.stdout
    needs_folder = words[1] in {"request", "install", "return"}
    assert ("--folder" in done.stdout) is needs_folder


def test_help_names_the_commands() -> None:
    text = nxsl("--help", env={"COLUMNS": "100"}).stdout
    assert "convert" in text
    assert "reserve" in text
    inner = nxsl("reserve", "--help").stdout
    assert all(word in inner for word in ("request", "install", "return", "cancel"))


def test_convert_asks_and_proves(fleet: Callable[..., Fleet]) -> None:
    run = fleet(convertible("leaf1"), convertible("leaf2"))
    folder = str(run.folder)
    planned = nxsl("convert", "start", "-i", folder, "--dry-run")
    assert planned.returncode == 0
    assert "+license smart conversion start" in planned.stdout
    assert nxsl("convert", "start", "-i", folder).returncode == DECLINED
    assert only_shows(run)
    done = nxsl("convert", "start", "-i", folder, "--yes", "--wait", "20")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("changed ok") == 2
    again = nxsl("convert", "start", "-i", folder, "--yes")
    assert again.returncode == 0
    assert again.stdout.count("already ok") == 2
    stopped = nxsl("convert", "stop", "-i", folder, "--yes")
    assert stopped.returncode == 0
    assert "no conversion is under way" in stopped.stdout


def test_a_failed_conversion_says_what_to_do(fleet: Callable[..., Fleet]) -> None:
    run = fleet(convertible("leaf1", convert_failure="Communication message send error"))
    done = nxsl("convert", "start", "-i", str(run.folder), "--yes", "--wait", "20")
    assert done.returncode == FAILED
    assert "failed clean" in done.stdout
    assert "| Failure reason: Communication message send error" in done.stdout


def test_reserve_from_request_to_return(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    cssm = Cssm()
    run = fleet(switch("leaf1"), switch("leaf2"), cssm=cssm)
    codes = tmp_path / "codes"
    where = ("-i", str(run.folder), "--folder", str(codes))
    shown: list[str] = []

    def reserve(step: str, *words: str) -> int:
        place = where[:2] if step == "cancel" else where
        done = nxsl("reserve", step, *place, *words)
        shown.append(done.stdout + done.stderr)
        return done.returncode

    assert reserve("request", "--dry-run") == 0
    assert "+license smart reservation" in shown[-1]
    assert reserve("request") == DECLINED
    assert only_shows(run)
    assert not codes.exists()
    assert reserve("request", "--yes") == 0, shown[-1]
    assert sorted(each.name for each in codes.iterdir()) == [
        "leaf1.request-code",
        "leaf2.request-code",
    ]
    # leaf2 has no authorization code: it is refused, and leaf1 is served all the same.
    file = codes / "leaf1.authorization-code"
    file.write_text(cssm.reserve((codes / "leaf1.request-code").read_text().strip()))
    file.chmod(0o600)
    assert reserve("install", "--yes", "--wait", "20") == FAILED
    assert "leaf2.authorization-code cannot be read" in shown[-1]
    assert run.lab["leaf1"].licensing.words == "REGISTERED - SPECIFIC LICENSE RESERVATION"
    assert reserve("install", "--yes", "--hosts", "leaf1") == 0
    assert "already ok" in shown[-1]
    assert reserve("cancel", "--yes", "--hosts", "leaf2") == 0
    assert run.lab["leaf2"].licensing.words == "UNREGISTERED"
    assert reserve("cancel", "--yes", "--hosts", "leaf1") == FAILED
    assert reserve("return", "--hosts", "leaf1") == DECLINED
    assert run.lab["leaf1"].registered
    assert reserve("return", "--yes", "--hosts", "leaf1") == 0, shown[-1]
    assert run.lab["leaf1"].licensing.words == "UNREGISTERED"
    assert stat.S_IMODE((codes / "leaf1.return-code").stat().st_mode) == 0o600
    secrets = [each.read_text().strip() for each in codes.iterdir()]
    assert len(secrets) == 4
    assert not [code for code in secrets if any(code in text for text in shown)]


def test_return_asks_a_person(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch(registration=RESERVED))
    words = ["-m", "nxsl", "reserve", "return", "-i", str(run.folder), "--folder", str(tmp_path)]
    for answer, expected, left in (("n", DECLINED, True), ("y", 0, False)):
        child = pexpect.spawn(
            sys.executable, words, encoding="utf-8", timeout=60, dimensions=(40, 200)
        )
        child.expect(re.escape("Give the reserved licences of 1 switch back?"))
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == expected
        assert run.lab["leaf1"].registered is left


def test_a_lost_return_code_is_loud(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    garble = Garble(line="return", old=b"Enter this return code", new=b"Something else")
    run = fleet(switch(registration=RESERVED, faults=(garble,)))
    done = nxsl(
        "reserve", "return", "-i", str(run.folder), "--folder", str(tmp_path / "codes"), "--yes"
    )
    assert done.returncode == FAILED
    assert "RETURN CODE COULD NOT BE KEPT" in re.sub(r"\s+", " ", done.stdout)
    assert "AT ONCE type `license smart reservation return`" in re.sub(r"\s+", " ", done.stdout)


def test_the_folder_must_be_named(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch())
    for step in ("request", "install", "return"):
        assert nxsl("reserve", step, "-i", str(run.folder), "--yes").returncode == USAGE
    assert only_shows(run)
