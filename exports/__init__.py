"""Exports: a graph -> the files of other tools. One file per target; this registry names them all.

An exporter's module is imported when it is used, and has one function
`write(graph, target, positions)` that writes `target` whole or not at all and returns an ExportReport.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from exports.report import ExportReport, Writer
from schemas.errors import TargetError

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["EXPORTERS", "ExportReport", "Exporter", "Positions", "exporter"]

Positions = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Exporter:
    """One target."""

    name: str
    suffix: str
    description: str
    module: str
    needs_positions: bool = False  # of the nodes, in page units

    def write(self, graph: nx.MultiDiGraph, target: Path, positions: Positions | None = None) -> ExportReport:
        """Write `graph` to `target`; raises TargetError when that fails."""
        writer = cast(Writer, importlib.import_module(self.module).write)
        return writer(graph, target, positions)


EXPORTERS: dict[str, Exporter] = {
    exporter.name: exporter
    for exporter in (
        Exporter("graphml", ".graphml", "GraphML, for networkx, Gephi, yEd, Cytoscape; lists are JSON text", "exports.graphml"),
        Exporter("html", ".html", "one interactive page that needs no network", "exports.html", needs_positions=True),
        Exporter("json", ".json", "node-link JSON, for networkx and d3", "exports.node_link"),
    )
}


def exporter(name: str) -> Exporter:
    """The exporter called `name`; raises TargetError that names the choices."""
    if name not in EXPORTERS:
        raise TargetError(f"format {name!r}", f"unknown; choose one of {', '.join(sorted(EXPORTERS))}")
    return EXPORTERS[name]
