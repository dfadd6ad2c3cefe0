"""The export to a Neo4j server: makes the part of a database that belongs to a graph equal to it.

Constraints and indexes first; then nodes, then relationships, each batch one transaction; what is stale goes at the end, so that
who reads meanwhile never finds less than before. A batch is compared with the database before it is written, so what is equal
already is never written, and a run that was stopped is finished by the next one.
"""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import networkx as nx
from neo4j import SummaryCounters
from neo4j.exceptions import ConstraintError

from exports.neo4j import creation, layout
from exports.neo4j.connection import Database, connect, login
from exports.neo4j.layout import CONSTRAINTS, LONG_ID, MARK, TEXT_INDEXES
from exports.neo4j.rows import MAX_ROWS, Progress, Row, batches, edge_rows, ends_in, node_rows
from exports.report import ExportReport
from schemas.errors import ServerError
from schemas.graph import EdgeKind, NodeKind
from schemas.layout import Layout

Kind = NodeKind | EdgeKind
Result = TypeVar("Result")
_Create = Callable[[list[Row]], tuple[str, creation.Rows]]
ALL_KINDS: tuple[Kind, ...] = (*NodeKind, *EdgeKind)


@dataclass(frozen=True)
class Counts:
    """Numbers of nodes, relationships and properties: the server's own, or those that a dry run foresees."""

    nodes_created: int = 0
    relationships_created: int = 0
    properties_set: int = 0  # of a dry run: nodes and relationships that would change
    nodes_deleted: int = 0
    relationships_deleted: int = 0

    def as_text(self, *, dry_run: bool) -> str:
        """The counts as a sentence."""
        if dry_run:
            verbs, set_what = ("would create", "change", "delete"), f"{self.properties_set} nodes or relationships"
        else:
            verbs, set_what = ("created", "set", "deleted"), f"{self.properties_set} properties"
        created = f"{self.nodes_created} nodes and {self.relationships_created} relationships"
        deleted = f"{self.nodes_deleted} nodes and {self.relationships_deleted} relationships"
        return f"{verbs[0]} {created}, {verbs[1]} {set_what}, {verbs[2]} {deleted}"


@dataclass(frozen=True)
class Neo4jReport(ExportReport):
    """What an export did to a database."""

    counts: Counts = Counts()
    dry_run: bool = False
    n_stale: int = 0  # nodes and relationships of the graph's earlier state that were left in place


