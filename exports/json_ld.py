"""JSON-LD: the RDF of exports.rdf as JSON, for web tools and triple stores."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import networkx as nx

from exports.rdf import NOTES, PREFIXES, Value, subjects
from exports.report import ExportReport
from schemas.layout import Layout
from schemas.writing import whole_file


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None) -> ExportReport:
    """Write `graph` as one JSON-LD document: a context, and one object a node and an edge."""
    with whole_file(target) as stream:
        stream.write(f'{{"@context": {json.dumps(PREFIXES)},\n"@graph": [')
        for number, (name, kind, literals, references) in enumerate(subjects(graph)):
            item: dict[str, Any] = {"@id": name, "@type": kind}
            item |= {key: [_literal(value) for value in values] for key, values in literals.items()}
            item |= {key: [{"@id": value} for value in values] for key, values in references.items()}
            stream.write(("," if number else "") + "\n" + json.dumps(item, ensure_ascii=False))
        stream.write("\n]}\n")
    return ExportReport(target, len(graph), graph.number_of_edges(), NOTES)


def _literal(value: Value) -> Any:
    if isinstance(value, datetime.date):
        return {"@value": value.isoformat(), "@type": "xsd:date"}
    if isinstance(value, float):  # a bare 1.0 would be read as an integer
        return {"@value": repr(value), "@type": "xsd:double"}
    return value
