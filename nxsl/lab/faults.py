"""What can go wrong with a switch, as frozen descriptions.

Faults of the connection stand by themselves. Faults of a line name the received line by a regular
expression (searched, as typed) and which of its occurrences they hit: 1 is the first, None all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from nxsl.lab import texts


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Anything that goes wrong."""


# -- the connection -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Refuse(Fault):
    """Nothing listens at the port."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BlackHole(Fault):
    """The connection is accepted, and then there is silence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionLimit(Fault):
    """Every session is taken: the first `connections` ones are closed before the SSH banner."""

    connections: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class RejectAuthentication(Fault):
    """The password is refused although it is right; the first `times` times, or always."""

    times: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SlowAuthentication(Fault):
    """The AAA server takes its time."""

    seconds: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class HostKeyChanged(Fault):
    """`known_hosts` holds another key for this switch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HostKeyUnknown(Fault):
    """`known_hosts` holds no key for this switch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WeakAlgorithms(Fault):
    """The SSH server offers only what early NX-OS did: group1 and 3DES."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginQuestion(Fault):
    """After the banner stands a question instead of a prompt, and no answer is good enough."""

    question: str = "Your password has expired. Enter new password: "


@dataclass(frozen=True, kw_only=True, slots=True)
class Banner(Fault):
    """Further banner text before the first prompt."""

    text: str


# -- one line -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class LineFault(Fault):
    """A fault of one received line.

    Attributes:
        line: A regular expression, searched in the line as it was typed.
        occurrence: Which of the lines that fit, counted for the switch over all its sessions; None
            is every one.
    """

    line: str
    occurrence: int | None = 1

    def fits(self, line: str) -> bool:
        """Tell whether this is such a line."""
        return re.search(self.line, line) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Drop(LineFault):
    """The TCP connection is cut.

    Attributes:
        when: `before` the line is executed, `after` it without reply, or in the `reply`.
        after_bytes: How many bytes of the reply get out first.
    """

    when: Literal["before", "after", "reply"] = "before"
    after_bytes: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Delay(LineFault):
    """The reply comes late."""

    seconds: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunks(LineFault):
    """The reply comes in small pieces with pauses between."""

    size: int = 7
    pause: float = 0.005


@dataclass(frozen=True, kw_only=True, slots=True)
class Reject(LineFault):
    """The line is refused with a text and has no effect; `{caret}` puts a marker line first."""

    text: str = "% Invalid command at '^' marker."
    caret: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignore(LineFault):
    """The line is taken without a word and has no effect."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replace(LineFault):
    """The line is executed, but another text is printed."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask(LineFault):
    """A question nobody expects comes first; only `y` lets the line be executed."""

    question: str = texts.UNEXPECTED_QUESTION


@dataclass(frozen=True, kw_only=True, slots=True)
class Inject(LineFault):
    """A text comes in between, such as a syslog line.

    Attributes:
        text: The text; `{prompt}` becomes the prompt and `{hostname}` the name.
        at: Before which line of the reply; -1 is after the last, right before the prompt.
    """

    text: str = "2026 Jan  5 10:00:00 {hostname} %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up"
    at: int = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class FakePrompt(LineFault):
    """The reply holds the prompt as a line of its own before line `at`."""

    at: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Hang(LineFault):
    """The line is never answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Garble(LineFault):
    """Bytes of the reply are replaced, by default so that it is no UTF-8 any more."""

    old: bytes = b"REGISTERED"
    new: bytes = b"REG\xff\xfeISTERED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Flood(LineFault):
    """The reply is followed by much text; without `size` it never ends."""

    size: int | None = 8_000_000
    filler: str = "0123456789 abcdefghijklmnopqrstuvwxyz\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Meanwhile(LineFault):
    """Right before the line is executed, somebody else configures the switch.

    Attributes:
        lines: What they type, from `configure terminal` on.
    """

    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reload(LineFault):
    """The switch reloads when the line comes: all sessions end, the saved configuration is back."""

    seconds: float = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class DeafPeer(Fault):
    """What telnet connects to says nothing at Ctrl-C; only telnet's own escape leads out."""


# -- saving ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class SaveFails(Fault):
    """`copy running-config startup-config` gives up at 99 %; the startup configuration stays."""

    reason: str = texts.NO_SPACE


@dataclass(frozen=True, kw_only=True, slots=True)
class SaveLost(Fault):
    """`copy running-config startup-config` says `Copy complete.`, and nothing was saved."""


# -- checkpoints ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointBusy(Fault):
    """Somebody else is at a checkpoint or rollback; the first `times` such commands are refused."""

    times: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointsFull(Fault):
    """The switch takes no further checkpoint, however many it holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointTaken(Fault):
    """The first `times` names are said to be there already."""

    times: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointLost(Fault):
    """A checkpoint is said to be made, and is not there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RollbackFails(Fault):
    """A rollback does not do what it should.

    Attributes:
        mode: `no effect` and `half` are said to have failed, the latter in the middle; `lost` and
            `half lost` are said to have gone well; `denied` is refused for the role.
    """

    mode: Literal["no effect", "half", "lost", "half lost", "denied"] = "no effect"


# -- files ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class FlashFull(Fault):
    """`bootflash:` takes no more than `free` bytes."""

    free: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ScpBreaks(LineFault):
    """The connection is cut in the middle of an SCP transfer; what arrived stays.

    Attributes:
        after_bytes: How many bytes of the file get through.
    """

    line: str = r"^scp .*-[tf] "
    after_bytes: int = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class ScpCorrupts(LineFault):
    """An SCP transfer ends well, but one byte in the middle of the file is another."""

    line: str = r"^scp .*-[tf] "
    occurrence: int | None = None


# -- the terminal ---------------------------------------------------------------------------------


def ignore_terminal_length() -> Ignore:
    """Make `terminal length` lines without effect: pages stay on."""
    return Ignore(line=r"^\s*term\w* +le", occurrence=None)


def ignore_terminal_width() -> Ignore:
    """Make `terminal width` lines without effect: long lines stay wrapped."""
    return Ignore(line=r"^\s*term\w* +wi", occurrence=None)
