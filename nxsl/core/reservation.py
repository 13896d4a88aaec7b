"""Licence reservation (SLR, PLR): licences for a switch that never talks to a backend.

The switch makes a request code, a person enters it in the portal and gets an authorization code,
and that is installed. To give the licences back the switch makes a return code. All three are
secrets. Pure: which step is possible, and which word of an answer is the code.

The layouts of the answers and the shapes of the codes are IOS-XE's, whose agent is the same; that
NX-OS prints them alike is to be confirmed, so a code that cannot be told for sure is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import TaskRecord
from nxsl.core.records import RegistrationState
from nxsl.core.secret import Token

if TYPE_CHECKING:
    from nxsl.core.records import LicenseStatus, Registration
    from nxsl.core.secret import SecretText


class ReservationState(StrEnum):
    """How far a reservation is, by the registration words of `show license status`."""

    NONE = "none"
    """The switch is free for one: not registered, or never heard of it."""
    IN_PROGRESS = "in-progress"
    """It has made a request code and waits for the authorization code."""
    INSTALLED = "installed"
    REGISTERED = "registered"
    """It has licences by registration, and so cannot have a reservation beside."""
    REGISTERING = "registering"
    UNKNOWN = "unknown"


class CodeKind(StrEnum):
    """The codes; the value is the ending of the file that holds one."""

    REQUEST = "request-code"
    AUTHORIZATION = "authorization-code"
    RETURN = "return-code"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRecord(TaskRecord):
    """The result of the reservation tasks; it holds no code.

    Attributes:
        before: `show license status` before.
        after: the last one read; None where nothing was sent.
        file: where the code was written, or read from; empty where no file is concerned.
        saved: whether the startup configuration has `license smart reservation`, proven; None
            where that was not checked.
    """

    before: LicenseStatus | None = None
    after: LicenseStatus | None = None
    file: str = ""
    saved: bool | None = None


_OPEN = re.compile(r"\breservation in progress\b", re.IGNORECASE)

# Without a reservation; an unregistered or registering switch may say more, such as why it failed.
_PLAIN = {
    RegistrationState.REGISTERED: ReservationState.REGISTERED,
    RegistrationState.UNREGISTERED: ReservationState.NONE,
    RegistrationState.REGISTERING: ReservationState.REGISTERING,
}


def reservation_state(status: LicenseStatus) -> ReservationState:
    """How far the reservation is."""
    found = status.registration
    if found is None:
        return ReservationState.NONE
    if _OPEN.search(found.status):
        return ReservationState.IN_PROGRESS
    if found.state is RegistrationState.REGISTERED and found.reserved:
        return ReservationState.INSTALLED
    strange = found.reserved or (found.state is RegistrationState.REGISTERED and found.detail)
    unknown = ReservationState.UNKNOWN
    return unknown if strange else _PLAIN.get(found.state, unknown)


def require_known(status: LicenseStatus) -> Registration:
    """Give the registration of a switch whose state nxsl knows.

    Raises:
        TransportRefused: Smart Licensing is off.
        StateRefused: the words are unknown.
    """
    found = status.registration
    if not status.enabled or found is None:
        raise errors.TransportRefused(
            "Smart Licensing is not enabled", remedy="configure `license smart enable` first"
        )
    if reservation_state(status) is ReservationState.UNKNOWN:
        raise errors.StateRefused(
            f"nxsl does not know the registration state '{found.status}'",
            remedy="look at `show license status` on the switch",
            text=found.status,
        )
    return found


def require_requestable(status: LicenseStatus) -> None:
    """Refuse a request on a switch that has its licences by registration.

    Raises:
        TransportRefused, StateRefused.
    """
    found = require_known(status)
    state = reservation_state(status)
    if state is ReservationState.REGISTERED:
        raise errors.StateRefused(
            f"the switch is registered to {found.smart_account} / {found.virtual_account}",
            remedy="nxsl deregister first, if it is to be reserved instead",
        )
    if state is ReservationState.REGISTERING:
        raise errors.StateRefused(
            f"a registration is under way ({found.status})",
            remedy="nxsl verify in some minutes; nxsl deregister ends it",
        )


def require_installable(status: LicenseStatus) -> None:
    """Refuse to install a code that no open request asks for.

    Raises:
        TransportRefused, StateRefused.
    """
    found = require_known(status)
    if reservation_state(status) is not ReservationState.IN_PROGRESS:
        raise errors.StateRefused(
            f"the switch has no open request for a reservation ({found.status})",
            remedy="nxsl reserve request, enter its code in the portal, then install the answer",
        )


def require_returnable(status: LicenseStatus) -> None:
    """Refuse to return what is only requested.

    Raises:
        TransportRefused, StateRefused.
    """
    found = require_known(status)
    if reservation_state(status) is ReservationState.IN_PROGRESS:
        raise errors.StateRefused(
            f"nothing is installed that could be returned ({found.status})",
            remedy="nxsl reserve cancel forgets the request",
        )


def require_cancellable(status: LicenseStatus) -> None:
    """Refuse to cancel what is installed.

    Raises:
        TransportRefused, StateRefused.
    """
    found = require_known(status)
    if reservation_state(status) is ReservationState.INSTALLED:
        raise errors.StateRefused(
            f"the reservation is installed, not only requested ({found.status})",
            remedy="nxsl reserve return gives its licences back",
        )


_LEADS = {
    CodeKind.REQUEST: re.compile(r"enter this request code in .*portal:$", re.IGNORECASE),
    CodeKind.RETURN: re.compile(r"enter this return code in .*portal:$", re.IGNORECASE),
}
_LABELS = {
    CodeKind.REQUEST: re.compile(r"request code:\s*", re.IGNORECASE),
    CodeKind.RETURN: re.compile(r"return code:\s*", re.IGNORECASE),
}
_UDI = re.compile(r"UDI:\s*PID:[^,\s]+,\s*SN:\S+$")
_LOG_LINE = re.compile(r"\d{4} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\b.* %\w")
# One word: CB-Z<product>:<serial>-... for a request, blocks of letters and digits for a return.
_SHAPES = {
    CodeKind.REQUEST: re.compile(r"[A-Z0-9]{1,3}-[!->@-~]{12,}"),
    CodeKind.RETURN: re.compile(r"[A-Za-z0-9][A-Za-z0-9+/=_-]{11,}"),
}


def code_in(reply: SecretText, kind: CodeKind) -> Token | None:
    """Take the code out of the answer to `license smart reservation request` or `return`.

    Behind the sentence that asks to enter it stands one code, below the switch's UDI perhaps.

    Returns:
        The code; None where it cannot be told for sure: no or two such sentences, no or two
        codes, another line that nobody knows, or a word that does not look like one. Told by a
        value, since an exception would keep the text in its traceback.
    """
    lines = [line.strip() for line in reply.reveal().splitlines()]
    leads = [number for number, line in enumerate(lines) if _LEADS[kind].search(line)]
    if len(leads) != 1:
        return None
    found: list[Token] = []
    for line in lines[leads[0] + 1 :]:
        if not line or _UDI.match(line) or _LOG_LINE.match(line):
            continue
        word = _LABELS[kind].sub("", line, count=1)
        if not _SHAPES[kind].fullmatch(word):
            return None
        found.append(Token(word))
    return found[0] if len(found) == 1 else None


# Answers instead of a code, of the same agent elsewhere; nothing but these words is ever shown.
_REFUSALS = ("Already registered", "not enabled", "Smart Agent not registered", "not in progress")


def phrase_in(reply: SecretText) -> str:
    """A known phrase of an answer that holds no code; "" where there is none."""
    text = reply.reveal().casefold()
    return next((each for each in _REFUSALS if each.casefold() in text), "")
