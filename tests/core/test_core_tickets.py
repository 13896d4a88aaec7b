"""Tickets as JSON and back, and what proves that a command has, or has not, been taken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from nxsl.core.plain import Mismatch
from nxsl.core.policy_records import TRUST_EXCHANGE, USAGE_EXCHANGE, PolicyStatus, TrustCode
from nxsl.core.records import LicenseStatus, Registration, RegistrationState
from nxsl.core.taken import Look, taken
from nxsl.core.tickets import Setback, Ticket, TicketKind, from_plain, to_plain
from tests.core.builders import (
    AUTHORIZATION,
    DAY,
    NEVER,
    NOW,
    OK,
    REGISTRATION,
    SECOND,
    UNREGISTERED,
    failed,
    status,
)
from tests.core.policy_builders import POLICY_STATUS, exchange, exchanges
from tests.core.random_states import strategy_of

TICKET = Ticket(
    kind=TicketKind.RENEWAL,
    sent_at=NOW,
    status=status(),
    first=status(),
    zone=timedelta(hours=-4),
    under_way="auth",
    renewed=("id",),
    setbacks=(Setback(kind="id", reason="renewal-failed", message="it failed"),),
    answer="the agent begins",
)


@given(strategy_of(Ticket))
def test_a_ticket_survives_json(ticket: Ticket) -> None:
    kept = json.dumps(to_plain(ticket))
    assert from_plain(json.loads(kept)) == ticket


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "reload"},
        {"sent_at": "2022-06-22T16:16:28"},
        {"status": {"enabled": True}},
        {"todo": "auth"},
        {"password": "x"},
        {"zone": 4},
        {"setbacks": [{"kind": "id"}]},
    ],
)
def test_what_is_not_exactly_a_ticket_is_refused(change: dict[str, Any]) -> None:
    plain = to_plain(TICKET)
    assert isinstance(plain, dict)
    with pytest.raises(Mismatch, match="ticket"):
        from_plain({**plain, **change})
    with pytest.raises(Mismatch):
        from_plain({name: value for name, value in plain.items() if name not in change} | {"a": 1})


# -- was it taken ---------------------------------------------------------------------------------

FRESH = status(UNREGISTERED)
FAILED = status(
    replace(
        UNREGISTERED,
        status="UNREGISTERED - REGISTRATION FAILED",
        detail="REGISTRATION FAILED",
        initial=failed("no way"),
    )
)
UNDER_WAY = status(
    Registration(
        state=RegistrationState.REGISTERING, status="REGISTERING - REGISTRATION IN PROGRESS"
    )
)


def registration(before: LicenseStatus) -> Ticket:
    return Ticket(kind=TicketKind.REGISTRATION, sent_at=NOW, status=before)


def again(found: LicenseStatus) -> LicenseStatus:
    """The same after another failed attempt."""
    assert found.registration
    later = replace(found.registration, initial=failed("no way", NOW))
    return replace(found, registration=later)


def undated(found: LicenseStatus) -> LicenseStatus:
    assert found.registration
    without = replace(found.registration, initial=replace(failed("no way"), at=None))
    return replace(found, registration=without)


def next_attempt(found: LicenseStatus) -> LicenseStatus:
    assert found.registration
    return replace(found, registration=replace(found.registration, next_attempt=NOW))


@pytest.mark.parametrize(
    ("before", "shown", "expected"),
    [
        (FRESH, [UNDER_WAY], True),
        (FRESH, [FRESH, UNDER_WAY], True),
        (FRESH, [FAILED], True),
        (FRESH, [status()], True),
        (FAILED, [again(FAILED)], True),
        (FAILED, [FAILED], None),
        (FAILED, [FAILED, FAILED], False),
        (FAILED, [FAILED, next_attempt(FAILED)], False),
        (FRESH, [FRESH], None),
        (FRESH, [FRESH, FRESH], False),
        (undated(FAILED), [undated(FAILED), undated(FAILED)], None),
        (UNDER_WAY, [UNDER_WAY, UNDER_WAY], True),
        (status(), [status(), status()], False),
        (status(), [status(replace(REGISTRATION, initial=replace(OK, at=NOW)))], True),
        (FRESH, [LicenseStatus(enabled=False), LicenseStatus(enabled=False)], None),
        (FRESH, [], None),
    ],
)
def test_whether_a_token_was_taken(
    before: LicenseStatus, shown: list[LicenseStatus], expected: bool | None
) -> None:
    assert taken(registration(before), [Look(status=each) for each in shown]) is expected


def renewed(at: Any = NOW) -> LicenseStatus:
    return status(authorization=replace(AUTHORIZATION, last_communication=replace(OK, at=at)))


@pytest.mark.parametrize(
    ("kind", "before", "shown", "expected"),
    [
        ("auth", status(), [renewed()], True),
        ("auth", status(), [status(), status()], False),
        ("auth", status(), [status()], None),
        ("auth", renewed(None), [renewed(None), renewed(None)], None),
        ("id", status(), [renewed(), renewed()], False),
        ("id", status(), [status(replace(REGISTRATION, last_renewal=failed())), status()], True),
        (
            "id",
            status(replace(REGISTRATION, last_renewal=None)),
            [status(replace(REGISTRATION, last_renewal=None))] * 2,
            None,
        ),
    ],
)
def test_whether_a_renewal_was_taken(
    kind: str, before: LicenseStatus, shown: list[LicenseStatus], expected: bool | None
) -> None:
    assert REGISTRATION.last_renewal == NEVER
    ticket = Ticket(kind=TicketKind.RENEWAL, sent_at=NOW, status=before, under_way=kind)
    assert taken(ticket, [Look(status=each) for each in shown]) is expected


def trusted(at: Any) -> PolicyStatus:
    return replace(POLICY_STATUS, trust=(TrustCode(installed=at),))


WITHOUT = exchanges()
ONE_MORE = {name: exchanges(exchange(name, failed=1)) for name in (TRUST_EXCHANGE, USAGE_EXCHANGE)}


@pytest.mark.parametrize("kind", [TicketKind.TRUST, TicketKind.SYNC])
def test_under_policy_only_the_statistics_prove_that_nothing_has_begun(kind: TicketKind) -> None:
    name = TRUST_EXCHANGE if kind is TicketKind.TRUST else USAGE_EXCHANGE
    assert WITHOUT.named(name) is not None
    ticket = Ticket(kind=kind, sent_at=NOW, policy=POLICY_STATUS, exchanges=WITHOUT)
    rest = Look(policy=POLICY_STATUS, exchanges=WITHOUT)
    blind = Look(policy=POLICY_STATUS)
    assert taken(ticket, [rest]) is None
    assert taken(ticket, [rest, rest]) is False
    assert taken(ticket, [rest, blind]) is None
    assert taken(replace(ticket, exchanges=None), [rest, rest]) is None
    assert taken(ticket, [Look(policy=POLICY_STATUS, exchanges=ONE_MORE[name])]) is True


def test_under_policy_a_new_trust_code_or_report_proves_it() -> None:
    trust = Ticket(kind=TicketKind.TRUST, sent_at=NOW, policy=trusted(NOW))
    assert taken(trust, [Look(policy=trusted(NOW + SECOND))]) is True
    sync = Ticket(kind=TicketKind.SYNC, sent_at=NOW, policy=POLICY_STATUS)
    reporting = replace(POLICY_STATUS.reporting, last_report=NOW + 1000 * DAY)
    assert taken(sync, [Look(policy=replace(POLICY_STATUS, reporting=reporting))]) is True
