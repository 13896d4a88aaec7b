"""`verify(raw=True)`, and what a finished host keeps without it."""

from __future__ import annotations

import gc
import pickle
import stat
from typing import TYPE_CHECKING, Any

import pytest

from nxsl import FleetRunner
from nxsl.core.raw import RawTexts
from nxsl.fleet.raw_files import write_raw
from nxsl.lab import CALLHOME_DIRECT, RejectAuthentication, Replace, registered
from nxsl.tasks import verify
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STATUS = "show license status"


def healthy(name: str = "leaf1", **changes: Any) -> Any:
    return switch(name, callhome=CALLHOME_DIRECT, registration=registered(), **changes)


def test_what_was_read_is_kept_on_request(fleet: Callable[..., Fleet]) -> None:
    run = fleet(healthy())
    record = run.result(verify, raw=True).result
    asked = {each for each in run.lab["leaf1"].commands if each.startswith("show ")}
    assert set(record.raw.commands) == asked
    assert "Cisco Nexus" in record.raw.text("show version")
    assert record.raw.text(STATUS).startswith("Smart Licensing is ENABLED")
    assert pickle.loads(pickle.dumps(record)).raw == record.raw  # noqa: S301
    assert "Smart Licensing is" not in repr(record.raw)


def test_nothing_of_it_is_kept_without(fleet: Callable[..., Fleet]) -> None:
    record = fleet(healthy()).result(verify).result
    assert record.raw is None
    assert b"Smart Licensing is ENABLED" not in pickle.dumps(record)


def test_what_cannot_be_read_is_kept_as_well(fleet: Callable[..., Fleet]) -> None:
    run = fleet(healthy(faults=(Replace(line=f"^{STATUS}$", text="Purple"),)))
    result = run.result(verify, raw=True)
    assert result.failed
    assert result.result.raw.text(STATUS) == "Purple"


def test_files_are_private_and_of_one_reading(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    record = fleet(healthy()).result(verify, raw=True).result
    stale = tmp_path / "raw" / "leaf1" / "show_feature.txt"
    stale.parent.mkdir(parents=True)
    stale.write_text("of last year")
    own = stale.with_name("notes.txt")
    own.write_text("somebody's own")
    files = write_raw(tmp_path / "raw", "leaf1", record.raw)
    assert {file.name for file in files} >= {
        "show_version.txt",
        "show_license_status.txt",
        "show_running-config_include_ip_http_source-interface.txt",
    }
    assert len(files) == len(record.raw.commands)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert sorted(stale.parent.iterdir()) == sorted([*files, own])
    status = (stale.parent / "show_license_status.txt").read_text(encoding="utf-8")
    assert status == record.raw.text(STATUS) + "\n"


@pytest.mark.parametrize("host", ["../leaf1", "Leaf/1", ".."])
def test_no_host_leaves_the_folder(host: str, tmp_path: Path) -> None:
    write_raw(tmp_path / "raw", host, RawTexts())
    assert [file.parent for file in (tmp_path / "raw").iterdir()] == [tmp_path / "raw"]
    assert [file.name for file in tmp_path.iterdir()] == ["raw"]


def test_equal_parts_of_two_switches_are_the_same_object(fleet: Callable[..., Fleet]) -> None:
    run = fleet(healthy("leaf1"), healthy("leaf2"))
    first, second = (multi[0].result for multi in run.run(verify).values())
    assert first.intent is second.intent
    assert first.state.transport is second.state.transport
    assert first.state.facts.model is second.state.facts.model
    assert first.state.facts != second.state.facts


@pytest.mark.parametrize("faults", [(), (RejectAuthentication(),)])
def test_a_finished_host_keeps_no_connection(fleet: Callable[..., Fleet], faults: Any) -> None:
    run = fleet(healthy(faults=faults))
    run.nr = run.nr.with_runner(FleetRunner(1, close="always"))
    result = run.run(verify)
    assert result["leaf1"].failed is bool(faults)
    seen: set[int] = set()
    left: list[object] = [result["leaf1"]]
    while left:
        each = left.pop()
        if id(each) in seen or isinstance(each, type) or type(each).__name__ in {
            "module", "function", "Host", "Task"
        }:  # fmt: skip
            continue
        seen.add(id(each))
        kind = type(each)
        assert kind.__module__.partition(".")[0] not in {"netmiko", "paramiko"}, kind
        assert kind.__name__ not in {"frame", "traceback"}, kind
        left.extend(gc.get_referents(each))
    error = result["leaf1"][0].exception
    assert error is None or (error.__traceback__, error.__context__) == (None, None)
