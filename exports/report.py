"""What every exporter gives back, and the form of its function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from schemas.layout import Layout

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

    def __call__(self, graph: nx.MultiDiGraph, target: Path | str, layout: Layout | None, /, **options: Any) -> ExportReport:
        """Write `graph` to `target` whole or not at all; `layout` is for those that draw."""
        ...
