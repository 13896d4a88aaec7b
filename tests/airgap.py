"""What the tests of usage files share: switches without a way to Cisco, and CSSM in between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

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
    """Everything that a result may show anywhere."""
    return f"{result.result!r}{result.result}{result.diff}{result.exception!r}{result.exception}"
