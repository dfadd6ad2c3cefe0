"""The start of an input: what readers recognise their format by."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kg.read.json_shape import JsonShape, json_shape
from schemas.errors import InputError

HEAD_BYTES = 65_536

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Encodings of one byte a character that an XML text may declare.
_DECLARED = re.compile(rb"""<\?xml[^>]*\sencoding=["']((?:iso-8859-\d{1,2}|windows-125\d|latin-?1|us-ascii))["']""", re.IGNORECASE)


@dataclass(frozen=True)
class Head:
    """The first 64 kB of an input, or all of a shorter one."""

    name: str  # of the input, as it is shown in messages
    data: bytes
    columns: Mapping[str, str] = field(default_factory=dict)  # --columns: field of a paper -> column of the input

    @cached_property
    def lines(self) -> list[str]:
        """The whole lines; raises InputError when they are not UTF-8 text."""
        if self.data.startswith(_UTF16):
            raise InputError(self.name, "is UTF-16 text; save it as UTF-8")
        if b"\0" in self.data:
            raise InputError(self.name, "is a binary file, not text")
        declared = _DECLARED.match(self.data)
        if declared:  # an XML parser decodes it
            with contextlib.suppress(LookupError):
                return self.data.decode(declared[1].decode(), "replace").splitlines()
        lines = self.data.split(b"\n")
        if len(lines) == 1:  # it may go on, and end inside a character
            return [self.data.decode("utf-8-sig", "replace").rstrip("\r")]
        whole = lines[:-1] if len(self.data) >= HEAD_BYTES else lines
        return [_decode(self.name, number, raw) for number, raw in enumerate(whole, 1)]

    @cached_property
    def text(self) -> str:
        """The start of the text without white space before it; raises InputError when it is not UTF-8 text."""
        return "\n".join(self.lines).lstrip()

    @cached_property
    def json(self) -> JsonShape | None:
        """Where the records of a JSON text stand, and the first of them; None when it is no JSON text."""
        return json_shape(self.data)

    @property
    def record(self) -> Mapping[str, Any]:
        """The first record of a JSON text, as far as the head goes; empty for any other."""
        return self.json.record if self.json else {}


def _decode(name: str, number: int, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r")
    except UnicodeDecodeError as error:
        raise not_utf8(name, number, raw[error.start]) from error


def not_utf8(name: str, number: int, byte: int) -> InputError:
    """The error for a line that is not UTF-8."""
    hint = "save it as UTF-8, for example with: iconv -f latin1 -t utf-8"
    return InputError(name, f"line {number} is not UTF-8 text (byte 0x{byte:02x}); {hint}")
