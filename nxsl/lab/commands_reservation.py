"""The commands of licence conversion and licence reservation under classic smart licensing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.lab import policy_texts, texts
from nxsl.lab.shell import (
    CONFIG,
    EXEC,
    Console,
    Operands,
    Reply,
    Shell,
    command,
    config,
    smart_on,
)

if TYPE_CHECKING:
    from nxsl.lab.device import Device


# -- conversion -----------------------------------------------------------------------------------


@command(EXEC, "license smart conversion start", admin=True, available=smart_on)
def _convert(shell: Shell, _: Operands) -> Reply:
    return shell.device.converter.start()


@command(EXEC, "license smart conversion stop", admin=True, available=smart_on)
def _stop(shell: Shell, _: Operands) -> Reply:
    return shell.device.converter.stop()


@config(CONFIG, "license smart conversion automatic", available=smart_on)
def _automatic(shell: Shell, _: Operands) -> Reply:
    shell.device.running.conversion_automatic = True
    return None


@config(CONFIG, "no license smart conversion automatic", available=smart_on)
def _no_automatic(shell: Shell, _: Operands) -> Reply:
    shell.device.running.conversion_automatic = False
    return None


# -- reservation ----------------------------------------------------------------------------------


def _reserves(device: Device) -> bool:
    return device.smart and device.spec.reservation_form != "none"


def _local(device: Device) -> bool:
    return _reserves(device) and device.spec.reservation_form in {"local", "both"}


def _plain(device: Device) -> bool:
    return _reserves(device) and device.spec.reservation_form in {"plain", "both"}


@config(CONFIG, "license smart reservation", available=_reserves)
def _reservation(shell: Shell, _: Operands) -> Reply:
    shell.device.running.reservation = True
    return None


@config(CONFIG, "no license smart reservation", available=_reserves)
def _no_reservation(shell: Shell, _: Operands) -> Reply:
    shell.device.running.reservation = False
    return None


@command(EXEC, "license smart reservation request local", admin=True, available=_local)
def _request_local(shell: Shell, _: Operands) -> Reply:
    return _request(shell, bare=False)


@command(EXEC, "license smart reservation request", admin=True, available=_plain)
def _request_plain(shell: Shell, _: Operands) -> Reply:
    return _request(shell, bare=True)


def _request(shell: Shell, *, bare: bool) -> Reply:
    device = shell.device
    if not device.running.reservation:
        return texts.RESERVATION_OFF
    return device.reservation.request(bare=bare)


@command(EXEC, "license smart reservation install <code>", admin=True, available=_reserves)
def _install(shell: Shell, op: Operands) -> Reply:
    device = shell.device
    if not device.running.reservation:
        return texts.RESERVATION_OFF
    return device.reservation.install(op["code"])


@command(EXEC, "license smart reservation install file <path>", admin=True, available=_reserves)
def _install_file(shell: Shell, op: Operands) -> Reply:
    """Install the code that a file of `bootflash:` holds, the form IOS-XE is known to have."""
    device = shell.device
    if not device.running.reservation:
        return texts.RESERVATION_OFF
    data = device.flash.read(op["path"])
    if data is None:
        return policy_texts.NO_SUCH_FILE
    return device.reservation.install(data.decode("utf-8", "replace").strip())


@command(EXEC, "license smart reservation cancel local", admin=True, available=_local)
@command(EXEC, "license smart reservation cancel", admin=True, available=_plain)
def _cancel(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    return device.reservation.cancel() if device.running.reservation else texts.RESERVATION_OFF


@command(EXEC, "license smart reservation return local", admin=True, available=_local)
@command(EXEC, "license smart reservation return", admin=True, available=_plain)
def _return(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    if not device.running.reservation:
        return texts.RESERVATION_OFF
    if not device.reservation.installed:
        return texts.NO_RESERVATION

    async def ask(console: Console) -> None:
        await console.write(texts.RESERVATION_RETURN_WARNING)
        answer = await console.read_line(texts.RESERVATION_RETURN_QUESTION) or ""
        shell.answered(answer)
        if answer.strip().lower() in {"y", "yes"}:
            await console.write("".join(f"{line}\n" for line in device.reservation.give_back()))

    return ask


@command(EXEC, "show license reservation", available=_reserves)
def _show(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    return device.reservation.lines(
        device.spec.licenses, device.license_date, enabled=device.running.reservation
    )
