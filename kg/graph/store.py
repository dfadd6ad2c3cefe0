"""The native format: a directory of Parquet files and a manifest (DESIGN: the same input gives the same bytes)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import networkx as nx
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from kg.graph.build import assemble
from kg.graph.check import check_graph
from schemas.columns import arrow_schema
from schemas.errors import GraphError
from schemas.exchange import recover
from schemas.extraction import Extraction
from schemas.graph import NODE_RECORDS, DerivedEdge, EdgeKind, NodeKind, PaperEdge, edge_record
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
    tables = {f"{kind}.parquet": _node_table(graph, kind) for kind in NodeKind}
    tables[EDGES] = _edge_table(graph)
    ordered: list[Extraction] = sorted(extractions, key=lambda extraction: extraction.id)
    tables[EXTRACTIONS] = _record_table(ordered, Extraction)
    tables[RECORDS] = _record_table(sorted(set(records), key=lambda record: record.model_dump_json().encode()), Paper)
    tables[REASONS] = _record_table(resolution.reasons if resolution else (), FormReason)
    tables[REFUSALS] = _record_table(resolution.refused if resolution else (), Refusal)
    with whole_folder(target, foreign) as folder:
        for name, table in tables.items():
            pq.write_table(table, folder / name, compression="zstd")
        manifest = _manifest(graph, provenance or Provenance(), folder, sorted(tables))
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
    return manifest


def load_graph(path: Path) -> nx.MultiDiGraph:
    """The graph in a graph directory; raises GraphError when it is missing, damaged or of another version."""
    load_manifest(path)
    nodes: dict[tuple[NodeKind, str], Record] = {}
    edges: dict[tuple[str, EdgeKind, str], Record] = {}
    try:
        for kind in NodeKind:
            for row in _rows(path / f"{kind}.parquet"):
                nodes[kind, row["id"]] = NODE_RECORDS[kind].model_validate(row)
        for row in _rows(path / EDGES):
            edge_kind, source, target = EdgeKind(row.pop("kind")), row.pop("source"), row.pop("target")
            edges[source, edge_kind, target] = edge_record(edge_kind).model_validate(row)
    except (OSError, pa.ArrowException, ValueError, KeyError) as error:
        raise GraphError(str(path), f"damaged graph directory ({type(error).__name__}); build it again") from error
    return assemble(nodes, edges)


def load_extractions(path: Path) -> list[Extraction]:
    """The extractions in a graph directory, sorted by id; raises GraphError."""
    return sorted(_records(path, EXTRACTIONS, Extraction), key=lambda extraction: extraction.id)


def load_records(path: Path) -> list[Paper]:
    """The records that the papers of a graph directory were joined from; raises GraphError when it has none of its papers."""
    manifest = load_manifest(path)
    records = _records(path, RECORDS, Paper) if any(name.partition("/")[0] == RECORDS for name in manifest.files) else []
    if len(records) < manifest.nodes.get(NodeKind.PAPER, 0):
        raise GraphError(str(path), "holds no records of its papers, so it cannot be updated; build it again with kg build")
    return records


def load_nodes(path: Path) -> dict[str, dict[str, Any]]:
    """The nodes of a graph directory, by id, without their edges; raises GraphError."""
    try:
        return {row["id"]: row | {"kind": kind.value} for kind in NodeKind for row in _rows(path / f"{kind}.parquet")}
    except (OSError, pa.ArrowException, KeyError) as error:
        raise GraphError(str(path), f"damaged graph directory ({type(error).__name__}); build it again") from error


def load_reasons(path: Path) -> tuple[list[FormReason], list[Refusal]]:
    """Why the names of a graph directory are merged, and the merges that overrides forbade; raises GraphError."""
    return _records(path, REASONS, FormReason), _records(path, REFUSALS, Refusal)


def _records(path: Path, file: str, record: type[Item]) -> list[Item]:
    try:
        return [record.model_validate(row) for row in _rows(path / file)]
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
        raise GraphError(str(path), f"damaged {MANIFEST}; build the graph again") from error
    if manifest.schema_version != SCHEMA_VERSION:
        versions = f"schema version {manifest.schema_version}, this kg reads {SCHEMA_VERSION}"
        raise GraphError(str(path), f"{versions}; build the graph again")
    for name, expected in manifest.files.items():
        if file_sha256(_inside(path, name)) != expected:
            raise GraphError(str(path), f"{name} is missing or not the file that was written; build the graph again")
    return manifest


def _inside(directory: Path, name: str) -> Path:
    """A file of the directory, or a part of one (FILE/PART) where it was written by many workers; a name leads to no other place."""
    return directory.joinpath(*(Path(part).name for part in name.split("/")))


def _rows(path: Path) -> list[dict[str, Any]]:
    return [_present(row) for row in pq.read_table(path).to_pylist()]


def _present(value: Any) -> Any:
    """Nulls left out, so that a record's defaults apply."""
    if isinstance(value, dict):
        return {name: _present(item) for name, item in value.items() if item is not None}
    return [_present(item) for item in value] if isinstance(value, list) else value


def _node_table(graph: nx.MultiDiGraph, kind: NodeKind) -> pa.Table:
    rows = [{"id": node} | values for node, values in graph.nodes(data=True) if values["kind"] == kind]
    return _table(sorted(rows, key=lambda row: row["id"]), arrow_schema(NODE_RECORDS[kind]))


def _edge_table(graph: nx.MultiDiGraph) -> pa.Table:
    rows = [{"source": source, "target": target} | values for source, target, values in graph.edges(data=True)]
    order = list(EdgeKind)
    return _table(sorted(rows, key=lambda row: (order.index(row["kind"]), row["source"], row["target"])), edge_schema())


def edge_schema() -> pa.Schema:
    """The columns of the edges."""
    ends = pa.schema([pa.field(name, pa.string(), nullable=False) for name in ("source", "kind", "target")])
    return pa.schema([*ends, *arrow_schema(PaperEdge, DerivedEdge)])


def _record_table(records: Iterable[Record], record: type[Record]) -> pa.Table:
    return _table([item.model_dump() for item in records], arrow_schema(record))


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema)


def _manifest(graph: nx.MultiDiGraph, provenance: Provenance, folder: Path, names: list[str]) -> Manifest:
    nodes = Counter(kind for _, kind in graph.nodes(data="kind"))
    edges = Counter(kind for _, _, kind in graph.edges(data="kind"))
    return Manifest(
        extractor=provenance.extractor,
        extractor_hash=provenance.extractor_hash,
        min_confidence=provenance.min_confidence,
        overrides=provenance.overrides,
        inputs=tuple(sorted(provenance.inputs, key=lambda report: report.key)),
        n_records=sum(report.n_papers for report in provenance.inputs),
        nodes={kind: nodes[kind] for kind in NodeKind},
        edges={kind: edges[kind] for kind in EdgeKind},
        dropped=dict(sorted((provenance.dropped or {}).items())),
        files={name: file_sha256(folder / name) for name in names},
    )


def file_sha256(path: Path) -> str:
    """Hex digest of a file; empty when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
