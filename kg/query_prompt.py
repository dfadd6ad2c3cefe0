"""`kg query` without a query: a prompt, with the history of earlier ones, or the queries of standard input."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from schemas.errors import QueryError
from schemas.standard_input import standard_input

PROMPT, MORE = "kg> ", "...> "
_GREETING = "Cypher on {}. A query ends with ; or an empty line; Ctrl-D or exit leaves."


def ask(name: str, answer: Callable[[str], None]) -> None:
    """Answer query after query until the input ends; on a terminal a query that is refused does not end it."""
    if sys.stdin is None or not sys.stdin.isatty():
        with standard_input() as lines:
            for text in statements(lines):
                answer(text)
        return
    print(_GREETING.format(name))
    with _history():
        for text in statements(_typed()):
            try:
                with _given_up():
                    answer(text)
            except QueryError as error:
                print(f"kg: {error}", file=sys.stderr)


def statements(lines: Iterable[str | None]) -> Iterator[str]:
    """Queries: each ends with a line that ends with ";", with an empty line, or with the input; None gives up one that is begun."""
    collected: list[str] = []
    for line in lines:
        if line is None:
            collected = []
            continue
        collected.append(line.rstrip("\n"))
        text = "\n".join(collected).strip()
        if text.lower().rstrip(";") in ("exit", "quit"):
            return
        if text and (text.endswith(";") or not line.strip()):
            yield text
            collected = []
    if "\n".join(collected).strip():
        yield "\n".join(collected)


def _typed() -> Iterator[str | None]:
    """Lines as they are typed; None for Ctrl-C."""
    prompt = PROMPT
    while True:
        line = None
        try:
            with _given_up():
                line = input(prompt)
        except EOFError:
            print()
            return
        yield line
        prompt = PROMPT if not line or not line.strip() or line.rstrip().endswith(";") else MORE


@contextlib.contextmanager
def _given_up() -> Iterator[None]:
    """Ctrl-C ends what is typed or asked, not the prompt."""
    try:
        yield
    except KeyboardInterrupt as stop:
        if type(stop) is not KeyboardInterrupt:  # another program tells us to stop
            raise
        print("^C")


@contextlib.contextmanager
def _history() -> Iterator[None]:
    """Earlier queries on the arrow keys, kept in the user's state folder; none without the module readline or a home."""
    try:
        import readline

        file = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "paperkg" / "query_history"
    except (ImportError, RuntimeError):
        yield
        return
    with contextlib.suppress(OSError):
        readline.read_history_file(file)
    try:
        yield
    finally:
        readline.set_history_length(1000)
        with contextlib.suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(0o600)
            file.chmod(0o600)  # also one that an earlier version wrote; queries may name what others need not know
            readline.write_history_file(file)
