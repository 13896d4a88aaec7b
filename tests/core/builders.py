"""States of a switch for the tests of the pure core: a healthy one, and what can be wrong with it.

The dates are those of cisco.com document 217965: registered on 22 June 2022.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from nxsl.core.assess import assess
from nxsl.core.intent import CLOUD_URL, LicensingIntent
from nxsl.core.records import (
    Attempt,
    AttemptResult,
    Authorization,
    AuthorizationState,
    CallHome,
    Clock,
    Conversion,
    Destination,
    DeviceFacts,
    LicenseState,
    LicenseStatus,
    LicenseUsage,
    LicenseUse,
    Registration,
    RegistrationState,
)
from nxsl.core.state import SwitchState
from nxsl.core.transport import PROFILE, Transport

if TYPE_CHECKING:
    from nxsl.core.findings import Finding

REGISTERED_AT = datetime(2022, 6, 22, 16, 15, 41, tzinfo=UTC)
NOW = datetime(2022, 6, 22, 16, 16, 28, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

EMAIL = "sch-smart-licensing@cisco.com"
HTTP_URL = "http://tools.cisco.com/its/service/oddce/services/DDCEService"
ON_PREM_URL = "https://ssm.example.com/Transportgateway/services/DeviceRequestHandler"
OTHER_URL = "https://old.example.com/Transportgateway/services/DeviceRequestHandler"

FACTS = DeviceFacts(
    hostname="leaf1",
    chassis="Nexus9000 C93180YC-EX",
    model="C93180YC-EX",
    serial="FDO00000001",
    version="9.3(4)",
    release="9.3(4)",
    image_label="NXOS",
    boot_image="bootflash:///nxos.9.3.4.bin",
)
OK = Attempt(result=AttemptResult.SUCCEEDED, word="SUCCEEDED", at=REGISTERED_AT)
NEVER = Attempt(result=AttemptResult.NONE, word="None")
REGISTRATION = Registration(
    state=RegistrationState.REGISTERED,
    status="REGISTERED",
    smart_account="Example Corp",
    virtual_account="Default",
    export_controlled="Allowed",
    initial=OK,
    last_renewal=NEVER,
    next_renewal=datetime(2022, 12, 19, 16, 15, 41, tzinfo=UTC),
    expires=datetime(2023, 6, 22, 16, 13, 53, tzinfo=UTC),
)
AUTHORIZATION = Authorization(
    state=AuthorizationState.AUTHORIZED,
    status="AUTHORIZED",
    since=datetime(2022, 6, 22, 16, 15, 44, tzinfo=UTC),
    last_communication=replace(OK, at=datetime(2022, 6, 22, 16, 15, 44, tzinfo=UTC)),
    next_communication=datetime(2022, 7, 22, 16, 15, 43, tzinfo=UTC),
    deadline=datetime(2022, 9, 20, 16, 12, 55, tzinfo=UTC),
)
LICENSE = LicenseUse(
    tag="LAN_ENTERPRISE_SERVICES_PKG", state=LicenseState.AUTHORIZED, status="AUTHORIZED", count=1
)
UNREGISTERED = Registration(
    state=RegistrationState.UNREGISTERED,
    status="UNREGISTERED",
    export_controlled="Not Allowed",
)


def failed(reason: str = "", at: datetime = REGISTERED_AT) -> Attempt:
    """A failed attempt."""
    return Attempt(result=AttemptResult.FAILED, word="FAILED", at=at, failure_reason=reason)


def destination(url: str, index: int | None = 1, profile: str = PROFILE) -> Destination:
    """A destination of a call-home profile."""
    return Destination(profile=profile, url=url, index=index)


def call_home(*urls: str, **changes: Any) -> CallHome:
    """The call home of the document's first configuration, or one with other destinations."""
    usual: dict[str, Any] = {
        "enabled": True,
        "email": EMAIL,
        "methods": ((PROFILE, "http"),),
        "destinations": tuple(
            destination(url, index) for index, url in enumerate(urls or (CLOUD_URL,), start=1)
        ),
        "vrf": "management",
    }
    return CallHome(**{**usual, **changes})


def transport(*urls: str, on: bool = True, source: str = "", **changes: Any) -> Transport:
    """A transport with that call home."""
    return Transport(
        smart_enabled=on, call_home=call_home(*urls, **changes), source_interface=source
    )


def intent(**fields: Any) -> LicensingIntent:
    """An intent; direct, in VRF management, unless said otherwise."""
    return LicensingIntent.model_validate(fields)


def proxy_intent(
    server: str = "proxy.example.com", port: int = 80, **fields: Any
) -> LicensingIntent:
    """An intent with a proxy."""
    return intent(method="proxy", proxy={"server": server, "port": port}, **fields)


def status(
    registration: Registration = REGISTRATION, authorization: Authorization = AUTHORIZATION
) -> LicenseStatus:
    """A `show license status`."""
    return LicenseStatus(
        enabled=True,
        registration=registration,
        authorization=authorization,
        conversion=Conversion(automatic=False, status="Not started"),
    )


def state(
    *,
    registration: dict[str, Any] | Registration | None = None,
    authorization: dict[str, Any] | None = None,
    licenses: tuple[LicenseUse, ...] = (LICENSE,),
    now: datetime = NOW,
    **changes: Any,
) -> SwitchState:
    """The state of a healthy switch, with changes to parts of it."""
    registered = (
        registration
        if isinstance(registration, Registration)
        else replace(REGISTRATION, **(registration or {}))
    )
    usual: dict[str, Any] = {
        "facts": FACTS,
        "read_at": now,
        "clock": Clock(local=now.replace(tzinfo=None), zone="UTC", source="NTP"),
        "status": status(registered, replace(AUTHORIZATION, **(authorization or {}))),
        "usage": LicenseUsage(authorization="AUTHORIZED", licenses=licenses),
        "transport": transport(),
        "saved": transport(),
    }
    return SwitchState(**{**usual, **changes})


def only(found: SwitchState, wanted: LicensingIntent | None = None, **limits: Any) -> Finding:
    """The one finding of a state."""
    findings = assess(found, intent=wanted, **limits)
    assert len(findings) == 1, findings
    return findings[0]


def codes(found: SwitchState, wanted: LicensingIntent | None = None) -> list[str]:
    """The codes of a state's findings, in their order."""
    return [finding.code for finding in assess(found, intent=wanted)]
