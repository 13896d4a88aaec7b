"""Text of a switch in, frozen record out, or `ParseError`: the only door to the parsers.

Nothing is guessed. A text that lacks what its command always prints, holds a line twice, or has a
value that cannot be is refused, with the text in the error. What the templates in
`nxsl/nxos/templates` read, and where each layout was seen, is said in each of them.

To be confirmed on a real switch: texts of `show license status` while not registered (only ASA and
IOS-XE show them) and with another time zone than UTC; the table of `show license summary`;
`show license usage` under Smart Licensing with licences; every refusal of
`license smart register` and `license smart import`; under Smart Licensing Using Policy everything
but `show license usage`, as only IOS-XE shows the others; names that do not resolve.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from nxsl.core.errors import ParseError
from nxsl.nxos import (
    _checkpoints,
    _configuration,
    _policy,
    _reports,
    _status,
    _surroundings,
    _system,
    _usage,
)
from nxsl.nxos._text import clean, refuse
from nxsl.nxos._ttp import TemplateError, match_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from nxsl.core.checkpoint_records import (
        Checkpoint,
        CheckpointReply,
        RollbackPatch,
        RollbackReply,
    )
    from nxsl.core.policy_records import Exchanges, PolicyStatus, RumReport, Udi
    from nxsl.core.records import (
        CallHome,
        Clock,
        DeviceFacts,
        Features,
        HttpClient,
        LicenseFile,
        LicenseStatus,
        LicenseSummary,
        LicenseUsage,
        PakUsage,
        Ping,
        RegisterReply,
        SaveReply,
        SmartLicensing,
        TelnetProbe,
        VrfContexts,
    )
    from nxsl.core.system_records import (
        CaCertificates,
        FlashListing,
        HostId,
        ImportReply,
        NtpPeers,
        Vdc,
    )
    from nxsl.nxos._matched import Matched

Record: TypeAlias = (
    "DeviceFacts | Clock | LicenseStatus | LicenseUsage | PakUsage | LicenseSummary"
    " | tuple[LicenseFile, ...] | Features | CallHome | VrfContexts | HttpClient"
    " | SmartLicensing | Ping | TelnetProbe | SaveReply | RegisterReply | PolicyStatus | HostId"
    " | Udi | Exchanges | tuple[RumReport, ...] | Vdc | NtpPeers | CaCertificates | FlashListing"
    " | ImportReply | CheckpointReply | tuple[Checkpoint, ...] | RollbackReply | RollbackPatch"
    " | str"
)


Make: TypeAlias = "Callable[[Matched, Mapping[str, tzinfo]], Record]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """How one command is read.

    Attributes:
        template: the template's name without `nxos_`.
        make: makes the record; raises `ValueError`.
        may_be_empty: whether printing nothing is an answer.
        redrawn: whether carriage returns redraw a line.
        other_form: a line, in small letters, by which another layout of the same command is told,
            and how that is read.
        answer: a line that looks like a refusal of the command, yet is an answer.
    """

    template: str
    make: Make
    may_be_empty: bool = False
    redrawn: bool = False
    other_form: tuple[str, _Reader] | None = None
    answer: re.Pattern[str] | None = None

    def for_lines(self, lines: tuple[str, ...]) -> _Reader:
        """How these lines are read."""
        if self.other_form and any(line.lower() == self.other_form[0] for line in lines):
            return self.other_form[1]
        return self


def _undated(make: Callable[[Matched], Record]) -> Make:
    """Fit a function for texts that hold no date with a zone."""
    return lambda matched, _zones: make(matched)


_CALLHOME = _Reader(template="show_running-config_callhome", make=_undated(_configuration.callhome))
_VRF = _Reader(
    template="show_running-config_vrf_context",
    make=_undated(_configuration.vrf_contexts),
    may_be_empty=True,
)
_NAME_SERVERS = _Reader(
    template="show_running-config_name_server",
    make=_undated(_configuration.global_name_servers),
    may_be_empty=True,
)
_SMART = _Reader(
    template="show_running-config_license_smart",
    make=_undated(_configuration.smart_licensing),
    may_be_empty=True,
)
_HTTP = _Reader(
    template="show_running-config_http",
    make=_undated(_configuration.http_client),
    may_be_empty=True,
)

_NO_HOST = re.compile(r"% Invalid host/interface \S+")

_READERS: dict[str, _Reader] = {
    "show version": _Reader(template="show_version", make=_undated(_system.facts)),
    "show clock": _Reader(template="show_clock", make=_undated(_system.clock)),
    "show license status": _Reader(
        template="show_license_status",
        make=_status.status,
        other_form=(
            f"{_policy.TITLE}:",
            _Reader(template="show_license_status_policy", make=_policy.status),
        ),
    ),
    "show license usage": _Reader(template="show_license_usage", make=_usage.usage),
    "show license summary": _Reader(template="show_license_summary", make=_status.summary),
    "show license": _Reader(template="show_license", make=_undated(_usage.files)),
    "show license host-id": _Reader(
        template="show_license_host-id", make=_undated(_surroundings.host_id)
    ),
    "show feature": _Reader(
        template="show_feature", make=_undated(partial(_configuration.features, filtered=False))
    ),
    "show feature | include license": _Reader(
        template="show_feature",
        make=_undated(partial(_configuration.features, filtered=True)),
        may_be_empty=True,
    ),
    "show running-config callhome": _CALLHOME,
    "show startup-config callhome": _CALLHOME,
    'show running-config | section "vrf context"': _VRF,
    'show startup-config | section "vrf context"': _VRF,
    'show running-config | include "^ip name-server"': _NAME_SERVERS,
    'show startup-config | include "^ip name-server"': _NAME_SERVERS,
    'show running-config | include "license smart"': _SMART,
    'show startup-config | include "license smart"': _SMART,
    'show running-config | include "ip http source-interface"': _HTTP,
    'show startup-config | include "ip http source-interface"': _HTTP,
    "ping": _Reader(template="ping", make=_undated(_system.ping), answer=_NO_HOST),
    "telnet": _Reader(template="telnet", make=_undated(_system.telnet), answer=_NO_HOST),
    "copy running-config startup-config": _Reader(
        template="copy_running-config_startup-config",
        make=_undated(_system.save_reply),
        redrawn=True,
    ),
    "license smart register": _Reader(
        template="license_smart_register", make=_undated(_system.register_reply)
    ),
    "license smart import": _Reader(
        template="license_smart_import", make=_undated(_surroundings.import_reply)
    ),
    "show license udi": _Reader(template="show_license_udi", make=_undated(_reports.udi)),
    "show license tech support": _Reader(
        template="show_license_tech_support", make=_reports.exchanges
    ),
    "show license rum id all": _Reader(
        template="show_license_rum_id_all", make=_undated(_reports.rum_reports)
    ),
    "show vdc current-vdc": _Reader(
        template="show_vdc_current-vdc", make=_undated(_surroundings.vdc)
    ),
    "show ntp peer-status": _Reader(
        template="show_ntp_peer-status", make=_undated(_surroundings.ntp_peers)
    ),
    "show crypto ca certificates": _Reader(
        template="show_crypto_ca_certificates",
        make=_undated(_surroundings.ca_certificates),
        may_be_empty=True,
    ),
    "dir bootflash:": _Reader(template="dir_bootflash", make=_undated(_surroundings.listing)),
    "show file md5sum": _Reader(template="show_file_md5sum", make=_undated(_surroundings.md5)),
    "checkpoint": _Reader(
        template="checkpoint", make=_undated(_checkpoints.reply), may_be_empty=True
    ),
    "show checkpoint summary": _Reader(
        template="show_checkpoint_summary", make=_undated(_checkpoints.summary), may_be_empty=True
    ),
    "rollback running-config": _Reader(
        template="rollback_running-config", make=_undated(_checkpoints.rollback_reply)
    ),
    "show diff rollback-patch": _Reader(
        template="show_diff_rollback-patch", make=_undated(_checkpoints.patch)
    ),
}

COMMANDS: tuple[str, ...] = tuple(_READERS)
"""The commands whose output can be parsed, spelt in full."""

# The operands do not matter to the layout; `license smart register` has a secret among them.
_WITH_OPERANDS: dict[str, str | tuple[str, ...]] = {
    "ping": "ping ",
    "telnet": "telnet ",
    "license smart register": "license smart register ",
    "license smart import": "license smart import ",
    "dir bootflash:": "dir bootflash:",
    "checkpoint": ("checkpoint ", "no checkpoint "),
    "rollback running-config": "rollback running-config ",
    "show diff rollback-patch": "show diff rollback-patch ",
}
_MD5 = re.compile(r"show file \S+ md5sum")

NO_ZONES: Mapping[str, tzinfo] = MappingProxyType({})


@overload
def parse(command: Literal["show version"], text: str) -> DeviceFacts: ...
@overload
def parse(command: Literal["show clock"], text: str) -> Clock: ...
@overload
def parse(
    command: Literal["show license status"], text: str, *, zones: Mapping[str, tzinfo] = ...
) -> LicenseStatus | PolicyStatus: ...
@overload
def parse(
    command: Literal["show license usage"], text: str, *, zones: Mapping[str, tzinfo] = ...
) -> LicenseUsage | PakUsage: ...
@overload
def parse(
    command: Literal["show license summary"], text: str, *, zones: Mapping[str, tzinfo] = ...
) -> LicenseSummary: ...
@overload
def parse(command: Literal["show license"], text: str) -> tuple[LicenseFile, ...]: ...
@overload
def parse(command: Literal["show license host-id"], text: str) -> HostId: ...
@overload
def parse(
    command: Literal["show feature", "show feature | include license"], text: str
) -> Features: ...
@overload
def parse(
    command: Literal["show running-config callhome", "show startup-config callhome"], text: str
) -> CallHome: ...
@overload
def parse(
    command: Literal[
        'show running-config | section "vrf context"',
        'show startup-config | section "vrf context"',
        'show running-config | include "^ip name-server"',
        'show startup-config | include "^ip name-server"',
    ],
    text: str,
) -> VrfContexts: ...
@overload
def parse(
    command: Literal[
        'show running-config | include "ip http source-interface"',
        'show startup-config | include "ip http source-interface"',
    ],
    text: str,
) -> HttpClient: ...
@overload
def parse(
    command: Literal[
        'show running-config | include "license smart"',
        'show startup-config | include "license smart"',
    ],
    text: str,
) -> SmartLicensing: ...
@overload
def parse(command: Literal["ping"], text: str) -> Ping: ...
@overload
def parse(command: Literal["telnet"], text: str) -> TelnetProbe: ...
@overload
def parse(command: Literal["copy running-config startup-config"], text: str) -> SaveReply: ...
@overload
def parse(command: Literal["license smart register"], text: str) -> RegisterReply: ...
@overload
def parse(command: Literal["license smart import"], text: str) -> ImportReply: ...
@overload
def parse(command: Literal["show license udi"], text: str) -> Udi: ...
@overload
def parse(
    command: Literal["show license tech support"], text: str, *, zones: Mapping[str, tzinfo] = ...
) -> Exchanges: ...
@overload
def parse(command: Literal["show license rum id all"], text: str) -> tuple[RumReport, ...]: ...
@overload
def parse(command: Literal["show vdc current-vdc"], text: str) -> Vdc: ...
@overload
def parse(command: Literal["show ntp peer-status"], text: str) -> NtpPeers: ...
@overload
def parse(command: Literal["show crypto ca certificates"], text: str) -> CaCertificates: ...
@overload
def parse(command: Literal["dir bootflash:"], text: str) -> FlashListing: ...
@overload
def parse(command: Literal["show file md5sum"], text: str) -> str: ...
@overload
def parse(command: Literal["checkpoint"], text: str) -> CheckpointReply: ...
@overload
def parse(command: Literal["show checkpoint summary"], text: str) -> tuple[Checkpoint, ...]: ...
@overload
def parse(command: Literal["rollback running-config"], text: str) -> RollbackReply: ...
@overload
def parse(command: Literal["show diff rollback-patch"], text: str) -> RollbackPatch: ...
@overload
def parse(command: str, text: str, *, zones: Mapping[str, tzinfo] = ...) -> Record: ...


def parse(command: str, text: str, *, zones: Mapping[str, tzinfo] = NO_ZONES) -> Record:
    """Read what `command` printed.

    Args:
        command: one of `COMMANDS`, in any case and with any blanks. `ping`, `telnet`,
            `license smart register`, `license smart import`, `dir bootflash:`, `checkpoint`,
            `rollback running-config` and `show diff rollback-patch` may have operands;
            `show file FILE md5sum` may name its file.
        text: the output alone, without the echo of the command and without the prompt.
        zones: what the names of time zones other than UTC and GMT mean on this switch. The agent
            prints dates with such a name where the clock is set to a zone, and a name such as
            `IST` has no offset by itself.

    Returns:
        The record of the command.

    Raises:
        ParseError: the command is not in `COMMANDS`, or the text is not what it prints.
    """
    name = _name(command)
    reader = _READERS[name]
    lines = clean(
        name,
        text,
        may_be_empty=reader.may_be_empty,
        redrawn=reader.redrawn,
        answer=reader.answer,
    )
    reader = reader.for_lines(lines)
    try:
        matches = match_lines(f"nxos_{reader.template}", lines)
        matched = tuple(zip(lines, matches, strict=True))
        return reader.make(matched, zones)
    except (TemplateError, ValueError) as error:
        refuse(name, str(error), text)


def _name(command: str) -> str:
    if command in _READERS:
        return command
    words = re.sub(r"\s*\|\s*", " | ", " ".join(command.lower().split()))
    for name, beginning in _WITH_OPERANDS.items():
        if words == name or words.startswith(beginning):
            return name
    if _MD5.fullmatch(words):
        return "show file md5sum"
    if words in _READERS:
        return words
    # The command is not shown: what follows `license smart trust` is a secret.
    raise ParseError("no parser for this command; there are: " + ", ".join(COMMANDS))
