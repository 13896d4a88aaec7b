"""What a switch says of its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One checkpoint of `show checkpoint summary`.

    Attributes:
        name: its name.
        made_by: the account.
        made_at: the switch's own words.
        size: bytes.
        description: what was said about it; `None` is printed where nothing was.
    """

    name: str
    made_by: str
    made_at: str
    size: int
    description: str = ""

    @property
    def is_system(self) -> bool:
        """Whether the switch made it by itself; no user's name may begin so."""
        return self.name.startswith("system")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointReply:
    """The answer to `checkpoint` and `no checkpoint`.

    Attributes:
        done: whether the switch says that it did it.
        words: what it printed.
    """

    done: bool
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackReply:
    """The answer to `rollback running-config`.

    Attributes:
        succeeded: whether the switch says that it went well.
        words: the line that says so, or not.
    """

    succeeded: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPatch:
    """`show diff rollback-patch`: what leads from the one configuration to the other.

    Attributes:
        lines: without indentation; none where the two are the same.
    """

    lines: tuple[str, ...] = ()
