"""Breakers over real SSH: how often the switches saw a wrong password or a token."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Console

from nxsl import FleetReport, Token
from nxsl.cli.fleet_run import FleetRun
from nxsl.cli.screen import Screen
from nxsl.core.breakers import RUNS_TOKEN
from nxsl.core.errors import TokenBreaker
from nxsl.core.outcome import Outcome
from nxsl.core.secret import Password
from nxsl.fleet.inventory import open_fleet
from nxsl.lab import CALLHOME_DIRECT, CLOUD_TOKEN, Cssm, Refuse, RejectAuthentication
from nxsl.lab import Token as LabToken
from nxsl.run.breakers import Tokens, token_sources
from nxsl.tasks import configure_transport, register, verify
from tests.conftest import DIRECT, PATIENCE, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nornir.core.task import AggregatedResult

WRONG = "not-the-password"


def fleet_run(
    run: Fleet, *, workers: int = 50, passwords: Mapping[str, str] | None = None
) -> tuple[FleetRun, io.StringIO]:
    """A command's run on the lab, with other passwords of some hosts, and what it prints."""
    printed = io.StringIO()
    screen = Screen(out=Console(file=printed, width=200), err=Console(file=io.StringIO()))
    nr = open_fleet(run.folder, workers=workers)
    for name, password in (passwords or {}).items():
        nr.inventory.hosts[name].password = Password(password)
    return FleetRun(nr, screen), printed


def ends(result: AggregatedResult) -> Counter[tuple[Outcome, str]]:
    """How many hosts ended how, and why."""
    records = [multi[0].result for multi in result.values()]
    return Counter((record.outcome, record.reason) for record in records)


def failed_logins(run: Fleet) -> int:
    return sum(each.failed_logins for each in run.lab.values())


def test_a_wrong_password_reaches_one_of_two_hundred_switches(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(*(switch(f"leaf{number}") for number in range(200)))
    command, printed = fleet_run(run, passwords=dict.fromkeys(run.lab, WRONG))
    result = command.run("verify", verify)
    assert failed_logins(run) == 1
    assert ends(result) == {
        (Outcome.FAILED_CLEAN, "login-failed"): 1,
        (Outcome.NOT_RUN, "credential-breaker"): 199,
    }
    # Again, as an application follows a plan: nobody tries it once more.
    assert ends(command.run("verify", verify)) == {(Outcome.NOT_RUN, "credential-breaker"): 200}
    assert failed_logins(run) == 1
    assert all(not each.commands for each in run.lab.values())

    report = FleetReport(command.hosts, result)
    assert Counter(report.table("outcomes")["outcome"]) == {"failed clean": 1, "not run": 199}
    command.screen.next_steps(report.failures)
    text = printed.getvalue()
    assert text.count("try the login of admin to leaf") == 1
    assert "199 switches: " in text
    assert "not-the-password" not in text


def test_of_two_credentials_only_the_wrong_one_is_stopped(fleet: Callable[..., Fleet]) -> None:
    specs = [switch(f"leaf{number}") for number in range(20)]
    specs += [switch(f"border{number}", username="edge", password="e") for number in range(20)]
    run = fleet(*specs)
    borders = [f"border{number}" for number in range(20)]
    command, _ = fleet_run(run, workers=20, passwords=dict.fromkeys(borders, WRONG))
    result = command.run("verify", verify)
    assert ends(result) == {
        (Outcome.READ, "read"): 20,
        (Outcome.FAILED_CLEAN, "login-failed"): 1,
        (Outcome.NOT_RUN, "credential-breaker"): 19,
    }
    assert sorted(name for name, multi in result.items() if multi[0].failed) == sorted(borders)
    assert failed_logins(run) == 1


def test_passwords_of_one_switch_each_fail_plainly(fleet: Callable[..., Fleet]) -> None:
    run = fleet(*(switch(f"leaf{number}") for number in range(6)))
    wrong = {f"leaf{number}": f"wrong-{number}" for number in range(1, 6)}
    command, _ = fleet_run(run, workers=6, passwords=wrong)
    for times in (1, 2):  # nothing is held back from a switch whose password is its own
        assert ends(command.run("verify", verify)) == {
            (Outcome.READ, "read"): 1,
            (Outcome.FAILED_CLEAN, "login-failed"): 5,
        }
        assert failed_logins(run) == 5 * times


def test_dead_switches_do_not_keep_the_others_from_it(fleet: Callable[..., Fleet]) -> None:
    dead = [switch(f"dead{number}", faults=(Refuse(),)) for number in range(10)]
    run = fleet(*dead, *(switch(f"leaf{number}") for number in range(10)))
    command, _ = fleet_run(run, workers=20)
    found = command.run("verify", verify)
    assert Counter(multi[0].result.outcome for multi in found.values()) == {
        Outcome.READ: 10,
        Outcome.FAILED_CLEAN: 10,
    }
    assert failed_logins(run) == 0


def test_one_switch_that_refuses_stops_those_that_come_after_it(
    fleet: Callable[..., Fleet],
) -> None:
    """Plan and application share what was learned: what was let in goes on."""
    last = switch("leaf9", faults=(RejectAuthentication(),))
    run = fleet(*(switch(f"leaf{number}") for number in range(4)), last, switch("spine1"))
    command, _ = fleet_run(run, workers=1)
    planned = command.run("configure", configure_transport, dry_run=True)
    assert ends(planned) == {
        (Outcome.PLANNED, "planned"): 4,
        (Outcome.FAILED_CLEAN, "login-failed"): 1,
        (Outcome.NOT_RUN, "credential-breaker"): 1,
    }
    command.close()  # so that all of them log in again
    todo = [f"leaf{number}" for number in range(4)]
    applied = command.run("configure", configure_transport, only=todo, dry_run=False)
    assert ends(applied) == {(Outcome.CHANGED_OK, "proven"): 4}
    assert run.lab["spine1"].connections == 0


def test_a_token_that_is_used_up_is_sent_once_more_and_never_again(
    fleet: Callable[..., Fleet],
) -> None:
    specs = [switch(f"leaf{number}", callhome=CALLHOME_DIRECT) for number in range(10)]
    run = fleet(*specs, cssm=Cssm(tokens=[LabToken(value=CLOUD_TOKEN, max_uses=3)]))
    tokens = Tokens(token_sources(run.nr.inventory.hosts.values()))
    outcomes: list[Any] = []
    for name in run.nr.inventory.hosts:
        try:
            tokens.before(name)
        except TokenBreaker:
            outcomes.append(Outcome.NOT_RUN)
            continue
        one = run.nr.filter(name=name)
        result = one.run(register, token=Token(token_value()), patience=PATIENCE)
        record = result[name][0].result
        tokens.note(name, record)
        outcomes.append(record.outcome)
    assert outcomes == [Outcome.CHANGED_OK] * 3 + [Outcome.FAILED_CLEAN] + [Outcome.NOT_RUN] * 6
    assert sum(len(each.register_commands) for each in run.lab.values()) == 4


def test_tokens_are_known_by_what_the_intents_name(fleet: Callable[..., Fleet]) -> None:
    intents = [{**DIRECT, "token_from": source} for source in ("env:A", "env:B")]
    specs = [switch(f"leaf{number}", intent=each) for number, each in enumerate(intents)]
    run = fleet(*specs, switch("spine1"))
    assert token_sources(run.nr.inventory.hosts.values()) == {
        "leaf0": "env:A",
        "leaf1": "env:B",
        "spine1": RUNS_TOKEN,
    }
