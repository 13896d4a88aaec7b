"""How many logins may be under way at a time."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxsl.nxos._pace import Pace, TurnedAwayError, pause

if TYPE_CHECKING:
    from collections.abc import Iterable

NEVER = threading.Event()


class RefusedError(Exception):
    """Too much."""


class Way:
    """A pace, and a clock to turn."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pace = Pace(lambda error: isinstance(error, RefusedError), clock=lambda: self.now)

    def refuse(self, *hosts: str, others: int = 0) -> None:
        """Refuse hosts one after the other, while others are under way."""
        with ExitStack() as stack:
            for number in range(others):
                stack.enter_context(self.pace.login(f"other{number}", NEVER))
            for host in hosts:
                with suppress(RefusedError), self.pace.login(host, NEVER):
                    raise RefusedError

    def let_in(self, times: int = 1) -> None:
        for _ in range(times):
            with self.pace.login("good", NEVER):
                pass


@pytest.fixture
def way() -> Way:
    return Way()


def test_nothing_is_limited_at_first(way: Way) -> None:
    with ExitStack() as stack:
        for number in range(500):
            stack.enter_context(way.pace.login(f"leaf{number}", NEVER))
    assert way.pace.limit is None


def test_one_host_that_is_refused_again_and_again_slows_nobody_down(way: Way) -> None:
    way.refuse("dead", "dead", "dead", others=9)
    assert (way.pace.limit, way.pace.refusals) == (None, 3)


def test_dead_hosts_between_good_ones_slow_nobody_down(way: Way) -> None:
    for number in range(20):
        way.refuse(f"dead{number}")
        way.let_in()
    assert way.pace.limit is None


def test_two_hosts_in_a_row_halve_what_was_under_way(way: Way) -> None:
    with ExitStack() as stack:
        logins = [way.pace.login(f"leaf{number}", NEVER) for number in range(50)]
        for each in logins:
            each.__enter__()
        for each in logins[:45]:  # 45 that began together are one refusal, not 45
            with suppress(RefusedError):
                error = RefusedError()
                each.__exit__(RefusedError, error, None)
        for each in logins[45:]:
            stack.push(each)
    assert way.pace.limit == 49 // 2
    assert way.pace.refusals == 45


def test_after_a_refusal_it_grows_to_where_it_was_too_much_and_then_seldom(way: Way) -> None:
    way.refuse("a", "b", others=9)
    assert way.pace.limit == 5
    way.let_in(4)
    assert way.pace.limit == 9  # ten were too much
    way.let_in(17)
    assert way.pace.limit == 9
    way.let_in(1)
    assert way.pace.limit == 10


def test_each_try_that_fails_makes_the_next_one_rarer(way: Way) -> None:
    gaps = []
    for _ in range(4):
        way.refuse("a", "b", others=5)
        way.let_in(2)
        assert way.pace.limit == 5
        gaps.append(0)
        while way.pace.limit == 5:
            way.let_in()
            gaps[-1] += 1
    assert gaps == [10, 20, 40, 80]


def test_it_is_forgotten_after_a_minute_of_quiet(way: Way) -> None:
    way.refuse("a", "b")
    assert way.pace.limit == 1
    way.now += 59
    way.let_in()
    assert way.pace.limit is not None
    way.now += 2
    way.let_in()
    assert way.pace.limit is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=60))
def test_at_least_one_login_may_always_be_under_way(steps: Iterable[tuple[bool, int]]) -> None:
    way = Way()
    for refused, count in steps:
        if refused:
            way.refuse("a", "b")
        else:
            way.let_in(count)
        assert way.pace.limit is None or way.pace.limit >= 1


def test_no_more_than_the_limit_are_under_way_and_nobody_waits_for_ever() -> None:
    way = Way()
    way.refuse("a", "b", others=6)
    assert way.pace.limit == 3
    lock, now, most = threading.Lock(), [0], [0]

    def log_in(number: int) -> None:
        with suppress(RefusedError), way.pace.login(f"leaf{number}", NEVER):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.002)
            with lock:
                now[0] -= 1
            raise RefusedError  # so that it does not grow

    threads = [threading.Thread(target=log_in, args=(number,)) for number in range(40)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert not any(each.is_alive() for each in threads)
    assert most[0] <= 3


def test_whoever_waits_for_a_turn_hears_of_a_stop(way: Way) -> None:
    way.refuse("a", "b")
    stop = threading.Event()
    timer = threading.Timer(0.1, stop.set)
    with way.pace.login("leaf1", NEVER):
        timer.start()
        with pytest.raises(TurnedAwayError), way.pace.login("leaf2", stop):
            pass
    way.let_in()  # and the turn was not lost


def test_what_raises_otherwise_is_no_refusal(way: Way) -> None:
    for host in ("a", "b", "c"):
        with pytest.raises(ValueError, match="no"), way.pace.login(host, NEVER):
            raise ValueError("no")
    assert (way.pace.limit, way.pace.refusals) == (None, 0)


def test_pauses_grow_and_differ() -> None:
    for number, (least, most) in enumerate([(0.5, 1), (1, 2), (2, 4)]):
        some = [pause(number) for _ in range(50)]
        assert all(least <= each <= most for each in some)
        assert len(set(some)) > 1
