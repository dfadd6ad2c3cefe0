"""A report as one HTML page: an overview as headings and tables; no script, no request, whatever the data hold."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from importlib import resources
from pathlib import Path

import networkx as nx

from exports.markdown import NOTES
from exports.report import ExportReport
from schemas.layout import Layout
from schemas.overview import Cell, Overview, Section, Text
from schemas.writing import whole_file


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None, *, overview: Overview) -> ExportReport:
    """Write an overview of `graph`; names and titles are escaped, so that they cannot become markup."""
    with whole_file(target) as stream:
        stream.write(report_text(overview))
    return ExportReport(target, len(graph), graph.number_of_edges(), NOTES)


def report_text(overview: Overview) -> str:
    """The page of an overview; its policy lets its style in, and nothing else."""
    style = resources.files("exports").joinpath("page", "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    lines = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">',
        f"<title>{escape(overview.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>",
        f"<h1>{_isolated(overview.title)}</h1>\n<p>{escape(overview.summary)}</p>",
        _contents(overview),
        *(line for number, section in enumerate(overview.sections) for line in _section(number, section)),
        "</main>\n</body>\n</html>\n",
    ]
    return "\n".join(lines)


def _contents(overview: Overview) -> str:
    places = (f'<a href="#part-{number}">{escape(section.heading)}</a>' for number, section in enumerate(overview.sections))
    return f'<nav aria-label="Contents">{" ".join(places)}</nav>'


def _section(number: int, section: Section) -> Iterator[str]:
    yield f'<section aria-labelledby="part-{number}">\n<h2 id="part-{number}">{escape(section.heading)}</h2>'
    if section.note:
        yield f"<p>{escape(section.note)}</p>"
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in section.columns)
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    for row in section.rows:
        yield f"<tr>{''.join(map(_cell, row))}</tr>"
    yield "</tbody>\n</table>\n</section>"


def _cell(cell: Cell) -> str:
    text = "; ".join(map(_text, cell.texts))
    if cell.share is None:
        return f"<td>{text}</td>"
    return f'<td><meter value="{cell.share:.4f}" aria-hidden="true"></meter> {text}</td>'


def _text(text: Text) -> str:
    return f'<a href="{escape(text.href)}" rel="noopener noreferrer">{_isolated(text.text)}</a>' if text.href else _isolated(text.text)


def _isolated(text: str) -> str:
    """A text whose direction of writing ends with it."""
    return f"<bdi>{escape(text)}</bdi>"
