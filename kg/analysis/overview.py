"""The overview of a field, for reports: counts, the most frequent names, what rises, what is new, topics, code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kg.analysis.communities import community_rows
from kg.analysis.completeness import share_rows
from kg.analysis.nodes import label, paper_years, papers_of_kind
from kg.analysis.pairs import pair_rows
from kg.analysis.trends import Trend, dividing_year, trend_rows
from schemas.graph import EDGE_MEANINGS, ENTITY_KINDS, EdgeKind, NodeKind
from schemas.overview import Cell, Overview, Section, Text, web_address

if TYPE_CHECKING:
    import networkx as nx

TOP = 15  # rows of a table
TITLE = "Papers and what they speak of"
_PAPERS = 3  # of each name
_NAMES = 5  # of each topic

Row = tuple[Any, ...]  # a cell each: a number, a text, a list of texts with addresses, or a cell


def make_overview(graph: nx.MultiDiGraph, *, top: int = TOP, title: str = TITLE) -> Overview:
    """What a report says about `graph`: tables of at most `top` rows, each with a note that says what is left out.

    Rising and falling methods are those of `trends`, pairs those of `co_occurrence`, topics those of `communities`, shares
    those of `coverage`.
    """
    return Overview(title=title, summary=_summary(graph), sections=tuple(_sections(graph, top)))


def _summary(graph: nx.MultiDiGraph) -> str:
    """How many papers, and of which years; that nothing can be said about years is said."""
    n_papers = sum(kind == NodeKind.PAPER for _, kind in graph.nodes(data="kind"))
    years = sorted(paper_years(graph).values())
    number = "1 paper" if n_papers == 1 else f"{n_papers} papers"
    if not years:
        return f"{number}, none with a year: what rises or falls cannot be told." if n_papers else f"{number}."
    span = f"{years[0]} to {years[-1]}" if years[0] < years[-1] else f"{years[0]}"
    return f"{number}, {span}." if len(years) == n_papers else f"{number}; {len(years)} with a year, {span}."


def _sections(graph: nx.MultiDiGraph, top: int) -> Iterator[Section]:
    yield from _counts(graph)
    yield from _years(graph)
    yield from _shares(graph)
    for kind in ENTITY_KINDS.values():
        yield from _entities(graph, kind, top)
    yield from _trends(graph, top)
    yield from _new_datasets(graph, top)
    yield from _pairs(graph, top)
    yield from _topics(graph, top)
    yield from _code(graph, top)


def _section(heading: str, columns: str, rows: Sequence[Row], note: str = "", n_all: int = 0) -> Iterator[Section]:
    """A section where there is any row; `columns` are their names, set apart by bars; `n_all` rows there would be."""
    left_out = f"The first {len(rows)} of {n_all}." if n_all > len(rows) else ""
    if rows:
        names = tuple(name.strip() for name in columns.split("|"))
        cells = tuple(tuple(map(_cell, row)) for row in rows)
        yield Section(heading=heading, note=" ".join(filter(None, [note, left_out])), columns=names, rows=cells)


def _cell(value: Any) -> Cell:
    if isinstance(value, Cell):
        return value
    pieces = value if isinstance(value, list) else [value]
    return Cell(texts=tuple(piece if isinstance(piece, Text) else Text(text=str(piece)) for piece in pieces))


def _bar(text: str, share: float) -> Cell:
    return Cell(texts=(Text(text=text),), share=share)


def _counts(graph: nx.MultiDiGraph) -> Iterator[Section]:
    nodes = Counter(kind for _, kind in graph.nodes(data="kind"))
    edges = Counter(kind for _, _, kind in graph.edges(data="kind"))
    yield from _section("Nodes", "kind | number", [(kind.value, nodes[kind]) for kind in NodeKind])
    yield from _section("Edges", "kind | number | meaning", [(k.value, edges[k], EDGE_MEANINGS[k]) for k in EdgeKind if edges[k]])


def _years(graph: nx.MultiDiGraph) -> Iterator[Section]:
    counts = Counter(paper_years(graph).values())
    most = max(counts.values(), default=0)
    yield from _section("Papers by year", "year | papers", [(year, _bar(str(n), n / most)) for year, n in sorted(counts.items())])


def _shares(graph: nx.MultiDiGraph) -> Iterator[Section]:
    rows = [(row.what, row.n_papers, _bar(f"{row.share:.0%}", row.share)) for row in share_rows(graph)]
    yield from _section("What the papers have", "at least one | papers | share", rows)


def _entities(graph: nx.MultiDiGraph, kind: NodeKind, top: int) -> Iterator[Section]:
    papers = papers_of_kind(graph, kind)
    ranked = sorted(papers, key=lambda node: (-len(papers[node]), label(graph, node), node))
    rows = [(label(graph, node), len(papers[node]), _newest(graph, papers[node])) for node in ranked[:top]]
    yield from _section(f"{kind}s", "name | papers | such as", rows, n_all=len(ranked))


def _trends(graph: nx.MultiDiGraph, top: int) -> Iterator[Section]:
    rows, divide = trend_rows(graph), dividing_year(graph)
    note = "Of at least two papers with a year. Score: log-likelihood ratio; above 3.84 chance alone gives it once in 20."
    columns = f"method | papers before {divide} | papers since | change of share, points | score"
    rising, falling = [row for row in rows if row.score > 0], [row for row in reversed(rows) if row.score < 0]
    yield from _section("Rising methods", columns, list(map(_trend, rising[:top])), note, len(rising))
    yield from _section("Falling methods", columns, list(map(_trend, falling[:top])), note, len(falling))


def _trend(row: Trend) -> Row:
    return row.name, row.before, row.since, f"{100 * row.change:+.1f}", f"{abs(row.score):.1f}"


def _new_datasets(graph: nx.MultiDiGraph, top: int) -> Iterator[Section]:
    edges = [(s, t) for s, t, kind in graph.edges(data="kind") if kind == EdgeKind.INTRODUCES]
    edges.sort(key=lambda edge: (*_by_age(graph, edge[0]), label(graph, edge[1])))
    rows = [(label(graph, dataset), _year(graph, paper), [_paper(graph, paper)]) for paper, dataset in edges[:top]]
    yield from _section("New datasets", "dataset | year | introduced by", rows, "The newest first.", len(edges))


def _pairs(graph: nx.MultiDiGraph, top: int) -> Iterator[Section]:
    pairs = pair_rows(graph)
    rows = [(row.a, row.b, row.n_papers, f"{row.lift:.1f}") for row in pairs[:top]]
    note = "Pairs of at least two papers; lift: how many times more often than by chance."
    yield from _section("Datasets in the same papers", "dataset | dataset | papers | lift", rows, note, len(pairs))


def _topics(graph: nx.MultiDiGraph, top: int) -> Iterator[Section]:
    topics = community_rows(graph)
    rows = [(row.name, row.n_papers, [Text(text=name) for name in row.entities[:_NAMES]]) for row in topics[:top]]
    yield from _section("Topics", "topic | papers | such as", rows, "Groups of papers that share names.", len(topics))


def _code(graph: nx.MultiDiGraph, top: int) -> Iterator[Section]:
    papers = {node: own for node, own in papers_of_kind(graph, NodeKind.LINK).items() if graph.nodes[node]["link_kind"] == "code"}
    ranked = sorted(papers, key=lambda node: (min((_by_age(graph, paper) for paper in papers[node]), default=(0, "")), node))
    rows = [(_link(graph, node), _newest(graph, papers[node])) for node in ranked[:top]]
    yield from _section("Code", "repository | papers", rows, "That of the newest papers first.", len(ranked))


def _link(graph: nx.MultiDiGraph, node: str) -> list[Text]:
    values = graph.nodes[node]
    return [Text(text=values.get("repository") or values["url"], href=web_address(values["url"]))]


def _newest(graph: nx.MultiDiGraph, papers: Iterable[str]) -> list[Text]:
    return [_paper(graph, paper) for paper in sorted(papers, key=lambda paper: _by_age(graph, paper))[:_PAPERS]]


def _by_age(graph: nx.MultiDiGraph, paper: str) -> tuple[int, str]:
    return -(graph.nodes[paper].get("year") or 0), paper


def _year(graph: nx.MultiDiGraph, paper: str) -> str:
    return str(graph.nodes[paper].get("year") or "")


def _paper(graph: nx.MultiDiGraph, paper: str) -> Text:
    """The title, linked where the paper has a page."""
    values = graph.nodes[paper]
    pages = [f"{start}{values[name]}" for name, start in _PAGES if values.get(name)]
    return Text(text=label(graph, paper), href=next(filter(None, map(web_address, pages)), ""))


_PAGES = (("arxiv_id", "https://arxiv.org/abs/"), ("doi", "https://doi.org/"), ("url", ""))
