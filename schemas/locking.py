"""Locks on folders and files: held by an open file descriptor, so that the end of a process, however it comes, releases them.

Where the system or the file system has no such locks (Windows, some network file systems), nothing is locked.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def locked_folder(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of `folder`, which must exist; `waiting` is called once when another process holds it.

    The folder may be replaced by another while we wait: then it is that one's lock that is taken. Raises FileNotFoundError.
    """
    if fcntl is None:  # there a folder cannot even be opened
        yield
        return
    told = False
    while True:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if not told and not _take(descriptor, block=False):
                told = True
                waiting()
            if told:
                _take(descriptor, block=True)
            if _is_at(descriptor, folder):
                yield
                return
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder or file that nobody else knows of yet."""
    descriptor = os.open(folder, os.O_RDONLY) if fcntl else -1
    try:
        if fcntl:
            _take(descriptor, block=False)
        yield
    finally:
        if fcntl:
            os.close(descriptor)


def is_abandoned(folder: Path) -> bool:
    """Whether no living process holds the lock of a folder or file; False where that cannot be known."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (OSError, AttributeError):
        return False
    finally:
        os.close(descriptor)
    return True


def _take(descriptor: int, *, block: bool) -> bool:
    """Take the lock; False when another holds it and `block` is False."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if block else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True


def _is_at(descriptor: int, folder: Path) -> bool:
    with contextlib.suppress(OSError):
        there, ours = folder.stat(), os.fstat(descriptor)
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
    return False
