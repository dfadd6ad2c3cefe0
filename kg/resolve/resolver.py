"""From the names of single papers to the things of the whole set."""

from __future__ import annotations

from collections.abc import Iterable

from kg.resolve.coreference import with_leaders
from kg.resolve.entities import Entities
from kg.resolve.lexicon import Lexicon, shipped_lexicon
from kg.resolve.meanings import Meanings, PaperNames
from kg.resolve.merges import Groups, pairs_apart
from kg.resolve.overrides import NO_OVERRIDES, Overrides
from kg.resolve.placements import Placer
from kg.resolve.rules import Rules
from kg.resolve.shorts import is_initialism, looks_short
from schemas.extraction import ENTITY_TYPES, Extraction
from schemas.resolution import Resolution

NO_LETTER = "name without a letter or digit"


def resolve(extractions: Iterable[Extraction], overrides: Overrides = NO_OVERRIDES, lexicon: Lexicon | None = None) -> Resolution:
    """Group the entities of all papers: a function of the set of extractions, whatever their order.

    Names of one type with equal keys are one thing; so are names that the lexicon, definitions of abbreviations or the
    rules of kg.resolve.rules lead to one another, unless `overrides` keep them apart. A short form that papers use for
    different things stands for its paper's long form where that is given, and for itself elsewhere. `lexicon` is the
    shipped one when None.
    """
    return resolve_names(map(names_of, extractions), overrides, lexicon)


def resolve_names(
    papers: Iterable[PaperNames],
    overrides: Overrides = NO_OVERRIDES,
    lexicon: Lexicon | None = None,
    *,
    with_reasons: bool = True,
) -> Resolution:
    """As `resolve`, of papers given by their names; the resolution's `reasons` are left out unless `with_reasons`."""
    ordered = sorted(papers, key=lambda paper: (paper.id, paper.entities, paper.definitions))
    lexicon = shipped_lexicon() if lexicon is None else lexicon
    meanings = Meanings(ordered, lexicon)
    apart = overrides.apart()
    placer, rules = Placer(meanings, pairs_apart(apart)), Rules(meanings, lexicon, pairs_apart(apart))
    placed = [(paper.one_text, list(placer.place(paper))) for paper in ordered]
    groups = Groups(apart)
    groups.merge_all([*overrides.merges(), *rules.merges(placer.names())])
    placements = (placement for one_text, some in placed for placement in (with_leaders(some, groups.find) if one_text else some))
    entities = Entities(groups, lexicon, overrides, rules.kept_apart)
    dropped = {NO_LETTER: placer.n_dropped} if placer.n_dropped else {}
    return entities.resolution(placements, dropped, with_reasons=with_reasons)


def names_of(extraction: Extraction) -> PaperNames:
    """The names in an extraction; an initialism and a long form of one entity count as a definition."""
    entities = tuple(
        (entity_type, index, entity.forms) for entity_type in ENTITY_TYPES for index, entity in enumerate(extraction.entities(entity_type))
    )
    defined = {(found.short, found.long) for found in extraction.abbreviations}
    for _, _, forms in entities:
        defined.update((short, long) for short in forms if looks_short(short) for long in forms if is_initialism(short, long))
    return PaperNames(extraction.id, entities, tuple(sorted(defined)))
