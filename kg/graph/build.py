"""The graph: papers, what they speak of, and what follows from it, as a NetworkX MultiDiGraph."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import networkx as nx

from schemas.extraction import ENTITY_TYPES, ROLES, EntityType, Extraction, FieldName, Link, Mention
from schemas.graph import ENTITY_KINDS, ROLE_EDGES, DerivedEdge, EdgeKind, EntityNode, LinkNode, NodeKind, PaperEdge, PaperNode
from schemas.ids import edge_id, link_id
from schemas.paper import Paper, Record
from schemas.resolution import Resolution, ResolvedEntity

BAD_ROLE = "role that the schema does not know"
BAD_LINK = "link that is not an http(s) address"
OUTSIDE_TEXT = "mention outside its text"
TWO_ROLES = "weaker role of an entity that a paper has under two names"


@dataclass(frozen=True)
class BuiltGraph:
    """The graph, and what was left out of it."""

    graph: nx.MultiDiGraph
    dropped: Mapping[str, int]  # number of things left out, by reason


@dataclass(frozen=True)
class _Claim:
    """What one paper does with one entity, under one or several of its names."""

    role: str | None
    confidence: float
    mentions: tuple[Mention, ...]


def build_graph(papers: Iterable[Paper], extractions: Iterable[Extraction], resolution: Resolution, extractor: str) -> BuiltGraph:
    """Build the graph of `papers` from their extractions (joined on the id) and the resolution of all of them.

    Nodes and edges are added in the order of kind and id, so equal sets of papers give equal graphs. `extractor` is the
    name and version of the model.
    """
    by_id = {extraction.id: extraction for extraction in extractions}
    builder = GraphBuilder(resolution, extractor)
    nodes: dict[tuple[NodeKind, str], Record] = {}
    edges: dict[tuple[str, EdgeKind, str], Record] = {}
    for paper in sorted(papers, key=lambda paper: paper.id):
        part = builder.add(paper, by_id.get(paper.id, Extraction(id=paper.id)))
        nodes[NodeKind.PAPER, paper.id] = part.node
        edges.update({(paper.id, kind, target): edge for (kind, target), edge in part.edges.items()})
    nodes.update({(kind, node): record for kind, node, record in builder.shared_nodes()})
    edges.update({(source, kind, target): record for source, kind, target, record in builder.derived_edges()})
    return BuiltGraph(assemble(nodes, edges), builder.dropped())


@dataclass(frozen=True)
class PaperPart:
    """What one paper adds to the graph, given the entities that its names stand for."""

    node: PaperNode
    entities: tuple[tuple[EntityType, str], ...]  # (type, id) of each that it speaks of, once
    edges: Mapping[tuple[EdgeKind, str], PaperEdge]  # by kind and target
    links: Mapping[str, tuple[Link, ...]]  # by id: as the paper spells them
    derived: tuple[tuple[str, EdgeKind, str], ...]  # (method, kind, target) of what follows from it
    dropped: Mapping[str, int]  # number of things left out, by reason


def paper_part(paper: Paper, extraction: Extraction, assigned: Mapping[tuple[EntityType, int], str], extractor: str) -> PaperPart:
    """What a paper adds to the graph; `assigned` gives the id of the entity at each (type, index into its list)."""
    return _OnePaper(paper, extraction, assigned, extractor).part()


class GraphBuilder:
    """A graph paper by paper: what each adds is given back at once, what all of them say together comes at the end."""

    def __init__(self, resolution: Resolution, extractor: str) -> None:
        self._resolution = resolution
        self._extractor = extractor
        self._n_papers: Counter[str] = Counter()  # of each entity
        self._links: dict[str, Counter[Link]] = defaultdict(Counter)  # link id -> spellings
        self._derived: dict[tuple[str, EdgeKind, str], list[str]] = defaultdict(list)  # edge -> papers
        self._dropped: Counter[str] = Counter(resolution.dropped)

    def add(self, paper: Paper, extraction: Extraction) -> PaperPart:
        """What a paper adds; each is given once."""
        part = paper_part(paper, extraction, self._assigned(extraction), self._extractor)
        self._n_papers.update(target for _, target in part.entities)
        for target, links in part.links.items():
            self._links[target].update(links)
        for place in part.derived:
            self._derived[place].append(paper.id)
        self._dropped.update(part.dropped)
        return part

    def _assigned(self, extraction: Extraction) -> dict[tuple[EntityType, int], str]:
        places = [(entity_type, index) for entity_type in ENTITY_TYPES for index in range(len(extraction.entities(entity_type)))]
        found = self._resolution.assignments
        return {place: found[extraction.id, *place] for place in places if (extraction.id, *place) in found}

    def shared_nodes(self) -> Iterator[tuple[NodeKind, str, Record]]:
        """The nodes of entities and links that the papers speak of, in the order of kind and id."""
        order = list(NodeKind)
        kinds = {entity: ENTITY_KINDS[self._resolution.entities[entity].type] for entity in self._n_papers}
        for entity in sorted(kinds, key=lambda entity: (order.index(kinds[entity]), entity)):
            yield kinds[entity], entity, entity_node(self._resolution.entities[entity], self._n_papers[entity])
        for target in sorted(self._links):
            yield NodeKind.LINK, target, link_node(target, self._links[target])

    def derived_edges(self) -> Iterator[tuple[str, EdgeKind, str, DerivedEdge]]:
        """The edges that follow from the papers, those of a kind in the order of their ends."""
        for place in sorted(self._derived):
            yield *place, derived_edge(*place, self._derived[place])

    def dropped(self) -> dict[str, int]:
        """Number of things left out, by reason."""
        return {reason: count for reason, count in sorted(self._dropped.items()) if count}


class _OnePaper:
    """The part of one paper."""

    def __init__(self, paper: Paper, extraction: Extraction, assigned: Mapping[tuple[EntityType, int], str], extractor: str) -> None:
        self._paper, self._extraction = paper, extraction
        self._assigned = assigned
        self._extractor = extractor
        self._dropped: Counter[str] = Counter()

    def part(self) -> PaperPart:
        """All of it."""
        claims = self._claims()
        edges: dict[tuple[EdgeKind, str], PaperEdge] = {}
        for (entity_type, target), claim in claims.items():
            kind = ROLE_EDGES[entity_type, claim.role]
            edges[kind, target] = self._edge(kind, target, claim)
        links = self._links()
        edges.update({(EdgeKind.LINKS_TO, target): self._link_edge(target, found) for target, found in links.items()})
        derived = tuple(self._derived(claims))
        return PaperPart(_paper_node(self._paper), tuple(claims), edges, links, derived, {r: n for r, n in self._dropped.items() if n})

    def _claims(self) -> dict[tuple[EntityType, str], _Claim]:
        claims: dict[tuple[EntityType, str], _Claim] = {}
        for entity_type in ENTITY_TYPES:
            for index, entity in enumerate(self._extraction.entities(entity_type)):
                target = self._assigned.get((entity_type, index))
                if target is None:
                    continue
                if (entity_type, entity.role) not in ROLE_EDGES:
                    self._dropped[BAD_ROLE] += 1
                    continue
                claim = _Claim(entity.role, entity.confidence, self._mentions(entity_type, index))
                claims[entity_type, target] = self._merge(claims.get((entity_type, target)), claim, entity_type)
        return claims

    def _mentions(self, entity_type: EntityType, index: int) -> tuple[Mention, ...]:
        found = [m for m in self._extraction.mentions if m.type == entity_type and m.entity == index]
        inside = [m for m in found if m.start < m.end <= len(getattr(self._paper, m.field))]
        self._dropped[OUTSIDE_TEXT] += len(found) - len(inside)
        return tuple(inside)

    def _merge(self, first: _Claim | None, second: _Claim, entity_type: EntityType) -> _Claim:
        """A paper has one role an entity: the strongest."""
        if first is None:
            return second
        order = ROLES[entity_type]
        if first.role != second.role:
            self._dropped[TWO_ROLES] += 1
        role = first.role if first.role is None or order.index(first.role) <= order.index(second.role or "") else second.role
        return _Claim(role, max(first.confidence, second.confidence), first.mentions + second.mentions)

    def _edge(self, kind: EdgeKind, target: str, claim: _Claim) -> PaperEdge:
        mentions = sorted(claim.mentions, key=lambda m: (m.field == "abstract", m.start, m.end))
        return self._with_evidence(kind, target, claim.confidence, [(m.field, m.start, m.end) for m in mentions])

    def _links(self) -> dict[str, tuple[Link, ...]]:
        found: dict[str, list[Link]] = defaultdict(list)
        for link in self._extraction.links:
            try:
                found[link_id(link.url)].append(link)
            except ValueError:
                self._dropped[BAD_LINK] += 1
        return {target: tuple(links) for target, links in found.items()}

    def _link_edge(self, target: str, links: Iterable[Link]) -> PaperEdge:
        places = [(link.source, link.start, link.end) for link in links]
        in_text = [(f, s, e) for f, s, e in places if f != "record" and s is not None and e is not None]
        return self._with_evidence(EdgeKind.LINKS_TO, target, 1.0, in_text)

    def _with_evidence(self, kind: EdgeKind, target: str, confidence: float, places: Sequence[tuple[FieldName, int, int]]) -> PaperEdge:
        paper, extraction = self._paper, self._extraction
        return PaperEdge(
            id=edge_id(paper.id, kind, target),
            confidence=confidence,
            extractor=self._extractor,
            evidence=tuple(_sentence(paper, extraction, f, s, e) for f, s, e in places),
            fields=tuple(f for f, _, _ in places),
            starts=tuple(s for _, s, _ in places),
            ends=tuple(e for _, _, e in places),
            forms=tuple(getattr(paper, f)[s:e] for f, s, e in places),
        )

    @staticmethod
    def _derived(claims: Mapping[tuple[EntityType, str], _Claim]) -> Iterator[tuple[str, EdgeKind, str]]:
        proposed = [target for (_, target), claim in claims.items() if claim.role == "proposes"]
        for (entity_type, target), claim in claims.items():
            kind = _DERIVATIONS.get((entity_type, claim.role))
            yield from ((method, kind, target) for method in proposed if kind and method != target)


# What follows for a method that a paper proposes from the paper's role towards something else.
_DERIVATIONS: dict[tuple[EntityType, str | None], EdgeKind] = {
    ("dataset", "introduces"): EdgeKind.EVALUATED_ON,
    ("dataset", "uses"): EdgeKind.EVALUATED_ON,
    ("task", "addresses"): EdgeKind.USED_FOR,
    ("method", "uses"): EdgeKind.BUILDS_ON,
    ("method", "compares"): EdgeKind.COMPARED_WITH,
}


def assemble(nodes: Mapping[tuple[NodeKind, str], Record], edges: Mapping[tuple[str, EdgeKind, str], Record]) -> nx.MultiDiGraph:
    """A MultiDiGraph of node and edge records, in the order of the schema's kinds and of ids."""
    graph = nx.MultiDiGraph()
    node_order, edge_order = list(NodeKind), list(EdgeKind)
    for kind, node_id in sorted(nodes, key=lambda place: (node_order.index(place[0]), place[1])):
        graph.add_node(node_id, kind=kind.value, **attributes(nodes[kind, node_id], leave_out="id"))
    for source, edge_kind, target in sorted(edges, key=lambda place: (edge_order.index(place[1]), place[0], place[2])):
        record = edges[source, edge_kind, target]
        values = attributes(record)
        graph.add_edge(source, target, key=values["id"], kind=edge_kind.value, **values)
    return graph


