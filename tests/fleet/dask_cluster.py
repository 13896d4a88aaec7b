"""Dask clusters for tests, on 127.0.0.1: worker processes, or workers in threads where those do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from distributed import Client, Nanny, Scheduler, SpecCluster, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from distributed.security import Security


@contextlib.contextmanager
def cluster(
    workers: Mapping[str, Mapping[str, Any]],
    *,
    processes: bool = False,
    allowed_failures: int = 0,
    security: Security | None = None,
) -> Iterator[SpecCluster]:
    """Start a scheduler and workers, by name with their options; end them."""
    common: dict[str, Any] = {
        "host": "127.0.0.1",
        "protocol": "tls://" if security else "tcp://",
        "security": security,
        "dashboard": False,
    }
    usual = {**common, "nthreads": 1, "memory_limit": None}
    kind = Nanny if processes else Worker
    with SpecCluster(
        workers={
            name: {"cls": kind, "options": {**usual, **options}}
            for name, options in workers.items()
        },
        scheduler={
            "cls": Scheduler,
            "options": {
                **common,
                "port": 0,
                "dashboard_address": "127.0.0.1:0",
                "allowed_failures": allowed_failures,
            },
        },
        security=security,
        silence_logs=False,
    ) as running:
        yield running


@contextlib.contextmanager
def connected(running: SpecCluster) -> Iterator[Client]:
    """A client that is nobody's default."""
    with Client(running, set_as_default=False) as client:
        yield client
