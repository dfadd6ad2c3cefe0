"""One suite over all exporters; it fails when an exporter has no case. The page is opened in a real browser."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from lxml import etree

import kg
from exports.gexf import first_dates
from kg.graph.build import build_graph
from kg.resolve import resolve
from schemas.errors import GraphError, MissingExtraError, OptionError, TargetError
from schemas.extraction import Entity, Extraction, Link, Mention
from tests import exported
from tests.conftest import ROOT, paper

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def graph() -> nx.MultiDiGraph:
    """A graph with everything that a format may stumble over: markup, quotes, forbidden characters, two relations between two nodes."""
    text = f"{HOSTILE} & ]]> \ufffe \u2028 'x' \"y\" GridNet 日本 \U0001f9ea ${{x}} $engine"
    papers = [paper(text, text, id="arxiv:2401.00001", published="2024-01-02", authors=("A <b>", "B & C"), url="javascript:alert(1)")]
    start = papers[0].title.index("GridNet")
    found = Extraction(
        id=papers[0].id,
        methods=(
            Entity(name="GridNet", forms=("GridNet", "grid <net>"), role="proposes", confidence=0.5),
            Entity(name=HOSTILE, forms=(HOSTILE,), role="uses", confidence=0.25),
        ),
        tasks=(Entity(name="naming", forms=("naming",), role="addresses", confidence=1.0),),
        links=(Link(url="https://example.org/a?b=<c>&d='e'", kind="other", source="record"),),
        mentions=(Mention(field="title", start=start, end=start + 7, type="method", confidence=0.5, entity=0),),
    )
    return build_graph(papers, [found], resolve([found]), "test 1").graph


def read_graphml(path: Path) -> dict[str, Any]:
    back = nx.read_graphml(path, force_multigraph=True)
    return {"nodes": dict(back.nodes(data=True)), "edges": {key: (s, t, v["kind"]) for s, t, key, v in back.edges(keys=True, data=True)}}


def read_json(path: Path) -> dict[str, Any]:
    back = nx.node_link_graph(json.loads(path.read_text("utf-8")), edges="edges")
    return {"nodes": dict(back.nodes(data=True)), "edges": {key: (s, t, v["kind"]) for s, t, key, v in back.edges(keys=True, data=True)}}


def read_html(path: Path) -> dict[str, Any]:
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    assert block
    data = json.loads(block[1])
    ids = [node["id"] for node in data["nodes"]]
    relations = [data["relations"][relation]["name"] for relation in data["edges"]["relation"]]
    ends = zip(data["edges"]["from"], data["edges"]["to"], relations, strict=True)
    edges = [(ids[source], ids[target], relation) for source, target, relation in ends]
    keys = [key for _, _, key in graph().edges(keys=True)]
    return {"nodes": dict(zip(ids, data["nodes"], strict=True)), "edges": dict(zip(keys, edges, strict=True))}


CASES = {"graphml": read_graphml, "html": read_html, "json": read_json} | exported.CASES
SUMMARIES = {"markdown", "report"}  # tell of a graph, and do not hold it
# Proved by the real programs, in test_neo4j.py and test_neo4j_files.py.
OTHERS = {"cypher", "neo4j", "neo4j-import"}
FILES = [name for name, exporter in kg.EXPORTERS.items() if exporter.target == "file"]
FILES_AND_FOLDERS = [name for name, exporter in kg.EXPORTERS.items() if exporter.target != "server"]
FOLDERS = sorted(set(FILES_AND_FOLDERS) - set(FILES))


def test_every_exporter_has_a_case() -> None:
    assert set(CASES) | SUMMARIES | OTHERS == set(kg.EXPORTERS) and not set(CASES) & OTHERS


@pytest.mark.parametrize("name", CASES)
def test_nodes_and_edges_come_back(tmp_path: Path, name: str) -> None:
    original = graph()
    report = kg.export(original, name, tmp_path / "out")
    back = CASES[name](tmp_path / "out")
    assert (report.n_nodes, report.n_edges) == (len(original), original.number_of_edges())
    assert set(back["nodes"]) == set(original.nodes)
    assert back["edges"] == {key: (s, t, v["kind"]) for s, t, key, v in original.edges(keys=True, data=True)}
    for node, values in original.nodes(data=True):
        expected = values.get("name") or values.get("host")
        assert expected is None or expected in back["nodes"][node].values()


@pytest.mark.parametrize("name", FILES)
def test_same_graph_same_bytes_and_one_file(tmp_path: Path, name: str) -> None:
    for target in ("a", "b", "a"):
        kg.export(graph(), name, tmp_path / target)
    a, b = ([p.read_bytes() for p in (sorted(t.iterdir()) if t.is_dir() else [t])] for t in (tmp_path / "a", tmp_path / "b"))
    assert a == b
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("name", FILES_AND_FOLDERS)
def test_empty_graph(tmp_path: Path, name: str) -> None:
    assert kg.export(nx.MultiDiGraph(), name, tmp_path / "out").n_nodes == 0


@pytest.mark.parametrize("name", FILES)
def test_target_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(TargetError, match=r"cannot write .*it is a folder"):
        kg.export(graph(), name, tmp_path)
    with pytest.raises(TargetError, match=r"cannot write .*No such file or directory"):
        kg.export(graph(), name, tmp_path / "no" / "where")


def test_unknown_format_names_the_choices(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="unknown format 'htlm'; choose one of csv, cypher, cytoscape, dot, gexf, graphml, html, json, "):
        kg.export(graph(), "htlm", tmp_path / "out")


@pytest.mark.parametrize(("name", "expected"), [("html", "html has renderer"), ("json", "json has no options")])
def test_unknown_option_names_the_choices(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(OptionError, match=f"unknown option 'colour': {expected}"):
        kg.export(graph(), name, tmp_path / "out", colour="red")


def test_a_graph_that_does_not_fit_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(GraphError):
        kg.export(nx.MultiDiGraph([("a", "b")]), "json", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_of_something_else_is_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(TargetError, match="it is a folder that kg did not write"):
        kg.export(graph(), name, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("name", ["turtle", "json-ld"])
def test_rdf_does_not_depend_on_the_order_of_sets(tmp_path: Path, name: str) -> None:
    code = f"import kg, sys; from tests.test_exports import graph; kg.export(graph(), {name!r}, sys.argv[1])"
    for seed in ("1", "2"):
        command = [sys.executable, "-c", code, str(tmp_path / seed)]
        subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed})
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_turtle_and_json_ld_say_the_same(tmp_path: Path) -> None:
    from rdflib.compare import isomorphic

    for name in ("turtle", "json-ld"):
        kg.export(graph(), name, tmp_path / name)
    turtle, json_ld = (exported.rdf_graph(tmp_path / name, name) for name in ("turtle", "json-ld"))
    assert len(turtle) > 40 and isomorphic(turtle, json_ld)
    found = turtle.query(
        "PREFIX kg: <urn:paperkg:terms:> PREFIX schema: <https://schema.org/> "
        "SELECT ?confidence ?sentence { ?paper schema:datePublished ?day; kg:PROPOSES ?method. "
        "?claim <http://www.w3.org/1999/02/22-rdf-syntax-ns#object> ?method; kg:confidence ?confidence; kg:evidence ?sentence }"
    )
    assert [(row.confidence.toPython(), "GridNet" in row.sentence) for row in found] == [(0.5, True)]  # type: ignore[union-attr]


def test_turtle_without_rdflib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdflib", None)
    with pytest.raises(MissingExtraError, match=r"the export to turtle needs the extra: pip install 'paperkg\[rdf\]'"):
        kg.export(graph(), "turtle", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_lists_dates_and_numbers_of_tables(tmp_path: Path) -> None:
    kg.export(graph(), "parquet", tmp_path / "p")
    kg.export(graph(), "csv", tmp_path / "c")
    for name, lists, day in (("p", list, datetime.date(2024, 1, 2)), ("c", str, "2024-01-02")):
        back = CASES[{"p": "parquet", "c": "csv"}[name]](tmp_path / name)
        values = back["nodes"]["arxiv:2401.00001"]
        assert values["published"] == day and isinstance(values["authors"], lists)
        assert list(values["authors"] if lists is list else json.loads(values["authors"])) == ["A <b>", "B & C"]


def test_dates_of_the_timeline(tmp_path: Path) -> None:
    kg.export(graph(), "gexf", tmp_path / "g.gexf")
    back = nx.read_gexf(tmp_path / "g.gexf")
    assert {values["start"] for _, values in back.nodes(data=True)} == {"2024-01-02"}
    assert back.graph["mode"] == "dynamic" and 'timeformat="date"' in (tmp_path / "g.gexf").read_text("utf-8")
    papers = [paper("A", "a", year=2020), paper("B", "b")]
    starts = first_dates(build_graph(papers, [], resolve([]), "test 1").graph)
    assert starts == {papers[0].id: datetime.date(2020, 1, 1)}


def test_gexf_keeps_to_its_grammar(tmp_path: Path, example_graph: nx.MultiDiGraph) -> None:
    grammar = etree.RelaxNG(etree.parse(Path(__file__).parent / "gexf.rng"))
    for number, each in enumerate((graph(), example_graph, nx.MultiDiGraph())):
        kg.export(each, "gexf", tmp_path / f"{number}.gexf")
        written = etree.parse(tmp_path / f"{number}.gexf")
        assert grammar.validate(written), grammar.error_log
        ids = {element.get("id") for element in written.iter("{*}attribute")}
        assert {element.get("for") for element in written.iter("{*}attvalue")} <= ids


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_graphviz_draws_it(tmp_path: Path) -> None:
    kg.export(graph(), "dot", tmp_path / "g.dot")
    done = subprocess.run(["dot", "-Tsvg", str(tmp_path / "g.dot")], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr and done.stdout.count('class="node"') == len(graph())


def test_a_report_cannot_become_markup(tmp_path: Path) -> None:
    kg.export(graph(), "markdown", tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text("utf-8")
    assert "## Methods" in text and "| Method | 2 |" in text and "arxiv.org/abs/" not in text.split("##")[0]
    assert not re.search(r"(?<!\\)<(?!https)", text) and "| GridNet |" in text.replace("grid \\<net\\>", "GridNet")
