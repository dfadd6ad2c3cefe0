"""Cypher on a graph directory with no server: the embedded engine ladybug, read only (extra `paperkg[query]`).

The engine's database is one file in the graph directory, made of its Parquet files at the first query and again when the graph
or the engine is another. The file's name says of what it was made, so it is never out of date.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import MissingExtraError, QueryError, excerpt, one_line
from schemas.graph import ALLOWED_ENDS, NODE_RECORDS, EdgeKind, NodeKind, edge_record
from schemas.ids import short_hash

if TYPE_CHECKING:
    import ladybug
    import pyarrow as pa

_FORM = "1"  # of the tables; another number makes every database anew
_BUFFER_BYTES = 2 * 1024**3  # at most; the engine takes what it needs
_DATABASE_BYTES = 2**36  # address space that the engine reserves


@dataclass(frozen=True)
class Answer:
    """What a query gives: the names of its columns, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[list[Any], ...]


def query(directory: str | os.PathLike[str], cypher: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a Cypher query on the graph in `directory`, each a dict of its columns.

    A node or relationship is a dict of its properties, those that are absent left out, with its label or type as "_label"; a
    path is a dict of "nodes" and "relationships". docs/cypher.md says where the engine's Cypher differs from Neo4j's. Raises
    GraphError, QueryError, and MissingExtraError when the engine is not installed.
    """
    with open_graph(directory) as graph:
        answer = graph.run(cypher, parameters)
    return [dict(zip(answer.columns, values, strict=True)) for values in answer.rows]


@contextlib.contextmanager
def open_graph(directory: str | os.PathLike[str]) -> Iterator[EmbeddedGraph]:
    """The graph of a directory, open for queries; raises GraphError and MissingExtraError."""
    if find_spec("ladybug") is None:
        raise MissingExtraError("kg query", "query")
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(_database_file(Path(directory)))
        database = stack.enter_context(_opened(path, read_only=True))
        yield EmbeddedGraph(stack.enter_context(_connected(database)))


class EmbeddedGraph:
    """An open database."""

    def __init__(self, connection: ladybug.Connection) -> None:
        self._connection = connection

    def run(self, cypher: str, parameters: Mapping[str, Any] | None = None) -> Answer:
        """The answer of one query; raises QueryError."""
        check_only_reads(cypher)
        try:
            result = self._connection.execute(cypher, dict(parameters or {}))
            one = result[-1] if isinstance(result, list) else result
            return Answer(tuple(one.get_column_names()), tuple([_plain(value) for value in values] for values in one))
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            raise QueryError(_first_line(str(error)), hint_for(cypher)) from error


_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`|//[^\n]*|/\*.*?\*/""", re.DOTALL)
_READS = re.compile(r"(?:(?:EXPLAIN|PROFILE)\s+)?(?:MATCH|OPTIONAL|UNWIND|WITH|RETURN|CALL\s+[\w.]+\s*\()", re.IGNORECASE)
_FILES = re.compile(r"\bLOAD\s+FROM\b", re.IGNORECASE)


def check_only_reads(cypher: str) -> None:
    """Raise QueryError unless `cypher` is one query that reads the graph.

    The database is open read only; this refuses what would still write or read other files (COPY TO, EXPORT, LOAD FROM ...).
    """
    bare = _QUOTED.sub(lambda match: "''" if match.group()[0] in "'\"`" else " ", cypher).strip().rstrip(";").strip()
    if not bare:
        raise QueryError("the query is empty", "such as MATCH (p:Paper) RETURN p.title LIMIT 10")
    if ";" in bare:
        raise QueryError("more than one query", "give one at a time")
    if not _READS.match(bare) or _FILES.search(bare):
        raise QueryError(
            f"not a query that reads the graph: {excerpt(cypher)}", "kg query never writes; begin with MATCH, UNWIND, WITH, RETURN"
        )


