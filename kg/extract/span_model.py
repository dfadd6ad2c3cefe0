"""The recognizer of a span model: an encoder that scores every span, and a network that decides once an entity.

Both run in onnxruntime. A model folder holds `spans.onnx`, `entities.onnx`, `tokenizer.json` and `decision.json`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from kg.extract.candidates import candidate_spans, entity_features, group_spans
from kg.extract.decisions import NO_PROPOSALS, Accepted, Decision, Proposal, Proposals, calibrated, decide, log_softmax, mention_score
from kg.extract.likeness import Array, WordRange, likeness
from kg.extract.pieces import PieceEncoder, Pieces
from kg.extract.portions import portions, same_names
from kg.extract.recognizer import FoundEntity, FoundMention, PaperText, Recognition
from kg.extract.units import FIELDS, Fields, Word, form, paper_words, windows
from schemas.errors import ModelError, one_line
from schemas.extraction import ENTITY_TYPES

# Some builds of onnxruntime send usage events from the moment they are imported; nothing here may use the network.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

FILES = ("spans.onnx", "entities.onnx", "tokenizer.json", "decision.json")
WINDOW = 509  # word pieces of a window besides [CLS] and two [SEP]

_SPAN_INPUTS = ("ids", "shapes", "fields", "first", "last")
_ENTITY_INPUTS = ("first", "last", "inside", "member", "features", "paper", "likeness")
_NOT_A_NETWORK = tuple(kind for kind in vars(ort_errors).values() if isinstance(kind, type) and issubclass(kind, Exception))


def _session(file: Path, inputs: Sequence[str]) -> ort.InferenceSession:
    """A network that takes `inputs`; raises ModelError for a file that holds no such network."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except _NOT_A_NETWORK as error:
        raise ModelError(str(file.parent), f"{file.name} is no network that can be loaded ({type(error).__name__})") from error
    missing = sorted({taken.name for taken in session.get_inputs()} ^ set(inputs))
    if missing:
        raise ModelError(str(file.parent), f"{file.name} is another network: {missing[0]!r} is an input of one of the two only")
    return session


def _tokenizer(file: Path) -> Tokenizer:
    """Raises ValueError for a file that holds none."""
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # it raises no narrower one
        raise ValueError(str(error)) from error


