"""The plan of a run: what a dry run saw on every host, and what is going to be done there.

It is shown, agreed to and kept as a text (`to_json`): JSON in plain ASCII with a digest of all the
rest. The digest tells damage, not intent: whoever changes a plan can make a new one. So the run
store keeps the digest of each plan that was made, and `require_usable` compares.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import nxsl
from nxsl.core.errors import PlanFileError
from nxsl.core.json_text import digest_of, read_object, require_text
from nxsl.core.outcome import Outcome, TaskRecord
from nxsl.core.plain import Mismatch, Plain, from_plain, require_names, to_plain
from nxsl.core.secret import redact_tokens
from nxsl.core.seen import Seen  # noqa: TC001 (typing.get_type_hints works on HostPlan)

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
"""The number of the format; another one is refused."""

MAX_AGE = timedelta(hours=4)
"""How old a plan may be, unless the caller says otherwise: one shift, or one maintenance window."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far the clocks of those who make a plan and apply it may be apart."""

_FIELDS = [
    "format",
    "id",
    "job",
    "options",
    "inventory",
    "selection",
    "made_at",
    "made_by",
    "version",
    "hosts",
    "sha256",
]
_AGAIN = "make the plan again: nxsl plan"
_DAMAGED = "the text was changed after nxsl had written it"

