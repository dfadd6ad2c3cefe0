"""From candidate entities to accepted ones: type, role, confidence, and names of one thing joined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kg.extract.candidates import SMALL_WORDS, Array, WordRange
from kg.extract.units import LETTERS, Fields, Word, form
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
class Decision:
    """How proposals are accepted; chosen on held-out papers."""

    share: float  # weight of the span scores; the rest goes to the entity network
    thresholds: tuple[float, ...]  # per type
    floor: float  # spans below it are never looked at
    role_share: float = 0.0  # how much an unsure role lowers the score of an entity, 0 .. 1
    proposes: float = 0.0  # added to the score of the role "proposes": below 0, fewer papers are said to propose


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


def decide(proposals: Sequence[Proposal], decision: Decision, fields: Fields, words: Sequence[Word]) -> list[Accepted]:
    """Accepted entities in order of appearance; those that are one thing under two names are joined."""
    out: list[Accepted] = []
    names: list[list[tuple[str, ...]]] = []
    for proposal in proposals:
        new = _accept(proposal, decision)
        if new is None:
            continue
        own = [name_stems(form(fields, words, *span)) for span in dict.fromkeys(proposal.spans)]
        same = next((i for i, old in enumerate(out) if _same_claim(old, new) and _any_alike(names[i], own)), None)
        if same is None:
            out.append(new)
            names.append(own)
        else:
            out[same] = _joined(out[same], new)
            names[same] += own
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


def _same_claim(a: Accepted, b: Accepted) -> bool:
    return (a.kind, a.role) == (b.kind, b.role)


def _any_alike(a: Sequence[tuple[str, ...]], b: Sequence[tuple[str, ...]]) -> bool:
    return any(alike(x, y) for x in a for y in b)


def _joined(a: Accepted, b: Accepted) -> Accepted:
    """Both as one entity with the higher score."""
    order = sorted(zip(a.spans + b.spans, a.span_scores + b.span_scores, strict=True), key=lambda pair: pair[0])
    return Accepted(a.kind, a.role, max(a.score, b.score), tuple(s for s, _ in order), tuple(x for _, x in order))


_ENDINGS = ("izations", "ization", "ations", "ation", "ings", "ing", "ized", "izing", "ers", "er", "ed", "es", "s", "al", "ive", "ion")


def _stem(word: str) -> str:
    """A crude stem: lower case, one ending less."""
    word = word.lower()
    return next((word[: -len(end)] for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 4), word)


@lru_cache(maxsize=65536)
def name_stems(name: str) -> tuple[str, ...]:
    """Stems of the content words of a name."""
    return tuple(_stem(word) for word in LETTERS.findall(name) if word.lower() not in SMALL_WORDS)


def alike(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """True if two names (as stems) of one type and role in one paper are most likely one entity.

    Measured on annotated papers: equal stems are one entity in 85 % of the cases; a shorter name inside a longer one that
    has one more word (two more, if three agree), and is not its end, in 70-80 %; one that is its end in half of them only.
    """
    short, long = sorted((a, b), key=len)
    x, y = set(short), set(long)
    if not x or not x <= y:
        return False
    if x == y:
        return True
    more = len(y) - len(x)
    return len(x) >= 2 and long[-len(short) :] != short and more <= (1 if len(x) == 2 else 2)


def mention_score(log_probabilities: Array, kind: int, entity_score: float) -> float:
    """Geometric mean of a span's own probability and its entity's."""
    return math.sqrt(math.exp(min(0.0, float(log_probabilities[1 + kind]))) * entity_score)


def calibrated(score: float, table: Sequence[Sequence[float]]) -> float:
    """The share correct at `score`, by a table of (score, share correct), within 0.0001 .. 1."""
    value = float(np.interp(score, [x for x, _ in table], [y for _, y in table]))
    return min(1.0, max(0.0001, round(value, 4)))
