"""Standard input as text."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import TextIO

from schemas.errors import InputError

NAME = "standard input"


@contextlib.contextmanager
def standard_input() -> Iterator[TextIO]:
    """Standard input as UTF-8 text, whatever the locale, without a byte order mark; raises InputError, also while it is read."""
    if sys.stdin is None:
        raise InputError(NAME, "is closed")
    stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")
    try:
        yield stream
    except UnicodeDecodeError as error:
        raise InputError(NAME, "is not UTF-8 text") from error
    finally:
        stream.detach()
