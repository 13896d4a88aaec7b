"""Which hosts log in with the same credential, said by a word that holds no secret."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from nxsl.core.secret import Password

if TYPE_CHECKING:
    from nornir.core.inventory import Host
    from paramiko import PKey

_CONNECTION = "netmiko"
_DIGITS = 12

# Of this process alone: without it nobody can try passwords against a word that was logged.
_SALT = secrets.token_bytes(32)


def credential_key(host: Host) -> str:
    """The same word for hosts that log in with the same user name, password, key and agent.

    The word is the user name, `#` and some digits, such as `admin#3f9a6c0d51e2`. The digits come
    from what netmiko will use, mixed with a random number of this process: they are of no use to
    anybody else, and differ from process to process.
    """
    parameters = host.get_connection_parameters(_CONNECTION)
    used = {
        "username": parameters.username,
        "password": parameters.password,
        **(parameters.extras or {}),  # nornir-netmiko lets them win
    }
    user = used.get("username") or ""
    digest = hmac.new(_SALT, digestmod="sha256")
    for part in (
        _bytes(user),
        _bytes(used.get("password")),
        b"keys" if used.get("use_keys") else b"",
        _path(used.get("key_file")),
        _public(used.get("pkey")),
        _bytes(used.get("passphrase")),
        b"agent" if used.get("allow_agent") else b"",
    ):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return f"{user}#{digest.hexdigest()[:_DIGITS]}"


def user_of(credential: str) -> str:
    """The user name in such a word; empty where SSH itself chooses it."""
    return credential.rpartition("#")[0]


def _bytes(value: object) -> bytes:
    if value is None:
        return b""
    # `str` of a Password is its mask; `encode` gives what it holds.
    text = value if isinstance(value, str) else Password(f"{value}")
    return text.encode("utf-8", "surrogatepass")


def _path(value: object) -> bytes:
    return os.fsencode(Path(f"{value}").expanduser().resolve()) if value else b""


def _public(key: PKey | None) -> bytes:
    return b"" if key is None else bytes(key.asbytes())
