"""Raw abstracts labelled with the mean of several networks: soft targets for the networks of a model."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kg.extract.likeness import Array, WordRange
from kg.extract.pieces import PieceEncoder
from kg.train.batches import Batch, collate
from kg.train.device import half_precision
from kg.train.entities import N_KINDS, gather
from kg.train.labels import Example, Soft, soft_example
from kg.train.losses import ROLE_KIND, as_array, chosen_spans, entity_scores, role_log_chances
from kg.train.network import Network
from kg.train.papers import RawPaper
from kg.train.recipe import FLOOR

_LEAST = 0.03  # spans whose probability of being a mention is below it count as none
_SHORTEST = 200  # characters of an abstract that is worth labelling
_BATCH = 16
_SEED = 5


def choose_papers(papers: Sequence[RawPaper], number: int) -> list[RawPaper]:
    """A fixed random sample of papers, by length; those with next to no text are left out."""
    sample = random.Random(_SEED).sample(papers, min(number, len(papers)))
    return sorted((p for p in sample if p.title.strip() and len(p.abstract) > _SHORTEST), key=lambda p: len(p.abstract))


def write_labels(
    networks: Sequence[Network], encoder: PieceEncoder, papers: Sequence[RawPaper], target: Path, tell: Callable[[str], None]
) -> None:
    """Write a JSON line a paper (gzip): its text, the teachers' probabilities of its spans and entities."""
    with gzip.open(target, "wt", encoding="utf-8") as stream:
        for at in range(0, len(papers), _BATCH):
            part = papers[at : at + _BATCH]
            for paper, labels in zip(part, label(networks, [soft_example(encoder, p, None) for p in part]), strict=True):
                record = {"id": paper.id, "title": paper.title, "abstract": paper.abstract, **labels}
                stream.write(json.dumps(record) + "\n")
            if at % (50 * _BATCH) == 0:
                tell(f"labelled {at} of {len(papers)} abstracts")


def read_taught(path: Path, encoder: PieceEncoder) -> Iterator[Example]:
    """The examples of a file that `write_labels` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            record = json.loads(line)
            spans = {(first, last): np.array(chances, np.float32) / sum(chances) for first, last, chances in record["spans"]}
            entities = {key: weighted(np.array(chances, np.float32)) for key, chances in record["entities"].items()}
            yield soft_example(encoder, RawPaper(record["id"], record["title"], record["abstract"]), Soft(spans, entities))


def weighted(chances: Array) -> Array:
    """(1 + types + roles,) probabilities with those of each role times that of its type."""
    out = chances.copy()
    out[N_KINDS:] *= chances[1 + ROLE_KIND.numpy()]
    return out


@torch.no_grad()
def label(networks: Sequence[Network], examples: Sequence[Example]) -> list[dict[str, Any]]:
    """Soft spans and soft entities of one batch."""
    device = next(networks[0].parameters()).device
    batch = collate(examples, networks[0].spans.widths, device)
    states: list[Tensor] = []
    chances: list[Array] = []
    with half_precision(device):
        for network in networks:
            states.append(network.states(batch.ids, batch.shapes, batch.fields, batch.real))
            chances.append(as_array(torch.softmax(network.span_scores(states[-1], batch.first, batch.last), -1)))
    mean: Array = np.mean(chances, 0, dtype=np.float32)
    spans = chosen_spans(np.log(np.maximum(mean, 1e-9)), examples, FLOOR)
    entities = _soft_entities(networks, examples, batch, states, spans)
    valid = batch.labels.cpu().numpy() >= 0
    return [{"spans": _soft_spans(mean[row], valid[row]), "entities": entities[row]} for row in range(len(examples))]


def _soft_spans(chances: Array, valid: Any) -> list[list[Any]]:
    """[first, last, probabilities] of the spans that may be mentions; chances (L, W, 1 + types), valid (L, W)."""
    firsts, widths = np.nonzero((1 - chances[..., 0] > _LEAST) & valid)
    pairs = zip(firsts.tolist(), widths.tolist(), strict=True)
    return [[first, first + width, [round(float(x), 3) for x in chances[first, width]]] for first, width in pairs]


def _soft_entities(
    networks: Sequence[Network], examples: Sequence[Example], batch: Batch, states: Sequence[Tensor], spans: list[list[WordRange]]
) -> list[dict[str, list[float]]]:
    """Key -> mean probabilities of none, types and roles, a dictionary a paper."""
    out: list[dict[str, list[float]]] = [{} for _ in examples]
    if not any(spans):
        return out
    candidates = gather(examples, spans)
    chances = []
    for network, own in zip(networks, states, strict=True):
        with half_precision(own.device):
            kinds, roles, *_ = entity_scores(network, own, batch, candidates)
        chances.append(np.concatenate([as_array(torch.softmax(kinds.float(), 1)), np.exp(as_array(role_log_chances(roles.float())))], 1))
    mean = np.mean(chances, 0)
    for number, (row, keys) in enumerate(zip(candidates.papers, candidates.keys, strict=True)):
        out[row].update({key: [round(float(x), 3) for x in mean[number]] for key in keys})
    return out
