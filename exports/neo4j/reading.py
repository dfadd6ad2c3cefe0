"""Reading a graph back from a Neo4j server: the records of its nodes and edges, as the schema has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import neo4j.time
from pydantic import ValidationError

from exports.neo4j import layout
from exports.neo4j.connection import Database, connect, login
from exports.neo4j.layout import LONG_ID, MARK, record_of
from schemas.errors import GraphError, ServerError, excerpt
from schemas.graph import EdgeKind, NodeKind
from schemas.paper import Record

Nodes = dict[tuple[NodeKind, str], Record]
Edges = dict[tuple[str, EdgeKind, str], Record]


def read_records(
    uri: str, *, user: str | None = None, password: str | None = None, database: str | None = None, name: str = layout.DEFAULT_NAME
) -> tuple[Nodes, Edges]:
    """The nodes by label and id, and the edges by source, type and target, of the graph called `name`.

    Properties that are not of the schema are left out. Raises ServerError when there is no such graph, GraphError when a
    node or relationship does not fit the schema.
    """
    layout.checked_name(name)
    to = login(uri, user, password, database)
    with connect(to) as connected:
        nodes = {place: record for kind in NodeKind for place, record in _nodes(connected, kind, name).items()}
        if not nodes:
            raise ServerError(to.uri, f"the database has no graph {name!r}{_others(connected)}")
        return nodes, {place: record for kind in EdgeKind for place, record in _edges(connected, kind, name).items()}


def _nodes(database: Database, kind: NodeKind, name: str) -> Nodes:
    query = f"MATCH (x:{kind}) WHERE x.{MARK} = $graph AND x.id IS NOT NULL RETURN properties(x) AS x"
    records = (_record(kind, row["x"]) for row in database.stream(query, graph=name))
    return {(kind, given_id): record for given_id, record in records}


def _edges(database: Database, kind: EdgeKind, name: str) -> Edges:
    ends = ", ".join(f"coalesce({end}.{LONG_ID}, {end}.id)" for end in "ab")
    query = f"MATCH (a)-[x:{kind}]->(b) WHERE x.{MARK} = $graph AND x.id IS NOT NULL RETURN properties(x), {ends}"
    rows = map(tuple, database.stream(query, graph=name))
    return {(source, kind, target): _record(kind, values)[1] for values, source, target in rows}


def _record(kind: NodeKind | EdgeKind, values: Mapping[str, Any]) -> tuple[str, Record]:
    """The id and the record of a node or relationship; raises GraphError."""
    fields = record_of(kind).model_fields
    known = {name: _value(value) for name, value in values.items() if name in fields}
    given_id = str(values.get(LONG_ID, values["id"]))
    try:
        return given_id, record_of(kind).model_validate(known | {"id": given_id})
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{kind} {excerpt(given_id)}"
        raise GraphError(where, f"in the database does not fit the schema: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _value(value: Any) -> Any:
    return value.to_native() if isinstance(value, neo4j.time.Date) else value


def _others(database: Database) -> str:
    """The names of the graphs that there are."""
    query = f"MATCH (x) WHERE x.{MARK} IS NOT NULL RETURN DISTINCT x.{MARK} AS name ORDER BY name LIMIT 20"
    names = [excerpt(str(record["name"])) for record in database.stream(query)]
    return f"; it has {', '.join(names)}" if names else " and none other of ours"
