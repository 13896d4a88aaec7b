"""How far a run is: a pure state, fed with events and their times, that views are made from.

Times are seconds of any one clock that never goes back; nothing here asks a clock.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nxsl.run.shown import BESIDE, FEW, End, Eta, RunShown, Slow, Stage, WaveShown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nxsl.core.run_records import RunState
    from nxsl.core.waves import Verdict

# An estimate needs so many ends; with fewer, its error is as large as itself.
_BASIS = 4
# With no end for so large a part of the time that the wave has worked, its pace tells nothing.
_QUIET_PART = 4


@dataclass(slots=True)
class _Host:
    wave: int
    stage: Stage = Stage.QUEUED
    since: float = 0.0
    started: float | None = None
    end: End | None = None


@dataclass(slots=True)
class _Wave:
    size: int = 0
    hosts: dict[str, None] = field(default_factory=dict)
    done: int = 0
    began: float | None = None
    over: float | None = None
    soak_until: float | None = None
    verdict: Verdict | None = None
    why: str = ""


class RunProgress:
    """The state of one run.

    It takes events in any order, more than once, and for hosts it has never heard of: a view must
    not be what a run stumbles on. A time before the last one counts as the last one.

    Args:
        label: what is done.
        waves: the hosts of each wave.
        at: when it begins.
    """

    def __init__(self, label: str, waves: Iterable[Sequence[str]], at: float) -> None:
        self.label = label
        self._began = self._now = at
        self._state: RunState | None = None
        self._over: float | None = None
        self._hosts: dict[str, _Host] = {}
        self._waves: dict[int, _Wave] = {}
        self._home = BESIDE
        for number, hosts in enumerate(waves, start=1):
            self._add(number, hosts)

    @classmethod
    def of_one_wave(cls, label: str, total: int, at: float) -> RunProgress:
        """The state of a task on so many hosts, whose names are told by their events."""
        made = cls(label, (), at)
        made._home = 1
        made._waves[1] = _Wave(size=total, began=at)
        return made

    def _add(self, number: int, hosts: Iterable[str]) -> _Wave:
        wave = self._waves.setdefault(number, _Wave())
        for host in hosts:
            known = self._hosts.setdefault(host, _Host(wave=number))
            if known.wave != number:
                former = self._waves[known.wave]
                del former.hosts[host]
                former.size = max(former.size - 1, len(former.hosts))
                known.wave = number
                former.done -= known.end is not None
                wave.done += known.end is not None
            wave.hosts[host] = None
        wave.size = max(wave.size, len(wave.hosts))
        return wave

    def _host(self, name: str) -> _Host:
        if name not in self._hosts:
            self._add(self._home, [name])
        return self._hosts[name]

    def _at(self, at: float) -> float:
        self._now = max(self._now, at)
        return self._now

    def wave_started(self, number: int, hosts: Sequence[str], at: float) -> None:
        """A wave begins."""
        wave = self._add(number, hosts)
        wave.began = self._at(at) if wave.began is None else wave.began

    def host_started(self, name: str, at: float) -> bool:
        """A worker begins with a host, or asks it again; gives whether that is news."""
        host = self._host(name)
        if host.stage is not Stage.QUEUED:
            return False
        host.stage, host.since = Stage.RUNNING, self._at(at)
        host.started = host.since
        return True

    def host_pending(self, name: str, at: float) -> bool:
        """Something is under way on a host; gives whether that is news."""
        host = self._host(name)
        if host.stage in {Stage.PENDING, Stage.ENDED}:
            return False
        host.stage, host.since = Stage.PENDING, self._at(at)
        host.started = host.since if host.started is None else host.started
        return True

    def host_ended(self, name: str, end: End, at: float) -> bool:
        """A host has ended, or its end is seen otherwise now; gives whether that is news."""
        host = self._host(name)
        if host.end == end:
            return False
        if host.stage is not Stage.ENDED:
            host.stage, host.since = Stage.ENDED, self._at(at)
            self._waves[host.wave].done += 1
        host.end = end
        return True

    def soaking(self, number: int, seconds: float, at: float) -> None:
        """A wave is left alone for so many seconds."""
        self._add(number, ()).soak_until = self._at(at) + max(seconds, 0.0)

    def wave_ended(self, number: int, verdict: Verdict, why: str, at: float) -> None:
        """A wave was judged."""
        wave = self._add(number, ())
        wave.verdict, wave.why, wave.over, wave.soak_until = verdict, why, self._at(at), None

    def run_ended(self, state: RunState | None, at: float) -> None:
        """The run is over."""
        self._state = state
        self._over = self._at(at)

    def wave_of(self, host: str) -> int:
        """The number of a host's wave, or `BESIDE`."""
        return self._hosts[host].wave if host in self._hosts else self._home

    def seconds_of(self, name: str) -> float | None:
        """How long a host took from its start to its end; None where it has not done both."""
        host = self._hosts.get(name)
        if host is None or host.started is None or host.stage is not Stage.ENDED:
            return None
        return host.since - host.started

    def tally(self) -> tuple[int, int]:
        """How many hosts of the waves have ended, and how many there are."""
        waves = [wave for number, wave in self._waves.items() if number != BESIDE]
        return sum(wave.done for wave in waves), sum(wave.size for wave in waves)

    def bad_hosts(self, number: int | None = None) -> list[tuple[str, End]]:
        """The hosts, of one wave or of all, that ended otherwise than was asked for."""
        return [
            (name, host.end)
            for name, host in self._hosts.items()
            if host.end and not host.end.good and number in {None, host.wave}
        ]

    def shown(self, at: float) -> RunShown:
        """The run as it is now."""
        now = self._at(at)
        numbers = sorted(self._waves, key=lambda number: (number == BESIDE, number))
        return RunShown(
            label=self.label,
            waves=tuple(self._wave_shown(number, now) for number in numbers),
            elapsed=(now if self._over is None else self._over) - self._began,
            over=self._over is not None,
            state=self._state,
        )

    def _wave_shown(self, number: int, now: float) -> WaveShown:
        wave = self._waves[number]
        hosts = {name: self._hosts[name] for name in wave.hosts}
        stages = Counter(host.stage for host in hosts.values())
        over = self._over if wave.over is None else wave.over
        over = now if over is None else over
        ended = Counter(host.end.word for host in hosts.values() if host.end)
        soak = None if wave.soak_until is None or self._over is not None else wave.soak_until - now
        return WaveShown(
            number=number,
            hosts=wave.size,
            queued=wave.size - len(hosts) + stages[Stage.QUEUED],
            running=stages[Stage.RUNNING],
            pending=stages[Stage.PENDING],
            ended=dict(ended.most_common()),
            bad=sum(1 for host in hosts.values() if host.end and not host.end.good),
            elapsed=None if wave.began is None else max(over - wave.began, 0.0),
            slowest=_longest(
                Slow(host=name, word=str(host.stage), seconds=max(over - host.started, 0.0))
                for name, host in hosts.items()
                if host.started is not None and host.stage is not Stage.ENDED
            ),
            slowest_done=_longest(
                Slow(host=name, word=host.end.word, seconds=host.since - host.started)
                for name, host in hosts.items()
                if host.end and host.started is not None
            ),
            eta=None if wave.verdict or self._over is not None else _eta(wave, hosts, now),
            soak_left=None if soak is None else max(soak, 0.0),
            verdict=wave.verdict,
            why=wave.why,
        )


def _eta(wave: _Wave, hosts: Mapping[str, _Host], now: float) -> Eta | None:
    """Estimate from the pace of the wave; hosts that never began say nothing about it."""
    ends = [host.since for host in hosts.values() if host.end and host.started is not None]
    left = wave.size - sum(1 for host in hosts.values() if host.end)
    if wave.began is None or len(ends) < _BASIS or not left:
        return None
    worked, quiet = max(ends) - wave.began, now - max(ends)
    if worked <= 0 or quiet > worked / _QUIET_PART:
        return None
    likely = left * (now - wave.began) / len(ends)
    # The usual error of a count, as if hosts ended at random.
    error = len(ends) ** -0.5
    high = likely / (1 - error)
    # What has lasted for long may as well last for as long again.
    return Eta(low=likely / (1 + error), high=max(high, quiet))


def _longest(slow: Iterable[Slow]) -> tuple[Slow, ...]:
    return tuple(heapq.nsmallest(FEW, slow, key=lambda each: (-each.seconds, each.host)))
