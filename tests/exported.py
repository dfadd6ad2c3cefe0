"""What tests read back from each export: ids of nodes with their values, and edges as {id: (source, target, kind)}."""

from __future__ import annotations

import csv
import json
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import networkx as nx
import pyarrow.parquet as pq

from exports.rdf import EDGE, NODE, RDF, SCHEMA, TERMS


def _of_networkx(back: nx.MultiDiGraph) -> dict[str, Any]:
    edges = {values.get("id", key): (s, t, values["kind"]) for s, t, key, values in back.edges(keys=True, data=True)}
    return {"nodes": dict(back.nodes(data=True)), "edges": edges}


def read_gexf(path: Path) -> dict[str, Any]:
    """By networkx."""
    back = nx.MultiDiGraph(nx.read_gexf(path))
    return {"nodes": dict(back.nodes(data=True)), "edges": {v["id"]: (s, t, v["kind"]) for s, t, v in back.edges(data=True)}}


def read_cytoscape(path: Path) -> dict[str, Any]:
    """By networkx."""
    return _of_networkx(nx.cytoscape_graph(json.loads(path.read_text("utf-8"))))


def read_csv(path: Path) -> dict[str, Any]:
    """The two tables of a folder."""
    return _of_tables(*(list(csv.DictReader(_lines(path / name))) for name in ("nodes.csv", "edges.csv")))


def _lines(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(stream)


def read_parquet(path: Path) -> dict[str, Any]:
    """The two tables of a folder."""
    return _of_tables(*(pq.read_table(path / name).to_pylist() for name in ("nodes.parquet", "edges.parquet")))


def _of_tables(nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> dict[str, Any]:
    return {"nodes": {row["id"]: row for row in nodes}, "edges": {e["id"]: (e["source"], e["target"], e["kind"]) for e in edges}}


def read_dot(path: Path) -> dict[str, Any]:
    """By pydot, which reads the language as Graphviz does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its own use of pyparsing
        import pydot

        (back,) = pydot.graph_from_dot_data(path.read_text("utf-8"))

    def text(value: str) -> str:
        return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")

    nodes = {text(node.get_name()): {k: text(v) for k, v in node.get_attributes().items()} for node in back.get_nodes()}
    edges = [(edge.get_attributes(), edge.get_source(), edge.get_destination()) for edge in back.get_edges()]
    return {"nodes": nodes, "edges": {text(v["id"]): (text(s), text(t), text(v["kind"])) for v, s, t in edges}}


def rdf_graph(path: Path, form: str) -> Any:
    """By rdflib."""
    from rdflib import Graph

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its own reader of JSON-LD
        return Graph().parse(path, format=form)


def read_rdf(path: Path, form: str) -> dict[str, Any]:
    """Nodes by their identifiers, edges by their statements."""
    from rdflib import URIRef

    back = rdf_graph(path, form)
    names = {s: str(o) for s, o in back.subject_objects(URIRef(SCHEMA + "identifier"))}
    nodes = {name: {str(p): str(o) for p, o in back.predicate_objects(subject)} for subject, name in names.items()}
    edges = {}
    for statement in back.subjects(URIRef(RDF + "type"), URIRef(RDF + "Statement")):
        source, predicate, end = (back.value(statement, URIRef(RDF + part)) for part in ("subject", "predicate", "object"))
        assert (source, predicate, end) in back
        ends = [unquote(str(place).removeprefix(NODE)) for place in (source, end)]
        edges[unquote(str(statement).removeprefix(EDGE))] = (*ends, str(predicate).removeprefix(TERMS))
    return {"nodes": nodes, "edges": edges}


CASES = {
    "csv": read_csv,
    "cytoscape": read_cytoscape,
    "dot": read_dot,
    "gexf": read_gexf,
    "json-ld": lambda path: read_rdf(path, "json-ld"),
    "parquet": read_parquet,
    "turtle": lambda path: read_rdf(path, "turtle"),
}
