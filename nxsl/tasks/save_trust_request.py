"""The task `save_trust_request`: asks for a trust code by a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.usage_files import SavedKind
from nxsl.core.usage_records import UsageFileRecord
from nxsl.core.ways import Verb, require_verb
from nxsl.fleet.usage_folder import UsageFolder
from nxsl.tasks._saving import Job, save
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from pathlib import Path

    from nornir.core.task import Result, Task

CONNECTION_NAME = "netmiko"

_JOB = Job(
    command="license smart save trust-request {path}",
    kind=SavedKind.TRUST_REQUEST,
    suffix=".txt",
)


def save_trust_request(task: Task, *, folder: Path, dry_run: bool | None = None) -> Result:
    """Let a switch write a request for a trust code into a file, and fetch that.

    CSSM answers it with a file for `import_ack` with kind `trust`.

    Args:
        task: Nornir's.
        folder: where to; made where it is not there.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`UsageFileRecord`): outcome, file, digest, manifest
          * changed (`bool`), diff (`str`), failed (`bool`)
    """

    def work(switch: Switch) -> UsageFileRecord:
        facts = switch.facts()
        require_verb(facts, Verb.SAVE_USAGE)
        return save(switch, UsageFolder(folder), _JOB, dry_run=task.is_dry_run(dry_run))

    return run_on_switch(task, UsageFileRecord, work)
