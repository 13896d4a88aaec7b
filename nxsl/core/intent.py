"""What the inventory says a switch's licensing should be, validated before anything connects.

The intent stands under the key `licensing` of a host's, a group's or the defaults' `data`:

```yaml
data:
  licensing:
    method: proxy                  # direct, proxy or on-prem
    proxy: {server: proxy.example.com, port: 8080}
    vrf: management
    source_interface: mgmt0
    email: sch-smart-licensing@cisco.com
    smart_account: Example Corp
    virtual_account: Campus
    policy:                        # only where Smart Licensing Using Policy differs
      transport: cslu              # smart, cslu, callhome or off
      url: https://ssm.example.com/cslu/v1/pi/campus-1
```
"""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from nxsl.core.errors import IntentError
from nxsl.core.policy_records import SMART_URL, PolicyMode

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOUD_URL = "https://tools.cisco.com/its/service/oddce/services/DDCEService"
"""Where classic Smart Licensing reaches Cisco; plain http is dead (cisco.com document 217965)."""

ON_PREM_PATH = "/Transportgateway/services/DeviceRequestHandler"
"""The path that an on-prem server serves to call home (cisco.com document 217965)."""

DEFAULT_EMAIL = "sch-smart-licensing@cisco.com"
"""The contact of Cisco's examples; used where neither intent nor switch has one."""

_INTERFACE = re.compile(
    r"mgmt0|(?:Vlan|loopback)\d+|(?:Ethernet\d+(?:/\d+)+|port-channel\d+)(?:\.\d+)?",
    re.IGNORECASE | re.ASCII,
)

TOKEN_SOURCES = ("env", "file", "keyring")
"""Where a token may be kept; see `nxsl.fleet.credentials`."""


class Method(StrEnum):
    """The three ways from a switch to its licensing backend."""

    DIRECT = "direct"
    PROXY = "proxy"
    ON_PREM = "on-prem"


def _one_word(text: str) -> str:
    # A blank or a line break would put something else on the switch than was meant; so would '?',
    # which asks NX-OS for help, ';', which separates commands, and '|', which begins a filter.
    if not re.fullmatch(r"[!-~]+", text, re.ASCII) or set(text) & set("?;|"):
        raise ValueError("must be one word of printable ASCII, without '?', ';' and '|'")
    return text


def _plain_text(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not hold control characters")
    return text


def _https(text: str) -> str:
    try:
        parts = urlsplit(text)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:  # its message shows a part of the text
        raise ValueError("is not a URL: its host or port cannot be read") from None
    if parts.scheme == "http":
        raise ValueError("must begin with https://; the licensing backends no longer answer http")
    if parts.scheme != "https" or not parts.hostname or not port_is_valid:
        raise ValueError("must be a URL such as https://host.example.com/path")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password")
    return text


def _http_or_https(text: str) -> str:
    # A CSLU listens on plain http: port 8182 in Cisco's examples.
    if text.lower().startswith("http://"):
        _https("https" + text[len("http") :])
        return text
    return _https(text)


def _address(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:  # its message shows the text
        address = None
    if address is None or "%" in text:
        raise ValueError("must be an IPv4 or IPv6 address")
    return str(address)  # as the switch is read, so that spellings compare


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@]+@[^@]+", text):
        raise ValueError("must be one e-mail address")
    return text


def _interface(text: str) -> str:
    # The running configuration shows the full name, so an abbreviation would differ for ever.
    if not _INTERFACE.fullmatch(text):
        raise ValueError("must be a full name such as mgmt0, Vlan27, loopback0 or Ethernet1/1")
    return text


def _token_source(text: str) -> str:
    kind, _, place = text.partition(":")
    if kind not in TOKEN_SOURCES or not place:
        raise ValueError("must say where the token is: env:NAME, file:PATH or keyring:SERVICE")
    return text


def _off(value: object) -> object:
    # By the older rules of YAML a bare `off` is a boolean.
    return PolicyMode.OFF if value is False else value


def _not_a_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Word = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_one_word)]
Text = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_plain_text)]
Url = Annotated[Word, AfterValidator(_https)]
ReportUrl = Annotated[Word, AfterValidator(_http_or_https)]
Email = Annotated[Word, AfterValidator(_email)]
Interface = Annotated[Word, AfterValidator(_interface)]
TokenSource = Annotated[Text, AfterValidator(_token_source)]
Transport = Annotated[PolicyMode, BeforeValidator(_off)]
Address = Annotated[Word, AfterValidator(_address)]

# `hide_input_in_errors`: somebody may have put a token or password where it does not belong.
_CONFIG = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Proxy(BaseModel):
    """An HTTPS proxy between the switch and Cisco's cloud."""

    model_config = _CONFIG

    server: Word
    port: Annotated[int, Field(ge=1, le=65535)]


