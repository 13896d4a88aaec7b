"""The configuration commands, and those that change the mode."""

from __future__ import annotations

from nxsl.lab import texts
from nxsl.lab.configuration import DEFAULT_PROFILE, SPELLING_ENABLE, SPELLING_FEATURE, Profile
from nxsl.lab.device import Device, Kind
from nxsl.lab.shell import (
    CALLHOME,
    CONFIG,
    EXEC,
    VRF,
    Operands,
    Reply,
    Shell,
    command,
    config,
    policy_release,
    smart_release,
)

# -- modes ----------------------------------------------------------------------------------------


@command(EXEC, "configure terminal", "configure", kind=Kind.NAVIGATION, admin=True)
def _configure(shell: Shell, _: Operands) -> Reply:
    shell.mode = CONFIG
    return texts.ENTER_CONFIGURATION


@command(CONFIG, "end", kind=Kind.NAVIGATION)
def _end(shell: Shell, _: Operands) -> Reply:
    shell.mode = EXEC
    return None


@command(EXEC, "exit", kind=Kind.NAVIGATION)
def _log_out(shell: Shell, _: Operands) -> Reply:
    shell.closed = True
    return None


@command(EXEC, "end", kind=Kind.NAVIGATION)
def _end_of_nothing(_: Shell, __: Operands) -> Reply:
    return None


@command(CONFIG, "exit", kind=Kind.NAVIGATION)
def _leave_config(shell: Shell, _: Operands) -> Reply:
    shell.mode = EXEC
    return None


@command(CALLHOME, "exit", kind=Kind.NAVIGATION)
@command(VRF, "exit", kind=Kind.NAVIGATION)
def _leave_block(shell: Shell, _: Operands) -> Reply:
    shell.mode = CONFIG
    return None


@command(CONFIG, "callhome", kind=Kind.NAVIGATION, admin=True)
def _callhome(shell: Shell, _: Operands) -> Reply:
    shell.mode = CALLHOME
    return None


@config(CONFIG, "vrf context <name>")
def _vrf(shell: Shell, op: Operands) -> Reply:
    shell.mode, shell.vrf = VRF, op["name"]
    shell.device.running.vrfs.setdefault(op["name"], [])
    return None


@config(CONFIG, "no vrf context <name>")
def _no_vrf(shell: Shell, op: Operands) -> Reply:
    shell.device.running.vrfs.pop(op["name"], None)
    return None


# -- global ---------------------------------------------------------------------------------------


@config(CONFIG, "hostname <name>", "switchname <name>")
def _hostname(shell: Shell, op: Operands) -> Reply:
    shell.device.running.hostname = op["name"]
    return None


@config(CONFIG, "license smart enable", available=smart_release)
def _smart(shell: Shell, _: Operands) -> Reply:
    shell.device.running.smart = SPELLING_ENABLE
    return None


@config(CONFIG, "feature license smart", available=smart_release)
def _feature_smart(shell: Shell, _: Operands) -> Reply:
    shell.device.running.smart = SPELLING_FEATURE
    return None


@config(CONFIG, "no license smart enable", "no feature license smart", available=smart_release)
def _no_smart(shell: Shell, _: Operands) -> Reply:
    shell.device.running.smart = ""
    return None


def _has_pak(device: Device) -> bool:
    return not policy_release(device)


@config(CONFIG, "license grace-period", available=_has_pak)
def _grace_period(shell: Shell, _: Operands) -> Reply:
    shell.device.running.grace_period = True
    return None


@config(CONFIG, "no license grace-period", available=_has_pak)
def _no_grace_period(shell: Shell, _: Operands) -> Reply:
    shell.device.running.grace_period = False
    return None


@config(CONFIG, "ip http source-interface <name>", "ip http source-interface <name> vrf <vrf>")
def _source(shell: Shell, op: Operands) -> Reply:
    shell.device.running.source_interface = op["name"]
    return None


