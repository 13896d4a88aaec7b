"""The ready-to-run scripts, as a scheduler runs them: own processes, real SSH, exit statuses."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nxsl.lab import (
    CALLHOME_DIRECT,
    CLOUD_TOKEN,
    ON_PREM_TOKEN,
    ON_PREM_URL,
    Backend,
    Lab,
    Refuse,
    SwitchSpec,
    registered,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).parents[2]
PASSWORD = "planted-password-Zx81"
DIRECT = {"method": "direct", "email": "netops@example.com", "smart_account": "Example Corporation"}
ON_PREM = {**DIRECT, "method": "on-prem", "url": ON_PREM_URL}
QUICK = Backend(register_latency=0.05, authorize_latency=0.05, renew_latency=0.05)
LONG_AGO = registered(
    ago=timedelta(days=350),
    renewal=timedelta(days=-350),
    expires=timedelta(days=15),
    communication=timedelta(days=-75),
    next_communication=timedelta(days=15),
    deadline=timedelta(days=15),
)
ALL_WELL, FAILED, WRONG, FINDINGS = 0, 1, 2, 3


def healthy(name: str, **changes: object) -> SwitchSpec:
    """A switch that is licensed as the inventory wants it."""
    usual = {"callhome": CALLHOME_DIRECT, "registration": registered(), "intent": INTENDED}
    return SwitchSpec(name=name, password=PASSWORD, backend=QUICK, **{**usual, **changes})  # type: ignore[arg-type]


INTENDED = {"method": "direct", "email": "sch-smart-licensing@cisco.com"}


class Script:
    """Runs scripts against one lab's inventory, and looks for secrets in all they leave."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        lab.write_inventory(folder / "inventory")

    def __call__(
        self, name: str, *options: str, inventory: str = "inventory", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script to its end."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("NXSL_")}
        done = subprocess.run(
            [sys.executable, ROOT / "tasks" / f"{name}.py", "--inventory", inventory, *options],
            cwd=self.folder,
            env={**clean, "PYTHONPATH": str(ROOT), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        left = [
            path.read_text(encoding="utf-8")
            for path in self.folder.rglob("*")
            if path.is_file() and "inventory" not in path.parts
        ]
        for text in (done.stdout, done.stderr, *left):
            for secret in (CLOUD_TOKEN, CLOUD_TOKEN[:20], ON_PREM_TOKEN, PASSWORD):
                assert secret not in text
        assert "Traceback" not in done.stderr, done.stderr
        self._has_logged_out()
        return done

    def _has_logged_out(self) -> None:
        """Wait until the switches, which work on by themselves, have noticed it."""
        deadline = time.monotonic() + 10
        while any(switch.open_sessions for switch in self.lab.values()):
            assert time.monotonic() < deadline, "left logged in"
            time.sleep(0.01)

    def table(self, name: str, folder: str = "report") -> list[dict[str, str]]:
        """A table of the report."""
        with (self.folder / folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def scripts(nxsl_lab: Callable[..., Lab], tmp_path: Path) -> Callable[..., Script]:
    """Give a function that starts switches and gives what runs scripts on them."""

    def start(*specs: SwitchSpec) -> Script:
        return Script(nxsl_lab(specs), tmp_path)

    return start


def changing(commands: Iterable[str]) -> list[str]:
    """The commands that are neither for reading nor for the session."""
    harmless = ("show ", "terminal ")
    return [line for line in commands if line != "exit" and not line.startswith(harmless)]


def test_onboard_plans_then_onboards_then_changes_nothing(
    scripts: Callable[..., Script],
) -> None:
    run = scripts(
        SwitchSpec(name="leaf1", intent=DIRECT, backend=QUICK, password=PASSWORD),
        SwitchSpec(name="leaf2", intent=ON_PREM, backend=QUICK, password=PASSWORD),
        healthy("leaf3"),
    )

    planned = run("onboard", "--dry-run")
    assert [changing(switch.commands) for switch in run.lab.values()] == [[], [], []]
    assert "leaf1: configure_transport\n" in planned.stdout
    assert f"+  destination-profile CiscoTAC-1 http {ON_PREM_URL}" in planned.stdout
    assert "leaf3" not in planned.stdout
    assert planned.returncode == FINDINGS  # leaf1 and leaf2 are not registered yet

    first = run("onboard", "--report", "first", NXSL_TOKEN=CLOUD_TOKEN)
    assert first.returncode == ALL_WELL, first.stdout + first.stderr
    assert all(switch.registered and switch.saved for switch in run.lab.values())
    assert "leaf1: register\n-UNREGISTERED\n" in first.stdout
    assert "register 3/3" in first.stderr
    seen = [len(switch.commands) for switch in run.lab.values()]
    sent = [len(switch.register_commands) for switch in run.lab.values()]
    assert sent == [1, 1, 0]

    second = run("onboard", NXSL_TOKEN=CLOUD_TOKEN)
    assert second.returncode == ALL_WELL
    assert second.stdout == ""
    for switch, already in zip(run.lab.values(), seen, strict=True):
        assert changing(switch.commands[already:]) == []
        assert len(switch.commands) > already
    assert {row["registration"] for row in run.table("status")} == {"REGISTERED"}
    assert [row["host"] for row in run.table("status", "first")] == ["leaf1", "leaf2", "leaf3"]
    assert len(run.table("outcomes")) == 9


def test_onboard_without_a_token_says_so_and_goes_on_with_the_others(
    scripts: Callable[..., Script],
) -> None:
    run = scripts(
        SwitchSpec(name="leaf1", intent=DIRECT, backend=QUICK, password=PASSWORD),
        SwitchSpec(name="leaf2", intent=ON_PREM, backend=QUICK, password=PASSWORD),
    )
    done = run("onboard")
    assert done.returncode == FAILED
    assert "leaf1: register refused: a token is needed" in done.stdout
    assert [switch.registered for switch in run.lab.values()] == [False, True]


def test_renew_renews_what_is_due(scripts: Callable[..., Script]) -> None:
    run = scripts(healthy("leaf1"), healthy("leaf2", registration=LONG_AGO))

    planned = run("renew", "--dry-run")
    assert planned.returncode == ALL_WELL  # two weeks are left, so nothing is critical yet
    assert planned.stdout == "leaf2\n+license smart renew id\n+license smart renew auth\n\n"
    assert [changing(switch.commands) for switch in run.lab.values()] == [[], []]

    assert run("renew", "--days", "10").stdout == ""
    assert [changing(switch.commands) for switch in run.lab.values()] == [[], []]

    done = run("renew")
    assert done.returncode == ALL_WELL, done.stdout + done.stderr
    assert [changing(switch.commands) for switch in run.lab.values()] == [
        [],
        ["license smart renew id", "license smart renew auth"],
    ]
    days = [float(row["days_left"]) for row in run.table("expiry") if row["host"] == "leaf2"]
    assert min(days) > 25


def test_failures_findings_and_good_ones_have_different_statuses(
    scripts: Callable[..., Script],
) -> None:
    run = scripts(
        healthy("leaf1"),
        healthy("leaf2", registration=LONG_AGO),
        healthy("leaf3", faults=[Refuse()]),
    )
    audited = run("audit")
    assert audited.returncode == FAILED
    assert "leaf3: connection-refused: " in audited.stdout
    assert "leaf2: warning: the registration runs out in 14 days" in audited.stdout
    assert [row["host"] for row in run.table("status")] == ["leaf1", "leaf2", "leaf3"]
    assert len(list((run.folder / "report").glob("*.jsonl"))) == 7
    assert [changing(switch.commands) for switch in run.lab.values()] == [[], [], []]

    renewed = run("renew", "--dry-run")
    assert renewed.returncode == FAILED
    assert "leaf3: renew failed clean: " in renewed.stdout


@pytest.mark.parametrize(
    ("least", "status"), [("info", FINDINGS), ("warning", FINDINGS), ("critical", ALL_WELL)]
)
def test_audit_counts_findings_from_a_severity_on(
    scripts: Callable[..., Script], least: str, status: int
) -> None:
    run = scripts(healthy("leaf1"), healthy("leaf2", registration=LONG_AGO))
    done = run("audit", "--least", least)
    assert done.returncode == status
    assert ("leaf2: warning: " in done.stdout) == (status == FINDINGS)
    assert "leaf1" not in done.stdout


@pytest.mark.parametrize("name", ["onboard", "renew", "audit"])
def test_nothing_starts_with_a_wrong_inventory(scripts: Callable[..., Script], name: str) -> None:
    run = scripts(healthy("leaf1", intent={"method": "smoke-signals"}))
    done = run(name)
    assert done.returncode == WRONG
    assert done.stdout == ""
    assert "leaf1: licensing.method: " in done.stderr
    assert run.lab["leaf1"].connections == 0
    assert not (run.folder / "report").exists()
    assert run(name, inventory="nowhere").returncode == WRONG
