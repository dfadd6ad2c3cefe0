"""An evaluation as plain values, and as the page that `kg evaluate` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from kg.evaluate.errors import CLASSES, error_classes
from kg.evaluate.extraction import Evaluation
from kg.evaluate.scoring import Outcome, reliability, role_confusion, worst_errors
from kg.summary import wide_console
from schemas.extraction import ENTITY_TYPES, ROLES, EntityType


def as_values(evaluation: Evaluation, n_errors: int = 0) -> dict[str, Any]:
    """Figures, intervals, confusion of roles, reliability and errors, ready for JSON."""
    scores = evaluation.scores
    rows: dict[str, dict[str, Any]] = {row: figures.as_values() for row, figures in scores.rows.items()}
    for row, interval in evaluation.intervals.items():
        rows[row]["f1_95"] = [round(value, 4) for value in interval]
    confusion = {name: [[*pair, n] for pair, n in sorted(counts.items())] for name, counts in role_confusion(scores.outcomes).items()}
    return {
        "model": evaluation.model,
        "papers": evaluation.n_papers,
        "figures": rows,
        "confusion": confusion,
        "reliability": [list(row) for row in reliability(scores.outcomes)],
        "error_classes": [[*pair, n] for pair, n in sorted(error_classes(scores.outcomes).items())],
        "errors": [asdict(outcome) for outcome in worst_errors(scores.outcomes, n_errors)],
    }


def show(evaluation: Evaluation, n_errors: int) -> None:
    """Print the page."""
    console = wide_console()
    console.print(Text(f"{evaluation.model} on {evaluation.n_papers} annotated papers", style="bold"))
    console.print(_figures_table(evaluation))
    for name, counts in role_confusion(evaluation.scores.outcomes).items():
        console.print(_confusion_table(name, counts))
    console.print(_reliability_table(evaluation.scores.outcomes))
    console.print(_classes_table(evaluation.scores.outcomes))
    if n_errors:
        console.print(_errors_table(worst_errors(evaluation.scores.outcomes, n_errors)))


def _figures_table(evaluation: Evaluation) -> Table:
    table = Table("", "P", "R", "F1", "gold", "predicted", "95 %")
    for row, f in evaluation.scores.rows.items():
        low, high = evaluation.intervals.get(row, (None, None))
        interval = f"{low:.3f} to {high:.3f}" if low is not None and high is not None else ""
        table.add_row(row, f"{f.precision:.3f}", f"{f.recall:.3f}", f"{f.f1:.3f}", str(f.gold), str(f.predicted), interval)
    return table


def _confusion_table(name: EntityType, counts: Counter[tuple[str, str]]) -> Table:
    labels = [*ROLES[name], "-"]
    table = Table(f"{name}: gold \\ predicted", *["spurious/missed" if label == "-" else label for label in labels])
    for gold in labels:
        table.add_row("spurious" if gold == "-" else gold, *[str(counts[gold, predicted] or "") for predicted in labels])
    return table


def _reliability_table(outcomes: Sequence[Outcome]) -> Table:
    table = Table("confidence", "entities", "mean confidence", "share right")
    for low, high, n, confidence, right in reliability(outcomes):
        table.add_row(f"{low:.1f} to {high:.1f}", str(n), f"{confidence:.3f}", f"{right:.3f}")
    return table


def _classes_table(outcomes: Sequence[Outcome]) -> Table:
    counts = error_classes(outcomes)
    table = Table("error", "meaning", *ENTITY_TYPES, "all")
    for name, meaning in CLASSES.items():
        numbers = [counts[name, entity_type] for entity_type in ENTITY_TYPES]
        table.add_row(name, meaning, *[str(number or "") for number in numbers], str(sum(numbers)))
    return table


def _errors_table(errors: Sequence[Outcome]) -> Table:
    table = Table("paper", "type", "error", "name", "gold role", "predicted role", "confidence")
    for e in errors:
        confidence = "" if e.confidence is None else f"{e.confidence:.2f}"
        table.add_row(e.paper, e.type, e.kind, Text(e.name), e.gold_role or "", e.predicted_role or "", confidence)
    return table
