"""The commands of Smart Licensing Using Policy; the grammar is IOS-XE's where NX-OS shows none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from nxsl.lab import policy_screens, policy_tech, policy_texts, screens
from nxsl.lab.flash import NoSpace
from nxsl.lab.policy_reports import Report, ReportState
from nxsl.lab.releases import product_of
from nxsl.lab.shell import CONFIG, EXEC, Operands, Reply, Shell, command, config, policy_release

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.lab.device import Device

# -- the transport --------------------------------------------------------------------------------


def _mode(word: str) -> None:
    @config(CONFIG, f"license smart transport {word}", available=policy_release)
    def _set(shell: Shell, _: Operands) -> Reply:
        shell.device.running.slp.mode = word
        return None


_MODES = ("smart", "cslu", "callhome", "off")
for _word in _MODES:
    _mode(_word)


@config(
    CONFIG,
    "no license smart transport",
    *(f"no license smart transport {word}" for word in _MODES),
    available=policy_release,
)
def _no_mode(shell: Shell, _: Operands) -> Reply:
    shell.device.running.slp.mode = "cslu"
    return None


@config(CONFIG, "license smart url default", available=policy_release)
def _default_url(shell: Shell, _: Operands) -> Reply:
    shell.device.running.slp.smart_url = ""
    return None


def _setting(name: str, syntax: str, kind: str) -> None:
    """Register a setting, its removal and where it is kept."""

    @config(CONFIG, f"license smart {syntax} <value{kind}>", available=policy_release)
    def _set(shell: Shell, op: Operands) -> Reply:
        setattr(shell.device.running.slp, name, op["value"])
        return None

    @config(
        CONFIG,
        f"no license smart {syntax}",
        f"no license smart {syntax} <value{kind}>",
        available=policy_release,
    )
    def _unset(shell: Shell, _: Operands) -> Reply:
        setattr(shell.device.running.slp, name, "")
        return None


for _name, _syntax, _kind in (
    ("cslu_url", "url cslu", ""),
    ("smart_url", "url smart", ""),
    ("vrf", "vrf", ""),
    ("proxy_address", "proxy address", ""),
    ("proxy_port", "proxy port", ":int"),
    ("usage_interval", "usage interval", ":int"),
):
    _setting(_name, _syntax, _kind)

# -- the screens ----------------------------------------------------------------------------------


def status(device: Device) -> list[str]:
    """Render `show license status`."""
    return policy_screens.policy_status(
        device.policy.record, device.running.slp, device.report_interval, device.license_date
    )


def everything(device: Device) -> list[str]:
    """Render `show license all`."""
    usage = policy_screens.policy_usage(device.spec.licenses)
    return policy_tech.policy_all(device.policy.snapshot(), status(device), usage, _udi(device))


def _udi(device: Device) -> list[str]:
    return screens.udi(product_of(device.version_text), device.serial)


@command(EXEC, "show license tech support", available=policy_release)
def _tech_support(shell: Shell, _: Operands) -> Reply:
    device = shell.device
    return policy_tech.tech_support(
        device.policy.snapshot(),
        device.spec.licenses,
        status(device),
        _udi(device),
        device.license_date,
    )


@command(EXEC, "show license rum id all", available=policy_release)
def _rum_ids(shell: Shell, _: Operands) -> Reply:
    return policy_tech.rum_ids(shell.device.policy.store.reports)


@command(EXEC, "show license history message", available=policy_release)
def _history(shell: Shell, _: Operands) -> Reply:
    return policy_tech.history(shell.device.policy.record, shell.device.license_date)


# -- trust and reports ----------------------------------------------------------------------------


def _bare(device: Device) -> bool:
    return policy_release(device) and not device.spec.trust_scope_required


def _scoped(device: Device) -> bool:
    return policy_release(device) and not device.spec.trust_scope_unknown


_TRUST = "license smart trust idtoken <token>"
_SCOPES = (f"{_TRUST} local", f"{_TRUST} all")


@command(EXEC, _TRUST, admin=True, available=_bare)
@command(EXEC, *_SCOPES, admin=True, available=_scoped)
def _trust(shell: Shell, op: Operands) -> Reply:
    return shell.device.policy.trust(op["token"], force=False)


@command(EXEC, f"{_TRUST} force", admin=True, available=_bare)
@command(EXEC, *(f"{syntax} force" for syntax in _SCOPES), admin=True, available=_scoped)
def _trust_anew(shell: Shell, op: Operands) -> Reply:
    return shell.device.policy.trust(op["token"], force=True)


@command(
    EXEC, "license smart sync all", "license smart sync local", admin=True, available=policy_release
)
def _sync(shell: Shell, _: Operands) -> Reply:
    return shell.device.policy.sync()


# -- files ----------------------------------------------------------------------------------------


def _write(device: Device, path: str, data: bytes) -> str | None:
    try:
        device.flash.write(path, data)
    except NoSpace:
        return policy_texts.FLASH_FULL
    return None


def _save_usage(device: Device, path: str, select: Callable[[Report], bool]) -> Reply:
    data = device.policy.usage_file(select)
    if not data:
        return policy_texts.NOTHING_TO_SAVE
    failure = _write(device, path, data)
    if failure is None:
        device.policy.file_written()
    return failure


@command(EXEC, "license smart save usage all file <path>", admin=True, available=policy_release)
def _save_all(shell: Shell, op: Operands) -> Reply:
    return _save_usage(shell.device, op["path"], lambda _: True)


@command(
    EXEC,
    "license smart save usage unreported file <path>",
    admin=True,
    available=policy_release,
)
def _save_unreported(shell: Shell, op: Operands) -> Reply:
    return _save_usage(shell.device, op["path"], lambda report: report.state is not ReportState.ACK)


@command(
    EXEC,
    "license smart save usage days <days:int> file <path>",
    admin=True,
    available=policy_release,
)
def _save_days(shell: Shell, op: Operands) -> Reply:
    since = shell.device.now() - timedelta(days=int(op["days"]))
    return _save_usage(shell.device, op["path"], lambda report: report.opened >= since)


@command(
    EXEC,
    "license smart save usage rum-id <number:int> file <path>",
    admin=True,
    available=policy_release,
)
def _save_one(shell: Shell, op: Operands) -> Reply:
    number = int(op["number"])
    return _save_usage(shell.device, op["path"], lambda report: report.number == number)


@command(EXEC, "license smart save trust-request <path>", admin=True, available=policy_release)
def _save_request(shell: Shell, op: Operands) -> Reply:
    return _write(shell.device, op["path"], shell.device.policy.trust_request())


@command(EXEC, "license smart import <path>", admin=True, available=policy_release)
def _import(shell: Shell, op: Operands) -> Reply:
    data = shell.device.flash.read(op["path"])
    return policy_texts.NO_SUCH_FILE if data is None else shell.device.policy.take_in(data)
