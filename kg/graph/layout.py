"""Where nodes stand on a page: topics as separate discs, computed once, the same for the same graph.

Papers and the entities that several papers share are placed by forces inside the disc of their topic; what only one
paper speaks of stands in rings around that paper, so that it can be shown and hidden without moving anything else.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

import networkx as nx
import numpy as np

from kg.graph.forces import Numbers, Points, arrange
from kg.graph.packing import pack
from kg.graph.topics import find_topics, only_papers, topic_name
from schemas.graph import NodeKind
from schemas.layout import Layout, Topic

_NODE = 14.0  # room around a node, in page units; more for what many papers share
_RING = 9.0  # between the rings around a paper, and between the nodes on one
_ROW = 44.0  # between papers that share nothing
_MARGIN = 16.0  # of a disc
_WIDE = 0.92  # width of the page's picture to its height
_APART = "papers that share nothing with the others"


def layout(graph: nx.MultiDiGraph) -> Layout:
    """Places of all nodes, and topics: the largest in the middle, related ones side by side."""
    degree = dict(graph.degree())
    owners = only_papers(graph)
    core = [node for node in graph.nodes if node not in owners]
    rings = _rings(graph, owners)
    groups, apart = find_topics(graph, core)
    discs = [_disc(graph, degree, members, rings) for members in groups]
    radii = [float(np.hypot(*points.T).max() + _MARGIN) for points in discs]
    centres = pack(radii, _ties(graph, degree, groups), _WIDE)
    places: dict[str, tuple[float, float]] = {}
    for members, points, centre in zip(groups, discs, centres, strict=True):
        places.update(zip(members, map(tuple, (points + centre).tolist()), strict=True))
    topics = [
        Topic(topic_name(graph, members), _rounded(centre[0]), _rounded(centre[1]), _rounded(radius), _n_papers(graph, members))
        for members, centre, radius in zip(groups, centres, radii, strict=True)
    ]
    if apart:
        topics.append(_place_apart(graph, apart, topics, places))
    topic_of = {node: number for number, members in enumerate([*groups, apart]) for node in members}
    for paper, around in rings.items():
        places.update(zip(around, _around(places[paper], len(around)), strict=True))
        topic_of.update((node, topic_of[paper]) for node in around)
    positions = {node: (_rounded(places[node][0]), _rounded(places[node][1])) for node in graph.nodes}
    return Layout(positions, tuple(topics), topic_of)


def _rings(graph: nx.MultiDiGraph, owners: Mapping[str, str]) -> dict[str, list[str]]:
    """What stands around each paper, kind by kind."""
    rings: defaultdict[str, list[str]] = defaultdict(list)
    for node, paper in owners.items():
        rings[paper].append(node)
    kinds = {kind.value: number for number, kind in enumerate(NodeKind)}
    return {paper: sorted(nodes, key=lambda node: (kinds[graph.nodes[node]["kind"]], node)) for paper, nodes in rings.items()}


def _ring_sizes(count: int) -> list[int]:
    """How many nodes stand on each ring."""
    sizes: list[int] = []
    while count > 0:
        sizes.append(min(count, int(2 * math.pi * (len(sizes) + 2))))
        count -= sizes[-1]
    return sizes


def _around(centre: tuple[float, float], count: int) -> list[tuple[float, float]]:
    places = []
    for ring, size in enumerate(_ring_sizes(count)):
        distance = _RING * (ring + 2)
        for number in range(size):
            angle = 2 * math.pi * number / size - math.pi / 2
            places.append((centre[0] + distance * math.cos(angle), centre[1] + distance * math.sin(angle)))
    return places


def _disc(graph: nx.MultiDiGraph, degree: Mapping[str, int], members: list[str], rings: Mapping[str, list[str]]) -> Points:
    """Places of a topic's nodes around the origin."""
    number = {node: index for index, node in enumerate(members)}
    room = np.array([_room(graph, node, rings) for node in members])
    pairs = [(number[a], number[b], 1 / math.sqrt(degree[a] * degree[b])) for a, b in graph.edges(members) if b in number]
    return arrange(room, np.array(pairs, dtype=float).reshape(-1, 3))


def _room(graph: nx.MultiDiGraph, node: str, rings: Mapping[str, list[str]]) -> float:
    if node in rings:
        return _RING * (len(_ring_sizes(len(rings[node]))) + 1.7)
    return _NODE + 4 * math.sqrt(graph.nodes[node].get("n_papers", 1))


def _ties(graph: nx.MultiDiGraph, degree: Mapping[str, int], groups: list[list[str]]) -> Numbers:
    """How strongly each two topics are joined."""
    group_of = {node: number for number, members in enumerate(groups) for node in members}
    ties = np.zeros((len(groups), len(groups)))
    for a, b in graph.edges():
        if a in group_of and b in group_of and group_of[a] != group_of[b]:
            weight = 1 / math.sqrt(degree[a] * degree[b])
            ties[group_of[a], group_of[b]] += weight
            ties[group_of[b], group_of[a]] += weight
    return ties


def _place_apart(graph: nx.MultiDiGraph, apart: list[str], topics: list[Topic], places: dict[str, tuple[float, float]]) -> Topic:
    """Put the papers that share nothing in rows below all discs."""
    left = min((topic.x - topic.radius for topic in topics), default=0.0)
    right = max((topic.x + topic.radius for topic in topics), default=_ROW * math.sqrt(len(apart) * _WIDE))
    bottom = max((topic.y + topic.radius for topic in topics), default=0.0)
    per_row = max(1, int((right - left) / _ROW))
    for number, node in enumerate(apart):
        row, column = divmod(number, per_row)
        in_row = min(per_row, len(apart) - row * per_row)
        places[node] = ((left + right) / 2 + (column - (in_row - 1) / 2) * _ROW, bottom + _ROW * (row + 2))
    return Topic(_APART, _rounded((left + right) / 2), _rounded(bottom + _ROW), 0, _n_papers(graph, apart))


def _n_papers(graph: nx.MultiDiGraph, nodes: list[str]) -> int:
    return sum(graph.nodes[node]["kind"] == NodeKind.PAPER for node in nodes)


def _rounded(value: float) -> float:
    return round(float(value), 1) + 0.0  # no negative zero
