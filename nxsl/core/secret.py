"""Secrets that cannot be shown by accident.

Two kinds are needed. A `Token` is nxsl's own: nothing below nxsl ever sees it, so it is not a
string at all, and only `Token.reveal` gives the value. A `Password` has to pass through Nornir and
netmiko, which insist on `str`, so it is a `str` that shows itself masked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn, Self, SupportsIndex

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "********"

# The backend's refusals quote the token ("The token '...' has reached its maximum number of uses"),
# and the switch shows them to everybody as a failure reason.
_QUOTED_TOKEN = re.compile(
    r"(?P<word>\b(?:id)?tokens?\b[^A-Za-z0-9%+/=_,-]{1,8}(?:(?:is|was)[^A-Za-z0-9%+/=_,-]{1,4})?)"
    r"(?!/)[A-Za-z0-9%+/=_-]{16,}",
    re.IGNORECASE,
)
# A fingerprint of a host key is none, and has to be compared.
_LONG = 40
_LONG_WORD = re.compile(rf"(?<![A-Za-z0-9%+=_-])(?<!SHA256:)[A-Za-z0-9%+=_-]{{{_LONG},}}")

# Plain or encrypted, and whatever stands behind the word on its line.
_ANNOUNCED = r"(?P<word>\b(?:{words})(?:[ \t]*[:=])?[ \t]+)(?!<(?:empty|none)>)\S[^\r\n]*"
_WORDS = "password|passwd|passphrase|secret|community|key-string|key|psk"
_SECRET_WORD = re.compile(_ANNOUNCED.format(words=_WORDS), re.IGNORECASE)
# Words that announce a secret in a configuration, and in a sentence mean themselves.
_CONFIGURED = re.compile(
    _ANNOUNCED.format(words=f"{_WORDS}|authentication|auth|md5|sha|priv"), re.IGNORECASE
)
_USER_IN_URL = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.IGNORECASE)

# A wrapped or repainted echo leaves pieces of a secret rather than the whole of it, so pieces of
# this length are looked for as well. Shorter ones would mask innocent text.
_PIECE = 12


class Token:
    """An ID token (registration) or trust token of Cisco Smart Licensing.

    Masked in `repr`, `str` and `format`; not picklable, not comparable by value, without a
    `__dict__`. Make one with `nxsl.token_from_env`, `token_from_file`, `token_from_keyring` or
    `token_from_prompt`.

    Raises:
        ValueError: the text is empty or holds white space or control characters. A token is one
            word of printable ASCII (base64, often URL-encoded); anything else would let a second
            command ride along. The message does not show the text.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        # Masked from here on: somebody may print a traceback with its local variables.
        value = text = Password(value.strip())
        if not text:
            raise ValueError("the token is empty")
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("the token holds white space or characters that no ID token has")
        if "?" in text:
            raise ValueError("the token holds '?', which NX-OS takes as a request for help")
        self._value = text

    def reveal(self) -> str:
        """Give the value; for the one function that writes it to the switch."""
        return str.__str__(self._value)

    def __repr__(self) -> str:
        return f"Token({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, _spec: str) -> str:
        return MASK

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Token is not pickled: resolve it where it is used")


class SecretText:
    """A text of the switch that may hold a secret anywhere; `reveal` alone gives it.

    It is no `str`: whoever prints a traceback with local variables slices long ones.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text; for the one function that takes the secret out of it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return f"SecretText({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, _spec: str) -> str:
        return MASK

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SecretText is not pickled: take out of it what is needed")


class Password(str):
    """A password that the libraries below can use and that shows itself masked.

    `str` methods work on the true value (netmiko and paramiko need them); `repr`, `str` and
    `format` do not show it, and a pickled one comes back empty, so that it never travels in a file.
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        """Hold `value`; that of another `Password` as well, which would show itself masked."""
        return super().__new__(cls, str.__str__(value))

    def __repr__(self) -> str:
        return repr(MASK)

    def __str__(self) -> str:
        return MASK

    def __format__(self, _spec: str) -> str:
        return MASK

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[type[Password], tuple[str]]:
        return (Password, ("",))


def redact(text: str, secrets: Iterable[str]) -> str:
    """Mask each of `secrets`, and each longer piece of one, wherever it stands in `text`."""
    for secret in secrets:
        if not secret:
            continue
        text = text.replace(secret, MASK)
        starts = range(len(secret) - _PIECE + 1)
        if any(secret[start : start + _PIECE] in text for start in starts):
            text = _redact_pieces(text, secret)
    return text


def redact_tokens(text: str) -> str:
    """Mask what is, or looks like, an ID token that somebody else put into a text."""
    # A look for what each pattern needs costs a tenth of the pattern, and most texts have neither.
    if "token" in text.lower():
        text = _QUOTED_TOKEN.sub(rf"\g<word>{MASK}", text)
    if max(map(len, text.split()), default=0) >= _LONG:
        text = _LONG_WORD.sub(_mask_if_token, text)
    return text


def hide_secrets(text: str, *, configuration: bool = False) -> str:
    """Mask tokens, passwords and keys that a switch shows; rather a word too many.

    Args:
        text: what it printed.
        configuration: whether that are lines of a configuration, anybody's.
    """
    text = redact_tokens(text)
    if "://" in text:
        text = _USER_IN_URL.sub(rf"\g<scheme>{MASK}@", text)
    return (_CONFIGURED if configuration else _SECRET_WORD).sub(rf"\g<word>{MASK}", text)


def _mask_if_token(found: re.Match[str]) -> str:
    """Nothing else that NX-OS prints is a long word of digits and letters in both cases."""
    word = found[0]
    is_token = any(map(str.isdigit, word)) and word.lower() != word != word.upper()
    return MASK if is_token else word


def _redact_pieces(text: str, secret: str) -> str:
    """Mask every run of `text` that is made of overlapping pieces of `secret`."""
    pieces = {secret[start : start + _PIECE] for start in range(len(secret) - _PIECE + 1)}
    shown: list[str] = []
    position = 0
    masked_until = 0
    while position < len(text):
        if text[position : position + _PIECE] in pieces:
            if position >= masked_until:
                shown.append(MASK)
            masked_until = position + _PIECE
        if position >= masked_until:
            shown.append(text[position])
        position += 1
    return "".join(shown)
