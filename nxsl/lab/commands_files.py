"""The commands of `bootflash:` and of the servers that carry files to and from it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from nxsl.lab import policy_texts
from nxsl.lab.flash import name_of
from nxsl.lab.shell import CONFIG, EXEC, Console, Operands, Reply, Shell, command, config

if TYPE_CHECKING:
    from nxsl.lab.device import Device

SERVERS = ("scp-server", "sftp-server")
_REFUSALS = frozenset({"n", "no", "abort"})


def _server(name: str) -> None:
    @config(CONFIG, f"feature {name}")
    def _on(shell: Shell, _: Operands) -> Reply:
        shell.device.running.file_servers.add(name)
        return None

    @config(CONFIG, f"no feature {name}")
    def _off(shell: Shell, _: Operands) -> Reply:
        shell.device.running.file_servers.discard(name)
        return None


for _name in SERVERS:
    _server(_name)


def feature_rows(device: Device) -> list[str]:
    """Render the rows of `show feature`."""
    servers = device.running.file_servers
    words = {name: "enabled" if name in servers else "disabled" for name in SERVERS}
    return [f"{_ROW_NAMES[name]:<22} 1          {word}" for name, word in words.items()]


_ROW_NAMES = {"scp-server": "scpServer", "sftp-server": "sftpServer"}


@command(EXEC, "dir", "dir <path>")
def _dir(shell: Shell, op: Operands) -> Reply:
    device = shell.device
    found = device.flash.listing(op.get("path", ""), device.local)
    return policy_texts.NO_SUCH_FILE if found is None else found


@command(EXEC, "show file <path>")
def _show(shell: Shell, op: Operands) -> Reply:
    data = shell.device.flash.read(op["path"])
    if data is None:
        return policy_texts.NO_SUCH_FILE
    return data.decode("utf-8", "surrogateescape")


def _digest(shell: Shell, path: str, kind: str) -> str:
    data = shell.device.flash.read(path)
    return policy_texts.NO_SUCH_FILE if data is None else hashlib.new(kind, data).hexdigest()


@command(EXEC, "show file <path> md5sum")
def _md5(shell: Shell, op: Operands) -> Reply:
    return _digest(shell, op["path"], "md5")


@command(EXEC, "show file <path> sha256sum")
def _sha256(shell: Shell, op: Operands) -> Reply:
    return _digest(shell, op["path"], "sha256")


@command(EXEC, "delete <path> no-prompt", admin=True)
def _delete(shell: Shell, op: Operands) -> Reply:
    return None if shell.device.flash.delete(op["path"]) else policy_texts.NO_SUCH_FILE


@command(EXEC, "delete <path>", admin=True)
def _delete_asked(shell: Shell, op: Operands) -> Reply:
    flash, path = shell.device.flash, op["path"]

    async def ask(console: Console) -> None:
        await console.write(policy_texts.DELETE_QUESTION.format(name=name_of(path)))
        typed = ""
        while (key := await console.read_key()) not in {"\r", "\n"}:
            await console.write(key)
            typed += key
        await console.write("\n")
        if typed.strip().lower() not in _REFUSALS and not flash.delete(path):
            await console.write(f"{policy_texts.NO_SUCH_FILE}\n")

    return ask
