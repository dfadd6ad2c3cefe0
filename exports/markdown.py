"""A report in Markdown: an overview as headings and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

from exports.report import ExportReport
from schemas.layout import Layout
from schemas.overview import Cell, Overview, Section, Text
from schemas.writing import whole_file

# The last two begin addresses, which GitHub's dialect makes links of wherever they stand.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#|!~&$]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_NO_ADDRESS = re.compile(r"[<>\\|\s]")
NOTES = ("a summary: counts and the first rows of each table, no evidence",)


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None, *, overview: Overview) -> ExportReport:
    """Write an overview of `graph`; names and titles are escaped, so that they cannot become markup."""
    with whole_file(target) as stream:
        stream.write(markdown_text(overview))
    return ExportReport(target, len(graph), graph.number_of_edges(), NOTES)


def markdown_text(overview: Overview) -> str:
    """The overview as Markdown (the tables are those of GitHub's dialect)."""
    lines = [f"# {_escaped(overview.title)}", "", _escaped(overview.summary)]
    return "\n".join([*lines, *(line for section in overview.sections for line in _lines(section))]) + "\n"


def _lines(section: Section) -> Iterator[str]:
    yield from ["", f"## {_escaped(section.heading)}", ""]
    if section.note:
        yield from [_escaped(section.note), ""]
    yield from [_row(map(_escaped, section.columns)), _row("---" for _ in section.columns).replace(" ", "")]
    yield from (_row(map(_cell, row)) for row in section.rows)


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return "; ".join(map(_text, cell.texts))


def _text(text: Text) -> str:
    escaped = _escaped(text.text)
    return f"[{escaped}](<{_NO_ADDRESS.sub(_encoded, text.href)}>)" if text.href else escaped


def _encoded(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
