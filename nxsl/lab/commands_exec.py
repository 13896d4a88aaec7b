"""The commands of the privileged exec mode; they run in every configuration mode as well."""

from __future__ import annotations

from importlib.resources import files

from nxsl.lab import (
    checkpoint_texts,
    commands_files,
    commands_policy,
    policy_screens,
    screens,
    texts,
)
from nxsl.lab.device import Device, Kind
from nxsl.lab.faults import SaveFails, SaveLost
from nxsl.lab.releases import Regime
from nxsl.lab.shell import (
    EXEC,
    Console,
    Operands,
    Reply,
    Shell,
    command,
    smart_on,
)

_BAR_STEPS = (1, 13, 38, 63, 88, 100)

# -- the terminal ---------------------------------------------------------------------------------


@command(EXEC, "terminal length <lines:int>", kind=Kind.NAVIGATION)
def _length(shell: Shell, op: Operands) -> Reply:
    shell.page_length = int(op["lines"])
    return None


@command(EXEC, "terminal width <columns:int>", kind=Kind.NAVIGATION)
def _width(shell: Shell, op: Operands) -> Reply:
    shell.width = int(op["columns"])
    return None


@command(
    EXEC,
    "terminal session-timeout <minutes:int>",
    "terminal monitor",
    "terminal no monitor",
    kind=Kind.NAVIGATION,
)
def _terminal(_: Shell, __: Operands) -> Reply:
    return None


# -- the switch -----------------------------------------------------------------------------------


@command(EXEC, "show version")
def _version(shell: Shell, _: Operands) -> Reply:
    return shell.device.version_text


@command(EXEC, "show clock")
def _clock(shell: Shell, _: Operands) -> Reply:
    return shell.device.clock_text()


@command(EXEC, "show hostname")
def _hostname(shell: Shell, _: Operands) -> Reply:
    return shell.device.running.hostname


