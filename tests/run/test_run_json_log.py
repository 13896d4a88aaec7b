"""The JSON log: every line is one object with the fields that it promises, and holds no secret."""

from __future__ import annotations

import io
import json
import logging
import os
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.errors import MissingExtra, NxslError
from nxsl.run.json_log import LOGGER, JsonLog
from tests.run.heads import COUNTS, TOKEN, tell
from tests.secrets.hunt import finds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FULL = Path("/dev/full")
COMMON = {"time": str, "event": str, "run": str, "job": str}
NUMBER = (int, float, type(None))
FIELDS: Mapping[str, Mapping[str, Any]] = {
    "run started": {
        "hosts": int,
        "waves": list,
        "user": str,
        "machine": str,
        "inventory": str,
        "plan": str,
        "parent": str,
    },
    "wave started": {"wave": int, "hosts": int},
    "host started": {"wave": int, "host": str},
    "host pending": {"wave": int, "host": str, "kind": str},
    "host ended": {
        "wave": int,
        "host": str,
        "outcome": str,
        "good": bool,
        "reason": str,
        "detail": str,
        "seconds": NUMBER,
    },
    "soaking": {"wave": int, "seconds": NUMBER},
    "wave ended": {
        "wave": int,
        "verdict": str,
        "why": str,
        "hosts": int,
        "counts": dict,
        "seconds": NUMBER,
    },
    "run ended": {"state": str, "hosts": int, "counts": dict, "seconds": NUMBER},
}


def checked(text: str) -> list[dict[str, Any]]:
    """Parse the lines, and hold each against its fields."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        fields = {**COMMON, **FIELDS[line["event"]]}
        assert set(line) == set(fields), line
        for name, kind in fields.items():
            assert isinstance(line[name], kind), (line, name)
        when = datetime.fromisoformat(line["time"])
        assert when.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - when) < timedelta(minutes=1)
    return lines


def test_every_line_keeps_its_promise(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    log = JsonLog(file)
    tell(log)
    lines = checked(file.read_text("utf-8"))
    assert {line["event"] for line in lines} == set(FIELDS)
    assert {(line["run"], line["job"]) for line in lines} == {("20260102-030405-ab12", "register")}
    ends = [(line["host"], line["wave"], line["outcome"]) for line in lines if "outcome" in line]
    assert ends == [
        ("leaf1", 1, "changed ok"),
        ("leaf3", 2, "failed clean"),
        ("leaf2", 2, "changed ok"),
        ("leaf2", 2, "unknown"),
        ("leaf0", 0, "already ok"),
        ("leaf4", 3, "not run"),
    ]
    assert sum(line["event"] == "host pending" for line in lines) == 1
    assert lines[-1]["counts"] == COUNTS
    assert lines[-1]["state"] == "aborted"
    assert log.problem == ""


def test_no_planted_secret_is_in_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "run.jsonl"
    with caplog.at_level(logging.DEBUG):
        tell(JsonLog(file))
    assert "********" in file.read_text("utf-8")
    everything = {"file": file.read_bytes(), "log": str([vars(r) for r in caplog.records]).encode()}
    assert list(finds({"token": TOKEN}, everything)) == []
    assert "host ended" in caplog.text  # who has set up logging gets the records as well


@pytest.mark.skipif(os.name != "posix", reason="modes")
@pytest.mark.parametrize("there", [False, True])
def test_only_its_owner_can_read_it(tmp_path: Path, there: bool) -> None:
    file = tmp_path / "run.jsonl"
    if there:
        file.write_text("{}\n", "utf-8")
        file.chmod(0o644)
    tell(JsonLog(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text("utf-8").startswith("{}\n") is there


def quiet_logger() -> None:
    logging.getLogger(LOGGER).setLevel(logging.CRITICAL)


def disabled_logger() -> None:
    logging.getLogger(LOGGER).disabled = True


def disabled_logging() -> None:
    logging.disable(logging.CRITICAL)


@pytest.mark.parametrize("muted", [quiet_logger, disabled_logger, disabled_logging])
def test_nobodys_logging_makes_gaps(muted: Callable[[], None]) -> None:
    first, second = io.StringIO(), io.StringIO()
    logger = logging.getLogger(LOGGER)
    try:
        muted()
        log, other = JsonLog(first), JsonLog(second)
        tell(log)
        tell(other)
    finally:
        logger.setLevel(logging.NOTSET)
        logger.disabled = False
        logging.disable(logging.NOTSET)
    assert len(checked(first.getvalue())) == len(checked(second.getvalue())) > 10


def test_standard_error_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    log = JsonLog()
    tell(log)
    tell(log)  # it is not closed
    assert len(checked(capsys.readouterr().err)) == 2 * 17
    assert log.problem == ""


def test_odd_names_stay_on_their_line() -> None:
    file = io.StringIO()
    log = JsonLog(file)
    for name in ("a\nb", 'quo"te', "\u2028", "\ud800", "ü"):
        log.host_started(name)
    assert [line["host"] for line in checked(file.getvalue())][:2] == ["a\nb", 'quo"te']


@pytest.mark.skipif(not FULL.exists(), reason="no such device")
def test_a_full_disk_is_told_once_and_the_run_goes_on(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    mode = FULL.stat().st_mode
    with caplog.at_level(logging.WARNING):
        log = JsonLog(FULL)
        tell(log)
    assert FULL.stat().st_mode == mode
    assert "No space left" in log.problem
    assert [record.getMessage() for record in caplog.records] == [f"{log.problem}; the run goes on"]
    assert capsys.readouterr().err == ""  # no traceback of the logging module


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(NxslError, match=r"run\.jsonl cannot be written: there is no folder"):
        JsonLog(tmp_path / "nowhere" / "run.jsonl")


def test_without_the_extra_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("pythonjsonlogger")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pythonjsonlogger", None)
    with pytest.raises(MissingExtra, match=r"pip install 'nxsl\[json-log\]'"):
        JsonLog()
