"""A BERT encoder of MiniLM-L6's sizes, which is told the case of each word and its field beside the word pieces.

In the shapes: B texts, T word pieces, D states' width.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from kg.extract.units import N_SHAPES
from kg.train.start import StartFiles
from schemas.errors import ModelError

SIZES, WEIGHTS, TOKENIZER = "encoder.json", "encoder.safetensors", "tokenizer.json"


@dataclass(frozen=True)
class EncoderSize:
    """Sizes of an encoder."""

    pieces: int  # of the vocabulary
    width: int = 384
    layers: int = 6
    heads: int = 12
    inner: int = 1536
    positions: int = 512
    shapes: int = N_SHAPES
    fields: int = 3  # special pieces, title, abstract


class Layer(nn.Module):
    """One transformer layer, normalised after each half."""

    def __init__(self, size: EncoderSize, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = size.heads, dropout
        self.query = nn.Linear(size.width, size.width)
        self.key = nn.Linear(size.width, size.width)
        self.value = nn.Linear(size.width, size.width)
        self.out = nn.Linear(size.width, size.width)
        self.norm1 = nn.LayerNorm(size.width, eps=1e-12)
        self.up = nn.Linear(size.width, size.inner)
        self.down = nn.Linear(size.inner, size.width)
        self.norm2 = nn.LayerNorm(size.width, eps=1e-12)

    def attend(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """(B, T, D), mask (B, 1, 1, T) added to the scores -> (B, T, D)."""
        texts, length, width = states.shape
        shape = (texts, length, self.heads, width // self.heads)
        query, key, value = (part(states).view(shape).transpose(1, 2) for part in (self.query, self.key, self.value))
        # written out: on processors its backward pass is faster than that of scaled_dot_product_attention
        scores = (query * (width // self.heads) ** -0.5) @ key.transpose(-1, -2)
        mixed = torch.softmax(scores if mask is None else scores + mask.to(query.dtype), -1) @ value
        return self.out(mixed.transpose(1, 2).reshape(texts, length, width))

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """(B, T, D) -> (B, T, D)."""
        states = self.norm1(states + functional.dropout(self.attend(states, mask), self.dropout, self.training))
        changed = self.down(functional.gelu(self.up(states)))
        return self.norm2(states + functional.dropout(changed, self.dropout, self.training))


class Encoder(nn.Module):
    """Word pieces with their features -> contextual states."""

    def __init__(self, size: EncoderSize, dropout: float = 0.1) -> None:
        super().__init__()
        self.size, self.dropout = size, dropout
        self.pieces = nn.Embedding(size.pieces, size.width)
        self.positions = nn.Embedding(size.positions, size.width)
        self.shapes = nn.Embedding(size.shapes, size.width)
        self.fields = nn.Embedding(size.fields, size.width)
        self.norm = nn.LayerNorm(size.width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(size, dropout) for _ in range(size.layers))

    def embed(self, ids: Tensor, shapes: Tensor, fields: Tensor) -> Tensor:
        """(B, T) integers each -> (B, T, D)."""
        places = torch.arange(ids.shape[1], device=ids.device)
        states = self.pieces(ids) + self.positions(places) + self.shapes(shapes) + self.fields(fields)
        return functional.dropout(self.norm(states), self.dropout, self.training)

    def forward(self, ids: Tensor, shapes: Tensor, fields: Tensor, real: Tensor | None = None) -> Tensor:
        """(B, T) integers each, `real` (B, T) True at pieces that are no padding -> (B, T, D)."""
        states = self.embed(ids, shapes, fields)
        mask = None if real is None else torch.zeros_like(real, dtype=states.dtype).masked_fill(~real, -1e4)[:, None, None]
        for layer in self.layers:
            states = layer(states, mask)
        return states


_MINILM_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "out": "attention.output.dense",
    "norm1": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "norm2": "output.LayerNorm",
}  # name inside a layer -> MiniLM's name


def from_minilm(start: StartFiles, kept: list[int]) -> Encoder:
    """MiniLM with the word pieces `kept` (old ids in their new order); what tells case and field starts at zero.

    Raises ModelError when the files do not hold such an encoder.
    """
    try:
        config = json.loads(start.config.read_text("utf-8"))
        size = EncoderSize(
            pieces=len(kept),
            width=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            inner=config["intermediate_size"],
            positions=config["max_position_embeddings"],
        )
        encoder = Encoder(size, dropout=0.0)
        old = {name.removeprefix("bert."): value.float() for name, value in load_file(start.weights).items()}
        encoder.load_state_dict(_renamed(old, kept, size))
    except (KeyError, ValueError, RuntimeError, SafetensorError) as error:
        problem = f"does not hold a BERT encoder like MiniLM-L6 ({type(error).__name__}: {error})"
        raise ModelError(str(start.weights.parent), problem) from error
    return encoder


def _renamed(old: dict[str, Tensor], kept: list[int], size: EncoderSize) -> dict[str, Tensor]:
    """MiniLM's weights under our names."""
    new = {
        "pieces.weight": old["embeddings.word_embeddings.weight"][torch.tensor(kept)],
        "positions.weight": old["embeddings.position_embeddings.weight"] + old["embeddings.token_type_embeddings.weight"][0],
        "shapes.weight": torch.zeros(size.shapes, size.width),
        "fields.weight": torch.zeros(size.fields, size.width),
    }
    for end in ("weight", "bias"):
        new[f"norm.{end}"] = old[f"embeddings.LayerNorm.{end}"]
        for layer in range(size.layers):
            for ours, theirs in _MINILM_NAMES.items():
                new[f"layers.{layer}.{ours}.{end}"] = old[f"encoder.layer.{layer}.{theirs}.{end}"]
    return new


def save_encoder(encoder: Encoder, folder: Path) -> None:
    """Write weights (32 bits) and sizes."""
    save_file({name: value.contiguous().cpu() for name, value in encoder.state_dict().items()}, folder / WEIGHTS)
    (folder / SIZES).write_text(json.dumps(asdict(encoder.size)) + "\n", "utf-8", newline="\n")


def load_encoder(folder: Path, layers: int | None = None, inner: int | None = None, dropout: float = 0.1) -> Encoder:
    """What `save_encoder` wrote; only its lowest `layers`, and of each layer the `inner` units that weigh most, where given."""
    saved = EncoderSize(**json.loads((folder / SIZES).read_text("utf-8")))
    encoder = Encoder(replace(saved, layers=layers or saved.layers, inner=inner or saved.inner), dropout)
    weights = load_file(folder / WEIGHTS)
    for layer in range(encoder.size.layers):
        _narrow(weights, f"layers.{layer}", encoder.size.inner)
    encoder.load_state_dict({name: weights[name] for name in encoder.state_dict()})
    return encoder


def _narrow(weights: dict[str, Tensor], layer: str, inner: int) -> None:
    """Keep the `inner` units of a layer whose weights, into them times out of them, are largest."""
    weight = weights[f"{layer}.up.weight"].norm(dim=1) * weights[f"{layer}.down.weight"].norm(dim=0)
    kept = weight.topk(inner).indices.sort().values
    for name in ("up.weight", "up.bias"):
        weights[f"{layer}.{name}"] = weights[f"{layer}.{name}"][kept]
    weights[f"{layer}.down.weight"] = weights[f"{layer}.down.weight"][:, kept]
