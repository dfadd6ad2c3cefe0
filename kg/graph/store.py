"""The native format: a directory of Parquet files and a manifest (DESIGN: the same input gives the same bytes)."""

from __future__ import annotations

import contextlib
import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import networkx as nx
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError

from kg.graph.check import check_graph
from kg.graph.columns import portions, rows_of, texts, values_of
from kg.graph.tables import write_rows
from schemas.columns import arrow_schema
from schemas.errors import GraphError
from schemas.exchange import recover
from schemas.extraction import Extraction
from schemas.graph import NODE_RECORDS, DerivedEdge, EdgeKind, NodeKind, PaperEdge, edge_record
from schemas.ids import file_sha256
from schemas.manifest import SCHEMA_VERSION, InputReport, Manifest
from schemas.paper import Paper, Record
from schemas.resolution import FormReason, Refusal, Resolution
from schemas.writing import files_not_listed, whole_folder

MANIFEST = "manifest.json"
EDGES = "edges.parquet"
EXTRACTIONS = "extractions.parquet"
RECORDS = "records.parquet"
REASONS = "resolution.parquet"
REFUSALS = "refusals.parquet"

QUERY_DATABASE = ".query-{}.lbug"  # of the embedded engine, made of the other files when it is first asked for

_HELD = 1000  # rows that are held as Python values

Item = TypeVar("Item", bound=Record)

# What in an existing folder was not written by `save_graph`; "" for a graph directory of any version.
foreign = files_not_listed(MANIFEST, "schema_version", "extractor", made_later=QUERY_DATABASE.format("*"))


@dataclass(frozen=True)
class Provenance:
    """Where a graph comes from, as its manifest says it."""

    extractor: str = ""
    inputs: tuple[InputReport, ...] = ()
    dropped: Mapping[str, int] | None = None
    extractor_hash: str = ""
    min_confidence: float = 0.0
    overrides: str = ""  # base name of the overrides file


def save_graph(
    graph: nx.MultiDiGraph,
    target: Path,
    extractions: Iterable[Extraction] = (),
    provenance: Provenance | None = None,
    resolution: Resolution | None = None,
    records: Iterable[Paper] = (),
) -> Manifest:
    """Write `graph` as the directory `target`, whole or not at all, and return its manifest.

    `resolution` says why its nodes are what they are; without it `load_reasons` gives nothing. `records` are what its
    papers were joined from: without them the graph cannot be updated.
    Raises GraphError when the graph does not fit the schema, TargetError when it cannot be written or when `target` is
    something else than a graph directory.
    """
    check_graph(graph)
    ordered = sorted(extractions, key=lambda extraction: extraction.id)
    with whole_folder(target, foreign) as folder:
        for kind in NodeKind:
            write_rows(folder / f"{kind}.parquet", arrow_schema(NODE_RECORDS[kind]), _node_rows(graph, kind))
        write_rows(folder / EDGES, edge_schema(), _edge_rows(graph))
        write_records(folder / EXTRACTIONS, Extraction, ordered)
        write_beside(folder, resolution, records)
        nodes = Counter(kind for _, kind in graph.nodes(data="kind"))
        edges = Counter(kind for _, _, kind in graph.edges(data="kind"))
        return write_manifest(folder, provenance or Provenance(), nodes, edges)


def write_beside(folder: Path, resolution: Resolution | None, records: Iterable[Paper]) -> None:
    """Write what a graph directory holds beside the graph and the extractions."""
    write_records(folder / RECORDS, Paper, sorted(set(records), key=lambda record: record.model_dump_json().encode()))
    write_records(folder / REASONS, FormReason, resolution.reasons if resolution else ())
    write_records(folder / REFUSALS, Refusal, resolution.refused if resolution else ())


def write_records(path: Path, record: type[Record], records: Iterable[Record]) -> None:
    """Write records as a file."""
    write_rows(path, arrow_schema(record), (item.model_dump() for item in records))


