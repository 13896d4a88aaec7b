"""Tasks that processes of tests import, those of Dask as well; without Dask themselves."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nornir.core.task import Result

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reading import reads_only
from nxsl.core.stopping import stopping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nornir.core.task import Task

POLL = 0.02


def ok(task: Task, detail: str = "") -> Result:
    """Say that all is well."""
    return Result(
        host=task.host, result=TaskRecord(outcome=Outcome.ALREADY_OK, detail=detail), changed=False
    )


@reads_only
def where(task: Task) -> Result:
    """Say in which process this is."""
    return ok(task, str(os.getpid()))


@reads_only
def says(task: Task, word: str) -> Result:
    """Print, and log."""
    print(word, flush=True)  # noqa: T201
    logging.getLogger("nxsl.test").warning("%s says %s", task.host.name, word)
    return ok(task)


@reads_only
def login(task: Task) -> Result:
    """Say with what the host would be logged in to; secrets by their length only."""
    parameters = task.host.get_connection_parameters("netmiko")
    extras = parameters.extras or {}
    lengths = [
        len(word or "") for word in (task.host.password, parameters.password, extras.get("secret"))
    ]
    masked = str(parameters.password) == "********"
    return ok(task, f"{parameters.username} {lengths} {masked} {sorted(task.host.extended_data())}")


@reads_only
def quotes_password(task: Task) -> Result:
    """Fail with words that nobody may see."""
    raise ValueError(f"refused: {str.__str__(task.host.password or '')}")


@reads_only
def gives_password(task: Task) -> Result:
    """Give what nobody may see."""
    return Result(host=task.host, result={"it is": task.host.password})


def note(task: Task, folder: str) -> Result:
    """Leave a trace of each time that this is run."""
    with (Path(folder) / task.host.name).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    return ok(task)


def wait_for(task: Task, folder: str) -> Result:
    """Leave a trace, and wait for a file."""
    note(task, folder)
    hold(folder)
    return ok(task, str(os.getpid()))


def hold(folder: str) -> None:
    """Wait for a file."""
    while not (Path(folder) / "gate").exists():
        time.sleep(POLL)


@reads_only
def waits_and_reads(task: Task, folder: str) -> Result:
    """The same, of a task that changes nothing."""
    return wait_for(task, folder)


@reads_only
def kills(task: Task, victim: str, folder: str) -> Result:
    """End the whole process, as the kernel does where memory is short; once."""
    note(task, folder)
    if task.host.name == victim:
        os.kill(os.getpid(), signal.SIGKILL)
    return ok(task, str(os.getpid()))


class Mute(Exception):
    """Cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class _Closing:
    """A connection that ends the thread that closes it."""

    connection = None

    def close(self) -> None:
        raise SystemExit(3)


@reads_only
def ends_oddly(task: Task, ways: Mapping[str, str]) -> Result:
    """End as the operand says for this host."""
    result = ok(task)
    match ways.get(task.host.name):
        case "mute":
            raise Mute
        case "exit":
            raise SystemExit(3)
        case "junk":
            task.results.append("junk")  # type: ignore[arg-type]
        case "another":
            result.host = task.nornir.inventory.hosts["leaf1"]
        case "closing":
            task.host.connections["odd"] = _Closing()  # type: ignore[assignment]
        case "log":
            logging.getLogger("nxsl.test").warning("%d is no number", task.host.name)
    return result


@reads_only
def waits_for_a_stop(task: Task, folder: str) -> Result:
    """Leave a trace, and wait until the run is to stop."""
    note(task, folder)
    return ok(task, "stopped" if stopping().wait(20) else "waited")


class Foreign:
    """What the other side cannot read."""

    def __reduce__(self) -> Any:
        return _unreadable, ()


def _unreadable() -> None:
    raise ModuleNotFoundError("No module named 'of_the_sender'")


def locked(_task: Task) -> Result:
    """Give what cannot be pickled."""
    return Result(host=None, result=threading.Lock())
