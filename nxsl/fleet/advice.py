"""How many hosts to work on at a time: a rule of thumb, and a rule for while the run goes on.

Threads of one process share one core, whatever the machine has. So workers pay off as long as hosts
make this process wait, and no further: `time a host waits / CPU it costs here`. How long hosts wait
is seldom known beforehand, and differs from fleet to fleet (distance, AAA servers, old switches).
So a run begins with some workers and takes more while this process is mostly idle (`Growth`). That
needs no probe, and follows what is really there.

Everything here is arithmetic; `docs/performance.md` holds the figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST = 20
"""As many as keep one core busy with switches that answer at once."""

FIRST = 50
"""Workers to begin with where nothing is known: no slower than `LEAST` where switches answer at
once, and much sooner at its goal where they do not."""

CEILING = 200
"""Never more: each is a thread and a session, and AAA servers and bastions are sized by people."""

CPU_PER_HOST = 0.005
"""Seconds of CPU that a `verify` of one switch costs: login, three commands, parsing."""

ROUND_TRIPS = 9
"""How often a `verify` waits for a switch, from the first packet to the last."""

LOOK = 0.05
"""Seconds between two looks: the sooner, the less of a short run is spent on finding out."""

_FULL = 0.8
"""Cores that one process can be expected to use; beyond, workers wait for each other."""

_FREE = 0.5
"""Cores below which more workers help for sure; above, it has to show in finished hosts."""

_STEP = 2.0
"""Never more than so many times the workers at a time."""

_WORTH = 0.5
"""The part of the speed that more workers promised and that they have to bring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """How many hosts at a time.

    Attributes:
        workers: so many.
        reason: why, for people.
    """

    workers: int
    reason: str


def advise(
    hosts: int,
    *,
    cores: int = 1,
    latency: float | None = None,
    cpu_per_host: float = CPU_PER_HOST,
    per_jump_host: int | None = None,
    jump_hosts: int = 1,
    per_aaa: int | None = None,
) -> Advice:
    """Say how many workers pay off.

    Args:
        hosts: how many hosts there are.
        cores: how many this run can keep busy: 1 for threads, else the number of processes.
        latency: seconds from a question to a switch's answer, the switch's own time included; None
            where nobody has measured it.
        cpu_per_host: seconds of CPU that each host costs here.
        per_jump_host: how many sessions a jump host takes, where all hosts are behind one.
        jump_hosts: how many of them there are.
        per_aaa: how many logins the AAA servers take at a time.

    Raises:
        ValueError: a number makes no sense.
    """
    numbers = (hosts, cores, jump_hosts, per_jump_host, per_aaa)
    if min(each for each in numbers if each is not None) < 1 or cpu_per_host <= 0:
        raise ValueError("hosts, cores, jump_hosts, cpu_per_host and limits are more than nothing")
    bounds = [_by_latency(latency, cores, cpu_per_host), (CEILING * cores, "more seldom pay off")]
    if per_jump_host is not None:
        bounds.append((per_jump_host * jump_hosts, "the jump hosts take no more"))
    if per_aaa is not None:
        bounds.append((per_aaa, "the AAA servers take no more"))
    bounds.append((hosts, "there are no more hosts"))
    workers, reason = min(bounds, key=lambda bound: bound[0])
    return Advice(workers=workers, reason=reason)


def _by_latency(latency: float | None, cores: int, cpu_per_host: float) -> tuple[int, str]:
    if latency is None:
        return FIRST * cores, "to begin with: how long hosts take is not known"
    if not 0 <= latency < math.inf:
        raise ValueError("latency is a number of seconds")
    waiting = ROUND_TRIPS * latency
    workers = max(math.ceil(min(waiting / cpu_per_host, CEILING)), LEAST) * cores
    return workers, f"a host waits {waiting:.1f} s and costs {cpu_per_host * 1000:.0f} ms of CPU"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """What is seen of a run at one moment.

    Attributes:
        elapsed: seconds since it began.
        cpu: seconds of CPU that the process has used since.
        busy: workers with a host.
        finished: hosts that have come to their end.
    """

    elapsed: float
    cpu: float
    busy: int
    finished: int


_BEGINNING = Glimpse(elapsed=0.0, cpu=0.0, busy=0, finished=0)


class Growth:
    """Decides while a run goes on how many workers it gets; never takes one away.

    * While a worker has no host (limits hold hosts back, or there are no more), nobody is added.
    * While the process uses less than half a core, their number is doubled.
    * Up to four fifths of a core as many are added as should fill that: once before the first host
      has finished, and then each time as many have finished as there are workers. If that does not
      make the run faster, something else is the bottleneck (other work of the machine, a busy
      bastion), and it stays at that.
    * Beyond, none.

    Args:
        most: no more than so many workers: the hosts, or what limits allow of them.
        first: how many there are at the beginning.
        ceiling: no more than so many, however many hosts there are.

    Attributes:
        workers: how many there are now.
    """

    def __init__(self, *, most: int, first: int = FIRST, ceiling: int = CEILING) -> None:
        self._most = min(most, max(ceiling, 1))
        self.workers = min(first, self._most)
        self._last = _BEGINNING  # the last look
        self._grown = _BEGINNING  # when workers were last added
        self._promise = 0.0  # hosts a second that they have to bring; nothing is known at first
        self._settled = False
        self._filled = False  # whether a core was filled up before any host was finished

    def due(self, elapsed: float) -> bool:
        """Whether it is time for a look; cheap."""
        return self.workers < self._most and elapsed - self._last.elapsed >= LOOK

    def more(self, now: Glimpse) -> int:
        """How many workers to add."""
        if not self.due(now.elapsed):
            return 0
        load = (now.cpu - self._last.cpu) / (now.elapsed - self._last.elapsed)
        self._last = now
        if now.busy < self.workers:
            return 0
        factor = min(_STEP, _FULL / load) if load > 0 else _STEP
        if load >= _FREE and not self._earned(now, factor):
            return 0
        wanted = min(max(math.floor(self.workers * factor), self.workers), self._most)
        added = wanted - self.workers
        if added:
            self._grown = now
            self.workers = wanted
        return added

    def _earned(self, now: Glimpse, factor: float) -> bool:
        """Whether a process that is rather busy may try with more."""
        if self._settled or factor <= 1:
            return False
        if not now.finished:
            once, self._filled = not self._filled, True
            return once
        finished = now.finished - self._grown.finished
        if finished < self.workers:
            return False
        rate = finished / (now.elapsed - self._grown.elapsed)
        self._settled = rate < self._promise
        self._promise = rate * (1 + (factor - 1) * _WORTH)
        return not self._settled

    def lost(self, count: int) -> None:
        """The machine did not give so many of those to be added; there will be no more."""
        self.workers -= count
        self._most = self.workers
