"""Candidate entities of a batch: annotated and proposed spans, grouped as at run time, with their labels."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kg.extract.candidates import N_FEATURES, Span, entity_features, group_spans
from kg.extract.decisions import ROLE_ORDER
from kg.extract.likeness import N_LIKENESS, Array, WordRange, likeness
from kg.extract.units import form, form_key
from kg.train.labels import NO_ROLE, EntityLabel, Example
from schemas.extraction import ENTITY_TYPES

IGNORED = -100  # label of what has none, as torch's cross-entropy has it
N_KINDS = 1 + len(ENTITY_TYPES)  # none and each type
N_ROLES = len(ROLE_ORDER)


@dataclass(frozen=True)
class Candidates:
    """E entities with M mentions together, of the papers of a batch."""

    mentions: list[tuple[int, int, int]]  # row of the paper, first word, last word
    member: npt.NDArray[np.bool_]  # (E, M): which mentions are an entity's
    features: Array  # (E, N_FEATURES)
    likeness: Array  # (E, E, N_LIKENESS), zero between papers
    papers: list[int]  # row of each entity's paper
    keys: list[list[str]]  # of each entity's mentions


def choose_spans(example: Example, proposed: Sequence[Span], keep: float, rng: random.Random) -> list[WordRange]:
    """The annotated spans, and a share `keep` of the proposed ones that do not overlap them."""
    chosen = sorted(example.spans)
    taken = {i for first, last in chosen for i in range(first, last + 1)}
    for span in proposed:
        if taken.isdisjoint(range(span.first, span.last + 1)) and rng.random() < keep:
            chosen.append((span.first, span.last))
    return sorted(chosen)


def gather(examples: Sequence[Example], chosen: Sequence[Sequence[WordRange]]) -> Candidates:
    """Group the chosen spans of each paper into entities."""
    mentions: list[tuple[int, int, int]] = []
    groups: list[list[int]] = []
    features, papers, keys, alike = [], [], [], []
    for row, (example, spans) in enumerate(zip(examples, chosen, strict=True)):
        found = group_spans(spans, example.fields, example.words, example.abbreviations)
        forms = [form(example.fields, example.words, *span) for span in spans]
        for members in found:
            groups.append([len(mentions) + i for i in members])
            features.append(entity_features([spans[i] for i in members], example.fields, example.words))
            papers.append(row)
            keys.append([form_key(forms[i]) for i in members])
        if found:
            alike.append(likeness(forms, spans, found, example.words))
        mentions.extend((row, *span) for span in spans)
    member = np.zeros((len(groups), len(mentions)), dtype=bool)
    for number, members in enumerate(groups):
        member[number, members] = True
    return Candidates(mentions, member, np.array(features, np.float32).reshape(-1, N_FEATURES), _side_by_side(alike), papers, keys)


def _side_by_side(parts: Sequence[Array]) -> Array:
    """(E, E, N_LIKENESS) with the papers' own tables along the diagonal."""
    total = sum(map(len, parts))
    out = np.zeros((total, total, N_LIKENESS), np.float32)
    at = 0
    for part in parts:
        out[at : at + len(part), at : at + len(part)] = part
        at += len(part)
    return out


@dataclass(frozen=True)
class HardLabels:
    """What the annotation says of the candidates."""

    kinds: list[int]  # (E,): 0 for none or 1 + type
    roles: list[int]  # (E,): a role or IGNORED
    pairs: list[tuple[int, int]]  # candidates of one type in one paper, both annotated
    same: list[float]  # of each pair: 1 where both are one entity, else 0


def hard_labels(candidates: Candidates, examples: Sequence[Example]) -> HardLabels:
    """A candidate is what at least half of its mentions are called in the annotation, the commonest label first."""
    found = [_commonest(examples[row], keys) for row, keys in zip(candidates.papers, candidates.keys, strict=True)]
    pairs, same = [], []
    for (i, a), (j, b) in itertools.combinations(enumerate(found), 2):
        if candidates.papers[i] == candidates.papers[j] and a.kind == b.kind >= 0:
            pairs.append((i, j))
            same.append(float(a.number == b.number))
    roles = [label.role if label.role != NO_ROLE else IGNORED for label in found]
    return HardLabels([1 + label.kind for label in found], roles, pairs, same)


def _commonest(example: Example, keys: Sequence[str]) -> EntityLabel:
    labels = [example.entities[key] for key in keys if key in example.entities]
    return max(labels, key=labels.count) if labels and 2 * len(labels) >= len(keys) else EntityLabel(-1, NO_ROLE, -1)


def soft_labels(candidates: Candidates, examples: Sequence[Example]) -> Array:
    """(E, 1 + types + roles) probabilities by the teachers; a row of zeros where they say nothing."""
    out = np.zeros((len(candidates.papers), N_KINDS + N_ROLES), dtype=np.float32)
    for number, (row, keys) in enumerate(zip(candidates.papers, candidates.keys, strict=True)):
        soft = examples[row].soft
        known = [soft.entities[key] for key in keys if key in soft.entities] if soft else []
        if known:
            out[number] = np.mean(known, 0)
    return out
