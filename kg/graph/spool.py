"""Edges on their way to the file, which has them by kind: they come paper by paper, and wait in temporary files, one a kind."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import pyarrow as pa

from kg.graph.tables import Row
from schemas.graph import EdgeKind
from schemas.paper import Record

_HELD = 1000  # edges of a kind that are held at a time


class EdgeSpool:
    """The edges of all kinds, those of a kind in the order in which they come; a context manager, at whose end they are gone."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        """`folder` is where the files are, under no name."""
        self._folder, self._schema = folder, schema
        self._waiting: dict[EdgeKind, _Waiting] = {}
        self._stack = contextlib.ExitStack()
        self.counts: Counter[str] = Counter()  # of each kind

    def __enter__(self) -> EdgeSpool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def add(self, source: str, kind: EdgeKind, target: str, record: Record) -> None:
        """Add an edge."""
        if kind not in self._waiting:
            file = self._stack.enter_context(tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115
            self._waiting[kind] = _Waiting(file, self._schema)
        self._waiting[kind].add({"source": source, "kind": kind.value, "target": target} | record.model_dump())
        self.counts[kind] += 1

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All edges, kind by kind."""
        for kind in EdgeKind:
            if kind in self._waiting:
                yield from self._waiting[kind].batches()


class _Waiting:
    """The edges of one kind."""

    def __init__(self, file: IO[Any], schema: pa.Schema) -> None:
        self._file, self._schema = file, schema
        self._stream = pa.ipc.new_stream(file, schema)
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) == _HELD:
            self._write()

    def _write(self) -> None:
        self._stream.write_batch(pa.RecordBatch.from_pylist(self._rows, schema=self._schema))
        self._rows = []

    def batches(self) -> Iterator[pa.RecordBatch]:
        self._write()
        self._stream.close()
        self._file.seek(0)
        yield from pa.ipc.open_stream(self._file)
