"""The commands about checkpoints; like all of the exec mode they run in every mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.lab import checkpoint_texts, texts
from nxsl.lab.checkpoints import ATOMIC, patch, render_patch
from nxsl.lab.faults import RollbackFails
from nxsl.lab.shell import CONFIG, EXEC, Console, Operands, Reply, Shell, command, type_in

if TYPE_CHECKING:
    from nxsl.lab.configuration import Configuration
    from nxsl.lab.device import Device


@command(EXEC, "checkpoint <name>", "checkpoint <name> description <text:rest>", admin=True)
def _make(shell: Shell, op: Operands) -> Reply:
    return shell.device.checkpoints.make(op["name"], op.get("text", "None"))


@command(EXEC, "no checkpoint <name>", admin=True)
def _drop(shell: Shell, op: Operands) -> Reply:
    return shell.device.checkpoints.drop(op["name"])


@command(EXEC, "show checkpoint summary", admin=True)
def _summary(shell: Shell, _: Operands) -> Reply:
    return shell.device.checkpoints.summary()


@command(EXEC, "show diff rollback-patch checkpoint <name> running-config", admin=True)
def _diff(shell: Shell, op: Operands) -> Reply:
    device = shell.device
    found = device.checkpoints.get(op["name"])
    if found is None:
        return checkpoint_texts.UNKNOWN
    return render_patch(patch(found.configuration, device.running))


_ROLLBACK = "rollback running-config checkpoint <name>"


@command(
    EXEC,
    _ROLLBACK,
    f"{_ROLLBACK} {ATOMIC}",
    f"{_ROLLBACK} best-effort",
    f"{_ROLLBACK} stop-at-first-failure",
    admin=True,
)
def _rollback(shell: Shell, op: Operands) -> Reply:
    device = shell.device
    fault = device.fault(RollbackFails)
    mode = fault.mode if isinstance(fault, RollbackFails) else "no"
    if mode == "denied":
        return texts.PERMISSION_DENIED
    if device.checkpoints.busy():
        return checkpoint_texts.BUSY
    found = device.checkpoints.get(op["name"])
    if found is None:
        return checkpoint_texts.UNKNOWN
    wanted = found.configuration.copy()

    async def roll_back(console: Console) -> None:
        with device.checkpoints.hold():
            await console.write(f"{checkpoint_texts.ADVISORY}{checkpoint_texts.PREPARING}")
            await console.pause(device.spec.save_seconds)
            _apply(device, wanted, mode)
            await console.write(checkpoint_texts.EXECUTING)
            await console.write(_ending(mode))

    return roll_back


def _apply(device: Device, wanted: Configuration, mode: str) -> None:
    if mode in {"no effect", "lost"}:
        return
    if mode in {"half", "half lost"}:
        lines = patch(device.running, wanted)
        for context, line in lines[: len(lines) // 2]:
            type_in(device, (*context, line), CONFIG)
    else:
        device.running = wanted
    device.configured()


def _ending(mode: str) -> str:
    if mode in {"no effect", "half"}:
        return f"{checkpoint_texts.VERIFICATION_FAILED}{checkpoint_texts.ROLLBACK_FAILED}"
    return checkpoint_texts.ROLLED_BACK