@command(EXEC, "show feature")
def _feature(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    mds = device.spec.platform == "mds"
    name = "show_feature_mds.txt" if mds else "show_feature.txt"
    text = files("nxsl.lab").joinpath("data", name).read_text(encoding="utf-8")
    found = commands_files.feature_rows(device)
    if device.regime is Regime.SMART:
        found.append(f"license-smart 1 {'enabled' if device.smart else 'disabled'}")
    now = {row.split()[0]: row.split()[-1] for row in found}
    head, rows = text.splitlines()[:2], text.splitlines()[2:]
    old = [row for row in rows if row.split()[0] not in {*now, "license-smart"}]
    layout = "{:<20} 1        {}" if mds else "{:<22} 1          {}"
    new = [layout.format(name, word) for name, word in now.items()]
    return [*head, *sorted([*old, *new], key=lambda line: line.split()[0])]


@command(EXEC, "show hosts")
def _hosts(shell: Shell, _: Operands) -> Reply:
    running = shell.device.running
    lookup = "enabled" if running.domain_lookup else "disabled"
    found = [f"DNS lookup {lookup}"]
    found += [
        f"Name servers for vrf:{vrf} is {' '.join(running.name_servers_of(vrf))}"
        for vrf in ("default", *running.vrfs)
        if running.name_servers_of(vrf)
    ]
    return found


@command(EXEC, "show users")
def _users(shell: Shell, _: Operands) -> Reply:
    head = "NAME     LINE         TIME         IDLE          PID COMMENT"
    return [head, shell.device.spec.username]


# -- configurations -------------------------------------------------------------------------------


@command(EXEC, "show running-config", admin=True)
def _running(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    return device.config_text("show running-config", startup=False, body=device.running.lines())


@command(EXEC, "show running-config callhome", admin=True)
def _running_callhome(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    body = device.running.callhome_block()
    return device.config_text("show running-config callhome", startup=False, body=body)


@command(EXEC, "show startup-config", admin=True)
def _startup(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    return device.config_text("show startup-config", startup=True, body=device.startup.lines())


@command(EXEC, "show startup-config callhome", admin=True)
def _startup_callhome(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    body = device.startup.callhome_block()
    return device.config_text("show startup-config callhome", startup=True, body=body)


@command(EXEC, "copy running-config startup-config", admin=True)
def _save(shell: Shell, _: Operands) -> Reply:
    device = shell.device

    if device.checkpoints.held:
        return checkpoint_texts.BUSY

    async def save(console: Console) -> None:
        with device.checkpoints.hold():
            await copy(console)

    async def copy(console: Console) -> None:
        failing = device.fault(SaveFails)
        for percent in _BAR_STEPS:
            shown = 99 if percent == _BAR_STEPS[-1] and failing else percent
            done = "#" * max(1, texts.SAVE_BAR_WIDTH * percent // 100)
            await console.write(f"\r[{done:<{texts.SAVE_BAR_WIDTH}}] {shown:3d}%")
            await console.pause(device.spec.save_seconds / len(_BAR_STEPS))
        if isinstance(failing, SaveFails):
            await console.write(texts.SAVE_ABORTED.format(reason=failing.reason))
            return
        if device.fault(SaveLost) is None:
            device.save()
        await console.write(f"\n{texts.SAVED}")

    return save


# -- call home ------------------------------------------------------------------------------------


@command(EXEC, "show callhome")
def _callhome(shell: Shell, _: Operands) -> Reply:
    # Recalled: the layout of `show callhome` on NX-OS is shown by no source at hand.
    callhome = shell.device.running.callhome
    word = "enabled" if callhome.enabled else "disabled"
    return [
        f"callhome {word}",
        "Callhome Information:",
        f"contact person name(sysContact):{callhome.email}",
        f"contact person's email:{callhome.email}",
        f"contact person's phone:{callhome.phone}",
        f"street addr:{callhome.street}",
    ]


# -- licensing: screens ---------------------------------------------------------------------------


def _screen_status(device: Device) -> list[str]:
    if device.regime is Regime.POLICY:
        return commands_policy.status(device)
    if not device.smart:
        return [texts.SMART_DISABLED]
    return screens.status(
        device.agent.state,
        device.now(),
        device.license_date,
        automatic=device.running.conversion_automatic,
    )


def _screen_usage(device: Device) -> list[str]:
    licenses = device.spec.licenses
    if device.regime is Regime.POLICY:
        return policy_screens.policy_usage(licenses)
    if not device.smart:
        return screens.pak_usage(licenses, device.spec.platform)
    return screens.usage(device.agent.state, licenses, device.now(), device.license_date)


def _screen_udi(device: Device) -> list[str]:
    return screens.udi(*device.identity())


def _knows_smart(device: Device) -> bool:
    return device.regime in {Regime.SMART, Regime.POLICY}


def _has_files(device: Device) -> bool:
    return device.regime is not Regime.NONE


@command(EXEC, "show license status", available=_knows_smart)
def _license_status(shell: Shell, _: Operands) -> Reply:
    return _screen_status(shell.device)


@command(EXEC, "show license usage", available=_has_files)
def _license_usage(shell: Shell, _: Operands) -> Reply:
    return _screen_usage(shell.device)


@command(EXEC, "show license summary", available=_knows_smart)
def _license_summary(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    if device.regime is Regime.POLICY:
        return policy_screens.policy_summary(device.spec.licenses)
    if device.smart:
        return screens.summary(
            device.agent.state,
            device.spec.licenses,
            device.now(),
            device.license_date,
            automatic=device.running.conversion_automatic,
        )
    return _screen_usage(device)


@command(EXEC, "show license udi", available=_knows_smart)
def _license_udi(shell: Shell, _: Operands) -> Reply:
    return _screen_udi(shell.device)


@command(EXEC, "show license all", available=_knows_smart)
def _license_all(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    if device.regime is Regime.POLICY:
        return commands_policy.everything(device)
    if not device.smart:
        return [texts.SMART_DISABLED]
    return screens.everything(_screen_status(device), _screen_usage(device), _screen_udi(device))


@command(EXEC, "show license host-id", available=_has_files)
def _host_id(shell: Shell, _: Operands) -> Reply:
    return f"License hostid: VDH={shell.device.serial}"


@command(EXEC, "show license", available=_has_files)
def _license(shell: Shell, _: Operands) -> Reply:
    return screens.license_files(shell.device.spec.licenses, shell.device.serial)


# -- licensing: what it is told -------------------------------------------------------------------


@command(EXEC, "license smart register idtoken <token>", admin=True, available=smart_on)
def _register(shell: Shell, op: Operands) -> Reply:
    return shell.device.agent.register(op["token"], force=False)


@command(EXEC, "license smart register idtoken <token> force", admin=True, available=smart_on)
def _register_anew(shell: Shell, op: Operands) -> Reply:
    return shell.device.agent.register(op["token"], force=True)


@command(EXEC, "license smart deregister", admin=True, available=smart_on)
def _deregister(shell: Shell, _: Operands) -> Reply:
    return shell.device.agent.deregister()


@command(EXEC, "license smart renew id", admin=True, available=smart_on)
def _renew_id(shell: Shell, _: Operands) -> Reply:
    return shell.device.agent.renew_id()


@command(EXEC, "license smart renew auth", admin=True, available=smart_on)
def _renew_auth(shell: Shell, _: Operands) -> Reply:
    return shell.device.agent.renew_auth()