def load_graph(path: Path) -> nx.MultiDiGraph:
    """The graph in a graph directory; raises GraphError when it is missing, damaged or of another version.

    Its files are those that `save_graph` wrote, as the checksums say, so their records are not checked again.
    """
    load_manifest(path)
    graph = nx.MultiDiGraph()
    try:
        with _no_collection():
            for kind in NodeKind:
                _add_nodes(graph, kind, _in_order(path / f"{kind}.parquet"))
            _add_edges(graph, _in_order(path / EDGES))
    except (OSError, pa.ArrowException, ValueError, KeyError) as error:
        raise GraphError(str(path), f"damaged graph directory ({type(error).__name__}); build it again") from error
    return graph


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """No search for unreachable cycles meanwhile: there are none among new values, and looking takes longer than making them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _add_nodes(graph: nx.MultiDiGraph, kind: NodeKind, table: pa.Table) -> None:
    for part in portions(table):
        columns = values_of(part, NODE_RECORDS[kind])
        nodes, nullable = columns.pop("id"), any(part.column(name).null_count for name in columns)
        graph.add_nodes_from(nodes, kind=kind.value)
        for node, values in zip(nodes, rows_of(columns, nullable=nullable), strict=True):
            graph.nodes[node].update(values)


def _add_edges(graph: nx.MultiDiGraph, table: pa.Table) -> None:
    """Add the edges in the order of the file, that of `assemble`: kind by kind."""
    nodes = {node: node for node in graph}  # so that an end is the very text that the node is
    for kind, part in _by_kind(table):
        ends = ([nodes[end] for end in texts(part.column(name))] for name in ("source", "target"))
        columns = {"kind": [kind] * part.num_rows} | values_of(part, edge_record(EdgeKind(kind)))
        for source, target, key, values in zip(*ends, columns["id"], rows_of(columns, nullable=False), strict=True):
            graph.add_edge(source, target, key)
            graph.get_edge_data(source, target, key).update(values)  # as keywords of `add_edge` they would be copied twice


def _by_kind(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The edges of each kind, in portions."""
    kinds = texts(table.column("kind"))
    starts = [0, *(row for row in range(1, len(kinds)) if kinds[row] != kinds[row - 1]), len(kinds)]
    for start, end in pairwise(starts if kinds else ()):
        yield from ((kinds[start], part) for part in portions(table.slice(start, end - start)))


def load_extractions(path: Path) -> list[Extraction]:
    """The extractions in a graph directory, sorted by id; raises GraphError."""
    return sorted(iterate_extractions(path), key=lambda extraction: extraction.id)


def iterate_extractions(path: Path) -> Iterator[Extraction]:
    """The extractions in a graph directory, one by one; raises GraphError."""
    return _iterate_records(path, EXTRACTIONS, Extraction)


def load_records(path: Path) -> list[Paper]:
    """The records that the papers of a graph directory were joined from; raises GraphError when it has none of its papers."""
    manifest = load_manifest(path)
    records = _records(path, RECORDS, Paper) if any(name.partition("/")[0] == RECORDS for name in manifest.files) else []
    if len(records) < manifest.nodes.get(NodeKind.PAPER, 0):
        raise GraphError(str(path), "holds no records of its papers, so it cannot be updated; build it again with kg build")
    return records


