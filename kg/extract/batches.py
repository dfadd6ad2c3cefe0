"""Extraction as a worker: record batches of papers in, record batches of extractions out. Every engine runs this very code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from kg.extract.serial import extract_serial
from schemas.extraction import Extraction
from schemas.paper import Paper

SCHEMA = pa.schema([pa.field("record", pa.string(), nullable=False)])  # JSON of a Paper, or of an Extraction


def extract_batches(batches: Iterator[pa.RecordBatch], model: str, min_confidence: float) -> Iterator[pa.RecordBatch]:
    """One batch of extractions a batch of papers, in order; the model is loaded once a process. Raises ModelError."""
    for batch in batches:
        papers = map(Paper.model_validate_json, batch["record"].to_pylist())
        yield batch_of(extract_serial(papers, model, min_confidence))


def batch_of(records: Iterable[Paper] | Iterable[Extraction]) -> pa.RecordBatch:
    """Records as a batch."""
    return pa.record_batch([pa.array([record.model_dump_json() for record in records], pa.string())], schema=SCHEMA)


def extractions_in(batches: Iterable[pa.RecordBatch]) -> Iterator[Extraction]:
    """The extractions in batches."""
    for batch in batches:
        yield from map(Extraction.model_validate_json, batch["record"].to_pylist())
