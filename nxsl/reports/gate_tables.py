"""The schemas of the upgrade gate's tables."""

from __future__ import annotations

from nxsl.reports.tables import FLAG, TEXT, TIME, Column, Table

_HOST = Column("host", TEXT, "the inventory's name of the switch")

NOT_READ = "not read"
"""The verdict on a switch that could not be read."""

NO_SNAPSHOT = "no snapshot"
"""The verdict on a switch that is to be compared, and of which there is nothing to compare with."""

GATE = Table(
    "gate",
    "One row for every host of the inventory: what the upgrade gate says about it.",
    (
        _HOST,
        Column("model", TEXT, "the product, such as C93180YC-EX", rank=4),
        Column("before", TEXT, "the release in the snapshot; empty before the upgrade", rank=2),
        Column("release", TEXT, "the NX-OS release now", rank=1),
        Column("target", TEXT, "the release to go to; empty where none was named", rank=3),
        Column("regime", TEXT, "how the switch is licensed now", rank=2),
        Column(
            "verdict",
            TEXT,
            "ready, prepare, blocked, not concerned; arrived, on the way, not arrived; "
            f"{NOT_READ}, {NO_SNAPSHOT}",
        ),
        Column("missing", TEXT, "the checks that failed or are not there yet", rank=1),
        Column("next_step", TEXT, "what to do or type first"),
        Column("detail", TEXT, "one sentence, where there is no gate", brief=False),
        Column("snapshot_at", TIME, "when the snapshot was taken", brief=False),
        Column("read_at", TIME, "when the switch was read", brief=False),
    ),
)

CHECKS = Table(
    "checks",
    "One row for each check of each switch, in the order in which they are made.",
    (
        _HOST,
        Column("verdict", TEXT, "what the gate says about the switch", brief=False),
        Column("code", TEXT, "a short name that never changes"),
        Column("result", TEXT, "pass, fail, warn, wait or skip"),
        Column("blocking", FLAG, "whether nobody should upgrade while it fails", brief=False),
        Column("message", TEXT, "what was seen"),
        Column("remedy", TEXT, "what to do or type"),
    ),
)

CHANGES = Table(
    "changes",
    "One row for each thing that the upgrade will change on a switch; none behind the upgrade.",
    (_HOST, Column("change", TEXT, "one sentence")),
)

SNAPSHOTS = Table(
    "snapshots",
    "One row for every host of the inventory: where its snapshot is, or why there is none.",
    (
        _HOST,
        Column("release", TEXT, "the NX-OS release", rank=1),
        Column("regime", TEXT, "how the switch is licensed", rank=1),
        Column("result", TEXT, "written, kept or failed"),
        Column("file", TEXT, "the snapshot's file", rank=2),
        Column("detail", TEXT, "what is missing in it, or why there is none"),
        Column("next_step", TEXT, "what to do or type"),
        Column("read_at", TIME, "when the switch was read", brief=False),
    ),
)

GATE_TABLES: dict[str, Table] = {table.name: table for table in (GATE, CHECKS, CHANGES)}
"""The tables of a `GateReport` by name."""
