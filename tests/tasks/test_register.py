"""`register` and `deregister` over real SSH: the token is sent once, and success is read back."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl import Token
from nxsl.core.outcome import Outcome
from nxsl.core.records import AuthorizationState, RegistrationState
from nxsl.lab import (
    CALLHOME_217965,
    CALLHOME_DIRECT,
    CALLHOME_ON_PREM,
    EXPIRED_TOKEN,
    ON_PREM_URL,
    RESERVED,
    USED_UP_TOKEN,
    Answer,
    Ask,
    Backend,
    Drop,
    Hang,
    Registration,
    Reject,
    Replace,
    registered,
)
from nxsl.tasks import Patience, deregister, register, verify
from tests.conftest import DIRECT, PATIENCE, QUICK, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = {**DIRECT, "smart_account": "Example Corporation", "virtual_account": "Default"}


def ready(name: str = "leaf1", **changes: Any) -> Any:
    """A switch whose call home is as intended."""
    return switch(name, **{"callhome": CALLHOME_DIRECT, **changes})


def backend(answer: Answer = Answer.GOOD, **changes: Any) -> Backend:
    """A quick backend that answers so."""
    quick = {"register_latency": 0.05, "authorize_latency": 0.05, "renew_latency": 0.05}
    return Backend(answer=answer, **{**quick, **changes})


def go(run: Fleet, host: str = "leaf1", **operands: Any) -> Any:
    """Register one host with the lab's good token."""
    return run.result(
        register, host, **{"token": Token(token_value()), "patience": PATIENCE, **operands}
    )


