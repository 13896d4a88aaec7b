"""Checkpoints, rollbacks and their patches: matched lines to records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nxsl.core.checkpoint_records import (
    Checkpoint,
    CheckpointReply,
    RollbackPatch,
    RollbackReply,
)

if TYPE_CHECKING:
    from nxsl.nxos._matched import Matched

# How a refusal sounds; only that about FCoE was seen.
_REFUSAL = re.compile(
    r"(?i)\b(?:errors?|failed|failure|invalid|already|exists?|max(?:imum)?|limit|exceed\w*|busy|"
    r"in progress|disabl\w+|not (?:found|allowed|supported|permitted))\b"
)
_SENTENCES = 3  # more than that is no refusal but some other text
_PARTS = ("made_by", "made_at", "size", "description")


def reply(matched: Matched) -> CheckpointReply:
    """Make the record of the answer to `checkpoint` or `no checkpoint`."""
    words = " ".join(line for line, _ in matched)
    if all("done" in match for _, match in matched) and len(matched) <= 1:
        return CheckpointReply(done=True, words=words)
    if len(matched) > _SENTENCES or not _REFUSAL.search(words):
        raise ValueError("the answer is neither the known one nor a known refusal")
    return CheckpointReply(done=False, words=words)


def summary(matched: Matched) -> tuple[Checkpoint, ...]:
    """Make the records of `show checkpoint summary`; every checkpoint must be whole."""
    found: list[dict[str, str]] = []
    for line, match in matched:
        if "number" in match:
            found.append({"number": match["number"], "name": match["name"]})
        elif "key" in match and found:
            (part,) = match.keys() - {"key"}
            if part in found[-1]:
                raise ValueError(f"a line is there twice: {line}")
            found[-1][part] = match[part]
        elif not match.keys() & {"heading", "ruler"}:
            raise ValueError(f"this is no line of a checkpoint: {line}")
    if matched and not found:
        raise ValueError("there are headings and no checkpoint")
    if [each["number"] for each in found] != [str(n + 1) for n in range(len(found))]:
        raise ValueError("the checkpoints are not numbered one by one")
    if len({each["name"] for each in found}) != len(found):
        raise ValueError("a name is there twice")
    return tuple(_checkpoint(each) for each in found)


def _checkpoint(found: dict[str, str]) -> Checkpoint:
    for part in _PARTS:
        if part not in found:
            raise ValueError(f"the checkpoint {found['name']} lacks its line `{part}`")
    if not re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})*|[0-9]+", found["size"]):
        raise ValueError(f"{found['size']} is not a number of bytes")
    return Checkpoint(
        name=found["name"],
        made_by=found["made_by"],
        made_at=found["made_at"],
        size=int(found["size"].replace(",", "")),
        description=found["description"],
    )


def rollback_reply(matched: Matched) -> RollbackReply:
    """Make the record of the answer to `rollback running-config`.

    Success is the last line and the only one of its kind, and nothing failed before it.
    """
    failures = [line for line, match in matched if "failed" in match]
    if failures:
        return RollbackReply(succeeded=False, words=failures[0])
    for line, match in matched:
        if "other" in match:
            raise ValueError(f"this line is not known: {line}")
    endings = [line for line, match in matched if "done" in match]
    if len(endings) != 1 or "done" not in matched[-1][1]:
        raise ValueError("the answer does not end with the success of the rollback")
    return RollbackReply(succeeded=True, words=endings[0])


_COMPLAINT = re.compile(r"(?i)(?:error|failed|could not|cannot|unable)\b")


def patch(matched: Matched) -> RollbackPatch:
    """Make the record of `show diff rollback-patch`.

    Behind its one head it has lines, or says that there are none; a text that does neither is cut.
    """
    kinds = [next(iter(match)) for _, match in matched]
    if kinds.count("head") != 1:
        raise ValueError("there is not one head of a patch")
    at = kinds.index("head")
    _require_preparation(kinds[:at])
    body = [(line, kind) for (line, _), kind in zip(matched, kinds, strict=True)][at + 1 :]
    lines = tuple(line for line, kind in body if kind == "other")
    empty = [line for line, kind in body if kind == "empty"]
    if {kind for _, kind in body} - {"other", "empty", "mark"} or bool(lines) == bool(empty):
        raise ValueError("behind the head there is neither a patch nor that it is empty")
    if len(empty) > 1:
        raise ValueError("a line is there twice")
    if any(_COMPLAINT.match(line) for line in lines):
        raise ValueError("the patch holds a complaint")
    return RollbackPatch(lines=lines)


def _require_preparation(kinds: list[str]) -> None:
    """Before the head nothing but its preparation; the switch profile has an empty patch."""
    if set(kinds) - {"collecting", "profile", "empty", "note", "mark"}:
        raise ValueError("there is another line before the head of the patch")
    if kinds.count("profile") != kinds.count("empty"):
        raise ValueError("the patch of the switch profile is not empty")
