"""What matters most in a graph, by several measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from kg.analysis.nodes import label, node_kind, on_our_graphs, paper_entity_graph
from kg.analysis.tables import check_extra, table
from schemas.errors import GraphError, excerpt

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

_SAMPLE = 500  # starts of shortest paths, where there are more nodes


class Leader(NamedTuple):
    """A node and how central it is."""

    name: str
    score: float
    n_papers: int | None  # None for papers and links
    id: str


@on_our_graphs
def leading(graph: nx.MultiDiGraph, kind: str = "Method", *, by: str = "papers", top: int = 20) -> pd.DataFrame:
    """The nodes of a kind that matter most.

    `by` is "papers" (the number of papers that speak of it; of a paper, the number of things it speaks of), or a centrality on
    the undirected graph in which each two joined nodes have one edge of weight 1: "pagerank" (the share of a random walk that starts anew
    with probability 0.15: Page, Brin, Motwani and Winograd 1999), "betweenness" (the share of shortest paths that pass it:
    Freeman 1977; from a sample of 500 nodes where there are more: Brandes and Pich 2007) or "harmonic" (Σ 1 / distance to every
    other node: Boldi and Vigna 2014). Columns: those of a Leader. Raises GraphError for an unknown kind or measure, and
    MissingExtraError without pandas, or without SciPy for "pagerank".
    """
    return table("kg.leading", Leader._fields, leading_rows(graph, kind, by=by, top=top))


def leading_rows(graph: nx.MultiDiGraph, kind: str = "Method", *, by: str = "papers", top: int = 20) -> list[Leader]:
    """The rows of `leading`."""
    chosen = node_kind(kind)
    if by not in MEASURES:
        raise GraphError("measure", f"unknown {excerpt(by)}; choose one of {', '.join(MEASURES)}")
    nodes = [node for node, own in graph.nodes(data="kind") if own == chosen]
    scores = {node: round(score, 9) for node, score in MEASURES[by](graph).items()}  # the order of a sum changes its last digits
    best = sorted(nodes, key=lambda node: (-scores[node], label(graph, node), node))[:top]
    return [Leader(label(graph, node), scores[node], graph.nodes[node].get("n_papers"), node) for node in best]


def _papers(graph: nx.MultiDiGraph) -> Mapping[str, float]:
    return dict(paper_entity_graph(graph).degree())


def _pagerank(graph: nx.MultiDiGraph) -> Mapping[str, float]:
    import networkx as nx

    check_extra("kg.leading by pagerank", "scipy")
    return cast(Mapping[str, float], nx.pagerank(nx.Graph(graph), weight=None))


def _betweenness(graph: nx.MultiDiGraph) -> Mapping[str, float]:
    import networkx as nx

    sample = _SAMPLE if len(graph) > _SAMPLE else None
    return cast(Mapping[str, float], nx.betweenness_centrality(nx.Graph(graph), k=sample, seed=0))


def _harmonic(graph: nx.MultiDiGraph) -> Mapping[str, float]:
    import networkx as nx

    return cast(Mapping[str, float], nx.harmonic_centrality(nx.Graph(graph)))


MEASURES: dict[str, Callable[[nx.MultiDiGraph], Mapping[str, float]]] = {
    "papers": _papers,
    "pagerank": _pagerank,
    "betweenness": _betweenness,
    "harmonic": _harmonic,
}