def write(
    graph: nx.MultiDiGraph,
    target: Path | str,
    places: Layout | None = None,
    *,
    user: str | None = None,
    password: str | None = None,
    database: str | None = None,
    name: str = layout.DEFAULT_NAME,
    prune: bool = True,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Neo4jReport:
    """Make the graph called `name` in the server at the address `target` equal to `graph`.

    User and password come from NEO4J_USERNAME and NEO4J_PASSWORD where they are not given. Without `prune` stale nodes and
    relationships stay; `dry_run` writes nothing. `progress` passes rows on while telling how far they are. Raises
    ServerError, also when the database holds another number of nodes or relationships at the end than the graph.
    """
    layout.checked_name(name)
    to = login(str(target), user, password, database)
    with connect(to) as connected:
        export = _Export(connected, graph, name, dry_run=dry_run, progress=progress or _silent)
        return export.run(to.uri, prune=prune)


def _results(tasks: Iterable[Callable[[], Result]], at_a_time: int) -> Iterator[Result]:
    """The results of tasks in their order; `at_a_time` of them run, each in a thread, while the next is made."""
    with ThreadPoolExecutor(at_a_time) as threads:
        running: deque[Future[Result]] = deque()
        for task in tasks:
            running.append(threads.submit(task))
            if len(running) > at_a_time:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _silent(rows: Iterable[Row], what: str, total: int) -> Iterable[Row]:
    return rows


class _Export:
    """One run: the graph, the database, and what was counted so far."""

    def __init__(self, database: Database, graph: nx.MultiDiGraph, name: str, *, dry_run: bool, progress: Progress) -> None:
        self._database = database
        self._graph = graph
        self._name = name
        self._dry_run = dry_run
        self._progress = progress
        self._counts: Counter[str] = Counter()
        self._stale: Counter[Kind] = Counter()  # left in place
        self._lost = 0  # relationships of others at nodes that were deleted
        self._relabelled = 0  # nodes that others gave a label of another kind of ours

    def run(self, uri: str, *, prune: bool) -> Neo4jReport:
        if not self._dry_run:
            _prepare(self._database, uri)
        present = self._present()
        stale = self._find_stale(present, prune=prune)
        try:
            self._write(present)
        except ConstraintError:  # one of others, that new and stale together break, such as a name that moved to another id
            if not any(stale.values()):
                raise
            self._remove(stale)
            self._write(self._present())
        else:
            self._remove(stale)
        if not self._dry_run:
            self._compare(uri)
        counts = Counts(**{name: self._counts[name] for name in asdict(Counts())})
        notes = (counts.as_text(dry_run=self._dry_run), *self._notes())
        n_edges = self._graph.number_of_edges()
        return Neo4jReport(f"{uri}, graph {self._name}", len(self._graph), n_edges, notes, counts, self._dry_run, self._stale.total())

    def _notes(self) -> Iterator[str]:
        if self._stale:
            yield f"{self._stale.total()} stale nodes and relationships left in place"
        if self._relabelled:
            yield f"{self._relabelled} labels of the schema that others added {'would be ' if self._dry_run else ''}taken off"
        if self._lost:
            yield f"{self._lost} relationships that are not ours went with the nodes they were attached to"

    def _present(self) -> dict[Kind, int]:
        """The number of nodes and relationships of this graph in the database, by kind."""
        counts = {str(record["kind"]): int(record["n"]) for record in self._database.run(_COUNTS, graph=self._name).records}
        return {kind: counts[kind] for kind in ALL_KINDS}

    def _find_stale(self, present: Mapping[Kind, int], *, prune: bool) -> dict[Kind, list[str]]:
        """The ids of what must go at the end; what is in the way goes at once, and what may stay is counted."""
        to_go: dict[Kind, list[str]] = {}
        for kind in (*EdgeKind, *NodeKind):  # relationships first: a node's relationships of ours are gone when it goes
            if present[kind]:
                found = list(self._stale_nodes(kind) if isinstance(kind, NodeKind) else self._stale_edges(kind))
                self._delete(kind, [stored_id for stored_id, in_the_way in found if in_the_way])
                to_go[kind] = [stored_id for stored_id, in_the_way in found if not in_the_way]
        if prune:
            return to_go
        self._stale.update({kind: len(ids) for kind, ids in to_go.items() if ids})
        return {}

    def _remove(self, stale: Mapping[Kind, list[str]]) -> None:
        for kind, ids in stale.items():
            self._delete(kind, ids)

    def _stale_nodes(self, kind: NodeKind) -> Iterator[tuple[str, bool]]:
        """A node of the graph that someone gave this label beside its own is not stale: the label goes, the node stays."""
        query = f"MATCH {_pattern(kind)} {_OURS} RETURN x.id, {_given_id('x')}, labels(x)"
        added: list[str] = []
        for stored_id, given_id, labels in map(tuple, self._database.stream(query, graph=self._name)):
            right = self._graph.nodes.get(given_id, {}).get("kind")
            if right != kind and right in labels:
                added.append(stored_id)
            elif right != kind:
                yield stored_id, False
        self._take_label(kind, added)

    def _take_label(self, kind: NodeKind, ids: list[str]) -> None:
        self._relabelled += len(ids)
        query = f"UNWIND $ids AS id MATCH {_pattern(kind, 'id: id')} REMOVE x:{kind}"
        for start in range(0, 0 if self._dry_run else len(ids), MAX_ROWS):
            self._database.run(query, ids=ids[start : start + MAX_ROWS], graph=self._name)

    def _stale_edges(self, kind: EdgeKind) -> Iterator[tuple[str, bool]]:
        """An edge that joins other nodes in the database than in the graph is in the way of the right one."""
        query = f"MATCH (a)-[x:{kind}]->(b) {_OURS} RETURN x.id, {_given_id('x')}, {_id_of_ours('a')}, {_id_of_ours('b')}"
        keys: set[str] = set()  # of the graph's edges of this kind; made when it is wanted, which is seldom
        for stored_id, given_id, source, target in map(tuple, self._database.stream(query, graph=self._name, labels=list(NodeKind))):
            edge = self._graph.get_edge_data(source, target, given_id) or {}
            if edge.get("kind") != kind:
                keys = keys or {key for _, _, key, other in self._graph.edges(keys=True, data="kind") if other == kind}
                yield stored_id, given_id in keys

    def _delete(self, kind: Kind, ids: list[str]) -> None:
        verb = "DETACH DELETE" if isinstance(kind, NodeKind) else "DELETE"
        query = f"UNWIND $ids AS id MATCH {_pattern(kind, 'id: id')} {verb} x"
        if self._dry_run:
            self._counts["nodes_deleted" if isinstance(kind, NodeKind) else "relationships_deleted"] += len(ids)
            return
        for start in range(0, len(ids), MAX_ROWS):
            gone = self._add(self._database.run(query, ids=ids[start : start + MAX_ROWS], graph=self._name).summary.counters)
            self._lost += gone.relationships_deleted if isinstance(kind, NodeKind) else 0

    def _add(self, counters: SummaryCounters) -> SummaryCounters:
        self._counts.update({name: getattr(counters, name) for name in asdict(Counts())})
        return counters

    def _write(self, present: Mapping[Kind, int]) -> None:
        self._write_nodes(present)
        self._write_edges(present)

    def _write_nodes(self, present: Mapping[Kind, int]) -> None:
        kinds = Counter(kind for _, kind in self._graph.nodes(data="kind"))
        rows = ((kind, self._progress(node_rows(self._graph, kind), f"{kind} nodes", kinds[kind])) for kind in NodeKind if kinds[kind])
        for kind, of_kind in rows:
            create = None if present[kind] else partial(creation.nodes, kind=kind)
            self._write_batches(kind, of_kind, create, f"MERGE {_pattern(kind, 'id: row.id')}", at_a_time=2 if create else 1)

    def _write_edges(self, present: Mapping[Kind, int]) -> None:
        ids = creation.ElementIds(self._database, self._name)
        for ends, total in ends_in(self._graph).items():
            merge = (
                f"MATCH (a:{ends.source} {{{MARK}: $graph, id: row.source}}) MATCH (b:{ends.target} {{{MARK}: $graph, id: row.target}}) "
                f"MERGE (a)-[x:{ends.kind} {{{MARK}: $graph, id: row.id}}]->(b)"
            )
            rows = self._progress(edge_rows(self._graph, ends), f"{ends.source} {ends.kind} {ends.target}", total)
            create = None if present[ends.kind] else partial(creation.edges, ends=ends, ids=ids)
            # Batches of papers' edges meet at their targets alone, in one order; others could wait for each other. And comparing
            # is work of this process, of which two threads do no more than one.
            self._write_batches(ends.kind, rows, create, merge, at_a_time=2 if create and ends.source == NodeKind.PAPER else 1)

    def _write_batches(self, kind: Kind, rows: Iterable[Row], create: _Create | None, merge: str, at_a_time: int) -> None:
        """Write rows in batches, `at_a_time` together: while the server works on one, the next is made and sent.

        `create` gives the query for a kind of which the database has nothing.
        """
        if self._dry_run:
            for batch in batches(rows):
                self._foresee(kind, batch, compare=create is None)
            return
        ordered = (sorted(batch, key=lambda row: str(row.get("target"))) for batch in batches(rows))
        tasks = (partial(self._write_batch, kind, batch, create(batch) if create else None, merge) for batch in ordered)
        for counters in _results(tasks, at_a_time):
            if counters:
                self._add(counters)

    def _write_batch(
        self, kind: Kind, batch: list[Row], creation_of: tuple[str, creation.Rows] | None, merge: str
    ) -> SummaryCounters | None:
        """Create a batch, or write those of its rows that the database does not hold as they are; changes nothing here."""
        if creation_of:
            query, values = creation_of
            with contextlib.suppress(ConstraintError):  # it is there: the driver repeats what it saw no end of
                return self._database.run(query, rows=values, graph=self._name).summary.counters
        states = self._states(kind, batch)
        rows = [row for row in batch if row["id"] in states]
        query = f"UNWIND $rows AS row {merge} SET x += row.values"
        return self._database.run(query, rows=rows, graph=self._name).summary.counters if rows else None

    def _foresee(self, kind: Kind, batch: list[Row], *, compare: bool) -> None:
        created = "nodes_created" if isinstance(kind, NodeKind) else "relationships_created"
        found = Counter(self._states(kind, batch).values() if compare else {row["id"]: _MISSING for row in batch}.values())
        self._counts.update({created: found[_MISSING], "properties_set": found[_DIFFERENT]})

    def _states(self, kind: Kind, batch: list[Row]) -> dict[str, str]:
        """By id, the rows that are missing or different in the database."""
        query = _STATES.replace("PATTERN", _pattern(kind, "id: row.id"))
        return {record["id"]: record["state"] for record in self._database.run(query, rows=batch, graph=self._name).records}

    def _compare(self, uri: str) -> None:
        """The database must hold as many of each label and type as the graph."""
        expected = Counter(kind for _, kind in self._graph.nodes(data="kind"))
        expected.update(kind for _, _, kind in self._graph.edges(data="kind"))
        for kind, found in self._present().items():
            wanted = expected[kind] + self._stale[kind]
            if found != wanted:
                counted = f"the database holds {found} {kind} of the graph {self._name!r}, the graph {wanted}"
                raise ServerError(uri, f"{counted}; something else writes to it: run this again")


_MISSING, _DIFFERENT = "missing", "different"
_OURS = f"WHERE x.{MARK} = $graph AND x.id IS NOT NULL"  # both properties: what the index holds

# Values of different types are different; null is equal to null only.
_STATES = f"""
UNWIND $rows AS row
OPTIONAL MATCH PATTERN
WITH row, CASE
  WHEN x IS NULL THEN '{_MISSING}'
  WHEN any(key IN keys(row.values) WHERE coalesce(x[key] <> row.values[key], (x[key] IS NULL) <> (row.values[key] IS NULL)))
  THEN '{_DIFFERENT}' END AS state
WHERE state IS NOT NULL
RETURN row.id AS id, state"""


def _pattern(kind: Kind, key: str = "") -> str:
    """A node or relationship `x` of a label or type; with a key, the one of this graph that has it."""
    inside = f"x:{kind} {{{MARK}: $graph, {key}}}" if key else f"x:{kind}"
    return f"({inside})" if isinstance(kind, NodeKind) else f"()-[{inside}]->()"


_COUNTS = " UNION ALL ".join(f"MATCH {_pattern(kind)} {_OURS} WITH count(x) AS n RETURN '{kind}' AS kind, n" for kind in ALL_KINDS)


def _given_id(name: str) -> str:
    return f"coalesce({name}.{LONG_ID}, {name}.id)"


def _id_of_ours(name: str) -> str:
    """The id of a node that is one of this graph, else null: someone may have taken its label away."""
    ours = f"{name}.{MARK} = $graph AND any(label IN labels({name}) WHERE label IN $labels)"
    return f"CASE WHEN {ours} THEN {_given_id(name)} END"


def _prepare(database: Database, uri: str) -> None:
    """Make the constraints and indexes that are missing; raise ServerError when something else has their name."""
    wanted = {(str(constraint.owner), (MARK, "id")): constraint for constraint in CONSTRAINTS}
    for key in wanted.keys() - _constraints(database):
        database.run(wanted[key].statement)
    missing = sorted(wanted[key].name for key in wanted.keys() - _constraints(database))
    for index in TEXT_INDEXES:
        database.run(index.statement)
    present = {name: (labels, columns) for name, labels, columns in map(tuple, database.run(_TEXT_INDEXES).records)}
    missing += [index.name for index in TEXT_INDEXES if present.get(index.name) != (sorted(index.labels), sorted(index.properties))]
    if missing:
        problem = f"something else in the database is called {missing[0]}, or the same index has another name"
        raise ServerError(uri, f"{problem}; drop it (SHOW INDEXES, SHOW CONSTRAINTS) and run this again")
    database.run("CALL db.awaitIndexes(300)")


_TEXT_INDEXES = """
SHOW FULLTEXT INDEXES YIELD name, labelsOrTypes, properties
RETURN name, COLLECT { UNWIND labelsOrTypes AS label RETURN label ORDER BY label } AS labels,
       COLLECT { UNWIND properties AS property RETURN property ORDER BY property } AS properties"""


def _constraints(database: Database) -> set[tuple[str, tuple[str, ...]]]:
    """What is unique in the database: (label or type, properties)."""
    query = "SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties WHERE type CONTAINS 'UNIQUENESS' RETURN labelsOrTypes[0], properties"
    return {(owner, tuple(properties)) for owner, properties in map(tuple, database.run(query).records)}
