"""A way over another machine: OpenSSH's `ProxyCommand`, and what comes of it when it ends."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from nxsl.core import errors
from nxsl.nxos.connect import close_session, open_session
from tests.conftest import Fleet, switch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# What `ssh -W` does: it joins its own pipes and a TCP connection.
_JOIN = """
import os, socket, sys, threading
sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def out():
    while data := sock.recv(65536):
        os.write(1, data)
    os._exit(0)
threading.Thread(target=out, daemon=True).start()
while data := os.read(0, 65536):
    sock.sendall(data)
"""


def by_command(run: Fleet, folder: Path, command: str) -> None:
    """Let the only host be reached by a command."""
    file = folder / "ssh_config"
    file.write_text(f"Host *\n  ProxyCommand {command}\n", encoding="utf-8")
    run.nr.config.ssh.config_file = str(file)


def test_a_switch_behind_another_machine(fleet: Callable[..., Fleet], tmp_path: Path) -> None:
    run = fleet(switch())
    join = tmp_path / "join.py"
    join.write_text(_JOIN, encoding="utf-8")
    by_command(run, tmp_path, f"{sys.executable} {join} {run.lab['leaf1'].port}")
    host = run.nr.inventory.hosts["leaf1"]
    session = open_session(host, run.nr.config)
    with session.ahead("show clock", "show feature"):
        assert session.show("show clock")
        assert session.show("show feature")
    close_session(host)


def test_a_command_that_ends_at_once_is_noticed_at_once(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(switch())
    by_command(run, tmp_path, f"{sys.executable} -c pass")
    host = run.nr.inventory.hosts["leaf1"]
    host.connection_options.clear()
    started = time.process_time()
    with pytest.raises(errors.ConnectError, match="banner"):
        open_session(host, run.nr.config)
    assert time.process_time() - started < 5  # paramiko's own would read for ten seconds
    assert run.lab["leaf1"].connections == 0
