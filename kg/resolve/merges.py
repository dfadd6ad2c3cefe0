"""Merging of keys: union-find that keeps the reason of every merge and never joins what must stay apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.extraction import EntityType
from schemas.resolution import Reason

Key = tuple[EntityType, str]

# The order in which merges are tried: only overrides can refuse one, and then the better founded wins.
_ORDER: tuple[Reason, ...] = (
    "override",
    "lexicon",
    "definition",
    "common abbreviation",
    "expansion",
    "generic head",
    "year",
)

# Merges of which neither name is the fuller one.
_OF_EQUALS: frozenset[Reason] = frozenset({"override", "generic head", "year"})


@dataclass(frozen=True, slots=True)
class Merge:
    """`key` is another name for what `target` names; from the lesser to the fuller name."""

    key: Key
    target: Key
    reason: Reason
    name: str  # the name that `target` is the key of
    detail: str = ""
    papers: tuple[str, ...] = ()  # that support it: the first ids, sorted
    n_papers: int = 0  # how many support it

    def order(self) -> tuple[int, Key, Key, str, str]:
        """Merges are tried in this order, which does not depend on the order of the papers."""
        return _ORDER.index(self.reason), self.key, self.target, self.name, self.detail


@dataclass(frozen=True, slots=True)
class Apart:
    """Two keys that must not be one thing, and the entry that says so."""

    a: Key
    b: Key
    entry: str


def pairs_apart(apart: Iterable[Apart]) -> frozenset[frozenset[Key]]:
    """The pairs of keys, for looking up."""
    return frozenset(frozenset((pair.a, pair.b)) for pair in apart)


class Groups:
    """Disjoint sets of keys; `accepted` is a forest: the merges that joined two sets."""

    def __init__(self, apart: Iterable[Apart] = ()) -> None:
        self._parent: dict[Key, Key] = {}
        self._apart: dict[Key, list[tuple[Key, str]]] = defaultdict(list)  # root -> (a key that must stay outside, entry)
        for pair in apart:
            self._apart[pair.a].append((pair.b, pair.entry))
            self._apart[pair.b].append((pair.a, pair.entry))
        self.accepted: list[Merge] = []
        self.lesser: set[Key] = set()  # keys of names that are short for another name of their set
        self.refused: list[tuple[Merge, str]] = []

    @classmethod
    def known(cls, roots: Mapping[Key, Key], apart: Iterable[Apart], accepted: Iterable[Merge], lesser: Iterable[Key]) -> Groups:
        """Sets that were made elsewhere: `roots` gives the representative of each key, itself for a key that is missing."""
        groups = cls()
        groups._parent.update(roots)
        for pair in apart:
            a, b = groups.find(pair.a), groups.find(pair.b)
            groups._apart[a].append((b, pair.entry))
            groups._apart[b].append((a, pair.entry))
        groups.accepted.extend(accepted)
        groups.lesser.update(lesser)
        return groups

    def find(self, key: Key) -> Key:
        """The representative of the set of `key`."""
        parent = self._parent
        root = key
        while (above := parent.get(root, root)) != root:
            root = above
        while (above := parent.get(key, key)) != root:
            parent[key], key = root, above
        return root

    def merge_all(self, merges: Iterable[Merge]) -> None:
        """Try every merge, in the order that `Merge.order` gives."""
        for merge in sorted(merges, key=Merge.order):
            self._merge(merge)

    def _merge(self, merge: Merge) -> None:
        a, b = self.find(merge.key), self.find(merge.target)
        if a == b:
            self._note_lesser(merge)
            return
        if entry := self.forbidden(a, b):
            self.refused.append((merge, entry))
            return
        low, high = min(a, b), max(a, b)
        self._parent[high] = low
        if high in self._apart:
            self._apart[low].extend(self._apart.pop(high))
        self.accepted.append(merge)
        self._note_lesser(merge)

    def _note_lesser(self, merge: Merge) -> None:
        if merge.reason not in _OF_EQUALS:
            self.lesser.add(merge.key)

    def forbidden(self, a: Key, b: Key) -> str:
        """The entry that keeps the sets of the roots `a` and `b` apart, or nothing."""
        return min((entry for key, entry in self._apart.get(a, ()) if self.find(key) == b), default="")


def steps_to(start: Key, accepted: Mapping[Key, list[tuple[Key, Merge]]]) -> dict[Key, Merge]:
    """For each key that merges join with `start`: the first merge on its way there (merges are a forest)."""
    steps: dict[Key, Merge] = {}
    open_keys = [start]
    while open_keys:
        key = open_keys.pop()
        for neighbour, merge in accepted.get(key, ()):
            if neighbour != start and neighbour not in steps:
                steps[neighbour] = merge
                open_keys.append(neighbour)
    return steps


def neighbours(accepted: Iterable[Merge]) -> dict[Key, list[tuple[Key, Merge]]]:
    """The merges of each key, with the key at their other end."""
    found: dict[Key, list[tuple[Key, Merge]]] = defaultdict(list)
    for merge in accepted:
        found[merge.key].append((merge.target, merge))
        found[merge.target].append((merge.key, merge))
    return found
