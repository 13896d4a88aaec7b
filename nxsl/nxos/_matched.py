"""The type that stands between the templates and the records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Matched: TypeAlias = tuple[tuple[str, Mapping[str, str]], ...]
"""Every line of a text, with what its template made of it: names and values, or `other`."""
