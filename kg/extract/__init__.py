"""Extraction: Paper -> Extraction, through the spaCy pipeline and a trained model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kg.extract.models import DEFAULT, find_model, shipped_models
from schemas.extraction import Extraction
from schemas.paper import Paper

__all__ = ["DEFAULT", "extract", "find_model", "iterate_extractions", "shipped_models"]


def extract(papers: Iterable[Paper], *, model: str = DEFAULT, min_confidence: float = 0.0) -> list[Extraction]:
    """What each paper speaks of, in order, under the paper's id.

    `model` is the name of a shipped model or a model folder; entities whose confidence is below `min_confidence`
    (0 to 1) are left out. Raises ModelError.
    """
    return list(iterate_extractions(papers, model=model, min_confidence=min_confidence))


def iterate_extractions(
    papers: Iterable[Paper],
    *,
    model: str = DEFAULT,
    min_confidence: float = 0.0,
    record_id: Callable[[Paper], str] = lambda paper: paper.id,
) -> Iterator[Extraction]:
    """As `extract`, as a stream; `record_id` gives the id under which an extraction stands."""
    from kg.extract.components import build_pipeline, make_doc
    from kg.extract.record import to_extraction

    nlp = build_pipeline(model)
    for doc in nlp.pipe(make_doc(nlp, paper) for paper in papers):
        yield to_extraction(doc, record_id(doc._.paper), min_confidence)
