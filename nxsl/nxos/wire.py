"""What NX-OS sends over a terminal session: prompts, echo, pager, questions, refusals.

Pure text functions; `session` does the talking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.core.secret import MASK, redact, redact_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nxsl.core.secret import Token

# Only these brackets are modes: a hostname may hold brackets of its own.
_MODES = r"(?:\((?:config|maint-mode|boot)[^()\r\n]*\))*"

_FIRST_PROMPT = re.compile(rf"(?P<host>[^\r\n]+?)(?P<mode>{_MODES})# ?\Z", re.ASCII)
_BEHIND_HOSTNAME = re.compile(rf"(?P<mode>{_MODES})# ?", re.ASCII)

MORE = "--More--"
PAGER = re.compile(rf"{MORE}[ \t]*\Z")
_PAGER_REMAINS = re.compile(r"--More--[ \t]*(?:\x08[ \x08]*|\r[ \t]*\r)?")

QUESTION = re.compile(
    r"(?:\(y/n\)|\[y/n\]|\(yes/no\)|\[yes/no\])[?: ]*(?:\[\w*\])?[?: ]*\Z", re.IGNORECASE
)

# Cursor movement and colour, operating system commands, single-character escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_=>78c])")

# The head of a log line that `terminal monitor` printed behind a prompt.
_LOG_LINE = re.compile(r"\d{4} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d", re.ASCII)

# Words of refusal that NX-OS prints anywhere; the caret line above them is part of the evidence.
_REFUSALS = re.compile(
    r"% ?(?:Invalid|Incomplete|Ambiguous) \w+|% ?Permission denied|% ?Error|"
    r"Syntax error while parsing|Cannot execute command|command authorization failed",
    re.IGNORECASE,
)
# One of these is in each of them: a look for it costs a fortieth of the pattern.
_IN_REFUSALS = ("%", "syntax error", "cannot execute", "authorization failed")
# At the start of a line of a reply that should have none, any of these is a refusal too.
_COMPLAINTS = re.compile(r"^(?:% ?\w|ERROR\b|Error\b|Failed\b|Could not\b|Cannot\b)", re.MULTILINE)
# The line itself was none, so that nothing of it was done; or words were missing in it.
_NO_COMMAND = re.compile(r"% ?Invalid command\b", re.IGNORECASE)
_INCOMPLETE = re.compile(r"% ?Incomplete command\b", re.IGNORECASE)
_DENIALS = re.compile(r"permission denied|authorization failed", re.IGNORECASE)

# What may be shown of a refusal whose reply may hold a secret: fixed phrases and nothing around.
_SAFE = re.compile(
    r"% ?(?:Invalid|Incomplete|Ambiguous) (?:command|parameter|number|range|value)\b|"
    r"% ?Permission denied|Syntax error while parsing|Cannot execute command|"
    r"command authorization failed",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt taken apart.

    Attributes:
        hostname: what stands before the mode and `#`.
        mode: such as `(config-callhome)`; empty in exec mode.
    """

    hostname: str
    mode: str


@dataclass(frozen=True, slots=True)
class SecretCommand:
    """A command with a token in it; shown masked everywhere.

    Attributes:
        before: the words before the token, with the blank behind them.
        after: the words behind the token, with the blank before them.
    """

    before: str
    token: Token
    after: str = ""

    def reveal(self) -> str:
        """Give the command as it is typed."""
        return f"{self.before}{self.token.reveal()}{self.after}"

    def __str__(self) -> str:
        return f"{self.before}{MASK}{self.after}"


def read_prompt(line: str) -> Prompt | None:
    """Take the last line of the terminal apart; None where it is no prompt."""
    found = _FIRST_PROMPT.fullmatch(line)
    return Prompt(found["host"], found["mode"]) if found else None


class OwnPrompt:
    """Finds one switch's own prompt, in any mode, at the start of a line.

    Nothing is compiled for a switch: that would cost more than all the looking for its prompt.
    """

    __slots__ = ("hostname",)

    def __init__(self, hostname: str) -> None:
        self.hostname = hostname

    def at(self, text: str, start: int) -> re.Match[str] | None:
        """The mode and the end of the prompt that begins at `start`; None where none does."""
        if not text.startswith(self.hostname, start) or (start and text[start - 1] not in "\r\n"):
            return None
        return _BEHIND_HOSTNAME.match(text, start + len(self.hostname))

    def all_in(self, text: str, start: int = 0) -> Iterator[tuple[int, re.Match[str]]]:
        """Where each prompt from `start` on begins, and its mode and end."""
        while (start := text.find(self.hostname, start)) >= 0:
            found = self.at(text, start)
            if found is not None:
                yield start, found
            start = found.end() if found is not None else start + 1

    def ends(self, text: str) -> bool:
        """Whether the last line is the prompt and nothing else."""
        start = max(text.rfind("\n"), text.rfind("\r")) + 1
        found = self.at(text, start)
        return found is not None and found.end() == len(text)


