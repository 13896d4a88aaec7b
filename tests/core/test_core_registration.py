"""May a registration be tried, has it come about: decisions on records alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from nxsl.core import errors
from nxsl.core.reasons import REASONS, UNKNOWN, explain
from nxsl.core.records import (
    Attempt,
    AttemptResult,
    Authorization,
    AuthorizationState,
    Clock,
    LicenseStatus,
    Registration,
    RegistrationState,
)
from nxsl.core.registration import (
    Progress,
    RenewKind,
    account_differences,
    is_due,
    is_news,
    is_settled,
    is_under_way,
    registration_progress,
    renewal_progress,
    require_clock,
    require_registration,
    until_distinguishable,
)
from tests.core.builders import (
    AUTHORIZATION,
    DAY,
    HOUR,
    NEVER,
    NOW,
    OK,
    REGISTERED_AT,
    REGISTRATION,
    SECOND,
    UNREGISTERED,
    failed,
    intent,
    status,
)

if TYPE_CHECKING:
    from nxsl.core.reasons import Reason

REGISTERED = status()
OFF = LicenseStatus(enabled=False)
EVALUATING = Authorization(state=AuthorizationState.EVALUATION, status="EVAL MODE")
FRESH = status(UNREGISTERED, EVALUATING)
RESERVED = status(
    replace(
        REGISTRATION,
        status="REGISTERED - SPECIFIC LICENSE RESERVATION",
        detail="SPECIFIC LICENSE RESERVATION",
    )
)
ODD = status(replace(UNREGISTERED, state=RegistrationState.UNKNOWN, status="HALF REGISTERED"))
WANTED = intent(smart_account="Example Corp", virtual_account="Default")
OTHER = intent(smart_account="Example Corp", virtual_account="Campus")

# ------------------------------------------------------------------------------- may it be tried


def test_a_switch_that_is_registered_as_intended_needs_nothing() -> None:
    assert is_settled(REGISTERED, WANTED, force=False)
    assert is_settled(REGISTERED, None, force=False)
    assert is_settled(REGISTERED, intent(), force=False)


def test_a_switch_that_is_not_registered_needs_it() -> None:
    assert not is_settled(FRESH, WANTED, force=False)
    assert not is_settled(FRESH, None, force=True)


def test_force_registers_again() -> None:
    assert not is_settled(REGISTERED, WANTED, force=True)
    assert not is_settled(REGISTERED, OTHER, force=True)


def test_another_account_is_refused_with_both_names() -> None:
    with pytest.raises(errors.AccountRefused, match="'Default', 'Campus' is intended") as caught:
        is_settled(REGISTERED, OTHER, force=False)
    assert "--force" in caught.value.remedy


@pytest.mark.parametrize("force", [False, True])
def test_a_reservation_an_unknown_state_and_smart_licensing_off_are_refused(
    force: bool,
) -> None:
    with pytest.raises(errors.StateRefused, match="reserved"):
        is_settled(RESERVED, None, force=force)
    with pytest.raises(errors.StateRefused, match="HALF REGISTERED") as caught:
        is_settled(ODD, None, force=force)
    assert caught.value.text == "HALF REGISTERED"
    more = status(replace(REGISTRATION, status="REGISTERED - NEW", detail="NEW"))
    with pytest.raises(errors.StateRefused, match="REGISTERED - NEW"):
        is_settled(more, None, force=force)
    with pytest.raises(errors.TransportRefused, match="not enabled"):
        is_settled(OFF, None, force=force)


def test_only_a_plain_registration_can_be_renewed() -> None:
    assert require_registration(REGISTERED) is REGISTERED.registration
    for bad, words in (
        (FRESH, "UNREGISTERED"),
        (OFF, "not enabled"),
        (None, "not enabled"),
        (ODD, "HALF"),
        (RESERVED, "reserved"),
    ):
        with pytest.raises(errors.StateRefused, match=words):
            require_registration(bad)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_clock_is_required_to_be_within_the_hour(sign: int) -> None:
    def clock(skew: timedelta, zone: str = "UTC") -> Clock:
        return Clock(local=(NOW + sign * skew).replace(tzinfo=None), zone=zone)

    require_clock(clock(HOUR - SECOND), NOW)
    require_clock(clock(9 * HOUR, "IST"), NOW)
    with pytest.raises(errors.ClockRefused, match="60 min off"):
        require_clock(clock(HOUR), NOW)


def test_accounts_that_are_not_named_are_not_compared() -> None:
    assert account_differences(REGISTRATION, intent()) == ()
    assert account_differences(REGISTRATION, intent(smart_account="example CORP")) == ()
    nameless = replace(REGISTRATION, smart_account="")
    assert account_differences(nameless, WANTED) == (
        "smart account is '', 'Example Corp' is intended",
    )


def test_only_a_first_attempt_is_under_way() -> None:
    registering = replace(UNREGISTERED, state=RegistrationState.REGISTERING)
    assert is_under_way(registering)
    assert is_under_way(replace(registering, initial=NEVER))
    assert not is_under_way(replace(registering, initial=failed()))  # it waits to try again
    assert not is_under_way(UNREGISTERED)
    assert not is_under_way(REGISTRATION)


# ------------------------------------------------------------------------------- has it come about

OLD = REGISTERED_AT - 100 * DAY
OLD_FAILURE = status(replace(UNREGISTERED, initial=failed("old", OLD)), EVALUATING)
FORMER = replace(AUTHORIZATION, since=OLD, last_communication=replace(OK, at=OLD))
OLD_SUCCESS = status(replace(REGISTRATION, initial=replace(OK, at=OLD)), FORMER)
NOT_YET = replace(AUTHORIZATION, state=AuthorizationState.EVALUATION, status="EVAL MODE")


def at(found: Registration, authorization: Authorization = AUTHORIZATION) -> LicenseStatus:
    return status(found, authorization)


@pytest.mark.parametrize("before", [FRESH, OFF, OLD_FAILURE, OLD_SUCCESS])
def test_a_new_success_with_an_authorization_is_done(before: LicenseStatus) -> None:
    assert registration_progress(before, REGISTERED) is Progress.DONE


@pytest.mark.parametrize("before", [FRESH, OLD_FAILURE, OLD_SUCCESS])
@pytest.mark.parametrize(
    "not_yet",
    [
        AuthorizationState.EVALUATION,
        AuthorizationState.EVALUATION_EXPIRED,
        AuthorizationState.UNKNOWN,
    ],
)
def test_registered_without_an_authorization_is_not_done(
    before: LicenseStatus, not_yet: AuthorizationState
) -> None:
    now = at(REGISTRATION, replace(AUTHORIZATION, state=not_yet))
    assert registration_progress(before, now) is Progress.PENDING
    assert registration_progress(before, replace(now, authorization=None)) is Progress.PENDING


@pytest.mark.parametrize(
    "answer",
    [
        AuthorizationState.AUTHORIZED,
        AuthorizationState.OUT_OF_COMPLIANCE,
        AuthorizationState.NO_LICENSES_IN_USE,
    ],
)
def test_any_answer_about_the_authorization_ends_it(answer: AuthorizationState) -> None:
    now = at(REGISTRATION, replace(AUTHORIZATION, state=answer))
    assert registration_progress(FRESH, now) is Progress.DONE


def test_the_authorization_of_before_is_not_taken_for_a_new_one() -> None:
    """With `force` the old one may stand on screen until the new one has come."""
    assert registration_progress(OLD_SUCCESS, at(REGISTRATION, FORMER)) is Progress.PENDING


@pytest.mark.parametrize("before", [FRESH, OFF, OLD_FAILURE, OLD_SUCCESS])
def test_a_new_failure_is_a_failure(before: LicenseStatus) -> None:
    now = at(replace(UNREGISTERED, initial=failed("new")), NOT_YET)
    assert registration_progress(before, now) is Progress.FAILED
    renewed = at(replace(REGISTRATION, initial=failed("new")))
    assert registration_progress(before, renewed) is Progress.FAILED


@pytest.mark.parametrize("stale", [OLD_FAILURE, OLD_SUCCESS])
def test_a_record_that_was_there_before_counts_for_nothing(stale: LicenseStatus) -> None:
    assert registration_progress(stale, stale) is Progress.PENDING


def test_an_old_success_with_a_new_state_counts_for_nothing() -> None:
    """A switch that registers again shows REGISTERED and the old date until it is through."""
    registering = replace(
        REGISTRATION, state=RegistrationState.REGISTERING, initial=replace(OK, at=OLD)
    )
    assert registration_progress(OLD_SUCCESS, at(registering)) is Progress.PENDING


def test_the_old_failure_reason_does_not_make_the_failure_new() -> None:
    reworded = at(replace(UNREGISTERED, initial=failed("another text", OLD)))
    assert registration_progress(OLD_FAILURE, reworded) is Progress.PENDING


def test_in_progress_and_switched_off_are_pending() -> None:
    registering = replace(UNREGISTERED, state=RegistrationState.REGISTERING)
    assert registration_progress(FRESH, at(registering)) is Progress.PENDING
    assert registration_progress(FRESH, OFF) is Progress.PENDING
    assert registration_progress(FRESH, FRESH) is Progress.PENDING
    never = at(replace(UNREGISTERED, initial=NEVER))
    assert registration_progress(FRESH, never) is Progress.PENDING


@pytest.mark.parametrize(
    ("attempt", "former", "news"),
    [
        (None, None, False),
        (None, OK, False),
        (NEVER, None, False),
        (NEVER, OK, False),
        (OK, None, True),
        (OK, NEVER, True),
        (OK, OK, False),
        (OK, replace(OK, at=OLD), True),
        (OK, failed(at=REGISTERED_AT), True),
        (failed(), None, True),
        (failed("a"), failed("b"), False),
    ],
)
def test_news_are_told_by_date_and_result(
    attempt: Attempt | None, former: Attempt | None, news: bool
) -> None:
    assert is_news(attempt, former) == news


@pytest.mark.parametrize("kind", RenewKind)
def test_a_renewal_is_told_from_its_attempt_and_from_the_dates_ahead(kind: RenewKind) -> None:
    def shown(attempt: Attempt | None, *, days: int = 0) -> LicenseStatus:
        later = timedelta(days=days)
        if kind is RenewKind.ID:
            assert REGISTRATION.expires is not None
            return status(
                replace(REGISTRATION, last_renewal=attempt, expires=REGISTRATION.expires + later)
            )
        assert AUTHORIZATION.deadline is not None
        return status(
            authorization=replace(
                AUTHORIZATION,
                last_communication=attempt,
                deadline=AUTHORIZATION.deadline + later,
            )
        )

    old = replace(OK, at=OLD)
    odd = Attempt(result=AttemptResult.UNKNOWN, word="POSTPONED", at=REGISTERED_AT)
    for before, now, expected in (
        (None, None, Progress.PENDING),
        (NEVER, NEVER, Progress.PENDING),
        (old, old, Progress.PENDING),
        (old, OK, Progress.DONE),
        (NEVER, OK, Progress.DONE),
        (None, OK, Progress.DONE),
        (old, failed(), Progress.FAILED),
        (old, odd, Progress.PENDING),  # never taken for a success, nor for a failure
    ):
        assert renewal_progress(kind, shown(before), shown(now, days=90)) is expected
    # An attempt that is said to have succeeded, and no date that has moved.
    assert renewal_progress(kind, shown(old), shown(OK)) is Progress.PENDING


@pytest.mark.parametrize(
    ("after_record", "skew", "wait"),
    [
        (timedelta(0), timedelta(0), 1.0),
        (timedelta(seconds=0.4), timedelta(0), 0.6),
        (timedelta(seconds=1), timedelta(0), 0.0),
        (timedelta(days=30), timedelta(0), 0.0),
        # The switch's clock is five minutes behind: it has not reached its own next second.
        (timedelta(minutes=5), timedelta(minutes=-5), 1.0),
        (timedelta(0), timedelta(minutes=5), 0.0),
        # Never long, whatever the clocks say.
        (timedelta(days=-3), timedelta(0), 2.0),
        (timedelta(0), None, 0.0),
    ],
)
def test_a_new_attempt_is_given_time_to_get_another_date(
    after_record: timedelta, skew: timedelta | None, wait: float
) -> None:
    found = until_distinguishable(OK, skew, REGISTERED_AT + after_record)
    assert found.total_seconds() == pytest.approx(wait)


def test_without_a_former_date_nothing_is_waited_for() -> None:
    assert until_distinguishable(None, timedelta(), NOW) == timedelta()
    assert until_distinguishable(NEVER, timedelta(), NOW) == timedelta()


def test_what_is_due() -> None:
    assert is_due(NOW + DAY, NOW, None)
    assert is_due(None, NOW, DAY)
    assert is_due(NOW + DAY, NOW, DAY)
    assert is_due(NOW - DAY, NOW, DAY)
    assert not is_due(NOW + DAY + SECOND, NOW, DAY)


# ----------------------------------------------------------------------------------------- reasons


def test_the_reasons_are_complete_and_distinct() -> None:
    codes = [each.code for each in REASONS]
    assert len(set(codes)) == len(codes)
    assert UNKNOWN.code not in codes
    for each in REASONS:
        assert each.text
        assert each.cause
        assert each.remedy
        assert each.source


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_each_reason_is_found_by_its_own_text(reason: Reason) -> None:
    assert explain(reason.text) is reason
    assert explain(f'{{"x": ["{reason.text.upper()}"]}}') is reason


@pytest.mark.parametrize("text", ["", "Moon is full", "SUCCEEDED"])
def test_another_text_is_unknown(text: str) -> None:
    assert explain(text) is UNKNOWN
    assert not UNKNOWN.token_is_at_fault


def test_the_token_is_at_fault_only_where_it_is() -> None:
    assert explain("Invalid Token").token_is_at_fault
    assert explain("The token has expired").token_is_at_fault
    assert not explain("Fail to send out Call Home HTTP message").token_is_at_fault
    assert not explain("Unable to resolve server hostname/domain name").token_is_at_fault
