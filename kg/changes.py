"""What new papers did to a graph: which of its nodes they merged, and which they split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.graph import NodeKind

Nodes = Mapping[str, Mapping[str, Any]]  # attributes by id, `kind` among them

LOOKED_AT = ("name", "title", "sources", "merged_ids")  # the others


@dataclass(frozen=True)
class Change:
    """Several nodes that became one, or one that became several."""

    kind: str
    before: tuple[str, ...]  # names (titles), sorted
    after: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """The difference of two graphs."""

    merged: tuple[Change, ...]
    split: tuple[Change, ...]
    new: Mapping[str, int]  # number of nodes that have no part in the old graph, by kind


def find_changes(old: Nodes, new: Nodes) -> Changes:
    """Compare the nodes of a graph with those of the graph that it grew into.

    A node is followed by its parts: of a paper the places it was read from, of an entity the ids of its members.
    """
    before, after = _by_part(old), _by_part(new)
    merged = [_change(old, _holding(before, node, values), new, {node}) for node, values in new.items()]
    split = [_change(old, {node}, new, _holding(after, node, values)) for node, values in old.items()]
    fresh: dict[str, int] = {kind.value: 0 for kind in NodeKind}
    for node, values in new.items():
        fresh[values["kind"]] += not any(part in before for part in _parts(node, values))
    return Changes(_sorted(c for c in merged if len(c.before) > 1), _sorted(c for c in split if len(c.after) > 1), fresh)


def _parts(node: str, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    kind = values["kind"]
    names = values.get("sources", ()) if kind == NodeKind.PAPER else (node, *values.get("merged_ids", ()))
    return [(kind, name) for name in names]


def _by_part(nodes: Nodes) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for node, values in nodes.items():
        for part in _parts(node, values):
            found[part].add(node)
    return found


def _holding(by_part: Mapping[tuple[str, str], set[str]], node: str, values: Mapping[str, Any]) -> set[str]:
    """The nodes that share a part with a node."""
    return {other for part in _parts(node, values) for other in by_part.get(part, ())}


def _change(old: Nodes, before: set[str], new: Nodes, after: set[str]) -> Change:
    kind = next((nodes[node]["kind"] for nodes, ids in ((old, before), (new, after)) for node in ids), "")
    return Change(kind, tuple(sorted(_name(old, node) for node in before)), tuple(sorted(_name(new, node) for node in after)))


def _name(nodes: Nodes, node: str) -> str:
    values = nodes[node]
    return str(values.get("name") or values.get("title") or node)


def _sorted(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: (change.kind, change.before, change.after)))
