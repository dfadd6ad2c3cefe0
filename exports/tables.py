"""The graph as two tables, for the formats that write them: all nodes with the properties of every kind, and all edges."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx

from schemas.graph import NODE_RECORDS, DerivedEdge, PaperEdge

CONTENTS = "contents.json"  # names the files of the folder, so that a folder of something else is never replaced

# Columns in the order of the schema, each once.
NODE_COLUMNS = tuple(dict.fromkeys(["id", "kind", *(name for record in NODE_RECORDS.values() for name in record.model_fields)]))
EDGE_COLUMNS = tuple(dict.fromkeys(["source", "target", "kind", *PaperEdge.model_fields, *DerivedEdge.model_fields]))


def node_rows(graph: nx.MultiDiGraph) -> Iterator[dict[str, Any]]:
    """One row a node; absent values are left out."""
    for node, values in graph.nodes(data=True):
        yield {"id": node, **values}


def edge_rows(graph: nx.MultiDiGraph) -> Iterator[dict[str, Any]]:
    """One row an edge; absent values are left out."""
    for source, target, values in graph.edges(data=True):
        yield {"source": source, "target": target, **values}


def write_contents(folder: Path, export: str, files: list[str]) -> None:
    """Say what the folder holds."""
    (folder / CONTENTS).write_text(json.dumps({"export": export, "files": files}, indent=1) + "\n", "utf-8", newline="\n")
