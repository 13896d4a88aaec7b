"""Delivers a body to a URL that is a secret: tries again where that makes sense, follows nobody."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nxsl.core.errors import MissingExtra, SecretError

try:  # an extra
    import httpx
    import stamina
except ImportError:
    raise MissingExtra(
        "a webhook needs httpx and stamina", remedy="pip install 'nxsl[webhook]'"
    ) from None

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nxsl.core.secret import Password
    from nxsl.run.webhook import Tries

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

_TOO_MANY, _REQUEST_TIMEOUT = 429, 408
_SERVER_ERROR = 500

# httpx logs each URL at INFO, and httpcore what is sent and received at DEBUG.
_LOUD = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
    "stamina",
)


class NotDelivered(Exception):
    """Why the receiver does not have the body; the message does not hold the URL."""


class _Again(Exception):
    """It may work at another try.

    Attributes:
        after: so many seconds were asked for; None where the receiver leaves that to us.
    """

    def __init__(self, problem: str, after: float | None = None) -> None:
        super().__init__(problem)
        self.after = after


class _Quiet(logging.Filter):
    """Drops what the libraries log of our own posts; those of anybody else pass."""

    def __init__(self) -> None:
        super().__init__()
        self.mine = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 (the thread decides)
        return not getattr(self.mine, "posting", False)


_quiet = _Quiet()


class Poster:
    """Posts to one URL.

    Args:
        url: where to; https, or http on this machine.
        tries: how long.

    Attributes:
        given_up: set when nobody waits any more: what is under way is the last try.

    Raises:
        SecretError: the URL is none; the message does not show it.
    """

    def __init__(self, url: Password, tries: Tries) -> None:
        self._url = url
        self._local = _is_local(url)
        self._tries = tries
        self.given_up = threading.Event()

    def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Deliver a body.

        Raises:
            NotDelivered: it was not, for good.
        """
        for name in _LOUD:
            logging.getLogger(name).addFilter(_quiet)  # once, however often
        _quiet.mine.posting = True
        try:
            self._post(body, headers)
        except _Again as error:
            raise NotDelivered(str(error)) from None
        finally:
            _quiet.mine.posting = False

    def _post(self, body: bytes, headers: Mapping[str, str]) -> None:
        end = time.monotonic() + self._tries.total

        def again(error: Exception) -> bool | float:
            if not isinstance(error, _Again) or self.given_up.is_set():
                return False
            if error.after is None:
                return True
            return error.after if error.after <= end - time.monotonic() else False

        attempts = stamina.retry_context(
            again,
            attempts=self._tries.attempts,
            timeout=self._tries.total,
            wait_initial=self._tries.first_pause,
            wait_jitter=self._tries.first_pause,
            wait_max=self._tries.total / 4,
        )
        # What proxies and certificates the environment names counts, but not on the way to oneself.
        with httpx.Client(
            timeout=self._tries.timeout, follow_redirects=False, trust_env=not self._local
        ) as client:
            for attempt in attempts:
                with attempt:
                    self._try(client, body, headers)

    def _try(self, client: httpx.Client, body: bytes, headers: Mapping[str, str]) -> None:
        if self.given_up.is_set():
            raise NotDelivered("the run ended while the receiver still had to be tried")
        url = str.__str__(self._url)
        try:
            with client.stream("POST", url, content=body, headers=dict(headers)) as response:
                status, after = response.status_code, response.headers.get("Retry-After", "")
                sent, redirects = response.is_success, response.has_redirect_location
        except httpx.TimeoutException:
            raise _Again("the receiver does not answer in time") from None
        except httpx.TransportError as error:
            raise _named(error) from None
        if sent:
            return
        if redirects:
            raise NotDelivered(f"the receiver answers {status}, a redirect, which is not followed")
        if status in {_TOO_MANY, _REQUEST_TIMEOUT} or status >= _SERVER_ERROR:
            raise _Again(f"the receiver answers {status}", _seconds(after))
        raise NotDelivered(f"the receiver answers {status}")


def _named(error: httpx.TransportError) -> _Again | NotDelivered:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return NotDelivered("no TLS with the receiver: " + (_tls_problem(cause)))
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return NotDelivered(f"the receiver cannot be asked: {type(error).__name__}")
    if isinstance(error, httpx.ConnectError):
        return _Again("the receiver cannot be reached")
    return _Again(f"the connection to the receiver failed: {type(error).__name__}")


def _tls_problem(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    return str(error.reason or "handshake failed")


def _seconds(retry_after: str) -> float | None:
    """What a Retry-After header asks for: a number, or a date."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((when - datetime.now(UTC)).total_seconds(), 0.0)


def _is_local(url: Password) -> bool:
    """Check a URL, and tell whether it stays on this machine.

    Raises:
        SecretError: it is none, or would go over a network unencrypted.
    """
    remedy = "it begins with https:// (http:// only to this machine itself)"
    text = str.__str__(url)
    try:
        parts = urlsplit(text)
        local, scheme = parts.hostname in _LOCAL, parts.scheme
        good = bool(parts.hostname) and parts.port != 0 and bool(httpx.URL(text).host)
    except (ValueError, httpx.InvalidURL):
        good = False
    if not good or not (scheme == "https" or (scheme == "http" and local)):
        raise SecretError("the webhook's URL cannot be used", remedy=remedy)
    return local
