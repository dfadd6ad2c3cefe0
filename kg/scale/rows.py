"""What goes from worker to worker: rows of four texts, in record batches; a worker is given them one by one, or key by key.

A worker is engine-neutral: a callable `Iterator[pyarrow.RecordBatch] -> Iterator[pyarrow.RecordBatch]` that can be pickled.
"""

from __future__ import annotations

import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa

Worker = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]

SCHEMA = pa.schema([pa.field(name, pa.string(), nullable=False) for name in ("to", "key", "order", "value")])

COUNT = "count"  # stream of (what was counted, number)

_MAX_ROWS = 1000
_MAX_CHARACTERS = 4_000_000  # of a batch


class Row(NamedTuple):
    """One row."""

    to: str  # the stream that it belongs to: what kind of row it is
    key: str  # rows of one key come together
    order: str  # rows of one key come in this order (by code points)
    value: str  # mostly JSON


def rows_of(batches: Iterable[pa.RecordBatch]) -> Iterator[Row]:
    """The rows of batches."""
    for batch in batches:
        yield from map(Row, *(column.to_pylist() for column in batch.columns))


def batches_of(rows: Iterable[Row]) -> Iterator[pa.RecordBatch]:
    """Rows in batches of bounded size."""
    batch: list[Row] = []
    room = _MAX_CHARACTERS
    for row in rows:
        batch.append(row)
        room -= len(row.value)
        if len(batch) == _MAX_ROWS or room <= 0:
            yield _batch(batch)
            batch, room = [], _MAX_CHARACTERS
    if batch:
        yield _batch(batch)


def _batch(rows: list[Row]) -> pa.RecordBatch:
    return pa.record_batch([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], schema=SCHEMA)


def encode(value: Any) -> str:
    """JSON without spaces: equal values are equal texts."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def decode(text: str) -> Any:
    """The value of a JSON text."""
    return json.loads(text)


class PerRow(ABC):
    """A worker that looks at rows one by one."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows that follow from the rows in `batches`."""
        return batches_of(itertools.chain.from_iterable(map(self.one, rows_of(batches))))

    @abstractmethod
    def one(self, row: Row) -> Iterator[Row]:
        """What follows from one row."""


class PerKey(ABC):
    """A worker that looks at all rows of a key together; batches are sorted by key and order."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows that follow from the rows in `batches`."""
        return batches_of(self._rows(rows_of(batches)))

    def _rows(self, rows: Iterator[Row]) -> Iterator[Row]:
        for key, of_key in itertools.groupby(rows, key=lambda row: row.key):
            yield from self.one(key, of_key)

    @abstractmethod
    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        """What follows from the rows of one key, which come in order and are not held in memory."""
