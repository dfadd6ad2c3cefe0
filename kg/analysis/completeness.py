"""How much of what a reader looks for the papers of a graph have."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from schemas.graph import EdgeKind, NodeKind

if TYPE_CHECKING:
    import networkx as nx


class Share(NamedTuple):
    """How many papers have something."""

    what: str
    n_papers: int
    share: float  # 0 to 1; 0 of no papers


def share_rows(graph: nx.MultiDiGraph) -> list[Share]:
    """The rows of `coverage`: for each of what papers may have, how many do."""
    papers = [node for node, kind in graph.nodes(data="kind") if kind == NodeKind.PAPER]
    counts = {what: sum(has(graph, paper) for paper in papers) for what, has in _LOOKED_FOR.items()}
    return [Share(what, count, count / max(1, len(papers))) for what, count in counts.items()]


def _speaks_of(kind: NodeKind) -> Callable[[nx.MultiDiGraph, str], bool]:
    return lambda graph, paper: any(graph.nodes[other]["kind"] == kind for other in graph[paper])


def _has_edge(kind: EdgeKind) -> Callable[[nx.MultiDiGraph, str], bool]:
    return lambda graph, paper: any(own == kind for _, _, own in graph.out_edges(paper, data="kind"))


_LOOKED_FOR: dict[str, Callable[[nx.MultiDiGraph, str], bool]] = {
    "abstract": lambda graph, paper: bool(graph.nodes[paper]["abstract"].strip()),
    "year": lambda graph, paper: bool(graph.nodes[paper].get("year")),
    "method": _speaks_of(NodeKind.METHOD),
    "method of its own": _has_edge(EdgeKind.PROPOSES),
    "dataset": _speaks_of(NodeKind.DATASET),
    "dataset of its own": _has_edge(EdgeKind.INTRODUCES),
    "task": _speaks_of(NodeKind.TASK),
    "metric": _speaks_of(NodeKind.METRIC),
    "code": lambda graph, paper: any(graph.nodes[other].get("link_kind") == "code" for other in graph[paper]),
}
