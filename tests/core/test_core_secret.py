"""Secrets stay masked however they are shown, and are found in texts of others."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import time
import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.pretty import pretty_repr
from rich.traceback import Traceback

from nxsl.core.secret import MASK, Password, Token, redact, redact_tokens

# Of the form of a real ID token: base64, URL-encoded.
TOKEN = "MjM4ZDc1YjQtNzE3OS00ZmFrZS1pZC10b2tlbi0xNjU1OTE0%0AMDI1ODd8Q2x5%3D%0A"
PASSWORD = "c0rrect-Horse-battery-stapl3"
OUTPUTS = Path(__file__).parents[1] / "data" / "outputs"

SECRETS = pytest.mark.parametrize(
    ("secret", "value"), [(Token(TOKEN), TOKEN), (Password(PASSWORD), PASSWORD)], ids=["t", "p"]
)


@SECRETS
def test_a_secret_is_masked_in_every_form_of_text(secret: Token | Password, value: str) -> None:
    shown = [
        repr(secret),
        str(secret),
        ascii(secret),
        format(secret),
        format(secret, ">200"),
        f"{secret}",
        f"{secret!s} {secret!r} {secret!a} {secret:>20}",
        f"{secret = }",
        "%s %r %a" % (secret, secret, secret),  # noqa: UP031 (what is tested)
        "{} {!r} {:>80}".format(secret, secret, secret),  # noqa: UP032 (what is tested)
        repr([secret]),
        repr({"secret": (secret,)}),
        pretty_repr({"secret": secret}),
    ]
    printed = io.StringIO()
    print(secret, {"x": secret}, file=printed)
    Console(file=printed).print({"x": secret}, [secret])
    for each in (*shown, printed.getvalue()):
        assert value not in each
        assert MASK in each


@SECRETS
def test_a_secret_is_masked_in_logs(
    secret: Token | Password, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("nxsl.test").debug("%s %r %s", secret, secret, {"x": secret})
        logging.getLogger("nxsl.test").debug(secret)
    assert caplog.text.count(MASK) >= 4
    assert value not in caplog.text


def fall(secret: Token | Password) -> None:
    held = {"secret": secret}
    raise RuntimeError(f"it broke with {secret} and {held}")


@SECRETS
def test_a_secret_is_masked_in_tracebacks_with_local_variables(
    secret: Token | Password, value: str
) -> None:
    try:
        fall(secret)
    except RuntimeError as error:
        plain = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )
        console = Console(file=io.StringIO(), width=200, record=True)
        console.print(
            Traceback.from_exception(
                type(error), error, error.__traceback__, show_locals=True, locals_max_string=1000
            )
        )
        rich = console.export_text()
    for text in (plain, rich):
        assert "held" in text
        assert MASK in text
        # This test's own `value` is a plain text, and is shown: the search can find.
        assert value in text
        inner = text.rpartition("in fall")[2]
        assert value not in inner


@pytest.mark.parametrize("bad", [f"{TOKEN} {TOKEN}", f"{TOKEN}?", f"{TOKEN}\n{TOKEN}", f"é{TOKEN}"])
def test_a_text_that_is_no_token_is_not_shown_by_its_refusal(bad: str) -> None:
    with pytest.raises(ValueError, match="the token holds") as caught:
        Token(bad)
    lines = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    inner = "".join(lines).rpartition("secret.py")[2]
    assert f"value = {MASK!r}" in inner
    assert TOKEN not in inner


@pytest.mark.parametrize(
    "bad",
    ["", " ", "\n", "a b", "a\tb", "a\nb", "a\0b", "a\x1bb", "é", "a\u2028b", "a?b", "a\u00a0b"],
)
def test_what_no_token_is_made_of_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="the token"):
        Token(bad)


def test_only_reveal_gives_the_token() -> None:
    token = Token(f"  {TOKEN}\n")
    assert token.reveal() == TOKEN
    assert type(token.reveal()) is str
    assert not isinstance(token, str)
    assert not hasattr(token, "__dict__")
    assert token != Token(TOKEN)
    with pytest.raises(AttributeError):
        token.note = "x"  # type: ignore[attr-defined]


def test_a_token_does_not_travel() -> None:
    token = Token(TOKEN)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not pickled") as caught:
            pickle.dumps({"token": token}, protocol)
        assert TOKEN not in str(caught.value)
    for way in (copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError) as caught:
            way(token)
        assert TOKEN not in str(caught.value)
    assert MASK in json.dumps({"token": token}, default=str)


def test_a_password_is_the_text_that_libraries_need() -> None:
    password = Password(PASSWORD)
    assert isinstance(password, str)
    assert password == PASSWORD
    assert hash(password) == hash(PASSWORD)
    assert password.encode() == PASSWORD.encode()
    assert password + "\n" == PASSWORD + "\n"
    assert ":".join(["x", *[password]]) == f"x:{PASSWORD}"
    assert len(password) == len(PASSWORD)
    assert bool(password)
    assert not Password("")


def test_a_password_of_a_password_keeps_its_value() -> None:
    assert Password(Password(PASSWORD)) == PASSWORD


def test_a_copied_password_keeps_its_value_and_its_mask() -> None:
    for way in (copy.copy, copy.deepcopy):
        other = way({"password": Password(PASSWORD)})["password"]
        assert other == PASSWORD
        assert repr(other) == repr(MASK)
    assert type(copy.deepcopy(Password(PASSWORD))) is Password


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_password_comes_back_empty(protocol: int) -> None:
    dumped = pickle.dumps({"password": Password(PASSWORD)}, protocol)
    assert PASSWORD.encode() not in dumped
    found = pickle.loads(dumped)["password"]  # noqa: S301
    assert type(found) is Password
    assert found == ""


def test_what_reads_the_text_itself_gets_the_password() -> None:
    """A known limit: files, json and rich's `print` of the bare text do not ask how it is shown."""
    written = io.StringIO()
    written.write(Password(PASSWORD))
    assert written.getvalue() == PASSWORD
    assert PASSWORD in json.dumps(Password(PASSWORD))


