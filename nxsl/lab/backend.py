"""The licence servers of the lab: the cloud and one on-prem manager, shared by the whole fleet."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING

from nxsl.lab import policy_files, texts
from nxsl.lab.network import CLOUD_HOST, ON_PREM_HOST

if TYPE_CHECKING:
    from collections.abc import Iterable

CLOUD_PATH = "/its/service/oddce/services/DDCEService"
ON_PREM_PATH = "/Transportgateway/services/DeviceRequestHandler"
CLOUD_URL = f"https://{CLOUD_HOST}{CLOUD_PATH}"
ON_PREM_URL = f"https://{ON_PREM_HOST}{ON_PREM_PATH}"

# Shaped like the real thing (base64 of a sentence that says it is none), so that a reader or a
# search for leaked tokens meets the characters a real one has.
CLOUD_TOKEN = "bm90LWEtcmVhbC10b2tlbi10aGlzLWlzLXRoZS1sYWItY2xvdWQ%3D%0A"  # noqa: S105 - none
ON_PREM_TOKEN = "bm90LWEtcmVhbC10b2tlbi10aGlzLWlzLXRoZS1sYWItb24tcHJlbQ%3D%3D%0A"  # noqa: S105 - none
EXPIRED_TOKEN = "bm90LWEtcmVhbC10b2tlbi10aGlzLW9uZS1pcy1leHBpcmVk"  # noqa: S105 - none
USED_UP_TOKEN = "bm90LWEtcmVhbC10b2tlbi10aGlzLW9uZS1pcy11c2VkLXVw"  # noqa: S105 - none


_REQUEST_CODE = re.compile(r"C[A-Z]-Z\S+:\S+-\w{9}-\w{2}")


class Answer(Enum):
    """How the licence server treats one switch, whatever its token."""

    GOOD = "good"
    UNREACHABLE = "unreachable"
    NEVER = "never"
    BAD_TOKEN = "bad token"  # noqa: S105 - the name of a fault
    EXPIRED_TOKEN = "expired token"  # noqa: S105 - the name of a fault
    USED_UP_TOKEN = "used-up token"  # noqa: S105 - the name of a fault
    DOWN = "down"
    OUT_OF_COMPLIANCE = "out of compliance"


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """How the licence server treats one switch, and how long it takes. All times are seconds.

    Attributes:
        answer: The treatment.
        initiate_latency: How long `show license status` goes on showing the old record.
        register_latency: From then to REGISTERED or to the failure.
        authorize_latency: From REGISTERED to the authorization; 3 s in life.
        renew_latency: From `license smart renew` to its result.
        fail_first: How many registrations fail with `fail_reason` before one is treated as `answer`
            says.
        fail_reason: The reason printed meanwhile.
        retry_after: When the agent tries a failed registration again by itself; some 15 minutes in
            life.
        smart_account: Where the switch lands, if not where its token belongs.
        virtual_account: Likewise.
        renew_id_failure: Makes every certificate renewal fail with this reason.
        renew_auth_failure: Makes every authorization renewal fail with this reason.
        convert_latency: From `license smart conversion start` to its result.
        convert_failure: Makes every conversion fail with this reason.
        report_latency: From `license smart sync` to the push of the usage reports.
        ack_latency: From there to their acknowledgement.
        acknowledge: Whether reports are acknowledged at all.
        report_failure: Makes every push of usage reports fail with this reason.
    """

    answer: Answer = Answer.GOOD
    initiate_latency: float = 0.0
    register_latency: float = 0.3
    authorize_latency: float = 0.2
    renew_latency: float = 0.2
    fail_first: int = 0
    fail_reason: str = texts.SEND_ERROR
    retry_after: float = 939.0
    smart_account: str = ""
    virtual_account: str = ""
    renew_id_failure: str = ""
    renew_auth_failure: str = ""
    convert_latency: float = 0.3
    convert_failure: str = ""
    report_latency: float = 0.2
    ack_latency: float = 0.2
    acknowledge: bool = True
    report_failure: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A registration token: whom it admits, how often and until when."""

    value: str = field(repr=False)
    smart_account: str = "Example Corporation"
    virtual_account: str = "Default"
    max_uses: int | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """A registration that the server accepted."""

    smart_account: str
    virtual_account: str


@dataclass(frozen=True, slots=True)
class Reserved:
    """A reservation that the server gave out: the authorization code, and whether it is a PLR."""

    code: str = field(repr=False)
    universal: bool = False


