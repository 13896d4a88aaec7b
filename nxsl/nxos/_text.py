"""What a switch printed, made ready for reading: lines without noise, or a `ParseError`.

Only noise that cannot change a value is taken away: line ends, blanks at both ends of a line
(copies of outputs on web pages lost the indentation, so it never carries meaning here), colours,
empty lines and whole syslog lines. Everything else that has no place in the output of a command,
such as control characters or a carriage return within a line, is refused: a terminal would show
something else than what is read.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NoReturn

from nxsl.core.errors import ParseError

MAX_CHARACTERS = 8_000_000
MAX_LINES = 20_000
MAX_LINE = 4_096
"""Far above what the commands print. They bound the time that a hostile text can take."""

# Colours (`m`) and "erase to the end of the line" (`K`) do not move the cursor.
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,16}[mK]")
_LINE_END = re.compile(r"\r*\n")
# `2018 Nov  8 12:47:05.724 Switch1 %LICMGR-3-...:` or `... Switch1 [11231]: ...`, as a terminal
# with `terminal monitor` shows between the lines of a command.
_SYSLOG = re.compile(
    r"[0-9]{4} [A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)? \S+ (?:%|\[[0-9])"
)
# `% Invalid command at '^' marker.`, `% Permission denied for the role`; over the exec channel
# of SSH `Syntax error while parsing '...'`.
_CLI_ERROR = re.compile(r"% ?(?![A-Z0-9_]+-[0-9]-)\S|Syntax error while parsing|Permission denied")


def refuse(command: str, why: str, text: str, *, remedy: str = "") -> NoReturn:
    """Raise the `ParseError` of `command`."""
    raise ParseError(f"`{command}`: {why}", command=command, text=text, remedy=remedy)


def clean(
    command: str,
    text: str,
    *,
    may_be_empty: bool = False,
    redrawn: bool = False,
    answer: re.Pattern[str] | None = None,
) -> tuple[str, ...]:
    """Give the lines of `text` that are not blank, without the blanks at their ends.

    Args:
        command: the command that printed the text.
        text: what it printed.
        may_be_empty: whether printing nothing is an answer, as it is for `| include ...`.
        redrawn: whether a carriage return begins a line anew, as in a progress bar.
        answer: a line that looks like a refusal of the command, yet is an answer to it.

    Raises:
        ParseError: the text is too long, empty, the refusal of a command, or holds control
            characters.
    """
    if len(text) > MAX_CHARACTERS:
        refuse(command, f"the text is longer than {MAX_CHARACTERS} characters", text[:MAX_LINE])
    plain = _without_colours(text)
    if redrawn:
        plain = plain.replace("\r", "\n")
    lines = [stripped for line in plain.split("\n") if (stripped := line.strip(" \t"))]
    if len(lines) > MAX_LINES:
        refuse(command, f"the text has more than {MAX_LINES} lines", text[:MAX_LINE])
    if lines and _is_ordinary(lines):
        return tuple(lines)
    _look_closely(command, text, lines, answer)
    kept = tuple(line for line in lines if not _SYSLOG.match(line))
    if not kept and not may_be_empty:
        refuse(command, "the text is empty", text)
    return kept


def _without_colours(text: str) -> str:
    """Take colours and carriage returns at line ends away; most texts have neither."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    if "\r" in text:
        text = _LINE_END.sub("\n", text).rstrip("\r")
    return text


# How each of `_CLI_ERROR` and `_SYSLOG` begins, and the mark below a mistake.
_NOTABLE = ("%", "^", "Syntax error", "Permission denied", *"0123456789")


def _is_ordinary(lines: list[str]) -> bool:
    """Whether no line needs a closer look; said of nearly every text, at a fraction of the cost."""
    return (
        max(map(len, lines)) <= MAX_LINE
        and "".join(lines).isprintable()
        and not any(line.startswith(_NOTABLE) for line in lines)
    )


def _look_closely(
    command: str, text: str, lines: list[str], answer: re.Pattern[str] | None
) -> None:
    """Refuse the text for its first line that no output of a command has."""
    for line in lines:
        if len(line) > MAX_LINE:
            refuse(command, f"a line is longer than {MAX_LINE} characters", line[:MAX_LINE])
        if _has_control_characters(line):
            refuse(command, "the text holds control characters", text)
        if answer and answer.fullmatch(line):
            continue
        if line == "^" or _CLI_ERROR.match(line):
            refuse(command, f"the switch refused the command: {line}", text)


def _has_control_characters(line: str) -> bool:
    return not line.isprintable() and any(
        unicodedata.category(each) in {"Cc", "Cs"} for each in line.replace("\t", " ")
    )
