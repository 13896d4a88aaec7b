"""What a run tells while it goes: the hooks of views, logs and webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nxsl.core.outcome import TaskRecord
    from nxsl.core.run_records import RunHead, RunState
    from nxsl.core.waves import Verdict


class RunObserver:
    """Hooks that do nothing; override the ones you need.

    They are called one at a time, from the thread of the run but for `host_started`, which comes
    from the thread that works on the host. An exception in one is logged and changes nothing.
    """

    def run_started(self, run: RunHead, waves: Sequence[Sequence[str]]) -> None:
        """A run begins; `waves` are the hosts that it is going to change."""

    def wave_started(self, number: int, hosts: Sequence[str]) -> None:
        """A wave begins, counted from 1 on."""

    def host_started(self, host: str) -> None:
        """A host is begun."""

    def host_pending(self, host: str, record: TaskRecord) -> None:
        """What was started on a host is under way; no worker waits for it."""

    def host_ended(self, host: str, record: TaskRecord) -> None:
        """A host has come to its end."""

    def soaking(self, number: int, seconds: float) -> None:
        """A wave is done, and is left alone for so many seconds before it is looked at again."""

    def wave_ended(self, number: int, verdict: Verdict, why: str) -> None:
        """A wave was judged; `why` is one sentence."""

    def run_ended(self, run: RunHead, state: RunState, records: Mapping[str, TaskRecord]) -> None:
        """A run has ended; every host has a record."""
