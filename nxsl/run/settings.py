"""How a run is to proceed: what people choose, as it is kept with the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nxsl.core.limits import DEFAULT_LIMIT, BadLimit
from nxsl.core.waves import DEFAULT_WAVES, WaveSpec
from nxsl.run.engine import Course
from nxsl.tasks import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nxsl.core.plain import Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How a run is to proceed.

    Attributes:
        waves: sizes, such as `1,5,25%,rest`; `all` is one wave.
        first_of: the first wave is one host of each value of this attribute; empty for none.
        limit: how many hosts may end badly, such as `25%` (of the waves so far) or `3`.
        soak: seconds between the end of a wave and the second look at it.
        wait: seconds to wait for each host's licensing agent.
    """

    waves: str = DEFAULT_WAVES
    first_of: str = ""
    limit: str = DEFAULT_LIMIT
    soak: float = 0.0
    wait: float = 600.0

    def __post_init__(self) -> None:
        """Check.

        Raises:
            ValueError: a text is not understood; the message says what is.
        """
        WaveSpec.parse(self.waves)
        BadLimit.parse(self.limit)

    def course(
        self,
        patience: Patience | None = None,
        go_on: Callable[[int, Sequence[str], str], bool] | None = None,
    ) -> Course:
        """The same for the engine."""
        return Course(
            limit=BadLimit.parse(self.limit),
            soak=self.soak,
            patience=patience or Patience(deadline=self.wait),
            go_on=go_on,
        )

    def waiting(self, seconds: float) -> RunSettings:
        """The same with another wait."""
        return replace(self, wait=seconds)

    def to_plain(self) -> dict[str, Plain]:
        """As kept with a run; seconds as milliseconds, as the store holds no fractions."""
        return {
            "waves": self.waves,
            "first_of": self.first_of,
            "limit": self.limit,
            "soak_ms": round(self.soak * 1000),
            "wait_ms": round(self.wait * 1000),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Plain]) -> RunSettings:
        """What `to_plain` gave."""
        return cls(
            waves=str(plain["waves"]),
            first_of=str(plain["first_of"]),
            limit=str(plain["limit"]),
            soak=int(str(plain["soak_ms"])) / 1000,
            wait=int(str(plain["wait_ms"])) / 1000,
        )
