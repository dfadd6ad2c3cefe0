"""Graphs of invented papers, of any size, with the proportions of real ones: hubs, topics, and much that one paper alone speaks of."""

from __future__ import annotations

import random

import networkx as nx

from schemas.ids import edge_id

_NODES_PER_PAPER = 6.4  # measured on 241 real papers
_WORDS = ("model", "network", "learning", "data", "image", "graph", "attention", "diffusion", "training", "policy", "kernel", "latent")


def paper_graph(n_nodes: int) -> nx.MultiDiGraph:
    """A graph that fits the schema, of about `n_nodes` nodes; always the same for the same number."""
    draw = random.Random(n_nodes)
    graph = nx.MultiDiGraph()
    n_papers = max(10, round(n_nodes / _NODES_PER_PAPER))
    n_topics = max(3, round(n_papers**0.5 / 1.5))
    for number in range(n_papers):
        _add_paper(graph, draw, number, number % n_topics, n_topics)
    for node, kind in list(graph.nodes(data="kind")):
        if kind in ("Method", "Dataset", "Task", "Metric"):
            graph.nodes[node]["n_papers"] = sum(graph.nodes[other]["kind"] == "Paper" for other in graph.predecessors(node))
    return graph


def _add_paper(graph: nx.MultiDiGraph, draw: random.Random, number: int, topic: int, n_topics: int) -> None:
    words = " ".join(draw.choices(_WORDS, k=160))
    paper = f"arxiv:{number:010}"
    own = [f"{draw.choice(_WORDS).title()}Net-{number}-{place}" for place in range(draw.randrange(2, 7))]
    shared = [f"{draw.choice(_WORDS[:8])} {_rank(draw, 40)} of {topic}" for _ in range(3)] + [
        f"common {draw.choice(_WORDS)} {_rank(draw, 30)}"
    ]
    task, dataset = f"task {_rank(draw, 8)} of {topic}", f"data {_rank(draw, 12)} of {draw.choice((topic, draw.randrange(n_topics)))}"
    sentence = f"We propose {own[0]} after {', '.join(shared)} for {task} on {dataset} with {', '.join(own[1:])} and more."
    graph.add_node(
        paper, kind="Paper", title=f"{own[0]}: {words[:60]}", abstract=f"{sentence} {words}", year=2015 + number % 10, sources=("a#1",)
    )
    proposed = _claim(graph, paper, "Method", own[0], "PROPOSES", sentence, draw)
    others = [_claim(graph, paper, "Method", name, "USES", sentence, draw) for name in [*own[1:], *dict.fromkeys(shared)]]
    targets = [
        _claim(graph, paper, "Task", task, "ADDRESSES", sentence, draw),
        _claim(graph, paper, "Dataset", dataset, "USES", sentence, draw),
    ]
    for kind, target in [*(("BUILDS_ON", other) for other in others), ("USED_FOR", targets[0]), ("EVALUATED_ON", targets[1])]:
        key = edge_id(proposed, kind, target)
        graph.add_edge(proposed, target, key=key, id=key, kind=kind, derived=True, papers=(paper,), weight=1)


def _claim(graph: nx.MultiDiGraph, paper: str, kind: str, name: str, relation: str, sentence: str, draw: random.Random) -> str:
    node = f"{kind.lower()}:{name}"
    if node not in graph:
        graph.add_node(node, kind=kind, name=name, aliases=(name, name.lower()), n_papers=1)
    start, key = sentence.find(name), edge_id(paper, relation, node)
    values = {"evidence": (sentence,), "fields": ("abstract",), "starts": (start,), "ends": (start + len(name),), "forms": (name,)}
    graph.add_edge(paper, node, key=key, id=key, kind=relation, confidence=round(draw.uniform(0.3, 1), 3), extractor="none 1", **values)
    return node


def _rank(draw: random.Random, most: int) -> int:
    """A number below `most`, the small ones far more often."""
    return int(most ** draw.random()) - 1
