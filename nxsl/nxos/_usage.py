"""`show license usage` in its forms, and `show license`: matched lines to records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nxsl.core.records import (
    AuthorizationState,
    LicenseFile,
    LicenseState,
    LicenseUsage,
    LicenseUse,
    PakLicense,
    PakUsage,
)
from nxsl.nxos import _values as values
from nxsl.nxos._status import overall

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from nxsl.nxos._matched import Matched

# Proven by outputs: AUTHORIZED, EVAL MODE, IN USE, NOT IN USE; the others as above.
_LICENSE = {
    "INIT": LicenseState.INITIALIZED,
    "WAITING": LicenseState.WAITING,
    "AUTHORIZED": LicenseState.AUTHORIZED,
    "OUT OF COMPLIANCE": LicenseState.OUT_OF_COMPLIANCE,
    "OVERAGE": LicenseState.OVERAGE,
    "EVAL MODE": LicenseState.EVALUATION,
    "EVAL EXPIRED": LicenseState.EVALUATION_EXPIRED,
    "AUTH EXPIRED": LicenseState.AUTHORIZATION_EXPIRED,
    "AUTHORIZATION EXPIRED": LicenseState.AUTHORIZATION_EXPIRED,
    "GRACE EXPIRED": LicenseState.GRACE_PERIOD_EXPIRED,
    "DISABLED": LicenseState.DISABLED,
    "AUTHORIZED - RESERVED": LicenseState.RESERVED_AUTHORIZED,
    "RESERVED": LicenseState.RESERVED_AUTHORIZED,
    "INVALID TAG": LicenseState.INVALID_TAG,
    "NOT AUTHORIZED": LicenseState.NOT_AUTHORIZED,
    "Not Applicable": LicenseState.NOT_APPLICABLE,
    "NOT APPLICABLE": LicenseState.NOT_APPLICABLE,
    "IN USE": LicenseState.IN_USE,
    "NOT IN USE": LicenseState.NOT_IN_USE,
}


def usage(matched: Matched, zones: Mapping[str, tzinfo]) -> LicenseUsage | PakUsage:
    """Make the record of `show license usage`, of either form."""
    if "table" in matched[0][1]:
        return _pak_usage(matched)
    return _smart_usage(matched, zones)


def _smart_usage(matched: Matched, zones: Mapping[str, tzinfo]) -> LicenseUsage:
    if len(matched) < 2 or matched[0][1].get("section") is None:  # noqa: PLR2004
        raise ValueError(f"the first line is not `License Authorization:`: {matched[0][0]}")
    if "status" not in matched[1][1]:
        raise ValueError("`License Authorization:` lacks its line `status`")
    state, words, since = overall(matched[1][1]["status"], zones)
    rest = matched[2:]
    remaining = rest[0][1].get("evaluation_remaining") if rest else None
    if remaining is not None:
        rest = rest[1:]
    blocks, other, nothing = _blocks(rest)
    said_nothing = nothing == 1 or state is AuthorizationState.NO_LICENSES_IN_USE
    if nothing > 1 or said_nothing == bool(blocks):
        raise ValueError("neither licences nor the words that none is in use, or both")
    by_policy = state is AuthorizationState.NOT_APPLICABLE
    licenses = tuple(_license_use(block, by_policy=by_policy) for block in blocks)
    if len({each.tag for each in licenses}) != len(licenses):
        raise ValueError("a licence is there twice")
    # Agents that print words before the bracket repeat them as the description.
    other += [
        f"{each['title']} ({each['tag']}):"
        for each in blocks
        if each.get("title", each["description"]) != each["description"]
    ]
    return LicenseUsage(
        authorization=words,
        since=since,
        evaluation_remaining=None if remaining is None else values.evaluation(remaining),
        licenses=licenses,
        other=tuple(other),
    )


def _blocks(matched: Matched) -> tuple[list[dict[str, str]], list[str], int]:
    """Give the blocks of the licences, unknown lines, and how often it says that there is none."""
    blocks: list[dict[str, str]] = []
    other: list[str] = []
    nothing = 0
    for line, match in matched:
        if "tag" in match:
            blocks.append(dict(match))
        elif "nothing" in match:
            nothing += 1
        elif "other" in match:
            other.append(line)
        elif not blocks or not match.keys() <= _LICENSE_FIELDS:
            raise ValueError(f"a line stands where it does not belong: {line}")
        elif match.keys() & blocks[-1].keys():
            raise ValueError(f"a line is there twice in ({blocks[-1]['tag']}): {line}")
        else:
            blocks[-1].update(match)
    return blocks, other, nothing


_LICENSE_FIELDS = frozenset(
    {"description", "count", "version", "status", "enforcement", "license_type"}
)


def _license_use(block: Mapping[str, str], *, by_policy: bool) -> LicenseUse:
    # Under Smart Licensing the last two lines are not proven for NX-OS; by policy they are.
    needed = ("count", "version", "status", *(("enforcement", "license_type") if by_policy else ()))
    for name in needed:
        if not block.get(name):
            raise ValueError(f"({block['tag']}) lacks its line `{name.replace('_', ' ')}`")
    if "description" not in block:
        raise ValueError(f"({block['tag']}) lacks its line `description`")
    return LicenseUse(
        tag=block["tag"],
        state=_LICENSE.get(block["status"], LicenseState.UNKNOWN),
        status=block["status"],
        count=values.count(block["count"]),
        description=block["description"],
        version=block["version"],
        enforcement=block.get("enforcement", ""),
        license_type=block.get("license_type", ""),
    )


# `Never       -`, `-`, `Grace 119D 22H`. How a date of expiry is printed is not proven.
_EXPIRY = re.compile(
    r"(?P<expiry>(?i:never)|[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}|[A-Z][a-z]{2} [0-9]{1,2} [0-9]{4})"
    r"(?: +(?P<comments>\S.*))?"
)
_RULERS = 2


def _pak_usage(matched: Matched) -> PakUsage:
    kinds = [next(iter(match)) for _, match in matched]
    rows = kinds[3:-1]
    if kinds[:3] != ["table", "table_more", "ruler"] or kinds.count("ruler") != _RULERS:
        raise ValueError("the table has not its header and two rulers")
    if kinds[-1] != "ruler" or not rows or set(rows) != {"feature"}:
        raise ValueError("the table has a row that is none, or no end")
    licenses = tuple(_pak_license(match) for _, match in matched[3:-1])
    if len({each.feature for each in licenses}) != len(licenses):
        raise ValueError("a licence is there twice")
    return PakUsage(licenses=licenses)


def _pak_license(match: Mapping[str, str]) -> PakLicense:
    found = _EXPIRY.fullmatch(match["rest"])
    expiry = found["expiry"] if found else ""
    comments = (found["comments"] or "") if found else match["rest"]
    if found and not comments:
        raise ValueError(f"{match['feature']} has no comment, not even `-`")
    remaining = None
    if comments.startswith("Grace ") and re.search("[0-9]", comments):
        remaining = values.grace(comments.removeprefix("Grace "))
    return PakLicense(
        feature=match["feature"],
        installed=match["installed"] == "Yes",
        count=None if match["licenses"] == "-" else values.count(match["licenses"]),
        status=match["use"],
        expiry=expiry,
        comments="" if comments == "-" else comments,
        grace_remaining=remaining,
    )


def files(matched: Matched) -> tuple[LicenseFile, ...]:
    """Make the records of `show license`: the licence files, with the features they license."""
    found: list[tuple[str, list[str]]] = []
    statement = ""
    for line, match in (*matched, ("", {"file": ""})):
        goes_on = statement.endswith("\\")
        if goes_on and "other" in match:
            statement = statement[:-1] + line
            continue
        if goes_on or (statement and "SIGN=" not in statement):
            raise ValueError("a statement of a licence file is cut")
        statement = ""
        if "file" in match:
            if found and not found[-1][1]:
                raise ValueError(f"the licence file {found[-1][0]} licenses nothing")
            found.append((match["file"], []))
        elif "other" in match or not found:
            raise ValueError(f"a line is no part of a licence file: {line}")
        elif "feature" in match:
            found[-1][1].append(match["feature"])
            statement = line
    del found[-1]
    names = [name for name, _ in found]
    if not names or len(set(names)) != len(names):
        raise ValueError("there is no licence file, or one is there twice")
    return tuple(LicenseFile(name=name, features=tuple(features)) for name, features in found)
