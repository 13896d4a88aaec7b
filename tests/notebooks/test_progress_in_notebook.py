"""Progress in a notebook: one output that moves, and that tells the end when it is read later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat

from tests.notebooks.test_notebooks import execute

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TASK = """
from pathlib import Path

from rich.console import Console
from nxsl import ShowProgress, open_fleet, verify
from nxsl.lab import Lab, SwitchSpec

specs = [SwitchSpec(name=f"leaf{n}") for n in range(1, 4)]
with Lab(specs) as lab:
    lab.write_inventory(Path("inventory"))
    nr = open_fleet("inventory")
    nr.inventory.hosts["leaf3"].port = 1
    progress = ShowProgress(Console(), total=3, label="verify <all>")
    nr.with_processors([progress]).run(verify)
"""
RUN = """
import time
from rich.console import Console
from nxsl.fleet.progress import view_for
from tests.run.heads import HEAD, OK, tell

view = view_for(Console(stderr=True))
view.run_started(HEAD, [["leaf1", "leaf2"]])
view.wave_started(1, ["leaf1", "leaf2"])
view.host_ended("leaf1", OK)
time.sleep(2.5)  # the thread that draws has drawn
view.close()
tell(view_for(Console(stderr=True)))
"""


def notebook(path: Path, *cells: str) -> Path:
    make: Any = nbformat.v4
    parameters = make.new_code_cell("", metadata={"tags": ["parameters"]})
    made = make.new_notebook(cells=[parameters, *map(make.new_code_cell, cells)])
    nbformat.write(made, path)  # type: ignore[no-untyped-call]
    return path


def test_an_executed_notebook_tells_how_it_ended(tmp_path: Path) -> None:
    path = notebook(tmp_path / "progress.ipynb", TASK, RUN)
    executed = execute(path, tmp_path / "home", tmp_path)
    assert [output["output_type"] for output in executed.outputs] == ["display_data"] * 3
    task, stopped, run = (output["data"] for output in executed.outputs)

    assert set(task) == {"text/html", "text/plain"}
    assert "verify &lt;all&gt;: 3/3, 2 read, 1 failed clean" in task["text/html"]
    assert 'value="3" max="3"' in task["text/html"]
    assert "  3/3  " in task["text/plain"]
    assert "2 read · 1 failed clean" in task["text/plain"]

    assert "register: 1/2, 1 changed ok, 1 queued" in stopped["text/html"]

    assert "register: aborted: 5/5" in run["text/html"]
    assert "register aborted: " in run["text/plain"]
    assert run["text/plain"].count("passed") == 1


def test_without_ipython_a_notebook_gets_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import importlib.util  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415

    from nxsl.fleet.progress import view_for  # noqa: PLC0415
    from tests.run.heads import tell  # noqa: PLC0415

    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    tell(view_for(Console(force_jupyter=True)))
    assert "register 1/4 leaf1: changed ok" in capsys.readouterr().out
