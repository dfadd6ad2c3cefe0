"""The graph as RDF: schema.org where it has the word, a small vocabulary of ours (docs/exports.md) where it has none.

A node is `urn:paperkg:node:ID` (percent-encoded). An edge is one triple, and a statement `urn:paperkg:edge:ID` about it that carries
its confidence, extractor and sentences.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import networkx as nx

from schemas.graph import NodeKind

NODE, EDGE, TERMS = "urn:paperkg:node:", "urn:paperkg:edge:", "urn:paperkg:terms:"
SCHEMA, RDF, XSD = "https://schema.org/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2001/XMLSchema#"
PREFIXES = {"schema": SCHEMA, "rdf": RDF, "xsd": XSD, "kg": TERMS}

NOTES = (
    "forms and offsets of mentions, ids of merged nodes, sources and source ids are left out",
    "a sentence that is twice the evidence of an edge is written once",
)

_CLASSES = {
    NodeKind.PAPER: "schema:ScholarlyArticle",
    NodeKind.DATASET: "schema:Dataset",
    NodeKind.METHOD: "kg:Method",
    NodeKind.TASK: "kg:Task",
    NodeKind.METRIC: "kg:Metric",
    NodeKind.LINK: "schema:WebPage",
}
# Our properties by the words of schema.org or of our own; lists give one triple an item.
_PROPERTIES = {
    "title": "schema:name",
    "name": "schema:name",
    "abstract": "schema:abstract",
    "published": "schema:datePublished",
    "year": "kg:year",
    "authors": "schema:author",
    "aliases": "schema:alternateName",
    "doi": "kg:doi",
    "arxiv_id": "kg:arxivId",
    "url": "schema:url",
    "host": "kg:host",
    "link_kind": "kg:linkKind",
    "repository": "kg:repository",
    "upvotes": "kg:upvotes",
    "n_papers": "kg:paperCount",
    "n_authors": "kg:authorCount",
    "confidence": "kg:confidence",
    "extractor": "kg:extractor",
    "evidence": "kg:evidence",
    "papers": "kg:paper",
    "weight": "kg:weight",
    "derived": "kg:derived",
}
_REFERENCES = {"papers"}  # hold ids of nodes

Value = str | int | float | bool | datetime.date


def node_name(node: str) -> str:
    """The name of a node as an IRI."""
    return NODE + quote(node.encode("utf-8", "replace"), safe="")


def subjects(graph: nx.MultiDiGraph) -> Iterator[tuple[str, str, dict[str, list[Value]], dict[str, list[str]]]]:
    """(IRI, class, literals by property, references by property) of every node and every edge, in the order of the graph."""
    for node, values in graph.nodes(data=True):
        outgoing: dict[str, list[str]] = {}
        for _, end, kind in graph.out_edges(node, data="kind"):
            outgoing.setdefault(f"kg:{kind}", []).append(node_name(end))
        literals, references = _values(values)
        yield node_name(node), _CLASSES[NodeKind(values["kind"])], {"schema:identifier": [node], **literals}, references | outgoing
    for source, end, key, values in graph.edges(keys=True, data=True):
        literals, references = _values(values)
        ends = {"rdf:subject": [node_name(source)], "rdf:predicate": [TERMS + values["kind"]], "rdf:object": [node_name(end)]}
        yield EDGE + quote(key, safe=""), "rdf:Statement", literals, ends | references


def _values(values: dict[str, Any]) -> tuple[dict[str, list[Value]], dict[str, list[str]]]:
    literals: dict[str, list[Value]] = {}
    references: dict[str, list[str]] = {}
    for name, value in values.items():
        items = list(dict.fromkeys(value)) if isinstance(value, list) else [value]
        if name in _REFERENCES:
            references[_PROPERTIES[name]] = [node_name(item) for item in items]
        elif name in _PROPERTIES and items:
            literals[_PROPERTIES[name]] = items
    return literals, references