@config(CONFIG, "no ip http source-interface", "no ip http source-interface <name>")
def _no_source(shell: Shell, _: Operands) -> Reply:
    shell.device.running.source_interface = ""
    return None


@config(CONFIG, "ip domain-lookup")
def _lookup(shell: Shell, _: Operands) -> Reply:
    shell.device.running.domain_lookup = True
    return None


@config(CONFIG, "no ip domain-lookup")
def _no_lookup(shell: Shell, _: Operands) -> Reply:
    shell.device.running.domain_lookup = False
    return None


def _servers(rest: str) -> list[str]:
    """Read `A B [use-vrf V]` as one entry for each server."""
    addresses, _, vrf = rest.partition("use-vrf")
    suffix = f" use-vrf {vrf.strip()}" if vrf.strip() else ""
    return [address + suffix for address in addresses.split()]


def _add(known: list[str], new: list[str]) -> None:
    known += [entry for entry in new if entry not in known]


@config(CONFIG, "ip name-server <servers:rest>")
def _name_server(shell: Shell, op: Operands) -> Reply:
    _add(shell.device.running.name_servers, _servers(op["servers"]))
    return None


@config(CONFIG, "no ip name-server <servers:rest>")
def _no_name_server(shell: Shell, op: Operands) -> Reply:
    gone = _servers(op["servers"])
    running = shell.device.running
    running.name_servers = [entry for entry in running.name_servers if entry not in gone]
    return None


@config(VRF, "ip name-server <servers:rest>")
def _vrf_name_server(shell: Shell, op: Operands) -> Reply:
    _add(shell.device.running.vrfs.setdefault(shell.vrf, []), _servers(op["servers"]))
    return None


@config(VRF, "no ip name-server <servers:rest>")
def _no_vrf_name_server(shell: Shell, op: Operands) -> Reply:
    gone = _servers(op["servers"])
    vrfs = shell.device.running.vrfs
    vrfs[shell.vrf] = [entry for entry in vrfs.get(shell.vrf, []) if entry not in gone]
    return None


# -- call home ------------------------------------------------------------------------------------


@config(CALLHOME, "email-contact <address>")
def _email(shell: Shell, op: Operands) -> Reply:
    shell.device.running.callhome.email = op["address"]
    return None


@config(CALLHOME, "no email-contact", "no email-contact <address>")
def _no_email(shell: Shell, _: Operands) -> Reply:
    shell.device.running.callhome.email = ""
    return None


@config(CALLHOME, "phone-contact <number>")
def _phone(shell: Shell, op: Operands) -> Reply:
    shell.device.running.callhome.phone = op["number"]
    return None


@config(CALLHOME, "no phone-contact", "no phone-contact <number>")
def _no_phone(shell: Shell, _: Operands) -> Reply:
    shell.device.running.callhome.phone = ""
    return None


@config(CALLHOME, "streetaddress <address:rest>")
def _street(shell: Shell, op: Operands) -> Reply:
    shell.device.running.callhome.street = op["address"]
    return None


@config(CALLHOME, "no streetaddress", "no streetaddress <address:rest>")
def _no_street(shell: Shell, _: Operands) -> Reply:
    shell.device.running.callhome.street = ""
    return None


@config(CALLHOME, "destination-profile <profile>")
def _profile(shell: Shell, op: Operands) -> Reply:
    shell.device.running.callhome.profiles.setdefault(op["profile"], Profile())
    return None


@config(CALLHOME, "no destination-profile <profile>")
def _no_profile(shell: Shell, op: Operands) -> Reply:
    profiles = shell.device.running.callhome.profiles
    if op["profile"] == DEFAULT_PROFILE:
        profiles[DEFAULT_PROFILE] = Profile()
    else:
        profiles.pop(op["profile"], None)
    return None


