"""The graph as rows of its tables: from each paper what it adds, from each entity, address and derived edge what papers say of it."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kg.graph.build import derived_edge, entity_node, link_node, paper_part
from kg.graph.store import EDGES, EXTRACTIONS, REASONS, RECORDS
from kg.scale.engine import Engine, Table
from kg.scale.extraction import EXTRACTION
from kg.scale.resolution import ASSIGNED, ENTITY, REASON
from kg.scale.rows import COUNT, PerKey, PerRow, Row, decode, encode
from schemas.extraction import EntityType, Extraction, Link
from schemas.graph import ENTITY_KINDS, EdgeKind, NodeKind
from schemas.paper import Paper, Record
from schemas.resolution import ResolvedEntity

TABLE_ROW = "row"  # stream: a row of a file of the graph directory, under the part that it goes into

_EDGE_ORDER = {kind: f"{number:02d}" for number, kind in enumerate(EdgeKind)}


@dataclass(frozen=True)
class Parts:
    """Into how many files the rows of each table go."""

    n_parts: int

    def row(self, file: str, place: str, value: str) -> Row:
        """A row of `file`, which is sorted by `place` within its part."""
        part = zlib.crc32(place.encode("utf-8", "surrogatepass")) % self.n_parts
        return Row(TABLE_ROW, f"{part:06d}", f"{file}\t{place}", value)

    def node(self, kind: NodeKind, record: Record, node_id: str) -> Row:
        """A row of a label's file."""
        return self.row(node_file(kind), node_id, record.model_dump_json())

    def edge(self, source: str, kind: EdgeKind, target: str, ends: tuple[NodeKind, NodeKind], record: Record) -> Row:
        """A row of the edges: its ends, the labels of these, its properties."""
        value = encode([source, kind, target, *ends]) + "\n" + record.model_dump_json()
        return self.row(EDGES, f"{_EDGE_ORDER[kind]}\t{source}\t{target}", value)


def node_file(kind: NodeKind) -> str:
    """The file of a label."""
    return f"{kind}.parquet"


@dataclass(frozen=True)
class _Papers(PerKey):
    """What a paper adds to the graph: its node and edges, and a row under each thing that it speaks of."""

    parts: Parts
    extractor: str

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        assigned: dict[tuple[EntityType, int], str] = {}
        extraction = Extraction(id=key)
        for row in rows:
            if row.to == ASSIGNED:
                entity_type, index, entity_id = decode(row.value)
                assigned[entity_type, index] = entity_id
            elif row.to == EXTRACTION:
                extraction = Extraction.model_validate_json(row.value)
            else:
                yield from self._added(Paper.model_validate_json(row.value), extraction, assigned)

    def _added(self, paper: Paper, extraction: Extraction, assigned: dict[tuple[EntityType, int], str]) -> Iterator[Row]:
        part = paper_part(paper, extraction, assigned, self.extractor)
        yield self.parts.node(NodeKind.PAPER, part.node, paper.id)
        labels = {target: ENTITY_KINDS[entity_type] for entity_type, target in part.entities}
        for (kind, target), edge in part.edges.items():
            yield self.parts.edge(paper.id, kind, target, (NodeKind.PAPER, labels.get(target, NodeKind.LINK)), edge)
        yield from (Row("of", f"entity\t{target}", "1", "") for target in labels)
        for target, links in part.links.items():
            yield from (Row("spelling", f"link\t{target}", "1", link.model_dump_json()) for link in links)
        for source, kind, target in part.derived:
            key = encode([source, kind, target, NodeKind.METHOD, labels[target]])
            yield Row("follows", f"edge\t{key}", "1" + paper.id, paper.id)
        yield from (Row(COUNT, reason, "", str(count)) for reason, count in part.dropped.items())


@dataclass(frozen=True)
class _Things(PerKey):
    """The node of an entity or of an address, or a derived edge, from what all papers say of it."""

    parts: Parts

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        what, _, name = key.partition("\t")
        if what == "entity":
            yield from self._entity(rows)
        elif what == "link":
            spellings = Counter(Link.model_validate_json(row.value) for row in rows)
            yield self.parts.node(NodeKind.LINK, link_node(name, spellings), name)
        else:
            source, kind, target, *ends = decode(name)
            edge = derived_edge(source, EdgeKind(kind), target, {row.value for row in rows})
            yield self.parts.edge(source, EdgeKind(kind), target, (NodeKind(ends[0]), NodeKind(ends[1])), edge)

    def _entity(self, rows: Iterator[Row]) -> Iterator[Row]:
        entity = ResolvedEntity.model_validate_json(next(rows).value)
        if n_papers := sum(1 for _ in rows):
            yield self.parts.node(ENTITY_KINDS[entity.type], entity_node(entity, n_papers), entity.id)


@dataclass(frozen=True)
class _Records(PerRow):
    """Records under what they hold, so that equal ones meet."""

    def one(self, row: Row) -> Iterator[Row]:
        yield Row("record", hashlib.sha256(row.value.encode()).hexdigest(), "", row.value)


@dataclass(frozen=True)
class _Kept(PerKey):
    """The rows of what a graph directory keeps beside the graph; of equal records one."""

    parts: Parts

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            if row.to == EXTRACTION:
                yield self.parts.row(EXTRACTIONS, key, row.value)
            elif row.to == REASON:
                yield self.parts.row(REASONS, f"{key}\t{row.order}", row.value)
            else:
                yield self.parts.row(RECORDS, row.value, row.value)
                return


@dataclass(frozen=True)
class Sources:
    """What a graph is made of, as tables of an engine."""

    records: Any  # streams KEYED and UNKEYED
    papers: Any  # stream PAPER
    extractions: Any  # stream EXTRACTION
    entities: Any  # streams ENTITY, ASSIGNED, REASON


def graph_tables(engine: Engine[Table], sources: Sources, parts: Parts, extractor: str) -> tuple[list[Table], Table]:
    """The streams TABLE_ROW of a graph, and the stream COUNT of what was left out of it."""
    assigned = engine.select(sources.entities, ASSIGNED)
    papers = engine.run("papers in the graph", _Papers(parts, extractor), [assigned, sources.extractions, sources.papers])
    entities = engine.select(sources.entities, ENTITY)
    things = engine.run("things in the graph", _Things(parts), [entities, engine.select(papers, "of", "spelling", "follows")])
    records = engine.map(_Records(), sources.records)
    kept = engine.run("kept", _Kept(parts), [records, sources.extractions, engine.select(sources.entities, REASON)])
    return [engine.select(papers, TABLE_ROW), things, kept], engine.select(papers, COUNT)
