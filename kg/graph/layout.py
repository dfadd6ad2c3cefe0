"""Where nodes stand on a page: communities as separate discs, computed once, the same for the same graph."""

from __future__ import annotations

import math

import networkx as nx

_SPACING = 40.0  # between neighbours, in page units
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


def layout(graph: nx.MultiDiGraph) -> dict[str, tuple[float, float]]:
    """(x, y) of each node in page units: Louvain communities as discs, the largest in the middle."""
    simple = nx.Graph()
    simple.add_nodes_from(graph.nodes)
    for source, target in graph.edges():
        # A hub joins everything: its edges count less.
        simple.add_edge(source, target, weight=1 / math.sqrt(graph.degree(source) * graph.degree(target)))
    communities = nx.community.louvain_communities(simple, seed=0) if len(simple) else []
    discs = sorted((sorted(c, key=lambda n: (-graph.degree(n), n)) for c in communities), key=lambda c: (-len(c), c[0]))
    positions: dict[str, tuple[float, float]] = {}
    area = 0.0
    for number, members in enumerate(discs):
        radius = _SPACING * math.sqrt(len(members))
        centre = _on_spiral(number, math.sqrt(area + radius * radius) * 1.15 if number else 0.0)
        area += (radius + _SPACING) ** 2 * 1.6
        for index, node in enumerate(members):
            x, y = _on_spiral(index, _SPACING * math.sqrt(index))
            positions[node] = (round(centre[0] + x, 1), round(centre[1] + y, 1))
    return positions


def _on_spiral(number: int, distance: float) -> tuple[float, float]:
    return distance * math.cos(number * _GOLDEN_ANGLE), distance * math.sin(number * _GOLDEN_ANGLE)
