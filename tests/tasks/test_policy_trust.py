"""`register` under Smart Licensing Using Policy: a trust code, proven by the status."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core.outcome import Outcome
from nxsl.lab import (
    CALLHOME_DIRECT,
    CLOUD_TOKEN,
    EXPIRED_TOKEN,
    ON_PREM_TOKEN,
    Answer,
    Drop,
    Network,
    reporting,
)
from nxsl.lab.network import PROXY_HOST
from nxsl.tasks import register
from tests.conftest import DIRECT, Fleet
from tests.tasks.policy_switches import (
    ON_PREM,
    ON_PREM_URL,
    PROXY,
    SHORT,
    SMART,
    policy,
    quick,
    sent,
    trust,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("changes", "token"),
    [
        ({}, CLOUD_TOKEN),
        (
            {
                "intent": PROXY,
                "network": Network(proxy_required=True),
                "config": f"{SMART}\nlicense smart proxy address {PROXY_HOST}\n"
                "license smart proxy port 8080",
            },
            CLOUD_TOKEN,
        ),
        (
            {"intent": ON_PREM, "config": f"license smart url cslu {ON_PREM_URL}"},
            ON_PREM_TOKEN,
        ),
        (
            {
                "intent": {"policy": {"transport": "callhome"}},
                "callhome": CALLHOME_DIRECT,
                "config": "license smart transport callhome",
            },
            CLOUD_TOKEN,
        ),
    ],
)
def test_a_trust_code_is_installed_and_seen(
    fleet: Callable[..., Fleet], changes: dict[str, Any], token: str
) -> None:
    run = fleet(policy(**changes))
    result = trust(run, token)
    record = result.result
    assert record.outcome is Outcome.CHANGED_OK, str(record)
    assert record.before.trust == ()
    assert record.after.trusted_at is not None
    assert record.after.smart_account == "Example Corporation"
    assert result.diff.startswith("-Trust Code Installed: <none>\n+Trust Code Installed: 2")
    assert run.lab["leaf1"].policy.trusted is not None
    again = trust(run, token)
    assert again.result.outcome is Outcome.ALREADY_OK
    assert sent(run) == [f"license smart trust idtoken {token}"]


def test_a_dry_run_asks_for_no_token_and_sends_nothing(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy())
    result = run.result(register, dry_run=True)
    assert result.result.outcome is Outcome.PLANNED
    assert result.changed
    assert sent(run) == []


def test_a_trust_code_comes_late(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy(backend=quick(register_latency=0.6)))
    assert trust(run).result.outcome is Outcome.CHANGED_OK
    never = fleet(policy(backend=quick(answer=Answer.NEVER)))
    late = trust(never, patience=SHORT)
    assert late.result.outcome is Outcome.PENDING
    assert not late.changed


@pytest.mark.parametrize(
    ("changes", "token", "words"),
    [
        ({}, EXPIRED_TOKEN, "does not take the token"),
        ({}, ON_PREM_TOKEN, "does not take the token"),
        ({"backend": quick(answer=Answer.UNREACHABLE)}, CLOUD_TOKEN, "no answer"),
        ({"backend": quick(answer=Answer.DOWN)}, CLOUD_TOKEN, "backend had a fault"),
        ({"name_servers": ()}, CLOUD_TOKEN, "cannot resolve"),
    ],
)
def test_a_trust_code_that_is_refused_is_a_failure_with_its_cause(
    fleet: Callable[..., Fleet], changes: dict[str, Any], token: str, words: str
) -> None:
    run = fleet(policy(**changes))
    result = trust(run, token)
    assert result.result.outcome is Outcome.FAILED_CLEAN, str(result.result)
    at_fault = "token" in words
    assert result.result.reason == ("token-refused" if at_fault else "trust-failed")
    assert words in result.result.detail
    assert result.result.remedy
    assert token not in str(result.result)
    assert not result.changed


def test_the_scope_is_given_where_the_switch_wants_one(fleet: Callable[..., Fleet]) -> None:
    run = fleet(policy(trust_scope_required=True))
    assert trust(run).result.outcome is Outcome.CHANGED_OK
    assert sent(run) == [
        f"license smart trust idtoken {CLOUD_TOKEN}",
        f"license smart trust idtoken {CLOUD_TOKEN} all",
    ]


def test_another_account_is_left_alone_without_force(fleet: Callable[..., Fleet]) -> None:
    intent = {**DIRECT, "virtual_account": "Campus"}
    run = fleet(policy(intent=intent, policy=reporting()))
    refused = trust(run)
    assert (refused.result.outcome, refused.result.reason) == (Outcome.REFUSED, "other-account")
    assert sent(run) == []
    moved = fleet(
        policy(intent=intent, policy=reporting(), backend=quick(virtual_account="Campus"))
    )
    forced = trust(moved, force=True)
    assert forced.result.outcome is Outcome.CHANGED_OK, str(forced.result)
    assert sent(moved) == [f"license smart trust idtoken {CLOUD_TOKEN} force"]
    assert forced.result.after.virtual_account == "Campus"


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        ({"config": "license smart transport off"}, "transport", "off"),
        ({"config": ""}, "transport", "cslu-local"),
        ({"intent": ON_PREM}, "transport", "transport is smart; cslu is intended"),
        ({"clock_skew": timedelta(hours=2)}, "clock", "min off"),
        (
            {"release": "10.2(3)", "config": f"{SMART}\nlicense smart vrf blue", "intent": None},
            "transport",
            "VRF management only",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_the_token_is_spent(
    fleet: Callable[..., Fleet], changes: dict[str, Any], reason: str, words: str
) -> None:
    run = fleet(policy(**changes))
    result = trust(run)
    assert (result.result.outcome, result.result.reason) == (Outcome.REFUSED, reason)
    assert words in result.result.detail
    assert sent(run) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_session_that_breaks_sends_no_second_token(
    fleet: Callable[..., Fleet], when: Any
) -> None:
    run = fleet(policy(faults=(Drop(line="license smart trust", when=when),)))
    result = trust(run, patience=SHORT)
    expected = Outcome.CHANGED_OK if when == "after" else Outcome.PENDING
    assert result.result.outcome is expected
    assert len(run.lab["leaf1"].register_commands) == 1
