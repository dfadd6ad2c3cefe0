"""Nodes and edges as rows: flat values that Neo4j can hold, in the order of the graph, in batches of bounded size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import networkx as nx

from exports.neo4j.layout import ALL_ENDS, LONG_ID, Ends, record_of, stored_id
from schemas.graph import EdgeKind, NodeKind

Row = dict[str, Any]  # "id", for an edge "source" and "target", and "values": every property of the schema, None where absent
Progress = Callable[[Iterable[Row], str, int], Iterable[Row]]  # passes rows on while telling how far they are of a total

MAX_ROWS = 5000
MAX_CHARACTERS = 4_000_000  # of text in one batch: abstracts may be long, and a server's memory for one transaction is bounded


def node_rows(graph: nx.MultiDiGraph, kind: NodeKind) -> Iterator[Row]:
    """The nodes of one label."""
    for node, values in graph.nodes(data=True):
        if values["kind"] == kind:
            yield node_row(node, values, kind)


def edge_rows(graph: nx.MultiDiGraph, ends: Ends) -> Iterator[Row]:
    """The edges of one type between two labels."""
    kinds = graph.nodes(data="kind")
    sources = [node for node, kind in kinds if kind == ends.source]
    for source, target, key, values in graph.edges(sources, keys=True, data=True):
        if values["kind"] == ends.kind and kinds[target] == ends.target:
            yield edge_row(source, target, key, values, ends.kind)


def node_row(node: str, values: Mapping[str, Any], kind: NodeKind) -> Row:
    """The row of a node, given its id and properties."""
    return {"id": stored_id(node), "values": _values(node, values, kind)}


def edge_row(source: str, target: str, key: str, values: Mapping[str, Any], kind: EdgeKind) -> Row:
    """The row of an edge, given its ends, its id and properties."""
    return {"id": stored_id(key), "source": stored_id(source), "target": stored_id(target), "values": _values(key, values, kind)}


def ends_in(graph: nx.MultiDiGraph) -> dict[Ends, int]:
    """What the edges of the graph join, in the order of the schema, and how many of each."""
    kinds = graph.nodes(data="kind")
    found = Counter((kinds[source], kind, kinds[target]) for source, target, kind in graph.edges(data="kind"))
    counts = {ends: found[ends.source, ends.kind, ends.target] for ends in ALL_ENDS}
    return {ends: count for ends, count in counts.items() if count}


@cache
def properties(kind: NodeKind | EdgeKind) -> dict[str, Any]:
    """Every property of the schema but the id, and its value where a graph has none: a list that is absent is empty."""
    fields = record_of(kind).model_fields.items()
    defaults = {name: field.get_default() for name, field in fields if name != "id"}
    return {LONG_ID: None} | {name: list(value) if isinstance(value, tuple) else value for name, value in defaults.items()}


def _values(given_id: str, values: Mapping[str, Any], kind: NodeKind | EdgeKind) -> Row:
    """Every property of the schema but the id."""
    out = {name: values.get(name, absent) for name, absent in properties(kind).items()}
    for name, value in out.items():
        if isinstance(value, tuple):
            out[name] = list(value)
    return out if stored_id(given_id) == given_id else out | {LONG_ID: given_id}


def batches(rows: Iterable[Row], max_rows: int = MAX_ROWS, max_characters: int = MAX_CHARACTERS) -> Iterator[list[Row]]:
    """Rows in lists of at most `max_rows`, and of at most `max_characters` of text where a list has more than one."""
    batch: list[Row] = []
    room = max_characters
    for row in rows:
        size = _characters(row)
        if batch and (len(batch) == max_rows or size > room):
            yield batch
            batch, room = [], max_characters
        batch.append(row)
        room -= size
    if batch:
        yield batch


def _characters(row: Row) -> int:
    """The length of all texts of a row's values, those in lists too."""
    size = 0
    for value in row["values"].values():
        if isinstance(value, str):
            size += len(value)
        elif isinstance(value, list) and value and isinstance(value[0], str):  # the items of a list are of one type
            size += len("".join(value))
    return size
