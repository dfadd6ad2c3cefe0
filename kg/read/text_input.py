"""Inputs as numbered lines of text or as bytes: found by name, decoded strictly, hashed while they are read."""

from __future__ import annotations

import glob
import hashlib
import io
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from kg.read.head import HEAD_BYTES, Head, not_utf8
from schemas.errors import InputError
from schemas.standard_input import NAME, standard_input_bytes
from schemas.text import clean_text, file_name

STANDARD_INPUT = "-"
LONGEST_RECORD = 64 * 2**20  # bytes of one line or record: no paper is longer, and memory stays flat

_PIECE = 65_536


@dataclass(frozen=True)
class Line:
    """One line of an input, without its line break."""

    number: int  # from 1
    text: str


@dataclass(frozen=True)
class InputFile:
    """A file to read, a file inside a zip archive, or standard input."""

    name: str  # as it is shown in messages
    path: Path | None  # None: standard input
    named: bool = True  # False: found in a folder or archive, so it may be something else
    member: str = ""  # name inside the archive `path`

    @property
    def file(self) -> str:
        """Base name, as papers carry it in `sources`; ARCHIVE/MEMBER for a file in an archive."""
        base = file_name(self.path) if self.path else STANDARD_INPUT
        return f"{base}/{clean_text(self.member)}" if self.member else base

    def open(self) -> BinaryIO:
        """The bytes of the file, as they lie on the disk; raises InputError when that fails."""
        if self.path is None:
            return standard_input_bytes()
        try:
            return self.path.open("rb")
        except OSError as error:
            raise InputError(self.name, error.strerror or str(error)) from error


class TextInput:
    """An open input, read once, as lines or as bytes; `head` looks ahead without consuming them."""

    def __init__(self, source: InputFile, stream: IO[bytes]) -> None:
        self.source = source
        self._stream = stream
        self._ahead = b""
        self._hash = hashlib.sha256()

    def __enter__(self) -> TextInput:
        return self

    def __exit__(self, *exc: object) -> None:
        if sys.stdin is None or self._stream is not sys.stdin.buffer:
            self._stream.close()

    def head(self) -> Head:
        """The first 64 kB."""
        while len(self._ahead) < HEAD_BYTES and (piece := self._piece(HEAD_BYTES - len(self._ahead))):
            self._ahead += piece
        return Head(self.source.name, self._ahead)

    def lines(self) -> Iterator[Line]:
        """All lines from the first one on; raises InputError at the first that is not UTF-8, or that is far too long."""
        number, stream = 0, self.binary()
        while raw := stream.readline(LONGEST_RECORD):
            number += 1
            if len(raw) == LONGEST_RECORD:
                raise InputError(self.source.name, f"line {number} is longer than {LONGEST_RECORD // 2**20} MiB, as no record is")
            yield Line(number, self._decode(number, raw))

    def binary(self) -> BinaryIO:
        """All bytes from the first one on, as a stream."""
        return io.BufferedReader(_Rest(self), _PIECE)

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`, at least one before the end; raises InputError."""
        piece, self._ahead = self._ahead[:size], self._ahead[size:]
        piece = piece or self._piece(size)
        self._hash.update(piece)
        return piece

    def sha256(self) -> str:
        """Hex digest of all bytes of the input, uncompressed; reads what is left of it."""
        while self.read(_PIECE):
            pass
        return self._hash.hexdigest()

    def _piece(self, size: int) -> bytes:
        try:
            piece: bytes = getattr(self._stream, "read1", self._stream.read)(size)
        except OSError as error:
            raise InputError(self.source.name, error.strerror or str(error)) from error
        return piece

    def _decode(self, number: int, raw: bytes) -> str:
        try:
            return raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise not_utf8(self.source.name, number, raw[error.start]) from error


class _Rest(io.RawIOBase):
    """What is left of an input, as a raw stream."""

    def __init__(self, text: TextInput) -> None:
        self._text = text

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self._text.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


class RecordBytes:
    """The bytes of an input without its byte order mark, as long as no record in it is too long for the memory."""

    def __init__(self, text: TextInput) -> None:
        self._name = text.source.name
        self._stream = text.binary()
        self._start = self._stream.read(3).removeprefix(b"\xef\xbb\xbf")
        self.n_bytes = 0  # of the record that is being read

    def start_record(self) -> None:
        """What is read from here on belongs to the next record."""
        self.n_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; raises InputError when the record is too long."""
        if size == 0:  # parsers ask thus whether this is a stream of bytes
            return b""
        piece = self._start or self._stream.read(size)
        self._start = b""
        self.n_bytes += len(piece)
        if self.n_bytes > LONGEST_RECORD:
            raise too_long(self._name)
        return piece


def too_long(name: str) -> InputError:
    """The error of the input `name` with a record over LONGEST_RECORD."""
    return InputError(name, f"holds a record longer than {LONGEST_RECORD // 2**20} MiB, as no record is")


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
        return [InputFile(NAME, None)]
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
