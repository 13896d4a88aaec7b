"""Specific and permanent licence reservation: licences for a switch that never calls home.

The sentence before the request code, the codes' shapes, the question of `return` and the sentence
after it were seen on IOS-XE, which has the same agent; everything else is recalled.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nxsl.lab import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from nxsl.lab.backend import Cssm
    from nxsl.lab.licensing import Agent
    from nxsl.lab.spec import License

IN_PROGRESS = texts.Recalled("UNREGISTERED - RESERVATION IN PROGRESS")
SPECIFIC = "REGISTERED - SPECIFIC LICENSE RESERVATION"
UNIVERSAL = texts.Recalled("REGISTERED - UNIVERSAL LICENSE RESERVATION")
AUTHORIZED = texts.Recalled("AUTHORIZED - RESERVED")


@dataclass(slots=True)
class Reservation:
    """The reservation of one switch.

    Attributes:
        agent: The agent that keeps the registration state.
        cssm: Knows which authorization code answers which request code.
        identity: Reads its product ID and serial number.
        request_code: The request that is open; empty if none is.
        confirmation: What the last installation printed.
    """

    agent: Agent
    cssm: Cssm
    identity: Callable[[], tuple[str, str]]
    request_code: str = field(default="", repr=False)
    confirmation: str = field(default="", repr=False)
    _requests: int = field(default=0, repr=False)

    @property
    def installed(self) -> bool:
        """Whether an authorization code is installed."""
        return self.agent.state.words in {SPECIFIC, UNIVERSAL}

    def request(self, *, bare: bool) -> str | list[str]:
        """Make a request code, or show the one that is open again.

        Args:
            bare: Print nothing but the code below the sentence, as the form without `local` does.
        """
        if self.agent.state.registered:
            return texts.ALREADY_REGISTERED
        product, serial = self.identity()
        if not self.request_code:
            self._requests += 1
            number = zlib.crc32(f"{serial} {self._requests}".encode())
            self.request_code = f"CB-Z{product}:{serial}-A{number:08X}-{number % 251:02X}"
            self.agent.set_reserved(IN_PROGRESS, "")
        code = self.request_code
        if bare:
            return [texts.REQUEST_CODE_FOLLOWS, code]
        udi = f"UDI: PID:{product},SN:{serial}"
        return [texts.REQUEST_CODE_FOLLOWS, udi, f"    Request code: {code}"]

    def install(self, code: str) -> str | list[str]:
        """Install an authorization code; a wrong one is quoted in the error, as agents do."""
        if not self.request_code:
            return texts.NO_RESERVATION_REQUEST
        reserved = self.cssm.reservation_for(self.request_code)
        if reserved is None or reserved.code != code:
            return texts.RESERVATION_MISMATCH.format(code=code)
        self.request_code = ""
        self.confirmation = f"{zlib.crc32(code.encode()):08x}"
        self.agent.set_reserved(UNIVERSAL if reserved.universal else SPECIFIC, AUTHORIZED)
        return [texts.RESERVATION_INSTALLED, f"Last Confirmation code {self.confirmation}"]

    def cancel(self) -> str:
        """Forget the open request."""
        if not self.request_code:
            return texts.NO_RESERVATION_REQUEST
        self.request_code = ""
        self.agent.forget()
        return texts.RESERVATION_CANCELLED

    def give_back(self) -> list[str]:
        """Give the reservation back and print the code that tells the server so."""
        number = zlib.crc32(f"return {self.identity()[1]} {self._requests}".encode())
        self.agent.forget()
        blocks = [f"{number >> shift & 0xFFFFFF:06x}" for shift in (0, 4, 8)]
        return [texts.RETURN_CODE_FOLLOWS, "-".join([f"C{blocks[0][1:]}", *blocks[1:], "rbr"])]

    def lines(
        self, licenses: Sequence[License], dates: Callable[[datetime], str], *, enabled: bool
    ) -> list[str]:
        """Render `show license reservation`."""
        product, serial = self.identity()
        found = [f"License reservation: {'ENABLED' if enabled else 'DISABLED'}", ""]
        if not enabled:
            return found[:1]
        found += ["Overall status:", f"  Active: PID:{product},SN:{serial}"]
        if not self.installed:
            word = "RESERVATION IN PROGRESS" if self.request_code else "NOT INSTALLED"
            return [*found, f"      Reservation status: {word}"]
        state = self.agent.state
        kind = "UNIVERSAL" if state.words == UNIVERSAL else "SPECIFIC"
        on = f" on {dates(state.authorized)}" if state.authorized is not None else ""
        found.append(f"      Reservation status: {kind} INSTALLED{on}")
        found.append("      Export-Controlled Functionality: Allowed")
        if self.confirmation:
            found.append(f"      Last Confirmation code: {self.confirmation}")
        found += ["", "Specified license reservations:"]
        for used in licenses:
            found += [
                f"  ({used.tag}):",
                f"    Description: {used.description}",
                f"    Total reserved count: {used.count}",
            ]
        return found
