"""Exports: a graph -> the files of other tools. One file per target; this registry names them all.

An exporter's module is imported when it is used, and has one function
`write(graph, target, layout, **options)` that writes `target` whole or not at all and returns an ExportReport.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from exports.report import ExportReport, Writer
from schemas.errors import TargetError
from schemas.layout import Layout

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["EXPORTERS", "ExportReport", "Exporter", "exporter"]


@dataclass(frozen=True)
class Exporter:
    """One target."""

    name: str
    suffix: str
    description: str
    module: str
    needs_layout: bool = False
    options: frozenset[str] = frozenset()  # keyword arguments of its function `write`

    def write(self, graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None, **options: Any) -> ExportReport:
        """Write `graph` to `target`; raises TargetError when that fails or when there is no such option."""
        unknown = sorted(set(options) - self.options)
        if unknown:
            raise TargetError(f"option {unknown[0]!r}", f"{self.name} has {', '.join(sorted(self.options)) or 'no options'}")
        writer = cast(Writer, importlib.import_module(self.module).write)
        return writer(graph, target, layout, **options)


EXPORTERS: dict[str, Exporter] = {
    exporter.name: exporter
    for exporter in (
        Exporter("graphml", ".graphml", "GraphML, for networkx, Gephi, yEd, Cytoscape; lists are JSON text", "exports.graphml"),
        Exporter(
            "html",
            ".html",
            "one interactive page that needs no network",
            "exports.html",
            needs_layout=True,
            options=frozenset({"renderer"}),
        ),
        Exporter("json", ".json", "node-link JSON, for networkx and d3", "exports.node_link"),
    )
}


def exporter(name: str) -> Exporter:
    """The exporter called `name`; raises TargetError that names the choices."""
    if name not in EXPORTERS:
        raise TargetError(f"format {name!r}", f"unknown; choose one of {', '.join(sorted(EXPORTERS))}")
    return EXPORTERS[name]