# Without letters and digits that are mistaken for each other.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_ID = re.compile(rf"\d{{8}}-\d{{6}}-[{_LETTERS}]{{4}}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPlan:
    """What is planned for one host; no secret.

    Attributes:
        host: the inventory's name.
        address: where it is reached, `ADDRESS:PORT`.
        expects: how it is expected to end: `changed ok` where something is going to be done, else
            what the dry run has ended in.
        reason: why that is not good, as one or two words.
        detail: one sentence.
        remedy: what to do next; may be empty.
        model: the product; empty where the switch was not read.
        seen: what the decision was made from; None where it was not come to.
        steps: what is going to be typed, in order, secrets masked.
        diff: what is going to change.
    """

    host: str
    address: str
    expects: Outcome
    reason: str = ""
    detail: str = ""
    remedy: str = ""
    model: str = ""
    seen: Seen | None = None
    steps: tuple[str, ...] = ()
    diff: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything is going to be done there."""
        return self.expects is Outcome.CHANGED_OK


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """What one job is going to do on each host; no secret.

    Attributes:
        id: its name; later plans sort behind earlier ones.
        job: what is done, such as `register`; a name of `nxsl.run.jobs`.
        options: of the job, such as `force`.
        inventory: the folder or file, absolute.
        selection: `hosts` (a list) and `filters` (a mapping), as they were asked for.
        made_at: in UTC.
        made_by: `USER on MACHINE`.
        hosts: every selected host, in the inventory's order.
        version: of nxsl.
        format: the number of the format.
    """

    id: str
    job: str
    inventory: str
    made_at: datetime
    made_by: str
    hosts: tuple[HostPlan, ...]
    options: Mapping[str, Plain] = field(default_factory=dict)
    selection: Mapping[str, Plain] = field(default_factory=dict)
    version: str = nxsl.__version__
    format: int = FORMAT

    @property
    def digest(self) -> str:
        """SHA-256 of everything that is in it, in hexadecimal digits."""
        return digest_of(_payload(self))

    @property
    def to_change(self) -> tuple[HostPlan, ...]:
        """The hosts on which something is going to be done."""
        return tuple(each for each in self.hosts if each.changes)


def new_plan_id(now: datetime) -> str:
    """Make a name for a plan, such as `20261124-101857-k3f9`: its time in UTC, and chance."""
    chance = "".join(secrets.choice(_LETTERS) for _ in range(4))
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{chance}"


def new_run_id(now: datetime) -> str:
    """Make a name for a run, of the same kind."""
    return new_plan_id(now)


def plan_of(
    results: Mapping[str, tuple[TaskRecord, str]], addresses: Mapping[str, str]
) -> tuple[HostPlan, ...]:
    """Make the plan of each host from a dry run.

    Args:
        results: by host, in the inventory's order: what the task gave, and its diff.
        addresses: where each of these hosts is reached, `ADDRESS:PORT`.
    """
    return tuple(
        HostPlan(
            host=host,
            address=addresses[host],
            expects=_expected(record.outcome),
            reason=record.reason,
            # Words of the switch may be quoted here, and the backend's quote the token.
            detail=redact_tokens(record.detail),
            remedy=redact_tokens(record.remedy),
            model=record.facts.model if record.facts else "",
            seen=record.seen,
            steps=record.steps,
            diff=diff,
        )
        for host, (record, diff) in results.items()
    )


def _expected(outcome: Outcome) -> Outcome:
    return Outcome.CHANGED_OK if outcome is Outcome.PLANNED else outcome


def require_usable(
    plan: FleetPlan, *, now: datetime, known_digest: str | None, max_age: timedelta = MAX_AGE
) -> None:
    """Refuse a plan that must not be applied.

    Args:
        plan: the plan, as `from_json` gave it.
        now: aware.
        known_digest: what the run store knows as the digest of the plan of that name; None where
            it does not know the plan.
        max_age: how old it may be.

    Raises:
        PlanFileError: the run store does not know it, or knows another of that name; or it was made
            too long ago, or in the future.
    """
    age = now - plan.made_at
    made = f"{plan.made_at:%Y-%m-%d %H:%M} UTC"
    if known_digest is None:
        raise PlanFileError(
            f"the plan {plan.id} is not in the run store",
            remedy="use the run store with which it was made (--store), or give the digest that "
            "nxsl plan has printed (--digest)",
        )
    if known_digest != plan.digest:
        raise PlanFileError(
            f"the plan {plan.id} is not the one that the run store knows: it was changed since",
            remedy=_AGAIN,
        )
    if age < -CLOCK_SKEW:
        raise PlanFileError(
            f"the plan {plan.id} was made in the future, at {made}",
            remedy="compare this machine's clock with that of the one that made it",
        )
    if age > max_age:
        raise PlanFileError(
            f"the plan {plan.id} is too old: it was made at {made}, and is good for {max_age}",
            remedy=_AGAIN,
        )


def to_json(plan: FleetPlan) -> str:
    """Give a plan as text: JSON in plain ASCII, the same text for the same plan.

    Raises:
        TypeError: something in it is neither text, whole number, truth nor list or mapping of such;
            a password or a token is none of them.
    """
    payload = _payload(plan)
    return json.dumps({**payload, "sha256": digest_of(payload)}, indent=2) + "\n"


def _payload(plan: FleetPlan) -> dict[str, Plain]:
    payload: dict[str, Plain] = {
        "format": plan.format,
        "id": plan.id,
        "job": plan.job,
        "options": _sorted(plan.options, "options"),
        "inventory": plan.inventory,
        "selection": _sorted(plan.selection, "selection"),
        "made_at": to_plain(plan.made_at),
        "made_by": plan.made_by,
        "version": plan.version,
        "hosts": [to_plain(each) for each in plan.hosts],
    }
    for name, value in payload.items():
        _require_plain(value, name)
    return payload


def _sorted(found: Mapping[str, Plain], where: str) -> dict[str, Plain]:
    _require_plain(dict(found), where)
    return {name: _in_order(found[name]) for name in sorted(found)}


def _in_order(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(each) for each in value] if isinstance(value, list) else value


def _require_plain(value: object, where: str) -> None:
    """Let nothing in that only looks like a text: a password does, and would be written in clear.

    Raises:
        TypeError: naming the field.
    """
    kind = type(value)
    if isinstance(value, list) and kind is list:
        for position, each in enumerate(value):
            _require_plain(each, f"{where}[{position}]")
    elif isinstance(value, dict) and kind is dict:
        for name, each in value.items():
            if type(name) is not str:
                raise TypeError(f"{where}: a name in it is no text")
            _require_plain(each, f"{where}.{name}")
    elif value is not None and kind not in (str, int, bool):
        raise TypeError(f"{where}: {kind.__name__} is no part of a plan")


def from_json(text: str, *, source: str = "the plan") -> FleetPlan:
    """Read what `to_json` gave.

    Args:
        text: the text.
        source: what messages call it, such as a file's name.

    Raises:
        PlanFileError: it is not whole, not of this format, or was changed. The message names the
            field and shows no value.
    """
    try:
        return _plan(read_object(text, "plan"))
    except Mismatch as mismatch:
        raise PlanFileError(f"{source}: {mismatch}", remedy=_AGAIN) from None
    except RecursionError:
        raise PlanFileError(f"{source}: cannot be read as JSON", remedy=_AGAIN) from None


def _plan(payload: dict[str, Any]) -> FleetPlan:
    number = payload.get("format")
    if type(number) is int and number != FORMAT:
        raise Mismatch(f"format: is another one than {FORMAT}, which this nxsl reads")
    require_names(_FIELDS, payload, "plan")
    if type(number) is not int:
        raise Mismatch("format: must be a whole number")
    made = FleetPlan(
        id=require_text(payload, "id"),
        job=require_text(payload, "job"),
        options=_mapping(payload, "options"),
        inventory=require_text(payload, "inventory"),
        selection=_mapping(payload, "selection"),
        made_at=from_plain(_Dated, {"made_at": payload["made_at"]}, "plan").made_at,
        made_by=require_text(payload, "made_by"),
        version=require_text(payload, "version"),
        hosts=_hosts(payload["hosts"]),
    )
    if not _ID.fullmatch(made.id):
        raise Mismatch("id: is none that nxsl gives")
    # Last: a field that is wrong is named before it is said that something was changed.
    if payload["sha256"] != made.digest:
        raise Mismatch(f"sha256: does not fit: {_DAMAGED}")
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    made_at: datetime


def _mapping(payload: Mapping[str, object], name: str) -> dict[str, Plain]:
    found = payload[name]
    if not isinstance(found, dict):
        raise Mismatch(f"{name}: must be an object")
    try:
        _require_plain(found, name)
    except TypeError:  # a number with a fraction; where it stands may be a secret
        raise Mismatch(f"{name}: holds something that nxsl does not write") from None
    return found


def _hosts(plain: object) -> tuple[HostPlan, ...]:
    if not isinstance(plain, list):
        raise Mismatch("hosts: must be a list")
    hosts = tuple(
        from_plain(HostPlan, each, f"hosts[{position}]") for position, each in enumerate(plain)
    )
    if len({each.host for each in hosts}) < len(hosts):
        raise Mismatch("hosts: one is there twice")
    return hosts
