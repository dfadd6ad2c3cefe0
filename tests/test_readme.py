"""The README: its commands are run, its figures stand where they come from, and every command that a page names exists."""

from __future__ import annotations

import functools
import gzip
import re
import shutil
from pathlib import Path

import networkx as nx
import pytest

import kg
from kg.read.readers import READERS
from tests import reference_pages
from tests.conftest import EXAMPLES, ROOT
from tests.documented import Shell, blocks, commands
from tests.neo4j_server import Server
from tests.test_analysis_docs import run

README = (ROOT / "README.md").read_text("utf-8")
SERVER = "bolt://localhost:7687"
NOT_RUN = {
    "make demo": "installs into .venv; its parts are the commands of this test",
    "make test": "is what runs this test",
}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture
def shell(in_folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The shell, in a folder with the inputs that the README names."""
    formats = EXAMPLES / "formats"
    shutil.copy(EXAMPLES / "daily_with_dates.txt", in_folder / "page.txt")
    shutil.copy(formats / "zotero.bib", in_folder / "library.bib")
    for folder in ("more", "new"):
        (in_folder / folder).mkdir()
    (in_folder / "more" / "papers.json.gz").write_bytes(gzip.compress((formats / "semantic_scholar.json").read_bytes()))
    shutil.copy(formats / "daily_papers.json", in_folder / "new" / "papers.json")
    tools = tmp_path_factory.mktemp("tools")
    monkeypatch.setattr(kg, "build", functools.partial(kg.build, cache=tools / "cache"))
    return Shell(in_folder, tools, monkeypatch)


@pytest.mark.model
def test_commands_and_code(shell: Shell) -> None:
    """Top to bottom, in one folder; what needs a server is run below."""
    ran = []
    for block in blocks(README):
        if block.language == "python":
            run(block.code, {})
        for command in commands(block.code) if block.language == "sh" else ():
            name = command.partition("#")[0].strip()
            if name not in NOT_RUN and SERVER not in command:
                shell.run(command)
                ran.append(name)
    assert len(ran) >= 8 and (shell.folder / "graph.html").exists() and (shell.folder / "field.html").exists()
    assert all(f"{name} " in README for name in NOT_RUN)


def test_neo4j_command(server: Server, example_graph: nx.MultiDiGraph, in_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kg.save(example_graph, in_folder / "graph")
    found = [line for block in blocks(README) if block.language == "sh" for line in commands(block.code) if SERVER in line]
    assert len(found) == 1
    shell = Shell(in_folder, in_folder, monkeypatch)
    monkeypatch.setenv("NEO4J_USERNAME", server.user)
    monkeypatch.setenv("NEO4J_PASSWORD", server.password)
    assert f"{len(example_graph)} nodes" in shell.run(found[0].replace(SERVER, server.uri))


def test_figures_beside_others_are_those_of_their_sources() -> None:
    """The README repeats figures of these pages; they are changed there first."""
    rows = README.partition("### Beside others")[2].partition("\n## ")[0].splitlines()
    ours = {row.split("|")[1].strip(): row for row in rows if row.startswith("| ")}
    for start, page, figures in (
        ("entities on SciER", "kg/extract/models/MODEL_CARD.md", ("0.808", "0.869")),
        ("pairs of names", "docs/resolution.md", ("55 of 55", "36 of 55", "15 of 43")),
        ("2,000 names", "docs/resolution.md", ("0.09", "3.96")),
        ("graph of 20,000", "docs/neo4j.md", ("4,317", "2,863")),
        ("page of 1,509", "docs/page.md", ("18.9", "1,509")),
    ):
        row = next(text for name, text in ours.items() if name.startswith(start))
        source = (ROOT / page).read_text("utf-8")
        assert all(figure in row and figure in source for figure in figures), start


def test_figures_of_the_models_are_those_of_the_model_card() -> None:
    card = (ROOT / "kg/extract/models/MODEL_CARD.md").read_text("utf-8")
    rows = [line for line in README.splitlines() if line.startswith(("| entity F1", "| role F1"))]
    figures = [figure for row in rows for figure in re.findall(r"0\.\d{3}", row)]
    assert len(figures) >= 12 and [figure for figure in figures if figure not in card] == []


def test_numbers_of_formats() -> None:
    assert "sixteen formats" in README and len(READERS) == 16
    assert "all fifteen formats" in README and len(kg.EXPORTERS) == 15


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_that_are_named_exist(page: Path) -> None:
    known = {
        str(command.name): {flag for name, info, _, _ in reference_pages.parameters(command) for flag in _flags(name, info)}
        for command in reference_pages.commands()
    }
    text = page.read_text("utf-8").replace("\\\n", " ")
    places = re.findall(r"`kg ([a-z][^`\n]*)`", text) + re.findall(r"^kg ([a-z][^\n#]*)", text, re.MULTILINE)
    for place in places:
        name = place.split()[0]
        assert name in known, f"kg {place}"
        options = set(re.findall(r"(?<=\s)(-{1,2}[a-z][a-z0-9-]*)", re.sub(r"\"[^\"]*\"|'[^']*'|\| .*|&& .*", "", place))) - {"--help"}
        assert options <= known[name], f"kg {place}: {options - known[name]}"


def _flags(name: str, info: object) -> list[str]:
    return reference_pages.flags(name, info) if isinstance(info, reference_pages.OptionInfo) else []
