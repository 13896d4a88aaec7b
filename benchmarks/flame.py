"""Draws where a verify of 1,000 switches spends its time: `docs/performance-flame.svg`.

    python -m benchmarks.flame [--contestant nxsl-verify] [--hosts 1000] [--latency-ms 0]

py-spy looks at the client's stacks from outside, a hundred times a second; it counts the threads
that are on the CPU or hold the GIL, not those that wait for a switch. Where the machine does not
let one process look into another (ptrace), nothing is drawn, and the reason is told.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.cases import DEFAULT_WORKERS, VERIFY, WORDS
from benchmarks.contestant import MODULES
from benchmarks.fleet import FleetOptions, running_fleet

_RATE = 200
_TITLE = re.compile(r'(<text id="title"[^>]*>)[^<]*<')


def flame(name: str, hosts: int, latency_ms: int, workers: int, path: Path) -> int:
    """Record one contestant; give py-spy's exit status."""
    with (
        tempfile.TemporaryDirectory(prefix="nxsl-bench-") as folder,
        running_fleet(FleetOptions(hosts=hosts), Path(folder)) as fleet,
    ):
        fleet.move_away(latency_ms / 1000)
        contestant = [sys.executable, "-m", "benchmarks.contestant", name]
        contestant += ["--inventory", str(fleet.inventory_of(hosts)), "--workers", str(workers)]
        spy = [str(Path(sys.executable).with_name("py-spy")), "record", "--format", "flamegraph"]
        spy += ["--rate", str(_RATE), "--gil", "--output", str(path), "--"]
        done = subprocess.run(  # noqa: S603 (this very program, watched)
            [*spy, *contestant], stdout=subprocess.DEVNULL, check=False
        )
    if done.returncode == 0:
        what = f"{WORDS[name]}: {hosts:,} hosts, {latency_ms} ms, {workers} workers"
        _entitle(path, what)
    return done.returncode


def _entitle(path: Path, title: str) -> None:
    """Put a title where py-spy writes its own command line, with all the folders in it."""
    drawn = path.read_text(encoding="utf-8")
    path.write_text(_TITLE.sub(rf"\g<1>{title}<", drawn, count=1), encoding="utf-8")


def main() -> int:
    """Draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--contestant", choices=sorted(MODULES), default=VERIFY)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--workers", type=int, default=DEFAULT_WORKERS)
    parser.add_argument("--output", type=Path, default=Path("docs/performance-flame.svg"))
    given = parser.parse_args()
    return flame(given.contestant, given.hosts, given.latency_ms, given.workers, given.output)


if __name__ == "__main__":
    sys.exit(main())
