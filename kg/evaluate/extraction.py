"""`kg evaluate`: extract annotated papers without their annotation, and compare."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kg.evaluate.gold import AnnotatedPaper, read_annotated
from kg.evaluate.scoring import Scores, bootstrap, score
from kg.extract import DEFAULT, find_model, iterate_extractions
from kg.progress import track
from schemas.extraction import Extraction


@dataclass(frozen=True)
class Evaluation:
    """The figures of a model on annotated papers."""

    model: str  # name and version
    n_papers: int
    scores: Scores
    intervals: dict[str, tuple[float, float]]  # 95 % interval of entity and role F1; empty when not asked for


def evaluate_extraction(
    gold: Path, *, model: str = DEFAULT, min_confidence: float = 0.0, samples: int = 0, quiet: bool = True, workers: int | None = 1
) -> Evaluation:
    """Figures of `model` on the annotated papers in the file `gold`; `samples` resamples give intervals.

    Raises InputError and ModelError.
    """
    papers = read_annotated(gold)
    predicted = extract_annotated(papers, model, min_confidence, quiet=quiet, workers=workers)
    intervals = bootstrap(papers, predicted, samples) if samples else {}
    return Evaluation(find_model(model).label, len(papers), score(papers, predicted), intervals)


def extract_annotated(
    papers: list[AnnotatedPaper], model: str, min_confidence: float = 0.0, *, quiet: bool = True, workers: int | None = 1
) -> dict[str, Extraction]:
    """The extraction of each annotated paper by its id; extraction sees title and abstract only."""
    stream = iterate_extractions((paper.paper() for paper in papers), model=model, min_confidence=min_confidence, workers=workers)
    found = track(stream, "papers extracted", len(papers), quiet=quiet)
    return {paper.id: extraction for paper, extraction in zip(papers, found, strict=True)}
