"""What was read of one switch, as a text to be kept and compared with later.

JSON with readable dates, a format number, and a digest of all the rest, so that a file that was
changed after nxsl had written it is noticed. `nxsl.fleet.snapshots` keeps the files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import nxsl
from nxsl.core.errors import IntentError, SnapshotError
from nxsl.core.intent import LicensingIntent, PolicyIntent, Proxy, read_intent
from nxsl.core.json_text import digest_of, read_object, require_text
from nxsl.core.plain import Mismatch, Plain, from_plain, require_names, to_plain
from nxsl.core.state import SwitchState

FORMAT = 1
"""The number of the format; another one is refused."""

_FIELDS = ["format", "taken_by", "host", "state", "intent", "sha256"]
_AGAIN = "take the snapshot again: nxsl upgrade snapshot --replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was read of one host at one time.

    Attributes:
        host: the inventory's name of the switch.
        state: what was read.
        intent: what the inventory said about it then; None where it said nothing.
        taken_by: the version of nxsl.
        format: the number of the format.
    """

    host: str
    state: SwitchState
    intent: LicensingIntent | None = None
    taken_by: str = nxsl.__version__
    format: int = FORMAT


def to_json(snapshot: Snapshot) -> str:
    """Give a snapshot as text: JSON in plain ASCII, the same text for the same snapshot."""
    payload: dict[str, Plain] = {
        "format": snapshot.format,
        "taken_by": snapshot.taken_by,
        "host": snapshot.host,
        "state": to_plain(snapshot.state),
        "intent": snapshot.intent.model_dump(mode="json") if snapshot.intent else None,
    }
    return json.dumps({**payload, "sha256": digest_of(payload)}, indent=2) + "\n"


def from_json(text: str, *, source: str = "the snapshot") -> Snapshot:
    """Read what `to_json` gave.

    Args:
        text: the text.
        source: what messages call it, such as a file's name.

    Raises:
        SnapshotError: it is not whole, not of this format, or was changed. The message names the
            field and shows no value.
    """
    try:
        return _snapshot(_payload(text))
    except Mismatch as mismatch:
        raise SnapshotError(f"{source}: {mismatch}", remedy=_AGAIN) from None


def _snapshot(payload: dict[str, Any]) -> Snapshot:
    made = Snapshot(
        host=require_text(payload, "host"),
        state=from_plain(SwitchState, payload["state"], "state"),
        intent=_intent(payload["intent"]),
        taken_by=require_text(payload, "taken_by"),
    )
    # Last: a field that is wrong is named before it is said that something was changed.
    if payload.pop("sha256") != digest_of(payload):
        raise Mismatch("sha256: does not fit: the text was changed after nxsl had written it")
    return made


def _payload(text: str) -> dict[str, Any]:
    found = read_object(text, "snapshot")
    number = found.get("format")
    if type(number) is int and number != FORMAT:
        raise Mismatch(f"format: is {number}; this nxsl reads {FORMAT}")
    require_names(_FIELDS, found, "snapshot")
    if type(number) is not int:
        raise Mismatch("format: must be a whole number")
    return found


def _intent(plain: object) -> LicensingIntent | None:
    if plain is None:
        return None
    if not isinstance(plain, dict):
        raise Mismatch("intent: must be an object")
    for where, model, part in (
        ("intent", LicensingIntent, plain),
        ("intent.proxy", Proxy, plain.get("proxy")),
        ("intent.policy", PolicyIntent, plain.get("policy")),
    ):
        if isinstance(part, dict):
            require_names(list(model.model_fields), part, where)
    try:
        made = read_intent("", plain)
    except IntentError as error:  # its message names the fields and shows no value
        raise Mismatch(f"intent: {error.message}") from None
    if made.model_dump(mode="json") != plain:
        raise Mismatch("intent: must be as nxsl writes it, with every field")
    return made
