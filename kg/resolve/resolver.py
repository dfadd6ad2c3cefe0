"""From the entities of single papers to entities of the whole set: equal keys, and abbreviations with their long forms."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from kg.resolve.keys import name_key
from schemas.extraction import ENTITY_TYPES, Entity, EntityType, Extraction
from schemas.ids import entity_id
from schemas.resolution import Resolution, ResolvedEntity
from schemas.text import clean_name

_Key = tuple[EntityType, str]

NO_LETTER = "name without a letter or digit"


class _Groups:
    """Disjoint sets of keys (union-find); the representative of a set is its smallest key."""

    def __init__(self) -> None:
        self._parent: dict[_Key, _Key] = {}

    def find(self, key: _Key) -> _Key:
        self._parent.setdefault(key, key)
        while self._parent[key] != key:
            self._parent[key] = self._parent[self._parent[key]]
            key = self._parent[key]
        return key

    def join(self, a: _Key, b: _Key) -> None:
        a, b = self.find(a), self.find(b)
        self._parent[max(a, b)] = min(a, b)

    def members(self) -> dict[_Key, list[_Key]]:
        """The keys of each set, by its representative."""
        sets: dict[_Key, list[_Key]] = defaultdict(list)
        for key in list(self._parent):
            sets[self.find(key)].append(key)
        return sets


def resolve(extractions: Iterable[Extraction]) -> Resolution:
    """Group the entities of all papers: a function of the set of extractions, whatever their order.

    Forms of one type with equal keys are one entity. The forms that a paper gives one entity (a name and its
    abbreviation) join their keys in all papers, unless papers use the abbreviation for different long forms: then it
    stands for its paper's long form where that is given, and for itself elsewhere.
    """
    ordered = sorted(extractions, key=lambda extraction: extraction.id)
    ambiguous = _ambiguous_keys(ordered)
    groups, spellings = _Groups(), defaultdict[_Key, Counter[str]](Counter)
    keys_of: dict[tuple[str, EntityType, int], _Key] = {}
    dropped: Counter[str] = Counter()
    for extraction in ordered:
        for entity_type in ENTITY_TYPES:
            for index, entity in enumerate(extraction.entities(entity_type)):
                keys = _entity_keys(entity_type, entity, ambiguous)
                if not keys:
                    dropped[NO_LETTER] += 1
                    continue
                for key in keys:
                    groups.join(keys[0], key)
                keys_of[extraction.id, entity_type, index] = keys[0]
                spellings[keys[0]].update(entity.forms)
    return _resolution(groups, spellings, keys_of, dropped)


def _entity_keys(entity_type: EntityType, entity: Entity, ambiguous: set[_Key]) -> list[_Key]:
    """The keys of an entity's forms, ambiguous abbreviations left out where another form is given."""
    keys = sorted({(entity_type, key) for form in entity.forms if (key := name_key(entity_type, form))})
    return [key for key in keys if key not in ambiguous] or keys[:1]


def _ambiguous_keys(extractions: Sequence[Extraction]) -> set[_Key]:
    """Keys of abbreviations that papers define by long forms with different keys."""
    long_keys: dict[_Key, set[str]] = defaultdict(set)
    for extraction in extractions:
        for found in extraction.abbreviations:
            for entity_type in ENTITY_TYPES:
                short = name_key(entity_type, found.short)
                long_keys[entity_type, short].add(name_key(entity_type, found.long))
    return {key for key, longs in long_keys.items() if len(longs) > 1}


def _resolution(
    groups: _Groups,
    spellings: dict[_Key, Counter[str]],
    keys_of: dict[tuple[str, EntityType, int], _Key],
    dropped: Counter[str],
) -> Resolution:
    forms: dict[_Key, Counter[str]] = defaultdict(Counter)
    for key, counts in spellings.items():
        forms[groups.find(key)].update(counts)
    entities = {root: _resolved(members, forms[root]) for root, members in groups.members().items()}
    return Resolution(
        entities={entity.id: entity for entity in sorted(entities.values(), key=lambda entity: entity.id)},
        assignments={place: entities[groups.find(key)].id for place, key in keys_of.items()},
        dropped=dict(sorted(dropped.items())),
    )


def _resolved(members: Sequence[_Key], forms: Counter[str]) -> ResolvedEntity:
    member_ids = sorted(entity_id(*key) for key in members)
    return ResolvedEntity(
        id=member_ids[0],
        type=members[0][0],
        name=_canonical_name(forms),
        aliases=tuple(sorted(forms)),
        merged_ids=tuple(member_ids[1:]),
    )


def _canonical_name(forms: Counter[str]) -> str:
    """The most frequent spelling among the names of several words, or among all where there is none.

    Ties: the singular before the plural, then the longer, which keeps its hyphens and spaces, then by bytes.
    """
    names: Counter[str] = Counter()
    for form, count in forms.items():
        names[clean_name(form)] += count
    full = [name for name in names if " " in name] or list(names)
    return min(full, key=lambda name: (-names[name], name.endswith("s"), -len(name), name))