@dataclass(slots=True)
class LicenseServer:
    """One licence server: its address, its certificate and the tokens it knows.

    Attributes:
        host: The name in its certificate.
        path: The path that answers.
        tokens: Its tokens; those of another server mean nothing to it.
        certificate_names: Every name its certificate holds, if not `host` alone.
        uses: How often each token was used.
        instances: The serial numbers of registered switches.
    """

    host: str
    path: str
    tokens: tuple[Token, ...] = ()
    certificate_names: tuple[str, ...] = ()
    uses: dict[str, int] = field(default_factory=dict)
    instances: set[str] = field(default_factory=set)

    def speaks_for(self, host: str) -> bool:
        """Tell whether the certificate covers the name the switch used."""
        return host in (self.certificate_names or (self.host,))

    def admit(self, serial: str, value: str) -> Admission | str:
        """Register a switch.

        Returns:
            The accounts it lands in, or the failure reason the switch will print.
        """
        token = next((t for t in self.tokens if t.value == value), None)
        if token is None:
            return texts.BAD_TOKEN.format(token=value)
        if token.expires is not None and token.expires <= datetime.now(UTC):
            return texts.EXPIRED_TOKEN.format(token=value)
        used = self.uses.get(value, 0)
        if token.max_uses is not None and used >= token.max_uses:
            return texts.USED_UP_TOKEN.format(token=value)
        self.uses[value] = used + 1
        self.instances.add(serial)
        return Admission(token.smart_account, token.virtual_account)


def default_cloud_tokens() -> tuple[Token, ...]:
    """Give the tokens a cloud knows unless it is told others: a good, an expired, a used-up one."""
    return (
        Token(value=CLOUD_TOKEN),
        Token(value=EXPIRED_TOKEN, expires=datetime(2024, 1, 1, tzinfo=UTC)),
        Token(value=USED_UP_TOKEN, max_uses=0),
    )


class Cssm:
    """Cisco Smart Software Manager as the fleet sees it: the cloud and an on-prem server.

    Args:
        tokens: The cloud's tokens; by default `CLOUD_TOKEN`, `EXPIRED_TOKEN`, `USED_UP_TOKEN`.
        on_prem_tokens: The on-prem server's tokens; by default `ON_PREM_TOKEN`.
        on_prem_host: The name in the on-prem server's certificate.
    """

    def __init__(
        self,
        *,
        tokens: Iterable[Token] | None = None,
        on_prem_tokens: Iterable[Token] | None = None,
        on_prem_host: str = ON_PREM_HOST,
    ) -> None:
        cloud = default_cloud_tokens() if tokens is None else tuple(tokens)
        local = (Token(value=ON_PREM_TOKEN),) if on_prem_tokens is None else tuple(on_prem_tokens)
        self.cloud = LicenseServer(CLOUD_HOST, CLOUD_PATH, cloud)
        self.on_prem = LicenseServer(on_prem_host, ON_PREM_PATH, local)
        self._reservations: dict[str, Reserved] = {}

    def reserve(self, request_code: str, *, universal: bool = False) -> str:
        """Reserve licences on the portal, as a person does who has typed in a request code.

        Args:
            request_code: The code the switch printed.
            universal: Reserve permanently for everything (PLR), not specific licences (SLR).

        Returns:
            The authorization code to install on the switch.

        Raises:
            ValueError: If that is no request code; it is not quoted.
        """
        if _REQUEST_CODE.fullmatch(request_code) is None:
            raise ValueError("that is no request code of a switch")
        digest = hashlib.sha256(f"{universal} {request_code}".encode()).hexdigest()
        code = "-".join(digest[start : start + 6] for start in range(0, 48, 6))
        self._reservations[request_code] = Reserved(f"C{code[1:]}", universal)
        return self._reservations[request_code].code

    def reservation_for(self, request_code: str) -> Reserved | None:
        """Give what was reserved for a request code, if anything was."""
        return self._reservations.get(request_code)

    def behind(self, address: str) -> LicenseServer:
        """Give the server a connection to an address ends at.

        Whatever is not the cloud is the on-prem server: a switch that calls it by the wrong name
        must meet its certificate, not an empty network.
        """
        return self.cloud if address == CLOUD_HOST else self.on_prem

    # -- what a user carries there by hand --------------------------------------------------------

    def acknowledge(self, report: bytes) -> bytes:
        """Take a usage report that was uploaded and give the acknowledgement to import.

        Raises:
            Unreadable: If it is no usage report.
            Damaged: If it was changed on its way.
        """
        return policy_files.acknowledgement(report)

    def policy_file(self, name: str) -> bytes:
        """Give the policy of the account, to be imported by any switch."""
        return policy_files.policy(name)

    def trust_file(self, request: bytes) -> bytes:
        """Take a trust request that was uploaded and give the trust code to import.

        Raises:
            Unreadable: If it is no trust request.
            Damaged: If it was changed on its way.
        """
        account = next(iter(self.cloud.tokens), Token(value=""))
        return policy_files.trust_code(request, account.smart_account, account.virtual_account)
