"""docs/architecture.md and CONTRIBUTING.md speak of files and names that are there; the figures of style are what they promise."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import networkx as nx
import pytest

from tests.conftest import ROOT

PAGES = ("docs/architecture.md", "CONTRIBUTING.md")
STYLE = SimpleNamespace(**runpy.run_path(str(ROOT / "benchmarks" / "style_figures.py")))
TO_BE_WRITTEN = {"NAME.py", "FILE"}  # stand for a name that the reader chooses


def _text(file: str) -> str:
    return (ROOT / file).read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_are_there(page: str) -> None:
    text = _text(page)
    named = set(re.findall(r"`((?:kg|schemas|exports|tests|docs|examples|benchmarks)/[\w./]*)`", text))
    links = {target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target}
    missing = {name for name in named if Path(name).name not in TO_BE_WRITTEN and not (ROOT / name).exists()}
    missing |= {target for target in links if target and not ((ROOT / page).parent / target).exists()}
    assert len(named) > 15 and not missing


@pytest.mark.parametrize("page", PAGES)
def test_functions_that_are_named_beside_a_file_are_in_it(page: str) -> None:
    text = _text(page)
    pairs = re.findall(r"`(\w+)`\s+\(`([\w/]+\.py)`\)", text) + re.findall(r"`(\w+)` (?:in|of) `([\w/]+\.py)`", text)
    assert pairs or page == "CONTRIBUTING.md"
    for name, file in pairs:
        assert re.search(rf"\b(def|class) {name}\b|^{name}\b", _text(file), re.MULTILINE), (name, file)


def test_the_way_of_one_paper_is_as_told(example_graph: nx.MultiDiGraph) -> None:
    text = _text("docs/architecture.md")
    paper, method = "arxiv:2501.99901", "method:63a448e8f427f25c"
    node, entity = example_graph.nodes[paper], example_graph.nodes[method]
    assert paper in text and method in text and entity["merged_ids"][0] in text
    assert node["sources"] == ["daily_blank_lines.txt#1", "papers.jsonl#1"] and node["upvotes"] == 48
    (proposes,) = (values for values in example_graph.get_edge_data(paper, method).values() if values["kind"] == "PROPOSES")
    assert len(proposes["evidence"]) == 7 and round(proposes["confidence"], 2) == 0.88
    links = [target for _, target, kind in example_graph.out_edges(paper, data="kind") if kind == "LINKS_TO"]
    assert len(links) == 2
    assert "ImageNet" in {
        example_graph.nodes[t]["name"] for _, t, kind in example_graph.out_edges(method, data="kind") if kind == "EVALUATED_ON"
    }


def test_no_function_is_long_and_every_public_one_is_described() -> None:
    figures = STYLE.count()
    assert [f"{f.place} {f.name}" for f in figures.functions if f.n_lines > STYLE.MOST_LINES] == []
    assert [f"{f.place} {f.name}" for f in figures.functions if f.public and not f.documented] == []
    assert all(f.annotated for f in figures.functions) and not figures.broad_excepts and not figures.n_mocks
    assert "| functions over 50 lines | 0 |" in STYLE.table(figures)


def test_the_tree_of_errors_is_drawn_whole() -> None:
    text = _text("schemas/errors.py")
    drawn = set(re.findall(r"(\w+Error)\b", text.partition('"""')[2].partition('"""')[0]))
    assert drawn == set(STYLE.count().error_classes)
