"""Examples -> padded tensors."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kg.train.entities import IGNORED
from kg.train.labels import Example


@dataclass(frozen=True)
class Batch:
    """B texts of up to T word pieces and L words."""

    ids: Tensor  # (B, T)
    shapes: Tensor  # (B, T)
    fields: Tensor  # (B, T)
    real: Tensor  # (B, T) bool: no padding
    first: Tensor  # (B, L): place of each word's first piece
    last: Tensor  # (B, L)
    labels: Tensor  # (B, L, widths): 0 none, 1 + type, IGNORED where there is no span


def collate(examples: Sequence[Example], widths: int, device: torch.device) -> Batch:
    """Pad examples to one length."""
    length, n_words = max(len(e.pieces.ids) for e in examples), max(len(e.words) for e in examples)
    ids, shapes, fields = (_padded([getattr(e.pieces, name) for e in examples], length) for name in ("ids", "shapes", "fields"))
    real = torch.arange(length) < torch.tensor([[len(e.pieces.ids)] for e in examples])
    first, last = (_padded([getattr(e.pieces, name) for e in examples], n_words) for name in ("first", "last"))
    labels = torch.stack([span_label_table(e, n_words, widths) for e in examples])
    return Batch(*(tensor.to(device) for tensor in (ids, shapes, fields, real, first, last, labels)))


def _padded(rows: Sequence[list[int]], length: int) -> Tensor:
    out = torch.zeros(len(rows), length, dtype=torch.long)
    for number, row in enumerate(rows):
        out[number, : len(row)] = torch.tensor(row, dtype=torch.long)
    return out


def span_label_table(example: Example, n_words: int, widths: int) -> Tensor:
    """(n_words, widths) labels; a span over the end, or from the title into the abstract, is IGNORED."""
    field = torch.tensor([word.field for word in example.words])
    out = torch.full((n_words, widths), IGNORED)
    for width in range(min(widths, len(field))):
        same = field[width:] == field[: len(field) - width]
        out[: len(field) - width, width] = torch.where(same, 0, IGNORED)
    for (first, last), label in example.spans.items():
        if last - first < widths:
            out[first, last - first] = label
    return out


def shuffled_batches(examples: Sequence[Example], size: int, rng: random.Random) -> list[list[Example]]:
    """One pass in random order, near equal lengths together."""
    lengths = [len(example.pieces.ids) + rng.random() * 40 for example in examples]
    order = sorted(range(len(examples)), key=lambda i: lengths[i])
    batches = [[examples[i] for i in order[at : at + size]] for at in range(0, len(order), size)]
    rng.shuffle(batches)
    return batches
