"""What each task costs a switch, counted: round trips, prompts, bytes typed, logins, threads.

Seconds depend on the machine and are measured in `benchmarks/`; these numbers do not, so each of
them is asserted. A change that makes one of them smaller is welcome: put the new one here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.lab import CALLHOME_DIRECT, Traffic, registered
from nxsl.nxos.connect import close_session, open_session
from nxsl.tasks import Patience, configure_transport, diagnose, verify
from tests.conftest import Fleet, switch
from tests.tasks.changing import CASES
from tests.tasks.policy_switches import policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nornir.core.task import Result

    from nxsl.lab import SwitchSpec

# Long enough for the lab's agent, so that the first question finds it done.
ONE_LOOK = Patience(deadline=30.0, first_pause=1.2)


@dataclass(frozen=True)
class Cost:
    """What went over the terminal lines of one switch.

    Attributes:
        rounds: round trips, that of the preparation included.
        prompts: prompts printed.
        typed: bytes typed.
        logins: sessions.
    """

    rounds: int
    prompts: int
    typed: int
    logins: int = 1


def cost(run: Fleet) -> Cost:
    """What the only switch of a lab was told so far."""
    handle = run.lab["leaf1"]
    found = handle.traffic
    return Cost(found.rounds, found.prompts, found.typed, handle.logins)


def good() -> SwitchSpec:
    """A registered switch with classic Smart Licensing."""
    return switch(callhome=CALLHOME_DIRECT, registration=registered())


READING: dict[str, tuple[Callable[..., Result], Callable[[], SwitchSpec], Cost]] = {
    "verify": (verify, good, Cost(2, 23, 643)),
    "verify, licence files": (verify, lambda: switch(release="9.2(3)"), Cost(2, 13, 351)),
    "verify, policy": (verify, policy, Cost(2, 21, 616)),
    "diagnose": (diagnose, good, Cost(8, 37, 1017)),
    "diagnose, policy": (diagnose, policy, Cost(9, 35, 1004)),
    "configure, nothing to do": (configure_transport, good, Cost(3, 19, 583)),
}

# A dry run, and then the task itself on a new session.
CHANGING: dict[str, tuple[Cost, Cost]] = {
    "configure": (Cost(3, 19, 583), Cost(23, 49, 1350)),
    "checkpoint": (Cost(3, 19, 583), Cost(28, 57, 1520)),
    "register": (Cost(3, 15, 432), Cost(6, 19, 571)),
    "trust": (Cost(3, 15, 449), Cost(7, 21, 626)),
    "renew": (Cost(2, 11, 316), Cost(10, 27, 586)),
    "sync": (Cost(4, 19, 509), Cost(8, 25, 623)),
    "deregister": (Cost(2, 9, 290), Cost(5, 13, 365)),
    "convert": (Cost(2, 9, 290), Cost(5, 13, 371)),
    "request": (Cost(3, 11, 351), Cost(16, 27, 707)),
    "install": (Cost(2, 9, 290), Cost(5, 13, 430)),
    "return": (Cost(2, 9, 290), Cost(6, 14, 383)),
    "cancel": (Cost(2, 9, 290), Cost(5, 13, 379)),
    "save usage": (Cost(3, 11, 324), Cost(23, 33, 850, logins=2)),
    "trust request": (Cost(2, 9, 290), Cost(22, 31, 880, logins=2)),
    "import": (Cost(2, 9, 290), Cost(17, 25, 683, logins=2)),
}


@pytest.mark.parametrize("name", READING)
def test_what_reading_costs(fleet: Callable[..., Fleet], name: str) -> None:
    task, spec, expected = READING[name]
    run = fleet(spec())
    assert run.result(task).result.outcome.good
    assert cost(run) == expected


@pytest.mark.parametrize("name", CASES)
def test_what_changing_costs(fleet: Callable[..., Fleet], tmp_path: Path, name: str) -> None:
    case, (planned, done) = CASES[name], CHANGING[name]
    run = case.start(fleet, tmp_path)
    before = run.lab["leaf1"].traffic, run.lab["leaf1"].logins
    patience: dict[str, Any] = {"patience": ONE_LOOK} if "patience" in case.operands else {}
    assert case.run(run, tmp_path, **patience, dry_run=True).result.outcome.good
    run.close()
    assert since(run, before) == planned
    before = run.lab["leaf1"].traffic, run.lab["leaf1"].logins
    assert case.run(run, tmp_path, **patience).result.outcome.good
    run.close()
    assert since(run, before) == done


def since(run: Fleet, before: tuple[Traffic, int]) -> Cost:
    """What was added."""
    found = run.lab["leaf1"].traffic - before[0]
    logins = run.lab["leaf1"].logins - before[1]
    return Cost(found.rounds, found.prompts, found.typed, logins)


def test_a_second_task_asks_for_the_prompt_once_and_logs_in_never(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(good())
    run.result(verify)
    first = cost(run)
    run.result(verify)
    assert run.lab["leaf1"].logins == 1
    assert run.lab["leaf1"].traffic.rounds == 2 * first.rounds + 1


def test_printed_bytes_are_the_replies_and_no_prompt_more(fleet: Callable[..., Fleet]) -> None:
    run = fleet(good())
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    session.show("show feature")  # along with which the line is prepared
    before = run.lab["leaf1"].traffic
    commands = ("show clock", "show startup-config | include boot")
    with session.ahead(*commands):
        texts = [session.show(each) for each in commands]
    found = run.lab["leaf1"].traffic - before
    prompt = len("leaf1# ")
    # Echo and line end of commands and fences; the replies, line ends doubled; four prompts.
    lines = sum(len(text) + 2 + text.count("\n") for text in texts if text)
    assert found.printed == found.typed + len(commands) * 2 + lines + 4 * prompt
    close_session(host)


def test_a_session_has_no_thread_of_its_own(fleet: Callable[..., Fleet]) -> None:
    run = fleet(good(), *(switch(name=f"leaf{number}") for number in range(2, 6)))
    before = set(threading.enumerate())
    for host in run.nr.inventory.hosts.values():
        open_session(host, run.nr.config).show("show clock")
    # The lab's event loop may have called a thread of its own.
    mine = {each for each in threading.enumerate() if "asyncio" not in each.name} - before
    # One looks after all that nobody waits on; other tests may have called for it before.
    assert [each.name for each in mine] in ([], ["nxsl-ssh"])
    for host in run.nr.inventory.hosts.values():
        close_session(host)
