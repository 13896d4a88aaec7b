"""May a trust code be tried, has a report come about: decisions on records alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from nxsl.core import errors
from nxsl.core.policy import (
    explained,
    is_acknowledged,
    is_trust_settled,
    new_failure,
    policy_account_differences,
    require_online,
    sync_progress,
    sync_steps,
    trust_progress,
    uses_licenses,
)
from nxsl.core.policy_records import (
    POLL_EXCHANGE,
    TRUST_EXCHANGE,
    USAGE_EXCHANGE,
    Exchange,
    Exchanges,
    PolicyMode,
    PolicyStatus,
    PolicyTransport,
    TrustCode,
    Udi,
)
from nxsl.core.reasons import UNKNOWN
from nxsl.core.records import LicenseUsage, PakUsage
from nxsl.core.registration import Progress
from tests.core.builders import DAY, SECOND, intent
from tests.core.policy_builders import (
    ACKNOWLEDGED_AT,
    POLICY_LICENSE,
    POLICY_NOW,
    POLICY_STATUS,
    REPORTED_AT,
    TRUSTED_AT,
    exchange,
    exchanges,
    policy_status,
)

if TYPE_CHECKING:
    from datetime import datetime

DONE, FAILED, PENDING = Progress.DONE, Progress.FAILED, Progress.PENDING
WANTED = intent(smart_account="Example Corp", virtual_account="Default")
OTHER = intent(smart_account="Example Corp", virtual_account="Campus")
UNNAMED = policy_status(smart_account="", virtual_account="")
BARE = policy_status(trust=())
NO_FAILURE = exchanges()


def trusted(*installed: datetime) -> PolicyStatus:
    return policy_status(trust=tuple(TrustCode(installed=each) for each in installed))


# ------------------------------------------------------------------------------- may it be tried


@pytest.mark.parametrize("wanted", [WANTED, None, intent()])
def test_a_switch_that_is_trusted_as_intended_needs_nothing(wanted: Any) -> None:
    assert is_trust_settled(POLICY_STATUS, wanted, force=False)


def test_force_asks_for_another_trust_code_whatever_the_account() -> None:
    assert not is_trust_settled(POLICY_STATUS, WANTED, force=True)
    assert not is_trust_settled(POLICY_STATUS, OTHER, force=True)


@pytest.mark.parametrize("force", [False, True])
def test_a_switch_without_a_trust_code_needs_one_whatever_the_account(force: bool) -> None:
    for wanted in (WANTED, OTHER, None):
        assert not is_trust_settled(BARE, wanted, force=force)


def test_another_account_is_refused_with_both_names() -> None:
    with pytest.raises(errors.AccountRefused, match="'Default', 'Campus' is intended") as caught:
        is_trust_settled(POLICY_STATUS, OTHER, force=False)
    assert "--force" in caught.value.remedy


def test_an_account_that_is_not_shown_yet_is_not_another_one() -> None:
    assert is_trust_settled(UNNAMED, OTHER, force=False)
    assert policy_account_differences(UNNAMED, OTHER) == ()
    assert policy_account_differences(POLICY_STATUS, None) == ()
    assert policy_account_differences(POLICY_STATUS, WANTED) == ()
    assert policy_account_differences(POLICY_STATUS, OTHER) == (
        "virtual account is 'Default', 'Campus' is intended",
    )


@pytest.mark.parametrize("force", [False, True])
def test_a_switch_that_is_not_enabled_is_refused(force: bool) -> None:
    for trust in ((), POLICY_STATUS.trust):
        off = policy_status(enabled=False, trust=trust)
        with pytest.raises(errors.StateRefused, match="not enabled") as caught:
            is_trust_settled(off, WANTED, force=force)
        assert caught.value.remedy


@pytest.mark.parametrize("mode", PolicyMode)
def test_only_transport_off_reaches_nobody(mode: PolicyMode) -> None:
    found = PolicyTransport(mode=mode)
    if mode is not PolicyMode.OFF:
        require_online(found)
        return
    with pytest.raises(errors.TransportRefused, match="transport is off") as caught:
        require_online(found)
    assert "nxsl usage save" in caught.value.remedy


# ---------------------------------------------------------------------- has a trust code come


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (BARE, trusted(POLICY_NOW), DONE),
        (BARE, BARE, PENDING),
        (trusted(TRUSTED_AT), trusted(TRUSTED_AT), PENDING),
        (trusted(TRUSTED_AT), trusted(POLICY_NOW), DONE),
        (trusted(TRUSTED_AT), BARE, PENDING),
        # Of several units, one has got it.
        (trusted(TRUSTED_AT, TRUSTED_AT), trusted(TRUSTED_AT, POLICY_NOW), DONE),
        (trusted(TRUSTED_AT + DAY, TRUSTED_AT), trusted(TRUSTED_AT + DAY, TRUSTED_AT), PENDING),
    ],
)
def test_a_trust_code_is_there_where_the_status_shows_a_new_one(
    before: PolicyStatus, now: PolicyStatus, expected: Progress
) -> None:
    assert trust_progress(before, now, NO_FAILURE, NO_FAILURE) is expected
    assert trust_progress(before, now, None, None) is expected


def test_a_unit_that_goes_or_changes_its_role_brings_no_trust_code() -> None:
    one = TrustCode(installed=TRUSTED_AT, unit="Active", udi="PID:A,SN:1")
    two = TrustCode(installed=POLICY_NOW, unit="Standby", udi="PID:A,SN:2")
    before = replace(BARE, trust=(one, two))
    assert trust_progress(before, replace(BARE, trust=(one,)), None, None) is PENDING
    switched = (replace(two, unit="Active"), replace(one, unit="Standby"))
    assert trust_progress(before, replace(BARE, trust=switched), None, None) is PENDING
    fresh = replace(one, installed=POLICY_NOW)
    assert trust_progress(before, replace(BARE, trust=(fresh, two)), None, None) is DONE


def test_the_newest_trust_code_counts() -> None:
    assert trusted(TRUSTED_AT, POLICY_NOW, TRUSTED_AT).trusted_at == POLICY_NOW
    assert BARE.trusted_at is None


TRUST_FAILED = exchanges(exchange(TRUST_EXCHANGE, 1, failure_reason="Communication failure"))
USAGE_FAILED = exchanges(exchange(USAGE_EXCHANGE, 1, response="NO REPLY"))
POLL_FAILED = exchanges(exchange(POLL_EXCHANGE, 1))


def test_a_trust_code_has_failed_where_its_own_statistics_count_a_failure() -> None:
    assert trust_progress(BARE, BARE, NO_FAILURE, TRUST_FAILED) is FAILED
    assert trust_progress(BARE, BARE, NO_FAILURE, USAGE_FAILED) is PENDING
    assert trust_progress(BARE, BARE, NO_FAILURE, POLL_FAILED) is PENDING
    assert trust_progress(BARE, BARE, TRUST_FAILED, TRUST_FAILED) is PENDING
    # The status says more than statistics: it came, if not at once.
    assert trust_progress(BARE, trusted(POLICY_NOW), NO_FAILURE, TRUST_FAILED) is DONE


# ---------------------------------------------------------------------- has a report been taken


def reported(
    sent: datetime | None, ack: datetime | None, *, required: bool | None = True
) -> PolicyStatus:
    return policy_status(
        reporting={"last_report": sent, "last_ack": ack}, policy={"ack_required": required}
    )


FRESH = reported(None, None)
SENT = POLICY_NOW
ACK = SENT + timedelta(minutes=4)
SYNCS: list[tuple[PolicyStatus, PolicyStatus, Progress, tuple[bool, bool]]] = [
    (FRESH, FRESH, PENDING, (False, False)),
    (FRESH, reported(SENT, None), PENDING, (True, False)),
    (FRESH, reported(SENT, ACK), DONE, (True, True)),
    (POLICY_STATUS, POLICY_STATUS, PENDING, (False, False)),
    (POLICY_STATUS, reported(SENT, ACKNOWLEDGED_AT), PENDING, (True, False)),
    (POLICY_STATUS, reported(SENT, ACK), DONE, (True, True)),
    # The acknowledgement of the report before: it does not count for the new one.
    (reported(REPORTED_AT, None), reported(SENT, SENT - SECOND), PENDING, (True, False)),
    (reported(REPORTED_AT, None), reported(SENT, SENT), DONE, (True, True)),
    # An acknowledgement alone: nothing new was sent.
    (reported(REPORTED_AT, None), reported(REPORTED_AT, ACK), PENDING, (False, True)),
    (FRESH, reported(None, ACK), PENDING, (False, True)),
    # Without an acknowledgement being asked for, sending is all.
    (reported(None, None), reported(SENT, None, required=False), DONE, (True, False)),
    (reported(None, None), reported(None, None, required=False), PENDING, (False, False)),
    (reported(None, None), reported(SENT, None, required=None), PENDING, (True, False)),
    # What is no longer shown is not new.
    (POLICY_STATUS, reported(None, None, required=False), PENDING, (False, False)),
]


@pytest.mark.parametrize(("before", "now", "expected", "steps"), SYNCS)
def test_a_report_is_taken_where_it_was_sent_and_acknowledged(
    before: PolicyStatus, now: PolicyStatus, expected: Progress, steps: tuple[bool, bool]
) -> None:
    assert sync_steps(before, now) == steps
    assert sync_progress(before, now, NO_FAILURE, NO_FAILURE) is expected
    assert sync_progress(before, now, None, NO_FAILURE) is expected
    assert sync_progress(before, now, NO_FAILURE, None) is expected
    # Statistics matter only where the status does not say that it is done.
    failed = DONE if expected is DONE else FAILED
    assert sync_progress(before, now, NO_FAILURE, USAGE_FAILED) is failed
    assert sync_progress(before, now, NO_FAILURE, POLL_FAILED) is failed
    assert sync_progress(before, now, NO_FAILURE, TRUST_FAILED) is expected


def test_an_acknowledgement_belongs_to_a_report_that_is_not_newer() -> None:
    found = POLICY_STATUS.reporting
    assert is_acknowledged(found, None)
    assert is_acknowledged(found, ACKNOWLEDGED_AT)
    assert not is_acknowledged(found, ACKNOWLEDGED_AT + SECOND)
    assert not is_acknowledged(FRESH.reporting, None)
    assert not is_acknowledged(FRESH.reporting, REPORTED_AT)


# -------------------------------------------------------------------------------------- failures


def test_only_a_count_that_has_grown_is_a_new_failure() -> None:
    def with_failures(count: int) -> Exchanges:
        return exchanges(exchange(USAGE_EXCHANGE, count))

    found = new_failure(USAGE_EXCHANGE, with_failures(3), with_failures(4))
    assert found is not None
    assert (found.name, found.failed) == (USAGE_EXCHANGE, 4)
    assert new_failure(USAGE_EXCHANGE, with_failures(4), with_failures(4)) is None
    assert new_failure(USAGE_EXCHANGE, with_failures(4), with_failures(0)) is None  # reloaded


def test_statistics_that_are_missing_on_one_side_claim_nothing() -> None:
    empty = Exchanges(exchanges=())
    for was, now in (
        (None, USAGE_FAILED),
        (USAGE_FAILED, None),
        (None, None),
        (empty, USAGE_FAILED),
        (NO_FAILURE, empty),
    ):
        assert new_failure(USAGE_EXCHANGE, was, now) is None
    assert empty.named(USAGE_EXCHANGE) is None


@pytest.mark.parametrize(
    ("success", "failure", "counts"),
    [
        (None, None, True),
        (POLICY_NOW, None, True),
        (None, POLICY_NOW, True),
        (POLICY_NOW, POLICY_NOW, True),
        (POLICY_NOW, POLICY_NOW + SECOND, True),
        (POLICY_NOW + SECOND, POLICY_NOW, False),
    ],
)
def test_a_failure_that_was_made_up_for_does_not_count(
    success: datetime | None, failure: datetime | None, counts: bool
) -> None:
    """A saved output of the agent has a poll that failed between others that went well."""
    now = exchanges(exchange(POLL_EXCHANGE, 1, last_success=success, last_failure=failure))
    assert (new_failure(POLL_EXCHANGE, NO_FAILURE, now) is not None) == counts
    assert sync_progress(FRESH, FRESH, NO_FAILURE, now) is (FAILED if counts else PENDING)


def explanation(**fields: Any) -> tuple[str, str]:
    failure: Exchange = exchange(TRUST_EXCHANGE, 1, **fields)
    words, reason = explained(failure)
    return words, reason.code


def test_a_failure_is_explained_by_its_reason_else_by_the_answer() -> None:
    text = "Unable to resolve server hostname/domain name"
    assert explanation(failure_reason=text, response="NO REPLY") == (text, "no-name-resolution")
    assert explanation(response="Communications init failure") == (
        "Communications init failure",
        "not-ready",
    )
    assert explanation() == ("the switch gives no reason", UNKNOWN.code)


# -------------------------------------------------------------------------------------- licences


def usage(*counts: int) -> LicenseUsage:
    licenses = tuple(replace(POLICY_LICENSE, count=each) for each in counts)
    return LicenseUsage(authorization="Not Applicable", licenses=licenses)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (usage(), False),
        (usage(0), False),
        (usage(0, 0), False),
        (usage(0, 2), True),
        (usage(1), True),
        (None, None),
        (PakUsage(licenses=()), None),
    ],
)
def test_whether_licences_are_in_use(found: Any, expected: bool | None) -> None:
    assert uses_licenses(found) is expected


def test_a_product_instance_is_named_as_cisco_does() -> None:
    assert str(Udi(pid="N9K-C93180YC-EX", serial="FDO00000001")) == (
        "PID:N9K-C93180YC-EX,SN:FDO00000001"
    )
