"""`show license status` and `summary`: matched lines to records.

What must be there, so that no cut or mixed-up text is ever read as registered or authorized:

* `Smart Licensing is ...` comes first, and each section, and each line within it, comes once and
  in its own section.
* REGISTERED: accounts, export line, a successful initial registration with its date, both renewal
  lines and the expiry. With a reservation only the export line and the initial registration, since
  nothing renews there (recalled).
* AUTHORIZED and OUT OF COMPLIANCE: the date, the last and the next communication and the deadline.
* EVAL MODE: the remaining period.
* An unknown word of the authorization, or none (as between registration and authorization,
  recalled): any further line, since it may be a known word that is cut.
* `Smart License Conversion:` may be absent, as agents without it are known; if there, it is whole.

So IOS-XE and ASA texts of the same agent under Smart Licensing can be read as well; texts of Smart
Licensing Using Policy are refused, as their first line is another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nxsl.core.records import (
    Attempt,
    AttemptResult,
    Authorization,
    AuthorizationState,
    Conversion,
    LicenseStatus,
    LicenseSummary,
    Registration,
    RegistrationState,
)
from nxsl.core.secret import hide_secrets, redact_tokens
from nxsl.nxos import _values as values
from nxsl.nxos._second_reader import verdict_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from nxsl.nxos._matched import Matched

_REGISTRATION = {
    "UNREGISTERED": RegistrationState.UNREGISTERED,
    "REGISTERING": RegistrationState.REGISTERING,
    "REGISTERED": RegistrationState.REGISTERED,
}

# Proven by outputs: AUTHORIZED, OUT OF COMPLIANCE, EVAL MODE, Not Applicable, No licenses in use.
# The others are the words of Cisco's data model, in the agent's way of writing (recalled).
_AUTHORIZATION = {
    "AUTHORIZED": AuthorizationState.AUTHORIZED,
    "AUTHORIZED - RESERVED": AuthorizationState.AUTHORIZED_RESERVED,
    "EVAL MODE": AuthorizationState.EVALUATION,
    "EVAL EXPIRED": AuthorizationState.EVALUATION_EXPIRED,
    "OUT OF COMPLIANCE": AuthorizationState.OUT_OF_COMPLIANCE,
    "AUTH EXPIRED": AuthorizationState.AUTHORIZATION_EXPIRED,
    "AUTHORIZATION EXPIRED": AuthorizationState.AUTHORIZATION_EXPIRED,
    "NOT AUTHORIZED": AuthorizationState.NOT_AUTHORIZED,
    "Not Applicable": AuthorizationState.NOT_APPLICABLE,
    "NOT APPLICABLE": AuthorizationState.NOT_APPLICABLE,
}

# Which line may stand in which section. `failure_reason` belongs to the attempt before it.
_FIELDS = {
    "Registration": frozenset(
        {
            "status",
            "smart_account",
            "virtual_account",
            "export_controlled",
            "initial",
            "last_renewal",
            "next_renewal",
            "next_attempt",
            "expires",
        }
    ),
    "License Authorization": frozenset(
        {
            "status",
            "evaluation_remaining",
            "last_communication",
            "next_communication",
            "deadline",
        }
    ),
    "Smart License Conversion": frozenset({"automatic_conversion", "status"}),
    "License Usage": frozenset[str](),
}
_DLC = "Smart License Conversion"
_ATTEMPTS = frozenset({"initial", "last_renewal", "last_communication"})

_ACCOUNTS = ("smart_account", "virtual_account", "export_controlled")
_CERTIFICATE = ("initial", "last_renewal", "next_renewal", "expires")
_COMMUNICATION = ("last_communication", "next_communication", "deadline")


@dataclass(slots=True)
class _Section:
    """The lines of one section, and the failure reasons by the attempt that they belong to."""

    title: str
    fields: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, value: str, line: str) -> None:
        """Take a line, unless it is there already or belongs elsewhere."""
        if name not in _FIELDS.get(self.title, frozenset()):
            raise ValueError(f"a line stands where it does not belong: {line}")
        if name in self.fields:
            raise ValueError(f"a line is there twice in `{self.title}:`: {line}")
        self.fields[name] = value

    def need(self, *names: str) -> None:
        """Refuse the text unless these lines are there and say something."""
        for name in names:
            if self.fields.get(name, "") in {"", "<none>", "<empty>"}:
                raise ValueError(f"`{self.title}:` lacks its line `{name.replace('_', ' ')}`")


@dataclass(slots=True)
class _Document:
    """A text of sections, as `show license status` prints it."""

    enabled: bool
    sections: dict[str, _Section] = field(default_factory=dict)
    other: list[str] = field(default_factory=list)
    table: list[str] = field(default_factory=list)

    def begin(self, title: str) -> _Section:
        """Begin a section, unless it is there already."""
        if title in self.sections:
            raise ValueError(f"the section `{title}:` is there twice")
        return self.sections.setdefault(title, _Section(title))


def status(matched: Matched, zones: Mapping[str, tzinfo]) -> LicenseStatus:
    """Make the record of `show license status`."""
    return _status(_document(matched), matched, zones, summary=False)


def summary(matched: Matched, zones: Mapping[str, tzinfo]) -> LicenseSummary:
    """Make the record of `show license summary`.

    The licences are the lines of the table as printed: the only known NX-OS output is cut within
    the table's header, so columns cannot be told, nor a cut table from an empty one. What is in
    use, `show license usage` tells.
    """
    document = _document(matched)
    if document.enabled and "License Usage" not in document.sections:
        raise ValueError("the section `License Usage:` is missing")
    rows = [
        line
        for line in document.table
        if not re.match(r"License\b|-{3,}|(?i:no licenses in use)", line)
    ]
    return LicenseSummary(
        status=_status(document, matched, zones, summary=True), licenses=tuple(rows)
    )


def _document(matched: Matched) -> _Document:
    """Sort the lines into their sections; refuse what is there twice or in the wrong place."""
    (first_line, first), *rest = matched
    enabled = {"ENABLED": True, "DISABLED": False}.get(first.get("smart_licensing", ""))
    if enabled is None:
        raise ValueError(f"the first line is not `Smart Licensing is ENABLED`: {first_line}")
    document = _Document(enabled)
    # None: within a section that nxsl does not know, where every line is `other`.
    section: _Section | None = _Section("")
    attempt = ""
    for line, match in rest:
        ((name, value),) = match.items()
        failing = name in _ATTEMPTS or (name == "status" and section and section.title == _DLC)
        previous, attempt = attempt, name if failing else ""
        if name == "section":
            section = document.begin(value)
        elif name == "other" and section and section.title == "License Usage":
            document.table.append(line)
        elif name == "other" or section is None:
            document.other.append(line)
            if line.endswith(":"):
                section = None
        elif name == "failure_reason" and previous in section.fields:
            section.reasons[previous] = value
        else:
            section.add(name, value, line)
    return document


def _status(
    document: _Document, matched: Matched, zones: Mapping[str, tzinfo], *, summary: bool
) -> LicenseStatus:
    sections = document.sections
    if not document.enabled:
        if sections:
            raise ValueError("Smart Licensing is disabled, yet has sections")
        return LicenseStatus(enabled=False, other=tuple(document.other))
    for title in ("Registration", "License Authorization"):
        if title not in sections:
            raise ValueError(f"the section `{title}:` is missing")
        if "status" not in sections[title].fields:
            raise ValueError(f"`{title}:` lacks its line `status`")
    sections["Registration"].need("status")
    conversion = sections.get("Smart License Conversion")
    record = LicenseStatus(
        enabled=True,
        registration=_registration(sections["Registration"], zones, summary=summary),
        authorization=_authorization(sections["License Authorization"], zones, summary=summary),
        conversion=_conversion(conversion) if conversion else None,
        other=tuple(map(hide_secrets, document.other)),
    )
    if (
        record.authorization
        and record.authorization.state is AuthorizationState.UNKNOWN
        and len(sections["License Authorization"].fields) == 1
        and not conversion
    ):
        raise ValueError("the text ends within the words of the authorization")
    words = tuple(
        sections[title].fields["status"] for title in ("Registration", "License Authorization")
    )
    again = verdict_words(tuple(line for line, _ in matched))
    if again != tuple(" ".join(each.split()) for each in words):
        raise ValueError(f"two readers differ: {words} and {again}")
    return record


def _registration(section: _Section, zones: Mapping[str, tzinfo], *, summary: bool) -> Registration:
    fields = section.fields
    words = fields["status"]
    word, _, detail = words.partition(" - ")
    state = _REGISTRATION.get(word, RegistrationState.UNKNOWN)
    record = Registration(
        state=state,
        status=words,
        detail=detail if state is not RegistrationState.UNKNOWN else "",
        smart_account=_account(fields, "smart_account"),
        virtual_account=_account(fields, "virtual_account"),
        export_controlled=fields.get("export_controlled", ""),
        initial=_attempt(section, "initial", zones),
        last_renewal=_attempt(section, "last_renewal", zones),
        next_renewal=_date(section, "next_renewal", zones),
        next_attempt=_date(section, "next_attempt", zones),
        expires=_date(section, "expires", zones),
    )
    if state is not RegistrationState.REGISTERED:
        return record
    if record.reserved:
        section.need("export_controlled", *(() if summary else ("initial",)))
    else:
        section.need(*_ACCOUNTS, *(() if summary else _CERTIFICATE))
        if not summary and record.expires is None:
            raise ValueError("registered, without a date of expiry")
    if record.initial and record.initial.result is not AttemptResult.SUCCEEDED:
        raise ValueError(f"registered, yet the first registration is {fields['initial']!r}")
    return record


def _authorization(
    section: _Section, zones: Mapping[str, tzinfo], *, summary: bool
) -> Authorization:
    fields = section.fields
    state, words, since = overall(fields["status"], zones)
    record = Authorization(
        state=state,
        status=words,
        since=since,
        evaluation_remaining=(
            values.evaluation(fields["evaluation_remaining"])
            if "evaluation_remaining" in fields
            else None
        ),
        last_communication=_attempt(section, "last_communication", zones, dated=not summary),
        next_communication=_date(section, "next_communication", zones),
        deadline=_date(section, "deadline", zones),
    )
    if state in {AuthorizationState.AUTHORIZED, AuthorizationState.OUT_OF_COMPLIANCE}:
        section.need(*_COMMUNICATION)
        if since is None or record.deadline is None:
            raise ValueError(f"{words} without its date or its deadline")
    if state is AuthorizationState.EVALUATION:
        section.need("evaluation_remaining")
    return record


def overall(
    words: str, zones: Mapping[str, tzinfo]
) -> tuple[AuthorizationState, str, datetime | None]:
    """Tell `AUTHORIZED on <date>` apart. Unknown words are kept whole, whatever they hold."""
    word, on, when = words.partition(" on ")
    state = _AUTHORIZATION.get(word)
    if word.casefold() == "no licenses in use":  # capitals differ from place to place
        state = AuthorizationState.NO_LICENSES_IN_USE
    if state is None:
        return AuthorizationState.UNKNOWN, words, None
    return state, word, values.date(when, zones) if on else None


def _conversion(section: _Section) -> Conversion:
    section.need("automatic_conversion", "status")
    automatic = section.fields["automatic_conversion"]
    if automatic not in {"True", "False"}:
        raise ValueError(f"`Automatic Conversion Enabled:` is {automatic!r}")
    status, reason = section.fields["status"], section.reasons.get("status", "")
    if reason and not status.lower().startswith("failed"):
        raise ValueError(f"a failure reason follows {status!r}")
    return Conversion(
        automatic=automatic == "True",
        status=redact_tokens(status),
        failure_reason=redact_tokens(reason),
    )


def _account(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "")
    return "" if value == "<none>" else value


def _attempt(
    section: _Section, name: str, zones: Mapping[str, tzinfo], *, dated: bool = True
) -> Attempt | None:
    if name not in section.fields:
        return None
    record = values.attempt(section.fields[name], zones, dated=dated)
    reason = section.reasons.get(name, "")
    if reason and record.result in {AttemptResult.SUCCEEDED, AttemptResult.NONE}:
        raise ValueError(f"a failure reason follows {section.fields[name]!r}")
    # The backend quotes the token that it refuses.
    return replace(record, failure_reason=redact_tokens(reason))


def _date(section: _Section, name: str, zones: Mapping[str, tzinfo]) -> datetime | None:
    return values.date_or_none(section.fields[name], zones) if name in section.fields else None
