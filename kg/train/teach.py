"""Raw abstracts labelled by models: soft targets for the networks of another one."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kg.extract.decisions import ROLE_ORDER, Proposal, log_softmax
from kg.extract.likeness import Array
from kg.extract.pieces import PieceEncoder
from kg.extract.recognizer import PaperText
from kg.extract.span_model import SpanRecognizer
from kg.extract.units import Word, form, form_key, paper_words
from kg.train.entities import N_KINDS
from kg.train.labels import Example, Soft, paper_abbreviations, soft_example
from kg.train.papers import RawPaper
from schemas.extraction import ENTITY_TYPES

_LEAST = 0.03  # spans whose probability of being a mention is below it count as none
_SHORTEST = 200  # characters of an abstract that is worth labelling
_BETWEEN_LINES = 500  # papers
_SEED = 5


def choose_papers(papers: Sequence[RawPaper], number: int) -> list[RawPaper]:
    """A fixed random sample of papers, by length; those with next to no text are left out."""
    sample = random.Random(_SEED).sample(papers, min(number, len(papers)))
    return sorted((p for p in sample if p.title.strip() and len(p.abstract) > _SHORTEST), key=lambda p: len(p.abstract))


def write_labels(teachers: Sequence[SpanRecognizer], papers: Sequence[RawPaper], target: Path, tell: Callable[[str], None]) -> None:
    """Write a JSON line a paper (gzip): its text, the teachers' mean probabilities of its spans and entities."""
    with gzip.open(target, "wt", encoding="utf-8") as stream:
        for number, paper in enumerate(papers):
            record = {"id": paper.id, "title": paper.title, "abstract": paper.abstract, **label(teachers, paper)}
            stream.write(json.dumps(record) + "\n")
            if number % _BETWEEN_LINES == 0:
                tell(f"labelled {number} of {len(papers)} abstracts")


def read_taught(path: Path, encoder: PieceEncoder) -> Iterator[Example]:
    """The examples of a file that `write_labels` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            record = json.loads(line)
            spans = {(first, last): np.array(chances, np.float32) / sum(chances) for first, last, chances in record["spans"]}
            entities = {key: weighted(np.array(chances, np.float32)) for key, chances in record["entities"].items()}
            yield soft_example(encoder, RawPaper(record["id"], record["title"], record["abstract"]), Soft(spans, entities))


def weighted(chances: Array) -> Array:
    """(1 + types + roles,) probabilities with those of each role times that of its type."""
    out = chances.copy()
    out[N_KINDS:] *= chances[[1 + ENTITY_TYPES.index(name) for name, _ in ROLE_ORDER]]
    return out


def label(teachers: Sequence[SpanRecognizer], paper: RawPaper) -> dict[str, Any]:
    """What models say of one paper together: soft spans and soft entities."""
    fields = (paper.title, paper.abstract)
    words = paper_words(fields)
    text = PaperText(*fields, tuple(paper_abbreviations(fields)))
    readings = [teacher.read(fields, words) for teacher in teachers]
    spans = _mean([reading.spans for reading in readings]) if len(teachers) > 1 else readings[0].spans
    # with the spans of all of them, the teachers judge the same candidates
    judged = [teacher.judge(text, words, replace(own, spans=spans)).entities for teacher, own in zip(teachers, readings, strict=True)]
    entities: dict[str, list[float]] = {}
    for proposals in zip(*judged, strict=True):
        chances = np.mean([entity_chances(proposal) for proposal in proposals], 0)
        keys = (form_key(form(fields, words, *span)) for span in proposals[0].spans)
        entities |= dict.fromkeys(keys, _rounded(chances))
    return {"spans": _soft_spans(np.exp(spans), words), "entities": entities}


def _mean(logarithms: Sequence[Array]) -> Array:
    """The logarithm of the mean probability."""
    chances: Array = np.log(np.mean(np.exp(logarithms), 0))
    return chances


def _soft_spans(chances: Array, words: Sequence[Word]) -> list[list[Any]]:
    """[first, last, probabilities] of the spans of one field that may be mentions; chances (words, widths, 1 + types)."""
    firsts, widths = np.nonzero(1 - chances[..., 0] > _LEAST)
    places = ((first, first + width) for first, width in zip(firsts.tolist(), widths.tolist(), strict=True))
    return [
        [first, last, _rounded(chances[first, last - first])]
        for first, last in places
        if last < len(words) and words[first].field == words[last].field
    ]


def entity_chances(proposal: Proposal) -> Array:
    """(1 + types + roles,) probabilities of none and each type, and of each role among those of its type."""
    names = [name for name, _ in ROLE_ORDER]
    roles = [np.exp(log_softmax(proposal.role_scores[[own == name for own in names]])) for name in dict.fromkeys(names)]
    chances: Array = np.concatenate([np.exp(proposal.kind_scores), *roles])  # the roles of a type stand side by side
    return chances


def _rounded(chances: Array) -> list[float]:
    return [round(float(x), 3) for x in chances]
