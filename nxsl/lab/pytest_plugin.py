"""The pytest fixture that starts simulated switches.

This module is loaded by every pytest run in an environment that has nxsl installed, so it imports
nothing heavy: the lab and its SSH library come with the fixture only.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nxsl.lab.lab import Lab
    from nxsl.lab.spec import SwitchSpec


@pytest.fixture
def nxsl_lab() -> Iterator[Callable[..., Lab]]:
    """Give a function that starts a lab; the lab is closed when the test ends.

    ```python
    def test_register(nxsl_lab):
        lab = nxsl_lab([SwitchSpec(name="leaf1")])
    ```
    """
    try:
        from nxsl.lab.lab import Lab  # noqa: PLC0415 - only for those who use it
    except ImportError as error:
        pytest.fail(
            f"the simulated switches need asyncssh ({error}): pip install 'nxsl[lab]'",
            pytrace=False,
        )

    with contextlib.ExitStack() as stack:

        def start(specs: Iterable[SwitchSpec], **options: object) -> Lab:
            return stack.enter_context(Lab(specs, **options))  # type: ignore[arg-type]

        yield start
