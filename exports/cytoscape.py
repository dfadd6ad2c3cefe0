"""Cytoscape.js JSON, which Cytoscape reads too; dates are ISO text."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx

from exports.plain_values import json_value
from exports.report import ExportReport
from schemas.graph import node_label
from schemas.layout import Layout
from schemas.writing import whole_file


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write `graph` as Cytoscape.js elements; `networkx.cytoscape_graph(data)` reads it back.

    A node's `name` is its name, title or address; its place in the page is its `position`, when there is a layout.
    """
    nodes = []
    for node, values in graph.nodes(data=True):
        label = node_label(node, values)
        element: dict[str, object] = {"data": {**values, "id": node, "value": node, "name": label}}
        if layout and node in layout.positions:
            element["position"] = dict(zip("xy", layout.positions[node], strict=True))
        nodes.append(element)
    edges = [
        {"data": {**values, "id": key, "key": key, "source": source, "target": end}}
        for source, end, key, values in graph.edges(keys=True, data=True)
    ]
    data = {"data": [], "directed": True, "multigraph": True, "elements": {"nodes": nodes, "edges": edges}}
    with whole_file(target) as stream:
        json.dump(data, stream, ensure_ascii=False, indent=1, default=json_value)
        stream.write("\n")
    return ExportReport(target, len(graph), graph.number_of_edges(), ("dates are ISO text",))
