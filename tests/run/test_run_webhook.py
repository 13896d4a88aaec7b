"""The webhook, against a real web server: what it sends, how it tries, and what it never shows."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import ssl
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nxsl.core.errors import MissingExtra, SecretError
from nxsl.core.run_records import RunState
from nxsl.core.secret import Password
from nxsl.core.waves import Verdict
from nxsl.run.webhook import (
    MOST_BAD,
    Tries,
    Webhook,
    secret_from_env,
    url_from_env,
    url_from_file,
)
from tests.run.heads import BAD, COUNTS, HEAD, TOKEN, tell
from tests.secrets.hunt import finds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PLACE = "/services/T0CANARY/B0CANARY/x8Jk2mN4pQ6rS7tU9vW1"
KEY = "canary-key-0f1e2d3c4b5a"
QUICK = Tries(attempts=4, total=5, timeout=2, first_pause=0.01, last_call=10)


class Receiver(ThreadingHTTPServer):
    """Notes what is posted; answers in turn what it was told to, and then 200.

    An answer is a status, with headers where it needs some; `None` is no answer until the end.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, *answers: tuple[int, dict[str, str]] | int | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = list(answers)
        self.posts: list[tuple[str, dict[str, str], bytes, float]] = []
        self.closing = threading.Event()
        self.scheme = "http"

    @property
    def url(self) -> Password:
        return Password(f"{self.scheme}://127.0.0.1:{self.server_port}{PLACE}")

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body, _ in self.posts]


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        at = time.monotonic()
        self.server.posts.append((self.path, dict(self.headers.items()), body, at))
        answer = self.server.answers.pop(0) if self.server.answers else 200
        if answer is None:
            self.server.closing.wait(30)
            return
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    do_GET = do_POST  # noqa: N815

    def do_CONNECT(self) -> None:
        self.server.posts.append((self.path, dict(self.headers.items()), b"", 0.0))
        self.send_error(403)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def serving(server: Receiver) -> Iterator[Receiver]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Callable[..., Receiver]]:
    servers = []

    def start(*answers: tuple[int, dict[str, str]] | int | None) -> Receiver:
        context = serving(Receiver(*answers))
        servers.append(context)
        return context.__enter__()

    yield start
    for each in servers:
        each.__exit__(None, None, None)


def wave_only(webhook: Webhook) -> None:
    """Tell of one wave, and wait for what becomes of it."""
    webhook.run_started(HEAD, [["leaf1"]])
    webhook.host_ended("leaf1", BAD)
    webhook.wave_ended(1, Verdict.FAILED, "")
    webhook.close()


def test_waves_and_the_run_are_told_of(receiver: Callable[..., Receiver]) -> None:
    server = receiver()
    webhook = Webhook(server.url, tries=QUICK)
    tell(webhook)
    first, second, last = server.bodies
    common = {"run": HEAD.id, "job": "register", "nxsl": "1.2.3"}
    assert abs(datetime.fromisoformat(first.pop("time")) - datetime.now(UTC)).total_seconds() < 60
    assert first == {
        **common,
        "event": "wave ended",
        "text": f"nxsl register {HEAD.id}, wave 1 passed (1 changed ok)",
        "wave": 1,
        "verdict": "passed",
        "why": "",
        "hosts": 1,
        "counts": {"changed ok": 1},
        "bad": [],
        "bad_in_all": 0,
    }
    assert second["counts"] == {"failed clean": 1, "unknown": 1}
    assert second["why"] == "2 of 2 are bad, none may be (********)"
    assert last["event"] == "run ended"
    assert last["state"] == "aborted"
    assert last["hosts"] == 5
    assert last["counts"] == COUNTS
    assert last["bad"] == [
        {"host": "leaf2", "outcome": "unknown", "reason": "session-dropped"},
        {"host": "leaf3", "outcome": "failed clean", "reason": "registration-failed"},
        {"host": "leaf4", "outcome": "not run", "reason": "limit"},
    ]
    assert last["bad_in_all"] == 3
    head, _, counts = last["text"].partition(": ")
    assert head == f"nxsl register {HEAD.id}, aborted"
    assert set(counts.split(", ")) == {f"{count} {word}" for word, count in COUNTS.items()}
    path, headers, _, _ = server.posts[0]
    assert path == PLACE
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == "nxsl/1.2.3"
    assert "X-Nxsl-Signature" not in headers
    assert len({post[1]["X-Nxsl-Delivery"] for post in server.posts}) == 3
    assert webhook.problem == ""


def test_only_the_first_bad_hosts_are_named(receiver: Callable[..., Receiver]) -> None:
    server = receiver()
    hosts = [f"leaf{number}" for number in range(MOST_BAD + 5)]
    webhook = Webhook(server.url, tries=QUICK)
    webhook.run_started(HEAD, [hosts])
    webhook.run_ended(HEAD, RunState.DONE, dict.fromkeys(hosts, BAD))
    (body,) = server.bodies
    assert [each["host"] for each in body["bad"]] == hosts[:MOST_BAD]
    assert body["bad_in_all"] == MOST_BAD + 5


