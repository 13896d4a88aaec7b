"""The task `save_usage`: a usage report as a file, for switches without a way to Cisco."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxsl.core.outcome import Outcome
from nxsl.core.policy import uses_licenses
from nxsl.core.seen_parts import usage_parts
from nxsl.core.usage_files import SavedKind, selection_words
from nxsl.core.usage_records import UsageFileRecord
from nxsl.core.ways import Verb, require_verb
from nxsl.fleet.usage_folder import UsageFolder
from nxsl.nxos.read import read_usage
from nxsl.tasks._saving import Job, save
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from pathlib import Path

    from nornir.core.task import Result, Task

CONNECTION_NAME = "netmiko"

_COMMAND = "license smart save usage {words} file {{path}}"


def save_usage(
    task: Task,
    *,
    folder: Path,
    which: str = "unreported",
    keep_on_switch: bool = False,
    dry_run: bool | None = None,
) -> Result:
    """Let a switch write its usage report into a file, and fetch that.

    The file is what the switch's MD5 says, to the byte. It is noted in the folder's manifest, and
    deleted on the switch; hosts may write into one folder at the same time. Without licences in
    use a switch makes no report, which is fine.

    Args:
        task: Nornir's.
        folder: where to; made where it is not there.
        which: `unreported`, `all`, `days:N` or `rum-id:ID`.
        keep_on_switch: leave the file on bootflash:, under the name that it gets here.
        dry_run: say what would be sent; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`UsageFileRecord`): outcome, file, digest, manifest
          * changed (`bool`), diff (`str`), failed (`bool`)

    Raises:
        ValueError: `which` is anything else.
    """
    job = Job(
        command=_COMMAND.format(words=selection_words(which)),
        kind=SavedKind.USAGE,
        which=which,
        keep=keep_on_switch,
    )

    def work(switch: Switch) -> UsageFileRecord:
        facts = switch.facts()
        require_verb(facts, Verb.SAVE_USAGE)
        usage = read_usage(switch.session)
        in_use = uses_licenses(usage)
        switch.saw(usage_parts(in_use=in_use))
        if in_use is False:
            return UsageFileRecord(
                outcome=Outcome.ALREADY_OK,
                detail="no licence in use, so the switch makes no report: that is fine",
                facts=facts,
            )
        return save(switch, UsageFolder(folder), job, dry_run=task.is_dry_run(dry_run))

    return run_on_switch(task, UsageFileRecord, work)
