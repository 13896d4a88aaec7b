"""What makes a run stoppable: signals set it, and nothing else happens at them."""

from __future__ import annotations

import logging
import math
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from nxsl.fleet.stop import Stop, stopping_by_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """Handlers as a program in the foreground has them."""
    former = {number: signal.getsignal(number) for number in ALL}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


def press(number: signal.Signals, until: threading.Event) -> None:
    """Send this process a signal, and wait until it was taken in."""
    signal.raise_signal(number)
    assert until.wait(10)


@pytest.mark.parametrize("number", ALL)
def test_the_first_signal_requests_a_stop_and_nothing_else(number: signal.Signals) -> None:
    with stopping_by_signals() as stop:
        assert not stop.requested.is_set()
        press(number, stop.requested)
        assert stop.signal == number.name
    assert not stop.urgent.is_set()


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("first", ALL)
def test_a_second_signal_urges(first: signal.Signals, second: signal.Signals) -> None:
    told: list[str] = []
    with stopping_by_signals(
        on_first=lambda stop: told.append(f"first {stop.signal} {stop.requested.is_set()}"),
        on_second=lambda stop: told.append(f"second {stop.urgent.is_set()}"),
    ) as stop:
        press(first, stop.requested)
        press(second, stop.urgent)
        signal.raise_signal(signal.SIGINT)
    assert told == [f"first {first.name} True", "second True"]
    assert stop.signal == first.name


def test_a_terminal_that_goes_away_twice_is_in_no_hurry() -> None:
    with stopping_by_signals() as stop:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGHUP):
            press(number, stop.requested)
    assert not stop.urgent.is_set()  # all were taken in: the block ends behind that


def test_the_former_handlers_are_put_back() -> None:
    def mine(*_: object) -> None:
        """Do nothing."""

    signal.signal(signal.SIGTERM, mine)
    before = {number: signal.getsignal(number) for number in ALL}
    inside: list[object] = []

    def block() -> None:
        with stopping_by_signals():
            inside.extend(signal.getsignal(number) for number in ALL)
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        block()
    assert not {*inside} & {*before.values()}
    assert {number: signal.getsignal(number) for number in ALL} == before
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_what_the_process_ignores_it_goes_on_to_ignore() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with stopping_by_signals() as stop:
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        signal.raise_signal(signal.SIGHUP)
    assert not stop.requested.is_set()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_signal_at_the_end_of_the_block_is_not_lost() -> None:
    for _ in range(50):
        with stopping_by_signals() as stop:
            signal.raise_signal(signal.SIGTERM)
        assert stop.requested.is_set()


def test_inside_another_block_the_stop_is_the_same() -> None:
    told: list[str] = []
    with (
        stopping_by_signals(on_first=lambda _: told.append("outer")) as outer,
        stopping_by_signals(on_first=lambda _: told.append("inner")) as inner,
    ):
        assert inner is outer
        press(signal.SIGINT, outer.requested)
    assert told == ["outer", "inner"]


def test_a_block_that_has_ended_hears_nothing_more() -> None:
    told: list[str] = []
    with stopping_by_signals() as outer:
        with stopping_by_signals(on_first=lambda _: told.append("inner")):
            handlers = [signal.getsignal(number) for number in ALL]
        assert [signal.getsignal(number) for number in ALL] == handlers
        press(signal.SIGINT, outer.requested)
    assert told == []


def test_an_inner_stop_of_its_own_hears_the_signals_too() -> None:
    mine, later = Stop(), Stop()
    with stopping_by_signals() as outer:
        with stopping_by_signals(mine) as inner:
            assert inner is mine
            press(signal.SIGTERM, mine.requested)
            assert outer.requested.is_set()
        with stopping_by_signals(later):
            assert later.requested.is_set()  # it was asked for before
            assert later.signal == "SIGTERM"
            assert not later.urgent.is_set()
            press(signal.SIGTERM, later.urgent)
    assert outer.urgent.is_set()


def test_an_inner_stop_does_not_stop_what_is_around() -> None:
    with stopping_by_signals() as outer, stopping_by_signals(Stop()) as inner:
        inner.requested.set()
    assert not outer.requested.is_set()


def test_one_stop_in_two_blocks_goes_on_counting() -> None:
    stop = Stop()
    with stopping_by_signals(stop):
        press(signal.SIGINT, stop.requested)
    with stopping_by_signals(stop):
        press(signal.SIGINT, stop.urgent)


def test_elsewhere_than_in_the_main_thread_it_does_nothing() -> None:
    before = [signal.getsignal(number) for number in ALL]
    seen: list[object] = []
    mine = Stop()

    def run() -> None:
        with stopping_by_signals(mine) as stop:
            seen.append(stop)
            seen.extend(signal.getsignal(number) for number in ALL)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [mine, *before]


def test_a_thread_inside_a_block_belongs_to_it() -> None:
    seen: list[Stop] = []

    def run() -> None:
        with stopping_by_signals() as stop:
            seen.append(stop)

    with stopping_by_signals() as outer:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert seen == [outer]


@pytest.mark.parametrize("error", [OSError, SystemExit])
def test_a_callback_that_raises_stops_nothing(
    caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    def fail(_stop: Stop) -> None:
        raise error("hunter2")

    with (
        caplog.at_level(logging.ERROR, logger="nxsl"),
        stopping_by_signals(on_first=fail, on_second=fail) as stop,
    ):
        press(signal.SIGINT, stop.requested)
        press(signal.SIGINT, stop.urgent)
    assert caplog.text.count(f"raised {error.__name__}") == 2
    assert "hunter2" not in caplog.text


def test_a_wait_ends_when_it_is_asked_to_stop() -> None:
    stop = Stop()
    began = time.monotonic()
    assert not stop.wait(0.01)
    assert not stop.wait(-1)
    assert time.monotonic() - began >= 0.01
    threading.Timer(0.05, stop.requested.set).start()
    assert stop.wait(math.inf)
    assert stop.wait(0)


def test_a_wait_in_the_main_thread_is_ended_by_a_signal() -> None:
    main = threading.main_thread().ident
    assert main is not None
    with stopping_by_signals() as stop:
        threading.Timer(0.05, signal.pthread_kill, (main, signal.SIGINT)).start()
        began = time.monotonic()
        assert stop.wait(60)
        assert time.monotonic() - began < 10


def test_signals_by_the_thousand_do_not_lock_up_what_waits() -> None:
    """An event that a handler sets can: the main thread may hold its lock at that moment."""
    code = """
import os, signal, sys, threading
from nxsl.fleet.stop import Stop, stopping_by_signals
signal.signal(signal.SIGHUP, signal.SIG_DFL)
over = threading.Event()
def fire():
    for _ in range(3000):
        os.kill(os.getpid(), signal.SIGHUP)
    over.set()
with stopping_by_signals() as stop:
    threading.Thread(target=fire).start()
    while not over.is_set():
        stop.wait(0.001)
        stop.urgent.wait(0.0001)
sys.exit(0 if stop.requested.is_set() and not stop.urgent.is_set() else 1)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
