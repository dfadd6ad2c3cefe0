"""The analyses that `kg stats --show` prints: each gives the columns of a table and its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class Asked:
    """What an analysis is asked for; None stands for its default."""

    kind: str | None = None  # of nodes
    name: str | None = None  # of a method or paper
    before: Path | None = None  # another graph directory
    by: str | None = None  # a measure

    def given(self) -> set[str]:
        """Which of them are given."""
        return {name for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Table:
    """An analysis: one dict a row."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Analysis:
    """A choice of `kg stats --show`."""

    rows: Callable[[nx.MultiDiGraph, Asked], Iterable[Any]]  # named tuples
    needs: frozenset[str] = frozenset()  # what must be asked for
    takes: frozenset[str] = frozenset()  # what may be


def analyse(graph: nx.MultiDiGraph, what: str, asked: Asked, top: int | None = None) -> Table:
    """The first `top` rows of an analysis, a key of ANALYSES; raises GraphError for a kind, name or measure that is not there."""
    rows = list(ANALYSES[what].rows(graph, asked))[:top]
    columns: Sequence[str] = rows[0]._fields if rows else ()
    return Table(tuple(columns), tuple(row._asdict() for row in rows))


def _trends(graph: nx.MultiDiGraph, asked: Asked) -> Iterable[Any]:
    from kg.analysis.trends import trend_rows

    return trend_rows(graph, asked.kind or "Method")


def _pairs(graph: nx.MultiDiGraph, asked: Asked) -> Iterable[Any]:
    from kg.analysis.pairs import pair_rows

    return pair_rows(graph, asked.kind or "Dataset")


def _lineage(graph: nx.MultiDiGraph, asked: Asked) -> Iterable[Any]:
    from kg.analysis.lineage import lineage_rows

    return lineage_rows(graph, asked.name or "")


def _similar(graph: nx.MultiDiGraph, asked: Asked) -> Iterable[Any]:
    from kg.analysis.likeness import similar_rows

    return similar_rows(graph, asked.name or "", top=len(graph))


def _topics(graph: nx.MultiDiGraph, asked: Asked) -> Iterable[Any]:
    from kg.analysis.communities import community_rows

    return community_rows(graph)


def _leading(graph: nx.MultiDiGraph, asked: Asked) -> Iterable[Any]:
    from kg.analysis.centrality import leading_rows

    return leading_rows(graph, asked.kind or "Method", by=asked.by or "papers", top=len(graph))


def _coverage(graph: nx.MultiDiGraph, asked: Asked) -> Iterable[Any]:
    from kg.analysis.completeness import share_rows

    return share_rows(graph)


def _changes(graph: nx.MultiDiGraph, asked: Asked) -> Iterable[Any]:
    from kg.analysis.difference import difference_rows
    from kg.graph.store import load_graph

    return difference_rows(load_graph(asked.before or Path()), graph)


ANALYSES: dict[str, Analysis] = {
    "changes": Analysis(_changes, needs=frozenset({"before"})),
    "coverage": Analysis(_coverage),
    "leading": Analysis(_leading, takes=frozenset({"kind", "by"})),
    "lineage": Analysis(_lineage, needs=frozenset({"name"})),
    "pairs": Analysis(_pairs, takes=frozenset({"kind"})),
    "similar": Analysis(_similar, needs=frozenset({"name"})),
    "topics": Analysis(_topics),
    "trends": Analysis(_trends, takes=frozenset({"kind"})),
}