# ------------------------------------------------------------------------------------------ redact


def test_a_secret_is_masked_wherever_it_stands() -> None:
    text = f"license smart register idtoken {TOKEN} force\n{TOKEN}{TOKEN}"
    assert redact(text, [TOKEN]) == (f"license smart register idtoken {MASK} force\n{MASK}{MASK}")


def test_nothing_else_is_masked() -> None:
    text = "license smart register idtoken\nswitch# show license status"
    assert redact(text, [TOKEN, PASSWORD, ""]) == text
    assert redact("", [TOKEN]) == ""
    assert redact(text, []) == text


def test_a_short_secret_is_masked_as_a_whole() -> None:
    assert redact("user cisco, password cisco1", ["cisco1"]) == f"user cisco, password {MASK}"


@pytest.mark.parametrize("width", [20, 24, 33, 60])
def test_a_wrapped_secret_is_masked_in_its_pieces(width: int) -> None:
    pieces = [TOKEN[start : start + width] for start in range(0, len(TOKEN), width)]
    for separator in ("\r\n", " \r", "\n", "\x1b[K\r\n"):
        shown = redact(f"idtoken {separator.join(pieces)}\nnext line", [TOKEN])
        assert all(piece not in shown for piece in pieces if len(piece) >= 12)
        assert shown.startswith("idtoken ")
        assert shown.endswith("next line")
        assert MASK in shown


def test_a_repainted_echo_leaves_no_long_piece() -> None:
    echo = f"$ {TOKEN[30:]}\r$ {TOKEN[10:50]}\b\b{TOKEN[48:]}"
    shown = redact(echo, [TOKEN])
    assert longest_piece(shown, TOKEN) < 12


def longest_piece(text: str, secret: str) -> int:
    sizes = range(len(secret), 0, -1)
    return next(
        (
            size
            for size in sizes
            if any(secret[at : at + size] in text for at in range(len(secret) - size + 1))
        ),
        0,
    )


words = st.text(alphabet="abcdef0123456789%+/=AZ", min_size=12, max_size=40)


@settings(max_examples=200, deadline=None)
@given(words, words, st.data())
def test_no_long_piece_of_a_secret_survives(one: str, two: str, data: st.DataObject) -> None:
    parts: list[str] = []
    for secret in (one, two, one):
        start = data.draw(st.integers(0, len(secret)))
        parts += [secret[start:], data.draw(st.text(alphabet="\r\n \bxyz", max_size=4))]
    shown = redact("".join(parts), [one, two])
    assert longest_piece(shown, one) < 12
    assert longest_piece(shown, two) < 12


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            'The token "abcdefghij0123456789" has reached its maximum number of uses',
            f'The token "{MASK}" has reached its maximum number of uses',
        ),
        ("Invalid token: abcdefghij0123456789.", f"Invalid token: {MASK}."),
        ("tokens ['abcdefghij0123456789']", f"tokens ['{MASK}']"),
        ("the TOKEN is abcdefghij0123456789", f"the TOKEN is {MASK}"),
        ("register idtoken abcdefghij0123456789", f"register idtoken {MASK}"),
        (f"x {TOKEN} y", f"x {MASK} y"),
        (f"({TOKEN})", f"({MASK})"),
    ],
)
def test_a_token_that_another_put_into_a_text_is_masked(text: str, shown: str) -> None:
    assert redact_tokens(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "The token has expired",
        "Invalid Token",
        # What manuals print in a token's place: no token, so nothing to mask.
        "license smart register idtoken XXXX (force)",
        "token is not valid for this virtual account",
        "https://tools.cisco.com/its/service/oddce/services/DDCEService",
        "https://ssm.example.com/Transportgateway/services/DeviceRequestHandler",
        "bootflash:///nxos.9.3.4.bin",
        "Cannot establish secure connection because server TLS cert cannot be validated",
        "1234567890" * 5,
        "1234567890abcdefghij" * 3,
        "1234567890ABCDEFGHIJ" * 3,
        "InternetworkOperatingSystem" * 2,
        "-" * 79,
        "#" * 50,
        "=" * 60,
        "regid.2017-03.com.cisco.lan_enterprise_services_pkg,1.0_xyz",
    ],
)
def test_another_text_is_left_as_it_is(text: str) -> None:
    assert redact_tokens(text) == text


def test_no_saved_output_is_masked_anywhere() -> None:
    files = sorted(OUTPUTS.rglob("*.txt"))
    assert len(files) > 50
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        assert redact_tokens(text) == text, file.name


def seconds(text: str) -> float:
    started = time.process_time()
    redact_tokens(text)
    redact(text, [TOKEN])
    return time.process_time() - started


@pytest.mark.parametrize(
    "unit",
    ["a1B", "token ", "token '", "token is ", "tokens........is.", TOKEN[:11], TOKEN[:12], "x\n"],
)
def test_a_long_text_costs_time_in_proportion_to_its_length(unit: str) -> None:
    size = 400_000
    assert seconds(unit * (size // len(unit))) < 2.0
