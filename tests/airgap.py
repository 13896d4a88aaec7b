"""What the tests of usage files share: switches without a way to Cisco, and CSSM in between."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.traceback import Traceback

from nxsl.lab import License, SwitchSpec, reporting
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from pathlib import Path

READS = ("show ", "terminal ", "dir ", "exit")
LICENSES = (License(), License(tag="NETWORK_SERVICES_PKG", count=2))


def offline(name: str = "leaf1", **changes: Any) -> SwitchSpec:
    """A switch that reports by files; its last acknowledgement is 40 days old."""
    usual: dict[str, Any] = {
        "release": "10.3(6)",
        "licenses": LICENSES,
        "policy": reporting(ago=timedelta(days=40), unreported=1),
        "intent": {},
    }
    return switch(name, **{**usual, **changes})


def written(run: Fleet, host: str = "leaf1") -> list[str]:
    """What a switch received that is no read, in order."""
    return [line for line in run.lab[host].commands if not line.startswith(READS)]


def acknowledge(run: Fleet, path: Path) -> Path:
    """Let CSSM acknowledge a report, and put what it gives beside it."""
    answer = path.with_name(f"ACK_{path.name}")
    answer.write_bytes(run.lab.cssm.acknowledge(path.read_bytes()))
    return answer


def all_text(result: Any) -> str:
    """Everything that a result may show anywhere, with local variables in its traceback."""
    shown = [repr(result.result), str(result.result), str(result.diff)]
    error = result.exception
    while error is not None:
        screen = Console(file=io.StringIO(), width=20_000)
        screen.print(
            Traceback.from_exception(
                type(error),
                error,
                error.__traceback__,
                show_locals=True,
                width=20_000,
                locals_max_string=100_000,
                locals_max_length=1000,
            )
        )
        shown += [repr(error), screen.file.getvalue()]  # type: ignore[attr-defined]
        error = error.__context__ or error.__cause__  # also what a traceback suppresses
    return "".join(shown)
