"""The span network and the entity network over the encoder.

In the shapes: B texts, T word pieces, L words, W widths of spans, D states' width, M mentions, E entities.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from kg.extract.candidates import N_FEATURES
from kg.extract.likeness import N_LIKENESS
from kg.train.encoder import Encoder, load_encoder
from kg.train.entities import N_KINDS, N_ROLES
from kg.train.recipe import N_WIDTHS, NetworkSize

WEIGHTS = "network.safetensors"


class EntityInputs(NamedTuple):
    """What the entity network is told of E entities with M mentions."""

    first: Tensor  # (M, D): state of the mention's first piece
    last: Tensor  # (M, D)
    inside: Tensor  # (M, D): mean state of its pieces
    member: Tensor  # (E, M) bool
    features: Tensor  # (E, N_FEATURES)
    paper: Tensor  # (E, D): state of [CLS] of the entity's paper
    likeness: Tensor  # (E, E, N_LIKENESS)


class SpanHead(nn.Module):
    """Scores every span of up to `widths` words for none and each type."""

    def __init__(self, width: int, widths: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.widths = widths
        self.start, self.end, self.inside = (nn.Linear(width, hidden) for _ in range(3))
        self.size = nn.Embedding(widths, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.mix = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, N_KINDS)
        self.drop = nn.Dropout(dropout)
        with torch.no_grad():
            self.out.bias[0] = 5.0  # nearly all spans are none

    def forward(self, first: Tensor, last: Tensor) -> Tensor:
        """States of each word's first and last piece (B, L, D) -> scores (B, L, W, 1 + types)."""
        length = first.shape[1]
        start, end = self.start(self.drop(first)), self.end(self.drop(last))
        end = functional.pad(end, (0, 0, 0, self.widths))
        sums = functional.pad(torch.cumsum(self.inside(self.drop(first)).float(), 1), (0, 0, 1, self.widths))
        spans = []
        for i in range(self.widths):
            mean = (sums[:, i + 1 : i + 1 + length] - sums[:, :length]) / (i + 1)
            spans.append(start + end[:, i : i + length] + mean.to(start.dtype) + self.size.weight[i])
        hidden = functional.gelu(self.norm(torch.stack(spans, 2)))
        return self.out(functional.gelu(self.mix(hidden)))


