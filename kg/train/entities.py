"""Candidate entities of a batch: annotated and proposed spans, grouped as at run time, with their labels."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kg.extract.candidates import N_FEATURES, Array, Span, WordRange, entity_features, group_spans
from kg.extract.decisions import ROLE_ORDER
from kg.extract.units import form, form_key
from kg.train.labels import NO_ROLE, Example
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
    features, papers, keys = [], [], []
    for row, (example, spans) in enumerate(zip(examples, chosen, strict=True)):
        for members in group_spans(spans, example.fields, example.words, example.abbreviations):
            own = [spans[i] for i in members]
            groups.append([len(mentions) + i for i in members])
            features.append(entity_features(own, example.fields, example.words))
            papers.append(row)
            keys.append([form_key(form(example.fields, example.words, *span)) for span in own])
        mentions.extend((row, *span) for span in spans)
    member = np.zeros((len(groups), len(mentions)), dtype=bool)
    for number, members in enumerate(groups):
        member[number, members] = True
    return Candidates(mentions, member, np.array(features, np.float32).reshape(-1, N_FEATURES), papers, keys)


def hard_labels(candidates: Candidates, examples: Sequence[Example]) -> tuple[list[int], list[int]]:
    """Of each entity: 0 for none or 1 + type, and its role or IGNORED.

    It is what at least half of its mentions are called in the annotation, the commonest label first.
    """
    kinds, roles = [], []
    for row, keys in zip(candidates.papers, candidates.keys, strict=True):
        found = [examples[row].entities[key] for key in keys if key in examples[row].entities]
        kind, role = max(found, key=found.count) if found and 2 * len(found) >= len(keys) else (-1, NO_ROLE)
        kinds.append(1 + kind)
        roles.append(role if role != NO_ROLE else IGNORED)
    return kinds, roles


def soft_labels(candidates: Candidates, examples: Sequence[Example]) -> Array:
    """(E, 1 + types + roles) probabilities by the teachers; a row of zeros where they say nothing."""
    out = np.zeros((len(candidates.papers), N_KINDS + N_ROLES), dtype=np.float32)
    for number, (row, keys) in enumerate(zip(candidates.papers, candidates.keys, strict=True)):
        soft = examples[row].soft
        known = [soft.entities[key] for key in keys if key in soft.entities] if soft else []
        if known:
            out[number] = np.mean(known, 0)
    return out
