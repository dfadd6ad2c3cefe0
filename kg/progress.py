"""Progress of long work: a bar on a terminal, plain lines elsewhere, nothing when quiet. Always on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_SECONDS_BETWEEN_LINES = 5.0


def track(items: Iterable[Item], what: str, total: int | None, *, quiet: bool = False) -> Iterator[Item]:
    """Pass `items` on while telling how far they are; `total` is None when it is not known."""
    if quiet:
        yield from items
    elif sys.stderr.isatty():
        yield from _with_bar(items, what, total)
    else:
        yield from _with_lines(items, what, total)


def _with_bar(items: Iterable[Item], what: str, total: int | None) -> Iterator[Item]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(items, description=what, total=total)


def _with_lines(items: Iterable[Item], what: str, total: int | None) -> Iterator[Item]:
    of = f" of {total}" if total is not None else ""
    done, next_line = 0, time.monotonic() + _SECONDS_BETWEEN_LINES
    for item in items:
        yield item
        done += 1
        if time.monotonic() >= next_line:
            print(f"{what}: {done}{of}", file=sys.stderr, flush=True)
            next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
    print(f"{what}: {done}{of}", file=sys.stderr, flush=True)
