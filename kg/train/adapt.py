"""Masked-word training of the encoder on raw abstracts: whole words are hidden, and it learns to name their pieces."""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from kg.extract.pieces import PieceEncoder
from kg.extract.units import form, paper_words
from kg.train.device import half_precision
from kg.train.encoder import Encoder
from kg.train.papers import HasText
from kg.train.recipe import Adaptation
from kg.train.vocabulary import MASK, SPECIAL

_STEPS_BETWEEN_LINES = 25


@dataclass(frozen=True, slots=True)
class Text:
    """The word pieces of one text, (T,) each."""

    ids: npt.NDArray[np.int32]
    shapes: npt.NDArray[np.int32]
    fields: npt.NDArray[np.int32]
    words: npt.NDArray[np.int32]  # number of the piece's word, -1 for special pieces


@dataclass(frozen=True)
class MaskedBatch:
    """Texts with hidden words: (B, T) each, and the K hidden pieces."""

    ids: Tensor
    shapes: Tensor
    fields: Tensor
    real: Tensor  # bool: no padding
    places: Tensor  # (K,) into B x T
    labels: Tensor  # (K,) the pieces that stood there


class MaskedHead(nn.Module):
    """States of hidden pieces -> scores over the vocabulary, tied to the embeddings."""

    def __init__(self, width: int, pieces: int) -> None:
        super().__init__()
        self.dense, self.norm, self.bias = nn.Linear(width, width), nn.LayerNorm(width), nn.Parameter(torch.zeros(pieces))

    def forward(self, states: Tensor, embeddings: Tensor) -> Tensor:
        """(K, D) and (vocabulary, D) -> (K, vocabulary)."""
        return functional.linear(self.norm(functional.gelu(self.dense(states))), embeddings, self.bias)


def adapt(encoder: Encoder, texts: Sequence[Text], recipe: Adaptation, tell: Callable[[str], None]) -> None:
    """Train `encoder` in place, on the device it is on."""
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)
    device = next(encoder.parameters()).device
    head = MaskedHead(encoder.size.width, encoder.size.pieces).to(device)
    weights = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=recipe.rate, weight_decay=0.01, betas=(0.9, 0.98), eps=1e-6, fused=True)
    encoder.train()
    started, loss = time.monotonic(), 0.0
    for step, group in enumerate(itertools.islice(endless_batches(texts, recipe.pieces_per_step, rng), recipe.steps), 1):
        for parameters in optimizer.param_groups:
            parameters["lr"] = recipe.rate * rate_at((step - 1) / recipe.steps, recipe.warm_up)
        loss += take_step(encoder, head, mask_words(group, recipe.masked, encoder.size.pieces, rng), optimizer)
        if step % _STEPS_BETWEEN_LINES == 0:
            tell(f"step {step} of {recipe.steps}: loss {loss / _STEPS_BETWEEN_LINES:.3f}, {time.monotonic() - started:.0f} s")
            loss = 0.0
    encoder.eval()


def take_step(encoder: Encoder, head: MaskedHead, batch: MaskedBatch, optimizer: torch.optim.Optimizer) -> float:
    """One update; gives the loss."""
    device = next(encoder.parameters()).device
    ids, shapes, fields, places, labels = (x.to(device) for x in (batch.ids, batch.shapes, batch.fields, batch.places, batch.labels))
    with half_precision(device):
        states = encoder(ids, shapes, fields, None if batch.real.all() else batch.real.to(device))
        scores = head(states.flatten(0, 1)[places], encoder.pieces.weight)
    loss = functional.cross_entropy(scores.float(), labels)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


def rate_at(done: float, warm_up: float) -> float:
    """Share of the highest rate when a share `done` of the steps is over: a linear rise, then a cosine down to 2 %."""
    if done < warm_up:
        return done / warm_up
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


def prepare(encoder: PieceEncoder, papers: Sequence[HasText], longest: int) -> list[Text]:
    """The pieces of each paper that has a word, at most `longest`."""
    texts = (_prepare_one(encoder, paper, longest) for paper in papers)
    return [text for text in texts if text.words.max() >= 0]


def _prepare_one(encoder: PieceEncoder, paper: HasText, longest: int) -> Text:
    fields = (paper.title, paper.abstract)
    words = paper_words(fields)[:longest]  # a word has at least one piece
    packed = encoder.pack(words, encoder.split([form(fields, words, i, i) for i in range(len(words))]))
    owner = np.full(len(packed.ids), -1, np.int32)
    for number, (first, last) in enumerate(zip(packed.first, packed.last, strict=True)):
        owner[first : last + 1] = number
    ids, shapes, field = (np.array(values[:longest], np.int32) for values in (packed.ids, packed.shapes, packed.fields))
    return Text(ids, shapes, field, owner[:longest])


def endless_batches(texts: Sequence[Text], pieces: int, rng: random.Random) -> Iterator[list[Text]]:
    """Pass after pass in random order: near equal lengths together, at most `pieces` padded pieces a batch."""
    while True:
        lengths = [len(text.ids) + rng.random() * 16 for text in texts]
        groups: list[list[Text]] = [[]]
        for i in sorted(range(len(texts)), key=lambda i: lengths[i]):
            if groups[-1] and len(texts[i].ids) * (len(groups[-1]) + 1) > pieces:
                groups.append([])
            groups[-1].append(texts[i])
        rng.shuffle(groups)
        yield from groups


def mask_words(group: Sequence[Text], share: float, vocabulary: int, rng: random.Random) -> MaskedBatch:
    """Hide a share of the words: of them 80 % behind [MASK], 10 % behind any piece, 10 % not at all."""
    width = max(len(text.ids) for text in group)
    ids, shapes, fields = (torch.zeros(len(group), width, dtype=torch.long) for _ in range(3))
    real = torch.zeros(len(group), width, dtype=torch.bool)
    places: list[int] = []
    labels: list[int] = []
    for row, text in enumerate(group):
        changed = text.ids.copy()
        hidden = _choose_words(text, share, rng)
        for place in np.flatnonzero(np.isin(text.words, list(hidden))).tolist():
            chance = hidden[int(text.words[place])]
            places.append(row * width + place)
            labels.append(int(text.ids[place]))
            if chance < 0.9:
                changed[place] = MASK if chance < 0.8 else rng.randrange(len(SPECIAL), vocabulary)
        size = len(text.ids)
        for target, values in ((ids, changed), (shapes, text.shapes), (fields, text.fields)):
            target[row, :size] = torch.from_numpy(values)
        real[row, :size] = True
    return MaskedBatch(ids, shapes, fields, real, torch.tensor(places), torch.tensor(labels))


def _choose_words(text: Text, share: float, rng: random.Random) -> dict[int, float]:
    """Numbers of the words to hide, each with a chance in 0 .. 1 that says how."""
    n_words = int(text.words.max()) + 1
    return {word: rng.random() for word in rng.sample(range(n_words), max(1, round(share * n_words)))}
