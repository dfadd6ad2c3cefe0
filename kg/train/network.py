"""The span network and the entity network over the encoder.

In the shapes: B texts, T word pieces, L words, W widths of spans, D states' width, M mentions, E entities.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from kg.extract.candidates import N_FEATURES
from kg.train.encoder import Encoder, load_encoder
from kg.train.entities import N_KINDS, N_ROLES
from kg.train.recipe import N_WIDTHS

WEIGHTS = "network.safetensors"


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


class EntityHead(nn.Module):
    """One decision an entity from all its mentions: none or a type, and a role."""

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.mention = nn.Linear(3 * width, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.weight = nn.Linear(hidden, 1)
        self.features = nn.Linear(N_FEATURES, hidden)
        self.paper = nn.Linear(width, hidden)
        self.mix = nn.Linear(4 * hidden, hidden)
        self.kind, self.role = nn.Linear(hidden, N_KINDS), nn.Linear(hidden, N_ROLES)
        self.drop = nn.Dropout(dropout)

    def forward(
        self, first: Tensor, last: Tensor, inside: Tensor, member: Tensor, features: Tensor, paper: Tensor
    ) -> tuple[Tensor, Tensor]:
        """States of the mentions' ends and their mean (M, D), member (E, M), features (E, F), [CLS] of each entity's paper (E, D).

        Gives scores of none and each type (E, 1 + types) and of each role (E, roles).
        """
        mentions = functional.gelu(self.norm(self.mention(self.drop(torch.cat([first, last, inside], 1))))).float()
        weights = torch.softmax(self.weight(mentions).float().T.masked_fill(~member, -1e4), 1)
        share = member.float() / member.float().sum(1, keepdim=True)
        parts = [weights @ mentions, share @ mentions, self.features(features).float(), self.paper(self.drop(paper)).float()]
        hidden = self.drop(functional.gelu(self.mix(self.drop(torch.cat(parts, 1)))))
        return self.kind(hidden).float(), self.role(hidden).float()


class Network(nn.Module):
    """An encoder with both heads."""

    def __init__(self, encoder: Encoder, widths: int = N_WIDTHS, hidden: int = 256, dropout: float = 0.2) -> None:
        super().__init__()
        self.encoder = encoder
        self.spans = SpanHead(encoder.size.width, widths, hidden, dropout)
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


def save_network(network: Network, folder: Path) -> None:
    """Write the weights (32 bits)."""
    save_file({name: value.contiguous().cpu() for name, value in network.state_dict().items()}, folder / WEIGHTS)


def load_network(folder: Path, start: Path, layers: int | None = None) -> Network:
    """A trained network whose encoder started from the folder `start`, ready for use."""
    network = Network(load_encoder(start, layers))
    network.load_state_dict(load_file(folder / WEIGHTS))
    return network.eval()
