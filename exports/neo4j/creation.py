"""The first load of a label or type, of which the database has nothing yet: rows are created, not compared and not merged.

What is sent and what the server does for a row is kept small: a row is a list of values without their names, the ends of a
relationship are found by the server's own ids instead of an index, and all batches of a kind are one query, planned once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exports.neo4j.connection import Database
from exports.neo4j.layout import MARK, Ends
from exports.neo4j.rows import Row, properties
from schemas.graph import EdgeKind, NodeKind

Rows = list[list[Any]]


def nodes(batch: Sequence[Row], kind: NodeKind) -> tuple[str, Rows]:
    """A query that creates nodes, and its rows."""
    query = f"UNWIND $rows AS row CREATE (x:{kind} {_property_map(kind)})"
    return query, [[row["id"], *row["values"].values()] for row in batch]


def edges(batch: Sequence[Row], ends: Ends, ids: ElementIds) -> tuple[str, Rows]:
    """A query that creates relationships, and its rows.

    The server's ids only say where to look: a node that has another id of ours by now, or is none of this graph, is not taken.
    """
    sources, targets = ids.of(ends.source), ids.of(ends.target)
    first = 1 + len(properties(ends.kind))
    find = " ".join(f"MATCH ({end}) WHERE {_is_node(end, first + 2 * place)}" for place, end in enumerate("ab"))
    query = f"UNWIND $rows AS row {find} CREATE (a)-[x:{ends.kind} {_property_map(ends.kind)}]->(b)"
    return query, [
        [row["id"], *row["values"].values(), sources.get(row["source"]), row["source"], targets.get(row["target"]), row["target"]]
        for row in batch
    ]


class ElementIds:
    """The server's ids of this graph's nodes."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._ids: dict[NodeKind, dict[str, str]] = {}

    def of(self, kind: NodeKind) -> dict[str, str]:
        """Those of one label by our ids, read once."""
        if kind not in self._ids:
            query = f"MATCH (x:{kind}) WHERE x.{MARK} = $graph AND x.id IS NOT NULL RETURN x.id, elementId(x)"
            self._ids[kind] = dict(map(tuple, self._database.stream(query, graph=self._name)))
        return self._ids[kind]


def _property_map(kind: NodeKind | EdgeKind) -> str:
    """The properties of a new node or relationship, in the order of a row; null is none."""
    return f"{{{MARK}: $graph, {', '.join(f'{name}: row[{place}]' for place, name in enumerate(['id', *properties(kind)]))}}}"


def _is_node(end: str, place: int) -> str:
    return f"elementId({end}) = row[{place}] AND {end}.{MARK} = $graph AND {end}.id = row[{place + 1}]"
