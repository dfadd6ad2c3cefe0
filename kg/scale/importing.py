"""The folder for `neo4j-admin database import`, its data files written by the workers that hold their rows."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

from exports.neo4j.bulk import DataFile, ImportFolder, Written, stem_of
from exports.neo4j.layout import ALL_ENDS, DEFAULT_NAME, Ends
from exports.neo4j.rows import edge_row, node_row
from kg.graph.store import EDGES
from kg.scale.graph import node_file
from kg.scale.rows import Row, decode, encode
from schemas.graph import NODE_RECORDS, EdgeKind, NodeKind, edge_record

IMPORT = "import"  # stream: a data file that was written, under its name

_KINDS = {node_file(kind): kind for kind in NodeKind}


class ImportPart:
    """The data files of one part: one a label, and one a type and the labels that it joins."""

    def __init__(self, folder: Path, suffix: str, stack: contextlib.ExitStack) -> None:
        """`suffix` comes between a file's name and ".csv"; the files are closed with `stack`."""
        self._folder, self._suffix, self._stack = folder, suffix, stack
        self._open: dict[NodeKind | Ends, tuple[TextIO, DataFile, Path]] = {}

    def passed_on(self, file: str, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows of a file of the graph directory, each written here too when it is a node or an edge."""
        for row in rows:
            if file in _KINDS:
                self._add_node(_KINDS[file], row.value)
            elif file == EDGES:
                self._add_edge(row.value)
            yield row

    def _add_node(self, kind: NodeKind, text: str) -> None:
        values = NODE_RECORDS[kind].model_validate_json(text).model_dump()
        self._file(kind, kind).add(node_row(values["id"], values, kind))

    def _add_edge(self, text: str) -> None:
        ends, _, properties = text.partition("\n")
        source, kind, target, *labels = decode(ends)
        what = Ends(NodeKind(labels[0]), EdgeKind(kind), NodeKind(labels[1]))
        values = edge_record(what.kind).model_validate_json(properties).model_dump()
        self._file(what, what.kind).add(edge_row(source, target, values["id"], values, what.kind))

    def _file(self, what: NodeKind | Ends, kind: NodeKind | EdgeKind) -> DataFile:
        if what not in self._open:
            path = self._folder / f".{stem_of(what)}{self._suffix}.{uuid4().hex}"
            stream = self._stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
            self._open[what] = stream, DataFile(stream, kind, DEFAULT_NAME), path
        return self._open[what][1]

    def finish(self) -> Iterator[Row]:
        """Close the files, give them their names, and tell of each."""
        for what, (stream, data, path) in self._open.items():
            stream.close()
            name = f"{stem_of(what)}{self._suffix}.csv"
            os.replace(path, self._folder / name)
            yield Row(IMPORT, name, "", encode([_labels(what), dataclasses.asdict(data.written())]))


def _labels(what: NodeKind | Ends) -> list[str]:
    return [what] if isinstance(what, NodeKind) else [what.source, what.kind, what.target]


def complete_import(folder: Path, written: Iterable[Row]) -> None:
    """Headers, commands and contents of an import folder whose data files are there; `written` is the stream IMPORT."""
    for leftover in folder.glob(".*"):  # of workers that were killed
        leftover.unlink()
    files: dict[tuple[str, ...], dict[str, Written]] = defaultdict(dict)
    for row in sorted(written, key=lambda row: row.key):
        labels, values = decode(row.value)
        files[tuple(labels)][row.key] = _written(values)
    target = ImportFolder(folder, DEFAULT_NAME)
    for kind in NodeKind:
        if found := files.get((kind,)):
            target.add(kind, found)
        else:
            target.write(kind, [])
    for ends in ALL_ENDS:
        if found := files.get((ends.source, ends.kind, ends.target)):
            target.add(ends, found)
    target.finish()


def _written(values: dict[str, Any]) -> Written:
    return Written(values["longest"], values["line_breaks"], tuple(values["empty_lists"]), tuple(values["repairs"]))
