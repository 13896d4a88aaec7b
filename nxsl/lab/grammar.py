"""The command language: a table of commands, and how NX-OS reads a line against it.

A syntax is written as NX-OS documents it, one alternative per registration::

    license smart register idtoken <token>
    destination-profile <profile> index <index:int> http <url>
    ping <host> vrf <vrf>

Words are keywords and may be abbreviated as long as only one fits; `<name>` takes one word,
`<name:int>` a number and `<name:rest>` everything to the end of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CommandT = TypeVar("CommandT")

_WORD = re.compile(r'"[^"]*"|\S+')
_PARAMETER = re.compile(r"<(?P<name>[\w-]+)(?::(?P<kind>\w+))?>")


class Fault(StrEnum):
    """Why a line is no command."""

    INVALID = "invalid"
    INCOMPLETE = "incomplete"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no command, and the column of the marker under it."""

    fault: Fault
    column: int


@dataclass(frozen=True, slots=True)
class Match(Generic[CommandT]):
    """A command found, with its operands by name."""

    command: CommandT
    operands: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a typed line."""

    text: str
    column: int


@dataclass(slots=True)
class _Node(Generic[CommandT]):
    """What may come next after the words read so far."""

    keywords: dict[str, _Node[CommandT]] = field(default_factory=dict)
    parameters: list[tuple[str, str, _Node[CommandT]]] = field(default_factory=list)
    command: CommandT | None = None

    def commands(self) -> Iterator[CommandT]:
        """Yield every command from here down."""
        if self.command is not None:
            yield self.command
        for child in self.keywords.values():
            yield from child.commands()
        for _, _, child in self.parameters:
            yield from child.commands()


def words_of(line: str) -> list[Word]:
    """Split a line at blanks; a quoted part is one word."""
    return [Word(found.group(), found.start()) for found in _WORD.finditer(line)]


class Table(Generic[CommandT]):
    """The commands of one mode."""

    def __init__(self) -> None:
        self._root: _Node[CommandT] = _Node()

    def add(self, syntax: str, command: CommandT) -> None:
        """Register a command.

        Args:
            syntax: Its words and operands, as in the head of this module.
            command: What a match gives back.

        Raises:
            ValueError: If the syntax is taken already.
        """
        node = self._root
        for part in syntax.split():
            node = self._child(node, part)
        if node.command is not None:
            raise ValueError(f"registered twice: {syntax}")
        node.command = command

    def parse(
        self, line: str, *, available: Callable[[CommandT], bool]
    ) -> Match[CommandT] | BadLine:
        """Read a line.

        Args:
            line: The line as typed, without pipe.
            available: Says whether the switch has the command now. A command whose feature is off
                is invalid, as on NX-OS, and does not make an abbreviation ambiguous.

        Returns:
            The command, or where and why the line is none.
        """
        node, operands = self._root, dict[str, str]()
        for word in words_of(line):
            step = _step(node, word, available)
            if isinstance(step, Fault):
                return BadLine(step, word.column)
            node, name, rest = step
            if rest:
                operands[name] = line[word.column :].strip()
                break
            if name:
                operands[name] = word.text
        if node.command is None or not available(node.command):
            return BadLine(Fault.INCOMPLETE, len(line.rstrip()) + 1)
        return Match(node.command, operands)

    @staticmethod
    def _child(node: _Node[CommandT], part: str) -> _Node[CommandT]:
        parameter = _PARAMETER.fullmatch(part)
        if parameter is None:
            return node.keywords.setdefault(part, _Node())
        name, kind = parameter["name"], parameter["kind"] or "word"
        for known_name, known_kind, child in node.parameters:
            if (known_name, known_kind) == (name, kind):
                return child
        child = _Node[CommandT]()
        node.parameters.append((name, kind, child))
        return child


def _step(
    node: _Node[CommandT], word: Word, available: Callable[[CommandT], bool]
) -> tuple[_Node[CommandT], str, bool] | Fault:
    """Follow one word: the node behind it, the operand's name and whether it takes the rest."""
    typed = word.text.lower()
    fitting = [
        (keyword, child)
        for keyword, child in node.keywords.items()
        if keyword.lower().startswith(typed) and any(map(available, child.commands()))
    ]
    exact = [child for keyword, child in fitting if keyword.lower() == typed]
    if exact:
        return exact[0], "", False
    if len(fitting) > 1:
        return Fault.AMBIGUOUS
    if fitting:
        return fitting[0][1], "", False
    for name, kind, child in node.parameters:
        if kind == "int" and not word.text.isdecimal():
            continue
        if any(map(available, child.commands())):
            return child, name, kind == "rest"
    return Fault.INVALID
