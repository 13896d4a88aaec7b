"""The folder of reservation codes: whole files or none, and open to nobody else."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from nxsl.core import errors
from nxsl.core.reservation import CodeKind
from nxsl.core.secret import Token
from nxsl.fleet.codes import CodeFolder

if TYPE_CHECKING:
    from pathlib import Path

CODE = "CB-ZN9K-C93180YC-EX:FDO00000001-A0000000-00"


def files(folder: Path) -> list[str]:
    """What is in the folder, hidden files too."""
    return sorted(each.name for each in folder.iterdir())


def test_a_code_is_written_and_read_back(tmp_path: Path) -> None:
    codes = CodeFolder(tmp_path / "codes")
    with codes.waiting("leaf1", CodeKind.REQUEST) as waiting:
        assert waiting.final == tmp_path / "codes" / "leaf1.request-code"
        assert not waiting.final.exists()
        assert waiting.fill(Token(CODE))
    assert files(tmp_path / "codes") == ["leaf1.request-code"]
    assert codes.read("leaf1", CodeKind.REQUEST).reveal() == CODE


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_may_read_it(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with CodeFolder(tmp_path / "codes").waiting("leaf1", CodeKind.RETURN) as waiting:
            assert waiting.fill(Token(CODE))
    finally:
        os.umask(before)
    assert stat.S_IMODE(waiting.final.stat().st_mode) == 0o600
    assert stat.S_IMODE(waiting.final.parent.stat().st_mode) == 0o700


def test_what_is_not_filled_leaves_nothing(tmp_path: Path) -> None:
    with CodeFolder(tmp_path).waiting("leaf1", CodeKind.REQUEST):
        assert len(files(tmp_path)) == 1
    assert files(tmp_path) == []


def test_an_error_meanwhile_leaves_the_old_code_alone(tmp_path: Path) -> None:
    (tmp_path / "leaf1.request-code").write_text("old")

    def break_off() -> None:
        with CodeFolder(tmp_path).waiting("leaf1", CodeKind.REQUEST):
            raise errors.SessionDropped("gone")

    with pytest.raises(errors.SessionDropped):
        break_off()
    assert files(tmp_path) == ["leaf1.request-code"]
    assert (tmp_path / "leaf1.request-code").read_text() == "old"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fails_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_operands: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        "nxsl.fleet.files.os.fsync" if step == "fsync" else "pathlib.Path.replace", fail
    )
    with CodeFolder(tmp_path).waiting("leaf1", CodeKind.REQUEST) as waiting:
        assert not waiting.fill(Token(CODE))
    assert files(tmp_path) == []


@pytest.mark.parametrize("host", ["../leaf1", "a/b", "a\\b", ".hidden", "a\0b"])
def test_a_name_that_would_leave_the_folder_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(errors.Refused):
        CodeFolder(tmp_path).path(host, CodeKind.REQUEST)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "not" / "there"):
        codes = CodeFolder(folder)
        with pytest.raises(errors.Refused):
            codes.require_place()
        with pytest.raises(errors.Refused), codes.waiting("leaf1", CodeKind.REQUEST):
            pass
    CodeFolder(tmp_path / "new").require_place()
    assert not (tmp_path / "new").exists()
