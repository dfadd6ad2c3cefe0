"""Names of one thing within one paper, by what they share: evidence for that paper only, never a merge of names.

"mitigation of spurious correlations" and "mitigating spurious correlation" are one task where one paper has both; so are
a short form and the only name in the paper whose initials it has. Shares of pairs that annotators of 2,471 papers found to be one thing
are given with each rule.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from kg.resolve.keys import plain_name, words_of
from kg.resolve.merges import Key
from kg.resolve.placements import Placement
from kg.resolve.shorts import looks_short, singular
from kg.resolve.words import LINKING, STEM, word_key
from schemas.extraction import EntityType

_LINKING = LINKING | {"based"}
_MIN_SUBSET = 3  # stems of a task's name that another name of it may have one more than

_Stems = tuple[str, ...]
_Place = tuple[EntityType, frozenset[str], str]  # type, stems, digits


def with_leaders(placements: Sequence[Placement], find: Callable[[Key], Key]) -> list[Placement]:
    """The placements of one paper; those that are the same thing as a fuller one of the paper stand where that one stands.

    `find` gives the set that a key was merged into.
    """
    first: dict[Key, int] = {}
    roots = [find(placement.main.meant) for placement in placements]
    group = [first.setdefault(root, index) for index, root in enumerate(roots)]
    for a, b in _pairs(placements, roots):
        low, high = sorted((group[a], group[b]))
        group = [low if number == high else number for number in group] if low != high else group
    members: dict[int, list[Placement]] = defaultdict(list)
    for number, placement in zip(group, placements, strict=True):
        members[number].append(placement)
    leaders = {number: min(found, key=_fullness).main for number, found in members.items() if len({find(p.main.meant) for p in found}) > 1}
    return [
        dataclasses.replace(placement, leader=leaders[number]) if number in leaders else placement
        for number, placement in zip(group, placements, strict=True)
    ]


def _fullness(placement: Placement) -> tuple[bool, int, str]:
    form = placement.main.form
    return looks_short(form), -len(form), form


def _pairs(placements: Sequence[Placement], roots: Sequence[Key]) -> Iterator[tuple[int, int]]:
    """Indices of placements that are one thing, found by looking up stems and initials."""
    stems = [_stems(placement.main.form) for placement in placements]
    by_stems: dict[_Place, list[int]] = defaultdict(list)
    for index, placement in enumerate(placements):
        if len(stems[index]) > 1:
            by_stems[_place(placement, stems[index])].append(index)
    for same in by_stems.values():  # the same stems in any order: 0.95
        yield from ((same[0], index) for index in same[1:])
    for index, placement in enumerate(placements):
        for other in _one_stem_less(placement, stems[index], by_stems):  # for tasks: 0.87
            if not _is_end(stems[other], stems[index]):
                yield index, other
    yield from _by_initials(placements, roots)


def _stems(form: str) -> _Stems:
    return tuple(key[:STEM] for word in words_of(plain_name(form)) if (key := word_key(word)) not in _LINKING)


def _place(placement: Placement, stems: Iterable[str]) -> _Place:
    return placement.type, frozenset(stems), "".join(re.findall(r"\d", placement.main.meant[1]))


def _one_stem_less(placement: Placement, stems: _Stems, by_stems: dict[_Place, list[int]]) -> Iterator[int]:
    if placement.type != "task" or len(set(stems)) <= _MIN_SUBSET:
        return
    for stem in sorted(set(stems)):
        yield from by_stems.get(_place(placement, set(stems) - {stem}), ())


def _is_end(part: _Stems, whole: _Stems) -> bool:
    """Whether one name is the other with a word before it, which may well be a narrower thing."""
    return whole[-len(part) :] == part


def _by_initials(placements: Sequence[Placement], roots: Sequence[Key]) -> Iterator[tuple[int, int]]:
    """Short forms with the only thing of their type that has a name with these initials: 0.91."""
    full: dict[tuple[EntityType, str], dict[Key, int]] = defaultdict(dict)  # -> one placement a thing
    for index, placement in enumerate(placements):
        for initials in _initials(placement.main.form):
            full[placement.type, initials].setdefault(roots[index], index)
    for index, placement in enumerate(placements):
        form = placement.main.form
        found = full.get((placement.type, _letters(form)), {}) if looks_short(form) else {}
        others = [other for root, other in found.items() if root != roots[index]]
        if len(others) == 1:
            yield index, others[0]


def _initials(form: str) -> set[str]:
    words = words_of(plain_name(form))
    telling = [word for word in words if word.lower() not in _LINKING]
    return {"".join(word[0] for word in some).lower() for some in (words, telling) if len(some) > 1}


def _letters(short: str) -> str:
    return "".join(c for c in singular(short).lower() if c.isalnum())
