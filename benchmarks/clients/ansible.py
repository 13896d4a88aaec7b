"""Ansible with `network_cli` and cisco.nxos: one play, one task with the four commands.

What is measured is `ansible-playbook` from start to end, as a user waits for it; its start cannot
be told apart. Its connections are processes that outlive it; their CPU is counted as well. The
memory is that of all of its processes at one time, seen five times a second.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil

from benchmarks.clients.shell import places
from benchmarks.job import COMMANDS, Done, Job
from benchmarks.reading import Reading, frame, read, warm

if TYPE_CHECKING:
    from benchmarks.job import Work

_PLAY = [
    {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {"name": "read", "cisco.nxos.nxos_command": {"commands": list(COMMANDS)}},
            {"name": "close", "ansible.builtin.meta": "reset_connection"},
        ],
    }
]
_BECOME_THEIR_PARENT = 36  # PR_SET_CHILD_SUBREAPER


def prepare(job: Job) -> Work:
    """Write inventory and play."""
    hosts = places(job)
    warm()
    return lambda: work(hosts, job.workers)


def work(hosts: dict[str, dict[str, Any]], forks: int) -> Done:
    """Run the play, parse what it has got, make the frame."""
    ctypes.CDLL(None).prctl(_BECOME_THEIR_PARENT, 1)
    with tempfile.TemporaryDirectory(prefix="nxsl-bench-") as folder, _Watch() as watch:
        files = _write(Path(folder), hosts)
        done = subprocess.run(  # noqa: S603 (of this very environment)
            [Path(sys.executable).with_name("ansible-playbook"), "-i", *files],
            capture_output=True,
            text=True,
            env=_environment(folder, forks),
            check=False,
        )
        watch.end_connections()
    texts = _texts(done.stdout)
    readings: dict[str, Reading] = {host: read(each) for host, each in texts.items()}
    rows = len(frame(readings))
    errors = () if len(readings) == len(hosts) else (done.stderr[-300:] or done.stdout[-300:],)
    return Done(
        readings=readings,
        rows=rows,
        notes={"rss_mb_of_all": watch.peak_mb},
        errors=errors,
    )


def _write(folder: Path, hosts: dict[str, dict[str, Any]]) -> tuple[str, str]:
    """The inventory and the play, as JSON, which YAML is a superset of."""
    variables = {
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "cisco.nxos.nxos",
        "ansible_host_key_checking": False,
    }
    listed = {
        name: {
            "ansible_host": each["host"],
            "ansible_port": each["port"],
            "ansible_user": each["username"],
            "ansible_password": each["password"],
        }
        for name, each in hosts.items()
    }
    inventory, play = folder / "inventory.yml", folder / "play.yml"
    inventory.write_text(json.dumps({"all": {"hosts": listed, "vars": variables}}))
    play.write_text(json.dumps(_PLAY))
    return str(inventory), str(play)


def _environment(folder: str, forks: int) -> dict[str, str]:
    return {
        **os.environ,
        "ANSIBLE_FORKS": str(forks),
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_LOCAL_TEMP": f"{folder}/local",
        "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR": f"{folder}/pc",
        "ANSIBLE_DEPRECATION_WARNINGS": "False",
        "ANSIBLE_DEVEL_WARNING": "False",
    }


def _texts(out: str) -> dict[str, list[str]]:
    start = out.find("{")
    if start < 0:
        return {}
    told, _ = json.JSONDecoder().raw_decode(out[start:])
    found: dict[str, list[str]] = {}
    for play in told["plays"]:
        for task in play["tasks"]:
            for host, each in task["hosts"].items():
                if len(each.get("stdout", ())) == len(COMMANDS):
                    found[host] = each["stdout"]
    return found


class _Watch:
    """Watches all processes below this one."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._me = psutil.Process()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.2):
            total = 0
            for each in self._me.children(recursive=True):
                try:
                    total += each.memory_info().rss
                except psutil.Error:
                    continue  # it has just ended
            self.peak_mb = max(self.peak_mb, total / 2**20)

    def end_connections(self) -> None:
        """End what `ansible-playbook` has left behind; so its CPU counts as that of a child."""
        for each in self._me.children(recursive=True):
            try:
                each.terminate()
                each.wait(5)
            except psutil.Error:
                continue  # it has just ended by itself
