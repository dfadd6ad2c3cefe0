"""Extraction: Paper -> Extraction, through the spaCy pipeline and a trained model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kg.extract.models import DEFAULT, find_model, shipped_models
from schemas.errors import OptionError
from schemas.extraction import Extraction
from schemas.paper import Paper

__all__ = ["DEFAULT", "extract", "find_model", "iterate_extractions", "shipped_models"]


def extract(papers: Iterable[Paper], *, model: str = DEFAULT, min_confidence: float = 0.0, workers: int | None = 1) -> list[Extraction]:
    """What each paper speaks of, in order, under the paper's id.

    `model` is the name of a shipped model or a model folder; entities whose confidence is below `min_confidence`
    (0 to 1) are left out; `workers` is the number of processes (None: all cores when there are many papers), which
    changes nothing in the result. Raises ModelError, OptionError, and EngineError when a process dies.
    """
    return list(iterate_extractions(papers, model=model, min_confidence=min_confidence, workers=workers))


def iterate_extractions(
    papers: Iterable[Paper], *, model: str = DEFAULT, min_confidence: float = 0.0, workers: int | None = 1
) -> Iterator[Extraction]:
    """As `extract`, as a stream."""
    from kg.extract.parallel import choose_workers, extract_parallel
    from kg.extract.serial import extract_serial

    if not 0 <= min_confidence <= 1:
        raise OptionError(f"min_confidence: {min_confidence} is no probability; give a number from 0 to 1")
    find_model(model)
    number, stream = choose_workers(papers, workers)
    if number > 1:
        yield from extract_parallel(stream, model, min_confidence, number)
    else:
        yield from extract_serial(stream, model, min_confidence)
