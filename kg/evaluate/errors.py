"""Classes of errors: what kind of wrong an entity is, counted over annotated papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from kg.evaluate.scoring import Outcome
from kg.extract.units import LETTERS

CLASSES = {
    "role": "found, with another role",
    "type": "found, with another type",
    "boundary": "shares words with a gold entity of its type, as part or whole",
    "spurious": "nothing like it was annotated",
    "missed": "nothing like it was found",
}


def error_classes(outcomes: Iterable[Outcome]) -> Counter[tuple[str, str]]:
    """(class, type) -> number of errors; a spurious and a missed entity that belong together are one type or boundary error."""
    counts: Counter[tuple[str, str]] = Counter()
    for _, of_paper in groupby(sorted(outcomes, key=lambda outcome: outcome.paper), key=lambda outcome: outcome.paper):
        counts.update(_of_paper(list(of_paper)))
    return counts


def _of_paper(outcomes: Sequence[Outcome]) -> Iterable[tuple[str, str]]:
    yield from (("role", outcome.type) for outcome in outcomes if outcome.kind == "role")
    missed = [outcome for outcome in outcomes if outcome.kind == "missed"]
    for outcome in outcomes:
        if outcome.kind == "spurious":
            error, partner = _explain(outcome, missed)
            if partner is not None:
                missed.remove(partner)
            yield error, outcome.type
    yield from (("missed", outcome.type) for outcome in missed)


def _explain(spurious: Outcome, missed: Sequence[Outcome]) -> tuple[str, Outcome | None]:
    """The class of a spurious entity, and the missed one that it stands for."""
    own = _words(spurious.name)
    for gold in missed:
        if gold.type != spurious.type and _words(gold.name) == own:
            return "type", gold
    for gold in missed:
        other = _words(gold.name)
        if gold.type == spurious.type and own and other and (own <= other or other <= own):
            return "boundary", gold
    return "spurious", None


def _words(name: str) -> frozenset[str]:
    return frozenset(word.casefold().removesuffix("s") for word in LETTERS.findall(name))
