"""Some of what `python -m tests.soak.kills` does at length: kill, stop, resume, compare."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("job", ["configure", "register"])
def test_a_killed_or_stopped_run_is_resumed_to_the_same_end(job: str) -> None:
    words = ["--hosts", "4", "--every", "7", "--random", "1", "--signals", "3", "--job", job]
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.kills", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"kills": 0' not in done.stdout
