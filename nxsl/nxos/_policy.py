"""`show license status` under Smart Licensing Using Policy: matched lines to records.

What must be there, so that no cut or mixed-up text is ever read as trusted: `Smart Licensing Using
Policy:` with its status, `Usage Reporting:` with the dates of the last acknowledgement, of its
deadline and of the last report, and `Trust Code Installed:` with `<none>`, a date, or units that
each say whether theirs is installed. Every section, and every line within it, comes once and in
its own section. Other sections may be missing. Where a switch lists units, a text that is cut
between two of them cannot be told from that of a switch with fewer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nxsl.core.policy_records import (
    PolicyAttribute,
    PolicyStatus,
    ReportingPolicy,
    TrustCode,
    UsageReporting,
)
from nxsl.core.secret import hide_secrets
from nxsl.nxos import _values as values
from nxsl.nxos._second_reader import policy_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from nxsl.nxos._matched import Matched

TITLE = "smart licensing using policy"
_ACCOUNT = "account information"
_TRANSPORT = "transport"
_POLICY = "policy"
_USAGE = "usage reporting"
_TRUST = "trust code installed"

_DATES = ("last_ack", "ack_deadline", "next_ack_check", "next_report", "last_report", "last_file")
_DECISIVE = ("last_ack", "ack_deadline", "last_report")
_DAYS = ("first_report", "frequency", "on_change")

# Which line may stand in which section; the lines of an attribute, and those of a unit, come again
# with the next one.
_FIELDS = {
    TITLE: frozenset({"status"}),
    _ACCOUNT: frozenset({"smart_account", "virtual_account"}),
    _TRANSPORT: frozenset({"transport", "cslu_address", "url"}),
    _POLICY: frozenset({"in_use", "name", "ack_required"}),
    _USAGE: frozenset({*_DATES, "push_interval"}),
    _TRUST: frozenset({"trust"}),
}
_NOTHING = frozenset({"<none>", "<empty>"})


@dataclass(slots=True)
class _Document:
    """The lines of the text by section; those of attributes and units apart."""

    sections: dict[str, dict[str, str]] = field(default_factory=dict)
    attributes: list[dict[str, str]] = field(default_factory=list)
    units: list[dict[str, str]] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def place(self, section: str, match: Mapping[str, str]) -> dict[str, str]:
        """Where a line of that section is kept."""
        if section == _POLICY and match.keys() & {"licenses", *_DAYS}:
            if "licenses" in match:
                self.attributes.append({})
            return self.attributes[-1] if self.attributes else {"none": "yet"}
        if section == _TRUST and match.keys() & {"unit", "installed", "missing"}:
            if "unit" in match:
                self.units.append({})
            return self.units[-1] if self.units else {"none": "yet"}
        if not match.keys() <= _FIELDS[section]:
            return {"none": "here"}
        return self.sections[section]

    def add(self, section: str, match: Mapping[str, str], line: str) -> None:
        """Take a line, unless it is there already or belongs elsewhere."""
        place = self.place(section, match)
        if "none" in place:
            raise ValueError(f"a line stands where it does not belong: {line}")
        if match.keys() & place.keys():
            raise ValueError(f"a line is there twice in `{section}:`: {line}")
        place.update(match)

    def begin(self, title: str) -> str:
        """Begin a section, unless it is there already."""
        if title in self.sections:
            raise ValueError(f"the section `{title}:` is there twice")
        self.sections[title] = {}
        return title

    def need(self, title: str, *names: str) -> None:
        """Refuse the text unless the section and these lines are there and say something."""
        if title not in self.sections:
            raise ValueError(f"the section `{title}:` is missing")
        for name in names:
            if not self.sections[title].get(name):
                raise ValueError(f"`{title}:` lacks its line `{name.replace('_', ' ')}`")

    def value(self, title: str, name: str) -> str:
        """What a line says; empty where it says that there is nothing, or is not there."""
        words = self.sections.get(title, {}).get(name, "")
        return "" if words in _NOTHING else words


def status(matched: Matched, zones: Mapping[str, tzinfo]) -> PolicyStatus:
    """Make the record of `show license status` under Smart Licensing Using Policy."""
    document = _document(matched)
    document.need(TITLE, "status")
    document.need(_USAGE, *_DECISIVE)
    document.need(_TRUST)
    enabled = {"ENABLED": True, "DISABLED": False}.get(document.sections[TITLE]["status"])
    if enabled is None:
        raise ValueError(f"`Smart Licensing Using Policy:` is {document.sections[TITLE]['status']}")
    account, as_of = _account(document.value(_ACCOUNT, "smart_account"), zones)
    record = PolicyStatus(
        enabled=enabled,
        smart_account=account,
        virtual_account=document.value(_ACCOUNT, "virtual_account"),
        account_as_of=as_of,
        transport=document.value(_TRANSPORT, "transport"),
        transport_url=document.value(_TRANSPORT, "url")
        or document.value(_TRANSPORT, "cslu_address"),
        policy=_policy(document, zones),
        reporting=_reporting(document.sections[_USAGE], zones),
        trust=_trust(document, zones),
        other=tuple(hide_secrets(each) for each in document.other),
    )
    _agree(document, matched)
    return record


def _document(matched: Matched) -> _Document:
    """Sort the lines into their sections; refuse what is there twice or in the wrong place."""
    document = _Document()
    section = ""  # within a section that nxsl does not know, where every line is `other`
    for line, match in matched:
        found = {name: value for name, value in match.items() if name != "key"}
        if "smart_licensing" in found:
            raise ValueError(f"this is no line of `show license status`: {line}")
        if "section" in found:
            section = document.begin(found.pop("section").lower())
        if "other" in found or "inner" in found or not section:
            document.other.append(line)
            if line.endswith(":") and "inner" not in found:
                section = ""
        elif found:
            document.add(section, found, line)
    return document


def _account(words: str, zones: Mapping[str, tzinfo]) -> tuple[str, datetime | None]:
    """Tell the name from the date behind it; the name may hold the words `As of` itself."""
    name, as_of, when = words.rpartition(" As of ")
    return (name.rstrip(), values.date(when, zones)) if as_of else (words, None)


def _policy(document: _Document, zones: Mapping[str, tzinfo]) -> ReportingPolicy:
    words = document.value(_POLICY, "in_use")
    in_use, installed = words, None
    if found := re.fullmatch(r"(installed on) +(.+)", words, re.IGNORECASE):
        in_use, installed = found[1], values.date(found[2], zones)
    required = document.value(_POLICY, "ack_required")
    return ReportingPolicy(
        in_use=in_use,
        installed=installed,
        name=document.value(_POLICY, "name"),
        ack_required=_yes_or_no(required) if required else None,
        attributes=tuple(_attribute(each) for each in document.attributes),
    )


def _yes_or_no(words: str) -> bool:
    answer = {"yes": True, "no": False}.get(words.partition(" (")[0].lower())
    if answer is None:
        raise ValueError(f"`Reporting ACK required:` is {words!r}")
    return answer


_NUMBER_OF_DAYS = re.compile(r"([0-9]{1,5})(?: +\((.+)\))?")


def _attribute(fields: Mapping[str, str]) -> PolicyAttribute:
    days: dict[str, int] = {}
    origins: list[str] = []
    for name in _DAYS:
        if name not in fields:
            continue
        found = _NUMBER_OF_DAYS.fullmatch(fields[name])
        if not found:
            raise ValueError(f"{fields[name]!r} is not a number of days")
        days[name] = values.count(found[1])
        origins.append(found[2] or "")
    return PolicyAttribute(
        licenses=fields["licenses"],
        first_report=days.get("first_report"),
        frequency=days.get("frequency"),
        on_change=days.get("on_change"),
        origin=", ".join(dict.fromkeys(filter(None, origins))),
    )


# `30  days`, `0 (no reporting)`; behind it an agent 5.10 prints `State(4) InPolicy(60)`.
_INTERVAL = re.compile(
    r"([0-9]{1,5})(?: +days?| +\(no reporting\))*(?: +State\([0-9]+\) +InPolicy\([0-9]+\))?",
    re.IGNORECASE,
)


def _reporting(fields: Mapping[str, str], zones: Mapping[str, tzinfo]) -> UsageReporting:
    dates = {name: values.date_or_none(fields[name], zones) for name in _DATES if name in fields}
    interval = None
    if "push_interval" in fields:
        found = _INTERVAL.fullmatch(fields["push_interval"])
        if not found:
            raise ValueError(f"`Reporting push interval:` is {fields['push_interval']!r}")
        interval = values.count(found[1])
    return UsageReporting(push_interval=interval, **dates)


def _trust(document: _Document, zones: Mapping[str, tzinfo]) -> tuple[TrustCode, ...]:
    words = document.sections[_TRUST]["trust"]
    if bool(words) == bool(document.units):
        raise ValueError("`Trust Code Installed:` says nothing, or two things")
    if words:
        at = values.date_or_none(words, zones)
        return () if at is None else (TrustCode(installed=at),)
    found: list[TrustCode] = []
    for unit in document.units:
        if ("installed" in unit) == ("missing" in unit):
            raise ValueError(f"{unit['unit']} does not say whether its trust code is installed")
        if "installed" in unit:
            at = values.date(unit["installed"], zones)
            found.append(TrustCode(installed=at, unit=unit["unit"].capitalize(), udi=unit["udi"]))
    return tuple(found)


def _agree(document: _Document, matched: Matched) -> None:
    """Refuse the text where the second reader sees other words that decide."""
    usage = document.sections[_USAGE]
    trust = [document.sections[_TRUST]["trust"]]
    trust += [each["installed"] for each in document.units if "installed" in each]
    mine = tuple(
        " ".join(each.split()) for each in (*(usage[name] for name in _DECISIVE), *trust) if each
    )
    again = policy_words(tuple(line for line, _ in matched))
    if again != mine:
        raise ValueError(f"two readers differ: {mine} and {again}")
