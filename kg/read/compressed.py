"""gzip, bz2, zstd and zip, recognised by their first bytes and read as streams; nothing is unpacked onto the disk."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from kg.read.text_input import InputFile, TextInput
from schemas.errors import InputError

# A text becomes 3 to 20 times smaller, a list of equal lines 300 times; what grows beyond this was made to fill machines.
LARGEST_GROWTH = 500
ALWAYS_ALLOWED = 256 * 2**20  # bytes, however small the file was
_IN_MEMORY = 16 * 2**20  # bytes of an archive from a pipe; a larger one goes into a file without a name

_ENCRYPTED = 1  # bit of a member's flags
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True)
class Unreadable:
    """A file of an archive that cannot be opened; the others may be fine."""

    source: InputFile
    error: InputError


def open_inputs(source: InputFile) -> Iterator[TextInput | Unreadable]:
    """The inputs in a file: itself, what it is when uncompressed, or the files of a zip archive, in order of their names.

    Each is open only until the next is asked for. Raises InputError for a file that cannot be read or is damaged.
    """
    stream = source.open()
    try:
        start, stream = _look_at(source, stream)
        if start.startswith(_ZIP):
            yield from _members(source, stream)
            return
        with TextInput(source, _expanded(source, stream, start)) as text:
            yield text
    finally:
        if source.path:
            stream.close()


def _look_at(source: InputFile, stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first bytes of a stream, and the stream with them."""
    if isinstance(stream, io.BufferedReader):
        with _problems_named(source.name):
            return stream.peek(4)[:4], stream
    with _problems_named(source.name):  # not a real file: a test's standard input
        data = stream.read()
    return data[:4], io.BytesIO(data)


def _expanded(source: InputFile, stream: IO[bytes], start: bytes, size: int | None = None) -> IO[bytes]:
    opener = next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)
    if opener is None:
        return stream
    counted = _Counted(stream)
    with _problems_named(source.name):
        expanded = opener(cast(BinaryIO, counted))
    return io.BufferedReader(_Expanded(source.name, expanded, lambda: size or counted.n_bytes))


def _zstd(stream: BinaryIO) -> BinaryIO:
    import pyarrow as pa

    return cast(BinaryIO, pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"))


_OPENERS: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda stream: cast(BinaryIO, gzip.GzipFile(fileobj=stream)),
    b"BZh": lambda stream: cast(BinaryIO, bz2.BZ2File(stream)),
    b"\x28\xb5\x2f\xfd": _zstd,
}


def _members(source: InputFile, stream: BinaryIO) -> Iterator[TextInput | Unreadable]:
    """The files in a zip archive; hidden ones are left out, and names are labels only: they never lead to a place."""
    with contextlib.ExitStack() as stack:
        if not stream.seekable():
            stream = stack.enter_context(_spooled(source, stream))
        with _problems_named(source.name):
            size = stream.seek(0, io.SEEK_END)
            archive = stack.enter_context(zipfile.ZipFile(stream))
        infos = sorted((info for info in archive.infolist() if _is_visible(info.filename)), key=lambda info: info.filename)
        if not infos:
            raise InputError(source.name, "no file in this archive")
        for info in infos:
            member = InputFile(f"{source.name}/{info.filename}", source.path, named=False, member=info.filename)
            try:
                expanded = _open_member(member, archive, info, size)
            except InputError as error:
                yield Unreadable(member, error)
                continue
            with TextInput(member, expanded) as text:
                yield text


def _open_member(member: InputFile, archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int) -> IO[bytes]:
    """The bytes of a file in an archive of `size` bytes, uncompressed; raises InputError."""
    if info.flag_bits & _ENCRYPTED:
        raise InputError(member.name, "cannot be read: it is encrypted; unpack the archive, or leave the file out with --skip-bad")
    with _problems_named(member.name):
        inner = io.BufferedReader(_Expanded(member.name, archive.open(info), lambda: size))
        start = inner.peek(4)[:4]
    if start.startswith(_ZIP):
        raise InputError(member.name, "is an archive inside an archive; unpack the outer one")
    return _expanded(member, inner, start, size)


def _is_visible(name: str) -> bool:
    return not name.endswith("/") and not any(part.startswith((".", "__MACOSX")) for part in name.split("/") if part not in (".", ".."))


def _spooled(source: InputFile, stream: BinaryIO) -> BinaryIO:
    """A copy in which one can seek: in memory, or in a file without a name when it is large."""
    copy = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    with _problems_named(source.name):
        while piece := stream.read(2**16):
            copy.write(piece)
    return cast(BinaryIO, copy)


class _Counted(io.RawIOBase):
    """A stream that counts what is read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.n_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self._stream.read(len(buffer))
        self.n_bytes += len(piece)
        buffer[: len(piece)] = piece
        return len(piece)


class _Expanded(io.RawIOBase):
    """Uncompressed bytes; damage and a growth that no text has are InputErrors."""

    def __init__(self, name: str, stream: IO[bytes], compressed: Callable[[], int]) -> None:
        self._name = name
        self._stream = stream
        self._compressed = compressed  # number of compressed bytes that gave what was read
        self._n_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        with _problems_named(self._name):
            piece = self._stream.read(len(buffer))
        self._n_bytes += len(piece)
        if self._n_bytes > max(ALWAYS_ALLOWED, LARGEST_GROWTH * self._compressed()):
            raise InputError(self._name, f"grows more than {LARGEST_GROWTH} times when it is uncompressed, as no list of papers does")
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()


@contextlib.contextmanager
def _problems_named(name: str) -> Iterator[None]:
    """Whatever a damaged file makes the decompressors raise, as an InputError."""
    try:
        yield
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(name, f"cannot be read: {reason}") from error
