"""The schema of every table: columns, their order, types and meaning.

Empty and full frames come from the same schema, so their types never differ. Text columns hold no
missing values: where there is nothing, they hold "". Dates are aware, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DType = Literal["str", "Int64", "Float64", "boolean", "datetime64[us, UTC]"]

TEXT: DType = "str"
COUNT: DType = "Int64"
NUMBER: DType = "Float64"
FLAG: DType = "boolean"
TIME: DType = "datetime64[us, UTC]"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: its name.
        dtype: its pandas dtype.
        doc: what it means.
        brief: whether a terminal shows it; files hold every column.
        rank: a narrow terminal leaves out those of the highest rank first; 0 always stays.
        clock: whether a terminal shows the time of day of a date as well.
        zero: what a terminal shows instead of 0; empty for 0 itself.
    """

    name: str
    dtype: DType
    doc: str
    brief: bool = True
    rank: int = 0
    clock: bool = False
    zero: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The schema of one table.

    Attributes:
        name: its name, also that of its file.
        doc: what a row is.
        columns: in their order.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]

    def frame(self, rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
        """Make the table. Rows that are made one by one never are in memory all at once.

        Raises:
            KeyError: a row lacks a column, or has one that the schema does not know.
        """
        values: dict[str, list[object]] = {column.name: [] for column in self.columns}
        for row in rows:
            if row.keys() != values.keys():
                raise KeyError(f"{self.name}: {sorted(values.keys() ^ row.keys())}")
            for name, column_so_far in values.items():
                column_so_far.append(row[name])
        return pd.DataFrame(
            {
                column.name: pd.Series(values[column.name], dtype=column.dtype)
                for column in self.columns
            }
        )


_HOST = Column("host", TEXT, "the inventory's name of the switch")

STATUS = Table(
    "status",
    "One row for every host of the inventory, whatever happened to it.",
    (
        _HOST,
        Column("hostname", TEXT, "the switch's own name", brief=False),
        Column("model", TEXT, "the product, such as C93180YC-EX", rank=6),
        Column("serial", TEXT, "the chassis' serial number", brief=False),
        Column("release", TEXT, "the NX-OS release", rank=2),
        Column("platform", TEXT, "the family", brief=False),
        Column("regime", TEXT, "how the switch is licensed: traditional, SL, SLP, ...", rank=1),
        Column("outcome", TEXT, "how the last reading ended: read, or why not", rank=1),
        Column("state", TEXT, "the state that all regimes share: entitled, reporting, ..."),
        Column("state_reason", TEXT, "why it is that one; see docs/states.md", rank=3),
        Column(
            "registration",
            TEXT,
            "the switch's words, such as REGISTERED; under SLP whether a trust code is installed",
            rank=5,
        ),
        Column("smart_account", TEXT, "the smart account it belongs to", brief=False),
        Column("virtual_account", TEXT, "the virtual account it belongs to", rank=6),
        Column("authorization", TEXT, "the switch's words, such as AUTHORIZED", rank=4),
        Column("export_controlled", TEXT, "the switch's word", brief=False),
        Column("registration_expires", TIME, "when the ID certificate runs out", brief=False),
        Column("authorization_deadline", TIME, "when the authorization runs out", brief=False),
        Column("trusted_at", TIME, "SLP: when the trust code was installed", brief=False),
        Column("last_report", TIME, "SLP: when usage was last reported", brief=False),
        Column("last_ack", TIME, "SLP: when a report was last acknowledged", brief=False),
        Column("ack_deadline", TIME, "SLP: when the next acknowledgement is due", brief=False),
        Column("host_id", TEXT, "what licence files are made out to", brief=False),
        Column("vdc", TEXT, "Nexus 7000: the virtual device context that was read", brief=False),
        Column("worst", TEXT, "the severity of the worst finding; empty without findings"),
        Column("findings", COUNT, "how many findings; missing where nothing was read", rank=6),
        Column("reason", TEXT, "why there is no reading, as one or two words", rank=6),
        Column("detail", TEXT, "one sentence on it", brief=False),
        Column("read_at", TIME, "when it was read", brief=False),
    ),
)

USAGE = Table(
    "usage",
    "One row for each licence of each switch.",
    (
        _HOST,
        Column("smart_account", TEXT, "the smart account", brief=False),
        Column("virtual_account", TEXT, "the virtual account", rank=1),
        Column("license", TEXT, "the entitlement's tag"),
        Column("count", COUNT, "how many are in use"),
        Column(
            "state", TEXT, "the state, of a closed set; 'unknown' for a word nxsl does not know"
        ),
        Column("status", TEXT, "the switch's words"),
        Column("description", TEXT, "the switch's description", brief=False),
        Column("enforcement", TEXT, "such as NOT ENFORCED", brief=False),
        Column("grace_days", NUMBER, "days of grace left, for licence files", brief=False),
    ),
)

TRANSPORT = Table(
    "transport",
    "One row for each switch whose transport was read.",
    (
        _HOST,
        Column("transport", TEXT, "callhome; under SLP also smart, cslu or off", rank=1),
        Column("enabled", FLAG, "whether it is on: call home's line 'enable', or not 'off'"),
        Column("email", TEXT, "the contact", brief=False),
        Column("destination", TEXT, "the URLs that the agent uses, separated by blanks"),
        Column("vrf", TEXT, "the VRF in use", rank=1),
        Column("proxy", TEXT, "server:port of the proxy; empty where none is in use"),
        Column("source_interface", TEXT, "ip http source-interface", rank=2),
        Column("as_intended", FLAG, "whether it is as the inventory intends; missing without"),
        Column("saved", FLAG, "whether the startup configuration has the same"),
    ),
)

EXPIRY = Table(
    "expiry",
    "One row for each date ahead of each switch, the nearest first.",
    (
        _HOST,
        Column("virtual_account", TEXT, "the virtual account", brief=False),
        Column(
            "what",
            TEXT,
            "registration, id-renewal, authorization, authorization-renewal, evaluation, report, "
            "acknowledgement, grace or license-file",
        ),
        Column("at", TIME, "the date; for an evaluation or grace, if it were used without a break"),
        Column("days_left", NUMBER, "days from the reading to it; negative when past"),
    ),
)

FINDINGS = Table(
    "findings",
    "One row for each finding, the worst first.",
    (
        _HOST,
        Column("severity", TEXT, "critical, warning or info"),
        Column("code", TEXT, "a short name that never changes", rank=1),
        Column("message", TEXT, "what is the matter"),
        Column("remedy", TEXT, "what to do or type"),
    ),
)

FAILURES = Table(
    "failures",
    "One row for each task that did not do what it was asked for.",
    (
        _HOST,
        Column("task", TEXT, "the task"),
        Column("outcome", TEXT, "how it ended"),
        Column("reason", TEXT, "why, as one or two words that never change", rank=1),
        Column("detail", TEXT, "one sentence on it"),
        Column("remedy", TEXT, "what to do or type"),
        Column("evidence", TEXT, "the switch's own words", brief=False),
    ),
)

OUTCOMES = Table(
    "outcomes",
    "One row for each task on each host, in the order they ran.",
    (
        _HOST,
        Column("task", TEXT, "the task"),
        Column("outcome", TEXT, "how it ended"),
        Column(
            "changed",
            FLAG,
            "whether the switch was, or in a dry run would be, changed",
            brief=False,
        ),
        Column("reason", TEXT, "why, as one or two words", rank=1),
        Column("detail", TEXT, "one sentence on it"),
    ),
)

PLAN = Table(
    "plan",
    "One row for every host of a plan: what is going to be done there.",
    (
        _HOST,
        Column("address", TEXT, "where it is reached", brief=False),
        Column("model", TEXT, "the product; empty where it was not read", rank=3),
        Column("expects", TEXT, "how it is expected to end: changed ok, or how the dry run ended"),
        Column("steps", COUNT, "how many lines and commands are going to be typed", rank=1),
        Column("reason", TEXT, "why it is not good, as one or two words", rank=2),
        Column("detail", TEXT, "one sentence on it"),
        Column("remedy", TEXT, "what to do or type"),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table for table in (STATUS, USAGE, TRANSPORT, EXPIRY, FINDINGS, FAILURES, OUTCOMES)
}
"""The tables of a `FleetReport` by name."""
