"""paperkg: lists of research papers -> a knowledge graph of methods, datasets, tasks, metrics and links.

>>> import kg
>>> graph = kg.build(["examples/*.txt"])          # an nx.MultiDiGraph
>>> kg.save(graph, "graph")                       # a graph directory; kg.load reads it
>>> kg.export(graph, "html", "graph.html")
>>> kg.show(graph)                                # the same page, in a notebook
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg._origin import check_origin

check_origin()  # before anything of ours is imported from the generic names `schemas` and `exports`

from exports import EXPORTERS, ExportReport, exporter  # noqa: E402
from kg.extract import DEFAULT as DEFAULT_MODEL  # noqa: E402
from kg.extract import extract  # noqa: E402
from kg.read import ReadOptions, read  # noqa: E402
from schemas.errors import FormatError, GraphError, InputError, ModelError, PaperkgError, RecordError, TargetError  # noqa: E402

if TYPE_CHECKING:
    import networkx as nx

    from exports.html_inline import InlinePage

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_MODEL",
    "EXPORTERS",
    "ExportReport",
    "FormatError",
    "GraphError",
    "InputError",
    "ModelError",
    "PaperkgError",
    "ReadOptions",
    "RecordError",
    "TargetError",
    "build",
    "export",
    "exporter",
    "extract",
    "load",
    "read",
    "save",
    "show",
]

Place = str | os.PathLike[str]


def build(
    inputs: Place | Iterable[Place],
    *,
    format: str | None = None,
    year: int | None = None,
    skip_bad: bool = False,
    model: str = DEFAULT_MODEL,
    min_confidence: float = 0.0,
    overrides: Place | None = None,
) -> nx.MultiDiGraph:
    """Build the graph of the papers in `inputs` (files, folders, globs, "-"), in memory.

    A node's key is its id and `kind` its label; an edge's key is its id and `kind` its type (`kg schema` prints all).
    The arguments are those of `read` and `extract`; `overrides` is a file that corrects the resolver. Raises InputError
    and ModelError.
    """
    from kg import pipeline

    corrections = None if overrides is None else Path(overrides)
    return pipeline.build(inputs, ReadOptions(format, year, skip_bad), pipeline.ExtractOptions(model, min_confidence), corrections).graph


def save(graph: nx.MultiDiGraph, directory: Place) -> None:
    """Write `graph` as a graph directory, whole or not at all; raises GraphError and TargetError."""
    from kg.graph.store import save_graph

    save_graph(graph, Path(directory))


def load(directory: Place) -> nx.MultiDiGraph:
    """The graph in a graph directory; raises GraphError."""
    from kg.graph.store import load_graph

    return load_graph(Path(directory))


def export(graph: nx.MultiDiGraph, to: str, target: Place, **options: Any) -> ExportReport:
    """Write `graph` to the file `target` in the format `to` (a key of EXPORTERS), whole or not at all.

    `options` are those of the format: html takes `renderer` ("auto", "pyvis" or "canvas").

    Raises GraphError when the graph does not fit the schema, TargetError when the format is unknown or the file cannot
    be written.
    """
    from kg.graph.check import check_graph

    chosen = exporter(to)
    check_graph(graph)
    places = None
    if chosen.needs_layout:
        from kg.graph.layout import layout

        places = layout(graph)
    return chosen.write(graph, Path(target), places, **options)


def show(graph: nx.MultiDiGraph, *, height: int = 640, renderer: str = "auto") -> InlinePage:
    """The interactive page of `graph` inside a notebook, `height` pixels high; `renderer` as in `export`.

    Raises GraphError when the graph does not fit the schema.
    """
    from exports.html import chosen_renderer, page_text
    from exports.html_inline import InlinePage
    from kg.graph.check import check_graph
    from kg.graph.layout import layout

    check_graph(graph)
    return InlinePage(page_text(graph, layout(graph), chosen_renderer(graph, renderer)), height)
