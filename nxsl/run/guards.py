"""The guard of a changing run: breakers, plan and journal in front of every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.expectation import Expectation, require_expected
from nxsl.core.guard import StepKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from nxsl.core.guard import Step, StepEnd
    from nxsl.core.seen import Seen
    from nxsl.core.tickets import Ticket
    from nxsl.run.breakers import Logins, Tokens
    from nxsl.run.journal import Journal


class RunGuard:
    """Lets a step pass that was agreed to, that no breaker forbids, and that the journal holds."""

    def __init__(
        self,
        journal: Journal,
        logins: Logins,
        tokens: Tokens,
        expected: Mapping[str, Expectation],
    ) -> None:
        self._journal = journal
        self._logins = logins
        self._tokens = tokens
        self._expected = expected

    def logging_in(self, host: str, credential: str) -> AbstractContextManager[None]:
        """Let one host try a credential before the others do."""
        return self._logins.trying(host, credential)

    def require_planned(self, host: str, seen: Seen, steps: tuple[str, ...]) -> None:
        """Refuse a host that is not as its plan says."""
        require_expected(self._expected.get(host), host, seen, steps)

    def expect(self, host: str, ticket: Ticket) -> None:
        """Keep the ticket with the next step."""
        self._journal.expect(host, ticket)

    def before(self, host: str, step: Step) -> None:
        """Ask the token's breaker, then note the step."""
        if step.kind is StepKind.SECRET:
            self._tokens.before(host)
        self._journal.before(host, step)

    def after(self, host: str, step: Step, end: StepEnd) -> None:
        """Note how it ended."""
        self._journal.after(host, step, end)
