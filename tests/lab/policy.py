"""What the tests of Smart Licensing Using Policy share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.lab import CLOUD_TOKEN, Backend, Message

if TYPE_CHECKING:
    from nxsl.lab import Switch
    from tests.lab.conftest import User


QUICK = Backend(register_latency=0.05, report_latency=0.05, ack_latency=0.05)
SMART = "license smart transport smart"
CSLU = "license smart url cslu http://192.0.2.20:8182/cslu/v1/pi"
ON_PREM = "license smart url cslu https://ssm.example.net/cslu/v1/pi/example-1"


def trust(user: User, token: str = CLOUD_TOKEN, words: str = " all") -> str:
    return user.run(f"license smart trust idtoken {token}{words}")


def failure(switch: Switch, message: Message = Message.TRUST) -> str:
    return switch.policy.failure(message)


def block(text: str, name: str) -> list[str]:
    """Give the lines of one message of the communication statistics."""
    lines = text[text.index("Communication Statistics:") :].splitlines()
    start = lines.index(f"{name}:")
    return lines[start + 1 : start + 6]
