"""The one way to TTP: shipped templates, each compiled once, used by one thread at a time.

How a template of nxsl is built: it has one group, `lines*`, in which every line is a `_start_`
and the last one is `{{ other | _line_ | _start_ }}`. So TTP gives exactly one match for every
line, in the order of the text: nothing is dropped, no duplicate hides behind the first of its
kind, and a line that the template does not know is seen as `other`. Where two lines of a template
fit the same text, the upper one counts (for the first line of a text, the lower one).

So what a line is matched to depends on the line alone, and on whether it is the first one. Most
lines of a switch are those of every other switch, and a text that is read twice has no new one:
what was matched is remembered, and TTP is only given the lines that are new. That is what keeps
reading cheap, and the workers of a fleet from waiting for each other.

What TTP 0.10 does that nxsl has to live with:

* It is not thread-safe (its plugins share module globals), hence the lock.
* Data that is the path of a file is read from that file, and every text is asked for at the file
  system, which lets other threads run while the lock is held. It does so with strings only, so it
  is given something else.
* It loads, and writes, a pickle with its list of functions: in `$TTPCACHEFOLDER`, else beside
  its code. A pickle runs code, so for the one construction that looks there, the variable names
  what is no folder and cannot hold a file.
* It ends a failure with `SystemExit`.
* In `{{ name | re("...") }}` it splits at every `|` and evaluates the string, so the templates
  use neither alternatives nor backslashes.
* A class such as `[^ ]` matches the end of a line as well, so the templates only use positive
  classes. A match over two lines would be seen by the count of matches, and be refused.
"""

from __future__ import annotations

import logging
import os
from importlib import resources
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from nxsl.core.secret import hide_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATES = resources.files("nxsl.nxos") / "templates"

MOST_REMEMBERED = 500
LONGEST_REMEMBERED = 256
"""Far more than the lines that switches have in common. They bound the memory that it takes."""


Matches: TypeAlias = "tuple[Mapping[str, str], ...]"


class TemplateError(Exception):
    """TTP did not give one match for every line."""


def match_lines(template: str, lines: tuple[str, ...]) -> Matches:
    """Match `lines` with the shipped template of that name; one match for each line.

    Args:
        template: the file's name without `.ttp`.
        lines: lines that are not blank, without blanks at their ends.

    Raises:
        TemplateError: TTP failed, or its matches are not the lines one by one.
    """
    return engine.match(template, lines)


class Engine:
    """TTP with the templates that were asked for, and what it made of the lines so far."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ttp: Any = None  # only loaded where something is parsed
        self._compiled: set[str] = set()
        self._memories: dict[str, _Memory] = {}

    def match(self, template: str, lines: tuple[str, ...]) -> Matches:
        """See `match_lines`."""
        if not lines:
            return ()
        memory = self._memories.get(template) or self._memories.setdefault(template, _Memory())
        # No line begins with a newline, so that is the mark of the first one.
        first = "\n" + lines[0]
        keys = (first, *lines[1:])
        known = {key: match for key in keys if (match := memory.get(key)) is not None}
        new = [key for key in dict.fromkeys(keys) if key not in known and key != first]
        if new or first not in known:
            found = self._match_anew(template, (lines[0], *new))
            for key, match in zip((first, *new), found, strict=True):
                memory.keep(key, match)
                known[key] = match
        return tuple(map(known.__getitem__, keys))

    def _match_anew(self, template: str, lines: tuple[str, ...]) -> Matches:
        with self._lock:
            parser = self._parser(template)
            parser.set_input(_Text(lines), template_name=template)
            try:
                parser.parse(one=True)
                results = [each for group in parser.result(templates=[template]) for each in group]
            except SystemExit:
                raise TemplateError("TTP gave up") from None
            finally:
                parser.clear_input()
                parser.clear_result()
        matches = results[0].get("lines") if len(results) == 1 else None
        if not isinstance(matches, list) or len(matches) != len(lines):
            raise TemplateError(f"TTP did not match all of {len(lines)} lines")
        return tuple(
            MappingProxyType({name: str(value).strip(" \t") for name, value in each.items()})
            for each in matches
        )

    def _parser(self, template: str) -> Any:  # noqa: ANN401  (TTP has no type hints)
        """TTP with that template, compiled when it is first asked for. Under the lock."""
        if self._ttp is None:
            self._ttp = _new_ttp()
        if template not in self._compiled:
            # The newline keeps TTP from taking the template for the path of one.
            text = "\n" + (_TEMPLATES / f"{template}.ttp").read_text(encoding="utf-8")
            self._ttp.add_template(text, template_name=template)
            self._compiled.add(template)
        return self._ttp


class _Memory:
    """What one template made of lines: those of late, and those that were met again of before.

    A line that one switch alone prints, such as a date, is gone as soon as enough others came.
    Threads may use it without a lock: at worst one of them matches a line once more.
    """

    __slots__ = ("_before", "_late")

    def __init__(self) -> None:
        self._late: dict[str, Mapping[str, str]] = {}
        self._before: dict[str, Mapping[str, str]] = {}

    def get(self, line: str) -> Mapping[str, str] | None:
        match = self._late.get(line)
        if match is None and (match := self._before.get(line)) is not None:
            self._put(line, match)
        return match

    def keep(self, line: str, match: Mapping[str, str]) -> None:
        """Remember a line, unless it is long or holds a secret, which nothing may keep."""
        if len(line) > LONGEST_REMEMBERED or hide_secrets(line) != line:
            return
        self._put(line, match)

    def _put(self, line: str, match: Mapping[str, str]) -> None:
        if len(self._late) >= MOST_REMEMBERED:
            self._before, self._late = self._late, {}
        self._late[line] = match


class _Text:
    """Lines as TTP takes them: it looks for no file of that name, and reads no more than parts."""

    __slots__ = ("_text",)

    def __init__(self, lines: tuple[str, ...]) -> None:
        self._text = "\n" + "\n".join(lines) + "\n\n"

    def __getitem__(self, part: slice) -> str:
        return self._text[part]


def _new_ttp() -> Any:  # noqa: ANN401
    from ttp import ttp  # noqa: PLC0415  (it takes a while)

    logging.getLogger("ttp").addHandler(logging.NullHandler())
    former = os.environ.get("TTPCACHEFOLDER")
    os.environ["TTPCACHEFOLDER"] = os.devnull
    try:
        return ttp(log_level="CRITICAL")
    finally:
        if former is None:
            del os.environ["TTPCACHEFOLDER"]
        else:
            os.environ["TTPCACHEFOLDER"] = former


engine = Engine()
"""The one of this process."""
