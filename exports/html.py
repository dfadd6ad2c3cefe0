"""The interactive page: one self-contained file, drawn by the engine that pyvis carries, with our own panel.

The graph is embedded as JSON in a block that is never executed; the scripts are allowed by their hashes alone, and the
page may load nothing. Text from the graph reaches the page through `textContent` only.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import string
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import networkx as nx

from exports.report import ExportReport
from schemas.graph import EDGE_MEANINGS, EdgeKind, NodeKind
from schemas.writing import whole_file

_ENGINE = "templates/lib/vis-9.1.2/"  # in the pyvis package


def write(graph: nx.MultiDiGraph, target: Path, positions: Mapping[str, tuple[float, float]] | None = None) -> ExportReport:
    """Write `graph` as one page; nodes without a position stand at the origin."""
    engine = resources.files("pyvis").joinpath(_ENGINE)
    page = resources.files("exports").joinpath("page")
    engine_script = _script(engine.joinpath("vis-network.min.js").read_text("utf-8"))
    page_script = _script(page.joinpath("page.js").read_text("utf-8"))
    text = string.Template(page.joinpath("page.html").read_text("utf-8")).substitute(
        policy=_policy(engine_script, page_script),
        style=engine.joinpath("vis-network.css").read_text("utf-8") + page.joinpath("page.css").read_text("utf-8"),
        data=_embedded(page_data(graph, positions or {})),
        engine=engine_script,
        script=page_script,
    )
    with whole_file(target) as stream:
        stream.write(text)
    return ExportReport(target, len(graph), graph.number_of_edges())


def page_data(graph: nx.MultiDiGraph, positions: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    """What the page shows: nodes and edges as lists; an edge names its ends by their place in the list of nodes."""
    order = {node: number for number, node in enumerate(graph.nodes)}
    nodes = []
    for node, values in graph.nodes(data=True):
        x, y = positions.get(node, (0.0, 0.0))
        nodes.append({"x": x, "y": y, "degree": graph.degree(node)} | values)
    edges = [
        {"from": order[source], "to": order[target]} | {name: value for name, value in values.items() if name not in _LEFT_OUT}
        for source, target, values in graph.edges(data=True)
    ]
    meanings = {kind.value: EDGE_MEANINGS[kind] for kind in EdgeKind}
    return {"kinds": [kind.value for kind in NodeKind], "meanings": meanings, "nodes": nodes, "edges": edges}


_LEFT_OUT = frozenset({"id", "extractor", "fields", "starts", "ends", "papers"})


def _embedded(data: dict[str, Any]) -> str:
    """JSON that cannot end the block it stands in, whatever the graph holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_date)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _date(value: object) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place on the page")


def _script(code: str) -> str:
    """The code as it stands in the page: without the reference to a source map, which a browser would fetch."""
    lines = code.replace("\r\n", "\n").split("\n")
    return "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL"))


def _policy(*scripts: str) -> str:
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
