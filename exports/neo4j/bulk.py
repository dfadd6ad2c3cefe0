"""A folder for `neo4j-admin database import full`, the fastest way into an empty database.

A header and a data file a label, and a type and the labels that it joins; the command as a script for sh and for Windows; and
the Cypher to run afterwards: constraints, indexes, and the few lists that the tool's CSV cannot hold (it reads an empty list
and a list of one empty text as no list at all).
"""

from __future__ import annotations

import datetime
import json
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TextIO, Union, get_args, get_origin

import networkx as nx

from exports.neo4j import layout
from exports.neo4j.layout import LONG_ID, MARK, Ends, record_of
from exports.neo4j.literals import literal
from exports.neo4j.rows import Row, edge_rows, ends_in, node_rows
from exports.neo4j.script import preparation
from exports.report import ExportReport
from schemas.graph import EdgeKind, NodeKind
from schemas.layout import Layout
from schemas.writing import files_not_listed, whole_folder

CONTENTS = "contents.json"
AFTERWARDS = "after_import.cypher"
REPORT = "import.report"  # what the tool writes when it has something to complain about
_DELIMITER = "\x1f"  # between the items of a list
_READ_BUFFER = 4_194_304  # bytes; what the tool takes by default, and at least what the longest value needs

# What in an existing folder is not of such an export; "" for one that is.
foreign = files_not_listed(CONTENTS, "import_of_graph")

_TYPES: dict[object, str] = {str: "string", int: "long", float: "double", bool: "boolean", datetime.date: "date"}


def write(
    graph: nx.MultiDiGraph,
    target: Path,
    places: Layout | None = None,
    *,
    name: str = layout.DEFAULT_NAME,
) -> ExportReport:
    """Write the folder `target` whole or not at all; a folder that is not such an export is never replaced."""
    layout.checked_name(name)
    with whole_folder(target, foreign) as folder:
        files = ImportFolder(folder, name)
        for kind in NodeKind:
            files.write(kind, node_rows(graph, kind))
        for ends in ends_in(graph):
            files.write(ends, edge_rows(graph, ends))
        files.finish()
    return ExportReport(target, len(graph), graph.number_of_edges(), (f"sh {target.name}/import.sh loads it, then {AFTERWARDS} finishes",))


@dataclass(frozen=True)
class Written:
    """What the import must know of a data file."""

    longest: int = 0  # characters of its longest value
    line_breaks: bool = False  # in a value
    empty_lists: tuple[str, ...] = ()  # properties that are an empty list somewhere, sorted
    repairs: tuple[str, ...] = ()  # statements that set lists which would come out as another one


class DataFile:
    """A data file of a label, or of a type between two labels, written row by row; other files may hold more of their rows."""

    def __init__(self, stream: TextIO, kind: NodeKind | EdgeKind, name: str) -> None:
        """`name` is the name of the graph."""
        self._stream, self._kind, self._name = stream, kind, name
        self._own = ("id",) if isinstance(kind, NodeKind) else ("source", "target", "id")
        self._columns = tuple(_columns(kind))
        self._longest, self._line_breaks = 0, False
        self._empty_lists: set[str] = set()
        self._repairs: list[str] = []

    def add(self, row: Row) -> None:
        """Write one row."""
        values = row["values"]
        cells = [*(row[name] for name in self._own), self._name, values[LONG_ID], *(values[name] for name in self._columns)]
        self._stream.write(",".join(map(self._cell, cells)) + "\n")
        self._empty_lists |= {name for name in self._columns if values[name] == []}
        self._repair(row)

    def written(self) -> Written:
        """What was written so far."""
        return Written(self._longest, self._line_breaks, tuple(sorted(self._empty_lists)), tuple(self._repairs))

    def _cell(self, value: Any) -> str:
        if value is None or value == []:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return repr(value)
        text = _DELIMITER.join(map(str, value)) if isinstance(value, list) else str(value)
        self._longest = max(self._longest, len(text))
        self._line_breaks = self._line_breaks or "\n" in text or "\r" in text
        return '"' + text.replace('"', '""') + '"'

    def _repair(self, row: Row) -> None:
        """Lists that would come out as another one are set afterwards."""
        wrong = {name: value for name, value in row["values"].items() if isinstance(value, list) and _is_read_otherwise(value)}
        if wrong:
            key = f"x:{self._kind} {{{MARK}: {literal(self._name)}, id: {literal(row['id'])}}}"
            pattern = f"({key})" if isinstance(self._kind, NodeKind) else f"()-[{key}]->()"
            self._repairs.append(f"MATCH {pattern} SET x += {literal(wrong)}")


def stem_of(what: NodeKind | Ends) -> str:
    """The start of the names of the files of a label, or of a type between two labels."""
    return what.value if isinstance(what, NodeKind) else f"{what.source}_{what.kind}_{what.target}"


