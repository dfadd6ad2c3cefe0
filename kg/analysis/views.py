"""Parts of a graph, as graphs of their own that fit the schema."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable
from itertools import chain, islice
from typing import TYPE_CHECKING, SupportsIndex

from kg.analysis.nodes import find_node, node_kind, on_our_graphs, speakers
from schemas.errors import GraphError, excerpt
from schemas.graph import EdgeKind, NodeKind

if TYPE_CHECKING:
    import networkx as nx


@on_our_graphs
def subgraph(
    graph: nx.MultiDiGraph,
    *,
    kinds: str | Collection[str] | None = None,
    years: int | tuple[int, int] | None = None,
    min_confidence: float = 0.0,
    around: str | Collection[str] | None = None,
    hops: int = 1,
) -> nx.MultiDiGraph:
    """The part of `graph` that all filters leave, as a graph of its own; `graph` stays as it is.

    `years` (one, or first and last) keeps the papers of these years, none without a year; `min_confidence` (0 to 1) the paper
    edges at least as sure. What then no paper speaks of goes, and `n_papers`, `papers` and `weight` count what is left. `kinds`
    keeps nodes of these kinds ("Method") and, where it names any, edges of these kinds ("USES"). `around` (ids or names) keeps
    what is at most `hops` edges away, in any direction, by what the other filters leave. Raises GraphError for a kind or a
    name that is not there, and for years, a confidence or hops that can leave nothing.
    """
    node_kinds, edge_kinds = _kinds([kinds] if isinstance(kinds, str) else kinds or ())
    _check_numbers(min_confidence, hops)
    kept = _of_papers(graph, None if years is None else _span(years), min_confidence)
    if kinds:
        kept.remove_nodes_from([node for node, kind in kept.nodes(data="kind") if kind not in node_kinds])
        kept.remove_edges_from([edge[:3] for edge in kept.edges(keys=True, data="kind") if edge[3] not in edge_kinds])
    if around is not None:
        names = [around] if isinstance(around, str) else around
        near = _near(kept, [find_node(kept, name) for name in names], hops)
        kept.remove_nodes_from([node for node in kept if node not in near])  # a view's order would differ from run to run
    return kept


def _kinds(names: Collection[str]) -> tuple[set[NodeKind], set[EdgeKind]]:
    """The kinds that are named; all nodes or all edges where none of them is."""
    edges = {EdgeKind(name) for name in names if name in set(EdgeKind)}
    others = [name for name in names if name not in set(EdgeKind)]
    try:
        nodes = {node_kind(name) for name in others}
    except GraphError as error:
        choices = ", ".join(chain(NodeKind, EdgeKind))
        raise GraphError("kinds", f"unknown kind among {', '.join(map(excerpt, others))}; choose from {choices}") from error
    return nodes or set(NodeKind), edges or set(EdgeKind)


def _check_numbers(min_confidence: float, hops: int) -> None:
    if not 0 <= min_confidence <= 1:
        raise GraphError("min_confidence", f"{min_confidence} is no probability; give a number from 0 to 1")
    if hops < 0:
        raise GraphError("hops", f"{hops} is no number of edges; give 0 (the node alone), 1 (its neighbours) or more")


def _span(years: int | tuple[int, int]) -> tuple[int, int]:
    """First and last year; those of a frame are NumPy's numbers, which are no `int`."""
    try:
        first, last = (years, years) if isinstance(years, SupportsIndex) else years
        span = operator.index(first), operator.index(last)
    except (TypeError, ValueError) as error:
        raise GraphError("years", f"{excerpt(str(years))} is neither a year nor two; give 2024 or (2020, 2024)") from error
    if span[0] > span[1]:
        raise GraphError("years", f"{span[0]} is after {span[1]}; give the first and the last: ({span[1]}, {span[0]})")
    return span


def _of_papers(graph: nx.MultiDiGraph, years: tuple[int, int] | None, min_confidence: float) -> nx.MultiDiGraph:
    """A copy with the papers of some years and the edges that are sure enough, and what follows from these."""
    kept = graph.copy()
    if years is None and min_confidence <= 0:
        return kept
    papers = [node for node, kind in kept.nodes(data="kind") if kind == NodeKind.PAPER]
    if years is not None:
        first, last = years
        kept.remove_nodes_from([paper for paper in papers if not first <= (kept.nodes[paper].get("year") or -1) <= last])
    unsure = [edge[:3] for edge in kept.edges(keys=True, data="confidence") if edge[3] is not None and edge[3] < min_confidence]
    kept.remove_edges_from(unsure)
    _count_again(kept)
    return kept


def _count_again(kept: nx.MultiDiGraph) -> None:
    """Drop what no paper speaks of or states any more, and count the papers of the rest."""
    papers_of = {node: speakers(kept, node) for node, kind in kept.nodes(data="kind") if kind != NodeKind.PAPER}
    for source, target, key, values in list(kept.edges(keys=True, data=True)):
        if values.get("derived"):
            still = [paper for paper in values["papers"] if paper in papers_of[source] and paper in papers_of[target]]
            values.update(papers=still, weight=len(still))
            if not still:
                kept.remove_edge(source, target, key)
    for node, papers in papers_of.items():
        if "n_papers" in kept.nodes[node]:
            kept.nodes[node]["n_papers"] = len(papers)
    kept.remove_nodes_from([node for node, papers in papers_of.items() if not papers])


def _near(graph: nx.MultiDiGraph, centres: Iterable[str], hops: int) -> set[str]:
    import networkx as nx

    layers = nx.bfs_layers(graph.to_undirected(as_view=True), list(centres))
    return set(chain.from_iterable(islice(layers, hops + 1)))
