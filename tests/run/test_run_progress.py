"""How far a run is: counts that add up whatever is told, and honest estimates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxsl.core.run_records import RunState
from nxsl.core.waves import Verdict
from nxsl.run.progress import RunProgress
from nxsl.run.shown import BESIDE, End, Eta, Slow
from nxsl.run.wording import cells, count_words, duration, eta_words, sentence, time_words

OK = End(word="changed ok", good=True)
BAD = End(word="failed clean", good=False, reason="x")
LATE = End(word="pending", good=False)
NOT_RUN = End(word="not run", good=False)
HOSTS = [f"leaf{number}" for number in range(12)]
WAVES = [HOSTS[:1], HOSTS[1:4], HOSTS[4:10]]  # two hosts are in no wave

events = st.lists(
    st.tuples(
        st.sampled_from(["started", "pending", "ended", "wave", "soak", "verdict", "over"]),
        st.sampled_from(HOSTS),
        st.sampled_from([OK, BAD, LATE, NOT_RUN]),
        st.integers(1, 5),
        st.floats(0, 1000),
    ),
    max_size=60,
)


def feed(progress: RunProgress, event: tuple[str, str, End, int, float]) -> None:
    kind, host, end, number, at = event
    match kind:
        case "started":
            progress.host_started(host, at)
        case "pending":
            progress.host_pending(host, at)
        case "ended":
            progress.host_ended(host, end, at)
        case "wave":
            progress.wave_started(number, HOSTS[number : number + 3], at)
        case "soak":
            progress.soaking(number, at, at)
        case "verdict":
            progress.wave_ended(number, Verdict.PASSED, "", at)
        case _:
            for name, each in dict.fromkeys(HOSTS, end).items():
                progress.host_ended(name, each, at)
            progress.run_ended(RunState.DONE, at)


@given(events)
def test_whatever_is_told_in_whatever_order_the_counts_add_up(
    told: list[tuple[str, str, End, int, float]],
) -> None:
    progress = RunProgress("register", WAVES, 0.0)
    latest = 0.0
    for event in told:
        feed(progress, event)
        shown = progress.shown(0.0)  # a clock that has gone back
        assert shown.elapsed >= latest or shown.over
        latest = shown.elapsed
        heard_of = {each[1] for each in told} | set(HOSTS[:10])
        assert len(set(HOSTS[:10])) <= shown.hosts <= len(heard_of | set(HOSTS))
        for wave in shown.waves:
            assert wave.hosts == wave.queued + wave.running + wave.pending + wave.done
            assert min(wave.queued, wave.running, wave.pending, wave.bad) >= 0
            assert wave.bad <= wave.done
            assert wave.elapsed is None or wave.elapsed >= 0
            assert wave.soak_left is None or wave.soak_left >= 0
            assert wave.eta is None or 0 < wave.eta.low <= wave.eta.high
            assert all(slow.seconds >= 0 for slow in (*wave.slowest, *wave.slowest_done))
            assert len(wave.slowest) == min(3, wave.running + wave.pending)
        assert progress.tally() == (
            sum(wave.done for wave in shown.waves if wave.number != BESIDE),
            sum(wave.hosts for wave in shown.waves if wave.number != BESIDE),
        )
    for name, each in dict.fromkeys(HOSTS, NOT_RUN).items():
        progress.host_ended(name, each, 1000.0)
    progress.run_ended(RunState.DONE, 1000.0)
    assert progress.shown(2000.0).done == progress.shown(2000.0).hosts == len(HOSTS)


@given(st.lists(st.integers(0, 500), max_size=8), st.integers(0, 60))
def test_a_bar_is_full_and_shows_every_part_it_has_room_for(parts: list[int], width: int) -> None:
    shares = cells(parts, width)
    assert sum(shares) == (width if sum(parts) else 0)
    there = [share for part, share in zip(parts, shares, strict=True) if part]
    assert all(share == 0 for part, share in zip(parts, shares, strict=True) if not part)
    if len(there) <= width:
        assert all(share > 0 for share in there)


def test_a_host_is_pending_once_however_often_it_is_asked() -> None:
    progress = RunProgress("register", [["a", "b"]], 0)
    progress.wave_started(1, ["a", "b"], 0)
    assert progress.host_started("a", 1)
    assert progress.host_pending("a", 3)
    assert not progress.host_started("a", 8)
    assert not progress.host_pending("a", 9)
    (wave,) = progress.shown(11).waves
    assert (wave.queued, wave.running, wave.pending) == (1, 0, 1)
    assert wave.slowest == (Slow(host="a", word="pending", seconds=10),)
    assert progress.host_ended("a", OK, 21)
    assert not progress.host_ended("a", OK, 22)
    assert progress.seconds_of("a") == 20
    assert progress.seconds_of("b") is None
    assert progress.shown(30).waves[0].slowest_done == (
        Slow(host="a", word="changed ok", seconds=20),
    )


def test_a_second_look_counts() -> None:
    progress = RunProgress("register", [["a"]], 0)
    progress.host_started("a", 0)
    progress.host_ended("a", OK, 5)
    assert progress.bad_hosts() == []
    assert progress.host_ended("a", BAD, 9)
    assert progress.shown(9).ended == {"failed clean": 1}
    assert progress.bad_hosts(1) == [("a", BAD)]
    assert progress.bad_hosts(2) == []
    assert progress.seconds_of("a") == 5


def pace(ends: int, *, hosts: int = 40, every: float = 10.0) -> RunProgress:
    names = [f"leaf{number}" for number in range(hosts)]
    progress = RunProgress("register", [names], 0)
    progress.wave_started(1, names, 0)
    for name in names:
        progress.host_started(name, 0)
    for number, name in enumerate(names[:ends], start=1):
        progress.host_ended(name, OK, number * every)
    return progress


def test_an_estimate_needs_a_basis() -> None:
    assert pace(3).shown(30).waves[0].eta is None
    assert pace(4).shown(40).waves[0].eta is not None


def test_an_estimate_holds_the_truth_and_narrows() -> None:
    few, many = (pace(ends).shown(ends * 10).waves[0].eta for ends in (5, 36))
    assert few
    assert many
    assert few.low < 35 * 10 < few.high
    assert many.low < 4 * 10 < many.high
    assert many.high / many.low < few.high / few.low


def test_what_has_stopped_moving_is_not_promised() -> None:
    progress = pace(36)
    assert (eta := progress.shown(400).waves[0].eta)
    assert eta.high >= 40  # it has been quiet for that long
    assert progress.shown(500).waves[0].eta is None


def test_hosts_that_never_began_say_nothing_of_the_pace() -> None:
    progress = pace(2)
    for number in range(20, 40):
        progress.host_ended(f"x{number}", NOT_RUN, 21)
    assert progress.shown(22).waves[0].eta is None


def test_nothing_is_left_to_estimate_at_the_end() -> None:
    progress = pace(40)
    assert progress.shown(400).waves[0].eta is None
    progress = pace(20)
    progress.run_ended(RunState.STOPPED, 200)
    shown = progress.shown(900)
    assert shown.waves[0].eta is None
    assert shown.elapsed == 200
    assert shown.waves[0].slowest[0].seconds == 200


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.1, 0.2, "about 1 s left"),
        (20, 28, "about 24 s left"),
        (20, 60, "20 to 60 s left"),
        (40, 200, "1 to 4 min left"),
        (500, 600, "about 9 min left"),
        (5000, 20000, "1 to 6 h left"),
    ],
)
def test_the_words_of_an_estimate(low: float, high: float, words: str) -> None:
    assert eta_words(Eta(low=low, high=high)) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(-1, "0:00"), (59.9, "0:59"), (61, "1:01"), (3723, "1:02:03")]
)
def test_the_words_of_a_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_words_of_a_wave() -> None:
    progress = RunProgress("register", [HOSTS[:8]], 0)
    progress.wave_started(1, HOSTS[:8], 0)
    for name in HOSTS[:6]:
        progress.host_started(name, 0)
    progress.host_ended(HOSTS[0], OK, 1)
    progress.host_ended(HOSTS[1], LATE, 1)
    progress.host_pending(HOSTS[2], 2)
    (wave,) = progress.shown(9).waves
    words = [text for text, _ in count_words(wave)]
    assert words == ["1 changed ok", "2 pending (1 overdue)", "3 running", "2 queued"]
    assert time_words(wave) == [
        "slowest: leaf2 pending 0:09",
        "leaf3 running 0:09",
        "leaf4 running 0:09",
    ]
    assert sentence(progress.shown(9)) == "1 changed ok, 2 pending, 3 running, 2 queued"
    for name in HOSTS[3:8]:
        progress.host_ended(name, OK, 9)
    assert time_words(progress.shown(10).waves[0])[-1] == "waiting for leaf2 pending 0:10"
    progress.soaking(1, 60, 12)
    assert "soaks, 0:58 left" in time_words(progress.shown(14).waves[0])


def test_one_wave_learns_its_hosts_from_their_events() -> None:
    progress = RunProgress.of_one_wave("verify", 2, 0)
    assert sentence(progress.shown(0)) == "2 queued"
    progress.host_ended("a", OK, 1)
    assert progress.tally() == (1, 2)
    for name in ("b", "c"):
        progress.host_ended(name, OK, 1)
    assert progress.tally() == (3, 3)  # more than were said
