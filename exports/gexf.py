"""GEXF 1.3 for Gephi, with the dates of its timeline: a node or edge begins with the first paper that it comes from."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import quoteattr

import networkx as nx

from exports.plain_values import scalar, xml_text
from exports.report import ExportReport
from schemas.graph import NodeKind, node_label
from schemas.layout import Layout
from schemas.writing import whole_file

_TYPES = {bool: "boolean", int: "long", float: "double"}
_NOTES = ("lists are JSON text, dates ISO text", "papers with a year alone begin on its first day")


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write `graph` as a dynamic GEXF file; `networkx.read_gexf(target)` reads it back."""
    starts = first_dates(graph)
    with whole_file(target) as stream:
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n')
        stream.write('<graph defaultedgetype="directed" mode="dynamic" timeformat="date" idtype="string">\n')
        node_names = _declare(stream, "node", (values for _, values in graph.nodes(data=True)))
        edge_names = _declare(stream, "edge", (values for _, _, values in graph.edges(data=True)))
        stream.write("<nodes>\n")
        for node, values in graph.nodes(data=True):
            label = node_label(node, values)
            _element(stream, "node", {"id": node, "label": label, "start": starts.get(node)}, values, node_names)
        stream.write("</nodes>\n<edges>\n")
        for source, end, key, values in graph.edges(keys=True, data=True):
            places = {"id": key, "source": source, "target": end, "kind": values["kind"], "label": values["kind"]}
            _element(stream, "edge", places | {"start": _start_of(values, source, starts)}, values, edge_names)
        stream.write("</edges>\n</graph>\n</gexf>\n")
    return ExportReport(target, len(graph), graph.number_of_edges(), _NOTES)


def first_dates(graph: nx.MultiDiGraph) -> dict[str, datetime.date]:
    """The date of each paper, and of every other node that of the first paper that speaks of it; nodes without one are left out."""
    starts = {}
    for node, values in graph.nodes(data=True):
        if values["kind"] == NodeKind.PAPER and (date := values.get("published") or _new_year(values.get("year"))):
            starts[node] = date
    for source, end in graph.edges():
        if graph.nodes[source]["kind"] == NodeKind.PAPER and source in starts:
            starts[end] = min(starts.get(end, starts[source]), starts[source])
    return starts


def _new_year(year: int | None) -> datetime.date | None:
    return datetime.date(year, 1, 1) if year else None


def _start_of(values: Mapping[str, Any], source: str, starts: Mapping[str, datetime.date]) -> datetime.date | None:
    """Of a derived edge the first date of its papers, else that of the paper it leaves."""
    return min((starts[paper] for paper in values.get("papers", (source,)) if paper in starts), default=None)


def _declare(stream: TextIO, what: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Write the attributes of all nodes or edges, and return the id of each."""
    types: dict[str, str] = {}
    for values in rows:
        for name, value in values.items():
            types.setdefault(name, _TYPES.get(type(value), "string"))
    ids = {name: f"{what}_{name}" for name in types}
    stream.write(f'<attributes class="{what}" mode="static">\n')
    for name, kind in types.items():
        stream.write(f"<attribute id={quoteattr(ids[name])} title={quoteattr(name)} type={quoteattr(kind)}/>\n")
    stream.write("</attributes>\n")
    return ids


def _element(stream: TextIO, tag: str, places: Mapping[str, Any], values: Mapping[str, Any], ids: Mapping[str, str]) -> None:
    attributes = " ".join(f"{name}={_quoted(value)}" for name, value in places.items() if value is not None)
    stream.write(f"<{tag} {attributes}><attvalues>")
    for name, value in values.items():
        stream.write(f"<attvalue for={quoteattr(ids[name])} value={_quoted(value)}/>")
    stream.write(f"</attvalues></{tag}>\n")


def _quoted(value: Any) -> str:
    plain = scalar(value)
    text = str(plain).lower() if isinstance(plain, bool) else str(plain)
    return quoteattr(xml_text(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