class Echo:
    """The echo of a command, also where the terminal wrapped or repainted it.

    It holds the command's secret, so it shows itself as nothing but its name: a traceback with
    local variables must not tell more.
    """

    __slots__ = ("_pattern", "_typed")

    def __init__(self, command: str | SecretCommand) -> None:
        self._typed = command.reveal() if isinstance(command, SecretCommand) else command
        self._pattern: re.Pattern[str] | None = None

    def end_in(self, text: str) -> int | None:
        """Where the echo ends in `text`; None where it is not there."""
        if text.startswith(self._typed):
            return len(self._typed)
        # Later in the text, what looks like the echo may be a quotation behind a wrapped one.
        if len(text) < len(self._typed):
            return None
        if self._pattern is None:  # rarely needed, and dear to make
            self._pattern = re.compile(r"(?: ?[\r\n]|\x08)*".join(map(re.escape, self._typed)))
        found = self._pattern.search(text)
        return found.end() if found else None


def tidy(raw: str) -> str:
    """Resolve pager remains, escapes and line ends; nothing else is dropped."""
    text = _ESCAPES.sub("", _PAGER_REMAINS.sub("", raw))
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")


def reply_of(raw: str, *, echo: Echo, fence: str, prompt: OwnPrompt) -> str:
    """Cut the reply behind `echo` out of everything received up to the prompt behind `fence`.

    The fence and the prompts before and behind it are dropped wherever they stand, since a switch
    may echo the fence before the reply has ended. Prompt-like text elsewhere stays, and so do log
    lines, which the parsers know how to drop.
    """
    text = tidy(raw)
    echo_end = echo.end_in(text)
    if echo_end is not None:
        line_end = text.find("\n", echo_end)
        text = text[line_end + 1 :] if line_end >= 0 else ""
    return trimmed(_without(text, fence, prompt), prompt)


def trimmed(text: str, prompt: OwnPrompt) -> str:
    """A reply without the prompts at its end, and without those that a log line stands behind."""
    while prompt.ends(text):
        text = text[: text.rfind("\n") + 1].rstrip("\n")
    kept, end = [], 0
    for start, found in prompt.all_in(text):
        if _LOG_LINE.match(text, found.end()):
            kept.append(text[end:start])
            end = found.end()
    return "".join((*kept, text[end:])).strip("\n")


def _without(text: str, fence: str, prompt: OwnPrompt) -> str:
    """Without the fence's lines, and the prompts that they stand behind."""
    kept, end = [], 0
    while (place := text.find(fence, end)) >= 0:
        start = text.rfind("\n", 0, place) + 1
        found = prompt.at(text, start) if start >= end else None
        kept.append(text[end : start if found is not None and found.end() == place else place])
        end = place + len(fence)
        end += text.startswith("\n", end)
    return "".join((*kept, text[end:]))


def refusal_in(text: str, *, silent: bool) -> str | None:
    """The reply where it is a refusal, else None.

    With `silent`, for a command that answers nothing when all is well, any complaint at the start
    of a line counts as well.
    """
    if _may_refuse(text) and _REFUSALS.search(text):
        return text.strip("\n")
    return text.strip("\n") if silent and _COMPLAINTS.search(text) else None


def _may_refuse(text: str) -> bool:
    small = text.lower()
    # Letters outside of ASCII may be small in more than one way.
    return not text.isascii() or any(sign in small for sign in _IN_REFUSALS)


def is_denial(text: str) -> bool:
    """Whether a refusal is about the user's role rather than the command."""
    return _DENIALS.search(text) is not None


def is_no_command(text: str) -> bool:
    """Whether a refusal says that the line is none, so that another form of it may be tried."""
    return _NO_COMMAND.search(text) is not None


def is_incomplete(text: str) -> bool:
    """Whether a refusal says that words are missing in the line."""
    return _INCOMPLETE.search(text) is not None


def sign_of(text: str) -> str:
    """What may be shown of a refusal that may quote a secret; "" where it has no known phrase."""
    found = _SAFE.search(text)
    return found[0] if found else ""


def hide(text: str, command: str | SecretCommand) -> str:
    """Take a command's own secret out of its reply, and nothing else."""
    return redact(text, [command.token.reveal()]) if isinstance(command, SecretCommand) else text


def mask(text: str, command: str | SecretCommand) -> str:
    """The same for a text that is shown: tokens that the switch itself quotes go as well."""
    return redact_tokens(hide(text, command))
