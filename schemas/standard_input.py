"""Standard input, as bytes and as text."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import BinaryIO, TextIO

from schemas.errors import InputError

NAME = "standard input"  # in messages


def standard_input_bytes() -> BinaryIO:
    """The bytes of standard input; raises InputError where it is closed."""
    if sys.stdin is None:
        raise InputError(NAME, "is closed")
    return sys.stdin.buffer


@contextlib.contextmanager
def standard_input() -> Iterator[TextIO]:
    """Standard input as UTF-8 text, whatever the locale, without a byte order mark; raises InputError, also while it is read."""
    stream = io.TextIOWrapper(standard_input_bytes(), encoding="utf-8-sig")
    try:
        yield stream
    except UnicodeDecodeError as error:
        raise InputError(NAME, "is not UTF-8 text") from error
    finally:
        stream.detach()
