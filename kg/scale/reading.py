"""Reading, file by file, and the papers of all records: which records are of one paper is decided by joins over their keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.read import InputFile, ReadLog, ReadOptions, read_file
from kg.read.join import are_one, content_of, id_keys, join_group, record_bytes, tells_apart
from kg.scale.components import LABEL, SAME, components, edge
from kg.scale.engine import Engine, Table
from kg.scale.rows import PerKey, PerRow, Row, decode, encode
from schemas.errors import InputError
from schemas.paper import Paper

PAPER = "paper"  # stream: a paper under its id
KEYED, UNKEYED = "keyed", "unkeyed"  # streams: a record under its first id key, or under its content
REPORT, ERROR = "report", "error"  # streams, under the number of the file


def file_row(number: int, source: InputFile) -> Row:
    """The row of a file that is to be read."""
    return Row("file", f"{number:09d}", "", encode([source.name, str(source.path and source.path.resolve()), source.named]))


@dataclass(frozen=True)
class Read(PerRow):
    """Reads files: records, what was read (InputReport), and the first problem of a file."""

    options: ReadOptions

    def one(self, row: Row) -> Iterator[Row]:
        """The records of one file."""
        name, path, named = decode(row.value)
        log = ReadLog()
        try:
            for record in read_file(InputFile(name, Path(path), named), self.options, log):
                yield from record_rows(record)
        except InputError as error:
            yield Row(ERROR, row.key, "", encode([error.source, str(error).removeprefix(f"{error.source}: ")]))
        for number, report in enumerate(log.inputs):
            yield Row(REPORT, row.key, f"{number:09d}", report.model_dump_json())


def record_rows(record: Paper) -> Iterator[Row]:
    """A record under the first of its keys, and the edge between its keys when it has two."""
    keys, text = id_keys(record), record.model_dump_json()
    yield Row(KEYED, keys[0], "1", text) if keys else Row(UNKEYED, content_of(record), "1", text)
    for key in keys[1:]:
        yield from edge(keys[0], key)


class _Rooted(PerKey):
    """Records under the smallest id key that leads to them."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        root = key
        for row in rows:
            if row.to == LABEL:
                root = row.value
            else:
                yield Row("rooted", root, "1", row.value)


class _Contents(PerKey):
    """Under each content that a group of records has: the group, and what names it."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        names: set[str] = set()
        contents: set[str] = set()
        for row in rows:
            record = Paper.model_validate_json(row.value)
            names.update(id_keys(record))
            if tells_apart(record):
                contents.add(content_of(record))
        value = encode([key, sorted(names)])
        yield from (Row("content", content, key, value) for content in sorted(contents))


class _OneByContent(PerKey):
    """Pairs of groups with one content that are one paper."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        groups = {row.value for row in rows}
        found = sorted(map(decode, groups)) if len(groups) == 2 else []
        if found and are_one([names for _, names in found]):
            yield from edge(found[0][0], found[1][0])


class _Members(PerKey):
    """Records with an id under the group that they belong to in the end, and that group under their contents."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        root = key
        contents: set[str] = set()
        for row in rows:
            if row.to == LABEL:
                root = row.value
            else:
                yield Row("member", root, "", row.value)
                contents.add(content_of(Paper.model_validate_json(row.value)))
        yield from (Row("named", content, "0" + root, root) for content in sorted(contents))


class _WithoutId(PerKey):
    """Records without an id under the first group that has their content, else under the content."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        group = ""
        for row in rows:
            if row.to == "named":
                group = group or row.value
            else:
                yield Row("member", group or key, "", row.value)


class _Join(PerKey):
    """The paper of a group of records."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        records = [Paper.model_validate_json(text) for text in {row.value for row in rows}]
        paper = join_group(sorted(records, key=record_bytes))
        yield Row(PAPER, paper.id, "2", paper.model_dump_json())


def papers_of(engine: Engine[Table], read: Table) -> Table:
    """The stream PAPER of what was read: the papers that kg.read.join_records gives for all records."""
    labels = components(engine, "ids of one paper", [engine.select(read, SAME)])
    rooted = engine.run("records by id", _Rooted(), [labels, engine.select(read, KEYED)])
    contents = engine.run("contents", _Contents(), [rooted])
    pairs = engine.run("papers of one content", _OneByContent(), [contents])
    labels = components(engine, "groups of one paper", [pairs])
    named = engine.run("records of papers", _Members(), [labels, rooted])
    unnamed = engine.run("records without id", _WithoutId(), [engine.select(named, "named"), engine.select(read, UNKEYED)])
    return engine.run("papers", _Join(), [engine.select(named, "member"), unnamed])
