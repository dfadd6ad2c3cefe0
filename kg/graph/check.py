"""Checking a graph against the schema: kinds, allowed ends, properties."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import networkx as nx
from pydantic import ValidationError

from schemas.errors import GraphError, excerpt
from schemas.graph import ALLOWED_ENDS, NODE_RECORDS, EdgeKind, NodeKind, edge_record
from schemas.paper import Record


def check_graph(graph: nx.MultiDiGraph) -> None:
    """Raise GraphError naming the first problem and the number of all, if there is one."""
    problems = list(find_problems(graph))
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise GraphError("graph", f"does not fit the schema: {problems[0]}{more}; kg schema prints it")


def find_problems(graph: nx.MultiDiGraph) -> Iterator[str]:
    """One line for each node or edge that does not fit."""
    for node, values in graph.nodes(data=True):
        problem = _node_problem(node, values)
        if problem:
            yield f"node {excerpt(str(node))}: {problem}"
    for source, target, key, values in graph.edges(keys=True, data=True):
        problem = _edge_problem(graph, source, target, key, values)
        if problem:
            yield f"edge {excerpt(str(source))} -> {excerpt(str(target))}: {problem}"


def node_record(node: object, values: dict[str, Any]) -> Record:
    """The record of a node; raises ValueError (ValidationError) when it does not fit."""
    kind = NodeKind(str(values.get("kind")))
    return NODE_RECORDS[kind].model_validate({"id": node} | {k: v for k, v in values.items() if k != "kind"})


def edge_values(values: dict[str, Any]) -> Record:
    """The record of an edge; raises ValueError (ValidationError) when it does not fit."""
    kind = EdgeKind(str(values.get("kind")))
    return edge_record(kind).model_validate({k: v for k, v in values.items() if k != "kind"})


def _node_problem(node: object, values: dict[str, Any]) -> str:
    try:
        node_record(node, values)
    except ValueError as error:
        return _short(error)
    return ""


def _edge_problem(graph: nx.MultiDiGraph, source: object, target: object, key: object, values: dict[str, Any]) -> str:
    try:
        record = edge_values(values)
    except ValueError as error:
        return _short(error)
    ends = tuple(graph.nodes[node].get("kind") for node in (source, target))
    if ends not in ALLOWED_ENDS[EdgeKind(values["kind"])]:
        return f"{values['kind']} cannot join {ends[0]} to {ends[1]}"
    if key != getattr(record, "id", None):
        return f"its key {excerpt(str(key))} is not its id"
    lists = [len(values.get(name, ())) for name in ("evidence", "fields", "starts", "ends", "forms")]
    return "" if len(set(lists)) == 1 else f"evidence lists of different lengths {lists}"


def _short(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
