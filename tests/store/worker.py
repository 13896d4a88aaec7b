"""What the tests run in processes of their own: `python -m tests.store.worker WHAT URL RUN`.

It says "ready", waits for a line with options, does it, tells each thing that it has done in a line
of its own, and waits for the end of its input: whoever started it decides how long it lives.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path

from nxsl.core.errors import JournalFailed, NxslError
from nxsl.core.run_records import EventKind
from nxsl.run.store import RunStore, holder
from tests.store.runs import begin

BALLAST = "ballast"
"""A file that is removed to make room."""


def tell(**what: object) -> None:
    """Tell one thing; a single write, so that a kill cannot tear it."""
    os.write(1, (json.dumps(what) + "\n").encode())


def begin_one(url: str, run: str) -> None:
    """Begin a run that locks the same as all others."""
    with RunStore.open(url) as store:
        begin(store, run)
        tell(held=run)
        sys.stdin.read()


def resume_one(url: str, run: str) -> None:
    """Go on with a run."""
    with RunStore.open(url) as store:
        view = store.resume(run, holder())
        tell(held=run, events=len(view.events))
        sys.stdin.read()


def append_many(url: str, run: str) -> None:
    """Begin a run of its own inventory and note events until somebody kills this process."""
    with RunStore.open(url) as store:
        begin(store, run, count=0, inventory=f"/{run}")
        while True:
            tell(number=store.append(run, EventKind.BEFORE, "leaf1", text="x" * 300))


def append_until_full(url: str, run: str) -> None:
    """The same until it fails; then on, when there is room again; then with another store."""
    with RunStore.open(url) as store, RunStore.open(url) as later:
        begin(store, run, count=0)
        failures: list[str] = []
        while len(failures) < 3:
            try:
                tell(number=store.append(run, EventKind.BEFORE, "leaf1", text="x" * 3000))
            except JournalFailed as error:
                failures.append(str(error))
                make_room(Path(url).parent)
        tell(failures=failures, kept=[each.number for each in later.run(run).events])
        begin(later, "control", count=0, inventory="/control")
        tell(control=later.append("control", EventKind.BEFORE, text="x" * 3000))


def make_room(folder: Path) -> None:
    """End the shortage, of whichever kind it is."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    (folder / BALLAST).unlink(missing_ok=True)


def append_some(url: str, run: str) -> None:
    """A number of events, beside others in the same store."""
    with RunStore.open(url) as store:
        begin(store, run, count=0, inventory=f"/{run}")
        tell(numbers=[store.append(run, EventKind.BEFORE, "leaf1") for _ in range(100)])


def rehearse() -> None:
    """Load every module; another user may not be allowed to read Python's own."""
    with tempfile.TemporaryDirectory() as folder, RunStore.open(f"{folder}/a.sqlite") as store:
        begin(store)


def look(url: str, run: str) -> None:
    """Read what there is of a run, as one that may change nothing."""
    with RunStore.open(url, read_only=True) as store:
        view = store.run(run)
        tell(runs=[each.head.id for each in store.runs()], events=len(view.events))


WHAT = {
    "look": look,
    "begin": begin_one,
    "resume": resume_one,
    "append": append_many,
    "full": append_until_full,
    "some": append_some,
}


def main() -> None:
    """Do it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    what, url, run = sys.argv[1:]
    tell(ready=True)
    options = json.loads(sys.stdin.readline())
    if "limit" in options:
        resource.setrlimit(resource.RLIMIT_FSIZE, (options["limit"], resource.RLIM_INFINITY))
    if "uid" in options:
        rehearse()
        os.setuid(options["uid"])
    try:
        WHAT[what](url, run)
    except NxslError as error:
        tell(error=type(error).__name__, text=str(error))


if __name__ == "__main__":
    main()
