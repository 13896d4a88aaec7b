"""What people see: tables, plans and messages on a terminal or in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from nxsl.cli.console import console
from nxsl.cli.options import TABLE
from nxsl.core.entitlement import Entitlement
from nxsl.core.gate import CheckResult, Verdict
from nxsl.core.outcome import ConfigureRecord, Outcome, TaskRecord
from nxsl.reports import TABLES, to_text
from nxsl.reports.plan import heading, planned_text, same_together
from nxsl.reports.tables import TIME
from nxsl.run.wording import STYLES, part_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nornir.core.task import AggregatedResult
    from rich.console import Console

    from nxsl.reports import FleetReport, Table
    from nxsl.reports.tables import Column

_MOST_HOSTS_NAMED = 6
_INDENTED = (0, 0, 0, 2)
# Below this a table with sentences in it is a row of slivers.
_ROOM_FOR_SENTENCES = 100
GOOD_WORDS = frozenset(str(outcome) for outcome in Outcome if outcome.good)

_GAP = 2
_LONGEST_UNWRAPPED = 40

_NOT_WRAPPED = frozenset(
    {"task", "model", "release", "regime", "outcome", "registration", "worst", "reason", "verdict"}
)

_STYLES = {
    **STYLES,
    "critical": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "REGISTERED": "green",
    "AUTHORIZED": "green",
    "UNREGISTERED": "red",
    "REGISTERING": "yellow",
    "OUT OF COMPLIANCE": "bold red",
    "EVAL MODE": "yellow",
    str(Entitlement.ENTITLED): "green",
    str(Entitlement.REPORTING): "green",
    str(Entitlement.IN_EVALUATION): "yellow",
    str(Entitlement.NOT_REPORTING): "red",
    str(Entitlement.OUT_OF_COMPLIANCE): "bold red",
    str(Entitlement.EXPIRED): "bold red",
    str(Entitlement.UNLICENSED): "bold red",
    str(Verdict.READY): "green",
    str(Verdict.PREPARE): "yellow",
    str(Verdict.BLOCKED): "bold red",
    str(Verdict.NOT_CONCERNED): "dim",
    str(Verdict.ARRIVED): "bold green",
    str(Verdict.ON_THE_WAY): "yellow",
    str(Verdict.NOT_ARRIVED): "bold red",
    str(CheckResult.PASS): "green",
    str(CheckResult.FAIL): "bold red",
    str(CheckResult.WARN): "yellow",
    str(CheckResult.WAIT): "yellow",
    str(CheckResult.SKIP): "dim",
}


class Screen:
    """Standard output for tables, standard error for progress and, beside data, for words.

    Attributes:
        out: tables, and words while a person reads them.
        err: progress and errors.
        kind: `table`, or a format of `nxsl.reports.FORMATS`.
    """

    def __init__(
        self, *, kind: str = TABLE, out: Console | None = None, err: Console | None = None
    ) -> None:
        self.kind = kind
        self.out = out or console()
        self.err = err or console(stderr=True)

    @property
    def words(self) -> Console:
        """Where sentences and plans go: beside the table, or out of the data's way."""
        return self.out if self.kind == TABLE else self.err

    def say(self, sentence: str, style: str = "") -> None:
        """Print a sentence for people."""
        self.words.print(Text(sentence, style=style), soft_wrap=True)

    def heading(self, title: str) -> None:
        """Print a heading."""
        self.words.print()
        self.words.rule(Text(title, style="bold"), align="left", characters="─")

    def table(self, schema: Table, frame: pd.DataFrame) -> None:
        """Print a table in the chosen format."""
        if self.kind != TABLE:
            self.out.file.write(to_text(frame, self.kind))
        elif frame.empty:
            self.out.print(f"no {schema.name}")
        elif "remedy" in frame and self.out.width < _ROOM_FOR_SENTENCES:
            self._blocks(frame)
        else:
            self.out.print(rich_table(schema, frame, width=self.out.width))

    def _blocks(self, frame: pd.DataFrame) -> None:
        """Print rows that hold sentences one below the other, for a narrow terminal."""
        for row in frame.to_dict("records"):
            head = [
                str(row[name])
                for name in ("task", "outcome", "severity", "result", "code")
                if name in row
            ]
            title = Text(str(row["host"]) + ": ", style="bold")
            for word in head:
                title.append(f"{word} ", style=_STYLES.get(word, ""))
            self.out.print(title)
            sentence = str(row["detail" if "detail" in row else "message"])
            self.out.print(Padding(Text(sentence), _INDENTED))
            if row["remedy"]:
                step = Text("next: " + str(row["remedy"]), style="cyan")
                self.out.print(Padding(step, _INDENTED))

    def overview(self, report: FleetReport) -> None:
        """Print what is wrong, same things together, and the sum of it."""
        for name in ("failures", "findings"):
            frame = report.table(name)
            if frame.empty:
                continue
            self.heading(name)
            self.table(TABLES[name], together(frame))
        status = report.status
        bad = status[(status["worst"] == "critical") | ~status["outcome"].isin(GOOD_WORDS)]
        self.say("")
        part = part_words(len(status) - len(bad), len(status), "switch needs", "switches need")
        self.say(f"{part} nothing urgent.")
        if len(bad):
            self.say(f"In need of work: {names_of(list(bad['host']))}")

    def next_steps(self, failures: pd.DataFrame) -> None:
        """Print what to do about failures, same remedies together."""
        if self.kind != TABLE or failures.empty:
            return
        self.heading("next")
        for remedy, rows in failures.groupby("remedy", sort=False):
            hosts = list(dict.fromkeys(rows["host"]))
            self.words.print(Text(names_of(hosts), style="bold"), soft_wrap=True)
            step = str(remedy) or "see its detail above"
            for line in step.splitlines():  # several are lines to type, and so never wrapped
                self.words.print(Text(f"  {line}", style="cyan"), soft_wrap="\n" in step)
            for words in dict.fromkeys(rows["evidence"]):
                for line in str(words).splitlines():
                    self.words.print(Text(f"  | {line}", style="dim"), soft_wrap=True)

    def plan(self, result: AggregatedResult) -> None:
        """Print what would change, hosts with the same change together."""
        for text, hosts in _grouped(result).items():
            self.words.print(Text(f"\n{heading(hosts)}", style="bold"), soft_wrap=True)
            for line in text.splitlines():
                style = {"-": "red", "+": "green"}.get(line[:1], "dim")
                self.words.print(Text(f"  {line}", style=style), soft_wrap=True)


