"""One suite over all exporters; it fails when an exporter has no case. The page is opened in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import kg
from kg.graph.build import build_graph
from kg.resolve import resolve
from schemas.errors import GraphError, TargetError
from schemas.extraction import Entity, Extraction, Link, Mention
from tests.conftest import paper

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


CASES = {"graphml": read_graphml, "html": read_html, "json": read_json}


def test_every_exporter_has_a_case() -> None:
    assert set(CASES) == set(kg.EXPORTERS)


@pytest.mark.parametrize("name", kg.EXPORTERS)
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


@pytest.mark.parametrize("name", kg.EXPORTERS)
def test_same_graph_same_bytes_and_one_file(tmp_path: Path, name: str) -> None:
    for target in ("a", "b"):
        kg.export(graph(), name, tmp_path / target)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("name", kg.EXPORTERS)
def test_empty_graph(tmp_path: Path, name: str) -> None:
    assert kg.export(nx.MultiDiGraph(), name, tmp_path / "out").n_nodes == 0


@pytest.mark.parametrize("name", kg.EXPORTERS)
def test_target_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(TargetError, match=r"cannot write .*it is a folder"):
        kg.export(graph(), name, tmp_path)
    with pytest.raises(TargetError, match=r"cannot write .*No such file or directory"):
        kg.export(graph(), name, tmp_path / "no" / "where")


def test_unknown_format_names_the_choices(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="format 'htlm': unknown; choose one of graphml, html, json"):
        kg.export(graph(), "htlm", tmp_path / "out")


@pytest.mark.parametrize(("name", "expected"), [("html", "html has renderer"), ("json", "json has no options")])
def test_unknown_option_names_the_choices(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(TargetError, match=f"option 'colour': {expected}"):
        kg.export(graph(), name, tmp_path / "out", colour="red")


def test_a_graph_that_does_not_fit_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(GraphError):
        kg.export(nx.MultiDiGraph([("a", "b")]), "json", tmp_path / "out")
    assert not (tmp_path / "out").exists()
