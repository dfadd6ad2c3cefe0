"""Plots by matplotlib, onto axes that are given or made (extra `paperkg[analysis]`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kg.analysis.completeness import share_rows
from kg.analysis.nodes import entity_kind, find_node, label, on_our_graphs, paper_years, papers_of_kind, speakers
from kg.analysis.tables import check_extra

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes


@on_our_graphs
def timeline(
    graph: nx.MultiDiGraph, names: str | Sequence[str] = (), *, kind: str = "Method", top: int = 5, ax: Axes | None = None
) -> Axes:
    """Lines of the number of papers a year that speak of entities: those called `names` (or the one), or the `top` of a kind by papers.

    Papers without a year do not count; years without a paper are 0. Draws on `ax`, or on axes of a new figure, and returns them.
    Raises GraphError when a name or kind is not there, and MissingExtraError without matplotlib.
    """
    axes = _axes("kg.timeline", ax)
    from matplotlib.ticker import MaxNLocator

    years = paper_years(graph)
    span = range(min(years.values(), default=0), max(years.values(), default=-1) + 1)
    wanted = [names] if isinstance(names, str) else names
    for node in [find_node(graph, name) for name in wanted] or _most(graph, kind, top):
        spoken = [years[paper] for paper in speakers(graph, node) if paper in years]
        axes.plot(list(span), [spoken.count(year) for year in span], marker="o", label=_plain(label(graph, node)))
    axes.set_xticks(list(span)[:: max(1, len(span) // 10)])
    axes.set_ylabel("papers")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    if axes.lines:
        axes.legend()
    return axes


@on_our_graphs
def coverage(graph: nx.MultiDiGraph, *, ax: Axes | None = None) -> Axes:
    """Bars of the share of papers (0 to 1) that have an abstract, a year, a method, a method or dataset of their own, code ...

    Draws on `ax`, or on axes of a new figure, and returns them. Raises MissingExtraError without matplotlib.
    """
    axes = _axes("kg.coverage", ax)
    rows = share_rows(graph)[::-1]
    bars = axes.barh([row.what for row in rows], [row.share for row in rows])
    axes.bar_label(bars, [str(row.n_papers) for row in rows], padding=2)
    axes.set_xlim(0, 1.1)
    axes.set_xlabel("share of papers")
    return axes


def _axes(function: str, given: Axes | None) -> Axes:
    """Those given, or new ones of a figure that no window shows."""
    if given is not None:
        return given
    check_extra(function, "matplotlib")
    from matplotlib.figure import Figure

    return Figure(figsize=(8, 4), layout="constrained").add_subplot()


def _most(graph: nx.MultiDiGraph, kind: str, top: int) -> list[str]:
    papers = papers_of_kind(graph, entity_kind(kind))
    return sorted(papers, key=lambda node: (-len(papers[node]), label(graph, node), node))[:top]


def _plain(name: str) -> str:
    """A name that matplotlib draws as it stands: between dollars it would read mathematics, and a leading _ hides a line."""
    return "\u200b" + name.replace("$", r"\$") if name.startswith("_") else name.replace("$", r"\$")
