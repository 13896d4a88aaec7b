"""`docs/outcomes.md` says what the code says."""

from __future__ import annotations

from pathlib import Path

from nxsl.core.outcome import Outcome
from nxsl.core.reason_words import reason_words
from nxsl.core.run_records import RunState

TEXT = (Path(__file__).parents[2] / "docs" / "outcomes.md").read_text(encoding="utf-8")


def test_every_outcome_has_its_row() -> None:
    for outcome in Outcome:
        assert f"| `{outcome}` | {'yes' if outcome.good else 'no'} |" in TEXT


def test_every_reason_has_its_sentence_and_there_is_no_other() -> None:
    rows = [f"| `{word}` | {words} |" for word, words in reason_words().items()]
    assert TEXT.split("| reason | what it means |\n|---|---|\n")[1].splitlines() == rows


def test_every_state_of_a_run_has_its_row() -> None:
    assert all(f"| `{state}` |" in TEXT for state in RunState)
