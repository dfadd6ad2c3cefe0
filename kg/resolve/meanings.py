"""What short forms stand for: by the papers that define them, by the lexicon, by the table of common abbreviations."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kg.resolve.keys import plain_key, plain_name, words_of
from kg.resolve.lexicon import Entry, Lexicon
from kg.resolve.words import LINKING, STEM, word_key
from schemas.extraction import EntityType
from schemas.resolution import Reason

# Of the papers that define a short form, the share that must agree; the rest use it for something else.
DOMINANT = 0.85
# Papers that are named in support of a meaning.
SHOWN_PAPERS = 3
# Papers that define a short form for a type, from which on they need no confirmation, and outweigh the lexicon.
ENOUGH = 3

# Words that long forms of one abbreviation may differ in: "graph convolution(al) (neural) network".
_LIGHT = LINKING | {"base", "scale", "neural", "deep", "model", "network", "net", "method", "algorithm", "framework", "approach", "task"}
# Beginnings of words that some write apart: "pre-training", "pretraining".
_PREFIXES = frozenset({"pre", "post", "auto", "multi", "non", "semi", "co", "re", "sub", "super", "hyper", "cross", "meta", "inter", "bi"})

Signature = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaperNames:
    """The names of one paper: its entities with their forms, and the abbreviations that it defines."""

    id: str
    entities: tuple[tuple[EntityType, int, tuple[str, ...]], ...]  # (type, index in the paper's list, forms)
    definitions: tuple[tuple[str, str], ...] = ()  # (short form, long form)
    one_text: bool = True  # whether the names stand together; false for a mere list of names


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a short form stands for when its paper does not say; `long` is empty where that is not clear."""

    long: str
    reason: Reason
    signatures: frozenset[Signature] = frozenset()
    detail: str = ""
    papers: tuple[str, ...] = ()  # that define it: the first SHOWN_PAPERS ids, sorted
    n_papers: int = 0  # how many define it
    choices: tuple[str, ...] = ()  # long forms between which it is not clear, sorted


@dataclass(frozen=True, slots=True)
class Definition:
    """What one paper says that a short form stands for."""

    scope: EntityType | None  # as a name of a thing of this type; None: whatever the type
    short: str  # key of the short form
    long: str  # the long form, plain
    long_key: str
    signature: Signature  # of the long form
    paper: str  # id


@dataclass(slots=True)
class _Sense:
    """One meaning of a short form: its spellings and the papers that define it."""

    longs: Counter[str] = field(default_factory=Counter)
    papers: set[str] = field(default_factory=set)
    weight: int = 0  # papers, those of the table included


_Senses = dict[Signature, _Sense]


def signature(long: str) -> Signature:
    """What long forms of one abbreviation share if they are spellings of one name: the stems of their telling words."""
    keys: list[str] = []
    prefix = ""
    for word in words_of(plain_name(long)):
        key = prefix + word_key(word)
        prefix = key if key in _PREFIXES else ""
        keys += [] if prefix else [key]
    keys += [prefix] if prefix else []
    return tuple(key[:STEM] for key in keys if key not in _LIGHT) or tuple(keys)


