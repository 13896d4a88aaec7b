"""What is imported when: by what a fresh interpreter has loaded, as seconds tell nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

import nxsl
from nxsl.cli.app import command
from nxsl.cli.catalogue import CATALOGUE, Listed

LIBRARIES = (
    "asyncssh",
    "distributed",
    "httpx",
    "netmiko",
    "nornir",
    "nornir_utils",
    "numpy",
    "pandas",
    "paramiko",
    "pyarrow",
    "pydantic",
    "rich",
    "ruamel",
    "sqlalchemy",
    "ttp",
    "typer",
)
# Typer itself renders help by rich, and checks the kinds of options by pydantic.
OF_HELP = {"typer", "rich"}
OF_COMMANDS = {*OF_HELP, "pydantic"}

TELL = "import json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"


def loaded(code: str) -> list[str]:
    """The modules that a fresh interpreter has loaded after some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{TELL}"], capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stderr))


def libraries(modules: list[str]) -> set[str]:
    return {each for each in LIBRARIES if each in modules}


def helped(*arguments: str) -> list[str]:
    given = ["nxsl", *arguments]
    return loaded(
        f"import sys; sys.argv = {given}\n"
        "from nxsl.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )


def command_modules(modules: list[str]) -> set[str]:
    homes = {each.home.partition(":")[0] for each in CATALOGUE}
    return homes.intersection(modules)


def test_importing_nxsl_costs_nothing() -> None:
    modules = loaded("import nxsl")
    assert libraries(modules) == set()
    assert [each for each in modules if each.startswith("nxsl")] == ["nxsl"]
    assert len(modules) < 100


@pytest.mark.parametrize(
    ("code", "allowed", "most"),
    [
        ("import nxsl.tasks", {"netmiko", "nornir", "paramiko", "pydantic", "ruamel", "ttp"}, 1100),
        ("import nxsl.fleet.inventory", {"nornir", "pydantic", "ruamel"}, 450),
        # Nornir imports all runners of all packages.
        ("import nxsl.fleet.runner", {"nornir", "ruamel"}, 350),
        ("import nxsl.fleet.dask_runner", {"nornir", "ruamel"}, 350),
        ("from nxsl import register, verify, open_fleet, FleetRuns, RunStore",
         {"netmiko", "nornir", "paramiko", "pydantic", "ruamel", "sqlalchemy", "ttp"}, 1300),
    ],
)  # fmt: skip
def test_no_library_is_loaded_that_is_not_needed(code: str, allowed: set[str], most: int) -> None:
    modules = loaded(code)
    assert libraries(modules) <= allowed
    assert len(modules) < most


def test_the_help_loads_no_command() -> None:
    modules = helped("--help")
    assert libraries(modules) == OF_HELP
    assert command_modules(modules) == set()
    assert "nxsl.core.ways" not in modules
    assert len(modules) < 420


@pytest.mark.parametrize("listed", CATALOGUE, ids=lambda each: each.name)
def test_the_help_of_a_command_loads_its_own_module(listed: Listed) -> None:
    modules = helped(listed.name, "--help")
    home = listed.home.partition(":")[0]
    assert libraries(modules) <= OF_COMMANDS
    # The daily commands ask for a token, and speak of kinds, in the words of plans.
    assert {home} <= command_modules(modules) <= {home, "nxsl.cli.plan_commands"}
    assert len(modules) < 600


def one_line(help_text: str) -> str:
    return " ".join(help_text.partition("\n\n")[0].split())


@pytest.mark.parametrize("listed", CATALOGUE, ids=lambda each: each.name)
def test_the_catalogue_says_what_the_commands_say(listed: Listed) -> None:
    made = listed.load()
    assert made.name == listed.name
    assert one_line(made.help) == listed.line


def test_the_catalogue_lists_each_command_once() -> None:
    names = [each.name for each in CATALOGUE]
    assert len(set(names)) == len(names)
    assert list(command().commands) == names


def said(*arguments: str, **environment: str) -> Any:
    return subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'nxsl'\n"
         "from nxsl.cli.app import main; main()", *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_the_help_shows_every_command_with_its_line() -> None:
    shown = said("--help", COLUMNS="200", TERM="dumb", NO_COLOR="1").stdout
    for each in CATALOGUE:
        assert re.search(rf"{each.name} +{re.escape(each.line)}", shown), each.name
        assert each.panel in shown


def test_completion_finds_commands_and_options_that_are_not_loaded() -> None:
    first = said(_NXSL_COMPLETE="complete_bash", COMP_WORDS="nxsl re", COMP_CWORD="1")
    assert first.stdout.split() == ["register", "renew", "resume", "reserve"]
    nested = said(_NXSL_COMPLETE="complete_bash", COMP_WORDS="nxsl reserve ", COMP_CWORD="2")
    assert nested.stdout.split() == ["request", "install", "return", "cancel"]
    option = said(_NXSL_COMPLETE="complete_bash", COMP_WORDS="nxsl verify --fail", COMP_CWORD="2")
    assert option.stdout.split() == ["--fail-on"]


def test_completion_is_shown_and_installed(tmp_path: Any) -> None:
    unknown = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "HOME": str(tmp_path)}
    shown = said("--show-completion", "bash", **unknown)
    assert shown.returncode == 0
    assert "_NXSL_COMPLETE=complete_bash" in shown.stdout
    assert said("--install-completion", "bash", **unknown).returncode == 0
    assert (tmp_path / ".bashrc").exists()


def test_a_mistyped_command_is_guessed() -> None:
    done = said("verfy")
    assert done.returncode == 2
    assert "Did you mean 'verify'?" in done.stderr


def test_every_public_name_is_there() -> None:
    assert all(getattr(nxsl, name) for name in nxsl.__all__)
