"""What new papers did to a graph: which of its nodes they merged, and which they split."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.graph import NodeKind, node_label
from schemas.text import normal_text

Nodes = Mapping[str, Mapping[str, Any]]  # attributes by id, `kind` among them
_Part = tuple[str, ...]

LOOKED_AT = ("name", "title", "url", "arxiv_id", "doi", "sources", "merged_ids")  # the others


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

    A node is followed by its parts: of a paper the places it was read from, with what it is known by there (a place is a file's
    base name and a number, which other files may have too); of an entity the ids of its members.
    """
    before, after = _by_part(old), _by_part(new)
    merged = [_change(old, _holding(before, node, values), new, {node}) for node, values in new.items()]
    split = [_change(old, {node}, new, _holding(after, node, values)) for node, values in old.items()]
    fresh: dict[str, int] = {kind.value: 0 for kind in NodeKind}
    for node, values in new.items():
        fresh[values["kind"]] += not any(part in before for part in _parts(node, values))
    return Changes(_sorted(c for c in merged if len(c.before) > 1), _sorted(c for c in split if len(c.after) > 1), fresh)


def _parts(node: str, values: Mapping[str, Any]) -> Iterable[_Part]:
    if values["kind"] != NodeKind.PAPER:
        return [(name,) for name in (node, *values.get("merged_ids", ()))]
    known_by = (node, values.get("arxiv_id"), values.get("doi"), normal_text(values.get("title", "")))
    return itertools.product(values.get("sources", ()), filter(None, known_by))


def _by_part(nodes: Nodes) -> dict[_Part, set[str]]:
    found: dict[_Part, set[str]] = defaultdict(set)
    for node, values in nodes.items():
        for part in _parts(node, values):
            found[part].add(node)
    return found


def _holding(by_part: Mapping[_Part, set[str]], node: str, values: Mapping[str, Any]) -> set[str]:
    """The nodes that share a part with a node."""
    return {other for part in _parts(node, values) for other in by_part.get(part, ())}


def _change(old: Nodes, before: set[str], new: Nodes, after: set[str]) -> Change:
    kind = next((nodes[node]["kind"] for nodes, ids in ((old, before), (new, after)) for node in ids), "")
    return Change(kind, _names(old, before), _names(new, after))


def _names(nodes: Nodes, chosen: set[str]) -> tuple[str, ...]:
    return tuple(sorted(node_label(node, nodes[node]) for node in chosen))


def _sorted(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: (change.kind, change.before, change.after)))
