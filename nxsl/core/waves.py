"""Waves: how many hosts are changed at a time, and when to go on to more of them.

`plan_waves` places hosts; `nxsl.core.limits` tells how many of them may go wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

DEFAULT_WAVES = "1,5,25%,rest"
"""What a changing run does, unless it is told otherwise: one canary, then ever more."""

NO_VALUE = "(none)"
"""The value of an attribute that a host does not have."""

_SIZE = re.compile(r"(?P<number>[1-9]\d{0,8})(?P<percent>%?)", re.ASCII)
_ALLOWED = (
    "waves are 'all', or sizes with commas between them: a number of hosts from 1 on, 1% to 100% "
    f"of all hosts, and at the end 'rest', such as '{DEFAULT_WAVES}'"
)


class Verdict(StrEnum):
    """What a wave proves."""

    PASSED = "passed"
    """Every host is good, or no more are bad than the limit allows: on to the next wave."""
    FAILED = "failed"
    """The limit of bad hosts was reached: no further host is begun."""
    INCONCLUSIVE = "inconclusive"
    """Some hosts could not be judged yet: the run pauses, and never goes on by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveSize:
    """The size of one wave.

    Attributes:
        number: of hosts, or of hundredths of all hosts.
        percent: whether it is hundredths.
    """

    number: int
    percent: bool = False

    def of(self, total: int) -> int:
        """How many hosts that is of `total`: rounded up, so that it is never none."""
        return -(-self.number * total // 100) if self.percent else self.number

    def __str__(self) -> str:
        return f"{self.number}{'%' if self.percent else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveSpec:
    """How large the waves of a run are.

    Attributes:
        sizes: of the first waves.
        rest: whether one more wave takes all that is left; otherwise the last size repeats.
    """

    sizes: tuple[WaveSize, ...]
    rest: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a text such as `1,5,25%,rest`, `10%,50%,rest`, `20` or `all`.

        Raises:
            ValueError: it is none; the message says what is allowed.
        """
        words = [word.strip().lower() for word in text.split(",")]
        if words == ["all"]:
            return cls(sizes=(), rest=True)
        rest = words[-1] == "rest"
        return cls(sizes=tuple(map(_size, words[:-1] if rest else words)), rest=rest)

    def __str__(self) -> str:
        if not self.sizes:
            return "all"
        return ",".join([*map(str, self.sizes), *(["rest"] if self.rest else [])])

    def wanted(self, total: int) -> Iterator[int]:
        """The sizes for `total` hosts, without an end: whoever has no host left stops."""
        sizes = [size.of(total) for size in self.sizes]
        yield from sizes
        while True:
            yield total if self.rest else sizes[-1]


def _size(word: str) -> WaveSize:
    found = _SIZE.fullmatch(word)
    if found is None or (found["percent"] and int(found["number"]) > 100):  # noqa: PLR2004
        raise ValueError(f"'{word}' is no size of a wave: {_ALLOWED}")
    return WaveSize(number=int(found["number"]), percent=bool(found["percent"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveHost:
    """What has to be known of a host to place it.

    Attributes:
        name: the inventory's name.
        attributes: what it is and where, such as `site` and `model`.
        apart: the groups that it is a member of and of which no two may be changed at a time, such
            as a vPC pair; any words.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()


def plan_waves(
    hosts: Sequence[WaveHost], spec: WaveSpec, *, first_of: str = ""
) -> tuple[tuple[str, ...], ...]:
    """Place every host in one wave.

    The order is that of `hosts`. A host that may not share a wave with one that is already in it
    waits for the next, and the wave is filled up with later ones; where none is left, it is smaller
    than it should be. So `all` and `rest` make more than one wave where there are pairs.

    Args:
        hosts: those that are to be changed, each once.
        spec: how large the waves are; percentages are of all `hosts`.
        first_of: an attribute. The first wave is then one host of each of its values (in two or
            more waves where pairs stand in the way), and the sizes begin behind that.

    Returns:
        The hosts' names; no wave is empty.

    Raises:
        ValueError: a host is there twice.
    """
    left = list(hosts)
    if len({host.name for host in left}) < len(left):
        raise ValueError("a host cannot be in two waves: each must be there once")
    waves: list[list[WaveHost]] = []
    while first_of and (heads := _heads(left, waves, first_of)):
        waves.append(_together(heads, len(heads)))
        left = _without(left, waves[-1])
    sizes = spec.wanted(len(hosts))
    while left:
        waves.append(_together(left, next(sizes)))
        left = _without(left, waves[-1])
    return tuple(tuple(host.name for host in wave) for wave in waves)


def _heads(
    left: Iterable[WaveHost], waves: Iterable[Iterable[WaveHost]], name: str
) -> list[WaveHost]:
    """The first host of each value that is in no wave yet."""
    known = {host.attributes.get(name, NO_VALUE) for wave in waves for host in wave}
    heads: dict[str, WaveHost] = {}
    for host in left:
        value = host.attributes.get(name, NO_VALUE)
        if value not in known:
            heads.setdefault(value, host)
    return list(heads.values())


def _together(hosts: Iterable[WaveHost], size: int) -> list[WaveHost]:
    """The first hosts that may share a wave, at most `size` of them."""
    wave: list[WaveHost] = []
    taken: set[str] = set()
    for host in hosts:
        if len(wave) == size:
            break
        if taken.isdisjoint(host.apart):
            wave.append(host)
            taken |= host.apart
    return wave


def _without(hosts: Iterable[WaveHost], wave: Iterable[WaveHost]) -> list[WaveHost]:
    placed = {host.name for host in wave}
    return [host for host in hosts if host.name not in placed]
