"""The limit: asyncssh on uvloop, all commands chained with ` ; ` in one exec channel.

One round trip for all of them, no terminal, no prompts, no check of anything: what can hardly be
undercut by a client in Python that opens an SSH connection to each switch.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncssh

from benchmarks.clients.shell import everywhere, places
from benchmarks.job import COMMANDS, Done, Job
from benchmarks.reading import Reading, read, split, warm

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.job import Work

_LINE = " ; ".join(COMMANDS)


def prepare(job: Job) -> Work:
    """Read the inventory; uvloop is used where it is installed."""
    hosts = places(job)
    warm()
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None
    try:
        import uvloop  # noqa: PLC0415 (of the extra `bench`)

        loop_factory, loop = uvloop.new_event_loop, "uvloop"
    except ImportError:
        loop_factory, loop = None, "asyncio"

    def work() -> Done:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            done = runner.run(everywhere(hosts, job.workers, one_host))
        return Done(
            readings=done.readings, rows=done.rows, errors=done.errors, notes={"loop": loop}
        )

    return work


async def one_host(_name: str, place: dict[str, Any]) -> Reading:
    """Connect, read, parse, close."""
    async with asyncssh.connect(**place) as connection:
        reply = await connection.run(_LINE, check=True)
    return read(split(str(reply.stdout)))
