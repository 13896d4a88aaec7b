"""One session at a switch: reads lines, executes them, and lets the faults have their way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from nxsl.lab import (
    commands_checkpoint,
    commands_config,
    commands_exec,
    commands_reach,
    commands_reservation,
    commands_system,
    faults,
    texts,
)
from nxsl.lab.device import Device, Kind
from nxsl.lab.shell import EXEC, Refused, Reply, Resolved, Shell, split_chain, type_in
from nxsl.lab.terminal import SUSPEND, HungUp, Terminal, Treatment

if TYPE_CHECKING:
    from collections.abc import Callable

# Importing them fills the command tables.
_ = (
    commands_checkpoint,
    commands_config,
    commands_exec,
    commands_reach,
    commands_reservation,
    commands_system,
)

_EXIT_SYNTAX = 16
_EXIT_DENIED = 30
_FLOOD_BLOCK = 65_536

FaultT = TypeVar("FaultT", bound=faults.LineFault)


class Session:
    """A user's session.

    Args:
        device: The switch.
        shell: The command interpreter.
        terminal: The line to the user.
        cut: Cuts the TCP connection.
    """

    def __init__(
        self, device: Device, shell: Shell, terminal: Terminal, cut: Callable[[], None]
    ) -> None:
        self._device = device
        self._shell = shell
        self._terminal = terminal
        self._cut = cut

    async def interact(self) -> None:
        """Serve an interactive session until the user leaves or the line is cut."""
        await self._terminal.write(texts.BANNER)
        for fault in self._device.spec.faults:
            if isinstance(fault, faults.Banner):
                await self._terminal.write(fault.text)
        question = self._device.fault(faults.LoginQuestion)
        while isinstance(question, faults.LoginQuestion):
            await self._terminal.read_line(question.question)
        while not self._shell.closed:
            line = await self._terminal.read_line(self._shell.prompt)
            if line is None:
                continue
            if line.endswith(SUSPEND):
                self._shell.mode = EXEC
                continue
            await self.execute(line)

    async def execute_once(self, line: str) -> int:
        """Serve `ssh host 'command'`, whose refusals differ from those of a session.

        Returns:
            The exit status.
        """
        parts = split_chain(line)
        if len(parts) > 1:
            return max([await self.execute_once(part) for part in parts])
        resolved = self._shell.resolve(line)
        if isinstance(resolved, Refused):
            self._receive(line, Kind.INVALID)
            text = texts.EXEC_SYNTAX_ERROR.format(line=line)
            await self._terminal.write(f"{resolved.text if resolved.denied else text}\n")
            return _EXIT_DENIED if resolved.denied else _EXIT_SYNTAX
        await self.execute(line)
        return 0

    async def execute(self, line: str) -> None:
        """Execute one line.

        Raises:
            HungUp: If a fault cuts the line.
        """
        text = line.strip()
        if not text or text.startswith("!"):
            self._receive(line, Kind.COMMENT if text else Kind.EMPTY)
            return
        parts = split_chain(line)
        if len(parts) > 1:
            for part in parts:
                await self.execute(part)
            return
        resolved = self._shell.resolve(line)
        kind = resolved.command.kind if isinstance(resolved, Resolved) else Kind.INVALID
        self._receive(line, kind)
        hit = self._device.faults_of(line)
        await self._before(hit)
        reply = await self._reply(resolved, hit)
        drop = _first(hit, faults.Drop)
        if drop is not None and drop.when == "after":
            self._hang_up()
        self._terminal.treatment = _treatment(hit)
        try:
            await self._answer(reply, hit)
        finally:
            self._terminal.treatment = Treatment()
        if drop is not None:
            # The reply was shorter than the bytes that were to get out.
            self._hang_up()

    def _receive(self, line: str, kind: Kind) -> None:
        self._device.receive(self._shell.session, self._shell.mode, line, kind)

    def _hang_up(self) -> None:
        self._cut()
        raise HungUp

    # -- faults before the line is executed -------------------------------------------------------

    async def _before(self, hit: list[faults.LineFault]) -> None:
        for other in hit:
            if isinstance(other, faults.Meanwhile):
                type_in(self._device, other.lines)
        drop = _first(hit, faults.Drop)
        if drop is not None and drop.when == "before":
            self._hang_up()
        reload = _first(hit, faults.Reload)
        if reload is not None:
            self._device.reboot(reload.seconds)
            raise HungUp
        delay = _first(hit, faults.Delay)
        await self._terminal.pause(
            self._device.spec.command_seconds + (delay.seconds if delay is not None else 0.0)
        )
        if _first(hit, faults.Hang) is not None:
            await asyncio.Event().wait()

    async def _reply(self, resolved: Resolved | Refused, hit: list[faults.LineFault]) -> Reply:
        """Execute the line, unless a fault forbids it."""
        ask = _first(hit, faults.Ask)
        if ask is not None and not await self._agreed(ask.question):
            return None
        reject = _first(hit, faults.Reject)
        if reject is not None:
            marker = "" if reject.caret is None else f"{' ' * reject.caret}^\n"
            return f"{marker}{reject.text}\n"
        if _first(hit, faults.Ignore) is not None:
            return None
        reply = resolved.text if isinstance(resolved, Refused) else self._shell.run(resolved)
        replaced = _first(hit, faults.Replace)
        return reply if replaced is None else f"{replaced.text.rstrip()}\n"

    async def _agreed(self, question: str) -> bool:
        answer = await self._terminal.read_line(question) or ""
        self._receive(answer, Kind.ANSWER)
        return answer.strip().lower() in {"y", "yes"}

    # -- the answer -------------------------------------------------------------------------------

    async def _answer(self, reply: Reply, hit: list[faults.LineFault]) -> None:
        if callable(reply):
            await reply(self._terminal)
            reply = ""
        text = reply if isinstance(reply, str) else "".join(f"{line}\n" for line in reply or ())
        for fault in hit:
            if isinstance(fault, faults.Inject):
                text = self._inserted(text, fault.text, fault.at)
            elif isinstance(fault, faults.FakePrompt):
                text = self._inserted(text, "{prompt}", fault.at)
        await self._terminal.page(text)
        flood = _first(hit, faults.Flood)
        if flood is not None:
            await self._flood(flood)

    def _inserted(self, text: str, new: str, at: int) -> str:
        lines = text.splitlines(keepends=True)
        place = len(lines) if at < 0 else min(at, len(lines))
        shown = new.replace("{prompt}", self._shell.prompt)
        shown = shown.replace("{hostname}", self._device.running.hostname)
        return "".join([*lines[:place], f"{shown}\n", *lines[place:]])

    async def _flood(self, flood: faults.Flood) -> None:
        block = flood.filler * max(1, _FLOOD_BLOCK // len(flood.filler))
        sent = 0
        while flood.size is None or sent < flood.size:
            await self._terminal.write(block)
            await asyncio.sleep(0)
            sent += len(block)


def _first(hit: list[faults.LineFault], kind: type[FaultT]) -> FaultT | None:
    return next((f for f in hit if isinstance(f, kind)), None)


def _treatment(hit: list[faults.LineFault]) -> Treatment:
    """Sum up what the faults do to the bytes of the reply."""
    treatment = Treatment()
    for fault in hit:
        if isinstance(fault, faults.Drop) and fault.when == "reply":
            treatment.left = fault.after_bytes
        elif isinstance(fault, faults.Chunks):
            treatment.size, treatment.pause = fault.size, fault.pause
        elif isinstance(fault, faults.Garble):
            treatment.swap = (fault.old, fault.new)
    return treatment
