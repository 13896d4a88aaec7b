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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """So many hosts at such a latency.

    Attributes:
        hosts: how many.
        latency_ms: added to each way there and back.
        contestants: who takes part.
        repetitions: of each.
        grid: the numbers of workers that are tried first, by contestant, see `climb`; others take
            the best of the nearest cell of the same latency that has tried some, and `verify`
            those that are best for nxsl with the same commands.
        fewest: fewer workers are not tried, as waiting alone would take them longer than the
            whole takes: hosts by workers, times the seconds of the cell of one host.
    """

    hosts: int
    latency_ms: int
    contestants: tuple[str, ...] = EVERYBODY
    repetitions: int = 3
    grid: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    fewest: int = 1

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.hosts:,} host{'s' if self.hosts > 1 else ''}, {self.latency_ms} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """So many registrations that take between least and most seconds at the backend.

    Each repetition has a fleet of its own, as a switch is registered once.
    """

    hosts: int
    least: float
    most: float
    repetitions: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Everything that is run.

    Attributes:
        cells: of one fleet, as large as the largest of them.
        growth: cells of a further fleet, likewise.
        registering: after all cells.
    """

    cells: tuple[Cell, ...]
    growth: tuple[Cell, ...] = ()
    registering: tuple[Registering, ...] = ()


_GRIDS: Mapping[tuple[int, int], Mapping[str, tuple[int, ...]]] = {
    (200, 0): {
        PLAIN: (50, 100, 200),
        SCRAPLI: (10, 20, 50),
        SHELL: (50, 100),
        LIMIT: (50, 100),
        NXSL: (5, 10, 20, 50),
    },
    (200, 50): {**dict.fromkeys((PLAIN, SCRAPLI, SHELL, LIMIT), (100, 200)), NXSL: (50, 100, 200)},
    (200, 200): dict.fromkeys((PLAIN, SCRAPLI, SHELL, LIMIT, NXSL), (100, 200)),
    (1000, 0): {
        PLAIN: (100, 200),
        SCRAPLI: (20, 40),
        SHELL: (50, 100),
        LIMIT: (100, 200),
        NXSL: (10, 20),
    },
    (1000, 50): {
        PLAIN: (200, 300),
        SCRAPLI: (100, 200),
        SHELL: (400, 1000),
        LIMIT: (400, 1000),
        NXSL: (100, 200),
    },
    (1000, 200): {
        PLAIN: (200, 300),
        **dict.fromkeys((SCRAPLI, NXSL), (200, 400)),
        **dict.fromkeys((SHELL, LIMIT), (400, 1000)),
    },
}
_FEWEST: Mapping[tuple[int, int], int] = {
    (200, 200): 100,
    (1000, 0): 10,
    (1000, 50): 100,
    (1000, 200): 200,
}


def full() -> Programme:
    """What `make bench` runs: some sixty minutes on two cores.

    Ansible has a worker for each host and no grid: it keeps both cores busy, so that no number of
    workers makes it faster. Its cells come last in each repetition, as it takes gigabytes.
    """
    return Programme(
        cells=(
            *(
                Cell(
                    hosts=hosts,
                    latency_ms=ms,
                    grid=_GRIDS.get((hosts, ms), {}),
                    fewest=_FEWEST.get((hosts, ms), 1),
                )
                for hosts in (1, 10, 50, 200, 1000)
                for ms in (0, 50, 200)
            ),
            *(Cell(hosts=hosts, latency_ms=0, contestants=(ANSIBLE,)) for hosts in (10, 50)),
        ),
        growth=(Cell(hosts=5000, latency_ms=0, contestants=(PLAIN, NXSL)),),
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
    """For the tests: two switches, three contestants, once; two registrations, twice."""
    few = (PLAIN, SHELL, NXSL)
    return Programme(
        cells=(Cell(hosts=2, latency_ms=0, contestants=few, repetitions=1),),
        growth=(Cell(hosts=3, latency_ms=0, contestants=(NXSL,), repetitions=2),),
        registering=(Registering(hosts=2, least=0.1, most=0.2, repetitions=2),),
    )


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
