"""Nornir tasks: one function a file, each returning a true `Result` with a frozen record in it."""

from nxsl.tasks._poll import Patience
from nxsl.tasks.configure_transport import configure_transport
from nxsl.tasks.convert import convert
from nxsl.tasks.deregister import deregister
from nxsl.tasks.diagnose import diagnose
from nxsl.tasks.follow import follow, was_taken
from nxsl.tasks.import_ack import import_ack
from nxsl.tasks.probe_backend import probe_backend
from nxsl.tasks.register import register
from nxsl.tasks.renew import renew
from nxsl.tasks.reserve import (
    cancel_reservation,
    install_reservation,
    request_reservation,
    return_reservation,
)
from nxsl.tasks.save_trust_request import save_trust_request
from nxsl.tasks.save_usage import save_usage
from nxsl.tasks.verify import verify

__all__ = [
    "Patience",
    "cancel_reservation",
    "configure_transport",
    "convert",
    "deregister",
    "diagnose",
    "follow",
    "import_ack",
    "install_reservation",
    "probe_backend",
    "register",
    "renew",
    "request_reservation",
    "return_reservation",
    "save_trust_request",
    "save_usage",
    "verify",
    "was_taken",
]
