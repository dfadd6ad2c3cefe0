"""How well names are resolved: on annotated papers, of which the resolver sees the text and the forms, not the grouping."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.evaluate.gold import AnnotatedPaper, read_annotated
from kg.extract.abbreviations import find_definitions
from kg.resolve.keys import name_key
from kg.resolve.lexicon import Lexicon, shipped_lexicon
from kg.resolve.meanings import PaperNames
from kg.resolve.overrides import NO_OVERRIDES, Overrides, load_overrides
from kg.resolve.resolver import resolve_names
from schemas.extraction import ENTITY_TYPES, EntityType


@dataclass(frozen=True, slots=True)
class GoldForm:
    """A surface form and the entity of its paper that it is annotated for."""

    type: EntityType
    form: str
    entity: int  # index into the paper's list of this type


@dataclass(frozen=True, slots=True)
class GoldPaper:
    """The text of an annotated paper and its forms."""

    id: str  # for the resolver
    name: str  # as the file calls it
    title: str
    abstract: str
    forms: tuple[GoldForm, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two forms of one type in one paper."""

    paper: str
    type: EntityType
    a: str
    b: str
    same: bool  # annotated as one entity
    joined: bool  # by the resolver
    same_key: bool
    in_lexicon: bool  # one of them, by its key


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures over pairs of forms of one paper and type. Ratios are 0 to 1, and 1 where there is nothing to count."""

    joined_rightly: int  # pairs of one entity whose keys differ, and that are joined
    joined: int  # pairs whose keys differ, and that are joined
    to_join: int  # pairs of one entity whose keys differ
    stayed_apart: int  # pairs of different entities that are not joined
    to_stay_apart: int  # pairs of different entities

    @property
    def precision(self) -> float:
        """Of the pairs joined in spite of different keys, the share of one entity."""
        return self.joined_rightly / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        """Of the pairs of one entity with different keys, the share joined."""
        return self.joined_rightly / self.to_join if self.to_join else 1.0

    @property
    def apart(self) -> float:
        """Of the pairs of different entities, the share that stays apart."""
        return self.stayed_apart / self.to_stay_apart if self.to_stay_apart else 1.0

    def as_figures(self) -> dict[str, Any]:
        """Counts and ratios as plain values."""
        counts = {name: getattr(self, name) for name in self.__slots__}
        return counts | {"precision": round(self.precision, 4), "recall": round(self.recall, 4), "apart": round(self.apart, 4)}


def evaluate_resolution(gold: Path, overrides: Path | None = None) -> dict[str, Any]:
    """Figures of the resolver on the annotated papers in `gold`: of all pairs, and inside and outside the lexicon.

    `overrides` is a file that corrects the resolver. Raises InputError, RecordError.
    """
    papers = gold_papers(read_annotated(gold))
    pairs = list(resolved_pairs(papers, load_overrides(overrides)))
    inside = [pair for pair in pairs if pair.in_lexicon]
    outside = [pair for pair in pairs if not pair.in_lexicon]
    figures = {"all": pairs, "inside the lexicon": inside, "outside the lexicon": outside}
    return {
        "papers": len(papers),
        "forms": sum(len(paper.forms) for paper in papers),
        "pairs": {name: score(found).as_figures() for name, found in figures.items()},
        "wrongly_joined": [_shown(pair) for pair in pairs if pair.joined and not pair.same],
        "not_joined": [_shown(pair) for pair in pairs if pair.same and not pair.joined],
    }


def gold_papers(papers: Iterable[AnnotatedPaper]) -> list[GoldPaper]:
    """Text and forms of annotated papers."""
    return [_ungrouped_forms(number, paper) for number, paper in enumerate(papers, 1)]


def _ungrouped_forms(number: int, paper: AnnotatedPaper) -> GoldPaper:
    """The forms of an annotated paper; its number keeps the order of the file when ids are sorted."""
    forms = tuple(
        GoldForm(entity_type, form, index)
        for entity_type in ENTITY_TYPES
        for index, entity in enumerate(paper.entities(entity_type))
        for form in dict.fromkeys(entity.forms)
    )
    return GoldPaper(f"{number:08d}", paper.id, paper.title, paper.abstract, forms)


def resolved_pairs(papers: Iterable[GoldPaper], overrides: Overrides = NO_OVERRIDES) -> Iterator[Pair]:
    """All pairs of forms of one paper and type, resolved over all papers."""
    papers = list(papers)
    lexicon = shipped_lexicon()
    found = resolve_names(map(_ungrouped, papers), overrides, lexicon, with_reasons=False).assignments
    for paper in papers:
        for (i, a), (j, b) in itertools.combinations(enumerate(paper.forms), 2):
            if a.type == b.type and a.form != b.form:
                joined = found.get((paper.id, a.type, i)) == found.get((paper.id, b.type, j), "")
                yield _pair(paper, a, b, joined, lexicon)


def _ungrouped(paper: GoldPaper) -> PaperNames:
    """Every form as an entity of its own, and the definitions that stand in the text."""
    definitions = {(found.short, found.long) for text in (paper.title, paper.abstract) for found in find_definitions(text)}
    entities = tuple((form.type, index, (form.form,)) for index, form in enumerate(paper.forms))
    return PaperNames(paper.id, entities, tuple(sorted(definitions)))


def _pair(paper: GoldPaper, a: GoldForm, b: GoldForm, joined: bool, lexicon: Lexicon) -> Pair:
    keys = name_key(a.type, a.form), name_key(b.type, b.form)
    known = any(lexicon.own_entry(a.type, key) for key in keys)
    return Pair(paper.name, a.type, a.form, b.form, a.entity == b.entity, joined, keys[0] == keys[1], known)


def score(pairs: Iterable[Pair]) -> Scores:
    """Count pairs."""
    pairs = list(pairs)
    differing = [pair for pair in pairs if not pair.same_key]
    different = [pair for pair in pairs if not pair.same]
    return Scores(
        joined_rightly=sum(pair.joined and pair.same for pair in differing),
        joined=sum(pair.joined for pair in differing),
        to_join=sum(pair.same for pair in differing),
        stayed_apart=sum(not pair.joined for pair in different),
        to_stay_apart=len(different),
    )


def _shown(pair: Pair) -> dict[str, str]:
    return {"paper": pair.paper, "type": pair.type, "a": pair.a, "b": pair.b}
