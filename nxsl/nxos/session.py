"""The one door to a switch.

A `Session` works on the SSH channel that nornir-netmiko's connection plugin has opened. netmiko's
own `send_command` and `send_config_set` are not used: they take text that looks like a prompt for
the end of a reply, miss late refusals, drop undecodable bytes, notice a closed session only after
a timeout, and leave secrets in exceptions and logs.

Each reply is fenced: after the switch's own prompt has come back, a comment line with a fresh
number is sent, and the reply ends where that line and another prompt have come back. What a
command prints late still belongs to it and not to the next one.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.guard import StepKind
from nxsl.core.secret import SecretText
from nxsl.nxos import wire
from nxsl.nxos._ending import INTERRUPT, Ending
from nxsl.nxos.configuration import configuring
from nxsl.nxos.parse import parse
from nxsl.nxos.steps import Gate
from nxsl.nxos.terminal import Terminal

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import tzinfo

    from netmiko import BaseConnection

    from nxsl.core.raw import RawKeeper
    from nxsl.nxos.configuration import Configuration
    from nxsl.nxos.wire import SecretCommand

SHOW_TIMEOUT = 60.0
"""Seconds until the prompt must be back."""
SAVE_TIMEOUT = 300.0
"""The same for a save; netmiko allows 100 s, which some chassis exceed."""

SAVE_COMMAND = "copy running-config startup-config"

# How long the switch must be silent before a question, or a prompt with a log line behind it, is
# taken for what it seems to be.
_QUIET = 0.4
_LONG_LINE = 160
_NO_ANSWERS: Mapping[str, str] = {}
_NOT_SHOWN = "(not shown: it may hold a code)"


class Session:
    """Shows, executes and configures on one switch, and judges each answer.

    Attributes:
        host: the inventory's name, for errors.
        hostname: the switch's own name, learnt from its prompt.
        broken: whether it is of no use any more, as a command did not come to its end.
        mode: the mode of the last prompt, such as `(config)`; empty in exec mode.
        gate: what lets each change of the switch pass, or not.
        raw: keeps what show commands print; None where nobody wants it.
        zones: what the switch's names of time zones mean, once `read` has told them from its
            clock; told once, so that dates do not move when the clock is corrected.
    """

    raw: RawKeeper | None = None

    def __init__(
        self, connection: BaseConnection, *, host: str, timeout: float | None = None
    ) -> None:
        """Take over the connection's channel and find the prompt.

        Args:
            connection: netmiko's, logged in.
            host: the inventory's name, for errors.
            timeout: seconds until the prompt must have come; `SHOW_TIMEOUT` by default.

        Raises:
            ConnectFailed: the connection is not SSH.
            NarrowTerminal: the switch wraps long lines.
            SessionDropped, ReplyTimeout: the switch does not answer with a prompt.
        """
        channel = connection.remote_conn
        if not hasattr(channel, "recv_ready"):
            raise errors.ConnectFailed(
                "the connection is not SSH", host=host, remedy="set platform: cisco_nxos"
            )
        self.host = host
        self.gate = Gate(host)
        self._terminal = Terminal(channel, host=host)
        self._log = connection.session_log
        self.zones: Mapping[str, tzinfo] | None = None
        self.broken = False
        prompt = self._find_prompt(timeout or SHOW_TIMEOUT)
        self.hostname = prompt.hostname
        self.mode = prompt.mode
        self._prompt = wire.prompt_pattern(prompt.hostname)
        if self.mode:
            self.leave_configuration()

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
        if not command.startswith("show "):
            raise ValueError(f"not a show command: {command}")
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
                f"the switch refused '{command}' {_NOT_SHOWN}", host=self.host, command=command
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

    def _find_prompt(self, timeout: float) -> wire.Prompt:
        """Learn the prompt from what stands behind a first fence.

        The fence is longer than a terminal is wide by default. Where its echo comes back wrapped,
        replies would as well, and a wrapped line reads like another configuration.
        """
        fence, deadline = _new_fence() + "-" * _LONG_LINE, time.monotonic() + timeout
        terminal, echo = self._terminal, wire.Echo(fence)
        terminal.begin()
        terminal.enter(fence)
        while True:
            terminal.wait(deadline, quiet=timeout)
            end = echo.end_in(terminal.text)
            behind = wire.tidy(terminal.text[end:]) if end is not None else ""
            prompt = wire.read_prompt(behind.rpartition("\n")[2])
            if prompt is None or "\n" not in behind:
                continue
            if fence not in terminal.text:
                raise errors.NarrowTerminal(
                    "the switch wraps its lines: `terminal width 511` had no effect",
                    host=self.host,
                )
            return prompt

    def _run(
        self,
        command: str | SecretCommand,
        *,
        answers: Mapping[str, str] = _NO_ANSWERS,
        timeout: float | None = None,
        ending: Ending | None = None,
        unseen: bool = False,
    ) -> str:
        """Send a command, and a fence behind its prompt; give the reply without its own secret.

        With `unseen` the reply is given and shown nowhere else.
        """
        echo = wire.Echo(command)
        limit = ending.longest if ending else timeout or SHOW_TIMEOUT
        fence, deadline = _new_fence(), time.monotonic() + limit
        terminal = self._terminal
        try:
            terminal.begin()
            terminal.enter(command)
            if ending is not None:
                ending.bring_about(terminal, echo, self._prompt)
            answered = self._await_prompt(echo, answers, deadline)
            question = _NOT_SHOWN if unseen else wire.mask(self._question(), command)
            self._await_fence(fence, deadline)
        except errors.SessionError as error:
            self.broken = True
            error.text = "" if unseen else wire.mask(wire.tidy(terminal.text), command)[-2000:]
            raise
        finally:
            if self._log is not None:  # netmiko's session log, where the user asked for one
                shown = f"{command}\n{_NOT_SHOWN}\n" if unseen else ""
                self._log.write(shown or wire.mask(terminal.text, command))
        if not answered:
            raise errors.UnexpectedQuestion(
                f"the switch asked '{question}' and was not answered",
                host=self.host,
                command=str(command),
                text="" if unseen else wire.mask(wire.tidy(terminal.text), command),
                remedy="run the command by hand to see what it wants",
            )
        reply = wire.reply_of(terminal.text, echo=echo, fence=fence, prompt=self._prompt)
        return wire.hide(reply, command)

    def _await_prompt(self, echo: wire.Echo, answers: Mapping[str, str], deadline: float) -> bool:
        """Wait until the echo and then the prompt have come, answering what may be asked.

        Returns:
            Whether every question had an answer; one that had none is cancelled, and stands last.
        """
        terminal = self._terminal
        echoed = None
        while True:
            heard = terminal.wait(deadline, quiet=_QUIET)
            echoed = echoed or echo.end_in(terminal.text)
            if echoed and wire.ends_with_prompt(terminal.text, self._prompt):
                return True
            if heard:
                continue
            # Silence: the switch waits for an answer, or hides the echo, or a log line stands
            # behind the prompt.
            if wire.QUESTION.search(terminal.text):
                answer = next(
                    (say for part, say in answers.items() if part in self._question()), None
                )
                if answer is None:
                    terminal.press(INTERRUPT)
                    return False
                terminal.enter(answer)
                terminal.wait(deadline, quiet=SHOW_TIMEOUT)
            elif self._prompt.search(terminal.text, echoed or 0):
                return True

    def _question(self) -> str:
        """The line that stands last; kept in no variable, as it may quote a code."""
        return wire.tidy(self._terminal.text).rpartition("\n")[2].strip()

    def _await_fence(self, fence: str, deadline: float) -> None:
        """Send the fence, and wait for it and the prompt behind it; note the mode."""
        terminal = self._terminal
        terminal.enter(fence)
        while True:
            heard = terminal.wait(deadline, quiet=_QUIET)
            position = terminal.text.rfind(fence)
            if position < 0:
                continue
            prompts = list(self._prompt.finditer(terminal.text, position))
            at_end = wire.ends_with_prompt(terminal.text, self._prompt)
            # Without the prompt at the end, silence: a log line stands behind it.
            if prompts and (at_end or not heard):
                self.mode = prompts[-1]["mode"]
                return


def _new_fence() -> str:
    # A line that begins with "!" is a comment in every mode of NX-OS.
    return f"!nxsl-{secrets.token_hex(4)}"