class EntityMixer(nn.Module):
    """One layer in which the entities of a paper look at each other, more at those with a like name."""

    def __init__(self, hidden: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.after = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
        self.query, self.key, self.value, self.out = (nn.Linear(hidden, hidden) for _ in range(4))
        self.up, self.down = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.lean = nn.Linear(N_LIKENESS, heads)
        self.drop = nn.Dropout(dropout)

    def forward(self, states: Tensor, likeness: Tensor, together: Tensor | None) -> Tensor:
        """(E, H), likeness (E, E, N_LIKENESS), `together` (E, E) False between papers -> (E, H)."""
        number, hidden = states.shape
        inner = self.before(states)
        query, key, value = (
            part(inner).view(number, self.heads, -1).transpose(0, 1).float() for part in (self.query, self.key, self.value)
        )
        scores = (query * (hidden // self.heads) ** -0.5) @ key.transpose(1, 2) + self.lean(likeness).float().permute(2, 0, 1)
        if together is not None:
            scores = scores.masked_fill(~together, -1e4)
        mixed = (torch.softmax(scores, -1) @ value).transpose(0, 1).reshape(number, hidden)
        states = states + self.drop(self.out(mixed))
        return states + self.drop(self.down(functional.gelu(self.up(self.after(states)))))


class PairHead(nn.Module):
    """Scores whether two entities of a paper are one thing."""

    def __init__(self, hidden: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.inner = nn.Linear(hidden, inner)
        self.mix = nn.Linear(2 * inner + N_LIKENESS, inner)
        self.out = nn.Linear(inner, 1)
        self.drop = nn.Dropout(dropout)
        with torch.no_grad():
            self.out.bias[0] = -2.0  # most pairs are two things

    def forward(self, first: Tensor, second: Tensor, likeness: Tensor) -> Tensor:
        """States (..., H) and likeness (..., N_LIKENESS) of pairs -> scores (...)."""
        first, second = self.inner(first), self.inner(second)
        parts = torch.cat([first * second, (first - second).abs(), likeness.to(first.dtype)], -1)
        return self.out(functional.gelu(self.mix(self.drop(parts))))[..., 0]


class EntityHead(nn.Module):
    """One decision an entity from all its mentions: none or a type, and a role; and which entities are one thing."""

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.mention = nn.Linear(3 * width, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.weight = nn.Linear(hidden, 1)
        self.features = nn.Linear(N_FEATURES, hidden)
        self.paper = nn.Linear(width, hidden)
        self.mix = nn.Linear(4 * hidden, hidden)
        self.mixer, self.after = EntityMixer(hidden, 4, dropout), nn.LayerNorm(hidden)
        self.kind, self.role = nn.Linear(hidden, N_KINDS), nn.Linear(hidden, N_ROLES)
        self.pairs = PairHead(hidden, hidden // 4, dropout)
        self.drop = nn.Dropout(dropout)

    def forward(self, entities: EntityInputs, together: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Gives scores of none and each type (E, 1 + types) and of each role (E, roles), and the entities' states (E, H).

        `together` (E, E) is False between entities of different papers; None where all are of one.
        """
        first, last, inside, member, features, paper, likeness = entities
        mentions = functional.gelu(self.norm(self.mention(self.drop(torch.cat([first, last, inside], 1))))).float()
        weights = torch.softmax(self.weight(mentions).float().T.masked_fill(~member, -1e4), 1)
        share = member.float() / member.float().sum(1, keepdim=True)
        parts = [weights @ mentions, share @ mentions, self.features(features).float(), self.paper(self.drop(paper)).float()]
        hidden = self.mixer(functional.gelu(self.mix(self.drop(torch.cat(parts, 1)))), likeness, together)
        hidden = self.drop(self.after(hidden))
        return self.kind(hidden).float(), self.role(hidden).float(), hidden


class Network(nn.Module):
    """An encoder with both heads."""

    def __init__(self, encoder: Encoder, span_hidden: int = 256, hidden: int = 256, dropout: float = 0.2) -> None:
        super().__init__()
        self.encoder = encoder
        self.spans = SpanHead(encoder.size.width, N_WIDTHS, span_hidden, dropout)
        self.entities = EntityHead(encoder.size.width, hidden, dropout)

    def states(self, ids: Tensor, shapes: Tensor, fields: Tensor, real: Tensor | None) -> Tensor:
        """(B, T) -> (B, T, D)."""
        return self.encoder(ids, shapes, fields, real)

    def span_scores(self, states: Tensor, first: Tensor, last: Tensor) -> Tensor:
        """States (B, T, D), each word's first and last piece (B, L) -> scores (B, L, W, 1 + types)."""
        return self.spans(_at(states, first), _at(states, last)).float()


def _at(states: Tensor, places: Tensor) -> Tensor:
    """Rows of states (B, T, D) at places (B, L) -> (B, L, D)."""
    return torch.gather(states, 1, places[..., None].expand(-1, -1, states.shape[2]))


def new_network(start: Path, size: NetworkSize) -> Network:
    """A network before its training, with the encoder in the folder `start`, and with the heads there if there are any."""
    if not (start / WEIGHTS).exists():
        return Network(load_encoder(start, size.layers, size.inner), size.span_hidden)
    weights = load_file(start / WEIGHTS)
    network = Network(load_encoder(start), len(weights["spans.norm.bias"]))
    network.load_state_dict(weights)
    return network


def save_network(network: Network, folder: Path) -> None:
    """Write the weights (32 bits)."""
    save_file({name: value.contiguous().cpu() for name, value in network.state_dict().items()}, folder / WEIGHTS)


def load_network(folder: Path, start: Path, size: NetworkSize) -> Network:
    """A trained network whose encoder started from the folder `start`, ready for use."""
    network = new_network(start, size)
    network.load_state_dict(load_file(folder / WEIGHTS))
    return network.eval()
