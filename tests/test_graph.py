"""The graph: what it holds, that it fits its schema, that it is saved and loaded whole, and that it is a function of the set."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg.compact import CompactExtractions, pack
from kg.graph import spool, tables
from kg.graph.build import build_graph
from kg.graph.check import find_problems
from kg.graph.layout import layout
from kg.graph.store import EDGES, MANIFEST, Provenance, load_extractions, load_graph, load_manifest, save_graph
from kg.graph.stream import save_papers
from kg.resolve import resolve
from schemas import exchange
from schemas.errors import GraphError, TargetError
from schemas.extraction import Entity, Extraction, Link, Mention, Sentence
from schemas.graph import ALLOWED_ENDS, ROLE_EDGES, EdgeKind
from schemas.ids import edge_id
from schemas.layout import Layout
from schemas.paper import Paper
from tests.conftest import paper

PAPERS = [
    paper(
        "GridNet for image classification",
        "We propose GridNet with Transformers on CIFAR-10. It helps.",
        id="arxiv:2401.00001",
        published="2024-01-02",
    ),
    paper("Transformers", "GridNets on CIFAR10, again.", id="arxiv:2401.00002", n_authors=2),
]


def entity(name: str, role: str | None, *forms: str) -> Entity:
    return Entity(name=name, forms=forms or (name,), role=role, confidence=0.75)


def mention(field: str, text: str, form: str, kind: str, index: int) -> Mention:
    start = text.index(form)
    return Mention.model_validate(
        {"field": field, "start": start, "end": start + len(form), "type": kind, "confidence": 0.75, "entity": index}
    )


def extractions() -> list[Extraction]:
    first, second = PAPERS
    return [
        Extraction(
            id=first.id,
            methods=(entity("GridNet", "proposes"), entity("Transformers", "uses")),
            datasets=(entity("CIFAR-10", "uses"),),
            tasks=(entity("image classification", "addresses"),),
            links=(
                Link(url="http://www.github.com/a/b.git", kind="code", repository="a/b", source="record"),
                Link(url="https://github.com/a/b", kind="code", repository="a/b", source="record"),
                Link(url="ftp://x", kind="other", source="record"),
            ),
            mentions=(
                mention("title", first.title, "GridNet", "method", 0),
                mention("abstract", first.abstract, "GridNet", "method", 0),
                mention("abstract", first.abstract, "Transformers", "method", 1),
                Mention(field="abstract", start=9000, end=9004, type="dataset", confidence=0.5, entity=0),
            ),
            sentences=(Sentence(field="title", start=0, end=len(first.title)), Sentence(field="abstract", start=0, end=49)),
        ),
        Extraction(
            id=second.id,
            methods=(entity("GridNets", "compares"), entity("gridnet", "uses"), entity("X", "invents")),
            datasets=(entity("CIFAR10", "introduces"),),
        ),
    ]


def built() -> tuple[nx.MultiDiGraph, dict[str, int]]:
    result = build_graph(PAPERS, extractions(), resolve(extractions()), "test 1")
    return result.graph, dict(result.dropped)


def edges(graph: nx.MultiDiGraph) -> set[tuple[str, str, str]]:
    label = lambda node: graph.nodes[node].get("name") or node  # noqa: E731
    return {(label(s), kind, label(t)) for s, t, kind in graph.edges(data="kind")}


def test_nodes_and_edges() -> None:
    graph, dropped = built()
    first, second = (p.id for p in PAPERS)
    assert edges(graph) == {
        (first, "PROPOSES", "GridNet"),
        (first, "USES", "Transformer"),
        (first, "USES", "CIFAR-10"),
        (first, "ADDRESSES", "image classification"),
        (first, "LINKS_TO", "https://github.com/a/b"),
        (second, "USES", "GridNet"),
        (second, "INTRODUCES", "CIFAR-10"),
        ("GridNet", "BUILDS_ON", "Transformer"),
        ("GridNet", "EVALUATED_ON", "CIFAR-10"),
        ("GridNet", "USED_FOR", "image classification"),
    }
    assert dropped == {
        "link that is not an http(s) address": 1,
        "mention outside its text": 1,
        "role that the schema does not know": 1,
        "weaker role of an entity that a paper has under two names": 1,
    }
    assert not list(find_problems(graph))


def test_every_paper_edge_has_its_evidence() -> None:
    graph, _ = built()
    values = next(v for _, _, v in graph.edges(data=True) if v["kind"] == "PROPOSES")
    assert values["evidence"] == [PAPERS[0].title, PAPERS[0].abstract[:49]]
    assert values["forms"] == ["GridNet", "GridNet"] and values["fields"] == ["title", "abstract"]
    assert values["starts"] == [0, 11] and values["ends"] == [7, 18]
    assert (values["confidence"], values["extractor"]) == (0.75, "test 1")


def test_ids_and_absent_values() -> None:
    graph, _ = built()
    first = graph.nodes[PAPERS[0].id]
    assert first["kind"] == "Paper" and str(first["published"]) == "2024-01-02" and "doi" not in first
    assert all(key == values["id"] == edge_id(s, values["kind"], t) for s, t, key, values in graph.edges(keys=True, data=True))
    grid = next(v for _, v in graph.nodes(data=True) if v.get("name") == "GridNet")
    assert grid["n_papers"] == 2 and grid["aliases"] == ["GridNet", "GridNets", "gridnet"]


def test_derived_edges_name_their_papers() -> None:
    graph, _ = built()
    values = next(v for _, _, v in graph.edges(data=True) if v["kind"] == "BUILDS_ON")
    assert values["derived"] is True and values["papers"] == [PAPERS[0].id] and values["weight"] == 1


def test_schema_covers_every_kind() -> None:
    assert set(ALLOWED_ENDS) == set(EdgeKind)
    assert all(kind in ALLOWED_ENDS for kind in ROLE_EDGES.values())


def test_saved_and_loaded(tmp_path: Path) -> None:
    graph, _ = built()
    manifest = save_graph(graph, tmp_path / "g", extractions())
    assert nx.utils.graphs_equal(load_graph(tmp_path / "g"), graph)
    assert load_extractions(tmp_path / "g") == extractions()
    assert load_manifest(tmp_path / "g") == manifest
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g"]
    assert (manifest.nodes["Paper"], manifest.edges["PROPOSES"]) == (2, 1)


@pytest.mark.parametrize("group", [1, 3, tables.GROUP])
def test_written_paper_by_paper_it_is_the_same_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: int) -> None:
    monkeypatch.setattr(tables, "GROUP", group)
    monkeypatch.setattr(tables, "_HELD", min(group, 2))
    monkeypatch.setattr(spool, "_HELD", min(group, 2))
    papers = sorted(PAPERS, key=lambda paper: paper.id)
    by_id = {found.id: found for found in extractions()}
    resolution, provenance = resolve(extractions()), Provenance("test 1", min_confidence=0.5)
    result = build_graph(papers, extractions(), resolution, "test 1")
    whole = replace(provenance, dropped=result.dropped)
    manifest = save_graph(result.graph, tmp_path / "a", extractions(), whole, resolution, papers)
    assert manifest == save_papers(tmp_path / "b", [(p, by_id[p.id]) for p in papers], resolution, provenance, papers)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "b").iterdir())
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
    assert pq.ParquetFile(tmp_path / "b" / EDGES).num_row_groups == -(-sum(manifest.edges.values()) // group)


def test_extractions_in_little_memory_are_the_same() -> None:
    compact = CompactExtractions((found.id, pack(found)) for found in extractions())
    assert list(compact) == extractions() and list(compact[1:]) == extractions()[1:]


def test_same_graph_same_bytes(tmp_path: Path) -> None:
    for name, papers in (("a", PAPERS), ("b", PAPERS[::-1])):
        result = build_graph(papers, extractions()[::-1], resolve(extractions()[::-1]), "test 1")
        save_graph(result.graph, tmp_path / name, extractions())
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_saving_again_replaces_the_graph(tmp_path: Path) -> None:
    graph, _ = built()
    kg.save(graph, tmp_path / "g")
    kg.save(nx.MultiDiGraph(), tmp_path / "g")
    assert len(kg.load(tmp_path / "g")) == 0 and [p.name for p in tmp_path.iterdir()] == ["g"]


def test_a_folder_of_something_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(TargetError, match="it is a folder that kg did not write"):
        kg.save(built()[0], tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("manifest.json", '{"name": "an extension"}', "no manifest.json of ours"),
        ("NOTES.md", "mine", "it holds 'NOTES.md'"),
    ],
)
def test_a_folder_with_something_else_in_it_is_never_replaced(tmp_path: Path, name: str, content: str, message: str) -> None:
    graph, _ = built()
    kg.save(graph, tmp_path / "g")
    (tmp_path / "g" / name).write_text(content)
    with pytest.raises(TargetError, match=message):
        kg.save(graph, tmp_path / "g")
    assert (tmp_path / "g" / name).read_text() == content


def test_a_link_to_a_graph_directory_is_followed(tmp_path: Path) -> None:
    kg.save(built()[0], tmp_path / "g")
    (tmp_path / "link").symlink_to(tmp_path / "g")
    kg.save(nx.MultiDiGraph(), tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and len(kg.load(tmp_path / "g")) == 0


@pytest.mark.parametrize("failing", [1, 2])
def test_whatever_happens_in_the_exchange_the_old_graph_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    """An interrupt between the two renames cannot be timed from outside, so the rename itself raises it."""
    graph, _ = built()
    kg.save(graph, tmp_path / "g")
    rename, calls = os.rename, []

    def interrupted(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == failing:
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(exchange, "_renameat2", lambda: None)  # as on systems that need two steps
    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kg.save(nx.MultiDiGraph(), tmp_path / "g")
    monkeypatch.undo()
    assert nx.utils.graphs_equal(kg.load(tmp_path / "g"), graph) and [p.name for p in tmp_path.iterdir()] == ["g"]


Change = Any


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.add_node("x"), "is not a valid NodeKind"),
        (lambda g: g.add_node("x", kind="Method", name="x"), "aliases: Field required"),
        (lambda g: g.add_edge("x", "y", kind="USES"), "node 'x'"),
        (lambda g: g.nodes[PAPERS[0].id].update(colour="red"), "colour: Extra inputs are not permitted"),
        (lambda g: next(iter(g.edges(data=True)))[2].update(confidence=2.0), "confidence: Input should be less than or equal to 1"),
        (lambda g: next(iter(g.edges(data=True)))[2].update(forms=[]), "evidence lists of different lengths"),
        (
            lambda g: g.add_edge(PAPERS[0].id, PAPERS[1].id, key="k", kind="USES", id="k", confidence=1.0, extractor="e"),
            "USES cannot join Paper to Paper",
        ),
    ],
)
def test_a_graph_that_does_not_fit_is_not_saved(tmp_path: Path, change: Change, message: str) -> None:
    graph, _ = built()
    change(graph)
    with pytest.raises(GraphError) as error:
        kg.save(graph, tmp_path / "g")
    assert message in str(error.value) and not (tmp_path / "g").exists()


def test_key_that_is_not_the_id() -> None:
    graph, _ = built()
    source, target, key = next(iter(graph.edges(keys=True)))
    values = graph.edges[source, target, key]
    graph.remove_edge(source, target, key)
    graph.add_edge(source, target, key="other", **values)
    assert "is not its id" in next(find_problems(graph))


def damage_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("{")


def another_version(folder: Path) -> None:
    values = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(values | {"schema_version": 99}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / MANIFEST).unlink(), "not a graph directory"),
        (damage_manifest, "damaged manifest.json"),
        (another_version, "schema version 99, this kg reads 1"),
        (lambda folder: (folder / "Method.parquet").unlink(), "Method.parquet is missing or not the file that was written"),
        (lambda folder: (folder / "edges.parquet").write_bytes(b"?"), "edges.parquet is missing or not the file that was written"),
    ],
)
def test_damaged_directories(tmp_path: Path, damage: Change, message: str) -> None:
    kg.save(built()[0], tmp_path / "g")
    damage(tmp_path / "g")
    with pytest.raises(GraphError, match=message):
        kg.load(tmp_path / "g")


def test_layout_is_the_same_for_the_same_graph() -> None:
    graph, _ = built()
    made = layout(graph)
    assert set(made.positions) == set(graph.nodes) and len(set(made.positions.values())) == len(graph)
    assert layout(graph) == made and layout(nx.MultiDiGraph()) == Layout({})


word = st.sampled_from(["GridNet", "gridnets", "BERT", "α-Mix", "x\ty", "CIFAR-10", "日本"])


@st.composite
def corpus(draw: st.DrawFn) -> tuple[list[Paper], list[Extraction]]:
    papers, found = [], []
    for number in range(draw(st.integers(0, 5))):
        title, abstract = draw(st.text(max_size=20)), draw(st.text(min_size=5, max_size=30).filter(str.strip))
        papers.append(
            paper(f"{number} {title}", abstract, authors=draw(st.lists(st.text(), max_size=2)), year=draw(st.none() | st.just(2024)))
        )
        lists: dict[str, Any] = {"id": papers[-1].id}
        for plural, kind in (("methods", "method"), ("datasets", "dataset"), ("tasks", "task"), ("metrics", "metric")):
            roles = [role for type_name, role in ROLE_EDGES if type_name == kind]
            lists[plural] = [entity(draw(word), draw(st.sampled_from(roles))) for _ in range(draw(st.integers(0, 2)))]
            lists.setdefault("mentions", []).extend(
                Mention.model_validate({"field": "abstract", "start": 0, "end": 5, "type": kind, "confidence": 0.5, "entity": i})
                for i in range(len(lists[plural]))
            )
        found.append(Extraction.model_validate(lists))
    return papers, found


@given(corpus(), st.randoms(use_true_random=False))
def test_any_corpus_gives_one_valid_graph(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[list[Paper], list[Extraction]], rng: random.Random
) -> None:
    papers, found = case
    graph = build_graph(papers, found, resolve(found), "test 1").graph
    assert not list(find_problems(graph))
    shuffled_papers, shuffled = rng.sample(papers, len(papers)), rng.sample(found, len(found))
    assert nx.utils.graphs_equal(build_graph(shuffled_papers, shuffled, resolve(shuffled), "test 1").graph, graph)
    folder = tmp_path_factory.mktemp("graph") / "g"
    save_graph(graph, folder, found)
    assert nx.utils.graphs_equal(load_graph(folder), graph)
    assert load_extractions(folder) == sorted(found, key=lambda e: e.id)
