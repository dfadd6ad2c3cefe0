"""GraphML: lists become JSON text, dates ISO text, and characters that XML forbids are left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx

from exports.plain_values import scalar, xml_text
from exports.report import ExportReport
from schemas.layout import Layout
from schemas.writing import whole_file


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write `graph` as GraphML; `networkx.read_graphml(target, force_multigraph=True)` reads it back."""
    flat = nx.MultiDiGraph()
    for node, values in graph.nodes(data=True):
        flat.add_node(xml_text(node), **_flat(values))
    for source, target_node, key, values in graph.edges(keys=True, data=True):
        flat.add_edge(xml_text(source), xml_text(target_node), key=key, **_flat(values))
    with whole_file(target) as stream:
        stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
        for line in nx.generate_graphml(flat, named_key_ids=True, edge_id_from_attribute="id"):
            stream.write(line + "\n")
    return ExportReport(target, len(flat), flat.number_of_edges(), ("lists are JSON text, dates are ISO text",))


def _flat(values: Mapping[str, Any]) -> dict[str, str | int | float | bool]:
    return {name: _scalar(value) for name, value in values.items()}


def _scalar(value: Any) -> str | int | float | bool:
    plain = scalar(value)
    return xml_text(plain) if isinstance(plain, str) else plain
