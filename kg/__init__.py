"""paperkg: lists of research papers -> a knowledge graph of methods, datasets, tasks, metrics and links.

>>> import kg
>>> graph = kg.build(["examples/*.txt"])          # an nx.MultiDiGraph
>>> kg.save(graph, "graph")                       # a graph directory; kg.load reads it
>>> kg.export(graph, "html", "graph.html")
>>> kg.show(graph)                                # the same page, in a notebook
>>> kg.trends(graph)                              # a pandas frame: docs/analysis.md has all of them
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg._origin import check_origin

check_origin()  # before anything of ours is imported from the generic names `schemas` and `exports`

from exports import EXPORTERS, Exporter, ExportReport, exporter  # noqa: E402
from kg.analysis import (  # noqa: E402
    co_occurrence,
    communities,
    compare,
    coverage,
    frame,
    leading,
    lineage,
    similar_papers,
    subgraph,
    timeline,
    trends,
)
from kg.extract import DEFAULT as DEFAULT_MODEL  # noqa: E402
from kg.extract import extract  # noqa: E402
from kg.query import query  # noqa: E402
from kg.read import ReadOptions, read  # noqa: E402
from schemas.errors import (  # noqa: E402
    EngineError,
    FormatError,
    GraphError,
    InputError,
    MissingExtraError,
    ModelError,
    OptionError,
    PaperkgError,
    QueryError,
    RecordError,
    ServerError,
    TargetError,
)

if TYPE_CHECKING:
    import networkx as nx

    from exports.html_inline import InlinePage

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_MODEL",
    "EXPORTERS",
    "EngineError",
    "ExportReport",
    "Exporter",
    "FormatError",
    "GraphError",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "OptionError",
    "PaperkgError",
    "QueryError",
    "ReadOptions",
    "RecordError",
    "ServerError",
    "TargetError",
    "build",
    "co_occurrence",
    "communities",
    "compare",
    "coverage",
    "export",
    "exporter",
    "extract",
    "frame",
    "leading",
    "lineage",
    "load",
    "query",
    "read",
    "read_neo4j",
    "save",
    "show",
    "similar_papers",
    "subgraph",
    "timeline",
    "trends",
    "update",
]

Place = str | os.PathLike[str]


def build(
    inputs: Place | Iterable[Place],
    *,
    format: str | None = None,
    year: int | None = None,
    skip_bad: bool = False,
    columns: Mapping[str, str] | None = None,
    model: str = DEFAULT_MODEL,
    min_confidence: float = 0.0,
    overrides: Place | None = None,
    cache: Place | None = None,
) -> nx.MultiDiGraph:
    """Build the graph of the papers in `inputs` (files, folders, globs, "-"), in memory.

    A node's key is its id and `kind` its label; an edge's key is its id and `kind` its type (`kg schema` prints all).
    The arguments are those of `read` and `extract`; `overrides` is a file that corrects the resolver; `cache` a folder
    that keeps extractions for later builds. Raises InputError and ModelError.
    """
    from kg import pipeline

    read_options = ReadOptions(format, year, skip_bad, columns or {})
    extract_options = pipeline.ExtractOptions(model, min_confidence, cache=_path(cache))
    return pipeline.build(inputs, read_options, extract_options, _path(overrides)).graph()


def update(
    directory: Place,
    inputs: Place | Iterable[Place],
    *,
    format: str | None = None,
    year: int | None = None,
    skip_bad: bool = False,
    columns: Mapping[str, str] | None = None,
    model: str | None = None,
    overrides: Place | None = None,
    cache: Place | None = None,
) -> nx.MultiDiGraph:
    """Add the papers in `inputs` to the graph directory `directory`, and return the graph: that of a build of all its inputs.

    Inputs that were read before are not read again, and only new texts are extracted, by the model that the graph was made
    with (`model` is its folder, when it is none of the shipped ones). The other arguments are those of `build`. The
    directory is changed whole or not at all. Raises InputError, ModelError, GraphError and TargetError.
    """
    from kg import growth, pipeline

    read_options, extract_options = ReadOptions(format, year, skip_bad, columns or {}), pipeline.ExtractOptions(cache=_path(cache))
    return growth.update(Path(directory), inputs, read_options, extract_options, _path(overrides), model).build.graph()


def _path(place: Place | None) -> Path | None:
    return None if place is None else Path(place)


def save(graph: nx.MultiDiGraph, directory: Place) -> None:
    """Write `graph` as a graph directory, whole or not at all; raises GraphError and TargetError."""
    from kg.graph.store import save_graph

    save_graph(graph, Path(directory))


def load(directory: Place) -> nx.MultiDiGraph:
    """The graph in a graph directory; raises GraphError."""
    from kg.graph.store import load_graph

    return load_graph(Path(directory))


def export(graph: nx.MultiDiGraph, to: str, target: Place, **options: Any) -> ExportReport:
    """Write `graph` to `target` (a file, a folder, or the address of a server) in the format `to`, a key of EXPORTERS.

    A file or folder appears whole or not at all. `options` are those that the exporter has (`EXPORTERS[to].options`): for
    "html" renderer ("auto", "pyvis" or "canvas"); for "neo4j" user, password, database, name (of the graph in the
    database), prune, dry_run; for "neo4j-import" and "cypher" name; for "markdown" and "report" top (rows of a table) and
    title. Raises GraphError when the graph does not fit the
    schema, OptionError when the format or an option is unknown, TargetError when the file cannot be written, ServerError when a server
    cannot be used.
    """
    from kg.graph.check import check_graph

    chosen = exporter(to)
    check_graph(graph)
    places = overview = None
    if chosen.needs_layout:
        from kg.graph.layout import layout

        places = layout(graph)
    if chosen.needs_overview:
        from kg.analysis.overview import TITLE, TOP, make_overview

        overview = make_overview(graph, top=options.pop("top", TOP), title=options.pop("title", TITLE))
    return chosen.write(graph, os.fspath(target), places, overview, **options)


def read_neo4j(
    uri: str, *, user: str | None = None, password: str | None = None, database: str | None = None, name: str = "paperkg"
) -> nx.MultiDiGraph:
    """The graph that was exported under `name` to the Neo4j server at `uri`.

    User and password come from NEO4J_USERNAME and NEO4J_PASSWORD where they are not given. Raises ServerError when the
    server cannot be used or has no such graph, GraphError when what it has does not fit the schema.
    """
    from exports.neo4j.reading import read_records
    from kg.graph.build import assemble

    return assemble(*read_records(uri, user=user, password=password, database=database, name=name))


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
