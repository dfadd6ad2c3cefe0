"""What papers speak of together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kg.analysis.nodes import entity_kind, label, on_our_graphs, paper_entity_graph
from kg.analysis.tables import table
from schemas.graph import NodeKind

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


class Pair(NamedTuple):
    """Two entities that papers speak of together."""

    a: str  # name
    b: str
    n_papers: int  # of both
    n_a: int  # of the one
    n_b: int  # of the other
    lift: float  # how many times more often than if they were independent
    a_id: str
    b_id: str


@on_our_graphs
def co_occurrence(graph: nx.MultiDiGraph, kind: str = "Dataset", other: str | None = None, *, min_papers: int = 2) -> pd.DataFrame:
    """Pairs of entities of a kind (with `other`: one of each kind) by the number of papers that speak of both, highest first.

    `lift` is P(a and b) / (P(a) P(b)) = n_papers N / (n_a n_b) over the N papers of the graph, above 1 for those that attract
    each other (Brin, Motwani, Ullman and Tsur 1997, Dynamic itemset counting, where it is called interest). Counts every
    relation; `subgraph(graph, kinds=["USES"])` counts only what is used. Pairs of fewer than `min_papers` papers are left out.
    Columns: those of a Pair. Raises GraphError for an unknown kind, and MissingExtraError without pandas.
    """
    return table("kg.co_occurrence", Pair._fields, pair_rows(graph, kind, other, min_papers=min_papers))


def pair_rows(graph: nx.MultiDiGraph, kind: str = "Dataset", other: str | None = None, *, min_papers: int = 2) -> list[Pair]:
    """The rows of `co_occurrence`."""
    import networkx as nx

    first, second = entity_kind(kind), entity_kind(other or kind)
    joined = paper_entity_graph(graph, first, second)
    papers = {node for node, own in graph.nodes(data="kind") if own == NodeKind.PAPER}
    entities = [node for node in joined if node not in papers]
    if not papers:
        return []
    shared = nx.bipartite.weighted_projected_graph(joined, entities)
    rows = []
    for one, two, weight in shared.edges(data="weight"):
        a, b = sorted((one, two), key=lambda node: (graph.nodes[node]["kind"] != first, label(graph, node), node))
        if weight >= min_papers and (graph.nodes[a]["kind"], graph.nodes[b]["kind"]) == (first, second):
            n_a, n_b = joined.degree(a), joined.degree(b)
            rows.append(Pair(label(graph, a), label(graph, b), weight, n_a, n_b, weight * len(papers) / (n_a * n_b), a, b))
    return sorted(rows, key=lambda row: (-row.n_papers, -row.lift, row.a, row.b, row.a_id, row.b_id))
