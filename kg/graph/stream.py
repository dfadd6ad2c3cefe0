"""A graph directory written paper by paper: the very one of `save_graph`, while the graph never stands in memory."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from kg.graph.build import GraphBuilder
from kg.graph.spool import EdgeSpool
from kg.graph.store import EDGES, EXTRACTIONS, Provenance, edge_schema, foreign, write_beside, write_manifest
from kg.graph.tables import TableWriter
from schemas.columns import arrow_schema
from schemas.extraction import Extraction
from schemas.graph import NODE_RECORDS, NodeKind
from schemas.manifest import Manifest
from schemas.paper import Paper
from schemas.resolution import Resolution
from schemas.writing import whole_folder


def save_papers(
    target: Path,
    papers: Iterable[tuple[Paper, Extraction]],
    resolution: Resolution,
    provenance: Provenance,
    records: Iterable[Paper],
) -> Manifest:
    """Write the graph of `papers`, sorted by id and each with its extraction, as the directory `target`, whole or not at all.

    The directory is that of `save_graph` for the graph of `build_graph`; what was left out of it is added to `provenance`.
    Raises TargetError when it cannot be written or when `target` is something else than a graph directory.
    """
    with whole_folder(target, foreign) as folder:
        builder = GraphBuilder(resolution, provenance.extractor)
        with EdgeSpool(folder, edge_schema()) as edges:
            nodes = _write_nodes(folder, papers, builder, edges)
            for edge in builder.derived_edges():
                edges.add(*edge)
            with TableWriter(folder / EDGES, edge_schema()) as file:
                for batch in edges.batches():
                    file.add_batch(batch)
        write_beside(folder, resolution, records)
        return write_manifest(folder, replace(provenance, dropped=builder.dropped()), nodes, edges.counts)


def _write_nodes(folder: Path, papers: Iterable[tuple[Paper, Extraction]], builder: GraphBuilder, edges: EdgeSpool) -> Counter[str]:
    """Write the nodes and the extractions, pass the edges of papers on, and count the nodes of each kind."""
    counts: Counter[str] = Counter()
    with contextlib.ExitStack() as stack:
        files = {kind: folder / f"{kind}.parquet" for kind in NodeKind}
        nodes = {kind: stack.enter_context(TableWriter(file, arrow_schema(NODE_RECORDS[kind]))) for kind, file in files.items()}
        extractions = stack.enter_context(TableWriter(folder / EXTRACTIONS, arrow_schema(Extraction)))
        for paper, extraction in papers:
            part = builder.add(paper, extraction)
            extractions.add(extraction.model_dump())
            nodes[NodeKind.PAPER].add(part.node.model_dump())
            counts[NodeKind.PAPER] += 1
            for kind, target in sorted(part.edges):
                edges.add(paper.id, kind, target, part.edges[kind, target])
        for node_kind, _, record in builder.shared_nodes():
            nodes[node_kind].add(record.model_dump())
            counts[node_kind] += 1
    return counts
