"""No planted secret is left by a run: plan, run store, JSON log, webhook, views, errors."""

from __future__ import annotations

import io
import pickle
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

from rich.console import Console

from nxsl import FleetRuns, JsonLog, RunSettings, RunStore, ShowProgress, Token, Webhook, open_fleet
from nxsl.core.fleet_plan import to_json
from nxsl.core.secret import Password
from nxsl.lab import Cssm, Lab
from nxsl.lab import Token as LabToken
from nxsl.reports.runs import run_frame
from nxsl.run.crew import aggregated
from tests.secrets.hunt import finds
from tests.secrets.test_secrets import PATIENCE, REGISTER, SECRETS, TRUST, loud, shown, specs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

__all__ = ["loud"]  # a fixture

ALL = RunSettings(waves="all", limit="100%")  # together, before a breaker opens


@contextmanager
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """A server that keeps what is posted to it."""
    posted: list[bytes] = []

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Keep) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{SECRETS['other token'][:30]}", posted
        finally:
            server.shutdown()
            thread.join()


def test_no_secret_is_left_by_a_run(
    tmp_path: Path, loud: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nxsl.nxos.conversation.SHOW_TIMEOUT", 1.0)
    monkeypatch.setenv("NXSL_PASSWORD", SECRETS["password"])
    switches = [each for each in specs() if each.name != "locked"]
    artefacts: dict[str, bytes] = {}
    folder = tmp_path / "inventory"
    view = io.StringIO()
    with (
        Lab(switches, cssm=Cssm(tokens=[LabToken(value=SECRETS["token"])])) as lab,
        receiver() as (url, posted),
        RunStore.open(str(tmp_path / "runs.sqlite")) as store,
    ):
        lab.write_inventory(folder)
        nr = open_fleet(folder, workers=len(lab))
        observers = (
            ShowProgress(Console(file=view, width=200)),
            JsonLog(tmp_path / "log.json"),
            Webhook(Password(url)),
        )
        runs = FleetRuns(nr, store, inventory=str(folder), observers=observers)
        for job in ("configure", "register", "renew", "deregister"):
            plan = runs.plan(job)
            artefacts[f"plan {job}"] = to_json(plan).encode()
            token = Token(SECRETS["token"]) if job == "register" else None
            ending = runs.apply(plan, token=token, settings=ALL, patience=PATIENCE)
            again = runs.apply(plan, token=token, settings=ALL, patience=PATIENCE, fresh=False)
            for host in nr.inventory.hosts.values():
                host.close_connections()  # an open one cannot be pickled
            for each in (ending, again):
                view_of = store.run(each.head.id)
                artefacts[f"{job} {each.head.id}"] = (
                    f"{each!r}{each.results!r}{view_of!r}{run_frame(view_of).to_csv()}".encode()
                )
                texts = b"".join(shown(aggregated(job, each.results)))
                artefacts[f"{job} {each.head.id} results"] = texts
                artefacts[f"{job} {each.head.id} pickled"] = pickle.dumps(view_of)
        sent = [line.line for one in lab.values() for line in one.register_commands]
        for start in (REGISTER, TRUST):
            assert any(line.startswith(start) and SECRETS["token"] in line for line in sent)
    output = capfd.readouterr()
    artefacts |= {"stdout": output.out.encode(), "stderr": output.err.encode()}
    artefacts |= {f"posted {number}": text for number, text in enumerate(posted)}
    artefacts["view"] = view.getvalue().encode()
    for file in tmp_path.rglob("*"):
        if file.is_file() and not file.is_relative_to(folder):
            artefacts[str(file.relative_to(tmp_path))] = file.read_bytes()
    assert {"debug.log", "runs.sqlite", "log.json", "posted 0"} <= set(artefacts)
    assert b"idtoken ********" in artefacts["plan register"]
    assert list(finds(SECRETS, artefacts)) == []
