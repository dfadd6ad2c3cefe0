"""What one graph has that another has not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.analysis.nodes import label, on_our_graphs, speakers
from kg.analysis.tables import table
from schemas.graph import EdgeKind, NodeKind
from schemas.ids import content_key, paper_id

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


_TEXT = "sha:"  # of ids that stand for a text
_ORDER = ("count", "new", "gone", "more", "fewer", "merged", "split")


@on_our_graphs
def compare(before: nx.MultiDiGraph, after: nx.MultiDiGraph) -> pd.DataFrame:
    """What differs in `after`: numbers of nodes and edges of each kind; nodes that are new, gone, merged or split; and entities that
    more or fewer papers speak of.

    An entity is followed by the ids of its members, so a node whose id changed is the same node; a paper by its id, arXiv id or
    DOI, and where one of the two has none by equal title and abstract start (schemas.ids.content_key); a link by its id. In
    each change by kind, the largest difference first. Columns: those of a Difference. Raises MissingExtraError without pandas.
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
    found: dict[str, str] = {node: node for node in graph}
    for node, values in graph.nodes(data=True):
        for part in _parts(node, values):
            found.setdefault(part, node)
    return found


def _parts(node: str, values: Mapping[str, Any]) -> list[str]:
    """What a node is known by in another graph."""
    if values["kind"] != NodeKind.PAPER:
        return [node, *values.get("merged_ids", ())]
    named = [f"{scheme}:{values[name]}" for scheme, name in (("arxiv", "arxiv_id"), ("doi", "doi")) if values.get(name)]
    return [node, *named, paper_id(None, None, content_key(values["title"], values["abstract"]))]


def _found(by_part: Mapping[str, str], node: str, values: Mapping[str, Any]) -> set[str]:
    """The nodes of the other graph that share a part with a node; a text is one only where one of the papers has no id."""
    shared = [(part, by_part[part]) for part in _parts(node, values) if part in by_part]
    return {other for part, other in shared if not part.startswith(_TEXT) or node.startswith(_TEXT) or other.startswith(_TEXT)}


def _item(graph: nx.MultiDiGraph, parts: set[str]) -> tuple[str, Mapping[str, Any]]:
    (node,) = parts
    return node, graph.nodes[node]


def _names(graph: nx.MultiDiGraph, nodes: set[str]) -> str:
    return ", ".join(sorted(label(graph, node) for node in nodes))
