"""Ping and telnet from the switch: time-boxed, and always ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from nxsl.core import errors
from nxsl.core.diagnosis import Probe, Target
from nxsl.core.text import visible
from nxsl.nxos import wire
from nxsl.nxos._ending import ESCAPE, INTERRUPT
from nxsl.nxos.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from nxsl.core.records import Ping, TelnetProbe
    from nxsl.nxos.session import Session

T = TypeVar("T")

PING_SECONDS = 15.0
"""Five packets of NX-OS, two seconds each where none is answered, and some for a slow lookup."""
TELNET_SECONDS = 10.0
"""Long enough for a lookup and a connection round the world; a firewall answers never."""

# What the switch types into a command must not be more than a word: it comes from a configuration.
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,254}", re.ASCII)

_NEVER = re.compile(r"(?!)")
_CONNECTED = re.compile(r"(?<![^\r\n])Connected to [^\r\n]+[\r\n]")

_MOST_LINES = 4
_LONGEST_LINE = 200


def ping(session: Session, host: str, vrf: str, *, seconds: float = PING_SECONDS) -> Ping:
    """`ping HOST vrf VRF`.

    Raises:
        CommandRejected, PermissionDenied: the switch does not do it.
        ParseError: it prints something else.
        SessionError.
    """
    _require_words(host, vrf)
    command = f"ping {host} vrf {vrf}"
    text = session.probe(command, until=_NEVER, seconds=seconds)
    return _read(session, command, text, lambda: parse("ping", text))


def telnet(
    session: Session, host: str, port: int, vrf: str, *, seconds: float = TELNET_SECONDS
) -> TelnetProbe:
    """`telnet HOST PORT vrf VRF`, closed as soon as it has connected or the time is over.

    Raises:
        CommandRejected, PermissionDenied: the switch does not do it.
        ParseError: it prints something else.
        SessionError: it could not be closed; the session is of no use any more.
    """
    return _telnet(session, Target(host=host, port=port, vrf=vrf), seconds)[0]


def probe(
    session: Session,
    target: Target,
    *,
    telnet_seconds: float = TELNET_SECONDS,
    ping_seconds: float = PING_SECONDS,
) -> Probe:
    """Telnet and ping to a target. What the switch refuses is noted, and never an answer.

    Raises:
        SessionError.
    """
    try:
        connection, words = _telnet(session, target, telnet_seconds)
    except (errors.CommandRejected, errors.ParseError) as error:
        return Probe(
            target=target,
            ping=_ping_if_possible(session, target, ping_seconds),
            not_made=f"telnet: {error.message}",
        )
    return Probe(
        target=target,
        telnet=connection,
        # Without an address there is nothing to ping.
        ping=_ping_if_possible(session, target, ping_seconds) if connection.resolved else None,
        words=words,
    )


def answers_ping(session: Session, host: str, vrf: str, *, seconds: float = PING_SECONDS) -> bool:
    """Whether a host answers at least one packet.

    Raises:
        CommandRejected, ParseError, SessionError.
    """
    return ping(session, host, vrf, seconds=seconds).received > 0


def _ping_if_possible(session: Session, target: Target, seconds: float) -> Ping | None:
    try:
        return ping(session, target.host, target.vrf, seconds=seconds)
    except (errors.CommandRejected, errors.ParseError):
        return None  # it is informational: telnet decides


def _telnet(session: Session, target: Target, seconds: float) -> tuple[TelnetProbe, str]:
    _require_words(target.host, target.vrf)
    command = f"telnet {target.host} {target.port} vrf {target.vrf}"
    text = _of_the_switch(session.probe(command, until=_CONNECTED, seconds=seconds))
    found = _read(session, command, text, lambda: parse("telnet", text))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return found, "\n".join(visible(line)[:_LONGEST_LINE] for line in lines[-_MOST_LINES:])


def _of_the_switch(text: str) -> str:
    """What the switch itself printed: without the keys pressed, which some lines echo.

    Nothing behind `Connected to` is: that is the other side's text, and may hold any bytes.
    """
    text = text.replace(INTERRUPT, "").replace(ESCAPE, "")
    connected = _CONNECTED.search(text)
    return text[: connected.end()] if connected else text


def _read(session: Session, command: str, text: str, read: Callable[[], T]) -> T:
    """Read a reply; what cannot be read and looks like a refusal is one."""
    try:
        return read()
    except errors.ParseError:
        refusal = wire.refusal_in(text, silent=True)
        if refusal is None:
            raise
        words = next(line.strip() for line in reversed(refusal.split("\n")) if line.strip())
        raise errors.CommandRejected(
            f"the switch refused '{command}': {words}",
            host=session.host,
            command=command,
            text=refusal,
        ) from None


def _require_words(*words: str) -> None:
    for each in words:
        if not _WORD.fullmatch(each):
            raise errors.CommandRejected(
                "not typed: a host or VRF of the configuration is more than a word",
                remedy="look at the configuration by hand",
            )
