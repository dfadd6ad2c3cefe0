"""GraphML: lists become JSON text, dates ISO text, and characters that XML forbids are left out."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx

from exports.report import ExportReport
from schemas.layout import Layout
from schemas.writing import whole_file

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write `graph` as GraphML; `networkx.read_graphml(target, force_multigraph=True)` reads it back."""
    flat = nx.MultiDiGraph()
    for node, values in graph.nodes(data=True):
        flat.add_node(_text(node), **_flat(values))
    for source, target_node, key, values in graph.edges(keys=True, data=True):
        flat.add_edge(_text(source), _text(target_node), key=key, **_flat(values))
    with whole_file(target) as stream:
        stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
        for line in nx.generate_graphml(flat, named_key_ids=True, edge_id_from_attribute="id"):
            stream.write(line + "\n")
    return ExportReport(target, len(flat), flat.number_of_edges(), ("lists are JSON text, dates are ISO text",))


def _flat(values: Mapping[str, Any]) -> dict[str, str | int | float | bool]:
    return {name: _scalar(value) for name, value in values.items()}


def _scalar(value: Any) -> str | int | float | bool:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    return _text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("", text)
