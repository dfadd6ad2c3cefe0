"""Connected components of a graph whose edges are rows: large-star and small-star in turn until every component is a star.

Kiveris et al., "Connected Components in MapReduce and Beyond" (2014): O(log^2 n) rounds, whatever the graph's diameter.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from kg.scale.engine import Engine, Table
from kg.scale.rows import COUNT, PerKey, Row

SAME = "same"  # stream of edges, each from both ends: key and value are the ends
LABEL = "label"  # stream of what was found: value is the smallest node of the component of key; that node itself has no row
_UNSTABLE = "nodes between nodes"


class LargeStar(PerKey):
    """Joins the greater neighbours of a node with the smallest of its neighbours and itself."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        """The new edges, from the greater end; a node that has other neighbours beside a smaller one is counted."""
        neighbours = {row.value for row in rows} - {key}
        smallest = min(neighbours | {key})
        if smallest < key and len(neighbours) > 1:
            yield Row(COUNT, _UNSTABLE, "", "1")
        yield from (Row(LABEL, neighbour, "0", smallest) for neighbour in neighbours if neighbour > key)


class SmallStar(PerKey):
    """Joins a node and its smaller neighbours with the smallest of them."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        """The new edges in both directions."""
        smaller = {row.value for row in rows}
        smallest = min(smaller)
        for node in (smaller | {key}) - {smallest}:
            yield from edge(node, smallest)


def edge(a: str, b: str) -> Iterator[Row]:
    """An edge, from both ends; nothing for an edge from a node to itself."""
    if a != b:
        yield Row(SAME, a, b, b)
        yield Row(SAME, b, a, a)


def components(engine: Engine[Table], stage: str, edges: Sequence[Table]) -> Table:
    """The stream LABEL of the graph whose edges are the stream SAME in the tables `edges`."""
    for number in itertools.count(1):
        large = engine.run(f"{stage}: large stars {number}", LargeStar(), edges)
        if not engine.n_rows(engine.select(large, COUNT)):
            return engine.select(large, LABEL)
        edges = [engine.run(f"{stage}: small stars {number}", SmallStar(), [engine.select(large, LABEL)])]
    raise AssertionError("unreachable: the rounds end")
