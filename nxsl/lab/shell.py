"""The command interpreter of one session: modes, rights, abbreviations, pipes and markers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nxsl.lab import texts
from nxsl.lab.device import Device, Kind
from nxsl.lab.grammar import BadLine, Match, Table
from nxsl.lab.grammar import Fault as SyntaxFault
from nxsl.lab.releases import Regime

EXEC = "exec"
CONFIG = "config"
CALLHOME = "config-callhome"
VRF = "config-vrf"
# From a mode outwards: a line unknown in one mode is tried in the next, as NX-OS does.
_OUTWARDS: Mapping[str, tuple[str, ...]] = {
    EXEC: (EXEC,),
    CONFIG: (CONFIG, EXEC),
    CALLHOME: (CALLHOME, CONFIG, EXEC),
    VRF: (VRF, CONFIG, EXEC),
}
_MESSAGES = {
    SyntaxFault.INVALID: texts.INVALID_COMMAND,
    SyntaxFault.INCOMPLETE: texts.INCOMPLETE_COMMAND,
    SyntaxFault.AMBIGUOUS: texts.AMBIGUOUS_COMMAND,
}


class Console(Protocol):
    """What a command that talks with the user may do."""

    async def write(self, text: str) -> None:
        """Print, as it stands."""

    async def read_key(self) -> str:
        """Wait for one character."""

    async def read_line(self, prompt: str) -> str | None:
        """Ask and read a line; None if Ctrl-C threw it away."""

    async def pause(self, seconds: float) -> None:
        """Let time go by."""


Dialogue = Callable[[Console], Awaitable[None]]
Reply = str | Sequence[str] | Dialogue | None
Operands = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a table.

    Attributes:
        handler: Executes it.
        kind: Whether it shows, configures or only changes the mode.
        admin: Whether a `network-operator` is refused.
        available: Whether a switch has it now.
        syntax: How it is written, in the first of its forms.
    """

    handler: Callable[[Shell, Operands], Reply]
    kind: Kind
    admin: bool
    available: Callable[[Device], bool]
    syntax: str = ""

    @property
    def licenses(self) -> bool:
        """Whether it commands the licensing agent, which only the default VDC may."""
        return self.syntax.removeprefix("no ").startswith(("license smart", "feature license"))


TABLES: Mapping[str, Table[Command]] = {mode: Table() for mode in _OUTWARDS}


def always(_: Device) -> bool:
    """Say that every switch has a command."""
    return True


def smart_release(device: Device) -> bool:
    """Say that a release knows classic smart licensing, on or off."""
    return device.regime is Regime.SMART


def smart_on(device: Device) -> bool:
    """Say that classic smart licensing is on."""
    return device.smart


def policy_release(device: Device) -> bool:
    """Say that a release licenses by Smart Licensing Using Policy."""
    return device.regime is Regime.POLICY


Handler = Callable[["Shell", Operands], Reply]


def command(
    mode: str,
    *syntaxes: str,
    kind: Kind = Kind.EXEC,
    admin: bool = False,
    available: Callable[[Device], bool] = always,
) -> Callable[[Handler], Handler]:
    """Register a function as a command of a mode, under one or more syntaxes."""

    def register(handler: Handler) -> Handler:
        entry = Command(handler, kind, admin, available, syntaxes[0])
        for syntax in syntaxes:
            TABLES[mode].add(syntax, entry)
        return handler

    return register


