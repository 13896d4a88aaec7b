"""The tables of the run store, for SQLite and PostgreSQL alike; `nxsl.run.store` describes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from nxsl.core.text import visible

if TYPE_CHECKING:
    from sqlalchemy import Dialect

    from nxsl.core.plain import Plain

VERSION = 1
"""Of the schema; another is refused, as a journal that is read wrongly is worse than none."""


class Utc(TypeDecorator[datetime]):
    """A time as text of one length, in UTC: the same in both databases, and in order as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """Plain values as they are: whatever no database holds is escaped, and comes back."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Plain, dialect: Dialect) -> str:  # noqa: ARG002
        return json.dumps(value, allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002
        return None if value is None else json.loads(value)


class Shown(TypeDecorator[str]):
    """A text of a switch or of a user; control characters, which may be NUL, become codes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:  # noqa: ARG002
        return visible(value or "")


METADATA = MetaData()

STORE = Table(
    "nxsl_store",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("made_at", Utc, nullable=False),
)

RUNS = Table(
    "nxsl_runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("job", Shown, nullable=False),
    Column("state", Text, nullable=False),
    Column("user", Shown, nullable=False),
    Column("machine", Shown, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("since", Utc, nullable=False),
    Column("mark", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("started_at", Utc, nullable=False, index=True),
    Column("ended_at", Utc),
    Column("inventory", Shown, nullable=False, index=True),
    Column("selection", Json, nullable=False),
    Column("options", Json, nullable=False),
    Column("plan", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("plan_text", Json, nullable=False),
    Column("locks", Json, nullable=False),
    Column("fence", Text, nullable=False),
    Column("taken_by", Shown, nullable=False),
    Column("events", Integer, nullable=False),
)


def _run() -> ForeignKey:
    return ForeignKey("nxsl_runs.id", ondelete="CASCADE")


HOSTS = Table(
    "nxsl_hosts",
    METADATA,
    Column("run", Text, _run(), primary_key=True),
    Column("host", Shown, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("address", Shown, nullable=False),
    Column("wave", Integer, nullable=False),
    Column("outcome", Text),
    Column("reason", Shown, nullable=False),
    Column("detail", Shown, nullable=False),
    Column("remedy", Shown, nullable=False),
    Column("evidence", Shown, nullable=False),
    Column("changed", Boolean(create_constraint=False), nullable=False),
    Column("diff", Shown, nullable=False),
    Column("ticket", Json, nullable=False),
    Column("updated_at", Utc),
)

EVENTS = Table(
    "nxsl_events",
    METADATA,
    Column("run", Text, _run(), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("kind", Text, nullable=False),
    Column("host", Shown, nullable=False),
    Column("data", Json, nullable=False),
)

LOCKS = Table(
    "nxsl_locks",
    METADATA,
    Column("name", Shown, primary_key=True),
    Column("run", Text, _run(), nullable=False, index=True),
)

PLANS = Table(
    "nxsl_plans",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("text", Json, nullable=False),
    Column("kept_at", Utc, nullable=False),
)
