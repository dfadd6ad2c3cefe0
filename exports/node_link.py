"""Node-link JSON, the form of `networkx.node_link_data`; dates are ISO text."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx

from exports.plain_values import json_value
from exports.report import ExportReport
from schemas.layout import Layout
from schemas.writing import whole_file


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write `graph` as JSON; `networkx.node_link_graph(data, edges="edges")` reads it back."""
    data = nx.node_link_data(graph, edges="edges")
    with whole_file(target) as stream:
        json.dump(data, stream, ensure_ascii=False, indent=1, default=json_value)
        stream.write("\n")
    return ExportReport(target, len(graph), graph.number_of_edges(), ("dates are ISO text",))
