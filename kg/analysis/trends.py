"""What is spoken of more, or less, than before."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from kg.analysis.nodes import entity_kind, label, on_our_graphs, paper_years, papers_of_kind
from kg.analysis.tables import table

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


class Trend(NamedTuple):
    """An entity in two periods."""

    id: str
    name: str
    n_papers: int  # with a year
    before: int  # of these before the year that divides the periods
    since: int  # in that year and later
    change: float  # share of all papers since, less that before: -1 to 1
    score: float  # signed log-likelihood ratio; beyond 3.84 either way chance alone gives it once in 20
    by_year: Mapping[int, int]  # papers of each year that has any


@on_our_graphs
def trends(graph: nx.MultiDiGraph, kind: str = "Method", *, since: int | None = None, min_papers: int = 2) -> pd.DataFrame:
    """Entities of a kind by year, the most clearly rising first, the most clearly falling last.

    Papers without a year do not count. With r of R papers since the year `since` and b of B before it, `change` is
    r/R - b/B, and `score` has its sign and the size of the log-likelihood ratio G² = 2 Σ O ln(O/E) of the four counts
    r, R-r, b, B-b (Dunning 1993, Accurate methods for the statistics of surprise and coincidence): unlike a ratio it does not
    favour what is rare. `since` is by default the year that divides the papers most evenly. Entities of fewer than `min_papers`
    papers are left out. Columns: those of a Trend, then one a year. Raises GraphError for an unknown kind, and
    MissingExtraError without pandas.
    """
    rows = trend_rows(graph, kind, since=since, min_papers=min_papers)
    years = sorted(set(paper_years(graph).values()))
    columns = [*Trend._fields[:-1], *map(str, years)]
    return table("kg.trends", columns, ([*row[:-1], *(row.by_year.get(year, 0) for year in years)] for row in rows))


def trend_rows(graph: nx.MultiDiGraph, kind: str = "Method", *, since: int | None = None, min_papers: int = 2) -> list[Trend]:
    """The rows of `trends`."""
    chosen = entity_kind(kind)
    years = paper_years(graph)
    divide = dividing_year(graph) if since is None else since
    n_since = sum(year >= divide for year in years.values())
    rows = []
    for node, papers in papers_of_kind(graph, chosen).items():
        by_year = Counter(years[paper] for paper in papers if paper in years)
        if (count := by_year.total()) >= min_papers:
            late = sum(number for year, number in by_year.items() if year >= divide)
            change, score = _compared(late, n_since, count - late, len(years) - n_since)
            rows.append(Trend(node, label(graph, node), count, count - late, late, change, score, dict(sorted(by_year.items()))))
    return sorted(rows, key=lambda row: (-row.score, -row.n_papers, row.name, row.id))


def dividing_year(graph: nx.MultiDiGraph) -> int:
    """The year that begins the later half of the papers: the one that divides them most evenly, the earlier of two; 0 without years."""
    counts = Counter(paper_years(graph).values())
    return min(sorted(counts), key=lambda year: abs(2 * sum(n for y, n in counts.items() if y >= year) - counts.total()), default=0)


def _compared(late: int, all_late: int, early: int, all_early: int) -> tuple[float, float]:
    """Change of the share, and the signed log-likelihood ratio of the four counts; nothing where a period has no papers."""
    if not all_late or not all_early:
        return 0.0, 0.0
    change = late / all_late - early / all_early
    share, n_papers = (late + early) / (all_late + all_early), all_late + all_early
    cells = ((late, all_late), (early, all_early))
    expected = [(seen, size * share) for seen, size in cells] + [(size - seen, size * (1 - share)) for seen, size in cells]
    ratio = 2 * sum(seen * math.log(seen / mean) for seen, mean in expected if seen) if 0 < share < 1 and n_papers else 0.0
    return change, math.copysign(max(0.0, ratio), change) if change else 0.0
