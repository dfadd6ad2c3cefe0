"""Whole-or-nothing writing: a result is written beside its target and moved into place at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from schemas.errors import TargetError


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[TextIO]:
    """A UTF-8 text file (line ends "\\n") that appears at `target` when the block ends without an error.

    Raises TargetError when it cannot be written; an existing file is then untouched.
    """
    if target.is_dir():
        raise TargetError(str(target), "it is a folder")
    with _os_errors_as_target_error(target):
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
                yield stream
            part.chmod(_mode(target))
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(target: Path, marker: str) -> Iterator[Path]:
    """An empty folder that takes the place of `target` when the block ends without an error.

    `marker` is the file by which a folder of ours is known: a `target` that holds other files is never replaced.
    Raises TargetError when it cannot be written; an existing folder is then untouched.
    """
    check_folder(target, marker)
    with _os_errors_as_target_error(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
        try:
            yield part
            part.chmod(0o777 & ~_umask())
            _exchange(part, target)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def check_folder(target: Path, marker: str) -> None:
    """Raise TargetError when `whole_folder` would refuse `target`, so that long work need not run first."""
    with _os_errors_as_target_error(target):
        if target.exists() and not (target.is_dir() and ((target / marker).is_file() or not any(target.iterdir()))):
            raise TargetError(str(target), f"it exists and is not a folder written by kg (no {marker}); name another")
        parent = next(folder for folder in target.absolute().parents if folder.exists())
        if not parent.is_dir():
            raise TargetError(str(target), f"{parent} is not a folder")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise TargetError(str(target), f"no permission to write in {parent}")


def _exchange(new: Path, target: Path) -> None:
    """Move `new` to `target`; what stood at `target` ends at `new`. A failure in between puts it back."""
    if not target.exists():
        os.rename(new, target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    os.replace(target, old / "graph")
    try:
        os.rename(new, target)
    except OSError:
        os.replace(old / "graph", target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _os_errors_as_target_error(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TargetError(str(target), error.strerror or str(error)) from error


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current


def _mode(target: Path) -> int:
    return target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
