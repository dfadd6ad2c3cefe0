"""Papers that speak of the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kg.analysis.nodes import find_node, label, on_our_graphs, paper_entity_graph
from kg.analysis.tables import table
from schemas.graph import NodeKind

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


class SimilarPaper(NamedTuple):
    """A paper that shares entities with another."""

    score: float
    title: str
    year: int | None
    shared: list[str]  # names, the rarest first
    id: str


@on_our_graphs
def similar_papers(graph: nx.MultiDiGraph, paper: str, *, top: int = 10) -> pd.DataFrame:
    """The papers most like `paper` (an id, arXiv id or title), by the entities that they share, rare ones counting more.

    `score` is Σ 1 / ln(n) over the shared entities and links, n being the number of papers that speak of one (Adamic and Adar
    2003, Friends and neighbors on the web). Columns: those of a SimilarPaper. Raises GraphError when there is no such paper, and
    MissingExtraError without pandas.
    """
    return table("kg.similar_papers", SimilarPaper._fields, similar_rows(graph, paper, top=top))


def similar_rows(graph: nx.MultiDiGraph, paper: str, *, top: int = 10) -> list[SimilarPaper]:
    """The rows of `similar_papers`."""
    import networkx as nx

    start = find_node(graph, paper, [NodeKind.PAPER])
    joined = paper_entity_graph(graph)
    others = {other for entity in joined[start] for other in joined[entity]} - {start}
    scored = [(round(score, 9), other) for _, other, score in nx.adamic_adar_index(joined, [(start, other) for other in sorted(others)])]
    # Rounded, since the order of a sum changes its last digits.
    best = sorted(scored, key=lambda item: (-item[0], label(graph, item[1]), item[1]))[:top]
    return [
        SimilarPaper(score, label(graph, other), graph.nodes[other].get("year"), _shared(graph, joined, start, other), other)
        for score, other in best
    ]


def _shared(graph: nx.MultiDiGraph, joined: nx.Graph, one: str, other: str) -> list[str]:
    import networkx as nx

    shared = nx.common_neighbors(joined, one, other)
    return [label(graph, node) for node in sorted(shared, key=lambda node: (joined.degree(node), label(graph, node), node))]
