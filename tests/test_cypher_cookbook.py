"""docs/cypher.md: every query gives the answer shown, on a Neo4j server and on the embedded engine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import kg
from tests.conftest import ROOT
from tests.neo4j_server import Server
from tests.test_neo4j import export

COOKBOOK = ROOT / "docs" / "cypher.md"
_RECIPE = re.compile(
    r"^## (?P<number>\d+)\. (?P<title>[^\n]*)\n.*?```cypher\n(?P<neo4j>.*?)\n```\n"
    r"(?:\nWith `kg query`:\n\n```cypher\n(?P<embedded>.*?)\n```\n)?\n(?P<table>(?:\|[^\n]*\n)+)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Recipe:
    """A query in both dialects, and the table of its answer."""

    number: int
    title: str
    neo4j: str
    embedded: str
    table: str


def recipes() -> list[Recipe]:
    found = _RECIPE.finditer(COOKBOOK.read_text("utf-8"))
    return [Recipe(int(m["number"]), m["title"], m["neo4j"], m["embedded"] or m["neo4j"], m["table"]) for m in found]


def cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(cell, value))
    return "" if value is None else str(value).replace("|", "\\|")


def table(columns: list[str], rows: list[list[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *([cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n".replace(" --- ", "---") for line in lines)


def write(number: int, answer: str) -> None:
    """Put an answer into the cookbook."""
    text = COOKBOOK.read_text("utf-8")
    place = next(match for match in _RECIPE.finditer(text) if int(match["number"]) == number)
    COOKBOOK.write_text(text[: place.start("table")] + answer + text[place.end("table") :], "utf-8")


@pytest.fixture(scope="module")
def on_server(neo4j_server: Server, example_graph: nx.MultiDiGraph) -> Server:
    neo4j_server.clear()
    export(neo4j_server, example_graph)
    return neo4j_server


@pytest.fixture(scope="module")
def directory(example_graph: nx.MultiDiGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("cookbook") / "graph"
    kg.save(example_graph, place)
    yield place


def test_the_cookbook_has_at_least_twenty_recipes_and_the_tests_find_all() -> None:
    found = recipes()
    assert [recipe.number for recipe in found] == list(range(1, COOKBOOK.read_text("utf-8").count("\n## ")))
    assert len(found) >= 20 and all("---" in recipe.table for recipe in found)


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.title.replace(" ", "_"))
def test_answer_of_neo4j(on_server: Server, recipe: Recipe) -> None:
    columns, rows = on_server.ask(recipe.neo4j)
    answer = table(columns, rows)
    if os.environ.get("PAPERKG_GOLDEN") == "write":
        write(recipe.number, answer)
    else:
        assert answer == recipe.table, "if this is meant, run make golden"


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.title.replace(" ", "_"))
def test_answer_of_the_embedded_engine(directory: Path, recipe: Recipe) -> None:
    pytest.importorskip("ladybug", reason="the engine is not installed: pip install 'paperkg[query]'")
    expected = next(each for each in recipes() if each.number == recipe.number).table
    rows = kg.query(directory, recipe.embedded)
    assert rows
    answer = table(list(rows[0]), [list(row.values()) for row in rows])
    if os.environ.get("PAPERKG_GOLDEN") == "write":
        write(recipe.number, answer)
    else:
        assert answer == expected, "if this is meant, run make golden"