def attributes(record: Record, leave_out: str = "") -> dict[str, Any]:
    """A record's fields as node or edge attributes: tuples are lists, absent values are left out."""
    values = {name: getattr(record, name) for name in type(record).model_fields if name != leave_out}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value is not None}


def _paper_node(paper: Paper) -> PaperNode:
    return PaperNode(
        id=paper.id,
        title=paper.title,
        abstract=paper.abstract,
        published=paper.published,
        year=paper.year,
        authors=paper.authors,
        n_authors=paper.n_authors,
        sources=tuple(map(str, paper.sources)),
        source_ids=paper.source_ids,
        arxiv_id=paper.arxiv_id,
        doi=paper.doi,
        url=paper.url,
        upvotes=paper.upvotes,
    )


def entity_node(entity: ResolvedEntity, n_papers: int) -> EntityNode:
    """The node of an entity that `n_papers` papers speak of."""
    return EntityNode(id=entity.id, name=entity.name, aliases=entity.aliases, n_papers=n_papers, merged_ids=entity.merged_ids)


def derived_edge(source: str, kind: EdgeKind, target: str, papers: Collection[str]) -> DerivedEdge:
    """The edge that follows from `papers`, each given once."""
    return DerivedEdge(id=edge_id(source, kind, target), papers=tuple(sorted(papers)), weight=len(papers))


def link_node(target: str, spellings: Counter[Link]) -> LinkNode:
    """The node of an address, given its spellings: the most frequent one (ties by bytes), and the most telling kind."""
    urls: Counter[str] = Counter()
    for link, count in spellings.items():
        urls[link.url] += count
    best = min(spellings, key=lambda link: (link.kind == "other", link.kind, link.repository or ""))
    repository = min((link.repository for link in spellings if link.repository), default=None)
    return LinkNode(
        id=target,
        url=min(urls, key=lambda url: (-urls[url], url)),
        host=urlsplit(target).hostname or "",
        link_kind=best.kind,
        repository=repository,
    )


def _sentence(paper: Paper, extraction: Extraction, field: str, start: int, end: int) -> str:
    """The sentence or sentences of a field that the span touches."""
    touched = [s for s in extraction.sentences if s.field == field and s.start < end and start < s.end]
    text: str = getattr(paper, field)
    return text[min(s.start for s in touched) : max(s.end for s in touched)] if touched else text.strip()