def config(
    mode: str, *syntaxes: str, available: Callable[[Device], bool] = always
) -> Callable[[Handler], Handler]:
    """Register a function as a configuration command."""
    return command(mode, *syntaxes, kind=Kind.CONFIG, admin=True, available=available)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A line that was understood."""

    command: Command
    operands: Operands
    mode: str
    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was not, the text for it, and whether it was a matter of rights."""

    text: str
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One `| word pattern` behind a command."""

    word: str
    pattern: str

    def apply(self, lines: list[str]) -> list[str]:
        """Let through what the pipe lets through."""
        if self.word == "count":
            return [str(len(lines))]
        if self.word == "no-more":
            return lines
        pattern = re.compile(self.pattern)
        if self.word == "include":
            return [line for line in lines if pattern.search(line)]
        if self.word == "exclude":
            return [line for line in lines if not pattern.search(line)]
        if self.word == "begin":
            hits = [n for n, line in enumerate(lines) if pattern.search(line)]
            return lines[hits[0] :] if hits else []
        return _sections(lines, pattern)


_FILTERS = ("include", "exclude", "section", "begin", "count", "no-more")
_BARE = frozenset({"count", "no-more"})


def _sections(lines: list[str], pattern: re.Pattern[str]) -> list[str]:
    """Give the lines that fit, each with the deeper lines under it."""
    found: list[str] = []
    depth = -1
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if 0 <= depth < indent:
            found.append(line)
            continue
        depth = indent if pattern.search(line) else -1
        if depth >= 0:
            found.append(line)
    return found


class Shell:
    """One user at the command line of one switch.

    Args:
        device: The switch.
        session: The number of the session.
        trusted: Whether the rights of the account are left aside, as for a configuration file.
    """

    def __init__(self, device: Device, session: int = 0, *, trusted: bool = False) -> None:
        self.device = device
        self._trusted = trusted
        self.session = session
        self.mode = EXEC
        self.vrf = ""
        self.page_length = 24
        self.width = 80
        self.closed = False

    @property
    def prompt(self) -> str:
        """The prompt, with the blank behind it."""
        suffix = "" if self.mode == EXEC else f"({self.mode})"
        return f"{self.device.running.hostname}{suffix}# "

    def resolve(self, line: str) -> Resolved | Refused:
        """Understand a line without executing it."""
        parts = split_pipes(line)
        head, column = parts[0]
        outwards = _OUTWARDS[self.mode]
        tries = [(mode, TABLES[mode].parse(head, available=self._has)) for mode in outwards]
        for mode, found in tries:
            if isinstance(found, Match):
                return self._with_filters(found, mode, parts[1:])
        bad = [found for _, found in tries if isinstance(found, BadLine)]
        furthest = max(bad, key=lambda found: found.column)
        return Refused(self._marked(column + furthest.column, _MESSAGES[furthest.fault]))

    def run(self, resolved: Resolved) -> Reply:
        """Execute an understood line.

        Returns:
            Its text, or the conversation it wants to have.
        """
        if resolved.command.kind is Kind.CONFIG:
            self.mode = resolved.mode
            self.device.configured()
        reply = resolved.command.handler(self, resolved.operands)
        if reply is None or callable(reply):
            return reply
        lines = reply.splitlines() if isinstance(reply, str) else list(reply)
        for part in resolved.filters:
            lines = part.apply(lines)
        return "".join(f"{line}\n" for line in lines)

    def answered(self, answer: str) -> None:
        """Write down the answer to a question that a command asked."""
        self.device.receive(self.session, self.mode, answer, Kind.ANSWER)

    def _has(self, entry: Command) -> bool:
        return entry.available(self.device)

    def _with_filters(
        self, found: Match[Command], mode: str, pipes: list[tuple[str, int]]
    ) -> Resolved | Refused:
        denied = self.device.spec.role != "network-admin" and not self._trusted
        if found.command.admin and denied:
            return Refused(texts.PERMISSION_DENIED, denied=True)
        if found.command.licenses and self.device.vdc[0] != 1 and not self._trusted:
            return Refused(texts.VDC_DENIED, denied=True)
        filters = []
        for text, column in pipes:
            part = read_filter(text)
            if part is None:
                inset = len(text) - len(text.lstrip())
                return Refused(self._marked(column + inset, texts.INVALID_COMMAND))
            filters.append(part)
        return Resolved(found.command, found.operands, mode, tuple(filters))

    def _marked(self, column: int, message: str) -> str:
        return f"{' ' * (len(self.prompt) + column)}^\n{message}\n"


def type_in(device: Device, lines: Iterable[str], mode: str = CONFIG) -> None:
    """Execute configuration lines with every right, as from a file.

    Raises:
        ValueError: If the switch does not know one of them.
    """
    shell = Shell(device, trusted=True)
    shell.mode = mode
    for line in filter(str.strip, lines):
        resolved = shell.resolve(line)
        if isinstance(resolved, Resolved):
            shell.run(resolved)
            continue
        raise ValueError(f"{device.spec.name}: {line!r}: {resolved.text}")


def split_chain(line: str) -> list[str]:
    """Split a line into its commands: `show clock ; show switchname` are two, with no text between.

    Their outputs follow each other. That the later ones run where an earlier one is refused is
    not shown anywhere.
    """
    if " ; " not in line:
        return [line]
    parts = [""]
    for position, char in enumerate(line):
        if char == ";" and not line.count('"', 0, position) % 2:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()] or [line]


def split_pipes(line: str) -> list[tuple[str, int]]:
    """Split a line at its pipes, not at those in quotes; give each part with its column."""
    parts, start, quoted = [], 0, False
    for position, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == "|" and not quoted:
            parts.append((line[start:position], start))
            start = position + 1
    parts.append((line[start:], start))
    return parts


def read_filter(text: str) -> Filter | None:
    """Read what stands behind a pipe; None if it is nothing NX-OS knows."""
    word, _, pattern = text.strip().partition(" ")
    known = [name for name in _FILTERS if name.startswith(word)] if word else []
    if len(known) != 1:
        return None
    pattern = pattern.strip().strip('"')
    if not pattern and known[0] not in _BARE:
        return None
    try:
        re.compile(pattern)
    except re.error:
        return None
    return Filter(known[0], pattern)
