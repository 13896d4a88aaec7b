"""Starts `tests.store.worker`, and reads what it tells."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


class Worker:
    """One process, ready to begin."""

    def __init__(self, what: str, url: str, run: str, *before: str, **how: Any) -> None:
        self.run = run
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "tests.store.worker", what, url, run],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            **how,
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    def hear(self) -> dict[str, Any]:
        """What it tells next; nothing once it has ended."""
        assert self.process.stdout is not None
        told: dict[str, Any] = json.loads(self.process.stdout.readline() or "{}")
        return told

    def say(self, **options: int) -> None:
        """Let it begin: with the size that no file may exceed (`limit`), and as whom (`uid`)."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(options) + "\n")
        self.process.stdin.flush()

    def kill(self) -> list[dict[str, Any]]:
        """End it as nothing can be prepared for; give what it had still told."""
        self.process.kill()
        assert self.process.stdout is not None
        left = [json.loads(line) for line in self.process.stdout]
        self.process.wait()
        return left

    def close(self) -> None:
        """End it, and let go of its pipes."""
        if self.process.poll() is None:
            self.process.kill()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@contextmanager
def workers(what: str, url: str, *runs: str, **how: Any) -> Iterator[list[Worker]]:
    """Processes that all stand ready."""
    started = [Worker(what, url, run, **how) for run in runs]
    try:
        assert [each.hear() for each in started] == [{"ready": True}] * len(runs)
        yield started
    finally:
        for each in started:
            each.close()
