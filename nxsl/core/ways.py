"""What nxsl does with a switch of each regime: the one dispatch.

A regime is one record of `WAYS`: what `verify` reads and which jobs exist. Nothing else asks for
platform or release; what a single release does differently is a row of `QUIRKS` in `regime`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from nxsl.core import (
    checks_common,
    checks_conversion,
    checks_files,
    checks_licensing,
    checks_policy,
    checks_policy_transport,
    checks_transport,
    errors,
    states_files,
    states_policy,
    states_smart,
)
from nxsl.core.entitlement import Entitlement, always, rules
from nxsl.core.regime import Regime, regime_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nxsl.core.entitlement import Rule
    from nxsl.core.findings import Finding, View
    from nxsl.core.records import DeviceFacts

Check: TypeAlias = "Callable[[View], Iterator[Finding]]"


class Verb(StrEnum):
    """The jobs that change something on a switch."""

    CONFIGURE = "configure"
    REGISTER = "register"
    RENEW = "renew"
    DEREGISTER = "deregister"
    CONVERT = "convert"
    RESERVE = "reserve"
    SAVE_USAGE = "save-usage"
    IMPORT = "import"


class Part(StrEnum):
    """The parts of a switch's state, in the order in which they are read."""

    STATUS = "status"
    POLICY = "policy"
    USAGE = "licences"
    HOST_ID = "host id"
    """Only where licence files count."""
    TRANSPORT = "running configuration"
    SAVED = "startup configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Why a regime does not know a job, and what to do instead."""

    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What nxsl does with a switch of one regime.

    Attributes:
        regime: the regime.
        reads: the parts that `verify` reads.
        checks: what is checked in that state; each takes a `View` and yields findings.
        states: from such a state to the one that every switch has; the first rule that holds.
        verbs: the jobs that exist.
        absent: what is said about jobs that do not; a general sentence for the others.
    """

    regime: Regime
    reads: frozenset[Part] = frozenset()
    checks: tuple[Check, ...] = checks_common.CHECKS
    states: tuple[Rule, ...] = rules(
        ("always", always, Entitlement.UNKNOWN, "nxsl does not assess it")
    )
    verbs: frozenset[Verb] = frozenset()
    absent: Mapping[Verb, Absent] = field(default_factory=dict)


_FILES = Absent(
    why="licence files know nothing to {verb}; nothing was sent",
    remedy="see `nxsl verify` for features in use without a licence file",
)

WAYS: Mapping[Regime, Way] = MappingProxyType(
    {
        way.regime: way
        for way in (
            Way(
                regime=Regime.TRADITIONAL,
                reads=frozenset({Part.USAGE, Part.HOST_ID}),
                checks=(*checks_common.CHECKS, *checks_files.CHECKS),
                states=states_files.RULES,
                absent=dict.fromkeys(Verb, _FILES),
            ),
            Way(
                regime=Regime.SMART_LICENSING,
                reads=frozenset(
                    {Part.STATUS, Part.USAGE, Part.HOST_ID, Part.TRANSPORT, Part.SAVED}
                ),
                checks=(
                    *checks_common.CHECKS,
                    *checks_licensing.CHECKS,
                    checks_conversion.conversion,
                    *checks_transport.CHECKS,
                    *checks_files.CHECKS,  # licence files still count where it is switched off
                ),
                states=states_smart.RULES,
                verbs=frozenset(
                    {
                        Verb.CONFIGURE,
                        Verb.REGISTER,
                        Verb.RENEW,
                        Verb.DEREGISTER,
                        Verb.CONVERT,
                        Verb.RESERVE,
                    }
                ),
                absent={
                    verb: Absent(
                        why="classic Smart Licensing has no usage reports in files; it reports "
                        "by call home",
                        remedy="without any way to a backend, reserve licences instead",
                    )
                    for verb in (Verb.SAVE_USAGE, Verb.IMPORT)
                },
            ),
            Way(
                regime=Regime.USING_POLICY,
                reads=frozenset({Part.POLICY, Part.USAGE, Part.TRANSPORT, Part.SAVED}),
                checks=(
                    *checks_common.CHECKS,
                    *checks_policy.CHECKS,
                    *checks_policy_transport.CHECKS,
                ),
                states=states_policy.RULES,
                verbs=frozenset(
                    {
                        Verb.CONFIGURE,
                        Verb.REGISTER,
                        Verb.RENEW,
                        Verb.SAVE_USAGE,
                        Verb.IMPORT,
                    }
                ),
                absent={
                    Verb.DEREGISTER: Absent(
                        why="Smart Licensing Using Policy has no registration that could be left",
                        remedy="remove the product instance in the smart account's inventory",
                    ),
                    Verb.CONVERT: Absent(
                        why="under Smart Licensing Using Policy licence files are converted by the "
                        "switch itself, with its first usage report",
                        remedy="nxsl renew sends a report",
                    ),
                    Verb.RESERVE: Absent(
                        why="Smart Licensing Using Policy needs no reservation",
                        remedy="use transport off with nxsl usage save and nxsl usage import",
                    ),
                },
            ),
            Way(regime=Regime.UNSUPPORTED),
            Way(regime=Regime.UNKNOWN),
        )
    }
)
"""By regime; every regime has one (a test holds it to that)."""

NOWHERE = frozenset({Regime.UNSUPPORTED, Regime.UNKNOWN})
"""Regimes that nxsl has no way for: nothing is attempted, and nothing is assessed."""


def way_of(facts: DeviceFacts) -> Way:
    """The way of the switch's regime."""
    return WAYS[regime_of(facts)]


def require_verb(facts: DeviceFacts, verb: Verb) -> Regime:
    """Give the regime whose way knows the job.

    Raises:
        RegimeRefused: nxsl has no way for this platform and release.
        NotApplicable: the regime knows nothing of the kind.
    """
    way = way_of(facts)
    if verb in way.verbs:
        return way.regime
    name = f"{facts.chassis} with NX-OS {facts.release} has {way.regime.words}"
    if way.regime in NOWHERE:
        raise errors.RegimeRefused(
            f"{name}; nxsl attempts nothing on it",
            remedy="see the licensing guide of its release, and the table of regimes in nxsl's "
            "README",
        )
    absent = way.absent[verb]
    raise errors.NotApplicable(
        f"{name}: {absent.why.format(verb=verb)}", remedy=absent.remedy.format(verb=verb)
    )