class PolicyIntent(BaseModel):
    """What differs under Smart Licensing Using Policy; see `LicensingIntent.policy`.

    Attributes:
        transport: `smart` for the methods direct and proxy, `cslu` for on-prem, by default.
        url: where reports go. Required for `cslu`: exactly the URL that the on-prem server shows,
            or that of a CSLU (`http://host:8182/cslu/v1/pi`). For `smart` Cisco's by default.
        vrf: the VRF; that of the whole intent by default, and always for `callhome`.
    """

    model_config = _CONFIG

    transport: Transport | None = None
    url: ReportUrl | None = None
    vrf: Word | None = None

    @model_validator(mode="after")
    def _operands_fit_the_transport(self) -> Self:
        if self.url and self.transport in {PolicyMode.CALLHOME, PolicyMode.OFF}:
            raise ValueError(f"transport {self.transport} takes no 'url'")
        if self.vrf and self.transport is PolicyMode.CALLHOME:
            raise ValueError("transport callhome takes no 'vrf'; call home uses 'licensing.vrf'")
        return self


class LicensingIntent(BaseModel):
    """How a switch should reach its backend, and the account it should belong to.

    Attributes:
        method: direct, proxy or on-prem.
        url: the destination; the cloud's by default, required for on-prem. The host must be the
            name in the on-prem server's certificate.
        vrf: the VRF that call home uses.
        proxy: required for method proxy, and only there.
        email: call home's contact; None keeps what the switch has.
        source_interface: `ip http source-interface`; None keeps what the switch has.
        name_servers: the name servers that `vrf` must have; none keeps what the switch has.
        smart_account: the account the switch must belong to; None accepts any.
        virtual_account: likewise.
        token_from: where this switch's ID token is, never the token itself: `env:NAME`,
            `file:PATH` or `keyring:SERVICE`; None takes the one given to the run.
        policy: what differs on switches with Smart Licensing Using Policy; all else holds there
            as well.
    """

    model_config = _CONFIG

    method: Method = Method.DIRECT
    url: Url = CLOUD_URL
    vrf: Word = "management"
    proxy: Proxy | None = None
    email: Email | None = None
    source_interface: Interface | None = None
    name_servers: Annotated[tuple[Address, ...], BeforeValidator(_not_a_list)] = ()
    smart_account: Text | None = None
    virtual_account: Text | None = None
    token_from: TokenSource | None = None
    policy: PolicyIntent = PolicyIntent()

    @model_validator(mode="after")
    def _method_and_operands_agree(self) -> Self:
        if self.method is Method.PROXY and self.proxy is None:
            raise ValueError("method proxy needs 'proxy' with 'server' and 'port'")
        if self.method is not Method.PROXY and self.proxy is not None:
            raise ValueError(f"method {self.method} takes no 'proxy'; use method proxy")
        if self.method is not Method.ON_PREM and self.url != CLOUD_URL:
            raise ValueError(
                f"method {self.method} goes to {CLOUD_URL}; another 'url' needs method on-prem"
            )
        if self.method is Method.ON_PREM and "url" not in self.model_fields_set:
            raise ValueError(
                f"method on-prem needs 'url', such as https://ssm.example.com{ON_PREM_PATH}"
            )
        if self.policy.url and self.policy_mode is PolicyMode.SMART:
            try:
                _https(self.policy.url)
            except ValueError as error:
                raise ValueError(f"transport smart: 'policy.url' {error}") from None
        return self

    @property
    def policy_mode(self) -> PolicyMode:
        """The transport under Smart Licensing Using Policy."""
        usual = PolicyMode.CSLU if self.method is Method.ON_PREM else PolicyMode.SMART
        return self.policy.transport or usual

    @property
    def policy_url(self) -> str:
        """Where reports go under Smart Licensing Using Policy; empty where nothing says it."""
        if self.policy.url:
            return self.policy.url
        return SMART_URL if self.policy_mode is PolicyMode.SMART else ""

    @property
    def policy_vrf(self) -> str:
        """The VRF under Smart Licensing Using Policy."""
        return self.policy.vrf or self.vrf


def read_intent(host: str, data: Mapping[str, object]) -> LicensingIntent:
    """Validate the `licensing` mapping of one host.

    Raises:
        IntentError: naming the host and every field that is wrong, without showing its value.
    """
    try:
        return LicensingIntent.model_validate(dict(data))
    except ValidationError as error:
        problems = "; ".join(
            f"{_path(problem['loc'])}: {_say(problem['type'], problem['msg'], problem['loc'])}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise IntentError(
            problems,
            host=host,
            remedy=f"correct 'licensing' in the data of host {host} or of its groups",
        ) from None


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(("licensing", *map(str, location)))


_INNER: dict[int | str, type[BaseModel]] = {"proxy": Proxy, "policy": PolicyIntent}


def _say(kind: str, message: str, location: tuple[int | str, ...]) -> str:
    if kind == "extra_forbidden":
        model = _INNER.get(location[0], LicensingIntent) if len(location) > 1 else LicensingIntent
        return f"no such field; there are {', '.join(sorted(model.model_fields))}"
    return message.removeprefix("Value error, ")
