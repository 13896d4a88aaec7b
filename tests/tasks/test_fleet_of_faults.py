"""One run over a fleet in which everything goes wrong at once: every host has its named outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nxsl import FleetReport, Token
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.lab import (
    CALLHOME_DIRECT,
    Answer,
    Backend,
    BlackHole,
    Chunks,
    Delay,
    Drop,
    FakePrompt,
    Hang,
    HostKeyChanged,
    HostKeyUnknown,
    LoginQuestion,
    Refuse,
    Reject,
    RejectAuthentication,
    SessionLimit,
    WeakAlgorithms,
    registered,
)
from nxsl.tasks import configure_transport, register, verify
from tests.conftest import PATIENCE, Fleet, switch, token_value

if TYPE_CHECKING:
    from collections.abc import Callable

# host → (its faults and other differences, outcome of configure_transport, reason)
FAULTS: dict[str, tuple[dict[str, Any], Outcome, str]] = {
    "good": ({}, Outcome.CHANGED_OK, "proven"),
    "done": (
        {"callhome": CALLHOME_DIRECT, "registration": registered()},
        Outcome.ALREADY_OK,
        "as-intended",
    ),
    "refused": ({"faults": (Refuse(),)}, Outcome.FAILED_CLEAN, "connection-refused"),
    "silent": ({"faults": (BlackHole(),)}, Outcome.FAILED_CLEAN, "connect-timeout"),
    "full": ({"faults": (SessionLimit(connections=99),)}, Outcome.FAILED_CLEAN, "connect-failed"),
    "locked": ({"faults": (RejectAuthentication(),)}, Outcome.FAILED_CLEAN, "login-failed"),
    "changed": ({"faults": (HostKeyChanged(),)}, Outcome.REFUSED, "host-key-changed"),
    "unknown": ({"faults": (HostKeyUnknown(),)}, Outcome.REFUSED, "host-key-unknown"),
    "ancient": ({"faults": (WeakAlgorithms(),)}, Outcome.FAILED_CLEAN, "no-common-algorithm"),
    "dropped-reading": (
        {"faults": (Drop(line="show running-config callhome", when="reply", after_bytes=30),)},
        Outcome.FAILED_CLEAN,
        "session-dropped",
    ),
    "dropped-writing": (
        {"faults": (Drop(line="use-vrf", when="after"),)},
        Outcome.FAILED_DIRTY,
        "session-dropped",
    ),
    "late": (
        {"faults": (Delay(line="show license status", seconds=1.5, occurrence=None),)},
        Outcome.CHANGED_OK,
        "proven",
    ),
    "trickling": (
        {"faults": (Chunks(line="show", size=11, pause=0.001, occurrence=None),)},
        Outcome.CHANGED_OK,
        "proven",
    ),
    # The reply is complete, and a line of it is none of a configuration.
    "prompting": (
        {"faults": (FakePrompt(line="show running-config callhome"),)},
        Outcome.FAILED_CLEAN,
        "unreadable-output",
    ),
    "reader": ({"role": "network-operator"}, Outcome.FAILED_CLEAN, "permission-denied"),
    "rejecting": ({"faults": (Reject(line="^ *enable"),)}, Outcome.ROLLED_BACK, "command-rejected"),
    "old": ({"release": "9.2(3)"}, Outcome.NOT_APPLICABLE, "not-applicable"),
    "policy": ({"release": "10.3(6)"}, Outcome.CHANGED_OK, "proven"),
    "foreign": ({"release": "15.3(2b)"}, Outcome.UNSUPPORTED, "regime"),
    "undirected": ({"intent": None}, Outcome.REFUSED, "intent"),
}


def impatient(run: Fleet) -> Fleet:
    """Give silent addresses two seconds instead of ten."""
    extras = run.nr.inventory.defaults.connection_options["netmiko"].extras
    assert extras is not None
    extras["conn_timeout"] = 2
    return run


def test_every_host_has_its_own_outcome_and_none_is_lost(fleet: Callable[..., Fleet]) -> None:
    specs = [switch(name, **changes) for name, (changes, _, _) in FAULTS.items()]
    run = impatient(fleet(*specs, workers=len(specs)))
    result = run.run(configure_transport)
    seen = {}
    for host, multi in result.items():
        record = multi[0].result
        assert isinstance(record, TaskRecord), record
        seen[host] = (record.outcome, record.reason)
    assert seen == {host: (outcome, reason) for host, (_, outcome, reason) in FAULTS.items()}
    assert all(multi[0].result.remedy for multi in result.values() if multi.failed)
    assert result["changed"][0].result.detail.count("SHA256:") == 2
    assert "*" not in result["changed"][0].result.detail
    # No password went to a switch whose key is not the known one.
    for host in ("changed", "unknown"):
        assert (run.lab[host].logins, run.lab[host].failed_logins) == (0, 0)
    # Nobody was asked for a password twice.
    assert run.lab["locked"].failed_logins == 1


def test_the_whole_way_ends_with_one_status_row_a_host(fleet: Callable[..., Fleet]) -> None:
    specs = [switch(name, **changes) for name, (changes, _, _) in FAULTS.items()]
    specs.append(
        switch("worthless", callhome=CALLHOME_DIRECT, backend=Backend(answer=Answer.BAD_TOKEN))
    )
    run = impatient(fleet(*specs, workers=len(specs)))
    configured = run.run(configure_transport)
    registered_ = run.nr.run(register, token=Token(token_value()), patience=PATIENCE)
    verified = run.nr.run(verify, on_failed=True)
    report = FleetReport(run.nr.inventory.hosts, configured, registered_, verified)
    status = report.status.set_index("host")
    assert list(status.index) == [spec.name for spec in specs]
    assert status.loc["good", "registration"] == "REGISTERED"
    assert status.loc["refused", "reason"] == "connection-refused"
    assert status.loc["policy", "regime"] == "SLP"
    assert status.loc["worthless", "worst"] == "critical"
    failed = set(report.failures["host"])
    assert failed == {host for host, (_, outcome, _) in FAULTS.items() if not outcome.good} | {
        "worthless"
    }


def test_a_session_without_a_prompt_is_a_named_failure(fleet: Callable[..., Fleet]) -> None:
    run = impatient(fleet(switch(faults=(LoginQuestion(),))))
    result = run.result(verify)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason in {"connect-failed", "connect-timeout", "reply-timeout"}


def test_a_switch_that_hangs_is_left_at_the_deadline(
    fleet: Callable[..., Fleet], monkeypatch: Any
) -> None:
    monkeypatch.setattr("nxsl.nxos.conversation.SHOW_TIMEOUT", 1.0)
    run = fleet(switch(faults=(Hang(line="show clock"),)))
    result = run.result(verify)
    assert result.result.outcome is Outcome.FAILED_CLEAN
    assert result.result.reason == "reply-timeout"
