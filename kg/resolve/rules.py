"""The rules by which one name leads to another: each looks its candidates up by key, none compares names with names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kg.resolve.keys import OTHER_WITHOUT_HEAD, plain_key, plain_name, words_key, words_of
from kg.resolve.lexicon import Lexicon
from kg.resolve.meanings import Meanings, form_key, signature
from kg.resolve.merges import Key, Merge
from kg.resolve.shorts import looks_short
from kg.resolve.words import word_key
from schemas.extraction import EntityType

# Heads that a name may go without when both spellings are seen: unlike those of the key they may be part of the name
# ("diffusion models"), so they lead from name to name and never into the key.
_LOOSE_HEADS: dict[EntityType, frozenset[str]] = {
    "method": frozenset({"model", "architecture", "mechanism", "strategy", "scheme"}),
    "dataset": frozenset(),
    "task": frozenset(),
    "metric": frozenset({"value"}),
}
# Heads that only an abbreviation goes without: "LSTM network".
_HEADS_OF_SHORTS: dict[EntityType, frozenset[str]] = {
    "method": frozenset({"network"}),
    "dataset": frozenset(),
    "task": frozenset(),
    "metric": frozenset(),
}
_YEAR = re.compile(r"(.*[a-z])((?:19[89]|20[0-2])\d)")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as words, with its key."""

    type: EntityType
    words: tuple[str, ...]
    key: Key

    @property
    def text(self) -> str:
        """The words as a text."""
        return " ".join(self.words)


def make_name(entity_type: EntityType, words: Iterable[str]) -> Name:
    """The name with these words."""
    found = tuple(words)
    return Name(entity_type, found, (entity_type, words_key(entity_type, list(found))))


def lookups(name: Name) -> set[str]:
    """The keys by which the rules ask for meanings and for short forms, given this name."""
    shorts = {form_key(word) for word in name.words if looks_short(word)} if len(name.words) > 1 else set()
    return {plain_key(list(name.words)), *shorts}


class Rules:
    """What follows from a name, given the meanings of short forms and the lexicon."""

    def __init__(self, meanings: Meanings, lexicon: Lexicon, apart: frozenset[frozenset[Key]] = frozenset()) -> None:
        self._meanings = meanings
        self._apart = apart
        self._lexicon = lexicon
        self.kept_apart: dict[Key, str] = {}  # short forms that are joined with nothing, and their meanings

    def merges(self, names: Iterable[Name]) -> Iterator[Merge]:
        """The merges that follow from `names` and from the names that they lead to."""
        seen: set[tuple[Name, bool]] = set()  # names that others led to, and whether they may be read in full
        for first in names:
            open_names = [(first, True)]
            while open_names:
                name, may_expand = open_names.pop()
                for merge, target, may_go_on in self.steps(name, may_expand):
                    if merge.target != merge.key:
                        yield merge
                    if (target, may_go_on) not in seen:
                        seen.add((target, may_go_on))
                        open_names.append((target, may_go_on))

    def steps(self, name: Name, may_expand: bool) -> Iterator[tuple[Merge, Name, bool]]:
        """What follows from one name: merges, the names they lead to, and whether those may be read in full.

        A name read in full is not read in full again: a long form may hold an abbreviation. Of the meanings, those of
        `lookups(name)` are asked for.
        """
        found = (
            self._meaning(name),
            self._spelling(name),
            self._without_head(name),
            self._expansion(name) if may_expand else (),
            self._year(name),
        )
        for merge, target in itertools.chain(*found):
            yield merge, target, may_expand and merge.reason != "expansion"

    def _meaning(self, name: Name) -> Iterator[tuple[Merge, Name]]:
        """The long form of a short one, and the name that the lexicon gives."""
        meaning = self._meanings.of(name.type, plain_key(list(name.words)))
        if meaning and not meaning.long:
            self.kept_apart[name.key] = min(self.kept_apart.get(name.key, meaning.detail), meaning.detail)
            return
        if meaning and meaning.reason != "lexicon":
            target = make_name(name.type, words_of(meaning.long))
            yield Merge(name.key, target.key, meaning.reason, meaning.long, meaning.detail, meaning.papers, meaning.n_papers), target
        if entry := self._lexicon.entry(name.type, name.key[1]):
            target = make_name(name.type, words_of(plain_name(entry.name)))
            yield Merge(name.key, target.key, "lexicon", entry.name, f"{entry.type}: {entry.name}"), target

    def _spelling(self, name: Name) -> Iterator[tuple[Merge, Name]]:
        """Spellings of one long form: "graph convolution network", where papers define GCN by both."""
        for short_key in self._meanings.short_keys(plain_key(list(name.words))):
            meaning = self._meanings.of(name.type, short_key)
            if meaning and meaning.long and signature(name.text) in meaning.signatures:
                target = make_name(name.type, words_of(plain_name(meaning.long)))
                detail = f"both long forms of {short_key}"
                yield Merge(name.key, target.key, meaning.reason, meaning.long, detail, meaning.papers, meaning.n_papers), target

    def _without_head(self, name: Name) -> Iterator[tuple[Merge, Name]]:
        if len(name.words) < 2:
            return
        head = word_key(name.words[-1])
        if head in _LOOSE_HEADS[name.type] or (head in _HEADS_OF_SHORTS[name.type] and _is_short_with_head(name)):
            target = make_name(name.type, name.words[:-1])
            if len(target.key[1]) > 1 and target.key[1] not in OTHER_WITHOUT_HEAD:
                yield Merge(name.key, target.key, "generic head", target.text, head), target

    def _expansion(self, name: Name) -> Iterator[tuple[Merge, Name]]:
        """The name with the abbreviations inside it read in full."""
        if len(name.words) < 2:
            return
        words: list[str] = []
        read = []
        for word in name.words:
            long = self._long_form(name.type, word) if looks_short(word) else ""
            if long:
                words += words_of(plain_name(long))
                read.append(f"{word} = {long}")
            else:
                words.append(word)
        if read:
            target = make_name(name.type, words)
            yield Merge(name.key, target.key, "expansion", target.text, "; ".join(read)), target

    def _long_form(self, entity_type: EntityType, short: str) -> str:
        """What a short form inside a name stands for; nothing where that is not clear, or an override forbids it."""
        short_key = form_key(short)
        meaning = self._meanings.of(entity_type, short_key)
        if not meaning or not meaning.long or form_key(meaning.long) == short_key:
            return ""
        long = make_name(entity_type, words_of(plain_name(meaning.long)))
        return "" if frozenset(((entity_type, short_key), long.key)) in self._apart else meaning.long

    def _year(self, name: Name) -> Iterator[tuple[Merge, Name]]:
        if name.type == "dataset" and (found := _YEAR.fullmatch(name.key[1])):
            short = found[1] + found[2][2:]
            target = Name(name.type, (short,), (name.type, short))
            yield Merge(name.key, target.key, "year", short), target


def _is_short_with_head(name: Name) -> bool:
    return len(name.words) == 2 and looks_short(name.words[0])
