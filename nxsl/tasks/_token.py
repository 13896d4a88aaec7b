"""Which token a switch gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.fleet.credentials import TokenSource, token_from

if TYPE_CHECKING:
    from nxsl.core.secret import Token
    from nxsl.fleet.credentials import AnyToken
    from nxsl.tasks._switch import Switch


def token_for(switch: Switch, token: AnyToken | None) -> Token:
    """The token that the switch's intent names, else the one given to the run.

    A `TokenSource` is asked here: the token exists nowhere before it is sent.

    Raises:
        SecretError: there is none, or it cannot be had.
    """
    source = switch.intent.token_from if switch.intent else None
    token = token_from(source) if source else token
    if isinstance(token, TokenSource):
        token = token.resolve()
    if token is None:
        raise errors.SecretError(
            "a token is needed to register this switch",
            remedy="set NXSL_TOKEN, or give --token-file",
        )
    return token
