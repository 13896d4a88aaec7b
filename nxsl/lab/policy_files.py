"""The files that a switch and its licence server exchange by hand: reports, answers, trust.

The shape is the lab's own (no source shows NX-OS's): a text with a head, one element a line and a
signature over what stands before it. A usage report holds one line of more than 2000 characters
and one that is not ASCII, so that a copy that is not exact to the byte does not verify.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SAMPLES = 96  # a day of measurements, one every 15 minutes
_COMMENT = "Rapport d'utilisation · Nutzungsbericht für Größen über 100 %"
_FRAME = re.compile(
    r"<smartLicense>\n<(?P<kind>\w+)>\n(?P<body>.*)</(?P=kind)>\n"
    r"<signature>(?P<signature>[0-9a-f]{64})</signature>\n</smartLicense>\n",
    re.DOTALL,
)
_ELEMENT = re.compile(r"^<(?P<name>\w+)>(?P<value>.*)</(?P=name)>$", re.MULTILINE)


class FileKind(StrEnum):
    """What a file is, by the name of its element."""

    REPORT = "RUMReport"
    ACK = "RUMReportACK"
    POLICY = "Policy"
    TRUST_REQUEST = "TrustRequest"
    TRUST = "TrustCode"


class Unreadable(ValueError):
    """The bytes are no such file."""


class Damaged(ValueError):
    """The signature does not fit the bytes."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file, understood.

    Attributes:
        kind: What it is.
        fields: Its elements, in order, by name.
    """

    kind: FileKind
    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> tuple[str, ...]:
        """Give every value of a name."""
        return tuple(value for known, value in self.fields if known == name)

    def one(self, name: str) -> str:
        """Give the first value of a name, or nothing."""
        return next(iter(self.all(name)), "")


@dataclass(frozen=True, slots=True)
class Measured:
    """One usage report as it stands in a file."""

    number: int
    tag: str
    count: int


def write(kind: FileKind, *fields: tuple[str, str]) -> bytes:
    """Put elements into a signed file."""
    lines = "".join(f"<{name}>{value}</{name}>\n" for name, value in fields)
    body = f"<{kind}>\n{lines}</{kind}>\n"
    signature = _sign(body)
    text = f"<smartLicense>\n{body}<signature>{signature}</signature>\n</smartLicense>\n"
    return text.encode()


def read(data: bytes) -> Document:
    """Understand a file.

    Raises:
        Unreadable: If it is none.
        Damaged: If it was changed on its way.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Damaged("the bytes are no text") from error
    frame = _FRAME.fullmatch(text)
    if frame is None or frame["kind"] not in set(FileKind):
        raise Unreadable("the text is no licensing file")
    kind = FileKind(frame["kind"])
    if _sign(f"<{kind}>\n{frame['body']}</{kind}>\n") != frame["signature"]:
        raise Damaged("the signature does not fit")
    found = tuple((m["name"], m["value"]) for m in _ELEMENT.finditer(frame["body"]))
    return Document(kind, found)


def _sign(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def usage_report(udi: str, reports: Sequence[Measured]) -> bytes:
    """Write usage reports; the same switch in the same state writes the same bytes."""
    measured = json.dumps(
        [
            {
                "report": entry.number,
                "entitlement": entry.tag,
                "measurements": [
                    {"interval": 900, "start": 900 * n, "value": entry.count}
                    for n in range(_SAMPLES)
                ],
            }
            for entry in reports
        ]
    )
    return write(
        FileKind.REPORT,
        ("udi", udi),
        ("comment", _COMMENT),
        *(("report", str(entry.number)) for entry in reports),
        ("payload", measured),
    )


def acknowledgement(report: bytes) -> bytes:
    """Answer a usage report as the licence server does.

    Raises:
        Unreadable: If it is no usage report.
        Damaged: If it was changed on its way.
    """
    document = _expect(report, FileKind.REPORT)
    numbers = (("report", number) for number in document.all("report"))
    return write(FileKind.ACK, ("udi", document.one("udi")), *numbers)


def policy(name: str) -> bytes:
    """Write the policy of an account; it fits every switch."""
    return write(FileKind.POLICY, ("name", name))


def trust_request(udi: str) -> bytes:
    """Write a request for a trust code."""
    return write(FileKind.TRUST_REQUEST, ("udi", udi))


def trust_code(request: bytes, smart_account: str, virtual_account: str) -> bytes:
    """Answer a request for a trust code.

    Raises:
        Unreadable: If it is no such request.
        Damaged: If it was changed on its way.
    """
    document = _expect(request, FileKind.TRUST_REQUEST)
    return write(
        FileKind.TRUST,
        ("udi", document.one("udi")),
        ("smart_account", smart_account),
        ("virtual_account", virtual_account),
    )


def _expect(data: bytes, kind: FileKind) -> Document:
    document = read(data)
    if document.kind is not kind:
        raise Unreadable(f"the file is a {document.kind}, not a {kind}")
    return document
