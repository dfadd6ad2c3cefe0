"""Paper-level scoring of extractions: which entities and which roles were found.

A predicted entity matches a gold entity of its type in its paper when they share a key and the shared keys are at least
half of the predicted entity's keys. The matching is one to one and as large as possible.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg.evaluate.gold import AnnotatedPaper, GoldEntity
from kg.extract.units import form_key
from schemas.extraction import ENTITY_TYPES, Entity, EntityType, Extraction

_Counts = Counter[tuple[str, str]]  # ("right" | "gold" | "predicted", row)


@dataclass(frozen=True)
class Figures:
    """Counts of one row, and what follows from them (0 where nothing was there to divide by)."""

    right: int
    predicted: int
    gold: int

    @property
    def precision(self) -> float:
        """Share of the predicted that is right."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold that was found."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.predicted + self.gold) if self.right else 0.0

    def as_values(self) -> dict[str, float]:
        """Ready for JSON."""
        rounded = {"p": round(self.precision, 4), "r": round(self.recall, 4), "f1": round(self.f1, 4)}
        return {**rounded, "gold": self.gold, "predicted": self.predicted}


@dataclass(frozen=True)
class Outcome:
    """One gold or predicted entity and what became of it."""

    paper: str  # id
    type: EntityType
    name: str
    gold_role: str | None
    predicted_role: str | None
    confidence: float | None  # of the predicted entity
    kind: str  # "right", "role", "missed" or "spurious"


@dataclass(frozen=True)
class Scores:
    """Figures by row ("entity", "role", "entity method", "role method proposes" ...) and every outcome."""

    rows: Mapping[str, Figures]
    outcomes: tuple[Outcome, ...]


def score(gold: Sequence[AnnotatedPaper], predicted: Mapping[str, Extraction]) -> Scores:
    """Score predictions by paper id; a paper without a prediction counts as predicted empty."""
    counts: _Counts = Counter()
    outcomes: list[Outcome] = []
    for paper in gold:
        found = _outcomes(paper, predicted.get(paper.id, Extraction(id=paper.id)))
        counts.update(_count(found))
        outcomes += found
    return Scores(_figures(counts), tuple(outcomes))


def bootstrap(gold: Sequence[AnnotatedPaper], predicted: Mapping[str, Extraction], samples: int) -> dict[str, tuple[float, float]]:
    """95 % interval of entity and role F1 from `samples` resamples of the papers (seed fixed)."""
    papers = [_count(_outcomes(paper, predicted.get(paper.id, Extraction(id=paper.id)))) for paper in gold]
    rng = random.Random(0)  # noqa: S311 - resampling, no secret
    values: dict[str, list[float]] = {"entity": [], "role": []}
    for _ in range(samples):
        total: _Counts = Counter()
        for counts in rng.choices(papers, k=len(papers)):
            total.update(counts)
        rows = _figures(total)
        for row, f1s in values.items():
            f1s.append(rows[row].f1 if row in rows else 0.0)
    return {row: (sorted(f1s)[int(0.025 * samples)], sorted(f1s)[max(0, int(0.975 * samples) - 1)]) for row, f1s in values.items()}


def entity_keys(forms: Iterable[str], text: str | None = None) -> set[str]:
    """The keys of an entity's forms; with `text`, of those that occur in it."""
    return {key for form in forms if (text is None or form in text) and (key := form_key(form))}


def _outcomes(paper: AnnotatedPaper, extraction: Extraction) -> list[Outcome]:
    text = f"{paper.title}\n{paper.abstract}"
    out: list[Outcome] = []
    for entity_type in ENTITY_TYPES:
        gold, found = paper.entities(entity_type), extraction.entities(entity_type)
        pairs = _match(gold, found, text)
        for i, j in pairs.items():
            kind = "right" if gold[i].role == found[j].role or entity_type == "metric" else "role"
            out.append(Outcome(paper.id, entity_type, gold[i].name, gold[i].role, found[j].role, found[j].confidence, kind))
        for i in set(range(len(gold))) - set(pairs):
            out.append(Outcome(paper.id, entity_type, gold[i].name, gold[i].role, None, None, "missed"))
        for j in set(range(len(found))) - set(pairs.values()):
            out.append(Outcome(paper.id, entity_type, found[j].name, None, found[j].role, found[j].confidence, "spurious"))
    return out


