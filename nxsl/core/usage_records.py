"""The results of the tasks that carry usage files, as frozen typed records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nxsl.core.outcome import TaskRecord
from nxsl.core.policy_records import PolicyStatus
from nxsl.core.usage_files import ImportKind, Travelled


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFileRecord(TaskRecord):
    """The result of `save_usage` and `save_trust_request`.

    Attributes:
        path: the file here; None where none was fetched.
        sha256: of the file.
        size: its bytes.
        travelled: how it came; None where none was fetched.
        manifest: the manifest that names it.
        before: `show license status` before.
        after: the one read afterwards; None where nothing was sent.
    """

    path: Path | None = None
    sha256: str = ""
    size: int | None = None
    travelled: Travelled | None = None
    manifest: Path | None = None
    before: PolicyStatus | None = None
    after: PolicyStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord(TaskRecord):
    """The result of `import_ack`.

    Attributes:
        file: the file that was, or would be, imported.
        sha256: of the file.
        kind: what it is.
        before: `show license status` before.
        after: the last one read; None where nothing was sent.
    """

    file: Path | None = None
    sha256: str = ""
    kind: ImportKind = ImportKind.ACK
    before: PolicyStatus | None = None
    after: PolicyStatus | None = None
