"""Tables as text and files: CSV, JSON lines, Parquet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nxsl.core.errors import MissingExtra
from nxsl.core.payload import Payload
from nxsl.fleet.files import write_whole
from nxsl.reports.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nxsl.reports.fleet import FleetReport

FORMATS = ("csv", "json", "parquet")
"""`json` means JSON lines: one object a line."""

SUFFIXES = {"csv": ".csv", "json": ".jsonl", "parquet": ".parquet"}

# A spreadsheet takes a cell that begins with one of these for a formula.
# The last four are the full-width forms of the first.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def to_text(frame: pd.DataFrame, kind: str) -> str:
    """Give a table as CSV or JSON lines.

    In CSV a text that a spreadsheet would take for a formula gets an apostrophe in front. Dates
    are ISO 8601 in UTC.

    Raises:
        ValueError: `kind` is neither `csv` nor `json`.
    """
    if kind == "csv":
        return str(_formula_safe(frame).to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ"))
    if kind == "json" and frame.empty:
        return ""  # pandas writes an empty line
    if kind == "json":
        text = frame.to_json(orient="records", lines=True, date_format="iso", force_ascii=False)
        return str(text).replace("\\/", "/")  # so that a URL can be searched for
    raise ValueError(f"{kind} is no text format; there are csv and json")


def write_table(frame: pd.DataFrame, path: Path, kind: str) -> Path:
    """Write one table to a file, whole or not at all; an old file stays until then.

    The file is readable by its owner only: reports name accounts and serial numbers.

    Raises:
        MissingExtra: `parquet` needs `pip install 'nxsl[parquet]'`.
        OSError: the file cannot be written.
        ValueError: there is no such format.
    """
    content = _parquet(frame) if kind == "parquet" else to_text(frame, kind).encode()
    return write_whole(path, Payload(content))


def write_tables(
    report: FleetReport,
    folder: Path,
    kinds: Iterable[str] = ("csv",),
    *,
    names: Iterable[str] = tuple(TABLES),
) -> list[Path]:
    """Write the tables of a report into a folder, one file a table and format."""
    return [
        write_table(report.table(name), folder / f"{name}{SUFFIXES[kind]}", kind)
        for name in names
        for kind in kinds
    ]


def _parquet(frame: pd.DataFrame) -> bytes:
    try:
        return bytes(frame.to_parquet(None, engine="pyarrow", index=False))
    except ImportError:
        raise MissingExtra("Parquet needs pyarrow", remedy="pip install 'nxsl[parquet]'") from None


def _formula_safe(frame: pd.DataFrame) -> pd.DataFrame:
    safe = frame.copy()
    for name in safe.columns:
        if pd.api.types.is_string_dtype(safe[name].dtype):
            risky = safe[name].str.startswith(_FORMULA)
            safe[name] = safe[name].where(~risky, "'" + safe[name])
    return safe
