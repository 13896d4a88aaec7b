"""Text from a switch, made safe to show."""

from __future__ import annotations

import unicodedata

# Bidirectional and zero-width marks can make one word look like another; U+2028 and U+2029 end a
# line for some readers.
_SHOWN_AS_CODES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""Show control and invisible characters as codes; line ends and tabs stay.

    A switch, or whoever answers in its place, must not be able to move the cursor of a terminal,
    set its title, or hide a character inside a word of state.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\x{ord(each):02x}"
        if each not in "\n\t" and unicodedata.category(each) in _SHOWN_AS_CODES
        else each
        for each in text
    )
