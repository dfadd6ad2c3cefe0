"""The alias lexicon: well-known names and their aliases, and common abbreviations, as data files beside this module."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.resolve.keys import name_key
from schemas.extraction import ENTITY_TYPES, EntityType

FOLDER = Path(__file__).parent / "lexicon"
ABBREVIATIONS = FOLDER / "abbreviations.tsv"


@dataclass(frozen=True, slots=True)
class Entry:
    """One well-known thing."""

    type: EntityType
    name: str  # canonical
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """Entries by the keys of their names and aliases, and common abbreviations."""

    entries: Mapping[EntityType, Mapping[str, Entry]]
    # key of a short form -> (long form, number of papers that define it so); a few thousand
    abbreviations: Mapping[str, tuple[tuple[str, int], ...]]

    def entry(self, entity_type: EntityType, key: str) -> Entry | None:
        """The entry of `key` for a thing of this type: of the type itself, else the only one among the other types."""
        if found := self.entries[entity_type].get(key):
            return found
        others = [entries[key] for entries in self.entries.values() if key in entries]
        return others[0] if others and len({name_key(entity_type, entry.name) for entry in others}) == 1 else None

    def own_entry(self, entity_type: EntityType, key: str) -> Entry | None:
        """The entry of `key` in the lexicon of this type."""
        return self.entries[entity_type].get(key)


def lexicon_file(entity_type: EntityType) -> Path:
    """The data file of one type: `canonical<TAB>alias|alias`, one entity a line, sorted."""
    return FOLDER / f"{entity_type}s.tsv"


def read_entries(entity_type: EntityType) -> Iterator[Entry]:
    """The entries of one type, in the order of the file."""
    path = lexicon_file(entity_type)
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        name, _, aliases = line.partition("\t")
        yield Entry(entity_type, name, tuple(alias for alias in aliases.split("|") if alias))


@functools.cache
def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with the project."""
    return Lexicon({entity_type: _by_key(entity_type) for entity_type in ENTITY_TYPES}, _abbreviations())


def _by_key(entity_type: EntityType) -> dict[str, Entry]:
    """Entries by key; names win over aliases, and what two entries claim as an alias belongs to neither."""
    entries = list(read_entries(entity_type))
    by_name = {name_key(entity_type, entry.name): entry for entry in entries}
    by_alias: dict[str, Entry | None] = {}
    for entry in entries:
        for key in {name_key(entity_type, alias) for alias in entry.aliases}:
            by_alias[key] = entry if by_alias.get(key, entry) is entry else None
    return {key: entry for key, entry in by_alias.items() if key and entry} | by_name


def _abbreviations() -> dict[str, tuple[tuple[str, int], ...]]:
    """`short<TAB>long<TAB>papers` a line, by the key of the short form."""
    found: dict[str, list[tuple[str, int]]] = {}
    for line in ABBREVIATIONS.read_text("utf-8").splitlines() if ABBREVIATIONS.exists() else ():
        short, long, papers = line.split("\t")
        found.setdefault(name_key("method", short), []).append((long, int(papers)))
    return {key: tuple(longs) for key, longs in found.items()}
