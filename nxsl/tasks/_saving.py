"""Lets a switch write a file, fetches it into a folder, and notes it in the folder's manifest."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.core.usage_files import SavedFile, SavedKind, file_name, undated
from nxsl.core.usage_records import UsageFileRecord
from nxsl.nxos import flash
from nxsl.nxos.parse import parse
from nxsl.nxos.read import read_policy_status
from nxsl.tasks._flash import PREFIX, connection_of, our_file
from nxsl.tasks._poll import Patience

if TYPE_CHECKING:
    from nxsl.core.records import DeviceFacts
    from nxsl.fleet.usage_folder import UsageFolder
    from nxsl.tasks._switch import Switch

# The command answers nothing, and may return before the file is there.
_UNTIL_THERE = Patience(deadline=20.0, first_pause=0.1, longest_pause=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be saved.

    Attributes:
        command: the command, with `{path}` for the file on the switch.
        kind: what the file is.
        which: which reports; empty for a request.
        suffix: how the file's name ends.
        keep: whether it stays on the switch.
    """

    command: str
    kind: SavedKind
    which: str = ""
    suffix: str = ".rum"
    keep: bool = False

    def name_on_switch(self, name: str) -> str:
        """One name for every run, so that what one left is known to the next; its own if kept."""
        return name if self.keep else f"{PREFIX}{self.kind}{self.suffix}"

    def steps(self, name: str) -> tuple[str, ...]:
        """What is typed; that a file of the same name goes first is not told beforehand."""
        path = flash.path_of(name)
        command = self.command.format(path=path)
        return (command,) if self.keep else (command, f"delete {path} no-prompt")


def save(switch: Switch, folder: UsageFolder, job: Job, *, dry_run: bool) -> UsageFileRecord:
    """Do the job.

    Raises:
        ManifestError: the folder's manifest is damaged; nothing was sent.
        TransferFailed, SyncFailed: nothing of it is here or, where not said, on the switch.
        NxslError: the switch could not be asked.
    """
    facts: DeviceFacts = switch.notes["facts"]
    before = switch.notes["before"] = read_policy_status(switch.session)
    local = file_name(switch.task.host.name, facts.serial, datetime.now(UTC), suffix=job.suffix)
    name = job.name_on_switch(local)
    command = job.command.format(path=flash.path_of(name))
    steps = job.steps(undated(name))
    switch.changed = True
    if dry_run:
        folder.read()
        switch.diff = "\n".join(f"+{step}" for step in job.steps(name))
        switch.steps = steps
        return _record(switch, Outcome.PLANNED, f"would save the {_WORDS[job.kind]}", folder)
    switch.changed = False
    folder.prepare()
    switch.require_as_planned(steps)
    with our_file(switch, name, keep=job.keep) as ours:
        answer = switch.send(command)
        _require_written(switch, name, answer)
        entry = _take(switch, folder, job, local=local, name=name)
    switch.changed = True
    after = switch.notes["after"] = read_policy_status(switch.session)
    switch.diff = f"+{entry.file} ({entry.size} bytes)"
    if after.reporting.last_file != before.reporting.last_file:
        moved = (before.reporting.last_file, after.reporting.last_file)
        switch.diff += "\n-report written to a file {}\n+report written to a file {}".format(
            *(f"{date:%Y-%m-%d %H:%M:%S} UTC" if date else "never" for date in moved)
        )
    detail = f"{entry.size} bytes in {entry.file}, by {entry.travelled}"
    return _record(
        switch, Outcome.CHANGED_OK, f"{detail}, BUT {ours.left}" if ours.left else detail, folder
    )


_WORDS = {SavedKind.USAGE: "usage report", SavedKind.TRUST_REQUEST: "trust request"}


def _require_written(switch: Switch, name: str, answer: str) -> None:
    """Wait until the file is there; words instead of a file are a failure."""
    end = time.monotonic() + (0.0 if answer.strip() else _UNTIL_THERE.deadline)
    for pause in _UNTIL_THERE.pauses():
        found = flash.look(switch.session, name)
        if found is not None and found.size:
            return
        if time.monotonic() >= end:
            break
        time.sleep(pause)
    words = next((line.strip() for line in answer.splitlines() if line.strip()), "it says nothing")
    if flash.is_full(answer):
        raise errors.TransferFailed(
            f"bootflash: of the switch is full: {words}", text=answer, remedy=flash.FULL_REMEDY
        )
    raise errors.SyncFailed(
        f"the switch wrote no file: {words}",
        text=answer,
        remedy="see `show license rum id all`, and type the command by hand",
    )


def _take(switch: Switch, folder: UsageFolder, job: Job, *, local: str, name: str) -> SavedFile:
    """Fetch the file, and put it into the folder and its manifest."""
    fetched = flash.fetch(connection_of(switch), switch.session, name)
    found = flash.look(switch.session, name)
    if found is None or found.size != len(fetched.data):
        raise errors.TransferFailed(
            f"{flash.path_of(name)} was still being written", remedy="try again"
        )
    facts: DeviceFacts = switch.notes["facts"]
    entry = SavedFile(
        host=switch.task.host.name,
        serial=facts.serial,
        udi=_udi(switch),
        release=facts.release,
        kind=job.kind,
        file=local,
        size=len(fetched.data),
        sha256=fetched.data.sha256,
        md5=fetched.md5,
        which=job.which,
        saved_at=datetime.now(UTC),
        travelled=fetched.travelled,
    )
    path = folder.add(
        local,
        fetched.data,
        lambda manifest, free: manifest.with_saved(entry.model_copy(update={"file": free})),
    )
    entry = entry.model_copy(update={"file": path.name})
    switch.notes |= {
        "path": path,
        "sha256": entry.sha256,
        "size": entry.size,
        "travelled": entry.travelled,
    }
    return entry


def _udi(switch: Switch) -> str:
    """The product instance for the manifest; "" where it cannot be read: people do without it."""
    try:
        return str(parse("show license udi", switch.session.show("show license udi")))
    except (errors.CommandRejected, errors.ParseError):
        return ""


def _record(switch: Switch, outcome: Outcome, detail: str, folder: UsageFolder) -> UsageFileRecord:
    return UsageFileRecord(
        outcome=outcome, detail=detail, manifest=folder.manifest_path, **switch.notes
    )
