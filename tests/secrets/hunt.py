"""Looks for planted secrets in whatever a run leaves behind, in every coating they may have."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PIECE = 12


def coatings(secret: str) -> dict[str, bytes]:
    """The secret as logs, files and tracebacks may hold it."""
    raw = secret.encode()
    return {
        "raw": raw,
        "repr": repr(secret)[1:-1].encode(),
        "bytes repr": repr(raw)[2:-1].encode(),
        "re.escape": re.escape(secret).encode(),
        "repr of re.escape": repr(re.escape(secret))[1:-1].encode(),
        "json": json.dumps(secret)[1:-1].encode(),
        "url": quote(secret, safe="").encode(),
        "unquoted url": unquote(secret).encode(),
        "html": html.escape(secret).encode(),
        "base64": base64.b64encode(raw).rstrip(b"="),
        "hex": raw.hex().encode(),
        "utf-16": secret.encode("utf-16-le"),
        **{
            f"piece {start}": secret[start : start + PIECE].encode()
            for start in range(max(len(secret) - PIECE + 1, 0))
        },
    }


def finds(secrets: Mapping[str, str], artefacts: Mapping[str, bytes]) -> Iterator[str]:
    """Name each secret that stands in an artefact, with its coating."""
    for name, secret in secrets.items():
        for coating, needle in coatings(secret).items():
            for artefact, content in artefacts.items():
                if needle in content:
                    yield f"{name} as {coating} in {artefact}"