def _match(gold: Sequence[GoldEntity], found: Sequence[Entity], text: str) -> dict[int, int]:
    """Largest matching, gold index -> predicted index, by augmenting paths; equal roles and more shared keys are tried first."""
    gold_keys = [entity_keys(entity.forms) for entity in gold]
    found_keys = [entity_keys(entity.forms, text) for entity in found]
    options = [
        sorted(
            (j for j, keys in enumerate(found_keys) if own & keys and 2 * len(own & keys) >= len(keys)),
            key=lambda j: (gold[i].role != found[j].role, -len(own & found_keys[j])),
        )
        for i, own in enumerate(gold_keys)
    ]
    owner: dict[int, int] = {}

    def place(i: int, seen: set[int]) -> bool:
        for j in options[i]:
            if j not in seen:
                seen.add(j)
                if j not in owner or place(owner[j], seen):
                    owner[j] = i
                    return True
        return False

    for i in range(len(gold)):
        place(i, set())
    return {i: j for j, i in owner.items()}


def _count(outcomes: Iterable[Outcome]) -> _Counts:
    counts: _Counts = Counter()
    for outcome in outcomes:
        if outcome.kind != "spurious":
            counts.update(("gold", row) for row in _rows(outcome.type, outcome.gold_role))
        if outcome.kind != "missed":
            counts.update(("predicted", row) for row in _rows(outcome.type, outcome.predicted_role))
        if outcome.kind in ("right", "role"):
            counts.update(("right", row) for row in ("entity", f"entity {outcome.type}"))
        if outcome.kind == "right":
            counts.update(("right", row) for row in _rows(outcome.type, outcome.gold_role) if row.startswith("role"))
    return counts


def _rows(entity_type: EntityType, role: str | None) -> tuple[str, ...]:
    detail = (f"role {entity_type} {role}",) if role else ()
    return ("entity", "role", f"entity {entity_type}", f"role {entity_type}", *detail)


def _figures(counts: _Counts) -> dict[str, Figures]:
    rows = sorted({row for _, row in counts})
    return {row: Figures(counts["right", row], counts["predicted", row], counts["gold", row]) for row in rows}


def role_confusion(outcomes: Iterable[Outcome]) -> dict[EntityType, Counter[tuple[str, str]]]:
    """(gold role, predicted role) of the matched entities of each type that has roles; "-" for missed and spurious ones."""
    confusion: dict[EntityType, Counter[tuple[str, str]]] = {name: Counter() for name in ENTITY_TYPES if name != "metric"}
    for outcome in outcomes:
        if outcome.type in confusion:
            confusion[outcome.type][outcome.gold_role or "-", outcome.predicted_role or "-"] += 1
    return confusion


def reliability(outcomes: Iterable[Outcome], bins: int = 10) -> list[tuple[float, float, int, float, float]]:
    """(from, to, entities, mean confidence, share right) of each bin of confidence that holds any predicted entity."""
    grouped: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.confidence is not None:
            grouped.setdefault(min(bins - 1, int(outcome.confidence * bins)), []).append(outcome)
    table = []
    for number, members in sorted(grouped.items()):
        confidence = sum(outcome.confidence or 0.0 for outcome in members) / len(members)
        right = sum(outcome.kind in ("right", "role") for outcome in members) / len(members)
        table.append((number / bins, (number + 1) / bins, len(members), confidence, right))
    return table


def worst_errors(outcomes: Iterable[Outcome], number: int) -> list[Outcome]:
    """The `number` errors that weigh most: those the model was surest of, and as many missed ones.

    Proposed methods and introduced datasets come first among the missed.
    """
    errors = [outcome for outcome in outcomes if outcome.kind != "right"]
    sure = sorted((e for e in errors if e.confidence is not None), key=lambda e: (-(e.confidence or 0.0), e.paper, e.name))
    missed = sorted(
        (e for e in errors if e.confidence is None), key=lambda e: (e.gold_role not in ("proposes", "introduces"), e.paper, e.name)
    )
    half = (number + 1) // 2
    return sure[:half] + missed[: number - half]
