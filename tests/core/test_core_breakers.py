"""What a refused credential or token means for the hosts that have not been tried."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from nxsl.core import errors
from nxsl.core.breakers import (
    RUNS_TOKEN,
    Credential,
    LoginEnd,
    RefusedToken,
    Turn,
    token_is_refused,
)
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.reason_words import reason_named

HOSTS = [f"leaf{number}" for number in range(12)]


def log_in(credential: Credential, host: str, end: LoginEnd) -> None:
    """One whole login."""
    assert credential.turn(host) is Turn.GO
    credential.end(host, end, first=credential.begin(host))


def test_an_unproven_credential_is_tried_by_one_host_at_a_time() -> None:
    credential = Credential(user="admin")
    first = credential.begin("leaf1")
    assert credential.turn("leaf2") is Turn.WAIT
    credential.end("leaf1", LoginEnd.NEITHER, first=first)
    assert credential.turn("leaf2") is Turn.GO


def test_as_many_as_have_worked_and_one_more_may_try_it() -> None:
    credential = Credential(user="admin")
    allowed = []
    for host in HOSTS[:4]:
        log_in(credential, host, LoginEnd.WORKED)
        started = 0
        while credential.turn("other") is Turn.GO:
            credential.begin("other")
            started += 1
        allowed.append(started)
        for _ in range(started):
            credential.end("other", LoginEnd.NEITHER, first=True)
    assert allowed == [2, 3, 4, 5]


def test_one_refusal_ends_it_also_after_it_has_worked() -> None:
    credential = Credential(user="admin")
    log_in(credential, "leaf1", LoginEnd.WORKED)
    log_in(credential, "leaf2", LoginEnd.REFUSED)
    assert credential.turn("leaf3") is Turn.NEVER
    assert credential.turn("leaf2") is Turn.NEVER
    assert credential.refused_by == "leaf2"


def test_a_host_that_let_it_in_may_be_asked_again_until_it_refuses_as_well() -> None:
    credential = Credential(user="admin")
    for host in ("leaf1", "leaf2"):
        log_in(credential, host, LoginEnd.WORKED)
    log_in(credential, "leaf3", LoginEnd.REFUSED)
    log_in(credential, "leaf1", LoginEnd.WORKED)
    log_in(credential, "leaf1", LoginEnd.REFUSED)
    assert credential.lost
    assert credential.turn("leaf1") is credential.turn("leaf2") is Turn.NEVER
    assert credential.refused_by == "leaf3"  # the first one stays the one that is named


def test_logging_in_again_is_not_held_back_by_those_that_try_it() -> None:
    credential = Credential(user="admin")
    log_in(credential, "leaf1", LoginEnd.WORKED)
    for host in ("leaf2", "leaf3"):
        credential.begin(host)
    assert credential.turn("leaf4") is Turn.WAIT
    assert credential.turn("leaf1") is Turn.GO
    assert not credential.begin("leaf1")
    assert credential.under_way == 2


def test_what_one_host_alone_uses_is_never_held_back() -> None:
    credential = Credential(user="admin", shared=False)
    for end in (LoginEnd.REFUSED, LoginEnd.WORKED, LoginEnd.REFUSED):
        log_in(credential, "leaf1", end)
    assert credential.turn("leaf1") is Turn.GO
    assert not credential.refused_by


@pytest.mark.parametrize("user", ["admin", ""])
def test_the_refusal_names_user_switch_and_what_to_do(user: str) -> None:
    credential = Credential(user=user)
    log_in(credential, "leaf1", LoginEnd.REFUSED)
    error = credential.refusal("leaf2")
    assert (error.reason, error.host) == ("credential-breaker", "leaf2")
    assert "leaf1" in error.message
    assert user in error.message
    assert "leaf2" not in error.message + error.remedy  # the same for all of them
    for word in ("NXSL_PASSWORD", "nxsl runs retry ID", user, "leaf1"):
        assert word in error.remedy
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301


class Fleet(RuleBasedStateMachine):
    """Hosts log in with one credential in any order, and each login ends anyhow."""

    def __init__(self) -> None:
        super().__init__()
        self.credential = Credential(user="admin")
        self.under_way: dict[str, bool] = {}
        self.worked: set[str] = set()
        self.refusals = 0
        self.limit = 0

    @rule(host=st.sampled_from(HOSTS))
    def arrive(self, host: str) -> None:
        if host in self.under_way:
            return
        turn = self.credential.turn(host)
        if self.credential.refused_by and host not in self.worked:
            assert turn is Turn.NEVER
        if turn is Turn.GO:
            self.under_way[host] = self.credential.begin(host)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), end=st.sampled_from(LoginEnd))
    def finish(self, data: st.DataObject, end: LoginEnd) -> None:
        host = data.draw(st.sampled_from(sorted(self.under_way)))
        first = self.under_way.pop(host)
        if end is LoginEnd.REFUSED:
            if not self.credential.refused_by:
                self.limit = 1 + len(self.under_way)
            self.refusals += first
        if end is LoginEnd.WORKED:
            self.worked.add(host)
        self.credential.end(host, end, first=first)

    @invariant()
    def no_more_try_it_than_have_worked_and_one(self) -> None:
        trying = sum(self.under_way.values())
        assert self.credential.under_way == trying <= 1 + len(self.worked)

    @invariant()
    def refusals_stay_below_what_is_promised(self) -> None:
        if self.credential.refused_by:
            assert self.refusals <= self.limit
            assert self.refusals <= 1 + len(self.worked)


TestFleet = Fleet.TestCase
TestFleet.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)


# ----------------------------------------------------------------------------------------- tokens


def failed(reason: str, evidence: str) -> TaskRecord:
    return TaskRecord(
        outcome=Outcome.FAILED_CLEAN,
        reason=reason_named(reason) if reason else "",
        evidence=evidence,
        remedy="make a new token",
    )


@pytest.mark.parametrize(
    ("reason", "evidence", "refused"),
    [
        ("token-refused", "", True),
        ("registration-failed", "Failure reason: The token is not valid", True),
        ("trust-failed", "Failure reason: The token has expired", True),
        (
            "registration-failed",
            "Failure reason: Agent received a failure status in a response message",
            True,
        ),
        ("registration-failed", "Failure reason: Fail to send out Call Home HTTP message", False),
        ("registration-failed", "Failure reason: never seen before", False),
        ("registration-failed", "", False),
        ("command-rejected", "license smart register idtoken ********\n% Invalid command", False),
        ("", "", False),
    ],
)
def test_a_token_is_refused_where_other_hosts_would_fail_with_it(
    reason: str, evidence: str, refused: bool
) -> None:
    assert token_is_refused(failed(reason, evidence)) is refused


def test_a_refused_token_names_its_source_host_and_cause() -> None:
    record = failed("registration-failed", "Failure reason: The token has expired")
    error = RefusedToken.of(RUNS_TOKEN, "leaf1", record).refusal("leaf2")
    assert isinstance(error, errors.NotTried)
    assert (error.reason, error.host) == ("token-breaker", "leaf2")
    assert "leaf1" in error.message
    assert RUNS_TOKEN in error.message
    assert "expired" in error.message
    assert error.remedy.startswith("make a new token; then")
