"""Extraction in this process: the spaCy pipeline, loaded once a model."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from spacy.language import Language

from kg.extract.components import build_pipeline, make_doc
from kg.extract.models import find_model
from kg.extract.record import to_extraction
from schemas.extraction import Extraction
from schemas.paper import Paper


def extract_serial(papers: Iterable[Paper], model: str, min_confidence: float) -> Iterator[Extraction]:
    """One Extraction a paper, in order, each under its paper's id; raises ModelError."""
    nlp = _pipeline(model, find_model(model).identity)
    for doc in nlp.pipe(make_doc(nlp, paper) for paper in papers):
        yield to_extraction(doc, doc._.paper.id, min_confidence)


@functools.lru_cache(maxsize=4)
def _pipeline(model: str, identity: tuple[str, ...]) -> Language:
    """The pipeline of the model with this identity: its folder may hold another one tomorrow."""
    return build_pipeline(model)
