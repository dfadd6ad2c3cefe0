"""Topics: papers that share entities, found by the Louvain method, named by what most of them share."""

from __future__ import annotations

import math
from collections import Counter

import networkx as nx

from schemas.graph import NodeKind

_LARGEST = 700  # nodes of a topic: more are divided again, since nobody reads such a disc
_SMALLEST = 5  # nodes of a topic: fewer join the topic they are tied to most
_NAMING = frozenset({NodeKind.METHOD, NodeKind.DATASET, NodeKind.TASK})


def find_topics(graph: nx.MultiDiGraph, core: list[str]) -> tuple[list[list[str]], list[str]]:
    """The topics, largest first, their nodes by degree; and the nodes that are joined to nothing in `core`."""
    simple = _simple(graph, core)
    apart = sorted(nx.isolates(simple))
    simple.remove_nodes_from(apart)
    groups = [part for group in _communities(simple, 1.0) for part in _divided(simple, group)]
    numbered = [[core[node] for node in group] for group in _without_crumbs(simple, groups)]
    topics = [sorted(group, key=lambda node: (-graph.degree(node), node)) for group in numbered]
    return sorted(topics, key=lambda group: (-len(group), group[0])), [core[node] for node in apart]


def only_papers(graph: nx.MultiDiGraph) -> dict[str, str]:
    """The paper of each node that only one paper speaks of."""
    owners = {}
    for node, kind in graph.nodes(data="kind"):
        if kind != NodeKind.PAPER:
            papers = {other for other in graph.predecessors(node) if graph.nodes[other]["kind"] == NodeKind.PAPER}
            if len(papers) == 1:
                owners[node] = papers.pop()
    return owners


def topic_name(graph: nx.MultiDiGraph, members: list[str]) -> str:
    """The two methods, datasets or tasks that most papers of a topic share, and that belong to it more than to others."""
    papers = {node for node in members if graph.nodes[node]["kind"] == NodeKind.PAPER}
    entities = [node for node in members if graph.nodes[node]["kind"] in _NAMING]
    inside = {node: len(papers.intersection(graph.predecessors(node))) for node in entities}
    scores = {node: count * math.sqrt(count / max(1, graph.nodes[node]["n_papers"])) for node, count in inside.items() if count}
    ranked = sorted(scores, key=lambda node: (-scores[node], graph.nodes[node]["name"]))
    names: list[str] = []
    for name in (graph.nodes[node]["name"] for node in ranked):
        if len(names) < 2 and not any(_alike(name, other) for other in names):
            names.append(name)
    return " · ".join(names)


def _alike(one: str, other: str) -> bool:
    return one.casefold() in other.casefold() or other.casefold() in one.casefold()


def _simple(graph: nx.MultiDiGraph, core: list[str]) -> nx.Graph:
    """The nodes by number, since the order of a set of strings differs from run to run; a hub's edges count less."""
    number = {node: index for index, node in enumerate(core)}
    simple = nx.Graph()
    simple.add_nodes_from(range(len(core)))
    degree = dict(graph.degree())
    for source, target in graph.edges():
        if source in number and target in number:
            simple.add_edge(number[source], number[target], weight=1 / math.sqrt(degree[source] * degree[target]))
    return simple


def _communities(simple: nx.Graph, resolution: float) -> list[list[int]]:
    if not simple:
        return []
    found = nx.community.louvain_communities(simple, seed=0, resolution=resolution)
    return sorted((sorted(group) for group in found), key=lambda group: (-len(group), group))


def _divided(simple: nx.Graph, group: list[int], resolution: float = 2.0) -> list[list[int]]:
    """Parts of `group` that are small enough; one that does not fall apart is cut."""
    if len(group) <= _LARGEST:
        return [group]
    if resolution > 64:
        return [group[start : start + _LARGEST] for start in range(0, len(group), _LARGEST)]
    parts = _communities(simple.subgraph(group).copy(), resolution)
    return [small for part in parts for small in _divided(simple, part, resolution * 2)]


def _without_crumbs(simple: nx.Graph, groups: list[list[int]]) -> list[list[int]]:
    """Groups that are too small join the one they are tied to most, where there is one."""
    group_of = {node: number for number, group in enumerate(groups) for node in group}
    kept = [list(group) for group in groups]
    for number in sorted(range(len(groups)), key=lambda number: len(groups[number])):
        if not 0 < len(kept[number]) < _SMALLEST:
            continue
        ties: Counter[int] = Counter()
        for node in kept[number]:
            for other, values in simple[node].items():
                if group_of[other] != number:
                    ties[group_of[other]] += values["weight"]
        if ties:
            into = min(ties, key=lambda other: (-ties[other], other))
            group_of.update(dict.fromkeys(kept[number], into))
            kept[into] += kept[number]
            kept[number] = []
    return [group for group in kept if group]
