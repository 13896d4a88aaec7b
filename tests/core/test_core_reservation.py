"""Which step of a reservation is possible, and which word of an answer is the code."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nxsl.core import errors
from nxsl.core.records import LicenseStatus, Registration, RegistrationState
from nxsl.core.reservation import (
    CodeKind,
    ReservationState,
    code_in,
    phrase_in,
    require_cancellable,
    require_installable,
    require_requestable,
    require_returnable,
    reservation_state,
)
from nxsl.core.secret import SecretText
from tests.core.builders import REGISTRATION, UNREGISTERED, status

if TYPE_CHECKING:
    from collections.abc import Callable

SENTENCE = "Enter this request code in the Cisco Smart Software Manager portal:"
BACK = "Enter this return code in Cisco Smart Software Manager portal:"
REQUEST = "CB-ZC9300-24UX:FCW0000L0RN-AK0A0sMTr-86"
RETURN = "ChWaaa-okvbbb-ckFccc-aSxddd-Qf1eee-rbr"


def said(words: str, state: RegistrationState) -> LicenseStatus:
    """A status with these registration words."""
    _, _, detail = words.partition(" - ")
    return status(replace(UNREGISTERED, state=state, status=words, detail=detail))


NONE = said("UNREGISTERED", RegistrationState.UNREGISTERED)
FAILED = said("UNREGISTERED - REGISTRATION FAILED", RegistrationState.UNREGISTERED)
OPEN = said("UNREGISTERED - RESERVATION IN PROGRESS", RegistrationState.UNREGISTERED)
OPEN_ALONE = said("RESERVATION IN PROGRESS", RegistrationState.UNKNOWN)
SLR = said("REGISTERED - SPECIFIC LICENSE RESERVATION", RegistrationState.REGISTERED)
PLR = said("REGISTERED - UNIVERSAL LICENSE RESERVATION", RegistrationState.REGISTERED)
TOKEN = status(REGISTRATION)
TRYING = said("REGISTERING - REGISTRATION IN PROGRESS", RegistrationState.REGISTERING)
ODD = said("UNREGISTERED - RESERVATION UPSIDE DOWN", RegistrationState.UNREGISTERED)
ODD_REGISTERED = said("REGISTERED - SOMEHOW", RegistrationState.REGISTERED)
STRANGE = said("PERHAPS", RegistrationState.UNKNOWN)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (NONE, ReservationState.NONE),
        (FAILED, ReservationState.NONE),
        (LicenseStatus(enabled=False), ReservationState.NONE),
        (OPEN, ReservationState.IN_PROGRESS),
        (OPEN_ALONE, ReservationState.IN_PROGRESS),
        (SLR, ReservationState.INSTALLED),
        (PLR, ReservationState.INSTALLED),
        (TOKEN, ReservationState.REGISTERED),
        (TRYING, ReservationState.REGISTERING),
        (ODD, ReservationState.UNKNOWN),
        (ODD_REGISTERED, ReservationState.UNKNOWN),
        (STRANGE, ReservationState.UNKNOWN),
    ],
)
def test_states(found: LicenseStatus, expected: ReservationState) -> None:
    assert reservation_state(found) is expected


STEPS: dict[Callable[[LicenseStatus], object], tuple[LicenseStatus, ...]] = {
    require_requestable: (NONE, FAILED, OPEN, SLR, PLR),
    require_installable: (OPEN, OPEN_ALONE),
    require_returnable: (NONE, FAILED, SLR, PLR, TOKEN, TRYING),
    require_cancellable: (NONE, FAILED, OPEN, OPEN_ALONE, TOKEN, TRYING),
}
ALL = (NONE, FAILED, OPEN, OPEN_ALONE, SLR, PLR, TOKEN, TRYING, ODD, ODD_REGISTERED, STRANGE)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("found", ALL, ids=lambda each: each.registration.status)
def test_which_step_is_possible(
    step: Callable[[LicenseStatus], object], found: LicenseStatus
) -> None:
    if found in STEPS[step] or (step is require_requestable and found is OPEN_ALONE):
        step(found)
        return
    with pytest.raises(errors.StateRefused) as refused:
        step(found)
    assert refused.value.remedy


@pytest.mark.parametrize("step", STEPS)
def test_without_smart_licensing_nothing_is(step: Callable[[LicenseStatus], object]) -> None:
    with pytest.raises(errors.TransportRefused, match="not enabled"):
        step(LicenseStatus(enabled=False))


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        (f"{SENTENCE}\n{REQUEST}\n", CodeKind.REQUEST, REQUEST),
        (f"\n{SENTENCE}\n\n  {REQUEST}  \n\n", CodeKind.REQUEST, REQUEST),
        (
            f"{SENTENCE}\nUDI: PID:N9K-C93180YC-EX,SN:FDO00000001\n    Request code: {REQUEST}",
            CodeKind.REQUEST,
            REQUEST,
        ),
        (
            f"{SENTENCE}\n{REQUEST}\n2026 Nov 24 03:00:00 leaf1 %ETHPORT-5-IF_UP: it is up",
            CodeKind.REQUEST,
            REQUEST,
        ),
        (
            f"This command will remove.\nDo you? [yes/no]: yes\n{BACK}\n{RETURN}",
            CodeKind.RETURN,
            RETURN,
        ),
        (f"{BACK}\nReturn code: {RETURN}", CodeKind.RETURN, RETURN),
    ],
)
def test_the_code_of_an_answer(text: str, kind: CodeKind, code: str) -> None:
    found = code_in(SecretText(text), kind)
    assert found is not None
    assert found.reveal() == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        REQUEST,  # nothing says what it is
        "Already registered",
        f"{SENTENCE}\n",
        f"{SENTENCE}\n{REQUEST}\n{REQUEST[:-1]}7",  # one for each of two chassis
        f"{SENTENCE}\n{REQUEST}\n{SENTENCE}\n{REQUEST}",
        f"{SENTENCE}\n{REQUEST} and more",
        f"{SENTENCE}\n{REQUEST[:20]}\n{REQUEST[20:]}",  # wrapped
        f"{SENTENCE}\nsomething nobody knows\n{REQUEST}",
        f"{SENTENCE}\n{REQUEST}\nsomething nobody knows",
        f"{SENTENCE}\nCB-Z?{REQUEST[4:]}",
        f"{SENTENCE}\nCB-ZC9300",
        f"{SENTENCE}\nfailed",
        f"{BACK}\n{REQUEST}",
    ],
)
def test_what_cannot_be_told_for_sure_is_no_code(text: str) -> None:
    assert code_in(SecretText(text), CodeKind.REQUEST) is None


def test_only_known_phrases_of_an_answer_are_shown() -> None:
    assert phrase_in(SecretText("Already registered\n")) == "Already registered"
    assert phrase_in(SecretText("License reservation is not enabled")) == "not enabled"
    assert phrase_in(SecretText(f"{SENTENCE}\n{REQUEST}")) == ""


def test_a_secret_text_shows_itself_nowhere() -> None:
    text = SecretText(REQUEST)
    assert REQUEST not in f"{text}{text!r}{text!s}{text:>3}{[text]}"
    assert text.reveal() == REQUEST
    assert text
    assert not SecretText()
    assert not hasattr(text, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(text)


def test_registrations_of_the_builders_are_what_they_say() -> None:
    assert isinstance(SLR.registration, Registration)
    assert SLR.registration.reserved
