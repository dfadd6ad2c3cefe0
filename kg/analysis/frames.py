"""The graph as pandas frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kg.analysis.nodes import label, node_kind, on_our_graphs
from kg.analysis.tables import table
from schemas.errors import GraphError, excerpt
from schemas.graph import NODE_RECORDS, DerivedEdge, NodeKind, PaperEdge

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

_EDGE = ("source", "kind", "target", "source_name", "target_name")
_MENTION = ("paper", "kind", "target", "name", "confidence", "field", "start", "end", "form", "sentence")
_CHOICES = ("nodes", "edges", "mentions", *(f"{kind.lower()}s" for kind in NodeKind))


@on_our_graphs
def frame(graph: nx.MultiDiGraph, what: str) -> pd.DataFrame:
    """A part of `graph` as a frame: one row a node, edge or mention, in the order of the graph.

    `what` is "papers", "methods", "datasets", "tasks", "metrics" or "links" (columns: the properties of that kind, all of them,
    absent values missing), "nodes" (id, kind, name), "edges" (ends with their names, and the properties of all edges), or
    "mentions" (one row for each place in a text that supports an edge: paper, relation, target, field, half-open range, form,
    sentence). Years and counts are whole numbers, dates datetimes, lists lists. Raises GraphError for another `what`, and
    MissingExtraError without pandas.
    """
    if what == "nodes":
        return table("kg.frame", ("id", "kind", "name"), ((node, kind, label(graph, node)) for node, kind in graph.nodes(data="kind")))
    if what == "edges":
        properties = tuple(dict.fromkeys([*PaperEdge.model_fields, *DerivedEdge.model_fields]))
        return table("kg.frame", _EDGE + properties, _edges(graph, properties))
    if what == "mentions":
        return table("kg.frame", _MENTION, _mentions(graph))
    try:
        kind = node_kind(what)
    except GraphError as error:
        raise GraphError("frame", f"unknown {excerpt(what)}; choose one of {', '.join(_CHOICES)}") from error
    columns = tuple(NODE_RECORDS[kind].model_fields)
    rows = ([node, *map(values.get, columns[1:])] for node, values in graph.nodes(data=True) if values["kind"] == kind)
    return table("kg.frame", columns, rows)


def _edges(graph: nx.MultiDiGraph, properties: tuple[str, ...]) -> Iterator[list[Any]]:
    for source, target, values in graph.edges(data=True):
        yield [source, values["kind"], target, label(graph, source), label(graph, target), *map(values.get, properties)]


def _mentions(graph: nx.MultiDiGraph) -> Iterator[list[Any]]:
    for source, target, values in graph.edges(data=True):
        places = zip(*(values.get(name, ()) for name in ("fields", "starts", "ends", "forms", "evidence")), strict=True)
        for place in places:
            yield [source, values["kind"], target, label(graph, target), values["confidence"], *place]
