"""The notebooks run from top to bottom, show what they promise, and give nothing away."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from nxsl.lab import CALLHOME_DIRECT, CLOUD_TOKEN, ON_PREM_TOKEN, Lab, SwitchSpec, registered

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KERNEL = "nxsl-test"
TOUR, ANALYSIS = "01_first_tour", "02_fleet_analysis"
CELL_SECONDS = 120

SECRETS = (CLOUD_TOKEN, ON_PREM_TOKEN, CLOUD_TOKEN[:20], SwitchSpec(name="any").password)
PLACES = {str(ROOT), sys.prefix, tempfile.gettempdir(), str(Path.home())}
MACHINE = tuple(place for place in PLACES if place != "/")
ABSOLUTE = re.compile(r"(?<![\w:/.<-])/(?:tmp|home|root|Users|var|private|usr|opt|work|mnt)/\w")


@dataclass
class Executed:
    """A notebook after its execution."""

    name: str
    cells: list[Any]
    folder: Path

    @property
    def outputs(self) -> list[Any]:
        """Every output of every cell."""
        return [output for cell in self.cells for output in cell.get("outputs", ())]

    def shown(self, kind: str = "") -> list[str]:
        """The outputs of a MIME type, or all of them and the streams; images in base64."""
        found = [output["text"] for output in self.outputs if not kind and "text" in output]
        for output in self.outputs:
            data = output.get("data", {})
            found += [str(value) for mime, value in data.items() if kind in ("", mime)]
        return found

    def after(self, source: str) -> str:
        """What the cell showed whose source contains a text."""
        (cell,) = (each for each in self.cells if source in each["source"])
        return Executed(self.name, [cell], self.folder).text

    @property
    def text(self) -> str:
        """All that can be read."""
        return "\n".join(self.shown())


def read(path: Path) -> Any:
    """Read a notebook from its file."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def execute(path: Path, home: Path, folder: Path, parameters: str = "") -> Executed:
    """Run a notebook in a folder, with this interpreter and nobody's settings.

    Args:
        path: the notebook.
        home: a folder for Jupyter's own files.
        folder: the working directory.
        parameters: a cell to put behind that of the parameters, as papermill does.
    """
    kernel = home / "kernels" / KERNEL / "kernel.json"
    kernel.parent.mkdir(parents=True)
    start = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(
        json.dumps({"argv": start, "display_name": KERNEL, "language": "python"}), encoding="utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(home))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(home / "runtime"))
        patch.setenv("IPYTHONDIR", str(home / "ipython"))
        patch.setenv("PYTHONPATH", str(ROOT))
        for variable in [name for name in os.environ if name.startswith("NXSL_")]:
            patch.delenv(variable)
        notebook = read(path)
        injected: Any = nbformat.v4.new_code_cell(parameters)  # type: ignore[no-untyped-call]
        (at,) = (
            number
            for number, cell in enumerate(notebook.cells)
            if "parameters" in cell.metadata.get("tags", [])
        )
        notebook.cells.insert(at + 1, injected)
        NotebookClient(
            notebook,
            kernel_name=KERNEL,
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": str(folder)}},
        ).execute()
    return Executed(path.stem, notebook.cells, folder)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def executed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """A notebook after it was run in an empty folder, as it is."""
    home, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("work")
    return execute(request.param, home, folder)


def leaks(text: str) -> list[str]:
    """Secrets and places of this machine in a text."""
    named = [word for word in (*SECRETS, *MACHINE) if word in text]
    return named + ABSOLUTE.findall(text)


def test_two_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == [TOUR, ANALYSIS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_without_outputs(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert leaks(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_first_code_cell_holds_the_parameters(path: Path) -> None:
    code = [c for c in read(path).cells if c.cell_type == "code"]
    assert [cell.metadata.get("tags", []) for cell in code[:2]] == [["parameters"], []]
    assert "inventory" in code[0].source
    assert "token" not in code[0].source
    assert "password" not in code[0].source


def test_nothing_goes_to_stderr(executed: Executed) -> None:
    assert [o.text for o in executed.outputs if o.get("name") == "stderr"] == []


def test_nothing_is_given_away(executed: Executed) -> None:
    assert leaks(executed.text) == []


def test_the_search_finds_what_it_looks_for() -> None:
    planted = (*SECRETS, *MACHINE, "/tmp/tmpabc/hosts.yaml", "at /home/jo/x", "'/root/y'")  # noqa: S108
    assert [text for text in planted if not leaks(f"cell says: {text}")] == []
    assert leaks("<td>https://tools.cisco.com/its/service</td> 1/2 show run | i home/x") == []


def test_nothing_is_left_behind_but_the_report(executed: Executed) -> None:
    expected = ["report"] if executed.name == TOUR else []
    assert sorted(path.name for path in executed.folder.iterdir()) == expected
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {f"/notebooks/{name}/" for name in expected} <= set(ignored)


@pytest.mark.parametrize("executed", [ROOT / f"notebooks/{TOUR}.ipynb"], indirect=True)
def test_tour_onboards_the_fleet(executed: Executed) -> None:
    assert "Token(********)" in executed.text
    plan = executed.after("planned = nr.run")
    for line in (
        "+  transport http proxy server proxy.example.com port 8080",
        "https://ssm.example.net/",
        "as intended",
    ):
        assert line in plan
    assert re.search(r"changed ok +23", executed.after("configured = nr.run"))
    assert re.search(r"already ok +24", executed.after("again = nr.run"))
    assert re.search(r"changed ok +22", executed.after("registered = nr.run"))
    assert "registration-failed" in executed.after("register_report.failures")
    status = executed.after("verified = nr.run")
    assert status.count(">registered and authorized<") == 23
    assert status.count(">in evaluation<") == 1
    assert len(list((executed.folder / "report").glob("*.csv"))) == 7
    assert len([html for html in executed.shown("text/html") if "<table" in html]) >= 8


@pytest.mark.parametrize("executed", [ROOT / f"notebooks/{ANALYSIS}.ipynb"], indirect=True)
def test_analysis_finds_renews_and_compares(executed: Executed) -> None:
    (picture,) = executed.shown("image/png")
    assert base64.b64decode(picture).startswith(b"\x89PNG\r\n")
    assert len(picture) > 10_000
    kinds = executed.after("def by_kind")
    for code in ("communication-failed", "registration-expiring", "wrong-account", "unregistered"):
        assert code in kinds
    assert "VPN_FABRIC" in executed.after("pivot_table")
    outcomes = executed.after("renewed = work.run")
    assert outcomes.count(">changed ok<") == 8
    assert outcomes.count(">renewal-failed<") == 1
    compared = executed.after("compared = ")
    gained = [int(days) for days in re.findall(r'col4" >(\d+)<', compared)]
    assert sorted(days > 60 for days in gained) == [False] + [True] * 8
    assert "OUT OF COMPLIANCE" in executed.after("left = after.findings")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_inventory_of_ones_own_is_only_read(path: Path, tmp_path: Path) -> None:
    """Whoever names an inventory and runs all cells changes nothing, and needs no token."""
    soon = timedelta(days=15)
    specs = [
        SwitchSpec(name="new", intent={"method": "direct"}),
        SwitchSpec(
            name="due",
            intent={"method": "direct"},
            callhome=CALLHOME_DIRECT,
            registration=registered(
                ago=timedelta(days=100),
                communication=timedelta(days=-75),
                next_communication=soon,
                deadline=soon,
            ),
        ),
    ]
    work = tmp_path / "work"
    work.mkdir()
    with Lab(specs) as lab:
        lab.write_inventory(tmp_path / "inventory")
        parameters = f"inventory = {str(tmp_path / 'inventory')!r}"
        executed = execute(path, tmp_path / "jupyter", work, parameters)
        sent = [line for switch in lab.values() for line in switch.commands]
    assert len(sent) > 10
    harmless = ("show ", "terminal ", "exit")
    assert [line for line in sent if not line.startswith(harmless)] == []
    cell = "configured = nr.run" if path.stem == TOUR else "renewed = work.run"
    assert "planned" in executed.after(cell)