@dataclass(frozen=True)
class Reading:
    """The encoder's view of one paper."""

    spans: Array  # (words, widths, 1 + types) log-probabilities
    states: Array  # (pieces, width) state of each piece, from the first word's to the last word's
    first: npt.NDArray[np.int64]  # (words,) row of each word's first piece
    last: npt.NDArray[np.int64]  # (words,) row of its last piece
    paper: Array  # (width,) state of [CLS] of the first window

    def inside(self, first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> Array:
        """(spans, width) mean state of the pieces of each span."""
        starts, ends = self.first[first], self.last[last] + 1
        sums = np.array([self.states[start:end].sum(0) for start, end in zip(starts, ends, strict=True)], np.float32)
        means: Array = np.asarray(sums / (ends - starts)[:, None], np.float32)
        return means


class SpanRecognizer:
    """Reads papers one by one: int8 activations are scaled per product, so a batch mate would change the result."""

    def __init__(
        self,
        sessions: tuple[ort.InferenceSession, ort.InferenceSession],  # spans, entities
        encoder: PieceEncoder,
        settings: dict[str, Any],
    ) -> None:
        self._spans, self._entities = sessions
        self._encoder = encoder
        chosen = settings["decision"]
        self._decision = Decision(**{**chosen, "thresholds": tuple(chosen["thresholds"])})
        self._entity_table, self._mention_table = settings["entity_confidence"], settings["mention_confidence"]

    @classmethod
    def load(cls, folder: Path) -> SpanRecognizer:
        """Open a model folder; one thread a recognizer, so that results do not depend on the machine's cores.

        Raises ModelError for files that are no such model.
        """
        spans, entities = _session(folder / "spans.onnx", _SPAN_INPUTS), _session(folder / "entities.onnx", _ENTITY_INPUTS)
        try:
            encoder = PieceEncoder.of(_tokenizer(folder / "tokenizer.json"))
            return cls((spans, entities), encoder, json.loads((folder / "decision.json").read_text("utf-8")))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            problem = f"tokenizer.json or decision.json is of no such model ({type(error).__name__}: {error})"
            raise ModelError(str(folder), one_line(problem)) from error

    def recognize(self, texts: Sequence[PaperText]) -> list[Recognition]:
        """See Recognizer."""
        return [self._recognition(text) for text in texts]

    def _recognition(self, text: PaperText) -> Recognition:
        fields = (text.title, text.abstract)
        parts = portions(text, paper_words(fields))
        found = [(words, accepted) for part, words in parts for accepted in decide(self.propose(part, words), self._decision)]
        groups = same_names(found, fields)
        entities = tuple(FoundEntity(ENTITY_TYPES[a.kind], a.role, calibrated(a.score, self._entity_table)) for (_, a), *_ in groups)
        mentions = [mention for number, group in enumerate(groups) for words, a in group for mention in self._mentions(a, words, number)]
        return Recognition(tuple(sorted(mentions, key=lambda m: (m.field == "abstract", m.start))), entities)

    def _mentions(self, accepted: Accepted, words: Sequence[Word], entity: int) -> list[FoundMention]:
        out = []
        for (first, last), scores in zip(accepted.spans, accepted.span_scores, strict=True):
            confidence = calibrated(mention_score(scores, accepted.kind, accepted.score), self._mention_table)
            out.append(FoundMention(FIELDS[words[first].field], words[first].start, words[last].end, confidence, entity))
        return out

    def propose(self, text: PaperText, words: Sequence[Word]) -> Proposals:
        """Candidate entities of one paper; `words` are those of its text."""
        return self.judge(text, words, self.read((text.title, text.abstract), words)) if words else NO_PROPOSALS

    def judge(self, text: PaperText, words: Sequence[Word], reading: Reading) -> Proposals:
        """Candidate entities of one paper, once the encoder has read it."""
        fields = (text.title, text.abstract)
        spans = [(span.first, span.last) for span in candidate_spans(reading.spans, words, self._decision.floor)]
        groups = group_spans(spans, fields, words, text.abbreviations)
        if not groups:
            return NO_PROPOSALS
        kinds, roles, same = self._score(reading, spans, groups, fields, words)
        entities = (self._proposal(reading, [spans[m] for m in members], kinds[i], roles[i]) for i, members in enumerate(groups))
        return Proposals(tuple(entities), same)

    @staticmethod
    def _proposal(reading: Reading, spans: Sequence[WordRange], kind_scores: Array, role_scores: Array) -> Proposal:
        scores = np.array([reading.spans[first, last - first] for first, last in spans])
        return Proposal(tuple(spans), scores, kind_scores, role_scores)

    def read(self, fields: Fields, words: Sequence[Word]) -> Reading:
        """Run the encoder over the windows of a paper, which has a word; words that two windows hold are taken from the first."""
        pieces = self._encoder.split([form(fields, words, i, i) for i in range(len(words))])
        parts: list[tuple[Array, Array, npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []
        papers: list[Array] = []
        done, rows = 0, 0
        for start, end in windows(words, [len(ids) for ids in pieces], WINDOW):
            packed = self._encoder.pack(words[start:end], pieces[start:end])
            scores, states = self._run(packed)
            first, last = (np.array(places[done - start :], np.int64) for places in (packed.first, packed.last))
            own = states[first[0] : last[-1] + 1]
            parts.append((scores[done - start :], own, first - first[0] + rows, last - first[0] + rows))
            papers.append(states[0])
            done, rows = end, rows + len(own)
        spans, all_states, first, last = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return Reading(spans, all_states, first, last, papers[0])

    def _run(self, packed: Pieces) -> tuple[Array, Array]:
        inputs = {name: np.array(getattr(packed, name), np.int64) for name in _SPAN_INPUTS}
        scores, states = self._spans.run(None, inputs)
        return scores, states

    def _score(
        self, reading: Reading, spans: Sequence[WordRange], groups: Sequence[Sequence[int]], fields: Fields, words: Sequence[Word]
    ) -> tuple[Array, Array, Array]:
        """(entities, 1 + types) log-probabilities, (entities, roles) scores, (entities, entities) probabilities of being one."""
        first, last = np.array(spans, np.int64).T
        member = np.zeros((len(groups), len(spans)), dtype=bool)
        for number, members in enumerate(groups):
            member[number, members] = True
        inputs = {
            "first": reading.states[reading.first[first]],
            "last": reading.states[reading.last[last]],
            "inside": reading.inside(first, last),
            "member": member,
            "features": np.array([entity_features([spans[m] for m in members], fields, words) for members in groups], np.float32),
            "paper": np.repeat(reading.paper[None], len(groups), 0),
            "likeness": likeness([form(fields, words, *span) for span in spans], spans, groups, words),
        }
        kinds, roles, same = self._entities.run(None, inputs)
        return log_softmax(kinds), roles, same
