"""Tables as files: safe for spreadsheets, readable again, and whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nxsl.core.errors import MissingExtra
from nxsl.core.outcome import Outcome
from nxsl.reports import FORMATS, TABLES, FleetReport, to_text, write_table, write_tables
from nxsl.reports.export import SUFFIXES
from tests.core.builders import HTTP_URL, state, transport
from tests.reports.results import (
    RAW,
    aggregated,
    failure,
    hostile_state,
    pak_state,
    reading,
    task_record,
)

HOSTS = ["leaf1", "leaf2", "leaf3", "leaf4"]


@pytest.fixture(scope="module")
def report() -> FleetReport:
    return FleetReport(
        HOSTS,
        aggregated("configure", leaf1=task_record(Outcome.CHANGED_OK, detail="3 lines")),
        aggregated(
            "verify",
            leaf1=reading(state(transport=transport(HTTP_URL))),
            leaf2=reading(pak_state()),
            leaf3=failure(evidence="-line\n+line"),
            leaf4=reading(hostile_state()),
        ),
    )


ALL_TABLES = pytest.mark.parametrize("name", TABLES)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --------------------------------------------------------------------------------------------- CSV


@ALL_TABLES
def test_a_csv_has_a_head_and_every_row(report: FleetReport, name: str) -> None:
    rows = rows_of(to_text(report.table(name), "csv"))
    assert len(rows) == len(report.table(name)) > 0
    assert list(rows[0]) == [column.name for column in TABLES[name].columns]


@ALL_TABLES
def test_a_csv_of_an_empty_table_is_its_head(name: str) -> None:
    text = to_text(FleetReport([]).table(name), "csv")
    assert text.splitlines() == [",".join(column.name for column in TABLES[name].columns)]


def test_dates_in_a_csv_are_iso_8601_in_utc(report: FleetReport) -> None:
    row = rows_of(to_text(report.status, "csv"))[0]
    assert row["registration_expires"] == "2023-06-22T16:13:53Z"
    assert row["read_at"] == "2022-06-22T16:16:28Z"
    unread = rows_of(to_text(report.status, "csv"))[2]
    assert unread["read_at"] == unread["findings"] == ""


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    '=cmd|"/C calc"!A0',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_is_disarmed_in_csv_only(text: str) -> None:
    frame = pd.DataFrame({"host": pd.Series(["leaf1", text], dtype="str")})
    rows = list(csv.reader(io.StringIO(to_text(frame, "csv"), newline="")))
    assert rows == [["host"], ["leaf1"], [f"'{text}"]]
    assert json.loads(to_text(frame, "json").splitlines()[1]) == {"host": text}
    assert frame["host"].tolist() == ["leaf1", text]  # the table itself is left alone


def test_a_carriage_return_in_front_is_disarmed_as_well() -> None:
    frame = pd.DataFrame({"host": pd.Series(["\r=1"], dtype="str")})
    # Python 3.13 quotes a carriage return; before that, csv cannot read back what it has written.
    text = to_text(frame, "csv").replace("'\r=1\n", '"\'\r=1"\n')
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["host"], ["'\r=1"]]


@pytest.mark.parametrize("text", ["", "leaf1", "a=b", " - ", "'quoted", "1-2", 'say "hi", x'])
def test_another_text_is_left_as_it_is_in_csv(text: str) -> None:
    frame = pd.DataFrame({"a": ["x"], "host": pd.Series([text], dtype="str")})
    assert list(csv.reader(io.StringIO(to_text(frame, "csv"))))[1] == ["x", text]


def test_a_negative_number_is_no_formula() -> None:
    frame = TABLES["expiry"].frame(
        [{"host": "a", "virtual_account": "", "what": "x", "at": None, "days_left": -1.5}]
    )
    assert rows_of(to_text(frame, "csv"))[0]["days_left"] == "-1.5"


@ALL_TABLES
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_no_file_holds_a_raw_control_character_of_a_switch(
    report: FleetReport, name: str, kind: str
) -> None:
    assert not RAW & set(to_text(report.table(name), kind))


def test_the_formula_of_a_hostile_switch_does_not_begin_a_cell(report: FleetReport) -> None:
    for name in TABLES:
        for row in csv.reader(io.StringIO(to_text(report.table(name), "csv"))):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "-")), cell


# ------------------------------------------------------------------------------------- JSON lines


@ALL_TABLES
def test_json_lines_parse_back_to_the_table(report: FleetReport, name: str) -> None:
    frame = report.table(name)
    lines = [json.loads(line) for line in to_text(frame, "json").splitlines()]
    assert len(lines) == len(frame)
    for line, (_, row) in zip(lines, frame.iterrows(), strict=True):
        assert list(line) == list(frame.columns)
        for column in TABLES[name].columns:
            assert same(line[column.name], row[column.name]), column.name


def same(read: Any, cell: Any) -> bool:
    if pd.isna(cell):
        return read is None
    if isinstance(cell, pd.Timestamp):
        return pd.Timestamp(read) == cell and str(read).endswith(("Z", "+00:00"))
    return bool(read == cell) and isinstance(read, bool) == isinstance(cell, bool)


def test_json_of_an_empty_table_has_no_lines() -> None:
    assert to_text(FleetReport([]).status, "json").split() == []


def test_json_keeps_letters_of_every_script() -> None:
    frame = pd.DataFrame({"host": pd.Series(["Köln-東京"], dtype="str")})
    assert to_text(frame, "json") == '{"host":"Köln-東京"}\n'


@pytest.mark.parametrize("kind", ["parquet", "table", "xlsx", ""])
def test_another_format_is_no_text(kind: str) -> None:
    with pytest.raises(ValueError, match="there are csv and json"):
        to_text(FleetReport([]).status, kind)


# ------------------------------------------------------------------------------------------ parquet


@ALL_TABLES
@pytest.mark.parametrize("empty", [False, True])
def test_parquet_gives_the_table_back_with_its_types(
    report: FleetReport, tmp_path: Path, name: str, empty: bool
) -> None:
    frame = FleetReport([]).table(name) if empty else report.table(name)
    path = write_table(frame, tmp_path / "x.parquet", "parquet")
    read = pd.read_parquet(path)
    assert {each: str(dtype) for each, dtype in read.dtypes.items()} == {
        column.name: column.dtype for column in TABLES[name].columns
    }
    pd.testing.assert_frame_equal(read, frame)


def test_without_pyarrow_parquet_names_the_pip_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    frame = pd.DataFrame({"findings": pd.Series([1], dtype="Int64")})
    with pytest.raises(MissingExtra, match="Parquet needs pyarrow") as caught:
        write_table(frame, tmp_path / "x.parquet", "parquet")
    assert caught.value.remedy == "pip install 'nxsl[parquet]'"
    assert caught.value.__cause__ is None
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------------ writing


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_is_readable_by_its_owner_only(
    report: FleetReport, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "new" / "folder" / f"status{SUFFIXES[kind]}"
    assert write_table(report.status, path, kind) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size > 0


def test_an_open_file_is_closed_to_others_when_it_is_replaced(
    report: FleetReport, tmp_path: Path
) -> None:
    path = tmp_path / "status.csv"
    path.write_text("old")
    path.chmod(0o644)
    write_table(report.status, path, "csv")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8") == to_text(report.status, "csv")


@pytest.mark.parametrize("failing", ["fsync", "fdopen", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    report: FleetReport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
    error: BaseException,
) -> None:
    path = tmp_path / "status.csv"
    path.write_text("old")
    opened: list[int] = []

    def fail(*args: object, **_: object) -> None:
        opened.extend(each for each in args if isinstance(each, int))
        raise error

    with monkeypatch.context() as patch:
        if failing == "replace":
            patch.setattr(Path, "replace", fail)
        else:
            patch.setattr(os, failing, fail)
        with pytest.raises(type(error)):
            write_table(report.status, path, "csv")
    if failing == "fdopen":
        os.close(opened[0])
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_table_that_cannot_be_rendered_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "status.csv"
    path.write_text("old")
    with pytest.raises(ValueError, match="no text format"):
        write_table(FleetReport([]).status, path, "xlsx")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_all_tables_are_written_in_every_format_asked_for(
    report: FleetReport, tmp_path: Path
) -> None:
    written = write_tables(report, tmp_path, FORMATS)
    assert sorted(written) == sorted(tmp_path.iterdir())
    assert {path.name for path in written} == {
        f"{name}{suffix}" for name in TABLES for suffix in (".csv", ".jsonl", ".parquet")
    }


def test_some_tables_are_written_when_they_are_named(report: FleetReport, tmp_path: Path) -> None:
    written = write_tables(report, tmp_path, names=["findings", "expiry"])
    assert [path.name for path in written] == ["findings.csv", "expiry.csv"]
