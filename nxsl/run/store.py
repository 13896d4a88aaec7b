"""The run store: what was meant to be done, what was done, and who is at work.

One code for SQLite, a file of one machine, and PostgreSQL, for a team. `NXSL_STORE` names a file or
a URL such as `postgresql://user@db.example.com/nxsl`; the default is a file of this user.

What `append` has returned for outlives the process, the machine and its power supply. Every write
proves in the same transaction that its run was not taken over. After one write that failed the
store takes no further one: what is done from then on could not be accounted for.

| table | a row is | columns |
|---|---|---|
| `nxsl_store` | the schema | `version`, `made_at` |
| `nxsl_runs` | a run | `id`, `job`, `state`; the holder: `user`, `machine`, `pid`, `since`, \
`mark` (what tells the process from a later one of that number); `version` of nxsl, `started_at`, \
`ended_at`, `inventory`, `selection`, `options`, `plan` (its identity), `parent`, `plan_text`; \
`locks` (the names that it needs), `fence` (a word that its holder alone knows; empty when it has \
ended), `taken_by` (who has last taken it from another), `events` (how many there are) |
| `nxsl_hosts` | a host of a run | `run`, `host`, `position`, and the fields of `HostEntry` |
| `nxsl_events` | an event of a run | `run`, `number` (from 1 on, without gaps), `at`, `kind`, \
`host`, `data` |
| `nxsl_locks` | a lock that is held | `name` (once), `run` |
| `nxsl_plans` | a plan file that was written | `id`, `digest`, `text`, `kept_at` |

Times are texts in UTC, of one length. `selection`, `options`, `plan_text`, `locks`, `ticket`,
`data` and the text of a plan are JSON, and come back as they were; in other texts control
characters are shown as codes, as PostgreSQL cannot hold each of them.
"""

from __future__ import annotations

import threading
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn, Self

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from nxsl.core.errors import JournalFailed, NxslError, PlanFileError, SelectionError
from nxsl.core.run_records import EventKind, RunState
from nxsl.run import _locks, _queries, _rows
from nxsl.run._database import WRITES, default_url, moved, open_database, place_of
from nxsl.run._holders import Life, holder, life_of, lock_names
from nxsl.run._noting import Note, advance, held_row, note, note_all
from nxsl.run._read_only import is_there, open_to_read
from nxsl.run._schema import HOSTS, PLANS, RUNS
from nxsl.run._together import Together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Engine

    from nxsl.core.plain import Plain
    from nxsl.core.run_records import Holder, HostEntry, RunHead, RunSummary, RunView
    from nxsl.run._database import Place

__all__ = ["Life", "Note", "RunStore", "default_url", "holder", "life_of", "lock_names"]

_TRIES = 5
_MEND = "mend that, then: nxsl resume ID"
_SPENT = "this RunStore takes nothing more; for another run open one anew: RunStore.open"


