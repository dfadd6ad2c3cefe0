"""Putting a finished folder in the place of another, and tidying up after processes that were killed."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from schemas.locking import hold, is_abandoned

_AT_WORKING_FOLDER = -100  # AT_FDCWD of Linux
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux
_NOT_SUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}


def exchange(new: Path, target: Path) -> None:
    """Move the folder `new` to `target`; what stood there stands at `new` then, or is gone.

    On Linux this is one step. Elsewhere it is two, between which `target` is missing: whatever goes wrong in between, what
    stood there is put back, after a kill by the next call of `recover`.
    """
    try:
        if not target.exists():
            os.rename(new, target)
            return
    except OSError:
        if not target.exists():  # otherwise another process was faster
            raise
    if not swap(new, target):
        _in_two_steps(new, target)


def swap(a: Path, b: Path) -> bool:
    """Exchange the names of two folders in one step; False where the system or the file system cannot."""
    rename = _renameat2()
    if rename is None:
        return False
    if rename(_AT_WORKING_FOLDER, os.fsencode(a), _AT_WORKING_FOLDER, os.fsencode(b), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_SUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(b))


@functools.cache
def _renameat2() -> Callable[..., int] | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):  # TypeError: Windows has no library without a name
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    function.restype = ctypes.c_int
    found: Callable[..., int] = function
    return found


def _in_two_steps(new: Path, target: Path) -> None:
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    try:
        with hold(aside):
            os.rename(target, aside / target.name)
            os.rename(new, target)
    except BaseException:
        if not target.exists():
            os.rename(aside / target.name, target)
        raise
    finally:
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)


def recover(target: Path) -> None:
    """Put back what a killed process moved aside from `target`, and remove what killed processes left beside it."""
    if not target.exists():
        for aside in _leftovers(target, "old"):
            if (aside / target.name).is_dir() and is_abandoned(aside):
                with contextlib.suppress(OSError):  # another process may be doing the same
                    os.rename(aside / target.name, target)
    for leftover in [*_leftovers(target, "part"), *(_leftovers(target, "old") if target.exists() else ())]:
        if leftover.is_dir() and is_abandoned(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


def remove_part_files(target: Path) -> None:
    """Remove the files that killed processes left beside the file `target`."""
    for leftover in _leftovers(target, "part"):
        if leftover.is_file() and is_abandoned(leftover):
            with contextlib.suppress(OSError):  # another process may be doing the same
                leftover.unlink()


def _leftovers(target: Path, suffix: str) -> Iterator[Path]:
    """The files and folders beside `target` with names as the module tempfile gives them to us; links are none of ours."""
    pattern = re.compile(rf"\.{re.escape(target.name)}\.[a-z0-9_]{{8}}\.{suffix}")
    with contextlib.suppress(OSError):
        yield from sorted(path for path in target.parent.iterdir() if pattern.fullmatch(path.name) and not path.is_symlink())
