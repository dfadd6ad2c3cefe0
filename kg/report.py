"""`kg report`: a page of a field, as HTML or Markdown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import kg
from exports import ExportReport
from kg.pipeline import STANDARD_OUTPUT
from schemas.errors import TargetError

if TYPE_CHECKING:
    import networkx as nx

_FORMATS = {".html": "report", ".htm": "report", ".md": "markdown", ".markdown": "markdown"}  # by the end of the file's name


def report(graph: nx.MultiDiGraph, output: str, *, top: int, title: str) -> ExportReport:
    """Write a report of `graph` to the file `output`, whose name says the format, or as Markdown to standard output ("-").

    Raises GraphError when the graph does not fit the schema, TargetError when the file cannot be written.
    """
    if output != STANDARD_OUTPUT:
        return kg.export(graph, _format_of(output), output, top=top, title=title)
    from exports.markdown import NOTES, markdown_text
    from kg.analysis.overview import make_overview
    from kg.graph.check import check_graph

    check_graph(graph)
    sys.stdout.write(markdown_text(make_overview(graph, top=top, title=title)))
    return ExportReport(output, len(graph), graph.number_of_edges(), NOTES)


def _format_of(output: str) -> str:
    suffix = Path(output).suffix.lower()
    if suffix not in _FORMATS:
        raise TargetError(output, "a report is a page or Markdown; name a file that ends with .html or .md")
    return _FORMATS[suffix]
