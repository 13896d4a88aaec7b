"""What the commands of runs say, to people and to programs."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from nxsl.cli.status import DECLINED, USAGE
from nxsl.core.outcome import Outcome
from nxsl.core.run_records import HostEntry, RunState
from nxsl.lab import CALLHOME_DIRECT
from nxsl.run.store import RunStore, lock_names
from tests.cli.test_cli import nxsl, only_shows
from tests.conftest import Fleet, switch
from tests.run.test_run_webhook import Receiver, serving
from tests.store.runs import head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextlib.contextmanager
def held(inventory: Path) -> Iterator[None]:
    """Somebody is at work on an inventory: run r1, which holds it from then on."""
    with RunStore.open() as store:
        store.begin(head(), "{}", (), locks=lock_names(str(inventory), ()))
        yield


def note_a_bad_run(inventory: Path) -> None:
    """A run of leaf1 that is over, and ended badly."""
    bad = HostEntry(host="leaf1", address="192.0.2.1:22", wave=1, outcome=Outcome.FAILED_CLEAN)
    made = head("r0", job="configure", inventory=str(inventory), options={"job": {}})
    with RunStore.open() as store:
        store.begin(made, "{}", (bad,), locks=())
        store.end("r0", RunState.DONE)


def test_there_are_no_runs_yet() -> None:
    done = nxsl("runs")
    assert (done.returncode, done.stdout, done.stderr) == (0, "no runs yet\n", "")
    assert not RunStore.is_there()
    assert (data := nxsl("runs", "--format", "json")).returncode == 0
    assert data.stdout.strip() in {"", "[]"}


@pytest.mark.parametrize(
    "words", [("runs",), ("runs", "show", "x"), ("runs", "retry", "x"), ("resume", "x")]
)
def test_a_store_that_is_misspelt_is_not_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "typo.db"
    done = nxsl(*words, "--store", str(file))
    assert done.returncode == USAGE
    assert f"no run store at {file}: has a run been made?" in done.stderr
    assert "--store" in done.stderr.splitlines()[-1]
    assert not file.exists()


def test_steps_are_data_where_data_is_asked_for(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1"), switch("leaf2", callhome=CALLHOME_DIRECT))
    assert nxsl("configure", "-i", str(run.folder), "--yes").returncode == 0
    known = json.loads(nxsl("runs", "--format", "json").stdout)
    assert (known["good"], known["bad"], known["not_run"]) == (2, 0, 0)
    shown = nxsl("runs", "show", known["id"], "--steps", "--format", "json")
    assert (shown.returncode, shown.stderr) == (0, "")
    steps = [json.loads(line) for line in shown.stdout.splitlines()]
    assert {step["host"] for step in steps} == {"leaf1"}
    assert any("destination-profile" in step["commands"] for step in steps)
    assert steps[-1]["outcome"] == "changed ok"
    table = nxsl("runs", "show", known["id"], "--steps", "--format", "csv")
    assert table.stderr == ""
    assert len(pd.read_csv(io.StringIO(table.stdout))) == len(steps)
    people = nxsl("runs", "show", known["id"]).stdout
    assert re.search(r"leaf2 +- +already ok", people)
    assert re.search(r"\d\d:\d\d UTC", nxsl("runs").stdout)


@pytest.mark.parametrize("job", ["configure", "apply", "retry", "resume"])
def test_a_lock_is_told_before_anything_is_read(
    fleet: Callable[..., Fleet], tmp_path: Path, job: str
) -> None:
    run = fleet(switch("leaf1"))
    words, out = ["configure", "-i", str(run.folder)], str(tmp_path / "plan.json")
    if job == "apply":
        assert nxsl("plan", *words, "--out", out).returncode == 0
        words = ["apply", out]
    elif job == "retry":
        note_a_bad_run(run.folder)
        words = ["runs", "retry", "r0"]
    elif job == "resume":
        words = ["resume", "r1"]
    read = run.lab["leaf1"].connections
    with held(run.folder):
        done = nxsl(*words)  # nobody is there to ask: it must not come to that
    assert done.returncode == USAGE, done.stdout + done.stderr
    assert re.search(r"held by (run r1|.*, which still runs)", done.stderr)
    assert "--take-over r1" in done.stderr
    assert done.stdout == ""
    assert run.lab["leaf1"].connections == read
    if job == "configure":
        assert nxsl(*words, "--dry-run").returncode == 0
        assert nxsl(*words, "--take-over", "r1").returncode == DECLINED  # asked, with the plan


def test_errors_name_the_cause_and_what_to_type(
    fleet: Callable[..., Fleet], tmp_path: Path
) -> None:
    run = fleet(switch("leaf1"))
    out = str(tmp_path / "plan.json")
    assert nxsl("plan", "configure", "-i", str(run.folder), "--out", out).returncode == 0
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "config.yaml").write_text("runner: {plugin: threaded}\n", encoding="utf-8")
    configure = ("configure", "-i", str(run.folder), "--yes")
    log = tmp_path / "nowhere" / "log.json"
    for words, cause, remedy in (
        (("apply", "nosuch.json"), "there is no file nosuch.json", "nxsl plan JOB --out"),
        (("apply", out, "--digest", "0" * 16), "(--digest) is not that of the plan", "nxsl plan"),
        ((*configure, "--log-json", str(log)), f"there is no folder {log.parent}", "--log-json"),
        (("verify", "-i", str(folder)), f"there is no file {folder}/hosts.yaml", "--inventory"),
    ):
        done = nxsl(*words)
        assert done.returncode == USAGE, words
        error, following = done.stderr.splitlines()[-2:]
        assert cause in error, done.stderr
        assert remedy in following, done.stderr
        assert "Error" not in error
    for given, other in (("--waves", "--max-bad"), ("--max-bad", "--waves")):
        done = nxsl(*configure, given, "none")
        assert (done.returncode, given in done.stderr, other in done.stderr) == (USAGE, True, False)
    assert only_shows(run)


def test_a_webhook_that_fails_is_told_once(fleet: Callable[..., Fleet]) -> None:
    run = fleet(switch("leaf1"))
    with serving(Receiver(*[404] * 4)) as server:
        env = {"NXSL_WEBHOOK": str.__str__(server.url)}
        done = nxsl("configure", "-i", str(run.folder), "--yes", env=env)
    assert done.returncode == 0
    assert done.stderr.count("the webhook was not told") == 1
    assert (
        "warning: the webhook was not told of everything: the receiver answers 404" in done.stderr
    )
