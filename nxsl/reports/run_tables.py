"""The schemas of the tables of runs."""

from __future__ import annotations

from nxsl.reports.tables import COUNT, TEXT, TIME, Column, Table

RUNS = Table(
    "runs",
    "One row for each run, the newest first.",
    (
        Column("id", TEXT, "the run's name; its beginning is enough where a run is to be named"),
        Column("job", TEXT, "what is done, such as register"),
        Column("state", TEXT, "running, done, paused, aborted, stopped or broken"),
        Column("started", TIME, "when it began", rank=2, clock=True),
        Column("ended", TIME, "when it ended; missing while it runs", brief=False),
        Column("who", TEXT, "who runs it, and on which machine", rank=3),
        Column("hosts", COUNT, "how many hosts it has", rank=1),
        Column("good", COUNT, "how many of them did what was asked for"),
        Column("bad", COUNT, "how many were begun and ended in another way"),
        Column("not_run", COUNT, "how many were not begun"),
        Column("pending", COUNT, "how many have not come to an end: under way, or yet to come"),
        Column("inventory", TEXT, "the folder or file", rank=4),
    ),
)

RUN_HOSTS = Table(
    "run_hosts",
    "One row for each host of a run, in the inventory's order.",
    (
        Column("host", TEXT, "the inventory's name of the switch"),
        Column(
            "wave",
            COUNT,
            "which wave it belongs to; 0 (a terminal shows -) where nothing was to be changed",
            rank=1,
            zero="-",
        ),
        Column("outcome", TEXT, "how it ended; empty while it has not"),
        Column("reason", TEXT, "why it is not good, as one or two words", rank=2),
        Column("detail", TEXT, "one sentence on it"),
        Column("remedy", TEXT, "what to do or type", rank=3),
        Column("evidence", TEXT, "the switch's own words", brief=False),
        Column("updated_at", TIME, "when it was noted", brief=False),
    ),
)

RUN_STEPS = Table(
    "run_steps",
    "One row for each event of a run that concerns a host, in their order.",
    (
        Column("number", COUNT, "of the event; it rises, with gaps where the run is concerned"),
        Column("at", TIME, "when it was noted", clock=True),
        Column("host", TEXT, "the inventory's name of the switch"),
        Column("event", TEXT, "such as before, after, pending or outcome"),
        Column("step", TEXT, "the step, where it is about one"),
        Column("end", TEXT, "how the step ended"),
        Column("outcome", TEXT, "how the host ended"),
        Column("reason", TEXT, "why that is not good, as one or two words"),
        Column("commands", TEXT, "what is typed, with ' ; ' between; secrets are masked"),
    ),
)

RUN_TABLES: dict[str, Table] = {table.name: table for table in (RUNS, RUN_HOSTS, RUN_STEPS)}
"""All of them by name."""
