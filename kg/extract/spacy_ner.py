"""A recognizer around a spaCy named-entity pipeline whose labels are "type:role" ("metric" alone)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract import words  # registers the tokenizer that the pipeline names
from kg.extract.grouping import group_forms
from kg.extract.models import ModelFolder
from kg.extract.recognizer import FoundEntity, FoundMention, PaperText, Recognition
from schemas.extraction import ROLES, EntityType, FieldName

__all__ = ["NerRecognizer", "words"]

_PIPELINE = "pipeline"


@dataclass(frozen=True)
class _Found:
    field: FieldName
    start: int
    end: int
    form: str
    label: str


class NerRecognizer:
    """Mentions from the spaCy pipeline; the entity's type and role are those of most of its mentions."""

    def __init__(self, nlp: Language, version: str, precision: dict[str, float]) -> None:
        self.version = version
        self._nlp = nlp
        self._precision = precision  # of each label, measured on papers held out of training

    @classmethod
    def load(cls, folder: ModelFolder) -> NerRecognizer:
        """Load the pipeline of a model folder; its settings hold the measured precision of each label."""
        return cls(spacy.load(folder.path / _PIPELINE), folder.label, folder.settings["precision"])

    def recognize(self, texts: Sequence[PaperText]) -> list[Recognition]:
        """See Recognizer."""
        docs = self._nlp.pipe(f"{text.title}\n{text.abstract}" for text in texts)
        return [self._recognition(doc, text) for doc, text in zip(docs, texts, strict=True)]

    def _recognition(self, doc: Doc, text: PaperText) -> Recognition:
        found = [mention for span in doc.ents for mention in _in_fields(span.start_char, span.end_char, span.label_, text)]
        groups = group_forms([mention.form for mention in found], text.abbreviations)
        labels = [
            _decide([m.label for m, g in zip(found, groups, strict=True) if g == group]) for group in range(max(groups, default=-1) + 1)
        ]
        entities = tuple(self._entity(label) for label in labels)
        mentions = tuple(
            FoundMention(m.field, m.start, m.end, entities[group].confidence, group) for m, group in zip(found, groups, strict=True)
        )
        return Recognition(mentions, entities)

    def _entity(self, label: str) -> FoundEntity:
        type_name, _, role = label.partition(":")
        return FoundEntity(cast(EntityType, type_name), role or None, self._precision[type_name])


def _in_fields(start: int, end: int, label: str, text: PaperText) -> list[_Found]:
    """The span in the field it lies in; a span over the end of the title is none."""
    offset = len(text.title) + 1
    if end <= len(text.title):
        return [_Found("title", start, end, text.title[start:end], label)]
    if start >= offset:
        start, end = start - offset, end - offset
        return [_Found("abstract", start, end, text.abstract[start:end], label)]
    return []


def _decide(labels: list[str]) -> str:
    """The most frequent type, and of its labels the most frequent role; ties go to the stronger role."""
    types = Counter(label.partition(":")[0] for label in labels)
    best_type = max(sorted(types), key=lambda name: types[name])
    roles = Counter(role for name, _, role in (label.partition(":") for label in labels) if name == best_type)
    order = list(ROLES[cast(EntityType, best_type)])
    best_role = max(roles, key=lambda role: (roles[role], -order.index(role) if role else 0))
    return f"{best_type}:{best_role}" if best_role else best_type
