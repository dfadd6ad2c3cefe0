"""`kg query` without a query: a prompt, with the history of earlier ones, or the queries of standard input."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from schemas.errors import QueryError

PROMPT, MORE = "kg> ", "...> "
_GREETING = "Cypher on {}. A query ends with ; or an empty line; Ctrl-D or exit leaves."


def ask(name: str, answer: Callable[[str], None]) -> None:
    """Answer query after query until the input ends; on a terminal a query that is refused does not end it."""
    if not sys.stdin.isatty():
        for text in statements(sys.stdin):
            answer(text)
        return
    print(_GREETING.format(name))
    with _history():
        for text in statements(_typed()):
            try:
                answer(text)
            except QueryError as error:
                print(f"kg: {error}", file=sys.stderr)


def statements(lines: Iterable[str]) -> Iterator[str]:
    """Queries: each ends with a line that ends with ";", with an empty line, or with the input."""
    collected: list[str] = []
    for line in lines:
        collected.append(line.rstrip("\n"))
        text = "\n".join(collected).strip()
        if text.lower().rstrip(";") in ("exit", "quit"):
            return
        if text and (text.endswith(";") or not line.strip()):
            yield text
            collected = []
    if "\n".join(collected).strip():
        yield "\n".join(collected)


def _typed() -> Iterator[str]:
    prompt = PROMPT
    while True:
        try:
            line = input(prompt)
        except EOFError:
            print()
            return
        yield line
        prompt = PROMPT if not line.strip() or line.rstrip().endswith(";") else MORE


@contextlib.contextmanager
def _history() -> Iterator[None]:
    """Earlier queries on the arrow keys, kept in the user's state folder; without the module readline there are none."""
    try:
        import readline
    except ImportError:
        yield
        return
    file = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "paperkg" / "query_history"
    with contextlib.suppress(OSError):
        readline.read_history_file(file)
    try:
        yield
    finally:
        readline.set_history_length(1000)
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(file)
