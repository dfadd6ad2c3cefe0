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
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        """Items a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(items, description=what, total=total)


def _with_lines(items: Iterable[Item], what: str, total: int | None) -> Iterator[Item]:
    of = f" of {total}" if total is not None else ""
    start = time.monotonic()
    done, next_line = 0, start + _SECONDS_BETWEEN_LINES
    for item in items:
        yield item
        done += 1
        if (now := time.monotonic()) >= next_line:
            print(f"{what}: {done}{of}{_pace(done, total, now - start)}", file=sys.stderr, flush=True)
            next_line = now + _SECONDS_BETWEEN_LINES
    print(f"{what}: {done}{of}", file=sys.stderr, flush=True)


def _pace(done: int, total: int | None, seconds: float) -> str:
    """How many a second, and how long the rest takes at that rate."""
    rate = done / seconds
    left = f", {_duration((total - done) / rate)} to go" if total is not None else ""
    return f", {rate:.1f}/s{left}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
