"""The spaCy pipeline of a paper: one small component a task, each declaring what it needs and gives.

A Doc is the title, a line break and the abstract; `doc._.paper` is the Paper it was made from.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract import abbreviations, links, sentences, words
from kg.extract.models import DEFAULT, load_recognizer
from kg.extract.recognizer import PaperText
from schemas.extraction import FieldName
from schemas.paper import Paper

__all__ = ["build_pipeline", "field_texts", "make_doc", "words"]

FIELDS: tuple[FieldName, ...] = ("title", "abstract")
_BATCH = 16  # papers that a recognizer is given at once

for _name in ("paper", "sentences", "links", "abbreviations", "recognition"):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=None)


def make_doc(nlp: Language, paper: Paper) -> Doc:
    """The Doc of a paper: words of "title\\nabstract"."""
    doc = nlp.make_doc(f"{paper.title}\n{paper.abstract}")
    doc._.paper = paper
    return doc


def field_texts(doc: Doc) -> list[tuple[FieldName, str]]:
    """(field, its text) of the two fields of a Doc."""
    return [("title", doc._.paper.title), ("abstract", doc._.paper.abstract)]


@Language.component("paperkg_sentences", assigns=["doc._.sentences"])
def add_sentences(doc: Doc) -> Doc:
    """`doc._.sentences`: (field, start, end); the title is one sentence."""
    title, abstract = doc._.paper.title, doc._.paper.abstract
    whole = [("title", len(title) - len(title.lstrip()), len(title.rstrip()))] if title.strip() else []
    doc._.sentences = [*whole, *(("abstract", start, end) for start, end in sentences.sentence_spans(abstract))]
    return doc


@Language.component("paperkg_links", assigns=["doc._.links"])
def add_links(doc: Doc) -> Doc:
    """`doc._.links`: (field, FoundLink)."""
    doc._.links = [(field, link) for field, text in field_texts(doc) for link in links.find_links(text)]
    return doc


@Language.component("paperkg_abbreviations", assigns=["doc._.abbreviations"])
def add_abbreviations(doc: Doc) -> Doc:
    """`doc._.abbreviations`: (field, Definition)."""
    doc._.abbreviations = [(field, found) for field, text in field_texts(doc) for found in abbreviations.find_definitions(text)]
    return doc


class RecognizerComponent:
    """`doc._.recognition`: the mentions and entities that the trained model finds."""

    def __init__(self, model: str) -> None:
        self.recognizer = load_recognizer(model)

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], batch_size: int = _BATCH) -> Iterator[Doc]:
        """The Docs of `stream`, recognised in batches: small ones, so that results come while the work goes on."""
        for batch in _batches(stream, min(batch_size, _BATCH)):
            results = self.recognizer.recognize([_paper_text(doc) for doc in batch])
            for doc, recognition in zip(batch, results, strict=True):
                doc._.recognition = recognition
                yield doc


def _batches(stream: Iterable[Doc], size: int) -> Iterator[list[Doc]]:
    docs = iter(stream)
    while batch := list(itertools.islice(docs, size)):
        yield batch


def _paper_text(doc: Doc) -> PaperText:
    pairs = tuple((found.short, found.long) for _, found in doc._.abbreviations)
    return PaperText(doc._.paper.title, doc._.paper.abstract, pairs)


@Language.factory(
    "paperkg_recognizer",
    default_config={"model": DEFAULT},
    requires=["doc._.abbreviations"],
    assigns=["doc._.recognition"],
)
def make_recognizer(nlp: Language, name: str, model: str) -> Callable[[Doc], Doc]:
    """Factory of the recognizer; `model` is a name or a folder (kg.extract.models)."""
    return RecognizerComponent(model)


def build_pipeline(model: str = DEFAULT) -> Language:
    """The pipeline with the model called `model`; raises ModelError, and ValueError if a component's needs are not met."""
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "paperkg.words.v1"}}})
    nlp.max_length = sys.maxsize  # no component's memory grows faster than its text
    for name in ("paperkg_sentences", "paperkg_links", "paperkg_abbreviations"):
        nlp.add_pipe(name)
    nlp.add_pipe("paperkg_recognizer", config={"model": model})
    problems = (nlp.analyze_pipes() or {})["problems"]
    if any(problems.values()):
        raise ValueError(f"components in the wrong order: {problems}")
    return nlp
