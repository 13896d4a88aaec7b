"""A folder of usage files on this machine; written whole or not at all, by many threads at once."""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nxsl.core import errors
from nxsl.core.payload import Payload
from nxsl.core.usage_files import LARGEST, MANIFEST, Manifest, read_manifest
from nxsl.fleet.files import write_whole

try:
    import fcntl
except ImportError:  # not on Windows: there one process at a time may use a folder
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LOCK_FILE = f".{MANIFEST}.lock"
_THREADS = threading.Lock()
_MOST_OF_A_NAME = 100


@dataclass(frozen=True, slots=True)
class UsageFolder:
    """A folder with a manifest."""

    path: Path

    @property
    def manifest_path(self) -> Path:
        """Where the manifest is."""
        return self.path / MANIFEST

    def read(self) -> Manifest:
        """The manifest; an empty one where there is none yet.

        Raises:
            ManifestError: it is damaged, or cannot be read.
        """
        try:
            content = self.manifest_path.read_bytes()
        except FileNotFoundError:
            return Manifest()
        except OSError as error:
            raise errors.ManifestError(
                f"{self.manifest_path} cannot be read: {_words(error)}"
            ) from None
        return read_manifest(content, where=str(self.manifest_path))

    def names(self) -> frozenset[str]:
        """The names of the files in it; none where it is not there."""
        try:
            return frozenset(each.name for each in self.path.iterdir() if each.is_file())
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise errors.FileRefused(f"{self.path} cannot be read: {_words(error)}") from None

    def prepare(self) -> None:
        """Make the folder, and see that it can be written to, before a switch is asked for much.

        Raises:
            ManifestError: the manifest is damaged.
            TransferFailed: the folder cannot be written to.
        """
        with self._locked():
            self.read()

    def add(self, name: str, data: Payload, note: Callable[[Manifest, str], Manifest]) -> Path:
        """Write a file under a name that nobody has, and note it in the manifest.

        Args:
            name: the name; where it is taken, a number is put behind it.
            data: the content.
            note: gives the manifest with the file under the name that it got.

        Raises:
            ManifestError: the manifest is damaged; nothing was written.
            TransferFailed: it cannot be written; nothing is left of it.
        """
        with self._locked():
            manifest = self.read()
            free = self._free_name(name, manifest)
            path = self.path / free
            _write(path, data)
            try:
                _write(self.manifest_path, _content(note(manifest, free)))
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return path

    def note(self, change: Callable[[Manifest], Manifest]) -> None:
        """Change the manifest.

        Raises:
            ManifestError: it is damaged.
            TransferFailed: it cannot be written; the old one is still there.
        """
        with self._locked():
            _write(self.manifest_path, _content(change(self.read())))

    def _free_name(self, name: str, manifest: Manifest) -> str:
        taken = {entry.file for entry in manifest.saved} | self.names()
        stem, dot, suffix = name.rpartition(".")
        for number in range(_MOST_OF_A_NAME):
            free = f"{stem}-{number + 1}{dot}{suffix}" if number else name
            if free not in taken:
                return free
        raise errors.TransferFailed(f"{self.path} has too many files with the name {name}")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other threads, and other processes, from the manifest."""
        with _THREADS, contextlib.ExitStack() as held:
            with _naming(self.path):
                self.path.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(self.path / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
                held.enter_context(os.fdopen(descriptor))
                if fcntl is not None:
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield


def _write(path: Path, data: Payload) -> None:
    """Write a file, whole or not at all.

    Raises:
        TransferFailed: it cannot be written; nothing is left of it.
    """
    with _naming(path):
        write_whole(path, data)


def _content(manifest: Manifest) -> Payload:
    return Payload(manifest.to_text().encode())


def read_file(path: Path) -> Payload:
    """The content of a file that is to be imported.

    Raises:
        FileRefused: it is not there, empty, or far too large.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise errors.FileRefused(f"{path} is too large to be a licensing file")
        data = Payload(path.read_bytes())
    except OSError as error:
        raise errors.FileRefused(f"{path} cannot be read: {_words(error)}") from None
    if not len(data):
        raise errors.FileRefused(f"{path} is empty", remedy="download it once more")
    return data


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.TransferFailed(
            f"{path} cannot be written: {_words(error)}",
            remedy="see to the folder's space and rights",
        ) from None


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__
