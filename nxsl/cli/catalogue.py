"""What commands there are: names, one line of help each, and where the command itself is.

The help of `nxsl` and the completion of its commands need no more than this table, so a command's
module is imported only when that command is asked for. A test holds the lines to the commands.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Final

import typer
from typer.core import TyperCommand

from nxsl.cli.status import EXIT_STATUS

MARKUP: Final = "markdown"

_DAILY = "The usual way"
_RUNS = "Plans and runs"
_SPECIAL = "Special cases"
_TRYING = "Trying it out"


@dataclass(frozen=True, slots=True)
class Listed:
    """A command or a group of commands.

    Attributes:
        name: what is typed.
        home: its module, and its name there: a function, or a `Typer` of several.
        panel: under which heading of the help.
        line: what it does; the first paragraph of its own help.
    """

    name: str
    home: str
    panel: str
    line: str

    def load(self) -> Any:  # noqa: ANN401 (click's, of whichever click Typer works with)
        """Import the module, and make the command of it."""
        module, _, attribute = self.home.partition(":")
        found = getattr(importlib.import_module(module), attribute)
        app = typer.Typer(add_completion=False, rich_markup_mode=MARKUP)
        app.callback()(_nothing)  # else one command alone is no group
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=self.name)
        else:
            app.command(self.name, epilog=EXIT_STATUS)(found)
        return typer.main.get_group(app).commands[self.name]


CATALOGUE = (
    Listed(
        "configure",
        "nxsl.cli.commands:configure",
        _DAILY,
        "Bring the transport to what the inventory intends: direct, proxy or on-prem.",
    ),
    Listed(
        "register",
        "nxsl.cli.commands:register",
        _DAILY,
        "Register switches with an ID token, and wait until that is proven.",
    ),
    Listed(
        "verify",
        "nxsl.cli.commands:verify",
        _DAILY,
        "Read everything and say what is wrong; sends show commands only.",
    ),
    Listed(
        "renew",
        "nxsl.cli.commands:renew",
        _DAILY,
        "Renew what runs out, and prove it by fresh dates.",
    ),
    Listed(
        "deregister",
        "nxsl.cli.commands:deregister",
        _DAILY,
        "Take switches out of their virtual account; to come back they need a token.",
    ),
    Listed(
        "doctor",
        "nxsl.cli.doctor_commands:doctor",
        _DAILY,
        "Find the one cause why a switch does not reach its licensing backend.",
    ),
    Listed(
        "plan",
        "nxsl.cli.plan_commands:plan",
        _RUNS,
        "Read every switch, and write what would be done into a file that can be looked at.",
    ),
    Listed(
        "apply",
        "nxsl.cli.plan_commands:apply",
        _RUNS,
        "Do what a plan says, and nothing else.",
    ),
    Listed(
        "resume",
        "nxsl.cli.run_commands:resume",
        _RUNS,
        "Go on with a run that was killed, stopped or paused.",
    ),
    Listed(
        "runs",
        "nxsl.cli.run_commands:runs",
        _RUNS,
        "What was done, by whom, and how it ended; and doing the rest of it.",
    ),
    Listed(
        "upgrade",
        "nxsl.cli.upgrade_commands:upgrade",
        _SPECIAL,
        "Before and after an upgrade to 10.2 or later, where licensing turns over.",
    ),
    Listed(
        "convert",
        "nxsl.cli.sl_commands:convert",
        _SPECIAL,
        "Turn licence files (PAK) into smart licences, asked for by the switch itself.",
    ),
    Listed(
        "reserve",
        "nxsl.cli.sl_commands:reserve",
        _SPECIAL,
        "Reserve licences for switches that never reach a backend (SLR, PLR).",
    ),
    Listed(
        "usage",
        "nxsl.cli.usage_commands:usage",
        _SPECIAL,
        "Usage reports and their answers as files, without a way to Cisco.",
    ),
    Listed(
        "demo",
        "nxsl.cli.lab_commands:demo",
        _TRYING,
        "Do the whole job on 24 simulated switches: plan, configure, register, verify, renew.",
    ),
    Listed(
        "lab",
        "nxsl.cli.lab_commands:lab",
        _TRYING,
        "A simulated fleet, to try everything on.",
    ),
)


def _nothing() -> None:
    """A group needs a callback."""


class Deferred(TyperCommand):
    """A line of the help; becomes the command itself as soon as somebody calls it."""

    def __init__(self, listed: Listed) -> None:
        super().__init__(
            listed.name,
            help=listed.line,
            rich_help_panel=listed.panel,
            rich_markup_mode=MARKUP,
        )
        self._listed = listed

    def make_context(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 (click's own)
        """Begin the command itself: it parses the arguments and is what the context holds."""
        return self._listed.load().make_context(*args, **options)