def test_the_body_is_signed(
    receiver: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert secret_from_env() is None
    monkeypatch.setenv("NXSL_WEBHOOK_SECRET", KEY)
    server = receiver()
    wave_only(Webhook(server.url, secret=secret_from_env(), tries=QUICK))
    ((_, headers, body, _),) = server.posts
    expected = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Nxsl-Signature"] == f"sha256={expected}"


def test_a_failing_receiver_is_tried_again(receiver: Callable[..., Receiver]) -> None:
    server = receiver(500, 503)
    webhook = Webhook(server.url, tries=QUICK)
    wave_only(webhook)
    assert len(server.posts) == 3
    assert len({post[2] for post in server.posts}) == 1
    assert len({post[1]["X-Nxsl-Delivery"] for post in server.posts}) == 1
    assert webhook.problem == ""


def soon(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("date", [False, True])
def test_a_receiver_that_asks_for_time_gets_it(
    receiver: Callable[..., Receiver], date: bool
) -> None:
    server = receiver((429, {"Retry-After": soon(3) if date else "1"}))
    webhook = Webhook(server.url, tries=QUICK)
    wave_only(webhook)
    first, second = (post[3] for post in server.posts)
    assert 1.0 <= second - first < 4
    assert webhook.problem == ""


def test_a_receiver_that_asks_for_too_much_time_is_not_waited_for(
    receiver: Callable[..., Receiver],
) -> None:
    server = receiver((429, {"Retry-After": "3600"}))
    webhook = Webhook(server.url, tries=QUICK)
    wave_only(webhook)
    assert len(server.posts) == 1
    assert webhook.problem == "the webhook was not told of everything: the receiver answers 429"


@pytest.mark.parametrize("odd", ["soon", "-1", "", "²", "Wed, 99 Foo"])
def test_an_odd_retry_after_is_no_obstacle(receiver: Callable[..., Receiver], odd: str) -> None:
    server = receiver((503, {"Retry-After": odd.encode().decode("latin-1")}))
    webhook = Webhook(server.url, tries=QUICK)
    wave_only(webhook)
    assert (len(server.posts), webhook.problem) == (2, "")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_receiver_that_refuses_is_not_pestered(
    receiver: Callable[..., Receiver], status: int
) -> None:
    server = receiver(status)
    webhook = Webhook(server.url, tries=QUICK)
    wave_only(webhook)
    assert len(server.posts) == 1
    assert str(status) in webhook.problem


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Callable[..., Receiver], status: int) -> None:
    other = receiver()
    server = receiver((status, {"Location": str.__str__(other.url)}))
    webhook = Webhook(server.url, tries=QUICK)
    wave_only(webhook)
    assert len(server.posts) == 1
    assert other.posts == []
    assert "a redirect, which is not followed" in webhook.problem


def test_a_refused_connection_is_told_once_and_the_run_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving(Receiver()) as server:
        url = server.url
    webhook = Webhook(url, tries=QUICK)
    with caplog.at_level(logging.INFO):
        tell(webhook)
    problem = "the webhook was not told of everything: the receiver cannot be reached"
    assert webhook.problem == problem
    assert [record.getMessage() for record in caplog.records] == [f"{problem}; the run goes on"]


def test_a_silent_receiver_delays_no_run(receiver: Callable[..., Receiver]) -> None:
    server = receiver(*[None] * 9)
    tries = Tries(attempts=9, total=60, timeout=30, last_call=0.5)
    webhook = Webhook(server.url, tries=tries)
    webhook.run_started(HEAD, [[f"leaf{number}" for number in range(50)]])
    began = time.monotonic()
    for number in range(50):
        webhook.host_ended(f"leaf{number}", BAD)
        webhook.wave_ended(1, Verdict.FAILED, "")
    assert time.monotonic() - began < 5
    webhook.run_ended(HEAD, RunState.DONE, {})
    assert time.monotonic() - began < 10  # far less than the receiver takes
    assert "the run ended while" in webhook.problem
    webhook.run_ended(HEAD, RunState.DONE, {})  # once more does no harm


def test_no_answer_in_time_is_tried_again(receiver: Callable[..., Receiver]) -> None:
    server = receiver(None)
    webhook = Webhook(server.url, tries=Tries(attempts=3, timeout=0.2, first_pause=0.01))
    wave_only(webhook)
    assert (len(server.posts), webhook.problem) == (2, "")


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form, clear = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folder / "server.pem"
    file.write_bytes(certificate.public_bytes(pem) + key.private_bytes(pem, form, clear))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server = Receiver()
    server.socket = self_signed(tmp_path).wrap_socket(server.socket, server_side=True)
    server.scheme = "https"
    with serving(server):
        webhook = Webhook(server.url, tries=QUICK)
        wave_only(webhook)
    assert server.posts == []
    assert "no TLS with the receiver: its certificate is not trusted" in webhook.problem


@pytest.mark.parametrize(
    "answers", [(), (500, 500), (404,), (None,), ((302, {"Location": PLACE}),)]
)
def test_neither_url_nor_key_nor_token_is_left_anywhere(
    receiver: Callable[..., Receiver],
    answers: tuple[Any, ...],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    server = receiver(*answers)
    file = tmp_path / "debug.log"
    handler = logging.FileHandler(file, encoding="utf-8")
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        tries = Tries(attempts=2, timeout=0.3, first_pause=0.01)
        webhook = Webhook(server.url, secret=Password(KEY), tries=tries)
        tell(webhook)
        with httpx.Client(trust_env=False) as theirs:  # somebody else's requests are still logged
            theirs.get(f"http://127.0.0.1:{server.server_port}/theirs")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()
    log = file.read_text("utf-8")
    assert "/theirs" in log
    assert "[b'GET']" in log
    assert "[b'POST']" not in log
    sent = b"".join(body for path, _, body, _ in server.posts if path == PLACE)
    assert sent
    artefacts = {
        "log": log.encode(),
        "output": "".join(capfd.readouterr()).encode(),
        "problem": webhook.problem.encode(),
        "attributes": repr(vars(webhook)).encode() + repr(vars(webhook._poster)).encode(),
        "bodies": sent,
    }
    secrets = {"url": PLACE.rpartition("/")[2], "key": KEY, "token": TOKEN}
    assert list(finds(secrets, artefacts)) == []


def test_a_proxy_is_used_and_hears_no_secret(
    receiver: Callable[..., Receiver],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    proxy = receiver()
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{KEY}@127.0.0.1:{proxy.server_port}")
    webhook = Webhook(Password(f"https://hooks.example.com{PLACE}"), tries=QUICK)
    with caplog.at_level(logging.DEBUG):
        wave_only(webhook)
    assert {post[0] for post in proxy.posts} == {"hooks.example.com:443"}
    assert "X-Nxsl-Delivery" not in proxy.posts[0][1]
    assert "ProxyError" in webhook.problem
    artefacts = {
        "log": caplog.text.encode(),
        "problem": webhook.problem.encode(),
        "proxy": repr(proxy.posts).encode(),
    }
    place = PLACE.rpartition("/")[2]
    assert list(finds({"url": place}, artefacts)) == []
    assert KEY not in caplog.text + webhook.problem


def test_no_netrc_is_read(
    receiver: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text(f"default login user password {KEY}\n", "utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = receiver()
    webhook = Webhook(server.url, tries=QUICK)
    webhook._poster._local = False  # as if it were elsewhere: the environment counts
    wave_only(webhook)
    assert "Authorization" not in server.posts[0][1]
    assert webhook.problem == ""


def test_an_internal_fault_is_told_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    webhook = Webhook(Password(f"https://192.0.2.1{PLACE}"))

    def fail(*_: object) -> None:
        raise RuntimeError(PLACE)

    monkeypatch.setattr(webhook._poster, "post", fail)
    wave_only(webhook)
    assert webhook.problem.endswith("RuntimeError, a fault of nxsl")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com/x",
        "http://hooks.example.com/x8Jk2mN4pQ6r",
        "http://127.0.0.1.example.com/x8Jk2mN4pQ6r",
        "ftp://127.0.0.1/x8Jk2mN4pQ6r",
        "https://",
        "https:///x8Jk2mN4pQ6r",
        "https://[::1/x8Jk2mN4pQ6r",
        "https://example.com:99999999/x8Jk2mN4pQ6r",
        "https://example.com/\nx8Jk2mN4pQ6r",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(SecretError) as caught:
        Webhook(Password(url))
    assert "x8Jk2" not in str(caught.value)


def test_where_the_url_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NXSL_WEBHOOK", raising=False)
    with pytest.raises(SecretError, match="NXSL_WEBHOOK is not set"):
        url_from_env()
    monkeypatch.setenv("NXSL_WEBHOOK", f"https://example.com{PLACE}\n")
    assert url_from_env() == f"https://example.com{PLACE}"
    assert PLACE not in repr(url_from_env())
    file = tmp_path / "webhook"
    file.write_text(f"https://example.com{PLACE}\n", "utf-8")
    file.chmod(0o644)
    with pytest.raises(SecretError, match="open to other users"):
        url_from_file(file)
    file.chmod(0o600)
    assert url_from_file(file) == f"https://example.com{PLACE}"
    file.write_text("\n", "utf-8")
    with pytest.raises(SecretError, match="is empty"):
        url_from_file(file)


@pytest.mark.parametrize("missing", ["httpx", "stamina"])
def test_without_the_extra_the_remedy_is_told(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delitem(sys.modules, "nxsl.run._post", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra, match=r"pip install 'nxsl\[webhook\]'"):
        Webhook(Password("https://example.com/x"))
