"""Cypher on a graph directory with no server: the embedded engine ladybug, read only (extra `paperkg[query]`)."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import MissingExtraError, QueryError, excerpt, one_line

if TYPE_CHECKING:
    import ladybug


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
    from kg.query_database import connected

    with connected(Path(directory)) as connection:
        yield EmbeddedGraph(connection)


class EmbeddedGraph:
    """An open database."""

    def __init__(self, connection: ladybug.Connection) -> None:
        self._connection = connection

    def run(self, cypher: str, parameters: Mapping[str, Any] | None = None) -> Answer:
        """The answer of one query; raises QueryError."""
        check_only_reads(cypher)
        given = dict(parameters or {})
        missing = [name for name in _PARAMETERS.findall(_bare(cypher)) if name not in given]
        if missing:  # the engine would take it for null
            raise QueryError(f"no value of the parameter ${missing[0]}", f"give it with --param {missing[0]}=value")
        try:
            result = self._executed(cypher, given)
            one = result[-1] if isinstance(result, list) else result
            return Answer(tuple(one.get_column_names()), tuple([_plain(value) for value in values] for values in one))
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            raise QueryError(_first_line(str(error)), hint_for(cypher)) from error

    def _executed(self, cypher: str, parameters: dict[str, Any]) -> ladybug.QueryResult | list[ladybug.QueryResult]:
        """The engine works in a thread of its own: in this one it would keep Ctrl-C waiting until it is done."""
        with ThreadPoolExecutor(1) as thread:
            answer = thread.submit(self._connection.execute, cypher, parameters)
            try:
                return answer.result()
            except KeyboardInterrupt:
                self._connection.interrupt()
                raise


_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`|//[^\n]*|/\*.*?\*/""", re.DOTALL)
_READS = re.compile(r"(?:(?:EXPLAIN|PROFILE)\s+)?(?:MATCH|OPTIONAL|UNWIND|WITH|RETURN|CALL\s+[\w.]+\s*\()", re.IGNORECASE)
_FILES = re.compile(r"\bLOAD\s+(?:FROM|WITH)\b", re.IGNORECASE)
_PARAMETERS = re.compile(r"\$(\w+)")
_CALLS = re.compile(r"\bCALL\s+([\w.]+|'')\s*\(", re.IGNORECASE)  # '': a name in backticks
# Those that tell of the database; of the others some read files, some end the process.
_TELLS = re.compile(
    r"show_\w+|table_info|current_setting|db_version|catalog_version|(?:stats|storage|disk_size|fsm|bm)_info", re.IGNORECASE
)


def _bare(cypher: str) -> str:
    """The query with every text empty and without comments."""
    return _QUOTED.sub(lambda match: "''" if match.group()[0] in "'\"`" else " ", cypher).strip().rstrip(";").strip()


def check_only_reads(cypher: str) -> None:
    """Raise QueryError unless `cypher` is one query that reads the graph.

    The database is open read only; this refuses what would still write or read other files (COPY TO, EXPORT, LOAD FROM ...).
    """
    bare = _bare(cypher)
    if not bare:
        raise QueryError("the query is empty", "such as MATCH (p:Paper) RETURN p.title LIMIT 10")
    if ";" in bare:
        raise QueryError("more than one query", "give one at a time")
    if not _READS.match(bare) or _FILES.search(bare):
        raise QueryError(
            f"not a query that reads the graph: {excerpt(cypher)}", "kg query never writes; begin with MATCH, UNWIND, WITH, RETURN"
        )
    for procedure in _CALLS.findall(bare):
        if not _TELLS.fullmatch(procedure):
            raise QueryError(f"no procedure {excerpt(procedure)} here", hint_for(cypher))


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
    """What to write instead of something that Neo4j has and the engine has not; where nothing is known, what prints the labels."""
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


def parameter(given: str) -> tuple[str, Any]:
    """Name and value of "name=value": the value is read as JSON where it is JSON, else as text; raises QueryError."""
    name, equals, text = given.partition("=")
    if not equals or not name.isidentifier():
        raise QueryError(f"parameter {excerpt(given)}", "write --param name=value")
    try:
        return name, json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return name, text


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")
