"""Two Parquet files, `nodes.parquet` and `edges.parquet`, for pandas, polars and DuckDB: typed columns, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pyarrow as pa
import pyarrow.parquet as pq

from exports.report import ExportReport
from exports.tables import CONTENTS, EDGE_COLUMNS, NODE_COLUMNS, edge_rows, node_rows, write_contents
from schemas.columns import arrow_schema
from schemas.graph import NODE_RECORDS, DerivedEdge, PaperEdge
from schemas.layout import Layout
from schemas.writing import files_not_listed, whole_folder


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write the folder `target` whole or not at all; a folder that is not such an export is never replaced."""
    tables = {
        "nodes.parquet": pa.Table.from_pylist(list(node_rows(graph)), _schema(NODE_COLUMNS, arrow_schema(*NODE_RECORDS.values()))),
        "edges.parquet": pa.Table.from_pylist(list(edge_rows(graph)), _schema(EDGE_COLUMNS, arrow_schema(PaperEdge, DerivedEdge))),
    }
    with whole_folder(target, files_not_listed(CONTENTS, "export")) as folder:
        for name, table in tables.items():
            pq.write_table(table, folder / name, compression="zstd")
        write_contents(folder, "parquet", sorted(tables))
    return ExportReport(target, len(graph), graph.number_of_edges())


def _schema(columns: tuple[str, ...], known: pa.Schema) -> pa.Schema:
    """The columns in order; ends and kind, which no record holds, are texts."""
    return pa.schema([known.field(name) if name in known.names else pa.field(name, pa.string(), nullable=False) for name in columns])
