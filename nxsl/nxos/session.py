"""The one door to a switch.

A `Session` works on the SSH channel that nornir-netmiko's connection plugin has opened. netmiko's
own `send_command` and `send_config_set` are not used: they take text that looks like a prompt for
the end of a reply, miss late refusals, drop undecodable bytes, notice a closed session only after
a timeout, and leave secrets in exceptions and logs. Who speaks when is `conversation`'s.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.guard import StepKind
from nxsl.core.secret import SecretText
from nxsl.nxos import manners, wire
from nxsl.nxos._ending import Ending
from nxsl.nxos.configuration import configuring
from nxsl.nxos.conversation import NOT_SHOWN, MixedReplies
from nxsl.nxos.driver import conversation_on
from nxsl.nxos.parse import parse
from nxsl.nxos.steps import Gate

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import tzinfo

    from netmiko import BaseConnection

    from nxsl.core.raw import RawKeeper
    from nxsl.nxos.configuration import Configuration
    from nxsl.nxos.wire import SecretCommand

SAVE_TIMEOUT = 300.0
"""Seconds for a save; netmiko allows 100 s, which some chassis exceed."""

SAVE_COMMAND = "copy running-config startup-config"

_NO_ANSWERS: Mapping[str, str] = {}


class Session:
    """Shows, executes and configures on one switch, and judges each answer.

    Attributes:
        host: the inventory's name, for errors.
        gate: what lets each change of the switch pass, or not.
        raw: keeps what show commands print; None where nobody wants it.
        zones: what the switch's names of time zones mean, once `read` has told them from its
            clock; told once, so that dates do not move when the clock is corrected.
    """

    raw: RawKeeper | None = None

    def __init__(
        self,
        connection: BaseConnection,
        *,
        host: str,
        renew: Callable[[], BaseConnection],
        timeout: float | None = None,
        fresh: bool = False,
    ) -> None:
        """Take over the connection's channel and find the prompt.

        Args:
            connection: netmiko's, logged in.
            host: the inventory's name, for errors.
            renew: closes the connection and logs in anew.
            timeout: seconds until the prompt must have come; `SHOW_TIMEOUT` by default.
            fresh: nobody can have said anything since the login.

        Raises:
            ConnectFailed: the connection is not SSH.
            NarrowTerminal: the switch wraps long lines.
            SessionDropped, ReplyTimeout: the switch does not answer with a prompt.
        """
        self.host = host
        self.gate = Gate(host)
        self.zones: Mapping[str, tzinfo] | None = None
        self._ahead: dict[str, str] = {}
        self._renew = renew
        self._conversation = conversation_on(connection, host=host)
        if not (fresh and self.hostname):
            self._conversation.meet(timeout)
        if self.mode:
            self.leave_configuration()

    @property
    def hostname(self) -> str:
        """The switch's own name, learnt from its prompt."""
        return self._conversation.prompt.hostname

    @property
    def mode(self) -> str:
        """The mode of the last prompt, such as `(config)`; empty in exec mode."""
        return self._conversation.mode

    @property
    def broken(self) -> bool:
        """Whether it is of no use any more, as a command did not come to its end."""
        return self._conversation.broken

    @contextmanager
    def ahead(self, *commands: str) -> Iterator[None]:
        """Ask show commands in one round trip; in the block, `show` has their replies.

        Each reply is given once, so that nothing is taken for fresh that is not, and whatever but a
        show command is sent in between makes `show` ask anew. Where the replies could not be told
        apart, the session goes on over another login, and `show` asks for one by one.

        Raises:
            ValueError: one of them is not a show command.
            SessionError.
        """
        for command in commands:
            _require_reading(command)
        if len(commands) > 1:
            self._ahead = self._ask_ahead(commands)
        try:
            yield
        finally:
            self._ahead = {}

    def show(self, command: str, *, timeout: float | None = None, verbatim: bool = False) -> str:
        """Run a show command and give its text, without echo and prompts.

        Args:
            command: the command.
            timeout: seconds until the prompt must be back; `SHOW_TIMEOUT` by default.
            verbatim: leave words that look like a token as they are: a configuration holds none,
                and a long URL might look like one.

        Raises:
            ValueError: the command is not a show command; this way only reads.
            CommandRejected, PermissionDenied, SessionError.
        """
        _require_reading(command)
        text = self._ahead.pop(command, None)
        if text is None:  # command and fence in one go, where the switch takes that
            text = self._ask_ahead((command,), timeout=timeout).get(command)
        if text is None:
            text = self._run(command, timeout=timeout)
        text = text if verbatim else wire.mask(text, command)
        self._require_accepted(command, text, silent=False)
        if self.raw is not None:
            self.raw.keep(command, text)
        return text

    def execute(
        self,
        command: str | SecretCommand,
        *,
        answers: Mapping[str, str] = _NO_ANSWERS,
        timeout: float | None = None,
    ) -> str:
        """Run a command that may change something, in the mode the session is in.

        Args:
            command: the command.
            answers: what to say to which question; a key is a part of the question's text. A
                question without a key here is cancelled, and is an error.
            timeout: seconds until the prompt must be back; `SHOW_TIMEOUT` by default.

        Raises:
            CommandRejected, PermissionDenied, UnexpectedQuestion, SessionError.
        """
        with self.gate.command(command):
            return self._enter(command, answers=answers, timeout=timeout)

    def probe(self, command: str, *, until: re.Pattern[str], seconds: float) -> str:
        """Run a command that may not end by itself, such as telnet, and end it.

        Once `until` is found in its reply, or after so many seconds, Ctrl-C is pressed; where that
        brings no prompt, the client is left by its own escape, Ctrl-] and `quit`.

        Returns:
            What came, also where it is a refusal: what that means, the caller knows.

        Raises:
            PermissionDenied: the user's role does not allow the command.
            ReplyTimeout: the prompt did not come back all the same; the session is of no use.
            SessionError.
        """
        text = wire.mask(self._run(command, ending=Ending(until=until, seconds=seconds)), command)
        if wire.is_denial(text):
            self._require_accepted(command, text, silent=True)
        return text

    def execute_unseen(
        self,
        command: str,
        *,
        answers: Mapping[str, str] = _NO_ANSWERS,
        timeout: float | None = None,
    ) -> SecretText:
        """Run a command whose reply holds a secret: it reaches no session log and no error.

        Args:
            command: the command; it holds no secret itself.
            answers: as for `execute`.
            timeout: likewise.

        Raises:
            CommandRejected, PermissionDenied: with nothing but the phrase of the refusal.
            UnexpectedQuestion, SessionError: without what the switch printed.
        """
        with self.gate.command(command):
            reply = SecretText(self._run(command, answers=answers, timeout=timeout, unseen=True))
            if wire.refusal_in(reply.reveal(), silent=True) is None:
                return reply
            sign = wire.sign_of(reply.reveal())
            self._require_accepted(command, sign, silent=True)
            raise errors.CommandRejected(
                f"the switch refused '{command}' {NOT_SHOWN}", host=self.host, command=command
            )

    def configuring(self, lines: Sequence[str]) -> AbstractContextManager[Configuration]:
        """Enter configuration mode, and leave it whatever happens.

        Args:
            lines: what is going to be written, as one would type it, modes included.

        Raises:
            CommandRejected, PermissionDenied: the switch does not let us in.
        """
        return configuring(self, self._enter, lines)

    def leave_configuration(self) -> None:
        """Go back to exec mode."""
        self._run("end")
        if self.mode:
            raise errors.ReplyTimeout(
                f"the switch stayed in mode {self.mode} after 'end'", host=self.host
            )

    def save(self) -> None:
        """Save the running configuration, and believe it only when the switch says so.

        This saves what other people have changed and not saved, too; NX-OS has no other way.

        Raises:
            SaveFailed: the switch did not say that the copy is complete.
            ParseError: the switch said something else.
            CommandRejected, PermissionDenied, SessionError.
        """
        with self.gate.step(StepKind.SAVE, (SAVE_COMMAND,)):
            text = self._run(SAVE_COMMAND, timeout=SAVE_TIMEOUT)
            if wire.is_denial(text):
                self._require_accepted(SAVE_COMMAND, text, silent=True)
            reply = parse("copy running-config startup-config", text)
            if not reply.saved:
                raise errors.SaveFailed(
                    f"the configuration was not saved: {reply.words}",
                    host=self.host,
                    text=text,
                    remedy="see `dir bootflash:` for space, then "
                    "copy running-config startup-config",
                )

    def _enter(
        self,
        command: str | SecretCommand,
        *,
        answers: Mapping[str, str] = _NO_ANSWERS,
        timeout: float | None = None,
    ) -> str:
        """Run a command that no guard is asked about: it is a part of a step, or one by itself."""
        text = wire.mask(self._run(command, answers=answers, timeout=timeout), command)
        self._require_accepted(command, text, silent=True)
        return text

    def _require_accepted(self, command: str | SecretCommand, text: str, *, silent: bool) -> None:
        refusal = wire.refusal_in(text, silent=silent)
        if refusal is None:
            return
        words = next(line.strip() for line in reversed(refusal.split("\n")) if line.strip())
        if wire.is_denial(refusal):
            raise errors.PermissionDenied(
                f"the user's role does not allow '{command}': {words}",
                host=self.host,
                command=str(command),
                text=refusal,
                remedy="use an account with role network-admin",
            )
        raise errors.CommandRejected(
            f"the switch refused '{command}': {words}",
            host=self.host,
            command=str(command),
            text=refusal,
            remedy="type it by hand, with '?', to see what this release takes",
        )

    def _ask_ahead(
        self, commands: Sequence[str], *, timeout: float | None = None
    ) -> dict[str, str]:
        """The replies that the switch gives to lines typed ahead; none where it cannot.

        Raises:
            ConnectError: replies were mixed up, and it does not let us in again.
            SessionError.
        """
        try:
            return self._conversation.ask_ahead(commands, timeout=timeout)
        except MixedReplies as mixed:
            # Lines may still wait there to be read: nothing of that session can be trusted.
            manners.note(self._conversation.place, lost=mixed.lost)
            self._conversation = conversation_on(self._renew(), host=self.host)
            return {}

    def _run(
        self,
        command: str | SecretCommand,
        *,
        answers: Mapping[str, str] = _NO_ANSWERS,
        timeout: float | None = None,
        ending: Ending | None = None,
        unseen: bool = False,
    ) -> str:
        """Say a command and give the reply without its own secret; with `unseen` nowhere else."""
        if not str(command).startswith("show "):
            self._ahead = {}
        answer = self._conversation.say(
            command, answers=answers, timeout=timeout, ending=ending, unseen=unseen
        )
        if answer.question:
            raise errors.UnexpectedQuestion(
                f"the switch asked '{answer.question}' and was not answered",
                host=self.host,
                command=str(command),
                text=wire.mask(answer.everything, command),
                remedy="run the command by hand to see what it wants",
            )
        return answer.reply


def _require_reading(command: str) -> None:
    if not command.startswith("show "):
        raise ValueError(f"not a show command: {command}")
