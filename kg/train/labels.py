"""Annotated papers as training examples: which spans are mentions, which names are entities of which type and role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kg.evaluate.gold import AnnotatedPaper, GoldMention
from kg.extract.abbreviations import find_definitions
from kg.extract.decisions import ROLE_ORDER
from kg.extract.likeness import Array, WordRange
from kg.extract.pieces import PieceEncoder, Pieces
from kg.extract.span_model import WINDOW
from kg.extract.units import FIELDS, Fields, Word, form, form_key, paper_words, windows
from kg.train.papers import HasText
from kg.train.recipe import N_WIDTHS
from schemas.errors import InputError
from schemas.extraction import ENTITY_TYPES, ROLES

NO_ROLE = -1


class EntityLabel(NamedTuple):
    """What a name stands for in an annotated paper."""

    kind: int  # index into ENTITY_TYPES
    role: int  # index into ROLE_ORDER, or NO_ROLE
    number: int  # which entity of its type


@dataclass(frozen=True)
class Soft:
    """What teachers say about a paper without annotation."""

    spans: dict[WordRange, Array]  # (1 + types,) probabilities of none and each type; spans not listed are none
    entities: dict[str, Array]  # key -> (1 + types + roles,) probabilities, those of the roles times that of their type


@dataclass(frozen=True)
class Example:
    """The first window of one paper with its labels."""

    fields: Fields
    words: list[Word]
    pieces: Pieces
    spans: dict[WordRange, int]  # 1 + index into ENTITY_TYPES
    entities: dict[str, EntityLabel]  # by key
    abbreviations: list[tuple[str, str]]
    soft: Soft | None = None  # set instead of the annotation


def annotated_example(encoder: PieceEncoder, paper: AnnotatedPaper) -> Example:
    """The example of an annotated paper; raises InputError when a role is none of its type's."""
    words, pieces = first_window(encoder, paper)
    fields = (paper.title, paper.abstract)
    return Example(fields, words, pieces, span_labels(paper, words), entity_labels(paper), paper_abbreviations(fields))


def soft_example(encoder: PieceEncoder, paper: HasText, soft: Soft | None) -> Example:
    """The example of a raw paper; spans of `soft` after the first window are left out."""
    words, pieces = first_window(encoder, paper)
    fields = (paper.title, paper.abstract)
    if soft:
        soft = Soft({span: scores for span, scores in soft.spans.items() if span[1] < len(words)}, soft.entities)
    return Example(fields, words, pieces, {}, {}, paper_abbreviations(fields), soft)


def first_window(encoder: PieceEncoder, paper: HasText) -> tuple[list[Word], Pieces]:
    """Words and pieces of as much of a paper as the encoder sees at once: training leaves out the end of longer ones."""
    fields = (paper.title, paper.abstract)
    words = paper_words(fields)
    pieces = encoder.split([form(fields, words, i, i) for i in range(len(words))])
    start, end = windows(words, [len(ids) for ids in pieces], WINDOW)[0]
    return words[start:end], encoder.pack(words[start:end], pieces[start:end])


def paper_abbreviations(fields: Fields) -> list[tuple[str, str]]:
    """(short, long) pairs that title and abstract define, as at run time."""
    return [(found.short, found.long) for text in fields for found in find_definitions(text)]


def span_labels(paper: AnnotatedPaper, words: Sequence[Word]) -> dict[WordRange, int]:
    """(first, last) word -> 1 + type; mentions with an end inside a word, or after the window, are left out."""
    starts = {(word.field, word.start): i for i, word in enumerate(words)}
    ends = {(word.field, word.end): i for i, word in enumerate(words)}
    labels: dict[WordRange, int] = {}
    for mention in paper_mentions(paper):
        field = FIELDS.index(mention.field)
        first, last = starts.get((field, mention.start)), ends.get((field, mention.end))
        if first is not None and last is not None and first <= last:
            labels[first, last] = 1 + ENTITY_TYPES.index(mention.type)
    return labels


def paper_mentions(paper: AnnotatedPaper) -> Sequence[GoldMention]:
    """The annotated places; where none are given, each place at which a form stands as a whole word, longest forms first."""
    if paper.mentions:
        return paper.mentions
    forms = sorted(((form, name) for name in ENTITY_TYPES for e in paper.entities(name) for form in e.forms), key=lambda f: (-len(f[0]), f))
    found: list[GoldMention] = []
    for field in FIELDS:
        text, taken = getattr(paper, field), set[int]()
        for words, name in forms:
            for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text):
                if taken.isdisjoint(range(*match.span())):
                    taken.update(range(*match.span()))
                    found.append(GoldMention(field=field, start=match.start(), end=match.end(), type=name))
    return found


def entity_labels(paper: AnnotatedPaper) -> dict[str, EntityLabel]:
    """The entity of each form, by the form's key; raises InputError when a role is none of its type's."""
    labels: dict[str, EntityLabel] = {}
    for kind, name in enumerate(ENTITY_TYPES):
        for number, entity in enumerate(paper.entities(name)):
            if entity.role is not None and entity.role not in ROLES[name]:
                choices = ", ".join(ROLES[name]) or "none"
                raise InputError(f"paper {paper.id}", f"role {entity.role!r} of the {name} {entity.name!r}; choose one of: {choices}")
            role = ROLE_ORDER.index((name, entity.role)) if entity.role else NO_ROLE
            labels.update({form_key(text): EntityLabel(kind, role, number) for text in entity.forms})
    return labels


def left_out(papers: Iterable[AnnotatedPaper]) -> dict[str, int]:
    """How many mentions the papers have, and how many of them no training sees, by reason."""
    counts = {"annotated": 0, "end inside a word": 0, f"longer than {N_WIDTHS} words": 0}
    for paper in papers:
        labels = span_labels(paper, paper_words((paper.title, paper.abstract)))
        places = {(mention.field, mention.start, mention.end) for mention in paper_mentions(paper)}
        counts["annotated"] += len(places)
        counts["end inside a word"] += len(places) - len(labels)
        counts[f"longer than {N_WIDTHS} words"] += sum(last - first >= N_WIDTHS for first, last in labels)
    return counts