class RunStore:
    """An open run store; any thread may use it. Close it, or use it in a `with` block."""

    def __init__(
        self, engine: Engine, place: Place, torn: Callable[[], bool] | None = None
    ) -> None:
        """Use `RunStore.open`."""
        self._engine = engine
        self._writer = engine.execution_options(**{WRITES: True})
        self._place = place
        self._moved = moved(place)
        self._torn = torn or (lambda: False)
        # One at a time: the databases would let them wait as well, but less fairly.
        self._writing = threading.Lock()
        self._together = Together(self._note)
        self._fences: dict[str, str] = {}
        self._failed = ""

    @classmethod
    def open(cls, url: str | None = None, *, read_only: bool = False) -> Self:
        """Open a store, and make it where it is not there.

        Args:
            url: of PostgreSQL or SQLite, or the path of a SQLite file; the default is
                `default_url`.
            read_only: only look at what is there, which need not be writable; nothing is made.

        Raises:
            JournalFailed: it cannot be used, or is to be read and not there; the message says
                where, why, and what to do.
            MissingExtra: PostgreSQL is asked for, and its driver is not installed.
        """
        place = place_of(url)
        if read_only:
            engine, torn = open_to_read(place)
            return cls(engine, place, torn)
        return cls(open_database(place), place)

    @classmethod
    def is_there(cls, url: str | None = None) -> bool:
        """Whether somebody has made that store; in PostgreSQL only opening it tells."""
        return is_there(place_of(url))

    @property
    def where(self) -> str:
        """The file, or the URL without a password."""
        return self._place.shown

    def close(self) -> None:
        """Close all connections; locks stay until `end`."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def begin(
        self, head: RunHead, plan: str, hosts: Sequence[HostEntry], *, locks: Sequence[str]
    ) -> None:
        """Note a run with its hosts, take its locks and note its first event: all or nothing.

        Args:
            head: who does what; its holder is the one that others are shown.
            plan: what is applied, as text.
            hosts: in the inventory's order.
            locks: what nobody else may work on meanwhile, from `lock_names`.

        Raises:
            Locked: another run holds one of the locks; nothing was noted.
            JournalFailed: it could not be noted.
        """
        fence = uuid.uuid4().hex
        row = _rows.head_row(head) | {"plan_text": plan, "locks": sorted(set(locks))}
        row |= {"fence": fence, "taken_by": "", "events": 1}
        data: dict[str, Plain] = {"holder": str(head.holder), "job": head.job, "plan": head.plan}

        def noting(connection: Connection) -> None:
            connection.execute(RUNS.insert(), row)
            _locks.take(connection, head.id, locks)
            if hosts:
                rows = [
                    {"run": head.id, "position": position, **_rows.host_row(entry)}
                    for position, entry in enumerate(hosts)
                ]
                connection.execute(HOSTS.insert(), rows)
            note(connection, head.id, 1, EventKind.RUN_STARTED, data)

        self._take(head.id, locks, noting)
        self._fences[head.id] = fence

    def append(self, run: str, kind: EventKind, /, host: str = "", **data: Plain) -> int:
        """Note an event; it is durable when this returns.

        Returns:
            Its number.

        Raises:
            JournalFailed: it could not be noted, as the database refused, as the run was taken
                over, or as an earlier write has failed. Nothing further must be sent.
        """
        return self.note(run, [Note(kind=kind, host=host, data=data)])

    def put_host(self, run: str, entry: HostEntry, kind: EventKind, /, **data: Plain) -> int:
        """Note how a host stands, and the event that made it so, both or neither.

        Returns:
            The number of the event.

        Raises:
            JournalFailed: as `append`; also where the run has no such host.
        """
        return self.note(run, [Note(kind=kind, host=entry.host, data=data, entry=entry)])

    def note(self, run: str, notes: Sequence[Note]) -> int:
        """Note several events, with how they leave their hosts, all or nothing.

        Returns:
            The number of the last of them.

        Raises:
            JournalFailed: as `append` and `put_host`.
        """
        return self._together.add(run, notes)

    def _note(self, run: str, notes: Sequence[Note]) -> int:
        with self._write() as connection:
            return note_all(connection, run, self._fences.get(run, ""), notes)

    def end(self, run: str, state: RunState) -> None:
        """Note that a run has ended or rests, and give its locks back.

        Raises:
            JournalFailed: as `append`.
        """
        with self._write() as connection:
            number = advance(connection, run, self._fences.get(run, ""))
            note(connection, run, number, EventKind.RUN_ENDED, {"state": state.value})
            ended: dict[str, Any] = {"ended_at": datetime.now(UTC), "fence": ""}
            connection.execute(
                update(RUNS).where(RUNS.c.id == run).values(state=state.value, **ended)
            )
            _locks.release(connection, run)
        self._fences.pop(run, None)

    def resume(self, run: str, by: Holder, *, take_over: bool = False) -> RunView:
        """Take a run that has not come to its end, with its locks.

        Args:
            run: its name.
            by: who takes it.
            take_over: also from a process that still lives, or may do so; what that process
                notes from then on is refused, and so it sends nothing more.

        Raises:
            SelectionError: there is no such run, or it has come to its end.
            Locked: its process still lives, or another run holds one of its locks.
            JournalFailed: it could not be noted.
        """
        fence = uuid.uuid4().hex
        with self._read() as connection:
            locks = _queries.locks_of(connection, run)

        def noting(connection: Connection) -> None:
            row = held_row(connection, run)
            state, former = RunState(row["state"]), _rows.holder_of(row)
            _locks.require_at_rest(row, take_over=take_over)
            _locks.take(connection, run, locks)
            number = row["events"] + 1
            values = _rows.holder_row(by) | {"state": RunState.RUNNING.value, "ended_at": None}
            values |= {"fence": fence, "taken_by": str(by), "events": number}
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(values))
            data: dict[str, Plain] = {"holder": str(by), "from": str(former), "state": state.value}
            note(connection, run, number, EventKind.RUN_RESUMED, data)

        self._take(run, locks, noting)
        self._fences[run] = fence
        return self.run(run)

    def take_over(self, run: str, by: Holder) -> None:
        """Give up a run that is under way: its process may note nothing more; its locks are free.

        Raises:
            SelectionError: there is no such run, or it is not under way.
            JournalFailed: it could not be noted.
        """
        with self._write() as connection:
            row = held_row(connection, run)
            if row["state"] != RunState.RUNNING.value:
                raise SelectionError(f"run {run} is not under way: {row['state']}")
            state = RunState.BROKEN.value
            number = row["events"] + 1
            values = {"state": state, "ended_at": datetime.now(UTC), "fence": ""}
            values |= {"taken_by": str(by), "events": number}
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(values))
            _locks.release(connection, run)
            data: dict[str, Plain] = {"state": state, "taken over by": str(by)}
            note(connection, run, number, EventKind.RUN_ENDED, data)

    def require_free(self, locks: Sequence[str], *, run: str = "") -> None:
        """Look whether locks could be taken by a run, or by a new one; none is.

        Raises:
            Locked: another run holds one of them.
        """
        with self._read() as connection:
            held = _locks.held_by_another(connection, run, locks)
        if held is not None:
            raise held

    def require_resumable(self, run: str, *, take_over: bool = False) -> None:
        """Look whether `resume` would take a run; it is not taken.

        Raises:
            SelectionError: there is no such run, or it has come to its end.
            Locked: its process still lives, or another run holds one of its locks.
        """
        with self._read() as connection:
            locks = _queries.locks_of(connection, run)
            row = connection.execute(select(RUNS).where(RUNS.c.id == run)).mappings().one()
        _locks.require_at_rest(row, take_over=take_over)
        self.require_free(locks, run=run)

    def keep_plan(self, plan_id: str, digest: str, text: str) -> None:
        """Keep what a plan file holds, so that a file that was changed can be told.

        Raises:
            PlanFileError: a plan of that name with another content is there already.
            JournalFailed: it could not be kept.
        """
        row = {"id": plan_id, "digest": digest, "text": text, "kept_at": datetime.now(UTC)}
        try:
            with self._write(IntegrityError) as connection:
                connection.execute(PLANS.insert(), row)
        except IntegrityError:
            if self.plan_digest(plan_id) != digest:
                raise PlanFileError(
                    f"the run store has another plan of the name {plan_id}"
                ) from None

    def plan_digest(self, plan_id: str) -> str | None:
        """The digest of a plan that was kept; None where there is none of that name."""
        with self._read() as connection:
            return connection.scalar(select(PLANS.c.digest).where(PLANS.c.id == plan_id))

    def runs(self, *, limit: int = 20, inventory: str = "") -> tuple[RunSummary, ...]:
        """The last runs, the newest first; of one inventory where that is named."""
        with self._read() as connection:
            return _queries.summaries(connection, limit, inventory)

    def run(self, id_or_prefix: str) -> RunView:
        """Everything about one run; the beginning of its name is enough.

        Raises:
            SelectionError: no run, or more than one, has a name that begins so.
        """
        with self._read() as connection:
            return _queries.view(connection, id_or_prefix)

    def _take(self, run: str, locks: Sequence[str], noting: Callable[[Connection], None]) -> None:
        """Do what takes locks, or say who holds them."""
        for _ in range(_TRIES):  # who held one may have given it back since
            try:
                with self._write(IntegrityError) as connection:
                    noting(connection)
            except IntegrityError as error:
                refused = error
            else:
                return
            with self._read() as connection:
                held = _locks.held_by_another(connection, run, locks)
            if held is not None:
                raise held
        raise JournalFailed(
            f"run {run} cannot be noted in {self.where}: {self._place.words(refused)}"
        ) from refused

    @contextmanager
    def _write(self, *passing: type[Exception]) -> Iterator[Connection]:
        """One transaction; durable after the block, or nothing of it is there."""
        expected: tuple[type[Exception], ...] = (NxslError, *passing)
        with self._writing:
            if self._failed:
                raise JournalFailed(self._failed, remedy=_SPENT)
            try:
                if self._moved():
                    raise FileNotFoundError("the file was moved or removed")  # noqa: TRY301
                with self._writer.begin() as connection:
                    yield connection
            except JournalFailed as error:
                self._failed = f"nothing more is noted: {error.message}"
                raise
            except expected:
                raise
            except Exception as error:  # noqa: BLE001 (whatever it is, the event is not there)
                self._fail(error)

    def _fail(self, error: Exception) -> NoReturn:
        cause = f"the run store {self.where} cannot be written: {self._place.words(error)}"
        self._failed = f"nothing more is noted: {cause}"
        raise JournalFailed(cause, remedy=_MEND) from error

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        """One view of the store, in which no other process changes anything."""
        try:
            with self._engine.connect() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection
        except SQLAlchemyError as error:
            raise JournalFailed(
                f"the run store {self.where} cannot be read: {self._place.words(error)}"
            ) from error
        if self._torn():
            raise JournalFailed(
                f"the run store {self.where} was written to while it was read", remedy="try again"
            )
