"""Who speaks when on a terminal line: commands, fences, and what belongs to which.

Each reply is fenced: after the switch's own prompt has come back, a comment line with a fresh
number is sent, and the reply ends where that line and another prompt have come back. What a
command prints late still belongs to it and not to the next one. Commands that only read are asked
several at a time (`batch`), where the switch takes that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from nxsl.core import errors
from nxsl.nxos import manners, wire
from nxsl.nxos._ending import INTERRUPT, Ending
from nxsl.nxos._line import QUIET, Line
from nxsl.nxos.batch import Batch, new_fence, portions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nxsl.nxos.terminal import Terminal
    from nxsl.nxos.wire import SecretCommand

SHOW_TIMEOUT = 60.0
"""Seconds until the prompt must be back."""

PREPARATION = ("terminal width 511", "terminal length 0")
"""What every session says first, as netmiko's do."""

_LONG_LINE = 160
_NO_ANSWERS: Mapping[str, str] = {}
NOT_SHOWN = "(not shown: it may hold a code)"


class MixedReplies(errors.SessionError):
    """Replies to lines typed ahead could not be told apart.

    Attributes:
        lost: lines did not reach the switch as they were typed.
    """

    def __init__(self, message: str, *, host: str, lost: bool) -> None:
        super().__init__(message, host=host)
        self.lost = lost


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command.

    Attributes:
        reply: the text, without echo, prompts and the command's own secret.
        question: what was asked and not answered; empty where nothing was.
        everything: all that came, as it came.
    """

    reply: str = field(repr=False)
    question: str = ""
    everything: str = field(default="", repr=False)


class Conversation(Line):
    """One terminal line, from the login to its end; sessions come and go on it."""

    def __init__(
        self, terminal: Terminal, log: Callable[[str], object] | None = None, *, place: str = ""
    ) -> None:
        """Take over a terminal line; see `Line`."""
        super().__init__(terminal, log, place=place)
        self._prepared = False
        self._unprepared = False  # a login was made, and nothing has been said yet

    # -- the beginning ---------------------------------------------------------------------------

    def greet(self, timeout: float) -> None:
        """Wait for the first prompt after the login.

        The line is prepared with the first question (`ask_ahead`), or before whatever else is said.

        Raises:
            NarrowTerminal: the switch wraps long lines.
            SessionDropped, ReplyTimeout: it does not answer with a prompt.
        """
        deadline = time.monotonic() + timeout
        self._await_first_prompt(deadline)
        first = wire.read_prompt(wire.tidy(self._terminal.text).rpartition("\n")[2])
        self._unprepared = True
        if self.ahead and first is not None:
            self.prompt, self.mode = wire.OwnPrompt(first.hostname), first.mode
        else:
            self.prepare(timeout=deadline - time.monotonic())

    def prepare(self, *, timeout: float | None = None) -> None:
        """Prepare the line, where that is still to be done: in one round trip if it takes that.

        Args:
            timeout: seconds that it may take; `SHOW_TIMEOUT` by default.

        Raises:
            NarrowTerminal: the switch wraps long lines.
            SessionDropped, ReplyTimeout: it does not answer with a prompt.
        """
        if not self._unprepared:
            return
        deadline = time.monotonic() + (timeout or SHOW_TIMEOUT)
        # The second try is for what was no prompt but a line of a banner.
        if not any(self.ahead and self._prepare_at_once(deadline) for _ in range(2)):
            self._prepare_one_by_one(deadline)
        self._unprepared, self._prepared = False, True

    def _prepare_at_once(self, deadline: float) -> bool:
        batch, terminal = _preparation(), self._terminal
        with self._of_use_no_more():
            terminal.begin()
            terminal.enter(batch.typed)
            answered = self._is_answered(batch, deadline)
            self._note(terminal.text)
            if answered:
                self._learn_prompt(batch.end)
                if batch.replies(terminal.text, self.prompt) == ("", ""):
                    return True
            self._find_back(deadline)
        return False

    def _prepare_one_by_one(self, deadline: float) -> None:
        """Prepare a line that takes one command at a time, or has refused one of them."""
        if self.ahead:
            self.ahead = False
            manners.note(self.place, lost=True)
        self._unprepared = False  # what follows is said as it is
        if not self.prompt.hostname:
            self.meet(deadline - time.monotonic(), fence=new_fence())
        for command in PREPARATION:
            # A refusal may be: paging is coped with, and a narrow terminal is seen right after.
            self.say(command, timeout=deadline - time.monotonic())
        with self._of_use_no_more():
            self.meet(deadline - time.monotonic())

    def meet(self, timeout: float | None = None, *, fence: str = "") -> None:
        """Learn the prompt from what stands behind a fence.

        The fence is longer than a terminal is wide by default. Where its echo comes back wrapped,
        replies would as well, and a wrapped line reads like another configuration.

        Args:
            timeout: seconds until the prompt must have come; `SHOW_TIMEOUT` by default.
            fence: another one, where the width does not matter yet.

        Raises:
            NarrowTerminal: the switch wraps long lines.
            SessionDropped, ReplyTimeout: it does not answer with a prompt.
        """
        if self._unprepared:
            self.prepare(timeout=timeout)
            return
        timeout = timeout or SHOW_TIMEOUT
        self._prepared = False  # somebody may have turned paging on since
        fence, deadline = fence or _long_fence(), time.monotonic() + timeout
        terminal = self._terminal
        terminal.begin()
        terminal.enter(fence)
        while not self._is_behind(fence):
            terminal.wait(deadline, quiet=timeout)
        self._learn_prompt(fence)

    # -- one command -----------------------------------------------------------------------------

    def say(
        self,
        command: str | SecretCommand,
        *,
        answers: Mapping[str, str] = _NO_ANSWERS,
        timeout: float | None = None,
        ending: Ending | None = None,
        unseen: bool = False,
    ) -> Answer:
        """Send a command, and a fence behind its prompt.

        Args:
            command: the command.
            answers: what to say to which question.
            timeout: seconds until the prompt must be back.
            ending: when to end it, where it may not end by itself.
            unseen: show the reply nowhere else.

        Raises:
            SessionError.
        """
        self.prepare()
        echo = wire.Echo(command)
        limit = ending.longest if ending else timeout or SHOW_TIMEOUT
        fence, deadline = new_fence(), time.monotonic() + limit
        terminal = self._terminal
        try:
            terminal.begin()
            terminal.enter(command)
            if ending is not None:
                ending.bring_about(terminal, echo, self.prompt)
            answered = self._await_prompt(echo, answers, deadline)
            question = NOT_SHOWN if unseen else wire.mask(self._question(), command)
            self._await_fence(fence, deadline)
        except errors.SessionError as error:
            self.broken = True
            error.text = "" if unseen else wire.mask(wire.tidy(terminal.text), command)[-2000:]
            raise
        finally:
            if self._log is not None:
                shown = f"{command}\n{NOT_SHOWN}\n" if unseen else ""
                self._log(shown or wire.mask(terminal.text, command))
        if not answered:
            return Answer("", question, "" if unseen else wire.tidy(terminal.text))
        reply = wire.reply_of(terminal.text, echo=echo, fence=fence, prompt=self.prompt)
        return Answer(wire.hide(reply, command))

    def _await_prompt(self, echo: wire.Echo, answers: Mapping[str, str], deadline: float) -> bool:
        """Wait until the echo and then the prompt have come, answering what may be asked.

        Returns:
            Whether every question had an answer; one that had none is cancelled, and stands last.
        """
        terminal = self._terminal
        echoed = None
        while True:
            heard = terminal.wait(deadline, quiet=QUIET)
            echoed = echoed or echo.end_in(terminal.text)
            if echoed and self.prompt.ends(terminal.text):
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
            elif any(self.prompt.all_in(terminal.text, echoed or 0)):
                return True

    def _question(self) -> str:
        """The line that stands last; kept in no variable, as it may quote a code."""
        return wire.tidy(self._terminal.text).rpartition("\n")[2].strip()

    def _await_fence(self, fence: str, deadline: float) -> None:
        """Send the fence, and wait for it and the prompt behind it; note the mode."""
        terminal = self._terminal
        terminal.enter(fence)
        while True:
            heard = terminal.wait(deadline, quiet=QUIET)
            position = terminal.text.rfind(fence)
            if position < 0:
                continue
            prompts = [found for _, found in self.prompt.all_in(terminal.text, position)]
            # Without the prompt at the end, silence: a log line stands behind it.
            if prompts and (self.prompt.ends(terminal.text) or not heard):
                self.mode = prompts[-1]["mode"]
                return

    # -- several at once -------------------------------------------------------------------------

    def ask_ahead(self, commands: Sequence[str], *, timeout: float | None = None) -> dict[str, str]:
        """Ask show commands in as few round trips as the switch takes.

        Args:
            commands: the commands.
            timeout: seconds that each has until its prompt must be back; `SHOW_TIMEOUT` by default.

        Returns:
            The replies; none where nothing is typed ahead.

        Raises:
            MixedReplies: they could not be told apart beyond doubt. The switch may still have lines
                to read, so that this line is of no use any more.
            SessionError.
        """
        if not self.ahead or self.mode:
            return {}
        timeout = timeout or SHOW_TIMEOUT
        replies = {} if self._prepared else self._ask_first(commands, timeout)
        for few in portions(each for each in commands if each not in replies):
            replies |= zip(few, self._replies(Batch.of(few), timeout), strict=True)
        return replies

    def _ask_first(self, commands: Sequence[str], timeout: float) -> dict[str, str]:
        """Prepare the line, with as many of these questions as may be typed along with it."""
        preparation = _preparation()
        few = next(portions(commands, before=len(preparation.typed)), ())
        replies = self._replies(preparation + Batch.of(few), timeout)
        if any(replies[: len(PREPARATION)]):
            self._give_up(lost=False)
        self._unprepared, self._prepared = False, True
        return dict(zip(few, replies[len(PREPARATION) :], strict=True))

    def _replies(self, batch: Batch, timeout: float) -> tuple[str, ...]:
        terminal = self._terminal
        try:
            with self._of_use_no_more():
                terminal.begin()
                terminal.enter(batch.typed)
                answered = self._is_answered(batch, time.monotonic() + timeout, each=timeout)
                replies = batch.replies(terminal.text, self.prompt) if answered else None
                if replies is None:
                    self._require_width(batch)
                    self._give_up(lost=not answered)
        finally:
            self._note(terminal.text)
        return replies

    def _give_up(self, *, lost: bool) -> NoReturn:
        """Say that replies are mixed up; lines that are lost once will be lost again."""
        self.broken = True
        raise MixedReplies(
            "the switch's replies could not be told apart", host=self.host, lost=lost
        )


def _long_fence() -> str:
    return new_fence() + "-" * _LONG_LINE


def _preparation() -> Batch:
    return Batch.of(PREPARATION, last=_long_fence())
