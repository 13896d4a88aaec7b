"""JSON that nxsl wrote and reads again: one object, nothing in it twice, and a digest of it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NoReturn

from nxsl.core.plain import Mismatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def read_object(text: str, what: str) -> dict[str, Any]:
    """Read a text that is one JSON object.

    Args:
        text: the text.
        what: what it should be, such as `snapshot`.

    Raises:
        Mismatch: it is none; the message shows nothing of it.
    """
    try:
        found = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Mismatch(f"line {error.lineno}: cannot be read as JSON") from None
    except Mismatch:
        raise
    except (ValueError, RecursionError):  # too long a number, too deep a nesting
        raise Mismatch("cannot be read as JSON") from None
    if not isinstance(found, dict):
        raise Mismatch(f"is no {what} of nxsl")
    return found


def require_text(payload: Mapping[str, object], name: str) -> str:
    """Give a field that must be a text.

    Raises:
        Mismatch: it is none.
    """
    found = payload[name]
    if not isinstance(found, str):
        raise Mismatch(f"{name}: must be a text")
    return found


def digest_of(payload: Mapping[str, object]) -> str:
    """SHA-256 in hexadecimal digits; the order of fields does not matter."""
    plain = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _no_doubles(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Mismatch("a field is there twice")
        found[name] = value
    return found


def _no_constant(_word: str) -> NoReturn:
    raise Mismatch("a number is none")
