"""Where the nodes of a graph stand on a page, and the topics they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Point = tuple[float, float]  # in page units; y grows downwards


@dataclass(frozen=True)
class Topic:
    """Papers that share entities, as one disc."""

    name: str  # the entities that most of its papers share, joined by " · "
    x: float
    y: float
    radius: float  # 0 for the papers that share nothing with others: they stand in rows below their name
    n_papers: int


@dataclass(frozen=True)
class Layout:
    """Places and topics of the nodes of one graph."""

    positions: Mapping[str, Point]
    topics: tuple[Topic, ...] = ()
    topic_of: Mapping[str, int] = field(default_factory=dict)  # number of a node's topic in `topics`