def test_registered_and_authorized_is_read_back(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    result = go(run)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert result.result.before.registration.state is RegistrationState.UNREGISTERED
    assert result.result.after.registration.state is RegistrationState.REGISTERED
    assert result.result.after.authorization.state is AuthorizationState.AUTHORIZED
    assert result.changed
    assert "+REGISTERED" in result.diff
    assert run.lab["leaf1"].registered
    assert len(run.lab["leaf1"].register_commands) == 1


def test_a_second_run_sends_no_token(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(intent=ACCOUNT))
    go(run)
    result = go(run)
    assert result.result.outcome is Outcome.ALREADY_OK
    assert (result.changed, result.diff) == (False, "")
    assert len(run.lab["leaf1"].register_commands) == 1


def test_a_registered_switch_needs_no_token_and_no_transport(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(registration=registered()))
    result = run.result(register)
    assert result.result.outcome is Outcome.ALREADY_OK


def test_a_dry_run_sends_show_commands_only(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    result = go(run, token=None, dry_run=True)
    assert result.result.outcome is Outcome.PLANNED
    assert result.changed
    assert all(
        line.startswith(("show ", "terminal ", "exit")) for line in run.lab["leaf1"].commands
    )


def test_without_a_token_nothing_is_sent(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    result = go(run, token=None)
    assert result.result.outcome is Outcome.REFUSED
    assert result.result.reason == "secret"
    assert run.lab["leaf1"].register_commands == ()


def test_another_account_is_refused_and_moved_only_by_force(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(intent=ACCOUNT, registration=registered(virtual_account="Old"), name="leaf1"))
    refused = go(run)
    assert refused.result.outcome is Outcome.REFUSED
    assert refused.result.reason == "other-account"
    assert "'Old'" in refused.result.detail
    assert not run.lab["leaf1"].register_commands
    moved = go(run, force=True)
    assert moved.result.outcome is Outcome.CHANGED_OK
    assert run.lab["leaf1"].licensing.virtual_account == "Default"
    (sent,) = run.lab["leaf1"].register_commands
    assert sent.line.endswith(" force")


def test_a_token_of_another_virtual_account_is_noticed(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(intent={**ACCOUNT, "virtual_account": "Campus"}))
    result = go(run)
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.result.reason == "wrong-account"
    assert result.changed


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (Answer.BAD_TOKEN, "token-refused", "does not take the token"),
        (Answer.EXPIRED_TOKEN, "token-refused", "does not take the token"),
        (Answer.USED_UP_TOKEN, "token-refused", "does not take the token"),
        (Answer.UNREACHABLE, "registration-failed", "Communication message send error"),
        (Answer.DOWN, "registration-failed", "LS_LICENGINE_FAIL_TO_CONNECT"),
    ],
)
def test_a_failed_registration_has_its_reason(
    fleet: Callable[..., Fleet], answer: Answer, reason: str, words: str
) -> None:
    run = fleet(ready(backend=backend(answer)))
    result = go(run)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == reason
    assert words in result.result.detail
    assert result.result.remedy
    assert token_value() not in repr(result.result)
    assert len(run.lab["leaf1"].register_commands) == 1


@pytest.mark.parametrize("value", [EXPIRED_TOKEN, USED_UP_TOKEN])
def test_tokens_that_the_server_knows_to_be_worthless(
    fleet: Callable[..., Fleet], value: str
) -> None:
    run = fleet(ready())
    result = go(run, token=Token(value))
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert value not in repr(result.result)
    assert value not in str(result.exception)


def test_out_of_compliance_is_registered_but_never_called_fine(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready(backend=backend(Answer.OUT_OF_COMPLIANCE)))
    result = go(run)
    assert result.result.outcome is Outcome.CHANGED_OK
    assert "BUT authorization is OUT OF COMPLIANCE" in result.result.detail
    assert result.result.after.authorization.state is AuthorizationState.OUT_OF_COMPLIANCE


def test_a_slow_backend_is_waited_for(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(backend=backend(register_latency=1.0, authorize_latency=0.5)))
    assert go(run).result.outcome is Outcome.CHANGED_OK


def test_a_backend_that_never_answers_is_pending_at_the_deadline(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready(backend=backend(Answer.NEVER)))
    result = go(run, patience=Patience(deadline=0.5, first_pause=0.05))
    assert result.result.outcome is Outcome.PENDING
    assert result.result.reason == "still-pending"
    assert result.failed
    again = go(run, patience=Patience(deadline=0.5, first_pause=0.05))
    assert again.result.outcome is Outcome.PENDING
    assert len(run.lab["leaf1"].register_commands) == 1


def test_the_record_of_an_earlier_failure_is_not_taken_for_this_one(
    fleet: Callable[..., Fleet],
) -> None:
    old = Registration(
        state="UNREGISTERED - REGISTRATION FAILED",
        initial=timedelta(days=-3),
        initial_failure="Fail to send out Call Home HTTP message",
    )
    run = fleet(ready(registration=old, backend=backend(initiate_latency=0.5)))
    result = go(run)
    assert result.result.outcome is Outcome.CHANGED_OK


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_session_that_drops_on_the_token_never_sends_it_twice(
    fleet: Callable[..., Fleet], when: Any
) -> None:
    run = fleet(ready(faults=(Drop(line="license smart register", when=when),)))
    result = go(run, patience=Patience(deadline=1.0, first_pause=0.05, longest_pause=0.2))
    expected = Outcome.PENDING if when == "before" else Outcome.CHANGED_OK
    assert result.result.outcome is expected
    assert len(run.lab["leaf1"].register_commands) == 1


def test_a_session_that_drops_while_waiting_is_opened_again(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(
        ready(
            backend=backend(register_latency=0.6),
            faults=(Drop(line="show license status", occurrence=3),),
        )
    )
    assert go(run).result.outcome is Outcome.CHANGED_OK


@pytest.mark.parametrize("occurrence", [2, 3])
def test_a_poll_that_is_refused_once_does_not_end_the_wait(
    fleet: Callable[..., Fleet], occurrence: int
) -> None:
    denied = Reject(
        line="show license status",
        occurrence=occurrence,
        text="% Permission denied for the role",
    )
    run = fleet(ready(backend=backend(register_latency=0.3), faults=(denied,)))
    assert go(run).result.outcome is Outcome.CHANGED_OK


def test_a_force_that_costs_the_registration_is_not_clean(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(registration=registered(), backend=backend(Answer.BAD_TOKEN)))
    result = go(run, force=True)
    assert not run.lab["leaf1"].registered
    assert result.result.outcome is Outcome.FAILED_DIRTY
    assert result.changed
    assert "-REGISTERED" in result.diff


def test_a_blank_authorization_is_waited_out_and_then_pending(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready(backend=backend(authorize_latency=60.0)))
    patience = Patience(deadline=1.0, first_pause=0.05, longest_pause=0.2)
    result = go(run, patience=patience)
    assert result.result.outcome is Outcome.PENDING
    assert result.result.after.registration.state is RegistrationState.REGISTERED
    codes = {each.code for each in run.result(verify).result.findings}
    assert "unknown-authorization-state" in codes
    assert go(run, patience=patience).result.outcome is Outcome.ALREADY_OK


def test_after_a_stop_no_token_is_sent(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready())
    patience = Patience(deadline=5.0)
    patience.stop.set()
    result = go(run, patience=patience)
    assert result.result.outcome is Outcome.NOT_RUN
    assert result.result.reason == "stopped"
    assert run.lab["leaf1"].register_commands == ()


def test_the_wait_keeps_its_deadline(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nxsl.tasks._poll._LEAST_TIME", 1.0)
    run = fleet(
        ready(
            backend=backend(Answer.NEVER),
            faults=(Hang(line="show license status", occurrence=3),),
        )
    )
    started = time.monotonic()
    result = go(run, patience=Patience(deadline=1.0, first_pause=0.05))
    assert not result.result.outcome.good
    assert time.monotonic() - started < 12


def test_a_refused_command_is_clean_and_shows_the_switchs_words(
    fleet: Callable[..., Fleet],
) -> None:
    run = fleet(ready(faults=(Reject(line="license smart register", occurrence=None),)))
    result = go(run)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.evidence == "% Invalid command at '^' marker."
    assert token_value() not in repr(result.result)
    assert token_value() not in str(result.exception)


def test_a_question_is_not_answered_blindly(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(faults=(Ask(line="license smart register"),)))
    result = go(run)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == "unexpected-question"
    assert token_value() not in repr(result.result)


def test_an_answer_that_nobody_knows_is_shown_when_nothing_comes_of_it(
    fleet: Callable[..., Fleet],
) -> None:
    odd = Replace(line="license smart register", text="The frobnicator is warming up.")
    run = fleet(ready(faults=(odd,), backend=backend(Answer.NEVER)))
    result = go(run, patience=Patience(deadline=0.5, first_pause=0.05))
    assert result.result.outcome is Outcome.PENDING
    assert "frobnicator" in result.result.evidence


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        ({"smart_enabled": False}, "transport", "not enabled"),
        ({"callhome": ""}, "transport", "no http destination"),
        ({"callhome": CALLHOME_217965}, "transport", "https only"),
        ({"callhome": CALLHOME_DIRECT.replace("enable\n", "")}, "transport", "no line 'enable'"),
        ({"config": "ip http source-interface Vlan27"}, "transport", "Vlan27"),
        ({"callhome": CALLHOME_ON_PREM}, "transport", "which is intended"),
        ({"clock_skew": timedelta(hours=2)}, "clock", "min off"),
        ({"clock_skew": timedelta(hours=-2)}, "clock", "off"),
        ({"registration": RESERVED}, "state", "reserved"),
        ({"registration": Registration(state="CONFUSED")}, "state", "CONFUSED"),
    ],
)
def test_what_cannot_work_is_refused_before_the_token_is_spent(
    fleet: Callable[..., Fleet], changes: dict[str, Any], reason: str, words: str
) -> None:
    run = fleet(ready(**changes))
    result = go(run)
    assert result.result.outcome is Outcome.REFUSED
    assert result.result.reason == reason
    assert words in result.result.detail
    assert run.lab["leaf1"].register_commands == ()


def test_a_clock_just_below_an_hour_off_is_let_pass(fleet: Callable[..., Fleet]) -> None:
    run = fleet(ready(clock_skew=timedelta(minutes=55)))
    assert go(run).result.outcome is Outcome.CHANGED_OK


def test_the_inventory_may_say_where_the_token_is(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_prem = {"method": "on-prem", "url": ON_PREM_URL}
    run = fleet(ready(intent=on_prem, callhome=CALLHOME_ON_PREM), ready("leaf2"))
    # The lab's inventory names a file for the on-prem switch; the cloud's token is for the others.
    results = run.run(register, token=Token(token_value()), patience=PATIENCE)
    assert [results[host][0].result.outcome for host in results] == [Outcome.CHANGED_OK] * 2
    monkeypatch.delenv("NXSL_TOKEN_MISSING", raising=False)
    lost = fleet(ready("leaf3", intent={**DIRECT, "token_from": "env:NXSL_TOKEN_MISSING"}))
    result = lost.result(register, "leaf3", token=Token(token_value()))
    assert result.result.reason == "secret"
    assert "NXSL_TOKEN_MISSING" in result.result.detail


def test_deregister_and_its_second_run(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch(registration=registered(), backend=QUICK))
    planned = run.result(deregister, dry_run=True)
    assert planned.result.outcome is Outcome.PLANNED
    assert all(
        line.startswith(("show ", "terminal ", "exit")) for line in run.lab["leaf1"].commands
    )
    done = run.result(deregister, patience=PATIENCE)
    assert done.result.outcome is Outcome.CHANGED_OK
    assert not run.lab["leaf1"].registered
    again = run.result(deregister, patience=PATIENCE)
    assert again.result.outcome is Outcome.ALREADY_OK
    assert run.lab["leaf1"].commands.count("license smart deregister") == 1


def test_deregister_answers_a_confirmation_and_leaves_reservations_alone(
    fleet: Callable[..., Fleet],
) -> None:
    asking = Ask(
        line="license smart deregister", question="Are you sure you want to continue (y/n)? [n] "
    )
    run = fleet(
        switch("leaf1", registration=registered(), faults=(asking,)),
        switch("leaf2", registration=RESERVED),
    )
    assert run.result(deregister, "leaf1", patience=PATIENCE).result.outcome is Outcome.CHANGED_OK
    refused = run.result(deregister, "leaf2", patience=PATIENCE)
    assert refused.result.outcome is Outcome.REFUSED
    assert refused.result.reason == "state"
