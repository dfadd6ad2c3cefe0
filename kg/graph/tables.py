"""Rows -> Parquet files, in groups of a fixed number of rows: few are held at a time, and the bytes depend on the rows alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 2**15  # rows of a group
_HELD = 1000  # rows that are held as Python values

Row = dict[str, Any]


class TableWriter:
    """A Parquet file that is being written; a context manager, at whose end it is whole."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._rows: list[Row] = []
        self._batches: list[pa.RecordBatch] = []  # of the group that is not full
        self._n_groups = 0

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._add_rows()
                self._write_group()
        finally:
            self._writer.close()

    def add(self, row: Row) -> None:
        """Add a row; absent values are null."""
        self._rows.append(row)
        if len(self._rows) == _HELD:
            self._add_rows()

    def _add_rows(self) -> None:
        rows, self._rows = self._rows, []
        self.add_batch(pa.RecordBatch.from_pylist(rows, schema=self._schema))

    def add_batch(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch."""
        while batch.num_rows >= (room := GROUP - sum(waiting.num_rows for waiting in self._batches)):
            self._batches.append(batch.slice(0, room))
            self._write_group()
            batch = batch.slice(room)
        self._batches.append(batch)

    def _write_group(self) -> None:
        group = pa.Table.from_batches(self._batches, schema=self._schema).combine_chunks()
        self._batches = []
        if group.num_rows or not self._n_groups:  # a file of no rows has one group
            self._writer.write_table(group)
            self._n_groups += 1


def write_rows(path: Path, schema: pa.Schema, rows: Iterable[Row]) -> None:
    """Write a Parquet file."""
    with TableWriter(path, schema) as writer:
        for row in rows:
            writer.add(row)