class Meanings:
    """The meanings of all short forms of a set of papers."""

    def __init__(self, papers: Iterable[PaperNames], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._senses: dict[tuple[EntityType | None, str], _Senses] = defaultdict(lambda: defaultdict(_Sense))
        self._shorts_of: dict[str, set[str]] = defaultdict(set)  # key of a long form -> keys of its short forms
        self._known: dict[tuple[EntityType, str], Meaning | None] = {}
        for definition in itertools.chain.from_iterable(map(definitions_in, papers)):
            self.add(definition)

    def add(self, definition: Definition) -> None:
        """Take note of a definition, before any short form is asked for."""
        self._shorts_of[definition.long_key].add(definition.short)
        sense = self._senses[definition.scope, definition.short][definition.signature]
        sense.longs[definition.long] += 1
        sense.papers.add(definition.paper)

    def learn(self, short_key: str, meanings: Mapping[EntityType, Meaning | None], long_keys: Iterable[str] = ()) -> None:
        """Take over what `of` gives for a short form where all papers are known, and keys of its long forms."""
        self._known.update(((entity_type, short_key), meaning) for entity_type, meaning in meanings.items())
        for long_key in long_keys:
            self._shorts_of[long_key].add(short_key)

    def short_keys(self, long_key: str) -> Sequence[str]:
        """The keys of the short forms that papers define by a long form with this key, sorted."""
        return sorted(self._shorts_of.get(long_key, ()))

    def of(self, entity_type: EntityType, short_key: str) -> Meaning | None:
        """What a short form stands for as the name of a thing of this type; None when it is not known as a short form."""
        place = (entity_type, short_key)
        if place not in self._known:
            self._known[place] = self._find(entity_type, short_key)
        return self._known[place]

    def _find(self, entity_type: EntityType, short_key: str) -> Meaning | None:
        senses = self._evidence(entity_type, short_key)
        found = _dominant(senses) if senses else None
        entry = self._lexicon.own_entry(entity_type, short_key)
        if entry is None and found is None:
            entry = self._lexicon.entry(entity_type, short_key)
        if entry is None:
            return found
        if form_key(entry.name) == short_key:  # well known under its short form: no doubt about its meaning
            return found if found and found.long else None
        return self._with_entry(entry, found, senses)

    def _evidence(self, entity_type: EntityType, short_key: str) -> _Senses:
        """The senses that papers define for this type; where few do, those of all types and of the table as well."""
        own = self._senses.get((entity_type, short_key), {})
        if sum(len(sense.papers) for sense in own.values()) >= ENOUGH:
            return {sign: _Sense(sense.longs, sense.papers, len(sense.papers)) for sign, sense in own.items()}
        of_others = {} if own else self._senses.get((None, short_key), {})
        senses: _Senses = defaultdict(_Sense)
        for sign, sense in (own or of_others).items():
            senses[sign] = _Sense(sense.longs, sense.papers, len(sense.papers))
        for long, papers in self._lexicon.abbreviations.get(short_key, ()):
            sense = senses[signature(long)]
            sense.longs = sense.longs or Counter({long: papers})
            sense.weight += papers
        return dict(senses)

    @staticmethod
    def _with_entry(entry: Entry, found: Meaning | None, senses: _Senses) -> Meaning:
        """The lexicon's meaning, unless enough papers of the corpus use the short form for something else."""
        known = frozenset(signature(name) for name in (entry.name, *entry.aliases))
        against = sum(len(sense.papers) for sign, sense in senses.items() if sign not in known)
        agreeing = sum(len(sense.papers) for sign, sense in senses.items() if sign in known)
        if against >= ENOUGH and against > agreeing:
            return Meaning("", "kept apart", detail=_listed(senses) + f"; {entry.name} (lexicon)", choices=_choices(senses, entry.name))
        if found is not None and found.long and found.signatures & known:
            return dataclasses.replace(found, signatures=found.signatures | known)
        return Meaning(entry.name, "lexicon", known, f"{entry.type}: {entry.name}")


def _dominant(senses: _Senses) -> Meaning:
    total = sum(sense.weight for sense in senses.values())
    sign, sense = min(senses.items(), key=lambda item: (-item[1].weight, item[0]))
    if sense.weight < DOMINANT * total:
        return Meaning("", "kept apart", detail=_listed(senses), choices=_choices(senses))
    long = min(sense.longs, key=lambda name: (-sense.longs[name], name))
    reason: Reason = "definition" if sense.papers else "common abbreviation"
    detail = "" if sense.papers else f"{sense.weight} abstracts"
    shown = tuple(sorted(sense.papers)[:SHOWN_PAPERS])
    return Meaning(long, reason, frozenset({sign}), detail, shown, len(sense.papers))


def _choices(senses: _Senses, *others: str) -> tuple[str, ...]:
    return tuple(sorted({*others, *(long for sense in senses.values() for long in sense.longs)}))


def _listed(senses: _Senses) -> str:
    """The meanings and the number of papers of each, the most frequent three."""
    ranked = sorted(senses.items(), key=lambda item: (-item[1].weight, item[0]))[:3]
    return ", ".join(f"{min(s.longs, key=lambda name: (-s.longs[name], name))} ({s.weight})" for _, s in ranked)


def definitions_in(paper: PaperNames) -> Iterator[Definition]:
    """What the definitions of a paper say: for each that may join names, whatever the type and for each type it has in the paper."""
    if not paper.definitions:
        return
    typed: dict[str, set[EntityType]] = defaultdict(set)  # key of a form -> types it has in this paper
    for entity_type, _, forms in paper.entities:
        for form in forms:
            typed[form_key(form)].add(entity_type)
    for short, long in usable_definitions(paper):
        short_key, long_key = form_key(short), form_key(long)
        for scope in (None, *sorted(typed[short_key] | typed[long_key])):
            yield Definition(scope, short_key, plain_name(long), long_key, signature(long), paper.id)


def usable_definitions(paper: PaperNames) -> list[tuple[str, str]]:
    """The definitions of a paper that may join names, each once, sorted."""
    keys = {(short, long): (form_key(short), form_key(long)) for short, long in paper.definitions}
    return sorted(pair for pair, (short, long) in keys.items() if short and long and short != long and same_numbers(short, long))


def form_key(form: str) -> str:
    """The key of a form whatever its type: generic heads are kept."""
    return plain_key(words_of(plain_name(form)))


def same_numbers(short_key: str, long_key: str) -> bool:
    """Whether no number of the long form is lost in the short one: "SAM" is not short for "Segment Anything Model 2"."""
    return all(c in short_key for c in long_key if c.isdigit())
