"""Thresholds and calibration, chosen on held-out papers with what the finished model proposes for them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kg.evaluate.gold import AnnotatedPaper
from kg.evaluate.scoring import Figures, Scores, entity_keys, score
from kg.extract.decisions import Accepted, Decision, Proposals, decide, mention_score
from kg.extract.recognizer import PaperText
from kg.extract.span_model import SpanRecognizer
from kg.extract.units import FIELDS, Fields, Word, form, form_key, paper_words
from kg.train.labels import paper_abbreviations, paper_mentions
from kg.train.recipe import FLOOR
from schemas.extraction import ENTITY_TYPES, Entity, Extraction

THRESHOLDS = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75)
SPAN_SHARE = 0.7
ROLE_SHARES = (0.0, 0.3, 0.6)
PROPOSES = (0.3, 0.15, 0.0, -0.15, -0.3, -0.6)
JOINS = (0.4, 0.5, 0.6, 0.7, 0.8)
AIM_OF_PROPOSES = 0.72  # precision and recall, with a margin: a graph that says the wrong paper proposed a method is worse than none

Table = tuple[tuple[float, float], ...]  # (score, share correct), both rising


@dataclass(frozen=True)
class HeldOut:
    """A held-out paper and what the model proposes for it."""

    paper: AnnotatedPaper
    words: list[Word]
    proposals: Proposals

    @property
    def fields(self) -> Fields:
        """Title and abstract."""
        return self.paper.title, self.paper.abstract

    def accepted(self, decision: Decision) -> list[Accepted]:
        """The entities that `decision` makes of the proposals."""
        return decide(self.proposals, decision)


@dataclass(frozen=True)
class Tuned:
    """What the held-out papers say about a model."""

    decision: Decision
    entity_table: Table
    mention_table: Table
    figures: Mapping[str, Figures]  # as kg.evaluate.scoring names them


def propose(recognizer: SpanRecognizer, papers: Sequence[AnnotatedPaper]) -> list[HeldOut]:
    """The proposals of a model for each paper that has a word."""
    out = []
    for paper in papers:
        fields = (paper.title, paper.abstract)
        if words := paper_words(fields):
            text = PaperText(*fields, tuple(paper_abbreviations(fields)))
            out.append(HeldOut(paper, words, recognizer.propose(text, words)))
    return out


def tune(held_out: Sequence[HeldOut]) -> Tuned:
    """Choose the decision with the best sum of entity and role F1, and calibrate what it accepts.

    As far as precision or recall of PROPOSES are below AIM_OF_PROPOSES, it counts against a choice.
    """
    tried = []
    join = best_join(held_out)
    for role_share, proposes in itertools.product(ROLE_SHARES, PROPOSES):
        start = Decision(SPAN_SHARE, (0.0,) * len(ENTITY_TYPES), FLOOR, role_share, proposes, join)
        rows = [figures(held_out, replace(start, thresholds=(x,) * len(ENTITY_TYPES))).rows for x in THRESHOLDS]
        value, chosen = best_thresholds(np.array([type_counts(row) for row in rows]), [lack_of_proposes(row) for row in rows])
        tried.append((value, replace(start, thresholds=tuple(THRESHOLDS[i] for i in chosen))))
    decision = max(tried, key=lambda pair: pair[0])[1]
    entity_table, mention_table = calibrate(held_out, decision)
    return Tuned(decision, entity_table, mention_table, figures(held_out, decision).rows)


def best_join(held_out: Sequence[HeldOut]) -> float:
    """The probability of being one thing above which entities are best joined; of equals the highest."""
    middle = (THRESHOLDS[len(THRESHOLDS) // 2],) * len(ENTITY_TYPES)

    def value(join: float) -> tuple[float, float]:
        rows = figures(held_out, Decision(SPAN_SHARE, middle, FLOOR, join=join)).rows
        return sum(rows[name].f1 for name in ("entity", "role") if name in rows), join

    return max(JOINS, key=value)


def figures(held_out: Sequence[HeldOut], decision: Decision) -> Scores:
    """The figures with one decision."""
    predicted = {own.paper.id: _extraction(own, decision) for own in held_out}
    return score([own.paper for own in held_out], predicted)


def _extraction(own: HeldOut, decision: Decision) -> Extraction:
    lists: dict[str, list[Entity]] = {f"{name}s": [] for name in ENTITY_TYPES}
    for accepted in own.accepted(decision):
        forms = tuple(dict.fromkeys(form(own.fields, own.words, *span) for span in accepted.spans))
        entity = Entity(name=max(forms, key=len), forms=forms, role=accepted.role, confidence=max(1e-4, min(1.0, accepted.score)))
        lists[f"{ENTITY_TYPES[accepted.kind]}s"].append(entity)
    return Extraction.model_validate({"id": own.paper.id, **lists})


def type_counts(rows: Mapping[str, Figures]) -> list[tuple[int, int, int, int]]:
    """Of each type: entities found, found with their role, predicted, annotated."""
    none = Figures(0, 0, 0)
    pairs = [(rows.get(f"entity {name}", none), rows.get(f"role {name}", none)) for name in ENTITY_TYPES]
    return [(entity.right, role.right, entity.predicted, entity.gold) for entity, role in pairs]


def lack_of_proposes(rows: Mapping[str, Figures]) -> float:
    """How far the worse one of precision and recall of PROPOSES is below the aim, twice."""
    row = rows.get("role method proposes", Figures(0, 0, 0))
    return 2 * max(0.0, AIM_OF_PROPOSES - min(row.precision, row.recall))


def best_thresholds(counts: npt.NDArray[np.int64], lacks: Sequence[float]) -> tuple[float, tuple[int, ...]]:
    """The best sum of entity and role F1 over all types, and the option that each type chooses for it.

    `counts` is (options, types, 4), as type_counts gives them; `lacks` (options,) is subtracted by the option of methods;
    of equals the highest options win.
    """
    gold = counts[0, :, 3].sum()

    def value(chosen: tuple[int, ...]) -> float:
        entity, role, predicted, _ = sum(counts[option, kind] for kind, option in enumerate(chosen))
        return float(2 * (entity + role) / max(1, predicted + gold)) - lacks[chosen[0]]

    return max((value(chosen), chosen) for chosen in itertools.product(range(len(counts)), repeat=counts.shape[1]))


def calibrate(held_out: Sequence[HeldOut], decision: Decision) -> tuple[Table, Table]:
    """Tables of entities and of mentions, from everything that the decision accepts."""
    entities: list[tuple[float, bool]] = []
    mentions: list[tuple[float, bool]] = []
    for own in held_out:
        gold_keys = {name: entity_keys(text for e in own.paper.entities(name) for text in e.forms) for name in ENTITY_TYPES}
        places = {(m.field, m.start, m.end, m.type) for m in paper_mentions(own.paper)}
        for accepted in own.accepted(decision):
            name = ENTITY_TYPES[accepted.kind]
            keys = {form_key(form(own.fields, own.words, *span)) for span in accepted.spans}
            entities.append((accepted.score, 2 * len(keys & gold_keys[name]) >= len(keys)))
            for (first, last), scores in zip(accepted.spans, accepted.span_scores, strict=True):
                place = (FIELDS[own.words[first].field], own.words[first].start, own.words[last].end, name)
                mentions.append((mention_score(scores, accepted.kind, accepted.score), place in places))
    return rising_table(entities), rising_table(mentions)


def rising_table(outcomes: Sequence[tuple[float, bool]], least: int = 25, most_bins: int = 20) -> Table:
    """(mean score, share correct) of bins of at least `least`, neighbours pooled until the shares rise (isotonic regression).

    With fewer outcomes than `least` nothing can be said: the table then gives back the score itself.
    """
    if len(outcomes) < least:
        return ((0.0, 0.0), (1.0, 1.0))
    ordered = np.array(sorted(outcomes, key=lambda outcome: outcome[0]), np.float64)
    pooled: list[tuple[float, float, int]] = []  # sums of scores and of correct ones, number
    for part in np.array_split(ordered, min(most_bins, len(ordered) // least)):
        new = (float(part[:, 0].sum()), float(part[:, 1].sum()), len(part))
        while pooled and pooled[-1][1] / pooled[-1][2] >= new[1] / new[2]:
            last = pooled.pop()
            new = (last[0] + new[0], last[1] + new[1], last[2] + new[2])
        pooled.append(new)
    return tuple((round(scores / n, 4), round(correct / n, 4)) for scores, correct, n in pooled)
