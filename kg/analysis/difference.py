"""What one graph has that another has not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.analysis.nodes import label, speakers
from kg.analysis.tables import table
from schemas.graph import EdgeKind, NodeKind

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


class Difference(NamedTuple):
    """Something that differs between two graphs."""

    change: str  # count, new, gone, more, fewer, merged or split
    kind: str  # of the node; for count also of edges
    name: str  # "" for count
    before: int  # for count and merged or split nodes their number, else the number of papers that speak of it
    after: int


_ORDER = ("count", "new", "gone", "more", "fewer", "merged", "split")


def compare(before: nx.MultiDiGraph, after: nx.MultiDiGraph) -> pd.DataFrame:
    """What differs in `after`: numbers of nodes and edges of each kind; nodes that are new, gone, merged or split; and entities that
    more or fewer papers speak of.

    An entity is followed by the ids of its members, so a node whose id changed is the same node; a paper or link by its id. In each
    change by kind, the largest difference first. Columns: those of a Difference. Raises MissingExtraError without pandas.
    """
    return table("kg.compare", Difference._fields, difference_rows(before, after))


def difference_rows(before: nx.MultiDiGraph, after: nx.MultiDiGraph) -> list[Difference]:
    """The rows of `compare`."""
    rows = [*_counts(before, after), *_nodes(before, after)]
    kinds = [*NodeKind, *EdgeKind]
    return sorted(rows, key=lambda row: (_ORDER.index(row.change), kinds.index(row.kind), -abs(row.after - row.before), row.name))


def _counts(before: nx.MultiDiGraph, after: nx.MultiDiGraph) -> list[Difference]:
    one, two = (Counter([k for _, k in g.nodes(data="kind")] + [k for _, _, k in g.edges(data="kind")]) for g in (before, after))
    return [Difference("count", kind, "", one[kind], two[kind]) for kind in [*NodeKind, *EdgeKind] if one[kind] != two[kind]]


def _nodes(before: nx.MultiDiGraph, after: nx.MultiDiGraph) -> Iterator[Difference]:
    old, new = _by_part(before), _by_part(after)
    for node, values in after.nodes(data=True):
        parts = _found(old, node, values)
        kind, name = values["kind"], label(after, node)
        if not parts:
            yield Difference("new", kind, name, 0, len(speakers(after, node)))
        elif len(parts) > 1:
            yield Difference("merged", kind, f"{_names(before, parts)} -> {name}", len(parts), 1)
        elif len(_found(new, *_item(before, parts))) == 1:
            yield from _papers(before, parts, after, node)
    for node, values in before.nodes(data=True):
        parts = _found(new, node, values)
        kind, name = values["kind"], label(before, node)
        if not parts:
            yield Difference("gone", kind, name, len(speakers(before, node)), 0)
        elif len(parts) > 1:
            yield Difference("split", kind, f"{name} -> {_names(after, parts)}", 1, len(parts))


def _papers(before: nx.MultiDiGraph, parts: set[str], after: nx.MultiDiGraph, node: str) -> Iterator[Difference]:
    """A node that is one on both sides, where the numbers of papers differ."""
    then, now = len(speakers(before, *parts)), len(speakers(after, node))
    if then != now:
        yield Difference("more" if now > then else "fewer", after.nodes[node]["kind"], label(after, node), then, now)


def _by_part(graph: nx.MultiDiGraph) -> dict[str, str]:
    return {part: node for node, values in graph.nodes(data=True) for part in (node, *values.get("merged_ids", ()))}


def _found(by_part: Mapping[str, str], node: str, values: Mapping[str, Any]) -> set[str]:
    """The nodes of the other graph that share a member with a node."""
    return {by_part[part] for part in (node, *values.get("merged_ids", ())) if part in by_part}


def _item(graph: nx.MultiDiGraph, parts: set[str]) -> tuple[str, Mapping[str, Any]]:
    (node,) = parts
    return node, graph.nodes[node]


def _names(graph: nx.MultiDiGraph, nodes: set[str]) -> str:
    return ", ".join(sorted(label(graph, node) for node in nodes))
