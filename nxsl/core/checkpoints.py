"""Which checkpoints are nxsl's own, which of them go, and whether a rollback would harm others.

Pure. A rollback brings the whole configuration back, also what somebody else has written since, so
it is only used where the patch shows nothing but lines of the plan.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from nxsl.core import errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from nxsl.core.checkpoint_records import Checkpoint, RollbackPatch
    from nxsl.core.transport import TransportPlan

MOST = 10
"""User checkpoints that a switch takes (Cisco's guides for Nexus 3000 to 9000)."""

KEEP = 2
"""Own checkpoints that are left where a new one is made: those of runs that have failed."""

STEP = "checkpoint nxsl-..."
"""How the step is shown before it has a name, so that a plan is the same each time."""

# The time orders them; a Nexus 5000 takes no more than 32 characters.
_OURS = re.compile(r"nxsl-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}", re.ASCII)

_BUSY = re.compile(r"(?i)\bbusy\b|in progress|try again|another (?:user|session|checkpoint)")
_TAKEN = re.compile(r"(?i)already (?:exists?|there|in use)")
_FULL = re.compile(r"(?i)\bmax(?:imum)?\b|\blimit\b|exceed|\bfull\b")


def new_name(now: datetime, mark: str) -> str:
    """Name a checkpoint.

    Args:
        now: the time, with its zone.
        mark: four hexadecimal digits that make it unlike another of the same second.

    Raises:
        ValueError: that gives no name that would be known for an own one.
    """
    name = f"nxsl-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{mark}"
    if not is_ours(name):
        raise ValueError(f"{mark!r} is no mark of a checkpoint")
    return name


def is_ours(name: str) -> bool:
    """Whether nxsl has made the checkpoint; nothing else is ever removed."""
    return _OURS.fullmatch(name) is not None


def older(found: Iterable[Checkpoint], *, keep: int) -> tuple[str, ...]:
    """The own checkpoints but for the newest ones, the oldest first."""
    own = sorted(each.name for each in found if is_ours(each.name))
    return tuple(own[: max(len(own) - keep, 0)])


def to_make_room(found: tuple[Checkpoint, ...]) -> tuple[str, ...]:
    """The own checkpoints that are removed before another is made, the oldest first.

    Raises:
        CheckpointRefused: there are ten, and none of them is nxsl's.
    """
    users = [each for each in found if not each.is_system]
    own = older(users, keep=0)
    if len(users) - len(own) >= MOST:
        raise errors.CheckpointRefused(
            f"the switch holds {len(users)} checkpoints, as many as it can, and none is nxsl's",
            text=", ".join(each.name for each in users),
            remedy="remove one (`no checkpoint NAME`), or configure without --checkpoint",
        )
    needed = len(users) + 1 - MOST
    return own[: max(len(own) - KEEP, needed, 0)]


def is_busy(text: str) -> bool:
    """Whether a refusal says that somebody else is at it (the words are to be confirmed)."""
    return _BUSY.search(text) is not None


def is_taken(text: str) -> bool:
    """Whether a refusal says that there is one of that name (likewise)."""
    return _TAKEN.search(text) is not None


def is_full(text: str) -> bool:
    """Whether a refusal says that there are too many (likewise)."""
    return _FULL.search(text) is not None


def foreign_lines(patch: RollbackPatch, plan: TransportPlan) -> tuple[str, ...]:
    """The lines of a patch that the plan does not explain: somebody else's.

    Where it is not sure whose a line is, it is taken for somebody else's.
    """
    own = set(_own_lines(plan))
    # Some lines go without their value: `no transport http use-vrf`.
    removed = {line.rpartition(" ")[0] for line in own if line.startswith(_WITHOUT_VALUE)}

    def is_own(line: str) -> bool:
        pieces = tuple(_pieces(line))
        return all(piece in own for piece in pieces) or (
            line.startswith("no ") and all(piece in removed for piece in pieces)
        )

    return tuple(line for line in patch.lines if not is_own(line))


_WITHOUT_VALUE = ("email-contact ", "transport http use-vrf ")


def _own_lines(plan: TransportPlan) -> Iterator[str]:
    for each in plan.lines:
        yield from each.context
        yield from _pieces(each.line)
        yield from _pieces(each.undo)
        if each.line.endswith("license smart enable"):
            yield "feature license smart"
    # A switch prints all name servers of a VRF in one line.
    written = {each.context for each in plan.lines if "ip name-server" in each.line}
    for vrf, servers in plan.before.name_servers:
        if (f"vrf context {vrf}",) in written or (vrf == "default" and () in written):
            yield from (f"ip name-server {server}" for server in servers)


def _pieces(line: str) -> Iterator[str]:
    """What a line sets or takes away, without the index that the switch gives to a destination."""
    plain = re.sub(r" index [0-9]+(?= )", "", " ".join(line.split())).removeprefix("no ")
    if plain.startswith("ip name-server ") and "use-vrf" not in plain:
        yield from (f"ip name-server {server}" for server in plain.split()[2:])
    else:
        yield plain


# What may be shown whole of a line that is somebody else's: it might hold a secret.
_HARMLESS = re.compile(r"(?:no )?(?:interface|vlan|vrf context|router|feature|hostname) \S+")


def shown(line: str) -> str:
    """A line of somebody else's, with no more than its first words."""
    found = _HARMLESS.match(line)
    if found:
        return found[0]
    words = line.split()
    head = words[: 2 if words[0] == "no" else 1]
    return " ".join(head) + (" ..." if len(words) > len(head) else "")
