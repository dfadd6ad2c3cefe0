"""Extractions that need not be made again: of the same text, by the same extractor.

They come from the graph directory that is updated, and from a cache on the disk (SQLite), which holds what former builds
extracted. The cache may be deleted at any time.
"""

from __future__ import annotations

import functools
import itertools
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

from pydantic import ValidationError

from kg.compact import CompactExtractions, pack, unpack
from kg.extract import find_model
from schemas import extraction, text
from schemas.extraction import Extraction
from schemas.ids import full_hash
from schemas.paper import Paper

CACHE_VARIABLE = "PAPERKG_CACHE"  # names the folder of the cache
FILE = "extractions.sqlite"
MOST_EXTRACTIONS = 200_000  # about 300 MB; those that were not used for longest go first

_KEPT_AT_ONCE = 256  # extractions that are written to the cache together: what an interrupted build loses at most
_LOOKED_UP = 1000  # extractions that are read from it together

Item = TypeVar("Item")


class Store(Protocol):
    """Keeps extractions by text key, for one extractor."""

    def get(self, keys: Iterable[str]) -> dict[str, Extraction]:
        """Those of the extractions that are there."""
        ...

    def put(self, extractions: Mapping[str, Extraction]) -> None:
        """Keep extractions."""
        ...


Make = Callable[[Iterable[Paper]], Iterator[Extraction]]


@dataclass(frozen=True)
class Reused:
    """The extractions of all papers, and how many of them had to be made."""

    extractions: CompactExtractions  # in the order of the papers
    n_made: int


def cache_folder() -> Path | None:
    """The folder that PAPERKG_CACHE names, else `paperkg` in the user's folder for caches; None for a user without a home."""
    named, caches = os.environ.get(CACHE_VARIABLE), os.environ.get("XDG_CACHE_HOME")
    if named or caches:
        return Path(named) if named else Path(caches or "") / "paperkg"
    try:
        return Path.home() / ".cache" / "paperkg"
    except RuntimeError:
        return None


def extractor_hash(model: str, min_confidence: float) -> str:
    """What stands for the extractor: the code of extraction, the model's name, version and files, and `min_confidence`.

    Two extractors with equal hashes give equal extractions of equal texts, with equal versions of spaCy, tokenizers and
    onnxruntime. Raises ModelError.
    """
    return full_hash(_code_hash(), *find_model(model).identity, repr(min_confidence))


@functools.cache
def _code_hash() -> str:
    ours = [Path(text.__file__), Path(extraction.__file__)]
    files = [*sorted((Path(__file__).parent / "extract").glob("*.py")), *ours]
    return full_hash(*(path.name + "\0" + path.read_text("utf-8") for path in files))


def text_key(paper: Paper) -> str:
    """What stands for all that extraction reads of a paper; its id is none of it."""
    return full_hash(paper.title, paper.abstract, *paper.links)


def extract_what_is_new(papers: Iterable[Paper], make: Make, known: Mapping[str, bytes], cache: Store | None) -> Reused:
    """The extraction of each paper under its id: from `known` (packed, by text key) or `cache`, else from `make`, once a text."""
    papers = list(papers)
    keys = [text_key(paper) for paper in papers]
    by_key = dict(zip(keys, papers, strict=True))
    found = {key: known[key] for key in by_key if key in known}
    if cache:
        for asked in _batches([key for key in by_key if key not in found], _LOOKED_UP):
            found.update((key, pack(extraction)) for key, extraction in cache.get(asked).items())
    missing = [key for key in by_key if key not in found]
    made = zip(missing, make(by_key[key] for key in missing), strict=True)
    for some in _batches(made, _KEPT_AT_ONCE):
        found.update((key, pack(extraction)) for key, extraction in some)
        if cache:
            cache.put(dict(some))
    return Reused(CompactExtractions((paper.id, found[key]) for key, paper in zip(keys, papers, strict=True)), len(missing))


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    stream = iter(items)
    return iter(lambda: list(itertools.islice(stream, size)), [])


class Cache:
    """Extractions by text key, for one extractor. Nothing here stops a build: a problem is told once, and the cache left alone."""

    def __init__(self, folder: Path, extractor: str, tell: Callable[[str], None]) -> None:
        """`extractor` is an extractor_hash; `tell` receives one line about a cache that cannot be used."""
        self._extractor = extractor
        self._tell = tell
        self._path = folder / FILE
        self._connection: sqlite3.Connection | None = None
        self._run = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self._path, timeout=30)
            self._prepare(self._connection)
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._connection:
            self._connection.close()

    def get(self, keys: Iterable[str]) -> dict[str, Extraction]:
        """Those of the extractions that are there."""
        found: dict[str, Extraction] = {}
        try:
            for key in keys if self._connection else ():
                row = self._row(key)
                known = _unpacked(row[0]) if row else None
                if known:
                    found[key] = known
            self._write("UPDATE extractions SET used = ? WHERE key = ?", [(self._run, self._key(key)) for key in found])
        except sqlite3.Error as error:
            self._give_up(error)
        return found

    def put(self, extractions: Mapping[str, Extraction]) -> None:
        """Keep extractions, and let go of the oldest when there are too many."""
        rows = [(self._key(key), pack(value), self._run) for key, value in extractions.items()]
        try:
            self._write("INSERT OR REPLACE INTO extractions VALUES (?, ?, ?)", rows)
            oldest = "SELECT key FROM extractions ORDER BY used DESC LIMIT -1 OFFSET ?"
            self._write(f"DELETE FROM extractions WHERE key IN ({oldest})", [(MOST_EXTRACTIONS,)] if rows else [])  # noqa: S608
        except sqlite3.Error as error:
            self._give_up(error)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        with connection:
            connection.execute("CREATE TABLE IF NOT EXISTS extractions (key TEXT PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL)")
            connection.execute("CREATE INDEX IF NOT EXISTS by_use ON extractions (used)")
        self._run = 1 + (connection.execute("SELECT max(used) FROM extractions").fetchone()[0] or 0)

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if self._connection and rows:
            with self._connection:
                self._connection.executemany(statement, rows)

    def _row(self, key: str) -> tuple[bytes] | None:
        if self._connection is None:
            return None
        row: tuple[bytes] | None = self._connection.execute("SELECT value FROM extractions WHERE key = ?", (self._key(key),)).fetchone()
        return row

    def _key(self, key: str) -> str:
        return full_hash(self._extractor, key)

    def _give_up(self, error: Exception) -> None:
        self._tell(f"extractions are not kept: {self._path}: {error}")
        if self._connection:
            self._connection.close()
        self._connection = None


def _unpacked(value: bytes) -> Extraction | None:
    """None for an entry that another version wrote or that is damaged: it is made again."""
    try:
        return unpack(value)
    except (zlib.error, ValidationError, TypeError):
        return None
