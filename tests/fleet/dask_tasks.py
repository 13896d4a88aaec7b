"""Tasks that worker processes of tests import; each of them takes what it needs as operands."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from distributed import get_worker
from nornir.core.exceptions import NornirSubTaskError
from nornir.core.task import Result

from nxsl.core.errors import CommandRejected
from nxsl.core.reading import reads_only
from nxsl.tasks import Patience, register
from tests.fleet.process_tasks import Foreign, hold, note, ok, wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nornir.core.task import Task

    from nxsl.fleet.credentials import TokenSource

__all__ = ["Foreign", "hold", "note", "ok", "wait_for"]


@reads_only
def where(task: Task) -> Result:
    """Say which worker this is, and in which process."""
    return ok(task, f"{get_worker().name} {os.getpid()}")


@reads_only
def login(task: Task) -> Result:
    """Say with what the host would be logged in to; the password by its length only."""
    parameters = task.host.get_connection_parameters("netmiko")
    secret = (parameters.extras or {}).get("secret", "")
    return ok(task, f"{parameters.username} {len(parameters.password or '')} {len(secret)}")


class Odd(Exception):
    """Cannot be made again from its arguments, and holds what cannot be pickled."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")
        self.lock = threading.Lock()


def ends_badly(task: Task, ways: Mapping[str, str]) -> Result:
    """End as the operand says for this host."""
    match ways.get(task.host.name):
        case "nxsl":
            raise CommandRejected("no", host=task.host.name, command="show version", text="% no")
        case "odd":
            raise Odd("one", "two")
        case "quoting":
            raise ValueError(f"refused: {os.environ['NXSL_PASSWORD']}")
        case "exit":
            raise SystemExit(3)
        case "subtask":
            task.run(task=fails)
        case "lock":
            return Result(host=task.host, result=threading.Lock())
        case "host":
            return Result(host=task.host, result=task.host)
        case "foreign":
            return Result(host=task.host, result=Foreign())
        case "password":
            return Result(host=task.host, result={"it is": task.host.password})
    return ok(task)


def fails(_task: Task) -> Result:
    """A subtask."""
    raise ValueError("subtask says no")


def catches(task: Task) -> Result:
    """Run a subtask, and go on although it failed."""
    with contextlib.suppress(NornirSubTaskError):
        task.run(task=fails)
    return ok(task)


@reads_only
def kills(task: Task, victim: str) -> Result:
    """End the whole process, as the kernel does where memory is short."""
    if task.host.name == victim:
        os.kill(os.getpid(), signal.SIGKILL)
    return ok(task)


def register_noted(task: Task, folder: str, token: TokenSource, patience: Patience) -> Any:
    """Register, and say beforehand in which process."""
    note(task, folder)
    return register(task, token=token, patience=patience)


def credentials_of(host: str) -> dict[str, str]:
    """What a site's own function may look like."""
    return {"username": f"user-of-{host}", "password": "p" * 13, "secret": "s" * 7}


def broken_credentials(host: str) -> dict[str, str]:
    """One that fails, and talks."""
    raise RuntimeError(f"the vault says {'p' * 13} for {host}")
