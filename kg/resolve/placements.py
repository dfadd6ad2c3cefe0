"""Where the entities of single papers stand: at the key of their fullest form, as their paper means it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kg.resolve.keys import plain_name, words_of
from kg.resolve.meanings import Meanings, PaperNames, form_key, signature, usable_definitions
from kg.resolve.merges import Key
from kg.resolve.rules import Name, make_name
from kg.resolve.shorts import looks_short
from schemas.extraction import EntityType


@dataclass(frozen=True, slots=True)
class Reading:
    """One form as its paper means it."""

    form: str
    key: Key  # of the form as it is written
    meant: Key  # of what the paper means by it: the same, unless the paper defines an abbreviation in it unusually
    note: str = ""  # that definition
    long: str = ""  # its long form, where the form is nothing but the abbreviation


@dataclass(frozen=True, slots=True)
class Placement:
    """An entity of a paper."""

    paper: str
    type: EntityType
    index: int  # in the paper's list of this type
    readings: tuple[Reading, ...]
    leader: Reading | None = None  # the fullest form of another entity of the paper that is the same thing

    @property
    def main(self) -> Reading:
        """The fullest form: the leader's, else of several words before one word, then the longest, then by bytes."""
        if self.leader:
            return self.leader
        return min(self.readings, key=lambda r: (" " not in r.form, -len(r.form), r.form)) if len(self.readings) > 1 else self.readings[0]


def lookups(paper: PaperNames) -> set[str]:
    """The keys by which placing a paper asks for meanings: of its short forms, and of those that it defines."""
    shorts = {form_key(form) for _, _, forms in paper.entities for form in forms if looks_short(form)}
    return shorts | {form_key(short) for short, _ in usable_definitions(paper)}


class Placer:
    """Places the entities of papers; `names` collects every name that is seen or meant."""

    def __init__(self, meanings: Meanings, apart: frozenset[frozenset[Key]] = frozenset()) -> None:
        self._meanings = meanings
        self._apart = apart
        self._by_form: dict[tuple[EntityType, str], Name] = {}
        self._meant: set[Name] = set()
        self.n_dropped = 0  # entities whose forms hold no letter or digit

    def names(self) -> list[Name]:
        """Every name seen or meant, each once, sorted."""
        return sorted({*self._by_form.values(), *self._meant}, key=lambda name: (name.key, name.words))

    def place(self, paper: PaperNames) -> Iterator[Placement]:
        """The entities of a paper; those without a form that holds a letter or digit are counted and left out."""
        own: dict[str, set[str]] = defaultdict(set)  # key of a short form -> its long forms
        for short, long in usable_definitions(paper):
            own[form_key(short)].add(long)
        typed = self._keys(paper) if own or paper.one_text else set()
        beside = [(short_key, long) for short_key, long in self._named_beside(paper, typed) if short_key not in own]
        for short_key, long in beside:
            own[short_key].add(long)
        for entity_type, index, forms in paper.entities:
            readings = tuple(self._read(entity_type, form, own, typed) for form in forms if self._name(entity_type, form).key[1])
            if readings:
                yield Placement(paper.id, entity_type, index, readings)
            else:
                self.n_dropped += 1

    def _named_beside(self, paper: PaperNames, typed: set[Key]) -> list[tuple[str, str]]:
        """Ambiguous short forms, and the only one of their long forms that the paper names beside them."""
        found: dict[tuple[str, EntityType], dict[str, str]] = {}
        for entity_type, _, forms in paper.entities if paper.one_text else ():
            for form in filter(looks_short, forms):
                meaning = self._meanings.of(entity_type, form_key(form))
                for long in meaning.choices if meaning else ():
                    key = make_name(entity_type, words_of(plain_name(long))).key
                    if key in typed:
                        found.setdefault((form_key(form), entity_type), {}).setdefault(key[1], long)
        return [(short_key, next(iter(longs.values()))) for (short_key, _), longs in found.items() if len(longs) == 1]

    def _keys(self, paper: PaperNames) -> set[Key]:
        return {self._name(entity_type, form).key for entity_type, _, forms in paper.entities for form in forms}

    def _name(self, entity_type: EntityType, form: str) -> Name:
        place = (entity_type, form)
        if place not in self._by_form:
            self._by_form[place] = make_name(entity_type, words_of(plain_name(form)))
        return self._by_form[place]

    def _read(self, entity_type: EntityType, form: str, own: Mapping[str, set[str]], typed: set[Key]) -> Reading:
        name = self._name(entity_type, form)
        if not own:
            return Reading(form, name.key, name.key)
        whole = form_key(form)
        if whole in own:
            long = self._own_meaning(entity_type, whole, own[whole], typed)
            meant = self._remember(entity_type, words_of(plain_name(long))) if long else name.key
            return Reading(form, name.key, meant, f"{form} = {long}" if long else "", long)
        words: list[str] = []
        notes = []
        for word in name.words:
            short = form_key(word) if looks_short(word) else ""
            long = self._own_meaning(entity_type, short, own[short], typed) if short in own else ""
            if long and frozenset(((entity_type, short), make_name(entity_type, words_of(plain_name(long))).key)) in self._apart:
                long = ""
            words += words_of(plain_name(long)) if long else [word]
            notes += [f"{word} = {long}"] if long else []
        return Reading(form, name.key, self._remember(entity_type, words) if notes else name.key, "; ".join(notes))

    def _own_meaning(self, entity_type: EntityType, short: str, longs: set[str], typed: set[Key]) -> str:
        """The long form by which a paper defines a short one, or nothing when that is its usual meaning or not clear."""
        usual = self._meanings.of(entity_type, short)
        if usual and any(signature(long) in usual.signatures for long in longs):
            return ""
        named = sorted(long for long in longs if self._name(entity_type, long).key in typed)
        chosen = named or sorted(longs)
        return chosen[0] if len({form_key(long) for long in chosen}) == 1 and form_key(chosen[0]) else ""

    def _remember(self, entity_type: EntityType, words: Iterable[str]) -> Key:
        name = make_name(entity_type, words)
        self._meant.add(name)
        return name.key
