"""What the agent's `Failure reason:` texts mean, and what to do about each.

The texts come from Cisco's field notices and troubleshooting pages and from saved outputs of the
same licensing agent on other platforms; `source` says which. A text that is not listed here is
shown as it is and explained as unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

_PATH = (
    "check call home (`show running-config callhome`: https, enable, VRF, proxy), name resolution "
    "and `telnet tools.cisco.com 443 vrf management`, and the source interface "
    "(`show running-config | include http`)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A known failure reason.

    Attributes:
        code: a short name for tables and scripts.
        text: what the agent prints, or the part of it that tells.
        cause: what it means.
        remedy: what to do.
        token_is_at_fault: whether other switches would fail with the same token.
        source: where the text and its meaning come from.
    """

    code: str
    text: str
    cause: str
    remedy: str
    source: str
    token_is_at_fault: bool = False


UNKNOWN = Reason(
    code="unknown-reason",
    text="",
    cause="nxsl does not know this failure reason",
    remedy="look at `show license tech support` and `show logging | include LICMGR` on the switch",
    source="",
)

REASONS: tuple[Reason, ...] = (
    Reason(
        code="backend-unreachable",
        text="Fail to send out Call Home HTTP message",
        cause="the switch cannot reach the backend: call home, name resolution, route, VRF, proxy, "
        "firewall or a missing root certificate",
        remedy=_PATH,
        source="Cisco FN72323; IOS-XR logs",
    ),
    Reason(
        code="no-answer",
        text="Communication message send error",
        cause="the switch got no answer from the backend (often a timeout)",
        remedy=_PATH,
        source="ASA agent output; Cisco FN72323",
    ),
    Reason(
        code="bad-response",
        text="Communication message send response error",
        cause="something answered that is not the backend: a wrong path in the URL, TLS "
        "inspection, or another name than the on-prem server's certificate holds",
        remedy="compare the URL with the on-prem server's certificate; exempt it from inspection",
        source="agent's error list (number 33); cause inferred",
    ),
    Reason(
        code="no-name-resolution",
        text="Unable to resolve server hostname/domain name",
        cause="the switch cannot resolve the backend's name in the VRF that call home uses",
        remedy="configure `ip name-server` in that VRF (field `name_servers` of the intent) and "
        "check `ip domain-lookup`",
        source="IOS-XE and IOS-XR logs",
    ),
    Reason(
        code="not-ready",
        text="Communications init failure",
        cause="the transport was not ready, as shortly after boot",
        remedy="try again in some minutes",
        source="IOS-XR log",
    ),
    Reason(
        code="tls-not-trusted",
        text="server TLS cert cannot be validated",
        cause="the server's certificate does not fit: an IP address or another name in the URL, "
        "TLS inspection, or a root certificate that is missing (Cisco FN72115)",
        remedy="use the name in the server's certificate as the URL's host; exempt the path from "
        "TLS inspection; import the root certificate",
        source="cisco.com document 222725",
    ),
    Reason(
        code="backend-down",
        text="LS_LICENGINE_FAIL_TO_CONNECT",
        cause="Cisco's licensing backend had a fault",
        remedy="try again later",
        source="IOS-XE agent output",
    ),
    Reason(
        code="unknown-instance",
        text="The identity for the instance",
        cause="the product instance was removed from the smart account",
        remedy="register again with `--force`",
        source="IOS-XE agent output",
    ),
    Reason(
        code="connection-aborted",
        text="ERR 205",
        cause="the connection was cut: by a firewall or TLS inspection, or because the root "
        "certificate of the backend is not trusted (Cisco FN72115)",
        remedy="check `show crypto ca certificates` for IdenTrust, and the firewalls on the way",
        source="Cisco FN72323: CALL_HOME-5-SL_MESSAGE_FAILED (ERR 205 : Request Aborted)",
    ),
    Reason(
        code="connection-timeout",
        text="ERR 207",
        cause="the backend did not take the connection in time",
        remedy=_PATH,
        source="Cisco FN72323: CALL_HOME-5-SL_MESSAGE_FAILED (ERR 207 : Connection time out)",
    ),
    Reason(
        code="no-reply",
        text="NO REPLY",
        cause="the message was sent and never answered",
        remedy=_PATH,
        source="IOS-XE agent output, show license tech support",
    ),
    Reason(
        code="not-the-backend",
        text="HTTP Server Error 200",
        cause="something answered in the backend's place: a proxy's or captive portal's page",
        remedy="let the proxy pass the licensing traffic through unchanged",
        source="agent's error list; cause recalled",
    ),
    Reason(
        code="already-trusted",
        text="trust code is already installed",
        cause="a trust code is already on this switch",
        remedy="register again with `--force` if another one is wanted",
        source="Cisco's troubleshooting guide of Smart Licensing Using Policy for Nexus",
    ),
    Reason(
        code="already-registered",
        text="Already registered",
        cause="the switch is registered",
        remedy="register again with `--force` if it should move",
        source="agent's error list (number 40); IOS-XE's words",
    ),
    Reason(
        code="token-refused",
        text="token",
        cause="the backend does not take the token: wrong, expired, revoked, used up, or made on "
        "another server (cloud or on-prem) than the switch asks",
        remedy="make a new token for the intended virtual account on the server the switch uses",
        source="recalled; no NX-OS text at hand",
        token_is_at_fault=True,
    ),
    Reason(
        code="signature-mismatch",
        text="Data and signature do not match",
        cause="the clock is off, or the server's certificate is not the expected one",
        remedy="check `show clock` and NTP, then the on-prem server's certificate",
        source="agent's error list (number 45); cause recalled",
    ),
    Reason(
        code="backend-refused",
        text="Agent received a failure status in a response message",
        cause="the backend refused; most often a wrong, expired or used-up token",
        remedy="look at the smart account's event log; make a new token",
        source="agent's error list (number 37); cause recalled",
        token_is_at_fault=True,
    ),
    Reason(
        code="not-registered",
        text="Smart Agent not registered",
        cause="the switch is not registered",
        remedy="register it first",
        source="agent's error list (number 43)",
    ),
)


def explain(text: str) -> Reason:
    """Look up a failure reason; `UNKNOWN` where no row fits."""
    folded = text.casefold()
    return next((each for each in REASONS if each.text.casefold() in folded), UNKNOWN)
