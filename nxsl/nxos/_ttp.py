"""The one way to TTP: shipped templates, compiled once, used by one thread at a time.

How a template of nxsl is built: it has one group, `lines*`, in which every line is a `_start_`
and the last one is `{{ other | _line_ | _start_ }}`. So TTP gives exactly one match for every
line, in the order of the text: nothing is dropped, no duplicate hides behind the first of its
kind, and a line that the template does not know is seen as `other`. Where two lines of a template
fit the same text, the upper one counts (for the first line of a text, the lower one).

What TTP 0.10 does that nxsl has to live with:

* It is not thread-safe (its plugins share module globals), hence the lock.
* Data that is the path of a file is read from that file. A path never begins with a newline, so
  the text always does.
* It loads, and writes, a pickle with its list of functions: in `$TTPCACHEFOLDER`, else beside
  its code. A pickle runs code, so for the one construction that looks there, the variable names
  a new private directory, which is gone afterwards.
* It ends a failure with `SystemExit`.
* In `{{ name | re("...") }}` it splits at every `|` and evaluates the string, so the templates
  use neither alternatives nor backslashes.
* A class such as `[^ ]` matches the end of a line as well, so the templates only use positive
  classes. A match over two lines would be seen by the count of matches, and be refused.
"""

from __future__ import annotations

import logging
import os
import tempfile
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any

_LOCK = Lock()
_SUFFIX = ".ttp"
_TEMPLATES = resources.files("nxsl.nxos") / "templates"


class TemplateError(Exception):
    """TTP did not give one match for every line."""


def match_lines(template: str, lines: tuple[str, ...]) -> tuple[dict[str, str], ...]:
    """Match `lines` with the shipped template of that name; one match for each line.

    Args:
        template: the file's name without `.ttp`.
        lines: lines that are not blank, without blanks at their ends.

    Raises:
        TemplateError: TTP failed, or its matches are not the lines one by one.
    """
    if not lines:
        return ()
    with _LOCK:
        parser = _parser()
        parser.clear_input()
        parser.set_input("\n" + "\n".join(lines), template_name=template)
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
        raise TemplateError(f"TTP did not match all of the {len(lines)} lines")
    return tuple(
        {name: str(value).strip(" \t") for name, value in each.items()} for each in matches
    )


@cache
def _parser() -> Any:  # noqa: ANN401  (TTP has no type hints)
    """Compile all templates, under the lock."""
    from ttp import ttp  # noqa: PLC0415  (TTP is only loaded where something is parsed)

    logging.getLogger("ttp").addHandler(logging.NullHandler())
    former = os.environ.get("TTPCACHEFOLDER")
    with tempfile.TemporaryDirectory(prefix="nxsl-") as private:
        os.environ["TTPCACHEFOLDER"] = private
        try:
            parser = ttp(log_level="CRITICAL")
        finally:
            if former is None:
                del os.environ["TTPCACHEFOLDER"]
            else:
                os.environ["TTPCACHEFOLDER"] = former
    for file in sorted(_TEMPLATES.iterdir(), key=lambda each: each.name):
        if file.name.endswith(_SUFFIX):
            # The newline keeps TTP from taking the template for the path of one.
            text = "\n" + file.read_text(encoding="utf-8")
            parser.add_template(text, template_name=file.name.removesuffix(_SUFFIX))
    return parser
