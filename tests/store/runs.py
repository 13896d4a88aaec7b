"""Runs and hosts to be noted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from nxsl.core.run_records import HostEntry, RunHead
from nxsl.run.store import holder, lock_names

if TYPE_CHECKING:
    from nxsl.run.store import RunStore

INVENTORY = "/srv/inventory"
START = datetime(2026, 3, 1, 8, 30, 15, 123456, tzinfo=UTC)


def head(run: str = "r1", *, minutes: int = 0, **fields: Any) -> RunHead:
    """A run of this process."""
    usual: dict[str, Any] = {
        "job": "register",
        "holder": holder(),
        "version": "0.1.0",
        "started_at": START + timedelta(minutes=minutes),
        "inventory": INVENTORY,
    }
    return RunHead(id=run, **usual | fields)


def hosts(count: int = 3) -> tuple[HostEntry, ...]:
    """Hosts that nothing has happened to, in an order that no alphabet gives."""
    return tuple(
        HostEntry(host=f"leaf{number}", address=f"192.0.2.{number}:22", wave=1)
        for number in range(count, 0, -1)
    )


def begin(store: RunStore, run: str = "r1", count: int = 3, **fields: Any) -> RunHead:
    """Begin a run that locks its inventory and its switches."""
    made = head(run, **fields)
    entries = hosts(count)
    locks = lock_names(made.inventory, [each.address for each in entries])
    store.begin(made, '{"plan": 1}', entries, locks=locks)
    return made
