"""DOT for Graphviz: names, kinds and years of nodes, kinds and confidence of edges."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx

from exports.report import ExportReport
from schemas.graph import node_label
from schemas.layout import Layout
from schemas.writing import whole_file

_NODE_VALUES = ("kind", "year", "n_papers", "link_kind", "host")
_EDGE_VALUES = ("kind", "id", "confidence", "weight")
_SHAPES = {"Paper": "note", "Method": "box", "Dataset": "cylinder", "Task": "ellipse", "Metric": "diamond", "Link": "plaintext"}
_NOTES = ("only names, kinds, years, numbers of papers, hosts, confidences and weights are kept: the format draws",)


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write `graph` as a directed graph in the DOT language."""
    with whole_file(target) as stream:
        stream.write("digraph papers {\n")
        for node, values in graph.nodes(data=True):
            label = node_label(node, values)
            shown = {"label": label, "shape": _SHAPES[values["kind"]]} | {name: values.get(name) for name in _NODE_VALUES}
            stream.write(f"{_quoted(node)} [{_list(shown)}];\n")
        for source, end, values in graph.edges(data=True):
            shown = {"label": values["kind"]} | {name: values.get(name) for name in _EDGE_VALUES}
            stream.write(f"{_quoted(source)} -> {_quoted(end)} [{_list(shown)}];\n")
        stream.write("}\n")
    return ExportReport(target, len(graph), graph.number_of_edges(), _NOTES)


def _list(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in values.items() if value is not None)


def _quoted(value: Any) -> str:
    """A quoted text; a backslash would begin one of DOT's escapes, and a null character end the file."""
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\0", "")
    return f'"{text}"'
