"""The reference pages say what the code does: commands and options, the schema, files, environment variables, the Python API."""

from __future__ import annotations

import os
import re

import networkx as nx
import pytest
from typer.models import ArgumentInfo, OptionInfo
from typer.testing import CliRunner

import kg
from kg.cli import app
from tests import reference_pages
from tests.conftest import ROOT

DOCS = ROOT / "docs"
PAGES = ("commands.md", "schema.md", "files.md")
ENVIRONMENT = re.compile(r"environ(?:\.get|\.setdefault)?[(\[]\"([A-Z][A-Z0-9_]+)\"|VARIABLE = \"([A-Z][A-Z0-9_]+)\"|\{([A-Z][A-Z0-9_]+):-")


@pytest.fixture(scope="module")
def parts(example_graph: nx.MultiDiGraph, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    directory = tmp_path_factory.mktemp("reference") / "graph"
    kg.save(example_graph, directory)
    return {
        "commands": reference_pages.commands_part(),
        "nodes": reference_pages.nodes_part(),
        "edges": reference_pages.edges_part(),
        "edge properties": reference_pages.edge_properties_part(),
        "columns": reference_pages.columns_part(directory),
        "paper": reference_pages.record_part("paper"),
        "manifest": reference_pages.record_part("manifest"),
    }


@pytest.mark.parametrize("name", PAGES)
def test_page_follows_from_the_code(name: str, parts: dict[str, str]) -> None:
    page = DOCS / name
    expected = reference_pages.with_parts(page.read_text("utf-8"), parts)
    if os.environ.get("PAPERKG_GOLDEN") == "write":
        page.write_text(expected, "utf-8")
    assert page.read_text("utf-8") == expected, "if this is meant, run make golden"
    assert "written by make golden" in expected


def words(text: str) -> str:
    """Help texts are broken into lines: between words, and after a hyphen."""
    return re.sub(r"[\s|│]+", "", text)


@pytest.mark.parametrize("command", reference_pages.commands(), ids=lambda command: command.name)
def test_help_and_page_say_the_same(command: reference_pages.CommandInfo) -> None:
    """What the page says of each command and option stands in `kg COMMAND --help`, and the other way round."""
    shown = CliRunner().invoke(app, [str(command.name), "--help"]).stdout
    page = (DOCS / "commands.md").read_text("utf-8")
    section = page.partition(f"### `kg {command.name}`\n")[2].partition("\n### ")[0]
    assert section and words(reference_pages.inspect.getdoc(command.callback) or "?") in words(shown)  # type: ignore[arg-type]
    for name, info, _, _ in reference_pages.parameters(command):
        assert isinstance(info, ArgumentInfo | OptionInfo) and info.help
        assert words(info.help) in words(shown) and info.help.replace("|", "\\|").replace("<", "&lt;") in section
        assert isinstance(info, ArgumentInfo) or all(f"`{flag}" in section for flag in reference_pages.flags(name, info))
    offered = set(re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)", shown, re.MULTILINE)) - {"--help"}
    assert offered and offered <= set(re.findall(r"`(--[a-z0-9-]+)", section))


def test_page_has_every_command() -> None:
    listed = re.findall(r"^  (\w+)  ", CliRunner().invoke(app, ["--help"]).stdout.partition("Commands:")[2], re.MULTILINE)
    assert listed == re.findall(r"^### `kg (\w+)`$", (DOCS / "commands.md").read_text("utf-8"), re.MULTILINE)


def test_every_environment_variable_is_told() -> None:
    sources = [path for folder in ("kg", "exports", "schemas") for path in (ROOT / folder).rglob("*.py") if "train" not in path.parts]
    read = {name for path in sources for found in ENVIRONMENT.findall(path.read_text("utf-8")) for name in found if name}
    told = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", (DOCS / "configuration.md").read_text("utf-8"), re.MULTILINE))
    assert {"NEO4J_PASSWORD", "PAPERKG_CACHE", "NEO4J_ADMIN"} <= read <= told


def test_every_name_of_the_python_api_has_its_place() -> None:
    page = (DOCS / "api.md").read_text("utf-8")
    told = {name.rpartition(".")[2] for name in re.findall(r"^::: ([\w.]+)$", page, re.MULTILINE)}
    assert set(kg.__all__) - {"DEFAULT_MODEL", "EXPORTERS"} == told
    assert "`kg.DEFAULT_MODEL`" in page and "`kg.EXPORTERS`" in page


def test_every_export_format_is_told() -> None:
    page = (DOCS / "exports.md").read_text("utf-8") + (DOCS / "neo4j.md").read_text("utf-8")
    assert not [name for name in kg.EXPORTERS if f"`{name}`" not in page and f"--to {name}" not in page]
