"""What tests of processes, and of Dask, share: hosts that nothing connects to, and their ends."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from nxsl.fleet.inventory import open_fleet

if TYPE_CHECKING:
    from collections.abc import Callable

    from nornir.core import Nornir
    from nornir.core.task import AggregatedResult

    from nxsl.core.outcome import Outcome, TaskRecord


def inventory(folder: Path, hosts: int = 10, text: str = "") -> Nornir:
    """Open an inventory of hosts that nothing connects to."""
    body = "".join(f"leaf{n}: {{hostname: 192.0.2.{n}}}\n" for n in range(1, hosts + 1))
    folder.mkdir(exist_ok=True)
    (folder / "hosts.yaml").write_text(text or body, encoding="utf-8")
    return open_fleet(folder)


def records(result: AggregatedResult) -> dict[str, TaskRecord]:
    """The record of each host."""
    return {name: multi[0].result for name, multi in result.items()}


def outcomes(result: AggregatedResult) -> list[Outcome]:
    """The outcome of each host, in order."""
    return [record.outcome for record in records(result).values()]


def soon(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def noted(folder: Path) -> list[str]:
    """The hosts that have left a trace, and said in which process."""
    return sorted(path.name for path in folder.glob("leaf*") if path.stat().st_size)


def alive(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"
