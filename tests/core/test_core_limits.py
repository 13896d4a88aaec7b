"""The limit of bad hosts, exhaustively: it is never exceeded, and nothing stops before it must."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from nxsl.core.limits import _OUTCOMES, BadLimit, is_bad, judge_wave, room
from nxsl.core.outcome import Outcome
from nxsl.core.waves import DEFAULT_WAVES, Verdict, WaveHost, WaveSpec, plan_waves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST = 200

BAD = (
    Outcome.PLANNED,
    Outcome.FAILED_CLEAN,
    Outcome.FAILED_DIRTY,
    Outcome.ROLLED_BACK,
    Outcome.REFUSED,
    Outcome.UNSUPPORTED,
    Outcome.UNKNOWN,
    Outcome.PENDING,
)


def limits(count: int) -> Iterable[BadLimit]:
    """All percentages, and all numbers up to that of the hosts."""
    yield from (BadLimit(number=each, percent=True) for each in range(101))
    yield from (BadLimit(number=each, percent=False) for each in range(count + 1))


# --------------------------------------------------------------------------------------- arithmetic


def test_a_percentage_is_of_the_hosts_so_far_rounded_down() -> None:
    for percent in range(101):
        limit = BadLimit(number=percent, percent=True)
        for size in range(MOST + 1):
            assert limit.allowed(size) == math.floor(Fraction(percent, 100) * size)


def test_a_number_is_that_number() -> None:
    for number in range(MOST + 1):
        limit = BadLimit(number=number, percent=False)
        assert {limit.allowed(size) for size in range(MOST + 1)} == {number}


def test_there_is_room_for_no_more_than_may_go_bad() -> None:
    for allowed in range(30):
        for bad in range(30):
            for in_flight in range(30):
                more = room(allowed, bad, in_flight)
                assert more >= 0
                assert more == 0 or bad + in_flight + more == max(allowed, 1)


@dataclass(frozen=True)
class Ending:
    """How a simulated run ended."""

    begun: int
    bad: int
    allowed: int


# How many of the first so many hosts are bad.
BadSoFar = list[int]


def in_batches(sizes: list[int], limit: BadLimit, bad_of: BadSoFar) -> Ending:
    """Each batch is as large as there is room for, and comes to its end before the next."""
    begun = bad = seen = allowed = 0
    for size in sizes:
        seen += size
        allowed = limit.allowed(seen)
        while begun < seen and (more := min(room(allowed, bad, 0), seen - begun)):
            bad += bad_of[begun + more] - bad_of[begun]
            begun += more
            assert bad <= max(allowed, 1)
        if begun < seen:
            break
    return Ending(begun, bad, allowed)


def good_ones_first(sizes: list[int], limit: BadLimit, bad_of: BadSoFar) -> Ending:
    """A host that is good ends at once and makes room; the bad ones only show it at the end."""
    begun = bad = seen = allowed = 0
    for size in sizes:
        seen += size
        allowed = limit.allowed(seen)
        in_flight = 0
        while begun < seen and (more := min(room(allowed, bad, in_flight), seen - begun)):
            in_flight += bad_of[begun + more] - bad_of[begun]
            begun += more
        bad += in_flight
        assert bad <= max(allowed, 1)
        if begun < seen:
            break
    return Ending(begun, bad, allowed)


def bad_so_far(count: int, is_bad_one: Callable[[int], bool]) -> BadSoFar:
    return [0, *itertools.accumulate(map(is_bad_one, range(1, count + 1)))]


PATTERNS: dict[str, Callable[[int], bool]] = {
    "all": lambda _each: True,
    "none": lambda _each: False,
    "every second": lambda each: each % 2 == 0,
    "every third": lambda each: each % 3 == 0,
    "every tenth": lambda each: each % 10 == 0,
    "all from the 30th on": lambda each: each >= 30,
    "the first three": lambda each: each <= 3,
}


def sizes_of(count: int, spec: str) -> list[int]:
    hosts = [WaveHost(name=str(each)) for each in range(count)]
    return [len(wave) for wave in plan_waves(hosts, WaveSpec.parse(spec))]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("run", [in_batches, good_ones_first])
def test_no_limit_is_exceeded_and_none_stops_a_run_too_early(
    run: Callable[[list[int], BadLimit, BadSoFar], Ending], pattern: str
) -> None:
    for count in range(1, MOST + 1):
        sizes = sizes_of(count, DEFAULT_WAVES)
        bad_of = bad_so_far(count, PATTERNS[pattern])
        for limit in limits(count):
            end = run(sizes, limit, bad_of)
            assert end.bad == bad_of[end.begun]
            assert end.bad <= max(end.allowed, 1), (count, limit)
            if end.begun < count:
                assert end.bad >= max(end.allowed, 1), (count, limit)
            if end.bad == 0 or str(limit) == "100%":
                assert end.begun == count, (count, limit)


@pytest.mark.parametrize("spec", ["all", "1", "10%,50%,rest", "7"])
def test_the_same_for_other_waves_where_every_host_goes_bad(spec: str) -> None:
    for count in range(1, MOST + 1):
        sizes = sizes_of(count, spec)
        bad_of = bad_so_far(count, PATTERNS["all"])
        for limit in limits(count):
            end = in_batches(sizes, limit, bad_of)
            assert end == good_ones_first(sizes, limit, bad_of)
            assert end.bad == end.begun == min(max(end.allowed, 1), count), (count, limit)


# --------------------------------------------------------------------------------------------- text


@pytest.mark.parametrize("text", ["25%", "3", "0", "100%", "0%", " 7 "])
def test_a_limit_comes_back_from_its_text(text: str) -> None:
    limit = BadLimit.parse(text)
    assert str(limit) == text.strip()
    assert BadLimit.parse(str(limit)) == limit


@pytest.mark.parametrize("text", ["", "%", "101%", "-1", "1.5", "2,5", "all", "٣", "25 %", "1e2"])
def test_what_is_no_limit_is_said_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no limit of bad hosts: it is a number of hosts, or"):
        BadLimit.parse(text)


# ---------------------------------------------------------------------------------------- judgement


def test_every_outcome_counts_in_some_way() -> None:
    assert set(_OUTCOMES) == set(Outcome)
    assert {each for each in Outcome if is_bad(each)} == set(BAD)


def test_every_wave_of_three() -> None:
    unsure = {Outcome.UNKNOWN, Outcome.PENDING, Outcome.NOT_RUN}
    for found in itertools.combinations_with_replacement(Outcome, 3):
        outcomes = {f"leaf{number}": outcome for number, outcome in enumerate(found)}
        for allowed, before in itertools.product(range(5), range(3)):
            verdict, why = judge_wave(outcomes, allowed=allowed, bad_before=before)
            assert why
            bad = before + sum(each in BAD for each in found)
            left_out = Outcome.NOT_RUN in found
            stopped = left_out and bad >= max(allowed, 1)
            assert (verdict is Verdict.FAILED) == (bad > allowed or stopped)
            if unsure & set(found):
                assert verdict is not Verdict.PASSED
            if verdict is Verdict.PASSED:
                assert bad <= allowed
            if not unsure & set(found):
                assert verdict is not Verdict.INCONCLUSIVE


def test_a_wave_s_verdict_does_not_depend_on_the_order() -> None:
    for found in itertools.product((Outcome.CHANGED_OK, *BAD[-3:], Outcome.NOT_RUN), repeat=3):
        verdicts = Counter(
            judge_wave(dict(enumerate_names(order)), allowed=1).verdict
            for order in itertools.permutations(found)
        )
        assert len(verdicts) == 1


def enumerate_names(found: Iterable[Outcome]) -> Iterable[tuple[str, Outcome]]:
    return ((f"leaf{number}", outcome) for number, outcome in enumerate(found))


@pytest.mark.parametrize(
    ("outcomes", "allowed", "before", "verdict", "why"),
    [
        ("changed ok, already ok", 0, 0, "passed", "all 2 hosts are good"),
        ("changed ok, not applicable", 1, 1, "passed", "all 2 hosts are good"),
        ("changed ok, refused", 1, 0, "passed", "1 bad, 1 allowed: leaf1 (refused)"),
        ("failed clean", 0, 0, "failed", "1 bad, 0 allowed: leaf0 (failed clean)"),
        (
            "failed dirty, not run, not run",
            1,
            0,
            "failed",
            "1 bad, 1 allowed: one more would be too many, and 2 of this wave are left: "
            "leaf0 (failed dirty)",
        ),
        (
            "failed dirty, not run",
            1,
            0,
            "failed",
            "1 bad, 1 allowed: one more would be too many, and 1 of this wave is left: "
            "leaf0 (failed dirty)",
        ),
        (
            "changed ok, pending",
            1,
            0,
            "inconclusive",
            "1 of 2 could not be judged: leaf1 (pending)",
        ),
        ("pending", 0, 0, "failed", "1 bad, 0 allowed: leaf0 (pending)"),
        ("unknown, unknown", 1, 0, "failed", "2 bad, 1 allowed: leaf0 (unknown), leaf1 (unknown)"),
        (
            "unknown, changed ok",
            5,
            4,
            "inconclusive",
            "1 of 2 could not be judged: leaf0 (unknown)",
        ),
        (
            "changed ok, not run",
            1,
            0,
            "inconclusive",
            "1 of 2 could not be judged: leaf1 (not run)",
        ),
        ("", 1, 0, "inconclusive", "there was no host to judge by"),
    ],
)
def test_verdicts_by_example(
    outcomes: str, allowed: int, before: int, verdict: str, why: str
) -> None:
    found = [Outcome(word) for word in outcomes.split(", ") if word]
    judged = judge_wave(dict(enumerate_names(found)), allowed=allowed, bad_before=before)
    assert (str(judged.verdict), judged.why) == (verdict, why)


def test_many_bad_hosts_are_told_by_their_number() -> None:
    found = dict(enumerate_names([Outcome.FAILED_CLEAN] * 9))
    assert judge_wave(found, allowed=2).why.endswith("leaf5 (failed clean) and 3 more")
