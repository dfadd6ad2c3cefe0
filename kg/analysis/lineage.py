"""Where a method comes from, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from kg.analysis.nodes import find_node, label, on_our_graphs, paper_years
from kg.analysis.tables import table
from schemas.graph import EdgeKind, NodeKind

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


class Tie(NamedTuple):
    """A method that another is tied to."""

    year: int | None  # of the first paper that says so
    relation: str
    name: str
    via: str  # the method it is tied to: the one asked for, or one on the way to it
    step: int  # edges from the method asked for, from 1
    n_papers: int  # that say so
    id: str


@on_our_graphs
def lineage(graph: nx.MultiDiGraph, method: str, *, steps: int = 1) -> pd.DataFrame:
    """What `method` (a name or id) builds on, what builds on it, and what it is compared with, by year.

    Follows BUILDS_ON edges forwards ("builds on") and backwards ("basis of"), at most `steps` of them, and COMPARED_WITH edges
    of the method itself in both directions ("compared with"). These edges follow from papers that propose a method and use, or
    compare it with, another. Columns: those of a Tie. Raises GraphError when there is no such method, and MissingExtraError
    without pandas.
    """
    return table("kg.lineage", Tie._fields, lineage_rows(graph, method, steps=steps))


def lineage_rows(graph: nx.MultiDiGraph, method: str, *, steps: int = 1) -> list[Tie]:
    """The rows of `lineage`."""
    start, years = find_node(graph, method, [NodeKind.METHOD]), paper_years(graph)
    builds = _only(graph, EdgeKind.BUILDS_ON)
    compared = _only(graph, EdgeKind.COMPARED_WITH, both_ways=True)
    ties = [
        *_ties(graph, builds, start, steps, "builds on", years),
        *_ties(graph, builds.reverse(), start, steps, "basis of", years),
        *_ties(graph, compared, start, 1, "compared with", years),
    ]
    return sorted(ties, key=lambda tie: (tie.year or 9999, tie.step, tie.relation, tie.name, tie.via, tie.id))


def _only(graph: nx.MultiDiGraph, kind: EdgeKind, *, both_ways: bool = False) -> nx.DiGraph:
    """The edges of a kind, with the papers that say so; `both_ways`: of either direction for both."""
    import networkx as nx

    chosen = nx.DiGraph()
    for source, target, values in graph.edges(data=True):
        ways = [(source, target), (target, source)] if both_ways else [(source, target)]
        for one, two in ways if values["kind"] == kind else ():
            said = chosen.get_edge_data(one, two, {}).get("papers", set())
            chosen.add_edge(one, two, papers=said.union(values["papers"]))
    return chosen


def _ties(graph: nx.MultiDiGraph, ways: nx.DiGraph, start: str, steps: int, relation: str, years: dict[str, int]) -> Iterator[Tie]:
    import networkx as nx

    if start not in ways:
        return
    distance = nx.single_source_shortest_path_length(ways, start, cutoff=steps)
    for via, node, papers in ways.edges(distance, data="papers"):
        if distance[via] < steps and node != start:
            year = min((years[paper] for paper in papers if paper in years), default=None)
            yield Tie(year, relation, label(graph, node), label(graph, via), distance[via] + 1, len(papers), node)
