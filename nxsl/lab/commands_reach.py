"""Ping, telnet and the interfaces, the tests by hand of whether the server can be reached."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nxsl.lab import texts
from nxsl.lab.faults import DeafPeer
from nxsl.lab.network import Reach
from nxsl.lab.shell import EXEC, Console, Dialogue, Operands, Reply, Shell, command

if TYPE_CHECKING:
    from nxsl.lab.device import Device

_PACKETS = 5
INTERRUPT = "\x03"
ESCAPE = "\x1d"
_ADMIN_UP = "protocol-up/link-up/admin-up"


@command(EXEC, "show ip interface brief", "show ip interface brief vrf <vrf>")
def _interfaces(shell: Shell, op: Operands) -> Reply:
    network, vrf = shell.device.spec.network, op.get("vrf", "default")
    known = ("default", *shell.device.running.vrfs)
    if vrf not in known:
        return texts.NO_SUCH_VRF.format(vrf=vrf)
    found = [
        f'IP Interface Status for VRF "{vrf}"({known.index(vrf) + 1})',
        f"{'Interface':<21}{'IP Address':<16}Interface Status",
    ]
    names = {"mgmt0": "mgmt0", "loopback": "Lo", "Vlan": "Vlan", "Ethernet": "Eth"}
    for number, (name, member) in enumerate(network.interfaces.items(), start=101):
        short = next((name.replace(long, to) for long, to in names.items() if long in name), name)
        if member == vrf:
            found.append(f"{short:<21}{f'192.0.2.{number}':<16}{_ADMIN_UP}")
    return found


@command(
    EXEC,
    "ping <host>",
    "ping <host> vrf <vrf>",
    "ping <host> count <count:int>",
    "ping <host> count <count:int> vrf <vrf>",
    "ping <host> vrf <vrf> count <count:int>",
)
def _ping(shell: Shell, op: Operands) -> Reply:
    device, host, vrf = shell.device, op["host"], op.get("vrf", "default")
    address = device.spec.network.resolve(host, vrf, device.running)
    if not address:
        return texts.PING_NO_HOST.format(host=host)
    alive = device.spec.network.connect(host, vrf, device.running) is Reach.CONNECTED
    count = int(op.get("count", str(_PACKETS)))
    return _ping_dialogue(device, host, address, count, alive=alive)


def _ping_dialogue(device: Device, host: str, address: str, count: int, *, alive: bool) -> Dialogue:
    async def ping(console: Console) -> None:
        await console.write(f"PING {host} ({address}): 56 data bytes\n")
        for number in range(count):
            if alive:
                line = f"64 bytes from {address}: icmp_seq={number} ttl=232 time=237.58{number} ms"
            else:
                await console.pause(device.spec.ping_seconds / count)
                line = f"Request {number} timed out"
            await console.write(f"{line}\n")
        got = count if alive else 0
        lost = 0.0 if alive else 100.0
        await console.write(
            f"\n--- {host} ping statistics ---\n"
            f"{count} packets transmitted, {got} packets received, {lost:.2f}% packet loss\n"
        )
        if alive:
            await console.write("round-trip min/avg/max = 237.413/237.689/237.995 ms\n")

    return ping


@command(EXEC, "telnet <host> <port:int>", "telnet <host> <port:int> vrf <vrf>")
def _telnet(shell: Shell, op: Operands) -> Reply:
    device, host, vrf = shell.device, op["host"], op.get("vrf", "default")
    address = device.spec.network.resolve(host, vrf, device.running)
    if not address:
        return texts.TELNET_NO_HOST.format(host=host)
    # The IPv6 address comes first, and in these networks it never answers.
    tried = [device.spec.network.names6.get(host, ""), address]
    alive = device.spec.network.connect(host, vrf, device.running) is Reach.CONNECTED
    alive = alive and device.spec.network.listens(host, int(op["port"]))
    return _telnet_dialogue(device, host, [name for name in tried if name], alive=alive)


def _telnet_dialogue(device: Device, host: str, tried: list[str], *, alive: bool) -> Dialogue:
    async def telnet(console: Console) -> None:
        await console.write("".join(f"Trying {address}...\n" for address in tried))
        if alive:
            await console.write(texts.TELNET_CONNECTED.format(host=host))
            await _connected(console, deaf=device.fault(DeafPeer) is not None)
        elif await _interrupted(console, device.spec.telnet_seconds):
            await console.write("^C\n")
        else:
            await console.write(texts.TELNET_FAILED)

    return telnet


async def _interrupted(console: Console, seconds: float) -> bool:
    """Wait for an answer that does not come; tell whether Ctrl-C ended that, not the time."""
    try:
        async with asyncio.timeout(seconds):
            while await console.read_key() != INTERRUPT:
                pass
    except TimeoutError:
        return False
    return True


async def _connected(console: Console, *, deaf: bool) -> None:
    while True:
        key = await console.read_key()
        if key == INTERRUPT and not deaf:
            await console.write(f"^C{texts.TELNET_CLOSED}")
            return
        if key == ESCAPE:
            break
    # The telnet client's own prompt; only `quit` matters, so any line closes.
    await console.write("\ntelnet> ")
    while (key := await console.read_key()) not in {"\r", "\n"}:
        await console.write(key)
    await console.write("\nConnection closed.\n")
