"""Nornir tasks: one function a file, each returning a true `Result` with a frozen record in it."""

from nxsl.tasks._poll import Patience
from nxsl.tasks.configure_transport import configure_transport
from nxsl.tasks.deregister import deregister
from nxsl.tasks.diagnose import diagnose
from nxsl.tasks.register import register
from nxsl.tasks.renew import renew
from nxsl.tasks.verify import verify

__all__ = [
    "Patience",
    "configure_transport",
    "deregister",
    "diagnose",
    "register",
    "renew",
    "verify",
]
