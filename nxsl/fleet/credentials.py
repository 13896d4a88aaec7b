"""Where tokens and passwords come from: environment, file, keyring, prompt.

Never from an argument list (everybody on the machine can read it) and never from the inventory
(it is copied, versioned and printed).
"""

from __future__ import annotations

import getpass
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from nxsl.core.errors import InventoryError, MissingExtra, SecretError
from nxsl.core.file_words import unreadable
from nxsl.core.secret import Password, Token

if TYPE_CHECKING:
    from nornir.core.inventory import ConnectionOptions, Defaults, Group, Host, Inventory

TOKEN_VARIABLE = "NXSL_TOKEN"  # noqa: S105 (a variable's name)
USERNAME_VARIABLE = "NXSL_USERNAME"
PASSWORD_VARIABLE = "NXSL_PASSWORD"  # noqa: S105 (likewise)

_KEYRING_USER = "idtoken"
_PLACES = ("env", "file", "keyring")
_A_PLACE = "a token is in env:NAME, file:PATH or keyring:SERVICE"


def token_from_env(variable: str = TOKEN_VARIABLE) -> Token:
    """Take the token from an environment variable.

    Raises:
        SecretError: the variable is not set, or holds no token.
    """
    value = Password(os.environ.get(variable, ""))
    if not value:
        raise SecretError(
            f"the environment variable {variable} is not set",
            remedy=f"read -rs {variable}; export {variable}",
        )
    return _token(value, f"the environment variable {variable}")


def token_from_file(path: str | Path) -> Token:
    """Take the token from a file that holds nothing else.

    Raises:
        SecretError: the file is not there, is readable by others, or holds no token.
    """
    return _token(private_text(path), str(Path(path).expanduser()))


def private_text(path: str | Path) -> Password:
    """Read a file that holds a secret.

    Raises:
        SecretError: it is not there, or is readable by others.
    """
    file = Path(path).expanduser()
    try:
        mode = file.stat().st_mode
        value = Password(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(unreadable(file, error)) from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SecretError(f"{file} is open to other users", remedy=f"chmod 600 {file}")
    return value


def token_from_keyring(service: str, user: str = _KEYRING_USER) -> Token:
    """Take the token from the operating system's keyring (`keyring set SERVICE idtoken`).

    Raises:
        MissingExtra: the package keyring is not installed.
        SecretError: the keyring has no such entry, or cannot be opened.
    """
    try:
        import keyring  # noqa: PLC0415 (an extra)
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        raise MissingExtra(
            "the keyring needs the package keyring", remedy="pip install 'nxsl[keyring]'"
        ) from None
    try:
        value = Password(keyring.get_password(service, user) or "")
    except KeyringError as error:
        raise SecretError(f"the keyring cannot be opened: {type(error).__name__}") from None
    if not value:
        raise SecretError(
            f"the keyring has no entry {service} / {user}", remedy=f"keyring set {service} {user}"
        )
    return _token(value, f"the keyring's entry {service} / {user}")


def token_from_prompt(prompt: str = "ID token: ") -> Token:
    """Ask for the token on the terminal, without echo.

    Raises:
        SecretError: nothing, or no token, was typed.
    """
    return _token(Password(getpass.getpass(prompt)), "what was typed")


def token_from(source: str) -> Token:
    """Take the token from where a `token_from` of the inventory says.

    Raises:
        SecretError, MissingExtra: as the four functions above.
    """
    kind, _, place = source.partition(":")
    match kind:
        case "env":
            return token_from_env(place)
        case "file":
            return token_from_file(place)
        case "keyring":
            return token_from_keyring(place)
        case _:
            raise SecretError(_A_PLACE)


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where a token is to be had, for a task that runs elsewhere: it can travel, a `Token` cannot.

    Attributes:
        place: `env:NAME`, `file:PATH` or `keyring:SERVICE`, of the machine that runs the task.

    Raises:
        SecretError: `place` is none of them; it is not shown, as it may be the token itself.
    """

    place: str

    def __post_init__(self) -> None:
        kind, _, where = self.place.partition(":")
        if kind not in _PLACES or not where:
            raise SecretError(_A_PLACE)

    def resolve(self) -> Token:
        """Give the token.

        Raises:
            SecretError, MissingExtra: as `token_from`.
        """
        return token_from(self.place)


AnyToken: TypeAlias = Token | TokenSource
"""What tasks take for a token."""


def _token(value: Password, place: str) -> Token:
    """Make the token. The value comes masked: a traceback may be printed with its variables."""
    try:
        return Token(value)
    except ValueError as error:
        raise SecretError(f"{place}: {error}") from None


def apply_credentials(
    inventory: Inventory, *, username: str | None = None, password: str | None = None
) -> None:
    """Put user name and password into an inventory, masked.

    What is given here, or else in NXSL_USERNAME and NXSL_PASSWORD, wins over the inventory's
    defaults; what a host or group says of itself stays. Every password of the inventory becomes
    a `Password`, which shows itself masked.

    Raises:
        InventoryError: a password of the inventory is not a text.
    """
    defaults = inventory.defaults
    defaults.username = username or os.environ.get(USERNAME_VARIABLE) or defaults.username
    defaults.password = password or os.environ.get(PASSWORD_VARIABLE) or defaults.password
    levels: tuple[Defaults | Group | Host, ...] = (
        defaults,
        *inventory.groups.values(),
        *inventory.hosts.values(),
    )
    for each in levels:
        # A host's property gives what it inherits; that is masked by now.
        if each.password and not isinstance(each.password, Password):
            each.password = _masked(each.password, each)
        for options in each.connection_options.values():
            _mask_options(options, each)


def _mask_options(options: ConnectionOptions, level: Defaults | Group | Host) -> None:
    if options.password:
        options.password = _masked(options.password, level)
    for name in ("secret", "passphrase"):
        if options.extras and options.extras.get(name):
            options.extras[name] = _masked(options.extras[name], level)


def _masked(value: object, level: Defaults | Group | Host) -> Password:
    if not isinstance(value, str):  # YAML reads digits as a number
        raise InventoryError(
            f"{getattr(level, 'name', 'defaults')}: a password is not a text",
            remedy="put it in quotes; better, keep it out of the inventory",
        )
    return Password(value)


def lacks_password(host: Host) -> bool:
    """Whether neither a password nor a key is known for the host."""
    parameters = host.get_connection_parameters("netmiko")
    extras = parameters.extras or {}
    keys = extras.get("use_keys") or extras.get("key_file") or extras.get("allow_agent")
    return not parameters.password and not keys
