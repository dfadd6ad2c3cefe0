"""A script of Cypher that makes a graph in any Neo4j, by cypher-shell, Neo4j Browser or Aura's query window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import networkx as nx

from exports.neo4j import layout
from exports.neo4j.layout import CONSTRAINTS, MARK, TEXT_INDEXES
from exports.neo4j.literals import literal
from exports.neo4j.rows import Row, batches, edge_rows, ends_in, node_rows
from exports.report import ExportReport
from schemas.graph import NodeKind
from schemas.layout import Layout
from schemas.writing import whole_file

# A query window takes statements of this size without trouble.
_MAX_ROWS = 200
_MAX_CHARACTERS = 200_000


def write(
    graph: nx.MultiDiGraph,
    target: Path,
    places: Layout | None = None,
    *,
    name: str = layout.DEFAULT_NAME,
) -> ExportReport:
    """Write the script; it adds and updates, running it again changes nothing, and it removes nothing."""
    layout.checked_name(name)
    with whole_file(target) as stream:
        stream.write(f"// The graph {name}: {len(graph)} nodes, {graph.number_of_edges()} relationships. Run it as often as you like.\n")
        for statement in (*preparation(), *_data(graph, name)):
            stream.write(f"{statement};\n")
    return ExportReport(target, len(graph), graph.number_of_edges(), ("it removes nothing that the database holds",))


def preparation() -> Iterator[str]:
    """Statements that make constraints and indexes."""
    yield from (constraint.statement for constraint in CONSTRAINTS)
    yield from (index.statement for index in TEXT_INDEXES)
    yield "CALL db.awaitIndexes(300)"


def _data(graph: nx.MultiDiGraph, name: str) -> Iterator[str]:
    mark = f"{MARK}: {literal(name)}"
    for kind in NodeKind:
        for batch in _batches(node_rows(graph, kind)):
            yield f"{_unwind(batch)} MERGE (x:{kind} {{{mark}, id: row.id}}) SET x += row.values"
    for ends in ends_in(graph):
        for batch in _batches(edge_rows(graph, ends)):
            yield (
                f"{_unwind(batch)} MATCH (a:{ends.source} {{{mark}, id: row.source}}) MATCH (b:{ends.target} {{{mark}, id: row.target}}) "
                f"MERGE (a)-[x:{ends.kind} {{{mark}, id: row.id}}]->(b) SET x += row.values"
            )


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    return batches(rows, _MAX_ROWS, _MAX_CHARACTERS)


def _unwind(batch: list[Row]) -> str:
    return "UNWIND [\n" + ",\n".join(map(literal, batch)) + "\n] AS row"
