"""Extraction in portions of papers; what a portion has extracted stands in a folder at once, so that a later run goes on from there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kg.extract.batches import batch_of, extract_batches, extractions_in
from kg.reuse import extract_what_is_new, text_key
from kg.scale.engine import Engine, Table
from kg.scale.rows import COUNT, PerKey, PerRow, Row
from schemas.extraction import Extraction
from schemas.paper import Paper

EXTRACTION = "extraction"  # stream: an extraction under its paper's id
EXTRACTED = "texts extracted"

_BATCH = 16  # papers that the model is given at once


@dataclass(frozen=True)
class Portions(PerRow):
    """Papers under the number of a portion: equal texts are in one portion."""

    n_portions: int

    def one(self, row: Row) -> Iterator[Row]:
        """The paper under its portion."""
        key = text_key(Paper.model_validate_json(row.value))
        yield Row("paper", f"{int(key[:12], 16) % self.n_portions:06d}", row.key, row.value)


class PortionStore:
    """Extractions of one portion, in files that appear whole: a kill loses at most those that were not yet put."""

    def __init__(self, folder: Path, portion: str) -> None:
        """`folder` is one for a number of portions and an extractor; all workers see it."""
        self._folder = folder / portion

    def get(self, keys: Iterable[str]) -> dict[str, Extraction]:
        """Those of the extractions that are there."""
        wanted = set(keys)
        found: dict[str, Extraction] = {}
        for path in sorted(self._folder.glob("*.parquet")):
            table = pq.read_table(path).to_pydict()
            pairs = zip(table["key"], table["record"], strict=True)
            found.update((key, Extraction.model_validate_json(text)) for key, text in pairs if key in wanted)
        return found

    def put(self, extractions: Mapping[str, Extraction]) -> None:
        """Keep extractions in a file of their own."""
        if not extractions:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(suffix=".part", dir=self._folder)
        os.close(descriptor)
        texts = [extraction.model_dump_json() for extraction in extractions.values()]
        pq.write_table(pa.table({"key": list(extractions), "record": texts}), name, compression="zstd")
        os.replace(name, self._folder / f"{min(extractions)}.parquet")


@dataclass(frozen=True)
class Extract(PerKey):
    """Extracts the papers of a portion that were not extracted before."""

    model: str
    min_confidence: float
    folder: Path  # where portions are kept

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        """The extraction of each paper."""
        papers = [Paper.model_validate_json(row.value) for row in rows]
        found = extract_what_is_new(papers, self._make, {}, PortionStore(self.folder, key))
        yield from (Row(EXTRACTION, extraction.id, "1", extraction.model_dump_json()) for extraction in found.extractions)
        if found.n_made:
            yield Row(COUNT, EXTRACTED, "", str(found.n_made))

    def _make(self, papers: Iterable[Paper]) -> Iterator[Extraction]:
        return extractions_in(extract_batches(_batches(papers), self.model, self.min_confidence))


def _batches(papers: Iterable[Paper]) -> Iterator[pa.RecordBatch]:
    todo = list(papers)
    yield from (batch_of(todo[start : start + _BATCH]) for start in range(0, len(todo), _BATCH))


def extractions_of(engine: Engine[Table], papers: Table, extract: Extract, n_portions: int) -> Table:
    """The stream EXTRACTION of the stream PAPER, and how many texts were extracted (COUNT)."""
    return engine.run("extract", extract, [engine.map(Portions(n_portions), papers)])
