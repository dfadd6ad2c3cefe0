"""What every exporter gives back, and the form of its function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class ExportReport:
    """What was written."""

    target: Path | str  # a file, a folder, or where in a server
    n_nodes: int
    n_edges: int
    notes: tuple[str, ...] = ()  # what the format cannot hold, one line each


class Writer(Protocol):
    """The function `write` of an exporter's module."""

    def __call__(
        self, graph: nx.MultiDiGraph, target: Path | str, positions: Mapping[str, tuple[float, float]] | None, **options: Any
    ) -> ExportReport:
        """Write `graph` to `target` whole or not at all; `positions` of nodes in page units, for those that draw."""
        ...
