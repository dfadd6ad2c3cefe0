"""From an annotated Doc to the Extraction record."""

from __future__ import annotations

from collections import defaultdict

from spacy.tokens import Doc

from kg.extract.links import classify
from kg.extract.recognizer import FoundMention, Recognition
from schemas.extraction import ENTITY_TYPES, Abbreviation, Entity, EntityType, Extraction, Link, Mention, Sentence
from schemas.paper import Paper
from schemas.text import clean_name


def to_extraction(doc: Doc, record_id: str, min_confidence: float = 0.0) -> Extraction:
    """The record of one paper under the id `record_id`; entities below `min_confidence` are left out."""
    paper: Paper = doc._.paper
    recognition: Recognition = doc._.recognition
    indices = _indices(recognition, min_confidence)
    entities: dict[EntityType, list[Entity]] = {name: [] for name in ENTITY_TYPES}
    for number in sorted(indices, key=lambda n: indices[n]):
        entities[recognition.entities[number].type].append(_entity(number, doc))
    return Extraction(
        id=record_id,
        methods=tuple(entities["method"]),
        datasets=tuple(entities["dataset"]),
        tasks=tuple(entities["task"]),
        metrics=tuple(entities["metric"]),
        links=_links(doc, paper),
        mentions=tuple(_mention(m, recognition, indices) for m in sorted(recognition.mentions, key=_position) if m.entity in indices),
        sentences=tuple(Sentence(field=field, start=start, end=end) for field, start, end in doc._.sentences),
        abbreviations=tuple(
            Abbreviation(short=found.short, long=found.long, field=field, start=found.start, end=found.end)
            for field, found in doc._.abbreviations
        ),
    )


def _position(mention: FoundMention) -> tuple[bool, int, int]:
    return mention.field == "abstract", mention.start, mention.end


def _indices(recognition: Recognition, min_confidence: float) -> dict[int, int]:
    """Entity number in the recognition -> index in the list of its type, in order of first appearance."""
    counts: dict[str, int] = defaultdict(int)
    indices: dict[int, int] = {}
    for mention in sorted(recognition.mentions, key=_position):
        entity = recognition.entities[mention.entity]
        if mention.entity not in indices and entity.confidence >= min_confidence:
            indices[mention.entity] = counts[entity.type]
            counts[entity.type] += 1
    return indices


def _entity(number: int, doc: Doc) -> Entity:
    found = doc._.recognition.entities[number]
    mentions = sorted((m for m in doc._.recognition.mentions if m.entity == number), key=_position)
    forms = tuple(dict.fromkeys(getattr(doc._.paper, m.field)[m.start : m.end] for m in mentions))
    shorts = {definition.short for _, definition in doc._.abbreviations}
    name = max(forms, key=lambda form: (form not in shorts, len(form)))
    return Entity(name=clean_name(name), forms=forms, role=found.role, confidence=found.confidence)


def _mention(found: FoundMention, recognition: Recognition, indices: dict[int, int]) -> Mention:
    entity = recognition.entities[found.entity]
    return Mention(
        field=found.field,
        start=found.start,
        end=found.end,
        type=entity.type,
        role=entity.role,
        confidence=found.confidence,
        entity=indices[found.entity],
    )


def _links(doc: Doc, paper: Paper) -> tuple[Link, ...]:
    in_text = [
        Link(url=link.url, kind=link.kind, repository=link.repository, source=field, start=link.start, end=link.end)
        for field, link in doc._.links
    ]
    of_record = []
    for url in paper.links:
        kind, repository = classify(url)
        of_record.append(Link(url=url, kind=kind, repository=repository, source="record"))
    return (*in_text, *of_record)