@config(CALLHOME, "destination-profile <profile> transport-method <method>")
def _transport(shell: Shell, op: Operands) -> Reply:
    profile = shell.device.running.callhome.profiles.get(op["profile"])
    if profile is None:
        return texts.UNKNOWN_PROFILE
    # Recalled: another method stays beside the new one.
    _add(profile.transports, [op["method"]])
    return None


@config(CALLHOME, "no destination-profile <profile> transport-method <method>")
def _no_transport(shell: Shell, op: Operands) -> Reply:
    profile = shell.device.running.callhome.profiles.get(op["profile"])
    if profile is None:
        return texts.UNKNOWN_PROFILE
    profile.transports = [method for method in profile.transports if method != op["method"]]
    return None


def _destination(shell: Shell, op: Operands, *, method: str, add: bool) -> Reply:
    profile = shell.device.running.callhome.profiles.get(op["profile"])
    if profile is None:
        return texts.UNKNOWN_PROFILE
    index = int(op["index"]) if "index" in op else None
    if add:
        profile.put(method, op["address"], index)
    else:
        profile.drop(method, op["address"], index)
    return None


_HTTP = (
    "destination-profile <profile> http <address>",
    "destination-profile <profile> index <index:int> http <address>",
)
_MAIL = (
    "destination-profile <profile> email-addr <address>",
    "destination-profile <profile> index <index:int> email-addr <address>",
)


@config(CALLHOME, *_HTTP)
def _http(shell: Shell, op: Operands) -> Reply:
    return _destination(shell, op, method="http", add=True)


@config(CALLHOME, *(f"no {syntax}" for syntax in _HTTP))
def _no_http(shell: Shell, op: Operands) -> Reply:
    return _destination(shell, op, method="http", add=False)


@config(CALLHOME, *_MAIL)
def _mail(shell: Shell, op: Operands) -> Reply:
    return _destination(shell, op, method="email-addr", add=True)


@config(CALLHOME, *(f"no {syntax}" for syntax in _MAIL))
def _no_mail(shell: Shell, op: Operands) -> Reply:
    return _destination(shell, op, method="email-addr", add=False)


@config(CALLHOME, "transport http use-vrf <vrf>")
def _use_vrf(shell: Shell, op: Operands) -> Reply:
    shell.device.running.callhome.vrf = op["vrf"]
    return None


@config(CALLHOME, "no transport http use-vrf", "no transport http use-vrf <vrf>")
def _no_use_vrf(shell: Shell, _: Operands) -> Reply:
    shell.device.running.callhome.vrf = ""
    return None


@config(
    CALLHOME,
    "transport http proxy server <server> port <port:int>",
    "transport http proxy server <server>",
)
def _proxy(shell: Shell, op: Operands) -> Reply:
    callhome = shell.device.running.callhome
    callhome.proxy_server, callhome.proxy_port = op["server"], int(op.get("port", "8080"))
    return None


@config(
    CALLHOME,
    "no transport http proxy server",
    "no transport http proxy server <server>",
    "no transport http proxy server <server> port <port:int>",
)
def _no_proxy(shell: Shell, _: Operands) -> Reply:
    callhome = shell.device.running.callhome
    callhome.proxy_server, callhome.proxy_port = "", 0
    return None


@config(CALLHOME, "transport http proxy enable")
def _proxy_enable(shell: Shell, _: Operands) -> Reply:
    shell.device.running.callhome.proxy_enabled = True
    return None


@config(CALLHOME, "no transport http proxy enable")
def _no_proxy_enable(shell: Shell, _: Operands) -> Reply:
    shell.device.running.callhome.proxy_enabled = False
    return None


@config(CALLHOME, "enable")
def _enable(shell: Shell, _: Operands) -> Reply:
    callhome = shell.device.running.callhome
    if not callhome.email:
        return texts.ENABLE_NEEDS_CONTACT
    callhome.enabled = True
    return None


@config(CALLHOME, "no enable")
def _no_enable(shell: Shell, _: Operands) -> Reply:
    shell.device.running.callhome.enabled = False
    return None