def rich_table(schema: Table, frame: pd.DataFrame, *, width: int) -> RichTable:
    """Make a table for a terminal of that width: without empty columns, the dearest ones first."""
    cells = {
        column: [_cell(value, column) for value in frame[column.name]]
        for column in schema.columns
        if column.brief
    }
    shown = _fitting({column: texts for column, texts in cells.items() if any(texts)}, width)
    made = RichTable(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in shown:
        made.add_column(
            _title(column),
            justify="right" if column.dtype in {"Int64", "Float64"} else "left",
            overflow="fold",
            no_wrap=column.name in _NOT_WRAPPED
            or (column.name == "host" and max(map(len, cells[column])) <= _LONGEST_UNWRAPPED),
        )
    for row in zip(*(cells[column] for column in shown), strict=True):
        made.add_row(*row)
    return made


def _fitting(cells: dict[Column, list[Text]], width: int) -> list[Column]:
    """The columns that fit side by side, when long texts are wrapped."""
    needs = {
        column: _GAP
        + min(max(len(_title(column)), *(text.cell_len for text in texts)), _LONGEST_UNWRAPPED)
        for column, texts in cells.items()
    }
    shown = list(needs)
    while sum(needs[column] for column in shown) > width:
        least = max(shown, key=lambda column: column.rank)
        if not least.rank:
            break
        shown.remove(least)
    return shown


def _title(column: Column) -> str:
    return column.name.replace("_", " ")


def _cell(value: object, column: Column) -> Text:
    if pd.isna(value):  # type: ignore[call-overload]
        return Text("")
    if column.dtype == TIME:
        return Text(f"{value:%Y-%m-%d %H:%M} UTC" if column.clock else f"{value:%Y-%m-%d}")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    text = column.zero if column.zero and value == 0 else str(value)
    return Text(text, style=_STYLES.get(text.partition(" - ")[0], ""))


def _grouped(result: AggregatedResult) -> Mapping[str, list[str]]:
    """The hosts by what is planned for them."""
    return same_together(
        (host, _planned(record, str(multi[0].diff or "")))
        for host, multi in result.items()
        if isinstance(record := multi[0].result, TaskRecord) and record.outcome is Outcome.PLANNED
    )


def _planned(record: TaskRecord, diff: str) -> str:
    """The diff, and for a configuration also the lines in the order in which they are typed."""
    plan = record.plan if isinstance(record, ConfigureRecord) else None
    return planned_text(record.detail, diff, plan.commands if plan else ())


def together(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that differ in their host alone become one."""
    same = [name for name in frame.columns if name not in {"host", "evidence"}]
    hosts = frame.groupby(same, sort=False)["host"].agg(lambda found: names_of(list(found)))
    return hosts.reset_index()[["host", *same]].astype("str")


def names_of(hosts: Iterable[str]) -> str:
    """Hosts in a sentence; many of them by their number and the first."""
    names = list(hosts)
    more = len(names) - _MOST_HOSTS_NAMED
    head = f"{len(names)} switches: " if len(names) > 1 else ""
    return head + ", ".join(names[:_MOST_HOSTS_NAMED]) + (f" and {more} more" if more > 0 else "")
