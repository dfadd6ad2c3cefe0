"""Two CSV files, `nodes.csv` and `edges.csv`, for spreadsheets, R and SQL: lists are JSON text, dates ISO text, absent values empty."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import networkx as nx

from exports.plain_values import scalar
from exports.report import ExportReport
from exports.tables import CONTENTS, EDGE_COLUMNS, NODE_COLUMNS, edge_rows, node_rows, write_contents
from schemas.layout import Layout
from schemas.writing import files_not_listed, whole_folder


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write the folder `target` whole or not at all; a folder that is not such an export is never replaced."""
    with whole_folder(target, files_not_listed(CONTENTS, "export")) as folder:
        _write(folder / "nodes.csv", NODE_COLUMNS, node_rows(graph))
        _write(folder / "edges.csv", EDGE_COLUMNS, edge_rows(graph))
        write_contents(folder, "csv", ["nodes.csv", "edges.csv"])
    return ExportReport(target, len(graph), graph.number_of_edges(), ("lists are JSON text, dates ISO text",))


def _write(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(columns), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: scalar(value) for name, value in row.items()} for row in rows)
