"""Upgrades of simulated switches over real SSH: who arrived, who did not, and why."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from nxsl.core.regime import Release
from nxsl.core.snapshot import Snapshot
from nxsl.fleet.snapshots import read_snapshots, write_snapshot
from nxsl.lab import CALLHOME_DIRECT, Backend, Fate, License, registered
from nxsl.reports.gate import GateReport
from nxsl.tasks import configure_transport, register, verify
from tests.conftest import DIRECT, PATIENCE, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nxsl.lab import SwitchSpec

DEADLINE = 60.0
TARGET = Release(10, 3, 6)
INTENT = {**DIRECT, "policy": {"transport": "callhome"}, "token_from": "env:TOKEN"}
QUICK = Backend(
    register_latency=0.05,
    authorize_latency=0.05,
    report_latency=0.05,
    ack_latency=0.05,
    retry_after=0.2,
)
LICENSES = (License(), License(tag="VPN_FABRIC", description="VPN fabric"))


def ready(name: str) -> SwitchSpec:
    """A switch that is registered, and ready to go."""
    return switch(
        name,
        release="9.3(10)",
        callhome=CALLHOME_DIRECT,
        registration=registered(),
        intent=INTENT,
        backend=QUICK,
        licenses=LICENSES,
    )


def keep(run: Fleet, folder: Path) -> None:
    """Take snapshots, as `nxsl upgrade snapshot` does; all switches are ready by then."""
    result = run.run(verify)
    before = GateReport(run.nr.inventory.hosts, result, target=TARGET)
    assert set(before.gate["verdict"]) == {"ready"}, before.to_do.to_string()
    for host in run.nr.inventory.hosts:
        record = result[host][0].result
        write_snapshot(folder, Snapshot(host=host, state=record.state, intent=record.intent))


def judged(run: Fleet, folder: Path, *, later: timedelta = timedelta()) -> GateReport:
    """Read every switch and compare; as if it were `later`."""
    result = run.run(verify)
    read_at = max(result[host][0].result.state.read_at for host in run.nr.inventory.hosts)
    return GateReport(
        run.nr.inventory.hosts,
        result,
        snapshots=read_snapshots(folder),
        target=TARGET,
        now=read_at + later,
    )


def when_arrived(run: Fleet, folder: Path, *hosts: str) -> GateReport:
    """Wait until these have arrived, and judge all as if that had been two hours ago."""
    deadline = time.monotonic() + DEADLINE
    while True:
        frame = judged(run, folder).gate.set_index("host")
        if set(frame.loc[list(hosts), "verdict"]) == {"arrived"}:
            return judged(run, folder, later=timedelta(hours=2))
        assert time.monotonic() < deadline, frame.to_string()


def test_of_ten_upgrades_the_four_that_go_wrong_are_named(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    names = [f"leaf{number:02}" for number in range(1, 11)]
    wrong = {
        "leaf02": (Fate.NO_TRUST, "trust"),
        "leaf04": (Fate.NO_ACK, "acknowledgement"),
        "leaf07": (Fate.LICENSE_LOST, "licenses"),
        "leaf09": (Fate.STAYED, "release"),
    }
    run = fleet(*map(ready, names))
    keep(run, tmp_path)
    for name in names:
        fate, _ = wrong.get(name, (Fate.ARRIVES, ""))
        run.lab[name].upgrade("10.3(6)", fate=fate)
    report = when_arrived(run, tmp_path, *(name for name in names if name not in wrong))
    frame = report.gate.set_index("host")
    assert not report.good
    assert list(frame.index[frame["verdict"] == "not arrived"]) == list(wrong)
    assert set(frame.drop(list(wrong))["verdict"]) == {"arrived"}
    for name, (_, code) in wrong.items():
        assert code in str(frame.loc[name, "missing"]).split(", ")
        assert frame.loc[name, "next_step"]
    assert "VPN_FABRIC is no longer in use" in report.checks.to_string()
    # In the first hour what may still come is not called wrong.
    now = judged(run, tmp_path).gate.set_index("host")["verdict"]
    assert [now["leaf02"], now["leaf04"]] == ["on the way", "on the way"]
    assert [now["leaf07"], now["leaf09"]] == ["not arrived", "not arrived"]


@pytest.mark.parametrize(
    ("fate", "code"),
    [(Fate.NO_REPORT, "report"), (Fate.WRONG_TRANSPORT, "transport")],
)
def test_other_ways_to_go_wrong(
    fleet: Callable[..., Fleet], tmp_path: Path, fate: Fate, code: str
) -> None:
    run = fleet(ready("leaf1"), ready("leaf2"))
    keep(run, tmp_path)
    run.lab["leaf1"].upgrade("10.3(6)", fate=fate)
    run.lab["leaf2"].upgrade("10.3(6)")
    frame = when_arrived(run, tmp_path, "leaf2").gate.set_index("host")
    assert frame.loc["leaf1", "verdict"] == "not arrived"
    assert code in str(frame.loc["leaf1", "missing"]).split(", ")


def test_licence_files_arrive_with_the_first_report(
    fleet: Callable[..., Fleet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is there to become a trust code, so it needs transport and token first."""
    files = switch(
        "leaf1",
        release="9.3(1)",
        intent=INTENT,
        backend=QUICK,
        licenses=(License(installed=True),),
    )
    run = fleet(files)
    keep(run, tmp_path)
    run.lab["leaf1"].upgrade("10.3(6)")
    first = judged(run, tmp_path).gate.loc[0]
    assert (first["verdict"], first["next_step"]) == ("not arrived", "nxsl configure")
    assert run.result(configure_transport).result.outcome.good
    second = judged(run, tmp_path, later=timedelta(hours=2)).gate.loc[0]
    assert (second["verdict"], second["next_step"]) == ("not arrived", "nxsl register")
    monkeypatch.setenv("TOKEN", token_value())
    assert run.result(register, patience=PATIENCE).result.outcome.good
    report = when_arrived(run, tmp_path, "leaf1")
    assert report.good
    assert "LAN_ENTERPRISE_SERVICES_PKG 1" in report.checks.to_string()
