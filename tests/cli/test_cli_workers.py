"""`--workers N|auto`."""

from __future__ import annotations

import pytest
import typer

from nxsl.cli.options import workers_of


@pytest.mark.parametrize(
    ("given", "workers"), [(None, None), ("auto", "auto"), ("1", 1), ("200", 200)]
)
def test_a_number_or_auto(given: str | None, workers: object) -> None:
    assert workers_of(given) == workers


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "many", ""])
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(typer.BadParameter, match="neither 1 or more nor auto"):
        workers_of(given)
