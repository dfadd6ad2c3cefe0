"""Inputs as numbered lines of text: found by name, decoded strictly, hashed while they are read."""

from __future__ import annotations

import glob
import hashlib
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from schemas.errors import InputError
from schemas.text import encodable

STANDARD_INPUT = "-"
HEAD_BYTES = 65_536

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Line:
    """One line of an input, without its line break."""

    number: int  # from 1
    text: str


@dataclass(frozen=True)
class InputFile:
    """A file to read, or standard input."""

    name: str  # as it is shown in messages
    path: Path | None  # None: standard input
    named: bool = True  # False: found in a folder, so it may be something else

    @property
    def file(self) -> str:
        """Base name, as papers carry it in `sources`."""
        return encodable(self.path.name) if self.path else STANDARD_INPUT

    def open(self) -> TextInput:
        """Open for reading; raises InputError when that fails."""
        if self.path is None:
            if sys.stdin is None:
                raise InputError(self.name, "is closed")
            return TextInput(self, sys.stdin.buffer)
        try:
            return TextInput(self, self.path.open("rb"))
        except OSError as error:
            raise InputError(self.name, error.strerror or str(error)) from error


class TextInput:
    """The lines of an open input; `head` looks ahead without consuming them."""

    def __init__(self, source: InputFile, stream: BinaryIO) -> None:
        self.source = source
        self._stream = stream
        self._ahead: deque[bytes] = deque()
        self._hash = hashlib.sha256()

    def __enter__(self) -> TextInput:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._stream is not sys.stdin.buffer:
            self._stream.close()

    def head(self) -> list[str]:
        """The first lines, about 64 kB of them; raises InputError when they are not UTF-8 text."""
        size = sum(map(len, self._ahead))
        while size < HEAD_BYTES and (piece := self._read()):
            self._ahead.append(piece)
            size += len(piece)
        start = b"".join(self._ahead)
        if start.startswith(_UTF16):
            raise InputError(self.source.name, "is UTF-16 text; save it as UTF-8")
        if b"\0" in start:
            raise InputError(self.source.name, "is a binary file, not text")
        lines = start.split(b"\n")
        whole = lines if len(lines) == 1 or start.endswith(b"\n") else lines[:-1]  # the last one may go on
        return [self._decode(number, raw, "replace" if len(lines) == 1 else "strict") for number, raw in enumerate(whole, 1)]

    def lines(self) -> Iterator[Line]:
        """All lines from the first one on; raises InputError at the first that is not UTF-8."""
        number = 0
        while raw := self._line():
            number += 1
            yield Line(number, self._decode(number, raw))

    def sha256(self) -> str:
        """Hex digest of the bytes read so far: of the whole input once `lines` is exhausted."""
        return self._hash.hexdigest()

    def _line(self) -> bytes:
        """The next line with its line break, from the pieces that were read ahead and on from there."""
        pieces: list[bytes] = []
        while piece := self._ahead.popleft() if self._ahead else self._read():
            pieces.append(piece)
            if piece.endswith(b"\n"):
                break
        return b"".join(pieces)

    def _read(self) -> bytes:
        """The next line, or a piece of it: a file without line breaks must not fill the memory before it is looked at."""
        try:
            piece = self._stream.readline(HEAD_BYTES)
        except OSError as error:
            raise InputError(self.source.name, error.strerror or str(error)) from error
        self._hash.update(piece)
        return piece

    def _decode(self, number: int, raw: bytes, errors: str = "strict") -> str:
        try:
            return raw.decode("utf-8-sig" if number == 1 else "utf-8", errors).rstrip("\r\n")
        except UnicodeDecodeError as error:
            byte = raw[error.start]
            hint = "save it as UTF-8, for example with: iconv -f latin1 -t utf-8"
            raise InputError(self.source.name, f"line {number} is not UTF-8 text (byte 0x{byte:02x}); {hint}") from error


def find_inputs(inputs: Iterable[str | os.PathLike[str]]) -> list[InputFile]:
    """The files that `inputs` name: files, folders (their files, one level), globs, "-" for standard input.

    A file named twice is read once. Raises InputError for a name that leads to no file.
    """
    found: dict[Path | None, InputFile] = {}
    for name in [os.fspath(name) for name in inputs]:
        for candidate in _expand(name):
            key = candidate.path.resolve() if candidate.path else None
            if key not in found or candidate.named:
                found[key] = candidate
    if not found:
        raise InputError("input", f"nothing was named; give files, folders, globs or {STANDARD_INPUT!r} for standard input")
    return list(found.values())


def _expand(name: str) -> list[InputFile]:
    if name == STANDARD_INPUT:
        return [InputFile("standard input", None)]
    if "\0" in name:
        raise InputError(name[:100], "a file name cannot hold a null character")
    path = Path(name)
    try:
        if path.is_dir():
            return _folder(name, path)
        if path.exists() or not glob.has_magic(name):
            return [InputFile(name, path)]
    except OSError as error:  # a name that is too long, say
        raise InputError(name[:100], error.strerror or str(error)) from error
    matches = [Path(match) for match in sorted(glob.glob(name, recursive=True))]  # noqa: PTH207 - it may be absolute
    files = [InputFile(str(match), match) for match in matches if match.is_file()]
    if not files:
        raise InputError(name, "no file matches this pattern")
    return files


def _folder(name: str, path: Path) -> list[InputFile]:
    try:
        files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    except OSError as error:
        raise InputError(name, error.strerror or str(error)) from error
    if not files:
        raise InputError(name, "no file in this folder")
    return [InputFile(str(file), file, named=False) for file in files]