def load_nodes(path: Path, attributes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The nodes of a graph directory, by id, each with its kind and those of `attributes` that it has; raises GraphError."""
    columns = ["id", *attributes]
    try:
        return {row["id"]: row | {"kind": kind.value} for kind in NodeKind for row in _rows(path / f"{kind}.parquet", columns)}
    except (OSError, pa.ArrowException, KeyError) as error:
        raise GraphError(str(path), f"damaged graph directory ({type(error).__name__}); build it again") from error


def load_reasons(path: Path) -> tuple[list[FormReason], list[Refusal]]:
    """Why the names of a graph directory are merged, and the merges that overrides forbade; raises GraphError."""
    return _records(path, REASONS, FormReason), _records(path, REFUSALS, Refusal)


def _records(path: Path, file: str, record: type[Item]) -> list[Item]:
    return list(_iterate_records(path, file, record))


def _iterate_records(path: Path, file: str, record: type[Item]) -> Iterator[Item]:
    try:
        for row in _rows(path / file):
            yield record.model_validate(row)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise GraphError(str(path), f"damaged graph directory ({type(error).__name__}); build it again") from error


def load_manifest(path: Path) -> Manifest:
    """The manifest of a graph directory, its checksums compared; raises GraphError."""
    try:
        if not path.exists():
            recover(path.resolve())
        manifest = Manifest.model_validate_json((path / MANIFEST).read_bytes())
    except OSError as error:
        raise GraphError(str(path), f"not a graph directory (no {MANIFEST}); kg build -o {path.name or 'DIR'} makes one") from error
    except ValidationError as error:
        raise GraphError(str(path), f"damaged {MANIFEST}; delete the folder and build the graph again") from error
    if manifest.schema_version != SCHEMA_VERSION:
        versions = f"schema version {manifest.schema_version}, this kg reads {SCHEMA_VERSION}"
        raise GraphError(str(path), f"{versions}; build the graph again")
    for name, expected in manifest.files.items():
        if file_sha256(_inside(path, name)) != expected:
            raise GraphError(str(path), f"{name} is missing or not the file that was written; build the graph again")
    return manifest


def parts_of(path: Path) -> list[Path]:
    """The file, or the parts of one that many workers wrote."""
    return sorted(path.iterdir()) if path.is_dir() else [path]


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """A file of a graph directory with all its parts; `pq.read_table` would import pandas where it is installed."""
    tables = []
    for part in parts_of(path):
        with pq.ParquetFile(part) as file:
            tables.append(file.read(columns))
    return pa.concat_tables(tables)


def _in_order(path: Path) -> pa.Table:
    """Nodes or edges in the order of `save_graph`, which the parts of a file do not have."""
    table = read_table(path)
    if not path.is_dir():
        return table
    if "kind" not in table.column_names:
        return table.sort_by("id")
    rank = pc.index_in(table.column("kind"), value_set=pa.array([kind.value for kind in EdgeKind]))
    ordered = table.append_column("rank", rank).sort_by([(name, "ascending") for name in ("rank", "source", "target")])
    return ordered.drop_columns(["rank"])


def _inside(directory: Path, name: str) -> Path:
    """A file of the directory, or a part of one (FILE/PART) where it was written by many workers; a name leads to no other place."""
    return directory.joinpath(*(Path(part).name for part in name.split("/")))


def _rows(path: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a file; of `columns` those that it has, where they are given."""
    for part in parts_of(path):
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(_HELD, columns=columns):
                yield from map(_present, batch.to_pylist())


def _present(value: Any) -> Any:
    """Nulls left out, so that a record's defaults apply."""
    if isinstance(value, dict):
        return {name: _present(item) for name, item in value.items() if item is not None}
    return [_present(item) for item in value] if isinstance(value, list) else value


def _node_rows(graph: nx.MultiDiGraph, kind: NodeKind) -> Iterator[dict[str, Any]]:
    nodes = sorted(node for node, of_kind in graph.nodes(data="kind") if of_kind == kind)
    return ({"id": node} | graph.nodes[node] for node in nodes)


def _edge_rows(graph: nx.MultiDiGraph) -> Iterator[dict[str, Any]]:
    order = {kind.value: number for number, kind in enumerate(EdgeKind)}
    edges = sorted(graph.edges(data=True), key=lambda edge: (order[edge[2]["kind"]], edge[0], edge[1]))
    return ({"source": source, "target": target} | values for source, target, values in edges)


def edge_schema() -> pa.Schema:
    """The columns of the edges."""
    ends = pa.schema([pa.field(name, pa.string(), nullable=False) for name in ("source", "kind", "target")])
    return pa.schema([*ends, *arrow_schema(PaperEdge, DerivedEdge)])


def write_manifest(
    folder: Path, provenance: Provenance, nodes: Mapping[str, int], edges: Mapping[str, int], files: Mapping[str, str] | None = None
) -> Manifest:
    """Write the manifest of `folder`; `nodes` and `edges` are the numbers of each kind, `files` the checksums where they are known."""
    if files is None:
        files = {path.name: file_sha256(path) for path in folder.glob("*.parquet")}
    manifest = Manifest(
        extractor=provenance.extractor,
        extractor_hash=provenance.extractor_hash,
        min_confidence=provenance.min_confidence,
        overrides=provenance.overrides,
        inputs=tuple(sorted(provenance.inputs, key=lambda report: report.key)),
        n_records=sum(report.n_papers for report in provenance.inputs),
        nodes={kind: nodes.get(kind, 0) for kind in NodeKind},
        edges={kind: edges.get(kind, 0) for kind in EdgeKind},
        dropped=dict(sorted((provenance.dropped or {}).items())),
        files=dict(sorted(files.items())),
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8", newline="\n")
    return manifest
