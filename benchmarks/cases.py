"""What is run where: contestants, numbers of hosts, latencies, repetitions, workers tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN, SCRAPLI, ANSIBLE = "plain", "scrapli", "ansible"
SHELL, LIMIT = "asyncssh", "limit"
NXSL, VERIFY, REGISTER = "nxsl", "nxsl-verify", "nxsl-register"

WORDS: Mapping[str, str] = {
    PLAIN: "nornir + nornir-netmiko",
    SCRAPLI: "nornir-scrapli (ssh2)",
    ANSIBLE: "Ansible network_cli",
    SHELL: "asyncssh, one shell",
    LIMIT: "asyncssh, exec limit",
    NXSL: "nxsl, the same commands",
    VERIFY: "nxsl verify (reads more)",
    REGISTER: "nxsl register",
}
EVERYBODY = (PLAIN, SCRAPLI, SHELL, LIMIT, NXSL, VERIFY)
OF_NXSL = (NXSL, VERIFY)

# `verify` takes the workers that are best for nxsl with the same commands.
_GRID: Mapping[str, tuple[int, ...]] = {
    PLAIN: (20, 50, 100, 200),
    NXSL: (20, 50, 100, 200),
    SCRAPLI: (20, 50, 200),
    SHELL: (50, 200),
    LIMIT: (50, 200),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """So many hosts at such a latency.

    Attributes:
        hosts: how many.
        latency_ms: added to each way there and back.
        contestants: who takes part.
        repetitions: of each.
        grid: the numbers of workers that are tried once, by contestant; others take the best of
            the nearest cell of the same latency that has tried some.
    """

    hosts: int
    latency_ms: int
    contestants: tuple[str, ...] = EVERYBODY
    repetitions: int = 3
    grid: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.hosts:,} host{'s' if self.hosts > 1 else ''}, {self.latency_ms} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """So many registrations that take between least and most seconds at the backend."""

    hosts: int
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Everything that is run.

    Attributes:
        cells: of one fleet, as large as the largest of them.
        growth: hosts of a further fleet, on which plain and nxsl are run once; 0 for none.
        registering: each with a fleet of its own.
    """

    cells: tuple[Cell, ...]
    growth: int = 0
    registering: tuple[Registering, ...] = ()


def full() -> Programme:
    """What `make bench` runs: half an hour on two cores."""
    without_few = {name: tried[1:] for name, tried in _GRID.items() if len(tried) > 2}
    return Programme(
        cells=(
            *(Cell(hosts=1, latency_ms=latency) for latency in (0, 50, 200)),
            *(Cell(hosts=hosts, latency_ms=ms) for hosts in (10, 50) for ms in (0, 50, 200)),
            Cell(hosts=200, latency_ms=0, grid=_GRID),
            Cell(hosts=200, latency_ms=50, grid=_GRID),
            Cell(hosts=200, latency_ms=200, grid={**_GRID, **without_few}),
            Cell(hosts=1000, latency_ms=0, grid={PLAIN: _GRID[PLAIN], NXSL: (20, 50, 100)}),
            Cell(hosts=1000, latency_ms=50, repetitions=1),
            Cell(hosts=1000, latency_ms=200, repetitions=1),
            Cell(hosts=10, latency_ms=0, contestants=(ANSIBLE,), repetitions=3),
            Cell(hosts=50, latency_ms=0, contestants=(ANSIBLE,), repetitions=1),
        ),
        growth=5000,
        registering=(
            Registering(hosts=200, least=20, most=60),
            Registering(hosts=1000, least=20, most=60),
            Registering(hosts=1000, least=60, most=60),
        ),
    )


def quick() -> Programme:
    """A look in two or three minutes: 10 and 50 hosts, 0 and 50 ms."""
    return Programme(
        cells=tuple(Cell(hosts=hosts, latency_ms=ms) for hosts in (10, 50) for ms in (0, 50))
    )


def smallest() -> Programme:
    """For the tests: two switches, three contestants, once."""
    few = (PLAIN, SHELL, NXSL)
    return Programme(cells=(Cell(hosts=2, latency_ms=0, contestants=few, repetitions=1),))


DEFAULT_WORKERS = 50
"""Where nothing was tried."""


def workers_of(name: str, cell: Cell, best: Mapping[tuple[str, int, int], int]) -> int:
    """The workers of a contestant in a cell.

    Args:
        name: the contestant.
        cell: the cell.
        best: what the grids have shown, by contestant, hosts and latency.
    """
    of = NXSL if name == VERIFY else name
    tried = [
        (abs(hosts - cell.hosts), workers)
        for (known, hosts, latency), workers in best.items()
        if known == of and latency == cell.latency_ms
    ]
    return max(1, min(cell.hosts, min(tried)[1] if tried else DEFAULT_WORKERS))
