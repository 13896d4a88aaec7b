"""Kills and stops a run at every write of its journal and at random moments, and resumes it.

    python -m tests.soak.kills [--hosts 20] [--random 200] [--signals 200] [--job register]

For each: no host is lost, no switch gets a token twice, and the fleet ends as it does when nobody
interferes. After SIGINT, SIGTERM or SIGHUP also: no host is begun any more, and the run accounts
for every host before it ends by itself. Figures go to stdout as JSON; the exit status is 1 where
anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.soak import rig

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = "changed ok"
FIRST = "first.json"


@dataclass
class Tally:
    """What came of the kills of one job.

    Attributes:
        kills: how many runs were killed.
        stopped: how many were stopped by a signal and ended by themselves.
        finished: how many had come to their end before that.
        wrong: what differed, a sentence each.
        outcomes: of the resumed runs.
    """

    job: str
    kills: int = 0
    stopped: int = 0
    finished: int = 0
    wrong: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)


def whole(job: str, hosts: int) -> tuple[dict[str, rig.Found], int]:
    """How the fleet ends without a kill, and how many commits that took."""
    with tempfile.TemporaryDirectory(prefix="nxsl-kills-") as name:
        folder = Path(name)
        report = folder / "report.json"
        with rig.fleet(folder / "inventory", rig.specs(hosts, job)) as look:
            store = str(folder / "runs.sqlite")
            status = rig.in_process(
                lambda: rig.apply(folder / "inventory", store, job), report=report
            )
            assert status == 0
            told = json.loads(report.read_text(encoding="utf-8"))
            return look(), int(told["commits"])


def killed(
    job: str, hosts: int, tally: Tally, expected: dict[str, rig.Found], kill: Callable[[Path], int]
) -> None:
    """One kill: `kill` runs and kills, given a folder, and returns the wait status."""
    with tempfile.TemporaryDirectory(prefix="nxsl-kills-") as name:
        folder = Path(name)
        report = folder / "report.json"
        with rig.fleet(folder / "inventory", rig.specs(hosts, job)) as look:
            status = kill(folder)
            _count(tally, status, folder / FIRST, expected)
            store = str(folder / "runs.sqlite")
            resumed = rig.in_process(
                lambda: rig.resume(folder / "inventory", store, job), report=report
            )
            outcomes = json.loads(report.read_text(encoding="utf-8")) if resumed == 0 else {}
            if not outcomes and resumed == 0:  # killed before there was a run at all
                begun = [host for host, each in look().items() if each.token_lines]
                if begun:
                    tally.wrong.append(f"no run is known, and {begun} were begun")
                return
            _compare(tally, f"kill {tally.kills}", expected, look(), outcomes, resumed)


def _count(tally: Tally, status: int, report: Path, expected: dict[str, rig.Found]) -> None:
    """Note how the first run ended; one that ended by itself has to account for every host."""
    if os.WIFSIGNALED(status):
        tally.kills += 1
        return
    if os.waitstatus_to_exitcode(status) != 0:
        tally.wrong.append(f"a run ended with status {os.waitstatus_to_exitcode(status)}")
        return
    told = json.loads(report.read_text(encoding="utf-8"))
    if expected.keys() - told.keys():
        tally.wrong.append(f"not accounted for: {sorted(expected.keys() - told.keys())}")
    if told["late"]:
        tally.wrong.append(f"begun after a signal: {told['late']}")
    if all(told.get(host) == GOOD for host in expected):
        tally.finished += 1
    else:
        tally.stopped += 1


def _compare(
    tally: Tally,
    which: str,
    expected: dict[str, rig.Found],
    found: dict[str, rig.Found],
    outcomes: dict[str, str],
    status: int,
) -> None:
    tally.outcomes.update(outcomes.values())
    if status != 0:
        tally.wrong.append(f"{which}: the resumed run ended with status {status}")
    lost = expected.keys() - outcomes.keys()
    if lost:
        tally.wrong.append(f"{which}: lost {sorted(lost)}")
    for host, wanted in expected.items():
        has = found[host]
        if has.token_lines > 1:
            tally.wrong.append(f"{which}: {host} got the token {has.token_lines} times")
        if (has.registered, has.saved, has.callhome) != (
            wanted.registered,
            wanted.saved,
            wanted.callhome,
        ):
            tally.wrong.append(f"{which}: {host} ends otherwise: {outcomes.get(host)}")
        if outcomes.get(host) != GOOD:
            tally.wrong.append(f"{which}: {host} is {outcomes.get(host)}")


def at_commit(job: str, number: int) -> Callable[[Path], int]:
    """Kill at a commit."""

    def kill(folder: Path) -> int:
        store = str(folder / "runs.sqlite")
        return rig.in_process(
            lambda: rig.apply(folder / "inventory", store, job, kill_at=number),
            report=folder / FIRST,
        )

    return kill


def at_time(
    job: str, seconds: float, number: signal.Signals = signal.SIGKILL
) -> Callable[[Path], int]:
    """Kill, or stop by another signal, after so many seconds."""

    def kill(folder: Path) -> int:
        store = str(folder / "runs.sqlite")
        pid = rig.begin(lambda: rig.apply(folder / "inventory", store, job), report=folder / FIRST)
        time.sleep(seconds)  # the moment is what is tried here
        os.kill(pid, number)
        return os.waitpid(pid, 0)[1]

    return kill


def sweep(
    job: str, hosts: int, *, every: int = 1, at_random: int = 0, signals: int = 0, seed: int = 4
) -> Tally:
    """Kill before and after every commit (or every so many); kill and stop at random moments."""
    tally = Tally(job)
    begun = time.monotonic()
    expected, commits = whole(job, hosts)
    lasted = time.monotonic() - begun
    for number in range(1, 2 * commits + 1, every) if every else ():
        killed(job, hosts, tally, expected, at_commit(job, number))
    dice = random.Random(seed)  # noqa: S311 (no secret)
    for _ in range(at_random):
        killed(job, hosts, tally, expected, at_time(job, dice.uniform(0.0, lasted)))
    kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in range(signals):
        moment = dice.uniform(0.1 * lasted, lasted)
        killed(job, hosts, tally, expected, at_time(job, moment, kinds[number % len(kinds)]))
    return tally


def main() -> int:
    """Sweep and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--every", type=int, default=1, help="every so many writes; 0: none")
    parser.add_argument("--random", type=int, default=200, help="how many random moments a job")
    parser.add_argument("--signals", type=int, default=200, help="how many signals a job")
    parser.add_argument("--job", action="append", choices=sorted(rig.JOB_OPTIONS))
    options = parser.parse_args()
    tallies = []
    for job in options.job or sorted(rig.JOB_OPTIONS):
        begun = time.monotonic()
        tally = sweep(
            job,
            options.hosts,
            every=options.every,
            at_random=options.random,
            signals=options.signals,
        )
        seconds = round(time.monotonic() - begun)
        tallies.append({**vars(tally), "outcomes": dict(tally.outcomes), "seconds": seconds})
    sys.stdout.write(json.dumps(tallies, indent=2) + "\n")
    return 1 if any(each["wrong"] for each in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
