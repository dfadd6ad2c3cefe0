"""The interactive page: one self-contained file; small graphs are drawn by the engine that pyvis carries, large ones by ours.

The graph is embedded as JSON in a block that is never executed; scripts and styles are allowed by their hashes alone, and
the page may load nothing. Text from the graph reaches the page through `textContent` only, and the policy forbids every
other way (`require-trusted-types-for`).
"""

from __future__ import annotations

import base64
import hashlib
import string
from importlib import resources
from pathlib import Path

import networkx as nx

from exports.html_data import embedded, page_data
from exports.report import ExportReport
from schemas.errors import OptionError
from schemas.layout import Layout
from schemas.writing import whole_file

RENDERERS = ("auto", "pyvis", "canvas")
LARGEST_FOR_PYVIS = 3000  # nodes: above, panning over all of them falls under 20 frames a second (benchmarks/html.py)
_ENGINE = "templates/lib/vis-9.1.2/vis-network.min.js"  # in the pyvis package
_SCRIPTS = (
    "model", "filters", "address", "places", "scene", "svg", "canvas", "vis", "dom", "search", "panel", "list", "controls", "keys", "page",
)  # fmt: skip


def write(graph: nx.MultiDiGraph, target: Path, layout: Layout | None = None, renderer: str = "auto") -> ExportReport:
    """Write `graph` as one page; `renderer` is one of RENDERERS. Nodes without a place stand at the origin."""
    chosen = chosen_renderer(graph, renderer)
    text = page_text(graph, layout or Layout({}), chosen)
    with whole_file(target) as stream:
        stream.write(text)
    return ExportReport(target, len(graph), graph.number_of_edges(), (f"drawn by {chosen}",))


def chosen_renderer(graph: nx.MultiDiGraph, renderer: str = "auto") -> str:
    """The renderer for `graph`; raises OptionError that names the choices."""
    if renderer not in RENDERERS:
        raise OptionError(f"unknown renderer {renderer!r}; choose one of {', '.join(RENDERERS)}")
    if renderer != "auto":
        return renderer
    return "pyvis" if len(graph) <= LARGEST_FOR_PYVIS else "canvas"


def page_text(graph: nx.MultiDiGraph, layout: Layout, renderer: str) -> str:
    """The page of `graph`, whole; `renderer` is pyvis or canvas."""
    page = resources.files("exports").joinpath("page")
    scripts = [_script("".join(page.joinpath(f"{name}.js").read_text("utf-8") for name in _SCRIPTS))]
    if renderer == "pyvis":
        scripts.insert(0, _script(resources.files("pyvis").joinpath(_ENGINE).read_text("utf-8")))
    style = page.joinpath("page.css").read_text("utf-8")
    return string.Template(page.joinpath("page.html").read_text("utf-8")).substitute(
        policy=_policy(scripts, style),
        style=style,
        renderer=renderer,
        data=embedded(page_data(graph, layout)),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def _script(code: str) -> str:
    """The code as it stands in the page: without the reference to a source map, which a browser would fetch."""
    lines = code.replace("\r\n", "\n").split("\n")
    return "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL"))


def _policy(scripts: list[str], style: str) -> str:
    """A policy that lets these scripts and this style in, and nothing out."""
    return (
        f"default-src 'none'; script-src {' '.join(map(_hash, scripts))}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
