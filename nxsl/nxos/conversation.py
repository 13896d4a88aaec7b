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
from nxsl.nxos.batch import Batch, new_fence, portions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nxsl.nxos.terminal import Terminal
    from nxsl.nxos.wire import SecretCommand

SHOW_TIMEOUT = 60.0
"""Seconds until the prompt must be back."""

PREPARATION = ("terminal width 511", "terminal length 0")
"""What every session says first, as netmiko's do."""

# How long the switch must be silent before a question, or a prompt with a log line behind it, is
# taken for what it seems to be.
_QUIET = 0.4
# How long it must be silent at a prompt until lines typed ahead are given up: it never got them.
_LOST = 2.0
# How long nothing may come after the login until Enter is pressed.
_SHY = 3.0
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


class Conversation:
    """One terminal line, from the login to its end; sessions come and go on it.

    Attributes:
        prompt: the switch's; known once it has been greeted or met.
        mode: the mode of the last prompt, such as `(config)`; empty in exec mode.
        broken: whether it is of no use any more, as a command did not come to its end.
        ahead: whether lines are typed ahead; whoever made the line knows the switch's manners.
    """

    def __init__(
        self, terminal: Terminal, log: Callable[[str], object] | None = None, *, place: str = ""
    ) -> None:
        """Take over a terminal line.

        Args:
            terminal: the line.
            place: address and port of the switch.
            log: gets what is said, secrets masked.
        """
        self.prompt = wire.OwnPrompt("")
        self.mode = ""
        self.broken = False
        self.ahead = manners.takes_lines_ahead(place)
        self.place = place
        self._prepared = False
        self._terminal = terminal
        self._log = log

    @property
    def host(self) -> str:
        """The inventory's name, for errors."""
        return self._terminal.host

    @host.setter
    def host(self, name: str) -> None:
        self._terminal.host = name

    @property
    def last_line(self) -> str:
        """The last line that came, secrets masked."""
        return wire.mask(wire.tidy(self._terminal.text), "").strip().rpartition("\n")[2].strip()

    # -- the beginning ---------------------------------------------------------------------------

    def greet(self, timeout: float) -> None:
        """Wait for the first prompt after the login, and prepare the line in one round trip.

        Raises:
            NarrowTerminal: the switch wraps long lines.
            SessionDropped, ReplyTimeout: it does not answer with a prompt.
        """
        deadline = time.monotonic() + timeout
        self._await_first_prompt(deadline)
        # The second try is for what was no prompt but a line of a banner.
        if not any(self.ahead and self._prepare_at_once(deadline) for _ in range(2)):
            self._prepare_one_by_one(deadline)
        self._prepared = True

    def _prepare_at_once(self, deadline: float) -> bool:
        batch, terminal = Batch.of(PREPARATION, last=_long_fence()), self._terminal
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
        if not self.prompt.hostname:
            self.meet(deadline - time.monotonic(), fence=new_fence())
        for command in PREPARATION:
            # A refusal may be: paging is coped with, and a narrow terminal is seen right after.
            self.say(command, timeout=deadline - time.monotonic())
        self.meet(deadline - time.monotonic())

    def _await_first_prompt(self, deadline: float) -> None:
        """Whether it was a line of a banner shows when the preparation is answered."""
        terminal = self._terminal
        nudged = False
        since = time.monotonic()
        while not _has_prompt(terminal.text):
            if terminal.wait(deadline, quiet=_QUIET):
                since = time.monotonic()
            elif not nudged and time.monotonic() - since > _SHY and not _asks(terminal.text):
                terminal.enter("")
                nudged = True

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
        timeout = timeout or SHOW_TIMEOUT
        self._prepared = False  # somebody may have turned paging on since
        fence, deadline = fence or _long_fence(), time.monotonic() + timeout
        terminal = self._terminal
        terminal.begin()
        terminal.enter(fence)
        while not self._is_behind(fence):
            terminal.wait(deadline, quiet=timeout)
        self._learn_prompt(fence)

    def _is_behind(self, fence: str) -> bool:
        """Whether a prompt stands behind the fence, wrapped or not."""
        text = self._terminal.text
        end = wire.Echo(fence).end_in(text)
        behind = wire.tidy(text[end:]) if end is not None else ""
        return "\n" in behind and wire.read_prompt(behind.rpartition("\n")[2]) is not None

    def _learn_prompt(self, fence: str) -> None:
        """Take the last line for the prompt.

        Raises:
            NarrowTerminal: the fence came back wrapped.
        """
        text = self._terminal.text
        if fence not in text:
            raise errors.NarrowTerminal(
                "the switch wraps its lines: `terminal width 511` had no effect",
                host=self._terminal.host,
            )
        prompt = wire.read_prompt(wire.tidy(text).rpartition("\n")[2])
        if prompt is not None:
            self.prompt, self.mode = wire.OwnPrompt(prompt.hostname), prompt.mode

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
            heard = terminal.wait(deadline, quiet=_QUIET)
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
            heard = terminal.wait(deadline, quiet=_QUIET)
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
        replies: dict[str, str] = {}
        if not self.ahead or self.mode:
            return replies
        first = () if self._prepared else PREPARATION
        for few in portions((*first, *commands)):
            replies |= zip(few, self._replies(Batch.of(few), timeout or SHOW_TIMEOUT), strict=True)
        for command in first:
            if replies.pop(command):
                self._give_up(lost=False)
        self._prepared = True
        return replies

    def _replies(self, batch: Batch, timeout: float) -> tuple[str, ...]:
        terminal = self._terminal
        try:
            terminal.begin()
            terminal.enter(batch.typed)
            answered = self._is_answered(batch, time.monotonic() + timeout, each=timeout)
            replies = batch.replies(terminal.text, self.prompt) if answered else None
            if replies is None:
                self._give_up(lost=not answered)
        except errors.SessionError as error:
            self.broken = True
            error.text = wire.mask(wire.tidy(terminal.text), "")[-2000:]
            raise
        finally:
            self._note(terminal.text)
        return replies

    def _give_up(self, *, lost: bool) -> NoReturn:
        """Say that replies are mixed up; lines that are lost once will be lost again."""
        self.broken = True
        raise MixedReplies(
            "the switch's replies could not be told apart", host=self.host, lost=lost
        )

    def _is_answered(self, batch: Batch, deadline: float, *, each: float = 0.0) -> bool:
        """Wait for the prompt behind the last fence; each command has `each` seconds of its own.

        Returns:
            False where it will not come: a pager has taken letters, or lines were lost.

        Raises:
            SessionError.
        """
        terminal = self._terminal
        done = 0
        since = time.monotonic()
        while True:
            heard = terminal.wait(deadline, quiet=_QUIET)
            now = time.monotonic()
            text = terminal.text
            if wire.MORE in text:
                return False
            if heard:
                since = now
                answered = batch.answered(text)
                if answered > done:
                    done, deadline = answered, max(deadline, now + each)
            if (place := text.rfind(batch.end)) >= 0 and _has_prompt(text[place:]):
                return True
            if not heard and now - since > _LOST and _has_prompt(text):
                return False

    def _find_back(self, deadline: float) -> None:
        """Wait until a fence alone is answered by its echo and a prompt, and by nothing else.

        What is still to be read by the switch are lines of the preparation, which print nothing.

        Raises:
            SessionError.
        """
        terminal = self._terminal
        while True:
            fence = new_fence()
            terminal.begin()
            terminal.enter(fence)
            since = time.monotonic()
            while time.monotonic() - since < _LOST:
                if terminal.wait(deadline, quiet=_QUIET):
                    since = time.monotonic()  # until it has nothing to say any more
            lines = wire.tidy(terminal.text).split("\n")
            last = wire.read_prompt(lines[-1])
            if last is not None and [each for each in lines[:-1] if each] == [fence]:
                self.prompt, self.mode = wire.OwnPrompt(last.hostname), last.mode
                return

    def _note(self, text: str) -> None:
        if self._log is not None:
            self._log(wire.mask(text, ""))


def _long_fence() -> str:
    return new_fence() + "-" * _LONG_LINE


def _has_prompt(text: str) -> bool:
    """Whether the last line looks like a prompt."""
    last = text[max(text.rfind("\n"), text.rfind("\r")) + 1 :]
    return wire.read_prompt(last) is not None


def _asks(text: str) -> bool:
    """Whether the last line waits for something that Enter might answer wrongly."""
    return text.rstrip().endswith((":", "?", "]"))
