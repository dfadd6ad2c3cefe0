"""Whole-or-nothing writing: a result is written beside its target and moved into place at the end."""

from __future__ import annotations

import contextlib
import fnmatch
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from schemas.errors import TargetError, excerpt, one_line
from schemas.exchange import exchange, recover, remove_part_files
from schemas.locking import hold


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[TextIO]:
    """A UTF-8 text file (line ends "\\n") that appears at `target` when the block ends without an error.

    A link is followed; a device or a pipe is written to as it is. Raises TargetError when the file cannot be written;
    an existing one is then untouched.
    """
    with target_errors(target):
        place = target.resolve()
        if place.is_dir():
            raise TargetError(str(target), "it is a folder")
        if place.exists() and not place.is_file():
            with place.open("w", encoding="utf-8", newline="\n") as stream:
                yield stream
            return
        with _beside(place) as part:
            with part.open("w", encoding="utf-8", newline="\n") as stream:
                yield stream
            part.chmod(place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask())
            os.replace(part, place)


@contextlib.contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """An empty file beside `place` that is gone at the end, unless it was moved; those that killed processes left go too."""
    remove_part_files(place)
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent)
    os.close(descriptor)
    try:
        with hold(Path(name)):
            yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(target: Path, foreign: Callable[[Path], str]) -> Iterator[Path]:
    """An empty folder that takes the place of `target` when the block ends without an error.

    `foreign` says of an existing folder that is not empty what in it is not ours ("" for nothing): such a folder is never
    replaced. Raises TargetError when the folder cannot be written; an existing one is then untouched.
    """
    check_folder(target, foreign)
    with target_errors(target):
        place = target.resolve()
        place.parent.mkdir(parents=True, exist_ok=True)
        recover(place)
        part = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent))
        try:
            with hold(part):
                yield part
                part.chmod(0o777 & ~_umask())
                exchange(part, place)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def files_not_listed(manifest: str, *keys: str, made_later: str = "") -> Callable[[Path], str]:
    """A judge for `whole_folder`: a folder is ours when it holds just `manifest` and the files that this lists.

    `manifest` is a JSON object with the member "files" (names) and the members `keys`; `made_later` is a pattern of names of
    files that we add to such a folder afterwards. A file may be listed as its parts, FILE/PART.
    """

    def foreign(path: Path) -> str:
        try:
            values = json.loads((path / manifest).read_bytes())
            ours, known = {manifest, *(name.partition("/")[0] for name in values["files"])}, set(keys) <= set(values)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            known = False
        if not known:
            return f"no {manifest} of ours"
        others = sorted(file.name for file in path.iterdir() if file.name not in ours and not fnmatch.fnmatchcase(file.name, made_later))
        return f"it holds {excerpt(others[0])}" if others else ""

    return foreign


def check_folder(target: Path, foreign: Callable[[Path], str]) -> None:
    """Raise TargetError when `whole_folder` would refuse `target`, so that long work need not run first."""
    with target_errors(target):
        place = target.resolve()
        if place.exists() and not place.is_dir():
            raise TargetError(str(target), "it exists and is not a folder; name another")
        if place.is_dir() and any(place.iterdir()) and (reason := foreign(place)):
            raise TargetError(str(target), f"it is a folder that kg did not write ({reason}); name another")
        parent = next(folder for folder in place.parents if folder.exists())
        if not parent.is_dir():
            raise TargetError(str(target), f"{parent} is not a folder")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise TargetError(str(target), f"no permission to write in {parent}")


@contextlib.contextmanager
def target_errors(target: Path) -> Iterator[None]:
    """Raise the system's errors in the block as a TargetError for `target`, also when its name can be none of a file."""
    try:
        if b"\0" in os.fsencode(target):
            raise TargetError(str(target), "a null character in its name")
        yield
    except OSError as error:
        raise TargetError(str(target), error.strerror or str(error)) from error
    except UnicodeEncodeError as error:
        raise TargetError(str(target), one_line(str(error))) from error


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
