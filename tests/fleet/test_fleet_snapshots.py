"""The folder of snapshots: one whole file a host, and nothing else in it is taken for one."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxsl.core.errors import SnapshotError
from nxsl.core.snapshot import Snapshot, to_json
from nxsl.fleet.snapshots import file_name, read_snapshots, write_snapshot
from tests.core.builders import DAY, NOW, intent, state

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = ["leaf1", "Leaf1", "LEAF1", "dc1/leaf1", "dc1:leaf1", "..", ".leaf1", "läaf", "leaf1~x", ""]


def snapshot(host: str) -> Snapshot:
    return Snapshot(host=host, state=state(), intent=intent())


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_what_was_written_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "of" / "before"
    wanted = {host: snapshot(host) for host in HOSTS}
    paths = [write_snapshot(folder, each) for each in wanted.values()]
    assert read_snapshots(folder) == wanted
    assert {path.parent for path in paths} == {folder}
    assert sorted(path.name for path in paths) == names_in(folder)


def test_only_its_owner_can_read_a_file(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, snapshot("leaf1"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.name == "leaf1.json"


def test_a_newer_one_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    write_snapshot(tmp_path, snapshot("leaf1"))
    newer = Snapshot(host="leaf1", state=replace(state(), read_at=NOW + DAY))
    write_snapshot(tmp_path, newer)
    assert read_snapshots(tmp_path) == {"leaf1": newer}


def test_an_interrupted_writer_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_snapshot(tmp_path, snapshot("leaf1"))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SnapshotError, match=r"leaf1\.json cannot be written: No space") as caught:
        write_snapshot(tmp_path, Snapshot(host="leaf1", state=replace(state(), host_id="x")))
    assert caught.value.host == "leaf1"
    assert names_in(tmp_path) == ["leaf1.json"]
    assert read_snapshots(tmp_path) == {"leaf1": snapshot("leaf1")}


@given(st.lists(st.text(max_size=150), unique=True))
def test_no_two_hosts_share_a_file_and_every_name_is_safe(hosts: list[str]) -> None:
    names = [file_name(host) for host in hosts]
    assert len({name.lower() for name in names}) == len(hosts)
    for name in names:
        assert name.isascii()
        assert not set(name) & set('/\\:*?"<>| \0')
        assert not name.startswith(".")
        assert len(name) < 120


@pytest.mark.parametrize("length", [100, 101, 200])
def test_long_names_stay_apart(length: int) -> None:
    assert file_name("a" * length + "1") != file_name("a" * length + "2")


def test_there_is_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="there is no folder"):
        read_snapshots(tmp_path / "before")
    write_snapshot(tmp_path, snapshot("leaf1"))
    with pytest.raises(SnapshotError, match="there is no folder"):
        read_snapshots(tmp_path / "leaf1.json")


def test_an_empty_folder_holds_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no snapshot")
    (tmp_path / ".leaf1.json.tmp1.json").write_text("{")
    assert read_snapshots(tmp_path) == {}


def test_every_damaged_file_is_named(tmp_path: Path) -> None:
    for host in ("leaf1", "leaf2", "leaf3", "leaf4"):
        write_snapshot(tmp_path, snapshot(host))
    (tmp_path / "leaf1.json").write_text(to_json(snapshot("leaf1"))[:-50])
    (tmp_path / "leaf2.json").write_bytes(b"\xff\xfe")
    (tmp_path / "leaf5.json").write_text(to_json(snapshot("leaf4")))
    (tmp_path / "leaf6.json").mkdir()
    with pytest.raises(ExceptionGroup) as caught:
        read_snapshots(tmp_path)
    said = [str(error) for error in caught.value.exceptions]
    assert len(said) == 4
    for name, text in zip(("leaf1", "leaf2", "leaf5", "leaf6"), said, strict=True):
        assert f"{name}.json: " in text
    assert "another host" in said[2]
