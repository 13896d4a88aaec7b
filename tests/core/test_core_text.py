"""No character of a switch's text may act on the terminal or hide in a word."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxsl.core.text import visible


@pytest.mark.parametrize(
    "text", ["", "REGISTERED", "two\nlines\tand a tab", "Köln", "東京", "naïve café", "🙂"]
)
def test_a_text_without_hidden_characters_is_left(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("over\rwritten", r"over\x0dwritten"),
        ("back\b\b", r"back\x08\x08"),
        ("nul\0", r"nul\x00"),
        ("del\x7f", r"del\x7f"),
        ("\x9b31m", r"\x9b31m"),
        ("UN\u200bREGISTERED", r"UN\x200bREGISTERED"),
        ("\u202eDERETSIGER", r"\x202eDERETSIGER"),
        ("\u2066x\u2069", r"\x2066x\x2069"),
        ("\ufeffbom", r"\xfeffbom"),
        ("soft\u00adhyphen", r"soft\xadhyphen"),
        ("line\u2028end\u2029", r"line\x2028end\x2029"),
        ("\ud800", r"\xd800"),
        ("\ue000", r"\xe000"),
    ],
)
def test_a_hidden_character_is_shown_as_its_code(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_what_is_shown_has_no_hidden_character(text: str) -> None:
    shown = visible(text)
    assert all(each in "\n\t" or unicodedata.category(each)[0] != "C" for each in shown)
    assert len(shown.splitlines()) <= text.count("\n") + 1
    assert visible(shown) == shown
