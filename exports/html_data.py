"""What the interactive page embeds: nodes as objects, edges as columns, each sentence once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import networkx as nx

from exports.plain_values import json_value
from schemas.graph import DERIVED_KINDS, EDGE_MEANINGS, EdgeKind, NodeKind, node_label
from schemas.layout import Layout

_LEFT_OUT = frozenset({"kind", "title", "merged_ids", "source_ids", "n_authors"})
_KINDS = {kind.value: number for number, kind in enumerate(NodeKind)}
_RELATIONS = {kind.value: number for number, kind in enumerate(EdgeKind)}


def page_data(graph: nx.MultiDiGraph, layout: Layout) -> dict[str, Any]:
    """The whole of a graph that the page shows.

    Nodes and relations are named by number; a mention is (sentence, start, end), offsets into the sentence in the units
    of JavaScript's strings, -1 where the form is not found in it. A node without a place stands at the origin.
    """
    number = {node: index for index, node in enumerate(graph.nodes)}
    sentences: dict[str, int] = {}
    edges = [_edge(number, sentences, graph, edge) for edge in graph.edges(data=True)]
    columns = ("from", "to", "relation", "confidence", "mentions", "papers")
    return {
        "kinds": [kind.value for kind in NodeKind],
        "relations": [{"name": kind.value, "meaning": EDGE_MEANINGS[kind], "derived": kind in DERIVED_KINDS} for kind in EdgeKind],
        "nodes": [_node(node, values) for node, values in graph.nodes(data=True)],
        "x": [layout.positions.get(node, (0.0, 0.0))[0] for node in graph.nodes],
        "y": [layout.positions.get(node, (0.0, 0.0))[1] for node in graph.nodes],
        "topic": [layout.topic_of.get(node, -1) for node in graph.nodes],
        "topics": [{"name": t.name, "x": t.x, "y": t.y, "radius": t.radius, "papers": t.n_papers} for t in layout.topics],
        "edges": {name: [edge[place] for edge in edges] for place, name in enumerate(columns)},
        "sentences": list(sentences),
    }


def embedded(data: Mapping[str, Any]) -> str:
    """JSON that cannot end the block it stands in, whatever the graph holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=json_value)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _node(node: str, values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in values.items() if key not in _LEFT_OUT and value not in (None, "", (), [])}
    return {"id": node, "kind": _KINDS[values["kind"]], "name": node_label(node, values)} | kept


def _edge(
    number: Mapping[str, int], sentences: dict[str, int], graph: nx.MultiDiGraph, edge: tuple[str, str, Mapping[str, Any]]
) -> tuple[Any, ...]:
    source, target, values = edge
    mentions = [(sentences.setdefault(sentence, len(sentences)), *place) for sentence, place in _mentions(graph.nodes[source], values)]
    papers = [number[paper] for paper in values.get("papers", ()) if paper in number]
    confidence = round(values.get("confidence", 1.0), 3)
    return number[source], number[target], _RELATIONS[values["kind"]], confidence, mentions, papers


def _mentions(paper: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Each sentence and where in it the form stands."""
    names: Sequence[str] = ("evidence", "fields", "starts", "ends", "forms")
    for sentence, field, start, end, form in zip(*(values.get(name, ()) for name in names), strict=True):
        yield sentence, _in_sentence(sentence, paper.get(field) or "", start, end, form)


def _in_sentence(sentence: str, text: str, start: int, end: int, form: str) -> tuple[int, int]:
    at = text.rfind(sentence, 0, start + len(sentence))
    while at > start:
        at = text.rfind(sentence, 0, at + len(sentence) - 1)
    if at >= 0 and end <= at + len(sentence):
        return _units(sentence[: start - at]), _units(sentence[: end - at])
    at = sentence.find(form)
    return (_units(sentence[:at]), _units(sentence[: at + len(form)])) if at >= 0 else (-1, -1)


def _units(text: str) -> int:
    """Length in UTF-16 units, which JavaScript counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
