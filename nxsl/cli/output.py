"""What `--output` and `--format` mean together."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nxsl.cli.options import TABLE
from nxsl.core.errors import MissingExtra
from nxsl.reports import write_table, write_tables
from nxsl.reports.export import SUFFIXES

if TYPE_CHECKING:
    from nxsl.reports import FleetReport


@dataclass(frozen=True, slots=True)
class Output:
    """A file for one table, or a folder for all of them.

    Attributes:
        path: where.
        kind: one of `nxsl.reports.FORMATS`.
        folder: whether it is a folder.
    """

    path: Path
    kind: str
    folder: bool

    def write(self, report: FleetReport, table: str) -> None:
        """Write the table, or all."""
        if self.folder:
            write_tables(report, self.path, (self.kind,))
        else:
            write_table(report.table(table), self.path, self.kind)


def output_of(path: Path | None, kind: str) -> Output | None:
    """What `--output` and `--format` mean together; checked before anything is sent.

    Raises:
        typer.BadParameter: they contradict each other, or mean nothing.
        MissingExtra: Parquet is wanted, and pyarrow is not there.
    """
    hint = "--output"
    if path is None:
        if kind == "parquet":
            raise typer.BadParameter("parquet needs --output", param_hint="--format")
        return None
    suffix = path.suffix.lower()
    if path.is_dir() or not suffix:
        made = Output(path, "csv" if kind == TABLE else kind, folder=True)
    elif suffix in _KINDS:
        made = Output(path, _KINDS[suffix], folder=False)
        if kind not in {TABLE, made.kind}:
            raise typer.BadParameter(f"{path.name} is no name for {kind}", param_hint=hint)
    else:
        raise typer.BadParameter(
            f"'{path.name}': end it with {', '.join(_KINDS)}, or name a folder", param_hint=hint
        )
    if made.kind == "parquet" and importlib.util.find_spec("pyarrow") is None:
        raise MissingExtra("Parquet needs pyarrow", remedy="pip install 'nxsl[parquet]'")
    return made


_KINDS = {**{suffix: kind for kind, suffix in SUFFIXES.items()}, ".json": "json"}
