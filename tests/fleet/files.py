"""Inventories on disk for the tests of the fleet room."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nornir.core import Nornir
    from nornir.core.task import AggregatedResult, Result, Task

HOSTS = """
leaf1: {hostname: 192.0.2.1, port: 8022, groups: [campus], data: {site: bern, rack: {row: 7}}}
leaf2: {hostname: 192.0.2.2, groups: [campus], data: {site: basel}}
spine1: {hostname: 192.0.2.3, platform: cisco_nxos_ssh, groups: [core]}
lab-1: {}
"""
GROUPS = """
all: {}
campus: {groups: [all], data: {role: leaf, licensing: {method: on-prem, url: "https://ssm/x"}}}
core: {groups: [all], data: {role: spine}}
"""
DEFAULTS = """
username: netops
platform: cisco_nxos
data: {role: other, licensing: {method: direct}}
"""


def write(folder: Path, **files: str) -> Path:
    """Write files, named without their suffix; the three usual ones unless they are given."""
    folder.mkdir(parents=True, exist_ok=True)
    usual = {"hosts": HOSTS, "groups": GROUPS, "defaults": DEFAULTS}
    for name, text in {**usual, **files}.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def names(nr: Nornir) -> list[str]:
    """The hosts."""
    return list(nr.inventory.hosts)


def run(nr: Nornir, results: Mapping[str, object]) -> AggregatedResult:
    """Run a task that gives each host's object, or raises it."""

    def task(task: Task) -> Result:
        from nornir.core.task import Result as Made  # noqa: PLC0415

        found = results[task.host.name]
        if isinstance(found, Exception):
            raise found
        return Made(host=task.host, result=found)

    return nr.run(task)
