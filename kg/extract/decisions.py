"""From candidate entities to accepted ones: type, role, confidence, and names of one thing joined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kg.extract.likeness import Array, WordRange
from schemas.extraction import ENTITY_TYPES, ROLES

# Order of a model's role scores.
ROLE_ORDER = tuple((name, role) for name in ENTITY_TYPES for role in ROLES[name])


@dataclass(frozen=True)
class Proposal:
    """A candidate entity of one paper before the decision."""

    spans: tuple[WordRange, ...]
    span_scores: Array  # (mentions, 1 + types) log-probabilities
    kind_scores: Array  # (1 + types,) log-probabilities of the entity network
    role_scores: Array  # (roles,) scores within each type


@dataclass(frozen=True)
class Proposals:
    """The candidate entities of one paper, in order of appearance."""

    entities: tuple[Proposal, ...]
    same: Array  # (entities, entities) probability of being one thing, if both are entities of one type


NO_PROPOSALS = Proposals((), np.zeros((0, 0), np.float32))


@dataclass(frozen=True)
class Decision:
    """How proposals are accepted; chosen on held-out papers."""

    share: float  # weight of the span scores; the rest goes to the entity network
    thresholds: tuple[float, ...]  # per type
    floor: float  # spans below it are never looked at
    role_share: float = 0.0  # how much an unsure role lowers the score of an entity, 0 .. 1
    proposes: float = 0.0  # added to the score of the role "proposes": above 0, more papers are said to propose
    join: float = 1.0  # entities that are more probably one thing are joined


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted entity."""

    kind: int  # index into ENTITY_TYPES
    role: str | None
    score: float  # in (0, 1], before calibration
    spans: tuple[WordRange, ...]  # in order of appearance
    span_scores: tuple[Array, ...]  # (1 + types,) log-probabilities of each span


def kind_probabilities(proposal: Proposal, share: float) -> Array:
    """(1 + types,) probabilities of none and each type, from spans and entity network together."""
    spans = np.log(np.mean(np.exp(proposal.span_scores), 0) + 1e-6)
    mixed = np.exp(share * spans + (1 - share) * proposal.kind_scores)
    probabilities: Array = mixed / mixed.sum()
    return probabilities


def decide(proposals: Proposals, decision: Decision) -> list[Accepted]:
    """Accepted entities in order of appearance; those of one type that are most likely one thing are joined."""
    out: list[Accepted] = []
    members: list[list[int]] = []  # indices of the proposals of each
    for number, proposal in enumerate(proposals.entities):
        new = _accept(proposal, decision)
        if new is None:
            continue
        chances = [float(proposals.same[number, own].mean()) if out[i].kind == new.kind else 0.0 for i, own in enumerate(members)]
        likeliest = max(range(len(out)), key=chances.__getitem__, default=None)
        if likeliest is None or chances[likeliest] <= decision.join:
            out.append(new)
            members.append([number])
        else:
            out[likeliest] = _joined(out[likeliest], new)
            members[likeliest].append(number)
    return out


def _accept(proposal: Proposal, decision: Decision) -> Accepted | None:
    """The likeliest type and role, when the type's probability, lowered where the role is unsure, is above its threshold."""
    probabilities = kind_probabilities(proposal, decision.share)
    kind = int(np.argmax(probabilities[1:]))
    role, certainty = _role(proposal, kind, decision.proposes)
    score = float(probabilities[1 + kind]) * (1 - decision.role_share * (1 - certainty))
    if score <= decision.thresholds[kind]:
        return None
    return Accepted(kind, role, score, proposal.spans, tuple(proposal.span_scores))


def _role(proposal: Proposal, kind: int, proposes: float) -> tuple[str | None, float]:
    """The likeliest role of a type and its probability among the type's roles; (None, 1) for metrics."""
    own = [i for i, (name, _) in enumerate(ROLE_ORDER) if name == ENTITY_TYPES[kind]]
    if not own:
        return None, 1.0
    lean = np.array([proposes * (ROLE_ORDER[i][1] == "proposes") for i in own], np.float32)
    chances = np.exp(log_softmax(proposal.role_scores[own] + lean))
    best = int(np.argmax(chances))
    return ROLE_ORDER[own[best]][1], float(chances[best])


def log_softmax(x: Array) -> Array:
    """Along the last axis."""
    x = x - x.max(-1, keepdims=True)
    out: Array = x - np.log(np.exp(x).sum(-1, keepdims=True))
    return out


def _joined(a: Accepted, b: Accepted) -> Accepted:
    """Both as one entity, with the score and the role of the surer one."""
    order = sorted(zip(a.spans + b.spans, a.span_scores + b.span_scores, strict=True), key=lambda pair: pair[0])
    surer = b if b.score > a.score else a
    return Accepted(a.kind, surer.role, surer.score, tuple(s for s, _ in order), tuple(x for _, x in order))


def mention_score(log_probabilities: Array, kind: int, entity_score: float) -> float:
    """Geometric mean of a span's own probability and its entity's."""
    return math.sqrt(math.exp(min(0.0, float(log_probabilities[1 + kind]))) * entity_score)


def calibrated(score: float, table: Sequence[Sequence[float]]) -> float:
    """The share correct at `score`, by a table of (score, share correct), within 0.0001 .. 1."""
    value = float(np.interp(score, [x for x, _ in table], [y for _, y in table]))
    return min(1.0, max(0.0001, round(value, 4)))
