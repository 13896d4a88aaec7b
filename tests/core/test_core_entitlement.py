"""From every raw state to the one that all regimes share: the rules, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nxsl.core.assess import entitlement_of, states_as_markdown
from nxsl.core.entitlement import Entitlement
from nxsl.core.records import (
    AuthorizationState,
    LicenseState,
    LicenseStatus,
    LicenseUse,
    PakLicense,
    PakUsage,
    Registration,
    RegistrationState,
)
from nxsl.core.regime import Regime
from nxsl.core.ways import WAYS
from tests.core.builders import DAY, FACTS, NOW, REGISTRATION, UNREGISTERED, state
from tests.core.policy_builders import POLICY_NOW, policy_state, policy_transport

if TYPE_CHECKING:
    from nxsl.core.state import SwitchState

DOCS = Path(__file__).parents[2] / "docs"


def pak(**changes: object) -> PakLicense:
    """A feature in use with its licence file, unless said otherwise."""
    usual: dict[str, object] = {
        "feature": "A_PKG",
        "installed": True,
        "count": None,
        "status": "In use",
    }
    return PakLicense(**{**usual, **changes})  # type: ignore[arg-type]


GRACE = pak(installed=False, comments="Grace 10D 2H", grace_remaining=timedelta(days=10, hours=2))

FILES: list[tuple[str, tuple[PakLicense, ...] | None]] = [
    ("licences not read", None),
    ("unknown word", (pak(comments="frobnicated"),)),
    ("licence file missing", (pak(comments="license missing"),)),
    ("grace period over", (GRACE, pak(feature="B", installed=False, comments="Grace expired"))),
    ("licence file ran out", (GRACE, pak(feature="B", expiry="21 Jun 2022"))),
    ("in use without a licence file", (GRACE, pak(feature="B", installed=False))),
    ("grace period runs", (pak(), replace(GRACE, feature="B"))),
    ("no licensed feature in use", (pak(status="Unused"),)),
    ("licence files", (pak(), pak(feature="B", expiry="22 Jun 2022"))),
]


def by_file(licenses: tuple[PakLicense, ...] | None, *, smart: bool) -> SwitchState:
    """A switch that is licensed by files, of a release that could do better or not."""
    return state(
        facts=FACTS if smart else replace(FACTS, release="9.3(2)"),
        status=LicenseStatus(enabled=False) if smart else None,
        usage=PakUsage(licenses=licenses) if licenses is not None else None,
        transport=None,
        saved=None,
    )


def licensed(found: LicenseState) -> SwitchState:
    """A registered and authorized switch with a licence in that state."""
    return state(licenses=(LicenseUse(tag="A", state=found, status=str(found), count=1),))


def authorized(found: AuthorizationState) -> SwitchState:
    """A registered switch in that state of authorization."""
    return state(authorization={"state": found, "status": str(found)})


RESERVED = replace(
    REGISTRATION,
    status="REGISTERED - SPECIFIC LICENSE RESERVATION",
    detail="SPECIFIC LICENSE RESERVATION",
)


def unregistered(found: AuthorizationState, detail: str = "") -> SwitchState:
    """A switch that is not registered, in that state of authorization."""
    registration = replace(UNREGISTERED, detail=detail)
    return replace(authorized(found), status=replace_registration(found, registration))


def replace_registration(
    found: AuthorizationState, registration: Registration
) -> LicenseStatus | None:
    """The status of `authorized`, with another registration."""
    status = authorized(found).status
    return replace(status, registration=registration) if status else None


A, L = AuthorizationState, LicenseState
SMART: list[tuple[str, SwitchState]] = [
    ("unknown word", authorized(A.UNKNOWN)),
    ("unknown word", authorized(A.NOT_APPLICABLE)),
    ("unknown word", licensed(L.UNKNOWN)),
    ("unknown word", state(registration={"state": RegistrationState.UNKNOWN})),
    ("unknown word", state(registration={"detail": "ODDLY"})),
    ("registration ran out", unregistered(A.EVALUATION_EXPIRED, "REGISTRATION EXPIRED")),
    ("authorization ran out", authorized(A.AUTHORIZATION_EXPIRED)),
    ("deadline passed", state(registration={"expires": NOW})),
    ("deadline passed", state(authorization={"deadline": NOW})),
    ("evaluation period over", unregistered(A.EVALUATION_EXPIRED)),
    ("licence ran out", licensed(L.GRACE_PERIOD_EXPIRED)),
    ("account lacks licences", authorized(A.OUT_OF_COMPLIANCE)),
    ("account lacks licences", authorized(A.NOT_AUTHORIZED)),
    ("licence not granted", licensed(L.INVALID_TAG)),
    ("evaluation period runs", unregistered(A.EVALUATION)),
    (
        "licences reserved",
        replace(
            authorized(A.AUTHORIZED_RESERVED),
            status=replace_registration(A.AUTHORIZED_RESERVED, RESERVED),
        ),
    ),
    ("registered and authorized", state()),
    ("no licence in use", authorized(A.NO_LICENSES_IN_USE)),
    ("not registered", unregistered(A.NO_LICENSES_IN_USE)),
    ("no rule for this state", authorized(A.AUTHORIZED_RESERVED)),
]

POLICY: list[tuple[str, SwitchState]] = [
    ("unknown word", policy_state(status={"enabled": False})),
    (
        "unknown word",
        policy_state(licenses=(LicenseUse(tag="A", state=L.UNKNOWN, status="?", count=1),)),
    ),
    ("licences not read", policy_state(usage=None)),
    (
        "licence not granted",
        policy_state(licenses=(LicenseUse(tag="A", state=L.NOT_AUTHORIZED, status="-", count=1),)),
    ),
    ("no licence in use", policy_state(licenses=())),
    ("acknowledgement overdue", policy_state(reporting={"ack_deadline": POLICY_NOW})),
    (
        "report overdue",
        policy_state(reporting={"next_report": POLICY_NOW - DAY - timedelta(seconds=1)}),
    ),
    ("reported and acknowledged", policy_state()),
    ("reported and acknowledged", policy_state(reporting={"next_report": POLICY_NOW - DAY})),
    (
        "reported and acknowledged",
        policy_state(
            reporting={"next_report": POLICY_NOW - 9 * DAY}, transport=policy_transport("off")
        ),
    ),
    (
        "reported",
        policy_state(reporting={"last_ack": None}, policy={"ack_required": False}),
    ),
    ("not acknowledged yet", policy_state(reporting={"last_ack": None})),
    ("no report yet", policy_state(reporting={"last_ack": None, "last_report": None})),
    (
        "no trust code, no report",
        policy_state(status={"trust": ()}, reporting={"last_ack": None, "last_report": None}),
    ),
]


@pytest.mark.parametrize(("reason", "licenses"), FILES)
@pytest.mark.parametrize("smart", [True, False])
def test_licence_files(
    reason: str, licenses: tuple[PakLicense, ...] | None, *, smart: bool
) -> None:
    assert entitlement_of(by_file(licenses, smart=smart)).reason == reason


@pytest.mark.parametrize(("reason", "found"), SMART)
def test_smart_licensing(reason: str, found: SwitchState) -> None:
    assert entitlement_of(found).reason == reason


@pytest.mark.parametrize(("reason", "found"), POLICY)
def test_smart_licensing_using_policy(reason: str, found: SwitchState) -> None:
    assert entitlement_of(found).reason == reason


def test_every_rule_is_reached_and_the_last_of_each_regime_always_holds() -> None:
    states = [by_file(licenses, smart=smart) for _, licenses in FILES for smart in (True, False)]
    states += [found for _, found in (*SMART, *POLICY)]
    states += [replace(states[0], facts=replace(FACTS, chassis="Catalyst"))]
    aci = replace(FACTS, boot_image="aci-n9000-dk9.15.3.2b.bin")
    states += [replace(states[0], facts=aci)]
    reached = {id(entitlement_of(found)) for found in states}
    for way in WAYS.values():
        for rule in way.states:
            assert id(rule) in reached, (way.regime, rule.when)
    assert {rule.state for way in WAYS.values() for rule in way.states} == set(Entitlement)
    assert {each.regime for each in states} == set(Regime)


def test_the_table_of_the_documentation_is_the_one_of_the_code() -> None:
    text = (DOCS / "states.md").read_text(encoding="utf-8")
    assert states_as_markdown() in text
    for each in Entitlement:
        assert f"| `{each}` |" in text
