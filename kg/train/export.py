"""Trained networks as ONNX graphs of 32-bit numbers: one for spans, one for entities.

In the shapes: T word pieces, L words, W widths, N networks of width D, M mentions, E entities.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from kg.extract.candidates import N_FEATURES
from kg.extract.likeness import N_LIKENESS
from kg.train.network import EntityInputs, Network

_LEAST_CHANCE = 1e-9  # so that its logarithm is finite
_MOST = 100_000  # entities and mentions of a paper


class PieceTable(nn.Module):
    """The embedding of the word pieces in 8 bits, one scale a piece."""

    table: Tensor
    scale: Tensor

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        scale = weights.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
        self.register_buffer("table", torch.round(weights / scale).to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        """(T,) -> (T, D)."""
        return self.table[ids].float() * self.scale[ids]


class SpanGraph(nn.Module):
    """One window of one paper through all networks."""

    def __init__(self, networks: Sequence[Network]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.tables = nn.ModuleList(PieceTable(network.encoder.pieces.weight.detach()) for network in networks)

    def forward(self, ids: Tensor, shapes: Tensor, fields: Tensor, first: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Pieces (T,) and words (L,) -> mean log-probabilities (L, W, 1 + types) and the states side by side (T, N * D)."""
        states, chances = [], []
        for network, table in zip(self.networks, self.tables, strict=True):
            own, scores = self._one(network, table, (ids, shapes, fields), first, last)
            states.append(own)
            chances.append(torch.softmax(scores, -1)[0])
        return torch.log(_mean(chances).clamp_min(_LEAST_CHANCE)), torch.cat(states, 1) if len(states) > 1 else states[0]

    @staticmethod
    def _one(network: Any, table: nn.Module, pieces: tuple[Tensor, Tensor, Tensor], first: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        ids, shapes, fields = pieces
        encoder = network.encoder
        states = encoder.norm(table(ids) + encoder.positions.weight[: ids.shape[0]] + encoder.shapes(shapes) + encoder.fields(fields))[None]
        for layer in encoder.layers:
            states = layer(states, None)
        return states[0], network.spans(states[:, first], states[:, last])


class EntityGraph(nn.Module):
    """The entity networks side by side."""

    def __init__(self, networks: Sequence[Network]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(network.entities for network in networks)

    def forward(
        self, first: Tensor, last: Tensor, inside: Tensor, member: Tensor, features: Tensor, paper: Tensor, likeness: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As EntityInputs, the states of all networks side by side.

        Gives mean log-probabilities of the kinds, mean scores of the roles, and mean probabilities (E, E) of being one entity.
        """
        split = zip(*(states.chunk(len(self.heads), 1) for states in (first, last, inside, paper)), strict=True)
        inputs = [EntityInputs(a, b, c, member, features, d, likeness) for a, b, c, d in split]
        scores = [head(own) for head, own in zip(self.heads, inputs, strict=True)]
        kinds = _mean([torch.softmax(kind, 1) for kind, _, _ in scores])
        same = [torch.sigmoid(head.pairs(own[:, None], own[None], likeness)) for head, (_, _, own) in zip(self.heads, scores, strict=True)]
        return torch.log(kinds.clamp_min(_LEAST_CHANCE)), _mean([role for _, role, _ in scores]), _mean(same)


def _mean(tensors: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(tensors)).mean(0) if len(tensors) > 1 else tensors[0]


def write_span_graph(networks: Sequence[Network], path: Path) -> None:
    """Write the graph with the inputs and outputs that kg.extract.span_model names."""
    inputs = tuple(torch.zeros(n, dtype=torch.long) for n in (20, 20, 20, 15, 15))
    positions = min(network.encoder.size.positions for network in networks)
    pieces, words = torch.export.Dim("pieces", min=3, max=positions), torch.export.Dim("words", min=2, max=positions)
    names = ("ids", "shapes", "fields", "first", "last")
    _write(SpanGraph(copy.deepcopy(list(networks))), inputs, names, ("spans", "states"), ({0: pieces},) * 3 + ({0: words},) * 2, path)


def write_entity_graph(networks: Sequence[Network], path: Path) -> None:
    """Write the graph with the inputs and outputs that kg.extract.span_model names."""
    width = sum(network.encoder.size.width for network in networks)
    entities, mentions = torch.export.Dim("entities", min=1, max=_MOST), torch.export.Dim("mentions", min=1, max=_MOST)
    member = torch.ones(3, 5, dtype=torch.bool)
    states = (torch.zeros(5, width) for _ in range(3))
    inputs = (*states, member, torch.zeros(3, N_FEATURES), torch.zeros(3, width), torch.zeros(3, 3, N_LIKENESS))
    shapes = ({0: mentions},) * 3 + ({0: entities, 1: mentions}, {0: entities}, {0: entities}, {0: entities, 1: entities})
    _write(EntityGraph(copy.deepcopy(list(networks))), inputs, EntityInputs._fields, ("kinds", "roles", "same"), shapes, path)


def _write(
    module: nn.Module, inputs: tuple[Tensor, ...], names: Sequence[str], outputs: Sequence[str], shapes: tuple[Any, ...], path: Path
) -> None:
    program = torch.onnx.export(
        module.cpu().eval(),
        inputs,
        input_names=names,
        output_names=outputs,
        dynamic_shapes=shapes,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    if program is None:
        raise RuntimeError("torch.onnx.export gave no program")
    program.save(str(path))
    _forget_sources(path)


def _forget_sources(path: Path) -> None:
    """Take out what the exporter notes of each node: the files and lines of code, with the folders of this machine."""
    model = onnx.load(path)
    graphs = [model.graph, *model.functions]
    for part in (model, *graphs, *(node for graph in graphs for node in graph.node), *model.graph.value_info, *model.graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]
    onnx.save(model, path)
