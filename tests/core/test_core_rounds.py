"""When hosts are asked on which something is under way; whole waves are reckoned, none sleeps."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from nxsl.core.rounds import SCOUTS, Experience, Pace, next_question

PACE = Pace(first_pause=2.0, growth=1.5, longest_pause=20.0)
ENOUGH = 3


def asked_next(
    known: Experience, asked: float, *, scout: bool = False, alone: bool = False, spread: float = 0
) -> float:
    return next_question(PACE, known, asked, scout=scout, alone=alone, spread=spread)


def known(*, ends: tuple[float, ...] = (), under_way: tuple[float, ...] = ()) -> Experience:
    """What hosts have shown of which each was seen under way right after it was begun."""
    made = Experience()
    for age in under_way:
        made.under_way(age)
    for age in ends:
        made.ended(age, before=0.001)
    return made


# -- one question ----------------------------------------------------------------------------------


def test_alone_a_host_is_asked_with_growing_pauses() -> None:
    ages, age = [], 0.0
    for _ in range(9):
        age = asked_next(known(ends=(7.0,) * 9), age, alone=True)
        ages.append(age)
    assert ages == [2, 5, 9.5, 16.25, 26.375, 41.5625, 61.5625, 81.5625, 101.5625]


def test_a_scout_is_asked_often_and_another_one_seldom_where_nothing_is_known() -> None:
    nothing = Experience()
    assert asked_next(nothing, 0.0, scout=True) == 2
    assert asked_next(nothing, 40.0, scout=True) == 50
    assert asked_next(nothing, 200.0, scout=True) == 220
    assert asked_next(nothing, 0.0) == 20
    assert asked_next(nothing, 40.0) == 60


def test_scouts_are_not_asked_all_at_the_same_ages() -> None:
    found = [asked_next(Experience(), 40.0, scout=True, spread=spread / 8) for spread in range(8)]
    assert found == sorted(set(found))
    assert 50 <= found[0] < found[-1] < 54


def test_others_are_asked_when_enough_have_shown_how_long_it_takes() -> None:
    few = known(ends=(12.0, 12.5), under_way=(11.0, 11.5))
    assert asked_next(few, 0.0) == 20, "two may be chance"
    assert asked_next(few, 0.0, scout=True) == 12
    enough = known(ends=(12.0, 12.5, 13.0), under_way=(11.0, 11.5))
    assert asked_next(enough, 0.0) == 13


def test_those_that_take_longer_count_as_much_as_those_that_have_ended() -> None:
    ends = (10.0, 11.0, 12.0, 13.0)
    assert asked_next(known(ends=ends, under_way=(12.5,) * 4), 0.0) == 13, "four of eight"
    assert asked_next(known(ends=ends, under_way=(13.5,) * 5), 0.0) == 20, "four of nine"


def test_what_was_before_the_last_question_says_nothing_about_the_next() -> None:
    made = known(ends=(5.0,) * 50 + (30.0, 31.0, 32.0), under_way=(29.0, 29.5))
    assert asked_next(made, 25.0) == 32


def test_a_host_is_seen_under_way_once_at_its_highest_age() -> None:
    made = known(ends=(10.0, 11.0, 12.0))
    for age in (20.0, 21.0, 22.0, 23.0):
        made.under_way(age)
    assert made.likely(0.0, enough=ENOUGH) is None
    for age in (20.0, 21.0):
        made.under_way(age + 10, before=age)
    assert made.likely(0.0, enough=ENOUGH) is None, "four are still known to take longer"
    assert made.likely(12.0, enough=1) is None


def test_one_that_was_asked_late_for_the_first_time_says_little() -> None:
    made = Experience()
    for _ in range(3):
        made.ended(12.0)
    assert asked_next(made, 0.0) == 6


def test_beyond_all_others_the_pauses_double() -> None:
    made = known(ends=(10.0, 10.0, 10.0))
    ages, age = [], 10.0
    for _ in range(7):
        age = asked_next(made, age)
        ages.append(age)
    assert ages == [11, 12, 14, 18, 26, 42, 62]


def test_nobody_is_asked_again_at_once_and_nobody_is_forgotten() -> None:
    made = known(ends=(50.0, 50.1, 50.2, 50.3, 500.0, 500.0, 500.0), under_way=(49.0,))
    assert asked_next(made, 50.0) == pytest.approx(51.5)
    assert asked_next(made, 60.0) == 80
    assert asked_next(made, 60.0, scout=True) == 80


@pytest.mark.parametrize("seed", range(50))
def test_every_pause_is_within_its_bounds(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    pace = Pace(
        first_pause=chance.uniform(0.01, 5),
        growth=chance.uniform(1, 3),
        longest_pause=chance.uniform(5, 60),
    )
    made = Experience()
    for _ in range(chance.randrange(40)):
        made.ended(chance.uniform(0, 100), before=chance.choice((0.0, 0.5)))
    for _ in range(chance.randrange(40)):
        made.under_way(chance.uniform(0, 100))
    for _ in range(40):
        age = chance.uniform(0, 120)
        pause = (
            next_question(
                pace,
                made,
                age,
                scout=chance.random() < 0.5,
                alone=chance.random() < 0.2,
                spread=chance.random(),
            )
            - age
        )
        assert min(pace.first_pause / 2, pace.longest_pause) <= pause + 1e-9
        assert pause <= pace.longest_pause + 1e-9


# -- whole waves -----------------------------------------------------------------------------------


@dataclass
class _Host:
    begun: float
    ends: float  # its age then
    asked: float = 0.0
    seen: float = 0.0
    questions: int = 0
    late: float = 0.0


@dataclass
class _Reckoned:
    """What came of a wave.

    Attributes:
        hosts: all of it.
        over: seconds from the end of the last host to the moment that is known.
    """

    hosts: list[_Host] = field(default_factory=list)
    over: float = 0.0

    @property
    def questions(self) -> float:
        return sum(each.questions for each in self.hosts) / len(self.hosts)

    @property
    def most(self) -> int:
        return max(each.questions for each in self.hosts)


def reckon(takes: list[float], *, begin: float = 0.01, ask: float = 0.005) -> _Reckoned:
    """A wave whose hosts are begun one after the other, and asked in rounds a quarter apart."""
    found, made = _Reckoned(), Experience()
    found.hosts = [_Host(begin * at, ends) for at, ends in enumerate(takes, 1)]
    waiting, now = list(found.hosts), begin * len(takes)
    while waiting:
        due = {}
        for place, each in enumerate(waiting):
            age = next_question(
                PACE,
                made,
                each.asked,
                scout=place < SCOUTS,
                alone=False,
                spread=place * 0.618 % 1,
            )
            due[id(each)] = each.begun + age
        now = max(min(due.values()), now + 0.25)
        some = [each for each in waiting if due[id(each)] <= now]
        for each in some:
            now += ask
            each.asked, each.questions = now - each.begun, each.questions + 1
            if each.asked < each.ends:
                made.under_way(each.asked, before=each.seen)
                each.seen = each.asked
            else:
                made.ended(each.asked, before=each.seen)
                each.late = each.asked - each.ends
                waiting.remove(each)
    found.over = now - max(each.begun + each.ends for each in found.hosts)
    return found


def evenly(hosts: int, least: float, most: float) -> list[float]:
    return [least + (most - least) * (at * 7919 % hosts) / (hosts - 1) for at in range(hosts)]


def test_a_thousand_that_take_a_minute_are_asked_three_times_and_noticed_at_once() -> None:
    found = reckon([60.0] * 1000)
    assert found.questions < 3.5
    assert found.over < 1.5
    assert max(each.late for each in found.hosts) < 3


def test_a_thousand_that_take_as_long_as_they_like() -> None:
    found = reckon(evenly(1000, 20, 60))
    assert found.questions < 4.5
    assert found.over < 3.5


def test_a_slow_site_among_fast_ones() -> None:
    found = reckon([30.0 if at % 10 else 120.0 for at in range(1000)])
    assert found.questions < 4
    assert found.over < 8


def test_scouts_that_are_not_like_the_others() -> None:
    found = reckon([5.0] * 12 + [60.0] * 500)
    assert found.questions < 6
    assert found.over < 3


def test_a_wave_of_one_has_only_itself() -> None:
    found = reckon([60.0])
    assert found.most <= 14
    assert found.over < 15