class ImportFolder:
    """The folder that is being written."""

    def __init__(self, folder: Path, name: str) -> None:
        """`name` is the name of the graph."""
        self._folder = folder
        self._name = name
        self._options = ["--array-delimiter=U+001F", "--bad-tolerance=0", f"--report-file={REPORT}"]
        self._repairs: list[str] = []
        self._longest = 0
        self._line_breaks = False

    def write(self, what: NodeKind | Ends, rows: Iterable[Row]) -> None:
        """The files of a label, also when it has no node (the tool wants one label at least), or of a type between two labels."""
        file = f"{stem_of(what)}.csv"
        with (self._folder / file).open("w", encoding="utf-8", newline="\n") as stream:
            data = DataFile(stream, _kind(what), self._name)
            for row in rows:
                data.add(row)
        self.add(what, {file: data.written()})

    def add(self, what: NodeKind | Ends, files: Mapping[str, Written]) -> None:
        """The header of data files that stand in the folder, and what is to be done about what they hold."""
        stem = stem_of(what)
        keys = [f"id:ID({what})"] if isinstance(what, NodeKind) else [f":START_ID({what.source})", f":END_ID({what.target})", "id"]
        header = [*keys, MARK, LONG_ID, *(f"{name}:{column}" for name, column in _columns(_kind(what)).items())]
        (self._folder / f"{stem}_header.csv").write_text(",".join(header) + "\n", "utf-8", newline="\n")
        option = "nodes" if isinstance(what, NodeKind) else "relationships"
        self._options.append(f"--{option}={_kind(what)}={','.join([f'{stem}_header.csv', *files])}")
        for written in files.values():
            self._longest = max(self._longest, written.longest)
            self._line_breaks = self._line_breaks or written.line_breaks
            self._repairs += written.repairs
        self._fill(_kind(what), sorted({name for written in files.values() for name in written.empty_lists}))

    def _fill(self, kind: NodeKind | EdgeKind, names: list[str]) -> None:
        """A list of the schema that is missing afterwards is an empty one."""
        if names:
            pattern = f"(x:{kind})" if isinstance(kind, NodeKind) else f"()-[x:{kind}]->()"
            missing = " OR ".join(f"x.{name} IS NULL" for name in names)
            values = ", ".join(f"x.{name} = coalesce(x.{name}, [])" for name in names)
            where = f"x.{MARK} = {literal(self._name)} AND x.id IS NOT NULL AND ({missing})"
            self._repairs.append(f"MATCH {pattern} WHERE {where} CALL (x) {{ SET {values} }} IN TRANSACTIONS OF 10000 ROWS")

    def finish(self) -> None:
        """The commands, what to run afterwards, and the list of all files."""
        if self._line_breaks:
            self._options.append("--multiline-fields=true")
        if 4 * self._longest > _READ_BUFFER:
            self._options.append(f"--read-buffer-size={4 * self._longest}")
        statements = (f"{statement};\n" for statement in (*preparation(), *self._repairs))
        for file, text in {"import.sh": _sh, "import.bat": _bat}.items():
            (self._folder / file).write_text(text(self._options), "utf-8", newline="")
        (self._folder / AFTERWARDS).write_text("".join(statements), "utf-8", newline="\n")
        names = sorted(file.name for file in self._folder.iterdir())
        contents = {"import_of_graph": self._name, "files": [*names, REPORT]}
        (self._folder / CONTENTS).write_text(json.dumps(contents, indent=1) + "\n", "utf-8", newline="\n")


def _kind(what: NodeKind | Ends) -> NodeKind | EdgeKind:
    return what if isinstance(what, NodeKind) else what.kind


def _columns(kind: NodeKind | EdgeKind) -> dict[str, str]:
    """The properties but the id, and the tool's name of the type of each."""
    return {name: _type(field.annotation) for name, field in record_of(kind).model_fields.items() if name != "id"}


def _is_read_otherwise(items: list[Any]) -> bool:
    return items == [""] or any(isinstance(item, str) and _DELIMITER in item for item in items)


def _type(annotation: Any) -> str:
    """The tool's name of a column's type."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(option for option in get_args(annotation) if option is not type(None))
    if get_origin(annotation) is tuple:
        return f"{_type(get_args(annotation)[0])}[]"
    return "string" if get_origin(annotation) is Literal else _TYPES[annotation]


def _sh(options: list[str]) -> str:
    lines = [
        "#!/bin/sh",
        "# Loads this folder into a database of Neo4j. On the machine of the server, with the server stopped:",
        "#   sh import.sh neo4j --overwrite-destination=true    (which replaces whatever the database neo4j holds)",
        f"# then start the server and run: cypher-shell -d neo4j -f {AFTERWARDS}",
        "# NEO4J_ADMIN names the program where neo4j-admin is not on the path.",
        "set -eu",
        'cd "$(dirname "$0")"',
        'database="${1:-neo4j}"',
        'if [ "$#" -gt 0 ]; then shift; fi',
        'exec "${NEO4J_ADMIN:-neo4j-admin}" database import full "$database" \\',
        *(f"  '{option}' \\" for option in options),
        '  "$@"',
    ]
    return "\n".join(lines) + "\n"


def _bat(options: list[str]) -> str:
    # An option with "=" must be quoted when it is given to a batch file, which would take it as two.
    lines = [
        "@echo off",
        "rem Loads this folder into a database of Neo4j. On the machine of the server, with the server stopped:",
        'rem   import.bat neo4j "--overwrite-destination=true"    (which replaces whatever the database neo4j holds)',
        f"rem then start the server and run: cypher-shell -d neo4j -f {AFTERWARDS}",
        "rem NEO4J_ADMIN names the program where neo4j-admin is not on the path.",
        "setlocal",
        'cd /d "%~dp0" || exit /b 1',
        'if not defined NEO4J_ADMIN set "NEO4J_ADMIN=neo4j-admin"',
        'set "DATABASE=%~1"',
        'if not defined DATABASE set "DATABASE=neo4j"',
        'call "%NEO4J_ADMIN%" database import full "%DATABASE%" ^',
        *(f'  "{option}" ^' for option in options),
        "  %2 %3 %4 %5 %6 %7 %8 %9",
    ]
    return "\r\n".join(lines) + "\r\n"
