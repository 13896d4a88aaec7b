"""The task `import_ack`: an acknowledgement, a policy or a trust code as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.outcome import Outcome
from nxsl.core.registration import Progress
from nxsl.core.seen_parts import file_parts
from nxsl.core.usage_files import (
    ImportedFile,
    ImportKind,
    find_answer,
    has_effect,
    is_imported,
    require_own,
    shown_date,
)
from nxsl.core.usage_records import ImportRecord
from nxsl.core.ways import Verb, require_verb
from nxsl.fleet.usage_folder import UsageFolder, read_file
from nxsl.nxos import flash
from nxsl.nxos.parse import parse
from nxsl.nxos.read import read_policy_status
from nxsl.tasks._flash import PREFIX, OurFile, connection_of, our_file
from nxsl.tasks._poll import DEFAULT_PATIENCE, Patience, await_reading, require_not_stopped
from nxsl.tasks._switch import Switch, run_on_switch

if TYPE_CHECKING:
    from collections.abc import Callable

    from nornir.core.task import Result, Task

    from nxsl.core.policy_records import PolicyStatus
    from nxsl.core.records import DeviceFacts
    from nxsl.nxos.session import Session

CONNECTION_NAME = "netmiko"

_NAME = f"{PREFIX}import.txt"
_COMMAND = f"license smart import {flash.path_of(_NAME)}"

_DELETE = f"delete {flash.path_of(_NAME)} no-prompt"

_WORDS = {
    ImportKind.ACK: "acknowledgement",
    ImportKind.POLICY: "policy",
    ImportKind.TRUST: "trust code",
}


def import_ack(
    task: Task,
    *,
    folder: Path | None = None,
    file: Path | None = None,
    kind: ImportKind | str = ImportKind.ACK,
    patience: Patience = DEFAULT_PATIENCE,
    dry_run: bool | None = None,
) -> Result:
    """Import CSSM's answer on a switch, and prove it by the dates of `show license status`.

    The file goes to the switch by SCP, is compared by its MD5, and is deleted there afterwards.
    What the folder's manifest names as another switch's is refused; what it names as imported, and
    the switch still shows, is left alone.

    Args:
        task: Nornir's.
        folder: where `save_usage` put the reports, and you put the answers; each switch gets the
            one named `ACK_` and its report's name.
        file: this file instead; its folder counts where no folder is given.
        kind: `ack`, `policy` or `trust`; a policy is always named by `file`.
        patience: how long to wait for the effect.
        dry_run: say what would be done; Nornir's own setting by default.

    Returns:
        Result with the following attributes set:
          * result (`ImportRecord`): outcome, file, digest, status before and after
          * changed (`bool`), diff (`str`), failed (`bool`)

    Raises:
        ValueError: neither folder nor file is given, or there is no such kind.
    """
    what = ImportKind(kind)
    if folder is None and file is None:
        raise ValueError("give folder or file")

    def work(switch: Switch) -> ImportRecord:
        facts = switch.facts()
        switch.notes["kind"] = what
        require_verb(facts, Verb.IMPORT)
        place = UsageFolder(folder if folder is not None else Path(file or "").parent)
        job = _Job(switch, facts, place, what, file)
        return job.run(patience, dry_run=task.is_dry_run(dry_run), made=folder is not None)

    return run_on_switch(task, ImportRecord, work)


class _Job:
    """One file for one switch."""

    def __init__(
        self,
        switch: Switch,
        facts: DeviceFacts,
        folder: UsageFolder,
        kind: ImportKind,
        file: Path | None,
    ) -> None:
        self._switch = switch
        self._serial = facts.serial
        self._host = switch.task.host.name
        self._kind = kind
        self._folder = folder
        self._manifest = folder.read()
        self._note = ""
        if file is None:
            found = find_answer(
                folder.names(), self._manifest, host=self._host, serial=self._serial, kind=kind
            )
            file, self._note = folder.path / found.file, found.note
        self._file = file
        self._data = read_file(file)
        self._sha256 = self._data.sha256
        switch.notes |= {"file": file, "sha256": self._sha256}

    def run(self, patience: Patience, *, dry_run: bool, made: bool) -> ImportRecord:
        """Import it, unless it is in or is another switch's.

        Raises:
            FileRefused: it is another switch's.
            TransferFailed: it did not reach the switch; nothing of it is there.
            ImportFailed: the switch refused it.
            StillPending: the switch took it, and its status does not show it.
        """
        switch = self._switch
        require_own(
            self._manifest,
            file=self._file.name,
            sha256=self._sha256,
            host=self._host,
            serial=self._serial,
            kind=self._kind,
        )
        before = switch.notes["before"] = read_policy_status(switch.session)
        switch.saw(file_parts(self._file.name, self._sha256, shown_date(self._kind, before)))
        known = is_imported(
            self._manifest,
            sha256=self._sha256,
            serial=self._serial,
            kind=self._kind,
            status=before,
        )
        if known is not None:
            when = f"{known.imported_at:%Y-%m-%d %H:%M} UTC"
            return self._record(Outcome.ALREADY_OK, f"{self._file.name} was imported on {when}")
        if dry_run:
            switch.changed, switch.diff, switch.steps = True, self._plan(), self._steps()
            return self._record(Outcome.PLANNED, f"would import the {_WORDS[self._kind]}")
        require_not_stopped(patience)
        switch.require_as_planned(self._steps())
        after, left = self._import(before, patience)
        switch.changed, switch.diff = True, _diff(self._kind, before, after)
        done = f"{_WORDS[self._kind]} imported from {self._file.name}"
        but = "; ".join(filter(None, (left, self._remember(after, made=made))))
        return self._record(Outcome.CHANGED_OK, f"{done}, BUT {but}" if but else done)

    def _steps(self) -> tuple[str, ...]:
        return (flash.put_words(_NAME, self._data), _COMMAND, _DELETE)

    def _plan(self) -> str:
        path = flash.path_of(_NAME)
        return "\n".join(
            (
                f"+copy {self._file.name} ({len(self._data)} bytes, SHA-256 "
                f"{self._sha256[:12]}...) to {path}",
                f"+{_COMMAND}",
                f"+{_DELETE}",
            )
        )

    def _import(self, before: PolicyStatus, patience: Patience) -> tuple[PolicyStatus, str]:
        """Send, import, wait for the effect, remove; the status after, and what could not go."""
        switch = self._switch
        with our_file(switch, _NAME) as ours:
            flash.store(connection_of(switch), switch.session, _NAME, self._data)
            answer = self._send(ours)
            unknown = self._require_taken(answer)

            def progress(now: PolicyStatus) -> Progress:
                shows = has_effect(self._kind, before, now)
                return Progress.DONE if shows else Progress.PENDING

            found, shown = _await(switch, patience, progress)
            switch.notes["after"] = shown
            if found is not Progress.DONE or shown is None:
                said = "the switch took" if answer.strip() else "the session broke on importing"
                raise unknown or errors.StillPending(
                    f"{said} {self._file.name}, and its status does not show it yet",
                    remedy="nxsl verify in some minutes; importing it again does no harm",
                )
        return shown, ours.left

    def _send(self, ours: OurFile) -> str:
        """Send the command; from then on the file is not all that was done."""
        ours.harmless = False
        try:
            return self._switch.send(_COMMAND)
        except errors.NxslError as error:
            ours.harmless = self._switch.held_back(error)
            raise

    def _require_taken(self, answer: str) -> errors.ParseError | None:
        """Raise where the switch refuses; words that are not known are given back as an error.

        What NX-OS answers is not known for certain: a refusal counts only in known words, and a
        success only in the status. No words at all mean that the session broke.
        """
        if not answer.strip():
            return None
        try:
            reply = parse("license smart import", answer)
        except errors.ParseError as unknown:
            return unknown
        if not reply.accepted:
            raise errors.ImportFailed(
                f"the switch did not take {self._file.name}: {reply.words}",
                text=answer,
                remedy="see that it is the answer to this switch's newest file, and whole",
            )
        return None

    def _remember(self, after: PolicyStatus, *, made: bool) -> str:
        """Note the import in the manifest; why that could not be, or "".

        A folder that has none, and was not named, gets none.
        """
        if not made and not self._folder.manifest_path.exists():
            return ""
        entry = ImportedFile(
            host=self._host,
            serial=self._serial,
            kind=self._kind,
            file=self._file.name,
            sha256=self._sha256,
            imported_at=datetime.now(UTC),
            shown=shown_date(self._kind, after),
        )
        try:
            self._folder.note(lambda manifest: manifest.with_imported(entry))
        except (errors.ManifestError, errors.TransferFailed) as problem:
            return f"it could not be noted: {problem.message}"
        return ""

    def _record(self, outcome: Outcome, detail: str) -> ImportRecord:
        text = f"{detail} ({self._note})" if self._note else detail
        return ImportRecord(outcome=outcome, detail=text, **self._switch.notes)


def _await(
    switch: Switch, patience: Patience, progress: Callable[[PolicyStatus], Progress]
) -> tuple[Progress, PolicyStatus | None]:
    return await_reading(switch, patience, _status_within, progress)


def _status_within(session: Session, timeout: float) -> PolicyStatus:
    return read_policy_status(session, timeout=timeout)


def _diff(kind: ImportKind, before: PolicyStatus, after: PolicyStatus) -> str:
    old, new = (
        f"{date:%Y-%m-%d %H:%M:%S} UTC" if date else "none"
        for date in (shown_date(kind, before), shown_date(kind, after))
    )
    names = [f"{status.policy.name} " if status.policy.name else "" for status in (before, after)]
    if kind is not ImportKind.POLICY:
        names = ["", ""]
    return f"-{_WORDS[kind]} {names[0]}{old}\n+{_WORDS[kind]} {names[1]}{new}"
