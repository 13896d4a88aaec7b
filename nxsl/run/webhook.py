"""A POST at the end of each wave and of the run, for chats, tickets and dashboards.

The body is JSON: `text` (one sentence, which chat systems show), `event` (`wave ended` or
`run ended`), `time`, `run`, `job`, `nxsl` (the version), `hosts`, `counts` (by outcome), `bad`
(hosts with `outcome` and `reason`, the first ones) and `bad_in_all`; for a wave also `wave`,
`verdict` and `why`, for a run `state`. Nothing of what a switch said, of steps or of secrets is in
it. `X-Nxsl-Delivery` is the same for all tries of one POST; where a secret is set,
`X-Nxsl-Signature` is `sha256=` and the HMAC of the body.

The URL is a secret, as those of chat systems hold a token.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import queue
import threading
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nxsl.core.errors import SecretError
from nxsl.core.secret import Password, redact_tokens
from nxsl.fleet.credentials import private_text
from nxsl.run.watcher import Watcher
from nxsl.run.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nxsl.core.outcome import TaskRecord
    from nxsl.core.run_records import RunHead, RunState
    from nxsl.core.waves import Verdict

URL_VARIABLE = "NXSL_WEBHOOK"
SECRET_VARIABLE = "NXSL_WEBHOOK_SECRET"  # noqa: S105 (a variable's name)

MOST_BAD = 20
"""So many bad hosts are named in a body."""

GAPS = "nxsl.run.webhook"
"""The logger that is told why something was not delivered."""

_log = logging.getLogger(GAPS)


def url_from_env(variable: str = URL_VARIABLE) -> Password:
    """Take the URL from an environment variable.

    Raises:
        SecretError: the variable is not set.
    """
    value = Password(os.environ.get(variable, "").strip())
    if not value:
        raise SecretError(
            f"the environment variable {variable} is not set",
            remedy=f"read -rs {variable}; export {variable}",
        )
    return value


def url_from_file(path: str | Path) -> Password:
    """Take the URL from a file that holds nothing else.

    Raises:
        SecretError: the file is not there, is readable by others, or is empty.
    """
    value = Password(private_text(path).strip())
    if not value:
        raise SecretError(f"{path} is empty")
    return value


def secret_from_env(variable: str = SECRET_VARIABLE) -> Password | None:
    """Take the key of the signature from an environment variable; None where it is not set."""
    return Password(os.environ.get(variable, "").strip()) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How long a POST is tried.

    Attributes:
        attempts: how often.
        total: seconds for all of them together; what a receiver asks for with Retry-After counts.
        timeout: seconds for connecting, and for each wait of the answer.
        first_pause: seconds before the second one; they double.
        last_call: seconds that the end of a run waits for what is still to be sent.
    """

    attempts: int = 5
    total: float = 60.0
    timeout: float = 10.0
    first_pause: float = 0.5
    last_call: float = 20.0


class Webhook(Watcher):
    """Tells a web server of a run; whatever becomes of that, the run neither waits nor fails.

    Args:
        url: where to, from `url_from_env` or `url_from_file`; https, or http on this machine.
        secret: the key of the signature; none by default.
        tries: how long each POST is tried.

    Attributes:
        problem: why something was not delivered; empty while all was. It does not hold the URL.

    Raises:
        MissingExtra: httpx or stamina is not there.
        SecretError: the URL is none; the message does not show it.
    """

    def __init__(
        self, url: Password, *, secret: Password | None = None, tries: Tries | None = None
    ) -> None:
        from nxsl.run._post import Poster  # noqa: PLC0415 (an extra)

        super().__init__()
        self._secret = secret
        self._tries = tries or Tries()
        self._poster = Poster(Password(url), self._tries)
        self._run: RunHead | None = None
        self._bodies: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._sender: threading.Thread | None = None
        self.problem = ""

    def _tell(self, text: str, event: str, wave: int | None, **fields: object) -> None:
        run = self._run
        bad = self.progress.bad_hosts(wave)
        body = {
            "text": f"nxsl {run.job} {run.id}, {text}" if run else text,
            "event": event,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "run": run.id if run else "",
            "job": run.job if run else "",
            "nxsl": run.version if run else "",
            **({} if wave is None else {"wave": wave}),
            **fields,
            "bad": [
                {"host": host, "outcome": end.word, "reason": redact_tokens(end.reason)}
                for host, end in bad[:MOST_BAD]
            ],
            "bad_in_all": len(bad),
        }
        self._bodies.put(json.dumps(body).encode())
        if self._sender is None:
            self._sender = threading.Thread(target=self._send, name="nxsl-webhook", daemon=True)
            self._sender.start()

    def _send(self) -> None:
        while (body := self._bodies.get()) is not None and not self._poster.given_up.is_set():
            try:
                self._poster.post(body, self._headers(body))
            # Whatever it is: its text may hold the URL, and the thread has nobody to tell.
            except Exception as error:  # noqa: BLE001
                from nxsl.run._post import NotDelivered  # noqa: PLC0415

                known = isinstance(error, NotDelivered)
                self._failed(str(error) if known else f"{type(error).__name__}, a fault of nxsl")

    def _headers(self, body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"nxsl/{self._run.version}" if self._run else "nxsl",
            "X-Nxsl-Delivery": str(uuid.uuid4()),
        }
        if self._secret:
            key = str.__str__(self._secret).encode()
            headers["X-Nxsl-Signature"] = (
                f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"
            )
        return headers

    def _failed(self, why: str) -> None:
        if not self.problem:
            self.problem = f"the webhook was not told of everything: {why}"
            _log.warning("%s; the run goes on", self.problem)

    def close(self) -> None:
        """Wait a little until all is delivered; done by itself at the end of a run."""
        sender, self._sender = self._sender, None
        if sender is None:
            return
        self._bodies.put(None)
        sender.join(self._tries.last_call)
        if sender.is_alive():
            self._poster.given_up.set()
            self._failed("the run ended while the receiver still had to be tried")

    # The hooks.

    def run_started(self, run: RunHead, waves: Sequence[Sequence[str]]) -> None:
        """A run begins."""
        super().run_started(run, waves)
        self._run = run

    def wave_ended(self, number: int, verdict: Verdict, why: str) -> None:
        """Tell of a wave."""
        super().wave_ended(number, verdict, why)
        wave = next(wave for wave in self.shown().waves if wave.number == number)
        why = redact_tokens(why)
        counts = ", ".join(f"{count} {word}" for word, count in wave.ended.items())
        self._tell(
            f"wave {number} {verdict}" + (f": {why}" if why else "") + f" ({counts})",
            "wave ended",
            number,
            hosts=wave.hosts,
            counts=dict(wave.ended),
            verdict=str(verdict),
            why=why,
        )

    def run_ended(self, run: RunHead, state: RunState, records: Mapping[str, TaskRecord]) -> None:
        """Tell of the run, and wait a little until all is delivered."""
        super().run_ended(run, state, records)
        self._run = run
        shown = self.shown()
        self._tell(
            f"{state}: {sentence(shown)}",
            "run ended",
            None,
            hosts=shown.hosts,
            counts=shown.ended,
            state=str(state),
        )
        self.close()
