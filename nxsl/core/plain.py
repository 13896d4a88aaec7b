"""Frozen records as plain values of JSON and back, exactly; the type hints decide.

Nothing is guessed on the way back: every field must be there, no other may be, each value must be
of its type and written as `to_plain` writes it. Errors name the field and never its value.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, Union

from nxsl.core import policy_records, records, system_records, transport

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

Plain: TypeAlias = "str | int | bool | list[Plain] | dict[str, Plain] | None"
"""What JSON holds; no floats, as no record has any."""

# Dates without a zone: the switch's own time of day. All others are aware, in UTC.
_NAIVE = frozenset({(records.Clock, "local")})

# Where annotations of records are looked for that their own module imports for type checkers only.
_NAMES: Mapping[str, Any] = {
    name: value
    for module in (system_records, policy_records, transport, records)
    for name, value in vars(module).items()
}

_DURATION = re.compile(r"P(-?\d{1,9})DT(\d{1,2})H(\d{1,2})M(\d{1,2})(?:\.(\d{6}))?S", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w{0,39}", re.ASCII)


class Mismatch(ValueError):
    """A value is not what its field holds; the message names the field, never the value."""


def to_plain(value: object) -> Plain:
    """Give a record, or a part of one, as plain values.

    Raises:
        TypeError: it holds something that no record does.
    """
    plain: Plain
    match value:
        case Enum():
            plain = to_plain(value.value)
        case None | str() | bool() | int():
            plain = value
        case datetime():
            plain = (value.astimezone(UTC) if value.tzinfo else value).isoformat()
        case timedelta():
            plain = _duration(value)
        case tuple():
            plain = [to_plain(each) for each in value]
        case frozenset():
            plain = sorted((to_plain(each) for each in value), key=repr)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = dataclasses.fields(value)
            plain = {each.name: to_plain(getattr(value, each.name)) for each in fields}
        case _:
            raise TypeError(f"{type(value).__name__} is no part of a record")
    return plain


def from_plain(kind: type[T], plain: object, where: str) -> T:
    """Make the record that `to_plain` was given.

    Args:
        kind: its class.
        plain: what `to_plain` gave.
        where: the name of the value in messages.

    Raises:
        Mismatch: it is not of that class, exactly.
    """
    made: T = _record(kind, plain, where)
    return made


def _value(hint: Any, plain: object, where: str, *, naive: bool = False) -> Any:  # noqa: ANN401
    origin = typing.get_origin(hint)
    if origin in (Union, UnionType):
        made: object = _one_of(typing.get_args(hint), plain, where, naive=naive)
    elif origin is tuple:
        made = _tuple(typing.get_args(hint), plain, where)
    elif origin is frozenset:
        made = frozenset(_tuple((*typing.get_args(hint), ...), plain, where))
    elif dataclasses.is_dataclass(hint):
        made = _record(hint, plain, where)
    elif hint is datetime:
        made = _date(plain, where, naive=naive)
    elif hint is timedelta:
        made = _length(plain, where)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        made = _member(hint, plain, where)
    elif hint in (str, int, bool, NoneType):
        made = plain
        _require(type(plain) is hint, where, _CALLED[hint])
    else:
        raise TypeError(f"{where}: nothing of type {hint} can be kept")
    # There are several ways to write a date or to order a set, and one in which nxsl does.
    _require(to_plain(made) == plain, where, "as nxsl writes it")
    return made


_CALLED = {str: "a text", int: "a whole number", bool: "true or false", NoneType: "null"}


def _require(holds: bool, where: str, wanted: str) -> None:
    if not holds:
        raise Mismatch(f"{where}: must be {wanted}")


def _record(kind: Any, plain: object, where: str) -> Any:  # noqa: ANN401
    if not isinstance(plain, dict):
        raise Mismatch(f"{where}: must be an object")
    names = [each.name for each in dataclasses.fields(kind)]
    require_names(names, plain, where)
    hints = _hints(kind)
    return kind(
        **{
            name: _value(hints[name], plain[name], f"{where}.{name}", naive=(kind, name) in _NAIVE)
            for name in names
        }
    )


def require_names(names: list[str], plain: Mapping[str, object], where: str) -> None:
    """Hold an object to its fields.

    Raises:
        Mismatch: one is missing, or one is there that does not belong.
    """
    for name in names:
        if name not in plain:
            raise Mismatch(f"{where}.{name}: is missing")
    for name in plain:
        if name not in names:
            # What is no name may be a password that somebody put in the wrong place.
            shown = f"{where}.{name}" if _NAME.fullmatch(name) else f"{where}: a field of it"
            raise Mismatch(f"{shown}: is no field that nxsl writes")


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(kind, localns=dict(_NAMES))


def _one_of(
    hints: tuple[Any, ...],
    plain: object,
    where: str,
    *,
    naive: bool,
) -> object:
    """The one of several types that fits: None, or the record with these very fields."""
    if plain is None and NoneType in hints:
        return None
    others = [each for each in hints if each is not NoneType]
    if len(others) > 1 and isinstance(plain, dict):
        fitting = [
            each
            for each in others
            if dataclasses.is_dataclass(each)
            and {field.name for field in dataclasses.fields(each)} == plain.keys()
        ]
        if len(fitting) != 1:
            names = " or ".join(getattr(each, "__name__", str(each)) for each in others)
            raise Mismatch(f"{where}: must have the fields of {names}")
        others = fitting
    return _value(others[0], plain, where, naive=naive)


def _tuple(hints: tuple[Any, ...], plain: object, where: str) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise Mismatch(f"{where}: must be a list")
    if hints[-1] is Ellipsis:
        hints = (hints[0],) * len(plain)
    _require(len(hints) == len(plain), where, f"a list of {len(hints)}")
    return tuple(
        _value(hint, each, f"{where}[{position}]")
        for position, (hint, each) in enumerate(zip(hints, plain, strict=True))
    )


def _date(plain: object, where: str, *, naive: bool) -> datetime:
    try:
        made = datetime.fromisoformat(plain if isinstance(plain, str) else "")
    except ValueError:
        raise Mismatch(f"{where}: must be a date") from None
    _require((made.tzinfo is None) is naive, where, "without a zone" if naive else "in UTC")
    return made


def _duration(length: timedelta) -> str:
    """A length of time by ISO 8601; as Python does, only the days of a negative one are."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{length.microseconds:06}" if length.microseconds else ""
    return f"P{length.days}DT{hours}H{minutes}M{seconds}{fraction}S"


def _length(plain: object, where: str) -> timedelta:
    found = _DURATION.fullmatch(plain) if isinstance(plain, str) else None
    if found is None:
        raise Mismatch(f"{where}: must be a length of time")
    days, hours, minutes, seconds, micro = (int(each or 0) for each in found.groups())
    return timedelta(days, seconds, micro, minutes=minutes, hours=hours)


def _member(kind: type[Enum], plain: object, where: str) -> Enum:
    for member in kind:
        if to_plain(member) == plain and type(to_plain(member)) is type(plain):
            return member
    raise Mismatch(f"{where}: is none of {', '.join(str(member.value) for member in kind)}")
