"""A report in Markdown: what the graph holds, the most frequent names of each kind with links to papers, new datasets, code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import networkx as nx

from exports.report import ExportReport
from schemas.graph import EDGE_MEANINGS, EdgeKind, NodeKind
from schemas.layout import Layout
from schemas.writing import whole_file

_MOST = 15  # names of a kind
_PAPERS = 3  # of each name
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#|!~&])")
_NO_ADDRESS = re.compile(r"[<>\s]")
_NOTES = (f"a summary: the {_MOST} most frequent names of each kind, no evidence",)


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write a report of `graph`; names and titles are escaped, so that they cannot become markup."""
    with whole_file(target) as stream:
        for line in _lines(graph):
            stream.write(line + "\n")
    return ExportReport(target, len(graph), graph.number_of_edges(), _NOTES)


def _lines(graph: nx.MultiDiGraph) -> Iterator[str]:
    yield from _counts(graph)
    for kind in (NodeKind.METHOD, NodeKind.DATASET, NodeKind.TASK, NodeKind.METRIC):
        nodes = [(node, values) for node, values in graph.nodes(data=True) if values["kind"] == kind]
        nodes.sort(key=lambda item: (-item[1]["n_papers"], item[1]["name"], item[0]))
        if nodes:
            yield from ["", f"## {kind}s", "", "| name | papers | such as |", "|---|---|---|"]
            yield from (f"| {_escaped(v['name'])} | {v['n_papers']} | {_papers_of(graph, node)} |" for node, v in nodes[:_MOST])
    yield from _edges(graph, EdgeKind.INTRODUCES, "New datasets")
    yield from _edges(graph, EdgeKind.LINKS_TO, "Code", {"code"})


def _counts(graph: nx.MultiDiGraph) -> Iterator[str]:
    nodes = Counter(kind for _, kind in graph.nodes(data="kind"))
    edges = Counter(kind for _, _, kind in graph.edges(data="kind"))
    years = sorted(values["year"] for _, values in graph.nodes(data=True) if values.get("year"))
    yield "# Papers and what they speak of"
    yield from ["", f"{nodes[NodeKind.PAPER]} papers" + (f", {years[0]} to {years[-1]}" if years else "") + "."]
    yield from ["", "| nodes | |", "|---|---|", *(f"| {kind} | {nodes[kind]} |" for kind in NodeKind)]
    yield from ["", "| edges | | meaning |", "|---|---|---|"]
    yield from (f"| {kind} | {edges[kind]} | {EDGE_MEANINGS[kind]} |" for kind in EdgeKind if edges[kind])


def _papers_of(graph: nx.MultiDiGraph, node: str) -> str:
    """The newest papers that speak of a node."""
    papers = {paper for paper in graph.predecessors(node) if graph.nodes[paper]["kind"] == NodeKind.PAPER}
    newest = sorted(papers, key=lambda paper: (-(graph.nodes[paper].get("year") or 0), paper))
    return ", ".join(_paper(paper, graph.nodes[paper]) for paper in newest[:_PAPERS])


def _edges(graph: nx.MultiDiGraph, kind: EdgeKind, heading: str, link_kinds: set[str] | None = None) -> Iterator[str]:
    lines = []
    for source, target, values in graph.edges(data=True):
        end = graph.nodes[target]
        if values["kind"] == kind and (not link_kinds or end.get("link_kind") in link_kinds):
            lines.append(f"- {_escaped(end.get('name') or end['url'])}: {_paper(source, graph.nodes[source])}")
    if lines:
        yield from ["", f"## {heading}", "", *sorted(lines)]


def _paper(paper: str, values: Mapping[str, Any]) -> str:
    """The title, linked where the paper has a page."""
    title = _escaped(values["title"] or paper)
    page = f"https://arxiv.org/abs/{values['arxiv_id']}" if "arxiv_id" in values else f"https://doi.org/{values.get('doi', '')}"
    return f"[{title}](<{_NO_ADDRESS.sub('', page)}>)" if {"arxiv_id", "doi"} & set(values) else title


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
