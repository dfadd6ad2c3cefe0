"""Turtle: the RDF of exports.rdf, written by rdflib (extra `rdf`)."""

from __future__ import annotations

from pathlib import Path

import networkx as nx

from exports.rdf import NOTES, PREFIXES, RDF, subjects
from exports.report import ExportReport
from schemas.errors import MissingExtraError
from schemas.layout import Layout
from schemas.writing import whole_file


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write `graph` as Turtle; raises MissingExtraError without rdflib."""
    try:
        from rdflib import XSD, Graph, Literal, URIRef
    except ImportError as error:
        raise MissingExtraError("the export to turtle", "rdf") from error

    triples = Graph()
    for prefix, name in PREFIXES.items():
        triples.bind(prefix, name)
    for name, kind, literals, references in subjects(graph):
        subject = URIRef(name)
        triples.add((subject, URIRef(RDF + "type"), URIRef(_full(kind))))
        for key, values in literals.items():
            for value in values:
                typed = Literal(repr(value), datatype=XSD.double) if isinstance(value, float) else Literal(value)
                triples.add((subject, URIRef(_full(key)), typed))
        for key, names in references.items():
            for other in names:
                triples.add((subject, URIRef(_full(key)), URIRef(other)))
    text = triples.serialize(format="turtle")
    with whole_file(target) as stream:
        stream.write(text)
    return ExportReport(target, len(graph), graph.number_of_edges(), NOTES)


def _full(name: str) -> str:
    prefix, _, rest = name.partition(":")
    return PREFIXES[prefix] + rest
