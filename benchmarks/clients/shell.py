"""An asyncssh client: the same commands, one after the other in one shell, in one thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncssh
from ruamel.yaml import YAML

from benchmarks.job import COMMANDS, Done, Job
from benchmarks.reading import Reading, frame, read, warm

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.job import Work

    OneHost = Callable[[str, dict[str, Any]], Awaitable[Reading]]

_PREPARE = ("terminal length 0", "terminal width 511")


def prepare(job: Job) -> Work:
    """Read the inventory."""
    hosts = places(job)
    warm()
    return lambda: asyncio.run(everywhere(hosts, job.workers, one_host))


def places(job: Job) -> dict[str, dict[str, Any]]:
    """What to connect to, by name, in asyncssh's words; host keys are not checked."""
    reader = YAML(typ="safe")
    hosts = reader.load(job.inventory / "hosts.yaml")
    defaults = reader.load(job.inventory / "defaults.yaml")
    login = {"username": defaults["username"], "password": defaults["password"]}
    others = {"known_hosts": None, "config": None, "client_keys": None, "agent_path": None}
    return {
        name: {"host": each["hostname"], "port": each["port"], **login, **others}
        for name, each in list(hosts.items())[: job.hosts]
    }


async def everywhere(hosts: dict[str, dict[str, Any]], workers: int, one: OneHost) -> Done:
    """Read so many hosts at a time, and make the frame."""
    room = asyncio.Semaphore(workers)
    readings: dict[str, Reading] = {}
    errors: list[str] = []

    async def go(name: str, place: dict[str, Any]) -> None:
        async with room:
            try:
                readings[name] = await one(name, place)
            except (OSError, asyncssh.Error, LookupError, ValueError) as error:
                errors.append(f"{name}: {error!r}")

    await asyncio.gather(*(go(name, place) for name, place in hosts.items()))
    return Done(readings=readings, rows=len(frame(readings)), errors=tuple(errors[:5]))


async def one_host(name: str, place: dict[str, Any]) -> Reading:
    """Connect, read, parse, close."""
    prompt = f"{name}# "
    async with asyncssh.connect(**place) as connection:
        process = await connection.create_process(term_type="dumb", term_size=(511, 1000))
        await process.stdout.readuntil(prompt)
        texts = []
        for command in (*_PREPARE, *COMMANDS):
            process.stdin.write(f"{command}\n")
            text = str(await process.stdout.readuntil(f"\n{prompt}"))
            texts.append(text.partition("\n")[2].removesuffix(prompt))
        process.close()
    return read(texts[len(_PREPARE) :])