# What Neo4j has and the engine has not, and what to write instead: looked for in a query that failed.
_DIALECT = (
    (r"\btype\s*\(", "write label(r) for type(r)"),
    (r"\b(?:all)?shortestPaths?\s*\(", "write MATCH p = (a)-[* SHORTEST 1..6]-(b) for shortestPath((a)-[*..6]-(b))"),
    (r"\bdb\.index\.fulltext\b", "there is no full-text index: write WHERE lower(m.name) CONTAINS 'words', or levenshtein(a, b) <= 2"),
    (r"\bCALL\s*(?:\(\w*\)\s*)?\{", "there is no CALL { }: use WITH, or COUNT { } and EXISTS { }"),
    (r"\[\s*\(", "there is no pattern comprehension: MATCH, then collect()"),
    (r"\[\s*\w+\s+IN\b[^\]]*\|", "write list_transform(list, x -> ...) for [x IN list | ...]"),
    (r"\[\s*\w+\s+IN\b", "write list_filter(list, x -> ...) for [x IN list WHERE ...]"),
    (r"\bsplit\s*\(", "write string_split(text, ',') for split(text, ',')"),
    (r"\.(?:year|month|day)\b", "write date_part('year', p.published) for p.published.year"),
    (r"\bhead\s*\(", "write list_extract(list, 1) for head(list)"),
    (r"\blast\s*\(", "write list_extract(list, -1) for last(list)"),
    (r"\bto(?:Integer|Float|String)\s*\(", "write cast(x, 'INT64') for toInteger(x)"),
    (r"\b(?:elementId|startNode|endNode|reduce)\s*\(", "elementId, startNode, endNode and reduce are not there"),
    (r"\w\s*\{\s*\.", "write p.title, p.year for p {.title, .year}"),
    (r"\bWITH\b.*\bORDER\s+BY\b", "after WITH, ORDER BY needs a LIMIT; sort a list with list_sort(collect(...))"),
    (r"\bapoc\.|\bgds\.", "there are no procedures of Neo4j's plugins"),
)


def hint_for(cypher: str) -> str:
    """What to write instead of something that Neo4j has and the engine has not; "" where nothing is known."""
    bare = _QUOTED.sub("''", cypher)
    return next((hint for pattern, hint in _DIALECT if re.search(pattern, bare, re.IGNORECASE | re.DOTALL)), "kg schema prints the labels")


def _first_line(message: str) -> str:
    return one_line(message.strip().splitlines()[0]) if message.strip() else "it failed without a message"


def _plain(value: Any) -> Any:
    """A value of the engine without its inner ids."""
    if isinstance(value, dict):
        if "_NODES" in value:
            return {"nodes": _plain(value["_NODES"]), "relationships": _plain(value["_RELS"])}
        plain = {name: _plain(item) for name, item in value.items() if name not in ("_ID", "_SRC", "_DST", "_LABEL") and item is not None}
        return {"_label": value["_LABEL"]} | plain if "_LABEL" in value else plain
    return [_plain(item) for item in value] if isinstance(value, list) else value


@contextlib.contextmanager
def _database_file(directory: Path) -> Iterator[Path]:
    """The engine's database of a graph directory; where that cannot be written to, one that is gone at the end."""
    import ladybug

    from kg.graph.store import MANIFEST, QUERY_DATABASE, load_manifest

    load_manifest(directory)
    made_of = short_hash((directory / MANIFEST).read_bytes().decode(), str(ladybug.__version__), _FORM)
    path = directory / QUERY_DATABASE.format(made_of)
    if path.exists():
        yield path
        return
    writable = os.access(directory, os.W_OK | os.X_OK)
    with tempfile.TemporaryDirectory(".lbug", QUERY_DATABASE.format("new-").removesuffix(".lbug"), directory if writable else None) as part:
        made = _make_database(directory, Path(part))
        if not writable:
            yield made
            return
        for old in directory.glob(QUERY_DATABASE.format("*")):
            if old.is_file():
                old.unlink()
        os.replace(made, path)
    yield path


