"""Topics: groups of papers and of what they speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kg.analysis.nodes import label, on_our_graphs, speakers
from kg.analysis.tables import table
from schemas.graph import NodeKind

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

_NAMED = frozenset({NodeKind.METHOD, NodeKind.DATASET, NodeKind.TASK})


class Community(NamedTuple):
    """A topic."""

    name: str  # of the two entities that most of its papers share; "" where they share none
    n_papers: int
    n_nodes: int
    entities: list[str]  # names of its methods, datasets and tasks, those of most of its papers first
    papers: list[str]  # titles
    ids: list[str]  # of all its nodes


@on_our_graphs
def communities(graph: nx.MultiDiGraph) -> pd.DataFrame:
    """The topics of the graph, the largest first: the same that the page draws as discs.

    Louvain's method (Blondel, Guillaume, Lambiotte and Lefebvre 2008, Fast unfolding of communities in large networks; seed 0)
    on papers and what at least two of them share, each edge weighing 1 / √(degree of one end × degree of the other); groups of
    fewer than five nodes join the one they are tied to most, those of more than 700 are divided again. Papers that share nothing
    are in none. Columns: those of a Community. Raises MissingExtraError without pandas.
    """
    return table("kg.communities", Community._fields, community_rows(graph))


def community_rows(graph: nx.MultiDiGraph) -> list[Community]:
    """The rows of `communities`."""
    from kg.graph.topics import find_topics, only_papers, topic_name

    owned = only_papers(graph)
    groups, _ = find_topics(graph, [node for node in graph if node not in owned])
    return [_community(graph, topic_name(graph, members), members) for members in groups]


def _community(graph: nx.MultiDiGraph, name: str, members: list[str]) -> Community:
    kinds = graph.nodes.data("kind")
    papers = {node for node in members if kinds[node] == NodeKind.PAPER}
    counts = {node: len(papers & speakers(graph, node)) for node in members if kinds[node] in _NAMED}
    entities = sorted(counts, key=lambda node: (-counts[node], label(graph, node), node))
    titles = sorted(label(graph, paper) for paper in papers)
    return Community(name, len(papers), len(members), [label(graph, node) for node in entities], titles, sorted(members))
