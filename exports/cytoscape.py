"""Cytoscape.js JSON, which Cytoscape reads too; dates are ISO text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import networkx as nx

from exports.plain_values import json_value
from exports.report import ExportReport
from schemas.writing import whole_file


def write(graph: nx.MultiDiGraph, target: Path, positions: Mapping[str, tuple[float, float]] | None = None) -> ExportReport:
    """Write `graph` as Cytoscape.js elements; `networkx.cytoscape_graph(data)` reads it back.

    A node's `label` is its name, title or address; its place in the page is its `position`, when positions are given.
    """
    nodes = []
    for node, values in graph.nodes(data=True):
        label = values.get("name") or values.get("title") or values.get("url") or node
        element: dict[str, object] = {"data": {**values, "id": node, "value": node, "name": label}}
        if positions and node in positions:
            element["position"] = dict(zip("xy", positions[node], strict=True))
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
