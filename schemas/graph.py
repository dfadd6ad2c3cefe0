"""The graph's schema: kinds of nodes and edges, what may join what, and the properties of each."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from schemas.extraction import EntityType, FieldName, LinkKind
from schemas.paper import Record


class NodeKind(StrEnum):
    """Labels."""

    PAPER = "Paper"
    METHOD = "Method"
    DATASET = "Dataset"
    TASK = "Task"
    METRIC = "Metric"
    LINK = "Link"


class EdgeKind(StrEnum):
    """Relationship types: those a paper states, then those derived from papers."""

    PROPOSES = "PROPOSES"
    USES = "USES"
    COMPARES_WITH = "COMPARES_WITH"
    INTRODUCES = "INTRODUCES"
    ADDRESSES = "ADDRESSES"
    REPORTS = "REPORTS"
    MENTIONS = "MENTIONS"
    LINKS_TO = "LINKS_TO"
    EVALUATED_ON = "EVALUATED_ON"
    USED_FOR = "USED_FOR"
    BUILDS_ON = "BUILDS_ON"
    COMPARED_WITH = "COMPARED_WITH"


class PaperNode(Record):
    """A paper."""

    id: str = Field(description="arxiv:ID, doi:NAME or sha:HASH")
    title: str = Field(description="as given; line breaks and control characters are spaces")
    abstract: str = Field(description="as given; line breaks and control characters are spaces; may be empty")
    published: datetime.date | None = Field(None, description="date; absent when the source gives no full one")
    year: int | None = Field(None, description="absent when the source gives none")
    authors: tuple[str, ...] = Field((), description="names in the order of the source")
    n_authors: int | None = Field(None, description="number of authors, known even where names are not")
    sources: tuple[str, ...] = Field(description="FILE#ENTRY, each place the paper was read from")
    source_ids: tuple[str, ...] = Field((), description="ids that the sources gave, verbatim")
    arxiv_id: str | None = Field(None, description="without version")
    doi: str | None = Field(None, description="in lower case")
    url: str | None = Field(None, description="the paper's page")
    upvotes: int | None = Field(None, description="the largest count among the sources")


class EntityNode(Record):
    """A method, dataset, task or metric."""

    id: str = Field(description="TYPE:HASH, the smallest of its members' ids")
    name: str = Field(min_length=1, description="canonical name")
    aliases: tuple[str, ...] = Field(description="every surface form seen, sorted")
    n_papers: int = Field(ge=1, description="number of papers that speak of it")
    merged_ids: tuple[str, ...] = Field((), description="ids of the other members, sorted")


class LinkNode(Record):
    """An address."""

    id: str = Field(description="the normalised address")
    url: str = Field(description="the address in its most frequent spelling")
    host: str = Field(description="host in lower case")
    link_kind: LinkKind = Field(description="what the address leads to")
    repository: str | None = Field(None, description="owner/name, for code and model hosts")


class PaperEdge(Record):
    """What a paper does with something: one claim, with one list item a mention as its evidence."""

    id: str = Field(description="hash of source, kind and target")
    confidence: float = Field(gt=0, le=1, description="probability that the entity and its type are right; 1 for links")
    extractor: str = Field(description="name and version of the model")
    evidence: tuple[str, ...] = Field((), description="the sentence of each mention; empty for a link of the record")
    fields: tuple[FieldName, ...] = Field((), description="title or abstract, of each mention")
    starts: tuple[int, ...] = Field((), description="start of each mention, code points into that field")
    ends: tuple[int, ...] = Field((), description="end of each mention, exclusive")
    forms: tuple[str, ...] = Field((), description="surface form of each mention")


class DerivedEdge(Record):
    """What follows from what papers state."""

    id: str = Field(description="hash of source, kind and target")
    derived: bool = Field(True, description="always true")
    papers: tuple[str, ...] = Field(min_length=1, description="ids of the papers it follows from, sorted")
    weight: int = Field(ge=1, description="number of these papers")


NODE_RECORDS: dict[NodeKind, type[Record]] = {
    NodeKind.PAPER: PaperNode,
    NodeKind.METHOD: EntityNode,
    NodeKind.DATASET: EntityNode,
    NodeKind.TASK: EntityNode,
    NodeKind.METRIC: EntityNode,
    NodeKind.LINK: LinkNode,
}

ENTITY_KINDS: dict[EntityType, NodeKind] = {
    "method": NodeKind.METHOD,
    "dataset": NodeKind.DATASET,
    "task": NodeKind.TASK,
    "metric": NodeKind.METRIC,
}

_PAPER, _METHOD, _DATASET, _TASK = NodeKind.PAPER, NodeKind.METHOD, NodeKind.DATASET, NodeKind.TASK

# What each kind of edge may join: (source, target).
ALLOWED_ENDS: dict[EdgeKind, tuple[tuple[NodeKind, NodeKind], ...]] = {
    EdgeKind.PROPOSES: ((_PAPER, _METHOD),),
    EdgeKind.USES: ((_PAPER, _METHOD), (_PAPER, _DATASET)),
    EdgeKind.COMPARES_WITH: ((_PAPER, _METHOD),),
    EdgeKind.INTRODUCES: ((_PAPER, _DATASET),),
    EdgeKind.ADDRESSES: ((_PAPER, _TASK),),
    EdgeKind.REPORTS: ((_PAPER, NodeKind.METRIC),),
    EdgeKind.MENTIONS: ((_PAPER, _METHOD), (_PAPER, _DATASET), (_PAPER, _TASK)),
    EdgeKind.LINKS_TO: ((_PAPER, NodeKind.LINK),),
    EdgeKind.EVALUATED_ON: ((_METHOD, _DATASET),),
    EdgeKind.USED_FOR: ((_METHOD, _TASK),),
    EdgeKind.BUILDS_ON: ((_METHOD, _METHOD),),
    EdgeKind.COMPARED_WITH: ((_METHOD, _METHOD),),
}

EDGE_MEANINGS: dict[EdgeKind, str] = {
    EdgeKind.PROPOSES: "introduced by this paper",
    EdgeKind.USES: "builds on, applies, studies; trains or evaluates on",
    EdgeKind.COMPARES_WITH: "baseline or contrast",
    EdgeKind.INTRODUCES: "new in this paper",
    EdgeKind.ADDRESSES: "works on it",
    EdgeKind.REPORTS: "reports it",
    EdgeKind.MENTIONS: "background only",
    EdgeKind.LINKS_TO: "address in the title, the abstract or the record",
    EdgeKind.EVALUATED_ON: "a paper proposes the method and uses or introduces the dataset",
    EdgeKind.USED_FOR: "a paper proposes the method and addresses the task",
    EdgeKind.BUILDS_ON: "a paper proposes the method and uses the other",
    EdgeKind.COMPARED_WITH: "a paper proposes the method and compares it with the other",
}

DERIVED_KINDS = frozenset({EdgeKind.EVALUATED_ON, EdgeKind.USED_FOR, EdgeKind.BUILDS_ON, EdgeKind.COMPARED_WITH})

# The edge that a role of an entity stands for; metrics have no role.
ROLE_EDGES: dict[tuple[EntityType, str | None], EdgeKind] = {
    ("method", "proposes"): EdgeKind.PROPOSES,
    ("method", "uses"): EdgeKind.USES,
    ("method", "compares"): EdgeKind.COMPARES_WITH,
    ("method", "mentions"): EdgeKind.MENTIONS,
    ("dataset", "introduces"): EdgeKind.INTRODUCES,
    ("dataset", "uses"): EdgeKind.USES,
    ("dataset", "mentions"): EdgeKind.MENTIONS,
    ("task", "addresses"): EdgeKind.ADDRESSES,
    ("task", "mentions"): EdgeKind.MENTIONS,
    ("metric", None): EdgeKind.REPORTS,
}


def edge_record(kind: EdgeKind) -> type[PaperEdge] | type[DerivedEdge]:
    """The record of an edge's properties."""
    return DerivedEdge if kind in DERIVED_KINDS else PaperEdge


def node_label(node: str, values: Mapping[str, Any]) -> str:
    """What people call the node with the id `node`: its name, title or address."""
    return str(values.get("name") or values.get("title") or values.get("url") or node)
