"""Who holds a run, whether that process still lives, and what its locks are called."""

from __future__ import annotations

import getpass
import ipaddress
import os
import socket
import sys
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from nxsl.core.errors import Locked
from nxsl.core.run_records import Holder

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST_NAMESPACE = "pid:[4026531836]"
"""The namespace of a Linux machine itself; a container has another, and sees other processes."""

_START = 19
"""Where the start stands in `/proc/PID/stat`, counted from the state, which is the first."""


class Life(Enum):
    """Whether a process still lives."""

    ALIVE = "which still runs"
    ENDED = "which has ended"
    UNSEEN = "which cannot be seen from here"


def holder() -> Holder:
    """This process, now."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user, as in many containers
        user = f"uid {os.getuid()}" if hasattr(os, "getuid") else "somebody"
    pid = os.getpid()
    machine = socket.gethostname()
    return Holder(user=user, machine=machine, pid=pid, since=datetime.now(UTC), mark=_mark(pid))


def _mark(pid: int) -> str:
    """Machine, boot, process namespace and start, where the system tells; else nothing."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
        start = _start(pid)
    except OSError:
        return ""
    return " ".join((_machine_id() or "-", boot, namespace, start))


def _start(pid: int) -> str:
    """When a process began, in ticks since the boot; a killed one that nobody waited for has none.

    Raises:
        OSError: there is no such process, or others may not look at it.
    """
    # The command's name may hold blanks and brackets, and what is behind it does not.
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return "-" if fields[0] in {b"Z", b"X"} else fields[_START].decode("ascii")


def _machine_id() -> str:
    try:
        return Path("/etc/machine-id").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def life_of(held_by: Holder) -> Life:
    """Whether a holder's process still lives, as far as that can be told from this one.

    A wrong "ended" would let two processes write to the same switches, so where machines, boots or
    containers may have been mixed up, nothing is claimed.
    """
    here = holder()
    if held_by.machine != here.machine or sys.platform == "win32":
        return Life.UNSEEN
    if not (held_by.mark and here.mark):
        return Life.UNSEEN if held_by.mark or here.mark else _by_number(held_by.pid)
    machine, boot, namespace, _start = held_by.mark.split()
    machine_here, boot_here, namespace_here, _ = here.mark.split()
    if namespace != namespace_here:
        return Life.UNSEEN
    if boot != boot_here:
        rebooted = machine == machine_here != "-" and namespace == _FIRST_NAMESPACE
        return Life.ENDED if rebooted else Life.UNSEEN
    mark = _mark(held_by.pid)
    if not mark:  # gone, or hidden from this user
        return _by_number(held_by.pid)
    return Life.ALIVE if mark == held_by.mark else Life.ENDED


def _by_number(pid: int) -> Life:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return Life.ENDED
    except PermissionError:  # somebody else's
        return Life.ALIVE
    return Life.ALIVE


def lock_names(inventory: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """The locks of a run, in the order in which everybody takes them.

    Args:
        inventory: the folder or file; symbolic links are followed.
        addresses: where its switches are reached, `ADDRESS:PORT`.
    """
    switches = {f"switch:{_address(each)}" for each in addresses}
    return tuple(sorted({f"inventory:{Path(inventory).resolve()}", *switches}))


def _address(text: str) -> str:
    """One way to write it: names in lower case and without the last dot, IPv6 shortened."""
    name, _, port = text.strip().rpartition(":")
    name = name.strip("[]").lower().rstrip(".")
    try:
        parsed = ipaddress.ip_address(name)
    except ValueError:
        return f"{name}:{port}"
    return f"[{parsed}]:{port}" if parsed.version == 6 else f"{parsed}:{port}"  # noqa: PLR2004


def locked(what: str, run: str, job: str, held_by: Holder) -> Locked:
    """The error for something that a run holds; `what` is empty for the run itself."""
    life = life_of(held_by)
    remedy = {
        Life.ENDED: f"go on with that run: nxsl resume {run}; or give it up: --take-over {run}",
        Life.ALIVE: f"wait for its end, or stop it there; if it hangs: --take-over {run}",
        Life.UNSEEN: f"ask there; if it has ended: nxsl resume {run} --take-over, to go on with "
        f"it, or --take-over {run}, to give it up",
    }[life]
    by = f"{held_by}, {life.value}"
    sentence = f"{what} held by run {run} ({job}) of {by}" if what else f"run {run} is held by {by}"
    return Locked(sentence, remedy=remedy)
