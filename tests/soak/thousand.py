"""A thousand simulated switches, one in ten in trouble: a thousand right outcomes.

    python -m tests.soak.thousand [--hosts 1000] [--workers 50] [--seeds 1]

Configures and then registers the fleet, and compares each host's outcome and reason with what its
trouble means. Figures go to stdout as JSON; the exit status is 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nxsl import lab, open_fleet
from nxsl.core.outcome import Outcome
from nxsl.core.secret import Token
from nxsl.run.fleet_runs import FleetRuns
from nxsl.run.settings import RunSettings
from nxsl.run.store import RunStore
from nxsl.tasks import Patience
from tests.conftest import switch
from tests.soak import rig
from tests.tasks.test_fleet_of_faults import FAULTS

if TYPE_CHECKING:
    from nxsl.run.ending import RunEnding

# A refused login of a password that all share would rightly stop the rest.
_TROUBLES = {
    name: given
    for name, given in FAULTS.items()
    if name not in {"good", "done", "late", "trickling", "policy", "locked"}
}
_SETTINGS = RunSettings(waves="1%,25%,rest", limit="100%")
_PATIENCE = Patience(deadline=120.0, first_pause=0.5, growth=1.5, longest_pause=5.0)


def fleet_of(count: int, seed: int) -> dict[str, tuple[dict[str, Any], Outcome, str]]:
    """So many switches, a tenth of them in trouble, in an order that the seed decides."""
    kinds = list(_TROUBLES)
    made = [FAULTS["good"]] * (count - count // 10)
    made += [_TROUBLES[kinds[number % len(kinds)]] for number in range(count // 10)]
    random.Random(seed).shuffle(made)  # noqa: S311 (no secret)
    return {f"sw{number:04}": each for number, each in enumerate(made)}


def trial(count: int, workers: int, seed: int) -> dict[str, Any]:
    """One fleet, configured and registered."""
    fleet = fleet_of(count, seed)
    specs = [switch(name, **changes) for name, (changes, _, _) in fleet.items()]
    with tempfile.TemporaryDirectory(prefix="nxsl-thousand-") as name:
        folder = Path(name)
        with (
            rig.fleet(folder / "inventory", specs) as look,
            RunStore.open(str(folder / "runs.sqlite")) as store,
        ):
            nr = open_fleet(folder / "inventory", workers=workers)
            extras = nr.inventory.defaults.connection_options["netmiko"].extras
            assert extras is not None
            extras["conn_timeout"] = 5  # silent addresses; loaded as this machine is by the fleet
            runs = FleetRuns(nr, store, inventory=str(folder), workers=workers)
            begun = time.monotonic()
            configured = _apply(runs, "configure")
            between = time.monotonic()
            registered = _apply(runs, "register")
            ended = time.monotonic()
            found = look()
    wrong = _wrong(fleet, configured, registered)
    wrong += [
        f"{host}: the token was sent {each.token_lines} times"
        for host, each in found.items()
        if each.token_lines > 1
    ]
    wrong += [f"{host}: {each.sessions} open" for host, each in found.items() if each.sessions]
    return {
        "hosts": count,
        "seed": seed,
        "configure": _counts(configured),
        "register": _counts(registered),
        "configure_seconds": round(between - begun),
        "register_seconds": round(ended - between),
        "wrong": wrong,
    }


def _apply(runs: FleetRuns, job: str) -> RunEnding:
    token = Token(str(lab.CLOUD_TOKEN)) if job == "register" else None
    return runs.apply(runs.plan(job), token=token, settings=_SETTINGS, patience=_PATIENCE)


def _wrong(
    fleet: dict[str, tuple[dict[str, Any], Outcome, str]],
    configured: RunEnding,
    registered: RunEnding,
) -> list[str]:
    wrong = []
    for host, (_, outcome, reason) in fleet.items():
        record = configured.results[host].result if host in configured.results else None
        if record is None or (record.outcome, str(record.reason)) != (outcome, reason):
            wrong.append(f"{host}: {record} instead of {outcome}, {reason}")
        then = registered.results[host].result if host in registered.results else None
        if then is None or (outcome is Outcome.CHANGED_OK) != (then.outcome is Outcome.CHANGED_OK):
            wrong.append(f"{host}: {outcome} was followed by {then}")
    return wrong


def _counts(ending: RunEnding) -> dict[str, int]:
    return dict(Counter(str(each.result.outcome) for each in ending.results.values()))


def main() -> int:
    """Try and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it tells of every fault
    trials = [trial(options.hosts, options.workers, seed) for seed in range(options.seeds)]
    sys.stdout.write(json.dumps(trials, indent=2) + "\n")
    return 1 if any(each["wrong"] for each in trials) else 0


if __name__ == "__main__":
    sys.exit(main())
