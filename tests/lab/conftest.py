"""What the tests of the simulated fleet share: a user at a keyboard, over real SSH."""

from __future__ import annotations

import contextlib
import re
import time
from typing import TYPE_CHECKING, Any, Protocol, Self

import paramiko
import pytest

from nxsl.lab import Cssm, Lab, SwitchSpec
from tests.lab.policy import QUICK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nxsl.lab import Fault, Switch

DEADLINE = 10.0


class User:
    """Types at a switch and reads what comes back."""

    def __init__(self, switch: Switch, *, columns: int = 80) -> None:
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.client.connect(
            "127.0.0.1",
            port=switch.port,
            username=switch.spec.username,
            password=switch.spec.password,
            look_for_keys=False,
            allow_agent=False,
            timeout=DEADLINE,
        )
        self.channel = self.client.invoke_shell(width=columns)
        self.seen = b""
        self.prompt = re.escape(switch.spec.hostname or switch.name) + r"(\([\w-]+\))?# $"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def type(self, text: str) -> None:
        """Send characters as they are."""
        self.channel.sendall(text.encode())

    def until(self, pattern: str) -> str:
        """Read until a pattern shows, and forget what was read."""
        deadline = time.monotonic() + DEADLINE
        while not re.search(pattern, self.seen.decode(errors="replace")):
            self.channel.settimeout(max(0.01, deadline - time.monotonic()))
            data = self.channel.recv(65_536)
            if not data:
                raise ConnectionError(self.seen)
            self.seen += data
        text, self.seen = self.seen.decode(errors="replace"), b""
        return text

    def run(self, line: str) -> str:
        """Execute a line; give the reply without echo and prompt."""
        self.type(line + "\r")
        text = self.until(self.prompt).replace("\r\n", "\n")
        assert text.startswith(line + "\n"), text
        return re.sub(self.prompt, "", text.removeprefix(line + "\n"))

    def config(self, *lines: str) -> str:
        """Execute configuration lines from `configure terminal` to `end`."""
        return "".join(self.run(line) for line in ("configure terminal", *lines, "end"))


class Start(Protocol):
    """Starts one switch."""

    def __call__(self, *faults: Fault, cssm: Cssm | None = None, **spec: Any) -> Switch: ...


@pytest.fixture
def start(nxsl_lab: Callable[..., Lab]) -> Start:
    """Give a function that starts one switch called leaf1."""

    def start_one(*faults: Fault, cssm: Cssm | None = None, **spec: Any) -> Switch:
        one = SwitchSpec(**{"name": "leaf1", "faults": faults, **spec})
        lab: Lab = nxsl_lab([one], cssm=cssm)
        return lab["leaf1"]

    return start_one


@pytest.fixture
def policy(start: Start) -> Start:
    """Give a function that starts one quick switch with Smart Licensing Using Policy."""

    def start_one(*faults: Any, **spec: Any) -> Switch:
        return start(*faults, **{"release": "10.3(6)", "backend": QUICK, **spec})

    return start_one


@pytest.fixture
def login() -> Iterator[Callable[..., User]]:
    """Give a function that logs in and waits for the prompt."""
    with contextlib.ExitStack() as stack:

        def log_in(switch: Switch, *, ready: bool = True, paged: bool = False) -> User:
            user = stack.enter_context(User(switch))
            if ready:
                user.until(user.prompt)
            if ready and not paged:
                user.run("terminal length 0")
                user.run("terminal width 511")
            return user

        yield log_in


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Give a function that waits until a condition holds."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.01)

    return wait