def _make_database(directory: Path, folder: Path) -> Path:
    """Copy the Parquet files into a new database in `folder`."""
    import pyarrow.parquet as pq

    from kg.graph.columns import arrow_schema
    from kg.graph.store import EDGES

    path = folder / "database"
    with _opened(path, read_only=False) as database, _connected(database) as connection:
        kinds: dict[str, str] = {}
        for kind in NodeKind:
            file = directory / f"{kind}.parquet"
            connection.execute(f"CREATE NODE TABLE `{kind}` ({_columns(arrow_schema(NODE_RECORDS[kind]))}, PRIMARY KEY (`id`))")
            connection.execute(f"COPY `{kind}` FROM {_text(file)}")
            kinds |= dict.fromkeys(pq.read_table(file, columns=["id"])["id"].to_pylist(), kind.value)
        edges = pq.read_table(directory / EDGES)
        ends = [(source, kind, target) for kind, joins in ALLOWED_ENDS.items() for source, target in joins]
        for edge_kind, joins in ALLOWED_ENDS.items():
            between = ", ".join(f"FROM `{source}` TO `{target}`" for source, target in joins)
            connection.execute(f"CREATE REL TABLE `{edge_kind}` ({between}, {_columns(arrow_schema(edge_record(edge_kind)))})")
        for source, edge_kind, target in ends:
            part = _edges_between(edges, kinds, source, edge_kind, target)
            if part.num_rows:
                file = folder / "edges.parquet"
                pq.write_table(part, file)
                connection.execute(f"COPY `{edge_kind}` FROM {_text(file)} (from='{source}', to='{target}')")
    return path


def _edges_between(edges: pa.Table, kinds: Mapping[str, str], source: NodeKind, kind: EdgeKind, target: NodeKind) -> pa.Table:
    """The edges of one kind between two kinds of nodes: source, target, then the properties."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from kg.graph.columns import arrow_schema

    of_kind = edges.filter(pc.equal(edges["kind"], kind.value))
    ends = zip(of_kind["source"].to_pylist(), of_kind["target"].to_pylist(), strict=True)
    chosen = pa.array([(kinds[a], kinds[b]) == (source.value, target.value) for a, b in ends], pa.bool_())
    return of_kind.filter(chosen).select(["source", "target", *arrow_schema(edge_record(kind)).names])


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"`{field.name}` {_type(field.type)}" for field in schema)


def _type(given: pa.DataType) -> str:
    """The engine's name of a column's type."""
    import pyarrow as pa

    if pa.types.is_list(given):
        return f"{_type(given.value_type)}[]"
    return {pa.string(): "STRING", pa.int64(): "INT64", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN", pa.date32(): "DATE"}[given]


def _text(path: Path) -> str:
    """A path as the engine's text."""
    return "'" + str(path.resolve()).replace("\\", "\\\\").replace("'", "\\'") + "'"


@contextlib.contextmanager
def _opened(path: Path, *, read_only: bool) -> Iterator[ladybug.Database]:
    import ladybug

    # A checkpoint a table costs more than the data of a small graph; closing writes one anyhow.
    database = ladybug.Database(
        str(path), read_only=read_only, auto_checkpoint=read_only, buffer_pool_size=_BUFFER_BYTES, max_db_size=_DATABASE_BYTES
    )
    with contextlib.closing(database):
        yield database


@contextlib.contextmanager
def _connected(database: ladybug.Database) -> Iterator[ladybug.Connection]:
    import ladybug

    with contextlib.closing(ladybug.Connection(database)) as connection:
        yield connection


def parameter(given: str) -> tuple[str, Any]:
    """Name and value of "name=value": the value is read as JSON where it is JSON, else as text; raises QueryError."""
    name, equals, text = given.partition("=")
    if not equals or not name.isidentifier():
        raise QueryError(f"parameter {excerpt(given)}", "write --param name=value")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text
