"""Latency between a switch and its user, and several commands on one line."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import asyncssh

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab import Switch
    from tests.lab.conftest import Start

LATENCY = 0.1


def test_each_way_there_and_back_takes_its_time(start: Start, login: Callable[..., Any]) -> None:
    user = login(start(latency=LATENCY))
    begun = time.monotonic()
    for _ in range(3):
        user.run("show clock")
    assert time.monotonic() - begun >= 3 * LATENCY


def test_lines_on_the_way_do_not_wait_for_each_other(
    start: Start, login: Callable[..., Any]
) -> None:
    user = login(start(latency=1.0))
    begun = time.monotonic()
    user.type("".join(f"!line {number}\r" for number in range(20)))
    text = user.until("!line 19\r\n.*# $")
    assert [line for line in text.split() if line.isdigit()] == [str(n) for n in range(20)]
    assert 1.0 <= time.monotonic() - begun < 10.0


def test_a_switch_may_move_away(start: Start, login: Callable[..., Any]) -> None:
    switch = start()
    switch.move_away(LATENCY)
    user = login(switch)
    begun = time.monotonic()
    user.run("show clock")
    assert time.monotonic() - begun >= LATENCY


def test_chained_commands_answer_one_after_the_other(
    start: Start, login: Callable[..., Any]
) -> None:
    text = login(start()).run("show hostname ; nonsense ; show hostname")
    assert text.count("leaf1") == 2
    assert "Invalid command" in text


def test_chained_commands_in_an_exec_channel(start: Start) -> None:
    assert asyncio.run(_exec(start(latency=LATENCY), "show hostname ; show hostname")) == (
        "leaf1\nleaf1\n",
        0,
    )


async def _exec(switch: Switch, line: str) -> tuple[str, int | None]:
    async with asyncssh.connect(
        "127.0.0.1", switch.port, username="admin", password="lab-only", known_hosts=None
    ) as connection:
        done = await connection.run(line)
    return str(done.stdout), done.exit_status
