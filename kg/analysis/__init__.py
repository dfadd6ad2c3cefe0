"""Analysis: views, tables, trends, pairs, lineages, likeness, topics, centralities, plots and differences of graphs.

Every function takes a graph and changes nothing in it; those that count take any view of `subgraph` as well. Frames need the
extra `paperkg[analysis]`; the rows behind them (`trend_rows`, `pair_rows` ...) need no more than the graph.
"""

from kg.analysis.centrality import leading
from kg.analysis.communities import communities
from kg.analysis.difference import compare
from kg.analysis.frames import frame
from kg.analysis.likeness import similar_papers
from kg.analysis.lineage import lineage
from kg.analysis.pairs import co_occurrence
from kg.analysis.plots import coverage, timeline
from kg.analysis.trends import trends
from kg.analysis.views import subgraph

__all__ = [
    "co_occurrence",
    "communities",
    "compare",
    "coverage",
    "frame",
    "leading",
    "lineage",
    "similar_papers",
    "subgraph",
    "timeline",
    "trends",
]
