"""Exports: a graph -> the files of other tools. One file per target; this registry names them all.

An exporter's module is imported when it is used, and has one function
`write(graph, target, layout, **options)` (with `overview` by name where it needs one) that writes `target` whole or not at
all and returns an ExportReport.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from exports.report import ExportReport, Writer
from schemas.errors import OptionError
from schemas.layout import Layout
from schemas.overview import Overview

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
    needs_overview: bool = False
    options: frozenset[str] = frozenset()  # keyword arguments of its function `write`
    target: Literal["file", "folder", "server"] = "file"  # a server is named by its address

    def write(
        self,
        graph: nx.MultiDiGraph,
        target: Path | str,
        layout: Layout | None = None,
        overview: Overview | None = None,
        **options: Any,
    ) -> ExportReport:
        """Write `graph` to `target`; raises TargetError when that fails, OptionError, ServerError.

        `layout` and `overview` are for those that need one.
        """
        unknown = sorted(set(options) - self.options)
        if unknown:
            raise OptionError(f"unknown option {unknown[0]!r}: {self.name} has {', '.join(sorted(self.options)) or 'no options'}")
        writer = cast(Writer, importlib.import_module(self.module).write)
        made = {"overview": overview} if self.needs_overview else {}
        return writer(graph, target if self.target == "server" else Path(target), layout, **made, **options)


EXPORTERS: dict[str, Exporter] = {
    exporter.name: exporter
    for exporter in (
        Exporter("csv", "-csv", "two CSV tables, nodes and edges; lists are JSON text", "exports.csv_tables", target="folder"),
        Exporter(
            "cypher",
            ".cypher",
            "one script for cypher-shell, Neo4j Browser and Aura; running it again changes nothing",
            "exports.neo4j.script",
            options=frozenset({"name"}),
        ),
        Exporter("cytoscape", ".cyjs", "Cytoscape.js JSON, for Cytoscape and web pages", "exports.cytoscape", needs_layout=True),
        Exporter("dot", ".dot", "DOT, for Graphviz; names and kinds only", "exports.dot"),
        Exporter("gexf", ".gexf", "GEXF 1.3 with dates, for Gephi and its timeline", "exports.gexf"),
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
        Exporter("json-ld", ".jsonld", "JSON-LD: schema.org and a small vocabulary", "exports.json_ld"),
        Exporter(
            "markdown",
            ".md",
            "a report to read: counts, most frequent names, what rises, new datasets, topics, code",
            "exports.markdown",
            needs_overview=True,
            options=frozenset({"top", "title"}),
        ),
        Exporter(
            "neo4j",
            "",
            "a Neo4j server: makes the part of a database that is this graph equal to it",
            "exports.neo4j.server",
            options=frozenset({"user", "password", "database", "name", "prune", "dry_run", "progress"}),
            target="server",
        ),
        Exporter(
            "neo4j-import",
            ".import",
            "a folder for neo4j-admin database import, the fastest way into an empty database",
            "exports.neo4j.bulk",
            options=frozenset({"name"}),
            target="folder",
        ),
        Exporter("parquet", "-parquet", "two Parquet tables, nodes and edges, typed", "exports.parquet_tables", target="folder"),
        Exporter(
            "report",
            ".report.html",
            "the same report as one HTML page that needs no network",
            "exports.report_page",
            needs_overview=True,
            options=frozenset({"top", "title"}),
        ),
        Exporter("turtle", ".ttl", "Turtle, for triple stores (needs the extra rdf)", "exports.turtle"),
    )
}


def exporter(name: str) -> Exporter:
    """The exporter called `name`; raises OptionError that names the choices."""
    if name not in EXPORTERS:
        raise OptionError(f"unknown format {name!r}; choose one of {', '.join(sorted(EXPORTERS))}")
    return EXPORTERS[name]
