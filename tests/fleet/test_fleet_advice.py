"""How many workers pay off: beforehand, and while a run goes on."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nornir.core.processor import Processors
from nornir.core.task import Task

from nxsl.fleet._crew import Crew
from nxsl.fleet.advice import CEILING, FIRST, LOOK, Glimpse, Growth, advise
from nxsl.fleet.runner import FleetRunner
from nxsl.fleet.schedule import Schedule
from nxsl.fleet.stop import Stop
from tests.fleet.crews import good, ten_hosts

if TYPE_CHECKING:
    from pathlib import Path

    from nornir.core.task import Result


# -- beforehand -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latency", "workers"), [(0.0, 20), (0.01, 20), (0.03, 54), (0.05, 90), (0.1, 180), (5.0, 200)]
)
def test_the_further_away_the_more(latency: float, workers: int) -> None:
    assert advise(1000, latency=latency).workers == workers


@pytest.mark.parametrize(
    ("options", "workers", "why"),
    [
        ({}, FIRST, "not known"),
        ({"latency": 0.2, "per_jump_host": 10}, 10, "jump hosts"),
        ({"latency": 0.2, "per_jump_host": 10, "jump_hosts": 4}, 40, "jump hosts"),
        ({"latency": 0.2, "per_aaa": 30}, 30, "AAA"),
        ({"latency": 0.2, "cores": 2}, 400, "waits 1.8 s and costs 5 ms"),
        ({"latency": 0.05, "cpu_per_host": 0.010}, 45, "costs 10 ms"),
    ],
)
def test_limits_and_cores_count(options: dict[str, Any], workers: int, why: str) -> None:
    advice = advise(1000, **options)
    assert advice.workers == workers
    assert why in advice.reason


def test_there_are_never_more_than_hosts() -> None:
    assert advise(7, latency=1.0).workers == 7
    assert advise(7, latency=1.0).reason == "there are no more hosts"


@pytest.mark.parametrize(
    "options",
    [{"hosts": 0}, {"cores": 0}, {"per_aaa": 0}, {"cpu_per_host": 0.0}, {"latency": -1.0}],
)
def test_numbers_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"more than nothing|number of seconds"):
        advise(**{"hosts": 5, **options})


@given(
    hosts=st.integers(1, 10_000),
    cores=st.integers(1, 8),
    latency=st.none() | st.floats(0, 100),
    more=st.floats(0, 10),
    jump=st.none() | st.integers(1, 300),
    aaa=st.none() | st.integers(1, 300),
)
def test_advice_keeps_to_every_bound_and_grows_with_latency(
    hosts: int, cores: int, latency: float | None, more: float, jump: int | None, aaa: int | None
) -> None:
    options: dict[str, Any] = {"cores": cores, "per_jump_host": jump, "per_aaa": aaa}
    found = advise(hosts, latency=latency, **options).workers
    assert 1 <= found <= min(hosts, jump or hosts, aaa or hosts, CEILING * cores)
    if latency is not None:
        assert advise(hosts, latency=latency + more, **options).workers >= found


# -- while it goes on -------------------------------------------------------------------------


class Run:
    """Hosts that each wait and cost CPU, on a process that has so much of a core.

    No more than `others` hosts a second come through, whatever the workers.
    """

    def __init__(
        self, wait: float, cpu: float, *, share: float = 1.0, others: float = 1e9, **growth: Any
    ) -> None:
        self._wait, self._cpu, self._share, self._others = wait, cpu, share, others
        self.growth = Growth(**{"most": 1000, **growth})
        self.seconds = self.spent = self.finished = 0.0
        self.sizes: list[int] = []

    def go(self, seconds: float) -> list[int]:
        """The workers after each look."""
        for _ in range(round(seconds / LOOK)):
            workers = self.growth.workers
            rate = min(workers / (self._wait + self._cpu), self._share / self._cpu, self._others)
            self.seconds += LOOK * 1.001
            self.spent += rate * self._cpu * LOOK
            self.finished += rate * LOOK if self.seconds > self._wait + self._cpu else 0
            self.growth.more(
                Glimpse(
                    elapsed=self.seconds,
                    cpu=self.spent,
                    busy=workers,
                    finished=int(self.finished),
                )
            )
            self.sizes.append(self.growth.workers)
        return self.sizes


def test_hosts_that_only_wait_get_all_workers_in_a_quarter_of_a_second() -> None:
    assert Run(wait=60, cpu=0.005).go(0.25) == [100, 200, 200, 200, 200]


def test_hosts_far_away_get_nearly_all_in_a_quarter_of_a_second() -> None:
    assert Run(wait=2.0, cpu=0.0085).go(0.25)[-1] >= 180


def test_hosts_at_fifty_milliseconds_get_about_sixty() -> None:
    assert 45 <= Run(wait=0.5, cpu=0.0085).go(10)[-1] <= 80


def test_a_run_that_is_bound_by_the_cpu_stays_at_the_first_workers() -> None:
    assert set(Run(wait=0.02, cpu=0.01).go(30)) == {FIRST}


@pytest.mark.parametrize("share", [0.55, 0.7])
def test_so_does_one_that_gets_part_of_a_core_only(share: float) -> None:
    """The process looks idle, as others use the core: more workers finish no more hosts."""
    assert Run(wait=0.02, cpu=0.01, share=share).go(60)[-1] <= FIRST * 1.5


def test_where_something_else_is_the_bottleneck_it_is_not_tried_for_ever() -> None:
    assert Run(wait=0.3, cpu=0.01, others=60.0).go(60)[-1] <= 3 * FIRST


def test_a_fleet_that_becomes_slow_gets_more_later() -> None:
    run = Run(wait=0.02, cpu=0.01, share=0.7)
    before = run.go(20)[-1]
    run._wait = 60.0
    assert before < 2 * FIRST
    assert run.go(1.5)[-1] == CEILING


def test_nobody_is_added_while_a_worker_has_no_host() -> None:
    growth = Growth(most=500, first=20)
    for tenth in range(1, 50):
        assert growth.more(Glimpse(elapsed=tenth / 5, cpu=0.0, busy=19, finished=0)) == 0


def test_looks_that_come_too_early_say_nothing() -> None:
    growth = Growth(most=500, first=20)
    early = LOOK / 2
    assert not growth.due(early)
    assert growth.more(Glimpse(elapsed=early, cpu=0.0, busy=20, finished=0)) == 0
    assert growth.due(LOOK)


def test_threads_that_the_machine_does_not_give_are_not_asked_for_again() -> None:
    growth = Growth(most=500, first=20)
    growth.more(Glimpse(elapsed=1.0, cpu=0.0, busy=20, finished=0))
    growth.lost(10)
    assert growth.workers == 30
    assert growth.more(Glimpse(elapsed=9.0, cpu=0.0, busy=30, finished=0)) == 0


STEPS = st.tuples(
    st.floats(0, 2), st.floats(0, 4), st.integers(0, 300), st.integers(0, 50)
)  # seconds, CPU, busy, finished


@given(
    most=st.integers(1, 500),
    ceiling=st.integers(1, 300),
    first=st.integers(1, 300),
    steps=st.lists(STEPS, max_size=40),
)
def test_it_never_shrinks_and_never_exceeds_a_bound(
    most: int, ceiling: int, first: int, steps: list[tuple[float, float, int, int]]
) -> None:
    growth = Growth(most=most, first=first, ceiling=ceiling)
    elapsed, cpu, finished = 0.0, 0.0, 0
    assert growth.workers == min(most, first, ceiling)
    for seconds, used, busy, ended in steps:
        before = growth.workers
        elapsed, cpu, finished = elapsed + seconds, cpu + used, finished + ended
        added = growth.more(Glimpse(elapsed=elapsed, cpu=cpu, busy=busy, finished=finished))
        assert added >= 0
        assert growth.workers == before + added <= min(most, ceiling)
        assert growth.workers <= 2 * before


@given(wait=st.floats(0.01, 100), cpu=st.floats(0.001, 0.1), longer=st.floats(1, 10))
def test_hosts_that_wait_longer_never_get_fewer(wait: float, cpu: float, longer: float) -> None:
    few = Run(wait=wait, cpu=cpu).go(0.5)[-1]
    assert Run(wait=wait * longer, cpu=cpu).go(0.5)[-1] >= few


# -- limits, and the runner -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sites", "limits", "most"),
    [
        (["a"] * 10, {}, 10),
        (["a"] * 10, {"site": 3}, 3),
        (["a"] * 10 + ["b"] * 2, {"site": 3}, 5),
        (["a"] * 10 + [""] * 4, {"site": 3}, 7),
        (["a"] * 10, {"other": 1}, 10),
        ([], {"site": 3}, 0),
    ],
)
def test_what_limits_allow_at_most(sites: list[str], limits: dict[str, int], most: int) -> None:
    keys = [(("site", site),) if site else () for site in sites]
    assert Schedule(keys, limits).most == most


class Meeting:
    """Lets hosts go on once so many of them are at work at the same time."""

    def __init__(self, wanted: int) -> None:
        self._barrier = threading.Barrier(wanted, timeout=30)

    def task(self, task: Task) -> Result:
        self._barrier.wait()
        return good(task)


@pytest.fixture
def few_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nxsl.fleet.advice.FIRST", 2)


@pytest.mark.usefixtures("few_first")
@pytest.mark.parametrize("workers", [None, "auto"])
def test_a_runner_takes_more_workers_while_hosts_wait(tmp_path: Path, workers: Any) -> None:
    """Ten hosts wait for each other: with two workers it would never end."""
    runner = FleetRunner(workers)
    result = ten_hosts(tmp_path).with_runner(runner).run(Meeting(10).task)
    assert not result.failed
    assert runner.workers == 10


@pytest.mark.parametrize(("idle", "added"), [(0, 2), (1, 0)])
def test_a_worker_between_two_hosts_is_busy_and_one_that_waits_for_any_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idle: int, added: int
) -> None:
    """The look comes just when a host has ended, as that is what wakes it."""
    nr = ten_hosts(tmp_path)
    hosts = list(nr.inventory.hosts.values())
    task = Task(good, nr, global_dry_run=False, processors=Processors())
    crew = Crew(task, hosts, Schedule([()] * 10, {}), Stop(), close="never")
    crew._growth, crew._under_way, crew._idle = Growth(most=10, first=2), {0: None}, idle
    crew._began = (time.monotonic() - 60, time.process_time())
    begun: list[int] = []
    monkeypatch.setattr(crew, "_start", lambda _threads, count: begun.append(count))
    crew._grow([])
    assert begun == [added]


@pytest.mark.usefixtures("few_first")
def test_it_takes_no_more_than_limits_allow(tmp_path: Path) -> None:
    runner = FleetRunner(limits={"site": 2})
    result = ten_hosts(tmp_path).with_runner(runner).run(wait_a_little)
    assert not result.failed
    assert runner.workers <= 4


def wait_a_little(task: Task) -> Result:
    time.sleep(0.25)
    return good(task)


@pytest.mark.usefixtures("few_first")
def test_the_next_run_begins_with_what_this_one_came_to(tmp_path: Path) -> None:
    hosts = ten_hosts(tmp_path)
    runner = FleetRunner()
    nr = hosts.with_runner(runner)
    nr.run(Meeting(10).task)
    nr.filter(name="leaf1").run(good)
    assert runner.workers == 1
    nr.run(good)
    assert runner.workers == 10


def test_a_number_stays_as_it_is(tmp_path: Path) -> None:
    runner = FleetRunner(3)
    ten_hosts(tmp_path).with_runner(runner).run(wait_a_little)
    assert (runner.num_workers, runner.workers) == (3, 3)
