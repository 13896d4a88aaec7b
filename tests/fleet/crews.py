"""What the tests of the runner share: ten hosts that nothing connects to, and tasks for them."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nornir.core.task import Result

from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.fleet.inventory import open_fleet
from tests.fleet.files import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nornir.core import Nornir
    from nornir.core.task import Task

NAMES = [f"leaf{number}" for number in range(1, 11)]


def ten_hosts(folder: Path) -> Nornir:
    """Ten hosts that nothing connects to; five of each site."""
    body = "".join(
        f"leaf{number}: {{hostname: 192.0.2.{number}, data: {{site: s{number % 2}}}}}\n"
        for number in range(1, 11)
    )
    return open_fleet(write(folder, hosts=body))


def outcomes(result: object) -> list[Outcome]:
    """The outcome of each host."""
    assert isinstance(result, dict)
    return [multi[0].result.outcome for multi in result.values()]


class Busy:
    """How many are at work at the same time, and how many were at most."""

    def __init__(self) -> None:
        self.most: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def at(self, what: str) -> Iterator[None]:
        with self._lock:
            self._now[what] += 1
            self.most[what] = max(self.most[what], self._now[what])
        yield
        with self._lock:
            self._now[what] -= 1


def good(task: Task) -> Result:
    """A task that does nothing."""
    return Result(host=task.host, result=TaskRecord(outcome=Outcome.ALREADY_OK))


class Connection:
    """Looks like Nornir's; notes that it was closed."""

    def __init__(self, closed: list[str], name: str, error: BaseException | None = None) -> None:
        self._closed, self._name, self._error = closed, name, error

    def close(self) -> None:
        self._closed.append(self._name)
        if self._error:
            raise self._error
