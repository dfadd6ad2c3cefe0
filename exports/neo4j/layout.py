"""How a graph of ours lies in Neo4j: labels and types of the schema, the mark that says which graph, constraints, indexes.

A database may hold several graphs of ours and nodes of others with the same labels and ids. What belongs to a graph carries
its name in the property `kg_graph`; ids are unique together with it. Statements are made of the schema's names alone: every
value goes to the server as a parameter.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from schemas.errors import OptionError, excerpt
from schemas.graph import ALLOWED_ENDS, NODE_RECORDS, EdgeKind, NodeKind, edge_record
from schemas.paper import Record

MARK = "kg_graph"  # the name of the graph that a node or relationship belongs to
LONG_ID = "kg_long_id"  # the id where it is too long for an index, which then has its hash
DEFAULT_NAME = "paperkg"

# An index of Neo4j takes keys up to about 8,000 bytes, the graph's name included.
_LONGEST_ID = 4000
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")

NAMES_INDEX = "paperkg_names"
TEXTS_INDEX = "paperkg_texts"


@dataclass(frozen=True)
class Ends:
    """Relationships of one type between nodes of two labels: what one query can write."""

    source: NodeKind
    kind: EdgeKind
    target: NodeKind


@dataclass(frozen=True)
class Constraint:
    """The id is unique among the nodes of a label, or the relationships of a type, of one graph."""

    name: str
    owner: NodeKind | EdgeKind

    @property
    def statement(self) -> str:
        """Cypher that makes it where it is missing."""
        pattern = f"(x:{self.owner})" if isinstance(self.owner, NodeKind) else f"()-[x:{self.owner}]-()"
        return f"CREATE CONSTRAINT {self.name} IF NOT EXISTS FOR {pattern} REQUIRE (x.{MARK}, x.id) IS UNIQUE"


@dataclass(frozen=True)
class TextIndex:
    """A full-text index."""

    name: str
    labels: tuple[NodeKind, ...]
    properties: tuple[str, ...]

    @property
    def statement(self) -> str:
        """Cypher that makes it where it is missing."""
        columns = ", ".join(f"x.{name}" for name in self.properties)
        return f"CREATE FULLTEXT INDEX {self.name} IF NOT EXISTS FOR (x:{'|'.join(self.labels)}) ON EACH [{columns}]"


ALL_ENDS = tuple(Ends(source, kind, target) for kind, joins in ALLOWED_ENDS.items() for source, target in joins)

CONSTRAINTS = (
    *(Constraint(f"paperkg_{kind.lower()}_id", kind) for kind in NodeKind),
    *(Constraint(f"paperkg_{kind.lower()}_id", kind) for kind in EdgeKind),
)

TEXT_INDEXES = (
    TextIndex(NAMES_INDEX, (NodeKind.METHOD, NodeKind.DATASET, NodeKind.TASK, NodeKind.METRIC), ("name", "aliases")),
    TextIndex(TEXTS_INDEX, (NodeKind.PAPER,), ("title", "abstract")),
)


def record_of(kind: NodeKind | EdgeKind) -> type[Record]:
    """The record whose fields are the properties of a label or type."""
    return NODE_RECORDS[kind] if isinstance(kind, NodeKind) else edge_record(kind)


def stored_id(given: str) -> str:
    """The id as a database holds it: itself, or its hash where it is too long for an index."""
    if 4 * len(given) <= _LONGEST_ID:  # a character has four bytes at most
        return given
    data = given.encode("utf-8", "surrogatepass")
    return given if len(data) <= _LONGEST_ID else f"sha256:{hashlib.sha256(data).hexdigest()}"


def checked_name(name: str) -> str:
    """`name` when a graph can have it; raises OptionError."""
    if not _NAME.fullmatch(name):
        raise OptionError(f"graph {excerpt(name)}: a graph's name is 1 to 64 letters, digits, '.', '_' and '-'")
    return name
