"""The schedule: never over a limit, and never idle without need."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from nxsl.fleet.schedule import Schedule

if TYPE_CHECKING:
    from nxsl.fleet.schedule import Keys

LIMITS = st.dictionaries(st.sampled_from(["site", "jump_host", "group"]), st.integers(1, 4))
ONE = st.tuples(
    st.sampled_from([(), (("site", "bern"),), (("site", "basel"),)]),
    st.sampled_from([(), (("jump_host", "j1"),), (("jump_host", "j2"),)]),
    st.sampled_from([(), (("group", "a"),), (("group", "a"), ("group", "b"))]),
).map(lambda parts: tuple(key for part in parts for key in part))


def test_without_limits_the_order_is_the_hosts() -> None:
    schedule = Schedule([()] * 5, {})
    assert [schedule.take() for _ in range(5)] == [0, 1, 2, 3, 4]
    assert schedule.empty
    assert schedule.take() is None


def test_a_host_that_has_to_wait_is_overtaken_and_comes_first_afterwards() -> None:
    bern: Keys = (("site", "bern"),)
    schedule = Schedule([bern, bern, (), bern], {"site": 1})
    assert [schedule.take(), schedule.take(), schedule.take()] == [0, 2, None]
    assert schedule.waiting == [1, 3]
    schedule.ended(2)
    assert schedule.take() is None
    schedule.ended(0)
    assert schedule.take() == 1
    assert not schedule.empty


@given(st.lists(ONE, max_size=30), LIMITS, st.integers(1, 10), st.randoms(use_true_random=False))
def test_it_keeps_the_limits_and_no_worker_idle(
    keys: list[Keys], limits: dict[str, int], workers: int, chance: object
) -> None:
    import random  # noqa: PLC0415

    assert isinstance(chance, random.Random)
    schedule = Schedule(keys, limits)
    busy: list[int] = []
    taken: list[int] = []
    while len(taken) < len(keys) or busy:
        while len(busy) < workers and (number := schedule.take()) is not None:
            before = full(keys, busy, limits)
            # The first of those that were free to start.
            free = [
                each
                for each in range(len(keys))
                if each not in taken and not before & {*keys[each]}
            ]
            assert number == free[0]
            taken.append(number)
            busy.append(number)
        if len(busy) < workers:
            blocked = full(keys, busy, limits)
            assert all(blocked & {*keys[each]} for each in schedule.waiting)
        count = Counter(key for each in busy for key in keys[each])
        assert all(number <= limits.get(key[0], len(keys)) for key, number in count.items())
        assert busy, "nobody is at work, and somebody waits"
        schedule.ended(busy.pop(chance.randrange(len(busy))))
    assert sorted(taken) == list(range(len(keys)))
    assert schedule.empty
    assert schedule.waiting == []


def full(keys: list[Keys], busy: list[int], limits: dict[str, int]) -> set[tuple[str, str]]:
    """The pairs of which there must be no more."""
    count = Counter(key for each in busy for key in keys[each])
    return {key for key, number in count.items() if number >= limits.get(key[0], number + 1)}
