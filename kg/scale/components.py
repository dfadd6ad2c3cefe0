"""Connected components of a graph whose edges are rows: large-star and small-star in turn until every component is a star.

Kiveris et al., "Connected Components in MapReduce and Beyond" (2014): O(log^2 n) rounds, whatever the graph's diameter.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from kg.scale.engine import Engine, Table
from kg.scale.rows import COUNT, PerKey, Row

SAME = "same"  # stream of edges: key and value are the ends
LABEL = "label"  # stream of what was found: key is a node with an edge, value the smallest node of its component
_UNSTABLE = "nodes between nodes"


class LargeStar(PerKey):
    """Joins the greater neighbours of a node with the smallest of its neighbours and itself."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        """The new edges, from the greater end; a node that has other neighbours beside a smaller one is counted."""
        neighbours = {row.value for row in rows} - {key}
        smallest = min(neighbours | {key})
        if smallest < key and len(neighbours) > 1:
            yield Row(COUNT, _UNSTABLE, "", "1")
        yield from (Row(SAME, neighbour, "", smallest) for neighbour in neighbours if neighbour > key)


class SmallStar(PerKey):
    """Joins a node and its smaller neighbours with the smallest of them."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        """The new edges in both directions."""
        smaller = {row.value for row in rows if row.value < key}
        if smaller:
            smallest = min(smaller)
            for node in (smaller | {key}) - {smallest}:
                yield from _both(node, smallest)


class BothWays(PerKey):
    """Every edge once in each direction."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        """The edges of a node, both ways; an edge to itself says nothing."""
        for other in {row.value for row in rows} - {key}:
            yield from _both(key, other)


class Labels(PerKey):
    """The labels that the edges of stars give."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        """The label of a node; that of the centre comes with each of its neighbours."""
        smallest = min(itertools.chain((row.value for row in rows), (key,)))
        yield Row(LABEL, key, "0", smallest)


def _both(a: str, b: str) -> Iterator[Row]:
    yield Row(SAME, a, b, b)
    yield Row(SAME, b, a, a)


def components(engine: Engine[Table], stage: str, edges: Sequence[Table]) -> Table:
    """The stream LABEL of the graph whose edges are the stream SAME in the tables `edges`."""
    edge_table = engine.run(f"{stage}: edges", BothWays(), edges)
    for number in itertools.count(1):
        large = engine.run(f"{stage}: large stars {number}", LargeStar(), [edge_table])
        if not engine.n_rows(engine.select(large, COUNT)):
            break
        edge_table = engine.run(f"{stage}: small stars {number}", SmallStar(), [engine.select(large, SAME)])
    return engine.run(f"{stage}: labels", Labels(), [edge_table])
