"""A finished model as a network that can be trained further: its ONNX graphs, read back as weights.

The graphs keep the names of biases, norms and small tables. What is multiplied has lost its name, and is known by the bias that is
added to the product; small numbers are made 32 bits wide again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from kg.extract.likeness import Array
from kg.train.encoder import Encoder, EncoderSize
from kg.train.network import Network
from schemas.errors import ModelError

_SPANS, _ENTITIES = "networks.0.", "heads.0."  # what the names of the first network begin with in the two graphs
_SMALL = "_quantized", "_scale", "_zero_point"  # ends of the names that onnxruntime gives to quantized weights
_HALF = "_half"


def reopened(folder: Path) -> Network:
    """The network of a model folder; raises ModelError when it is none of ours, or the mean of several networks."""
    try:
        spans, entities = _Graph(folder / "spans.onnx", _SPANS), _Graph(folder / "entities.onnx", _ENTITIES)
        if any(name.startswith("networks.1.") for name in spans.constants):
            raise ValueError("it is the mean of several networks; only a model of one can be trained further")
        weights = dict(spans.weights()) | {f"entities.{name}": value for name, value in entities.weights()}
        weights["encoder.pieces.weight"] = spans.piece_table()
        weights["spans.size.weight"] = np.stack(spans.nameless_rows(len(weights["spans.norm.bias"])))
        network = Network(Encoder(_encoder_size(weights, spans.heads())), len(weights["spans.norm.bias"]))
        network.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    except (OSError, ValueError, LookupError, RuntimeError, StopIteration) as error:
        problem = f"its graphs cannot be read back for training ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
        raise ModelError(str(folder), problem) from error
    return network.eval()


def _encoder_size(weights: dict[str, Array], heads: int) -> EncoderSize:
    (pieces, width), (inner, _) = weights["encoder.pieces.weight"].shape, weights["encoder.layers.0.up.weight"].shape
    positions, shapes, fields = (len(weights[f"encoder.{name}.weight"]) for name in ("positions", "shapes", "fields"))
    layers = sum(name.endswith("up.bias") and name.startswith("encoder.layers.") for name in weights)
    return EncoderSize(pieces, width, layers, heads, inner, positions, shapes, fields)


class _Graph:
    """One ONNX graph of a model: its numbers, and what is done with them."""

    def __init__(self, file: Path, prefix: str) -> None:
        graph = onnx.load(file).graph
        self._prefix, self._nodes = prefix, list(graph.node)
        self.constants: dict[str, Array] = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self._users: dict[str, onnx.NodeProto] = {name: node for node in reversed(self._nodes) for name in node.input}
        casts = [node for node in self._nodes if node.op_type == "Cast" and node.input[0] in self.constants]
        self.constants |= {node.output[0]: self.constants[node.input[0]].astype(np.float32) for node in casts}

    def weights(self) -> Iterator[tuple[str, Array]]:
        """(name inside the network, numbers of 32 bits) of what has a name, and of what is multiplied."""
        for name, value in self.constants.items():
            if name.startswith(self._prefix):
                yield name.removeprefix(self._prefix).removesuffix(_HALF), value.astype(np.float32)
        for node in self._nodes:
            factor = self._factor(node)
            if factor is not None:
                yield self._bias_after(node).removesuffix("bias") + "weight", np.ascontiguousarray(factor.T)

    def _factor(self, node: onnx.NodeProto) -> Array | None:
        """The nameless weights (inputs, outputs) that a product has as its second factor."""
        name = node.input[1] if len(node.input) > 1 else ""
        if node.op_type == "MatMulInteger":
            stem = name.removesuffix(_SMALL[0])
            weights: Array = (self.constants[name].astype(np.float32) - self.constants[stem + _SMALL[2]]) * self.constants[stem + _SMALL[1]]
            return weights.astype(np.float32)
        return self.constants.get(name) if node.op_type == "MatMul" and not name.startswith(self._prefix) else None

    def _bias_after(self, node: onnx.NodeProto) -> str:
        """The name of the bias that is added to a product, whatever stands between."""
        while node.op_type != "Add":
            node = self._users[node.output[0]]
        return next(name for name in node.input if name.startswith(self._prefix)).removeprefix(self._prefix)

    def piece_table(self) -> Array:
        """(pieces, width) the embedding of the word pieces: numbers of 8 bits times a scale a piece."""
        looked_up = (node.input[0] for node in self._nodes if node.op_type == "GatherND")
        table, scale = (self.constants[name] for name in looked_up if name in self.constants)
        return np.asarray(table.astype(np.float32) * scale, np.float32)

    def nameless_rows(self, width: int) -> list[Array]:
        """The rows (width,) without a name that are added, in their order: what a span's number of words adds to it."""
        added = (name for node in self._nodes if node.op_type == "Add" for name in node.input if name in self.constants)
        return [self.constants[name] for name in added if not name.startswith(self._prefix) and self.constants[name].shape == (width,)]

    def heads(self) -> int:
        """Heads of attention, from the shape (1, pieces, heads, width of a head) that states are given."""
        return next(int(value[2]) for value in self.constants.values() if value.shape == (4,) and value.dtype == np.int64)
