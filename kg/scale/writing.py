"""Writing the graph directory: every part of every file by the worker that holds its rows, the manifest at the end."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa

from kg.graph.store import EDGES, EXTRACTIONS, REASONS, RECORDS, REFUSALS, edge_schema
from kg.graph.tables import write_rows as write_table
from kg.scale.graph import node_file
from kg.scale.importing import ImportPart
from kg.scale.rows import PerKey, Row, decode, encode
from schemas.columns import arrow_schema
from schemas.extraction import Extraction
from schemas.graph import NODE_RECORDS, EdgeKind, edge_record
from schemas.ids import file_sha256
from schemas.paper import Paper, Record
from schemas.resolution import FormReason, Refusal

FILE = "file"  # stream: a file that was written, under its name


def _record_values(record: type[Record]) -> Callable[[str], dict[str, Any]]:
    return lambda text: record.model_validate_json(text).model_dump()


def _edge_values(text: str) -> dict[str, Any]:
    ends, _, properties = text.partition("\n")
    source, kind, target, *_ = decode(ends)
    return {"source": source, "kind": kind, "target": target} | edge_record(EdgeKind(kind)).model_validate_json(properties).model_dump()


# The columns of each file, and what makes the values of a row from its text.
_FILES: dict[str, tuple[pa.Schema, Callable[[str], dict[str, Any]]]] = {
    **{node_file(kind): (arrow_schema(record), _record_values(record)) for kind, record in NODE_RECORDS.items()},
    EDGES: (edge_schema(), _edge_values),
    EXTRACTIONS: (arrow_schema(Extraction), _record_values(Extraction)),
    RECORDS: (arrow_schema(Paper), _record_values(Paper)),
    REASONS: (arrow_schema(FormReason), _record_values(FormReason)),
    REFUSALS: (arrow_schema(Refusal), _record_values(Refusal)),
}


@dataclass(frozen=True)
class Write(PerKey):
    """Writes the rows of a part: one file a table, named as in a small graph when there is but one part."""

    folder: Path  # all workers see it
    n_parts: int
    imports: Path | None = None  # folder for the import tool of Neo4j

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        """The files of one part."""
        with contextlib.ExitStack() as stack:
            part = ImportPart(self.imports, "" if self.n_parts == 1 else f".{key}", stack) if self.imports else None
            for file, of_file in itertools.groupby(rows, key=lambda row: row.order.partition("\t")[0]):
                yield self._file(file, key, of_file, part)
            yield from part.finish() if part else ()

    def _file(self, file: str, key: str, rows: Iterable[Row], part: ImportPart | None) -> Row:
        name = file if self.n_parts == 1 else f"{file}/part-{key}.parquet"
        counts = Counter[str]()
        write_rows(self.folder / name, file, _counted(file, part.passed_on(file, rows) if part else rows, counts))
        return Row(FILE, name, "", encode([file_sha256(self.folder / name), dict(counts)]))


def write_rows(path: Path, file: str, rows: Iterable[Row]) -> None:
    """Write the rows of `file` as the Parquet file `path`, which appears whole; a repeated call gives the same bytes."""
    schema, values = _FILES[file]
    part = path.with_name(f".{path.name}.{uuid4().hex}")  # of this attempt alone: another machine may make the same file
    path.parent.mkdir(exist_ok=True)
    write_table(part, schema, (values(row.value) for row in rows))
    os.replace(part, path)


def _counted(file: str, rows: Iterable[Row], counts: Counter[str]) -> Iterator[Row]:
    """Pass rows on, and count those of each kind of node or edge."""
    for row in rows:
        counts[decode(row.value.partition("\n")[0])[1] if file == EDGES else file.removesuffix(".parquet")] += 1
        yield row


@dataclass(frozen=True)
class Written:
    """What stands in a graph directory that has no manifest yet."""

    files: dict[str, str]  # SHA-256 by name
    counts: Counter[str]  # of nodes and edges, by kind


def complete(folder: Path, written: Iterable[Row], refusals: Iterable[Refusal]) -> Written:
    """Add the files that have no rows, and the refusals; `written` is the stream FILE."""
    files: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for row in written:
        files[row.key], found = decode(row.value)
        counts.update(found)
    for leftover in folder.rglob(".*"):  # of workers that were killed
        leftover.unlink()
    there = {name.partition("/")[0] for name in files}
    write_rows(folder / REFUSALS, REFUSALS, [Row("", "", "", refusal.model_dump_json()) for refusal in refusals])
    for name in sorted(set(_FILES) - there):
        if name != REFUSALS:
            write_rows(folder / name, name, [])
        files[name] = file_sha256(folder / name)
    return Written(files, counts)
