"""Smart Licensing Using Policy beside its status: exchanges, usage reports, the UDI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nxsl.core.policy_records import Exchange, Exchanges, RumReport, Udi
from nxsl.core.secret import redact_tokens
from nxsl.nxos import _values as values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from nxsl.nxos._matched import Matched

_LINES = ("total", "response", "failure_reason", "last_success", "last_failure")
_PREAMBLE = frozenset({"level", "overall"})
_NOTHING = frozenset({"", "<none>", "<empty>"})


def exchanges(matched: Matched, zones: Mapping[str, tzinfo]) -> Exchanges:
    """Make the record of the communication statistics; nothing else of the text is looked at.

    They must be whole: each kind of message has all of its lines once, and the title of another
    part, with a ruler below it, follows.
    """
    blocks: list[dict[str, str]] = []
    for line, match in _statistics(matched):
        found = {name: value for name, value in match.items() if name != "key"}
        if "name" in found:
            blocks.append(found)
        elif not blocks and found.keys() <= _PREAMBLE:
            continue
        elif not blocks or not found.keys() & set(_LINES):
            raise ValueError(f"this is no line of the communication statistics: {line}")
        elif found.keys() & blocks[-1].keys():
            raise ValueError(f"a line is there twice in `{blocks[-1]['name']}:`: {line}")
        else:
            blocks[-1].update(found)
    record = Exchanges(exchanges=tuple(_exchange(each, zones) for each in blocks))
    if not blocks or len({each.name for each in record.exchanges}) != len(blocks):
        raise ValueError("the communication statistics name no message, or one twice")
    return record


def _statistics(matched: Matched) -> Matched:
    """Give the lines between the ruler below `Communication Statistics:` and the next title."""
    begin = [at for at, (_, match) in enumerate(matched) if "begin" in match]
    rulers = [at for at, (_, match) in enumerate(matched) if "ruler" in match]
    if len(begin) != 1 or begin[0] + 1 not in rulers:
        raise ValueError("`Communication Statistics:` with its ruler is not there exactly once")
    end = next((at for at in rulers if at > begin[0] + 1), None)
    if end is None:
        raise ValueError("the text ends within, or right behind, the communication statistics")
    return matched[begin[0] + 2 : end - 1]


def _exchange(block: Mapping[str, str], zones: Mapping[str, tzinfo]) -> Exchange:
    for name in _LINES:
        if not block.get(name):
            raise ValueError(f"`{block['name']}:` lacks its line `{name.replace('_', ' ')}`")
    response, at = block["response"], None
    if found := re.fullmatch(r"(\S.*) on (\S+ .+)", response):
        response, at = found[1], values.date(found[2], zones)
    return Exchange(
        name=block["name"],
        total=values.count(block["total"]),
        succeeded=values.count(block["succeeded"]),
        failed=values.count(block["failed"]),
        response="" if response in _NOTHING else redact_tokens(response),
        response_at=at,
        # The backend quotes the token that it refuses.
        failure_reason=redact_tokens(_words(block["failure_reason"])),
        last_success=_date(block["last_success"], zones),
        last_failure=_date(block["last_failure"], zones),
    )


def _words(value: str) -> str:
    return "" if value in _NOTHING else value


def _date(words: str, zones: Mapping[str, tzinfo]) -> datetime | None:
    return values.date_or_none(words, zones)


def rum_reports(matched: Matched) -> tuple[RumReport, ...]:
    """Make the records of `show license rum id all`; a table without rows has none."""
    lines = [(line, match) for line, match in matched if not match.keys() & {"load", "source"}]
    kinds = [next(iter(match)) for _, match in lines]
    if kinds[:3] != ["title", "ruler", "header"]:
        raise ValueError("the table has not its title and header")
    found: list[RumReport] = []
    for line, match in lines[3:]:
        if "report_id" not in match:
            raise ValueError(f"this is no row of the table: {line}")
        found.append(
            RumReport(
                report_id=match["report_id"],
                state=match["state"],
                flag=match["flag"],
                feature=match["feature"],
            )
        )
    if len({each.report_id for each in found}) != len(found):
        raise ValueError("a report is there twice")
    return tuple(found)


def udi(matched: Matched) -> Udi:
    """Make the record of `show license udi`: that of the active unit."""
    (line, first), *rest = matched
    if "pid" not in first:
        raise ValueError(f"this is no UDI: {line}")
    record = Udi(pid=first["pid"], serial=first["serial"])
    units = [match for _, match in rest]
    if units and "list" not in units[0]:
        raise ValueError(f"this line is not known: {rest[0][0]}")
    for line, match in rest[1:]:
        if not match.keys() & {"active", "standby", "member"}:
            raise ValueError(f"this line is not known: {line}")
    active = ["".join(match["active"].split()) for match in units if "active" in match]
    if units and active != [str(record)]:
        raise ValueError("the active unit is not the one that the switch names first")
    return record
