"""Analysis: views, tables, trends, pairs, lineages, likeness, topics, centralities, plots, differences."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg.analysis import tables
from kg.analysis.completeness import share_rows
from kg.analysis.difference import difference_rows
from kg.analysis.likeness import similar_rows
from kg.analysis.lineage import lineage_rows
from kg.analysis.nodes import find_node, speakers
from kg.analysis.overview import make_overview
from kg.analysis.pairs import pair_rows
from kg.analysis.trends import dividing_year, trend_rows
from kg.graph.build import build_graph
from kg.graph.check import find_problems
from kg.resolve import resolve
from schemas.errors import GraphError, MissingExtraError
from schemas.extraction import Entity, Extraction, Link
from schemas.ids import content_key
from tests.conftest import ROOT, paper

NAMES = ("GridNet", "BERT", "U-Net", "LSTM")


def entity(name: str, role: str | None, confidence: float = 0.9) -> Entity:
    return Entity(name=name, forms=(name,), role=role, confidence=confidence)


def made(*rows: tuple[int | None, dict[str, str], dict[str, str]], confidence: float = 0.9) -> nx.MultiDiGraph:
    """A graph of papers, each a year, {method: role} and {dataset: role}."""
    ids = [f"2401.{n:05}" for n in range(len(rows))]
    papers = [paper(f"Paper {n}", f"Text {n}.", id=f"arxiv:{id}", arxiv_id=id, year=rows[n][0]) for n, id in enumerate(ids)]
    found = [
        Extraction(
            id=paper.id,
            methods=tuple(entity(name, role, confidence) for name, role in methods.items()),
            datasets=tuple(entity(name, role, confidence) for name, role in datasets.items()),
            links=(Link(url=f"https://github.com/a/{paper.id[-1]}", kind="code", source="record"),),
        )
        for paper, (_, methods, datasets) in zip(papers, rows, strict=True)
    ]
    return build_graph(papers, found, resolve(found), "test 1").graph


FIELD = made(
    (2020, {"U-Net": "uses", "GridNet": "proposes"}, {"CIFAR-10": "uses", "ImageNet": "uses"}),
    (2020, {"U-Net": "uses"}, {"CIFAR-10": "uses"}),
    (2021, {"U-Net": "compares", "BERT": "uses"}, {"CIFAR-10": "uses", "ImageNet": "uses"}),
    (2022, {"BERT": "uses", "GridNet": "uses", "QuiltPool": "proposes"}, {"SQuAD": "introduces"}),
    (2022, {"BERT": "uses", "GridNet": "compares", "HeronQ": "proposes"}, {}),
    (None, {"BERT": "mentions"}, {"CIFAR-10": "mentions"}),
)


def names(graph: nx.MultiDiGraph, kind: str) -> set[str]:
    return {values["name"] for _, values in graph.nodes(data=True) if values["kind"] == kind}


def kinds(graph: nx.MultiDiGraph) -> set[str]:
    return {kind for _, kind in graph.nodes(data="kind")}


# Views


def test_view_of_years_counts_again() -> None:
    view = kg.subgraph(FIELD, years=(2021, 2022))
    assert not list(find_problems(view)) and len(FIELD) > len(view)
    bert = find_node(view, "BERT")
    assert view.nodes[bert]["n_papers"] == 3 and FIELD.nodes[bert]["n_papers"] == 4
    assert names(view, "Method") == {"U-Net", "BERT", "GridNet", "QuiltPool", "HeronQ"} and "SQuAD" in names(view, "Dataset")
    assert {year for _, year in view.nodes(data="year") if year} == {2021, 2022}
    assert set(kg.subgraph(FIELD, years=2020).nodes) == set(kg.subgraph(FIELD, years=(2020, 2020)).nodes)
    last = kg.frame(FIELD, "papers").year.max()
    assert set(kg.subgraph(FIELD, years=last).nodes) == set(kg.subgraph(FIELD, years=2022).nodes), "a year of NumPy's is a year"


def test_view_of_sure_edges_drops_what_followed_from_others() -> None:
    graph = FIELD.copy()
    proposes = next(edge for edge in graph.edges(keys=True, data=True) if edge[3]["kind"] == "PROPOSES" and edge[0].endswith("3"))
    proposes[3]["confidence"] = 0.4
    view = kg.subgraph(graph, min_confidence=0.5)
    assert not list(find_problems(view)) and "QuiltPool" not in names(view, "Method")
    assert {view.nodes[source]["name"] for source, _, derived in view.edges(data="derived") if derived} == {"GridNet", "HeronQ"}
    assert graph.number_of_nodes() == FIELD.number_of_nodes(), "the graph itself stays"


def test_view_of_kinds_and_around() -> None:
    assert kinds(kg.subgraph(FIELD, kinds="methods")) == {"Method"}
    view = kg.subgraph(FIELD, kinds=["Method", "BUILDS_ON"])
    assert {kind for _, _, kind in view.edges(data="kind")} == {"BUILDS_ON"}
    assert names(kg.subgraph(view, around="gridnet"), "Method") == {"GridNet", "U-Net", "QuiltPool"}
    assert names(kg.subgraph(view, around=["U-Net", "HeronQ"], hops=0), "Method") == {"U-Net", "HeronQ"}
    assert len(kg.subgraph(FIELD, around="2401.00000", hops=99)) == len(FIELD)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kinds": ["Methd"]}, "unknown kind among 'Methd'; choose from Paper, .*, COMPARED_WITH"),
        ({"around": "GridNot"}, "no paper or method .* is called 'GridNot'; close to it: 'GridNet'"),
        ({"around": "BERT", "kinds": "Dataset"}, "is called 'BERT'"),
        ({"years": range(2020, 2023)}, r"years: 'range\(2020, 2023\)' is neither a year nor two; give 2024 or \(2020, 2024\)"),
        ({"years": "2020"}, "years: '2020' is neither a year nor two"),
        ({"years": (2022, 2020)}, r"years: 2022 is after 2020; give the first and the last: \(2020, 2022\)"),
        ({"min_confidence": 80}, "min_confidence: 80 is no probability; give a number from 0 to 1"),
        ({"around": "BERT", "hops": -1}, "hops: -1 is no number of edges; give 0"),
    ],
)
def test_view_of_what_is_not_there(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        kg.subgraph(FIELD, **options)


def test_a_name_in_any_spelling_and_the_best_known_of_several() -> None:
    assert find_node(FIELD, "bert") == find_node(FIELD, "BERT") == find_node(FIELD, find_node(FIELD, "BERT"))
    assert find_node(FIELD, "paper 3") == find_node(FIELD, "2401.00003") == "arxiv:2401.00003"


@st.composite
def graphs(draw: st.DrawFn) -> nx.MultiDiGraph:
    methods = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["proposes", "uses", "compares", "mentions"]), max_size=4)
    datasets = st.dictionaries(st.sampled_from(["CIFAR-10", "ImageNet", "SQuAD"]), st.sampled_from(["introduces", "uses"]), max_size=3)
    years = st.none() | st.integers(2019, 2022)
    return made(*draw(st.lists(st.tuples(years, methods, datasets), max_size=7)), confidence=draw(st.sampled_from([0.3, 0.9])))


@given(graphs(), st.integers(2018, 2023), st.integers(0, 3), st.sampled_from([0.0, 0.5, 1.0]))
def test_any_view_is_a_part_that_fits_the_schema(graph: nx.MultiDiGraph, first: int, span: int, sure: float) -> None:
    before = graph.copy()
    view = kg.subgraph(graph, years=(first, first + span), min_confidence=sure)
    assert nx.utils.graphs_equal(graph, before) and not list(find_problems(view))
    assert set(view) <= set(graph) and set(view.edges(keys=True)) <= set(graph.edges(keys=True))
    assert all(values.get("n_papers", 1) == len(speakers(view, node)) for node, values in view.nodes(data=True) if "n_papers" in values)
    assert nx.utils.graphs_equal(kg.subgraph(view, years=(first, first + span), min_confidence=sure), view)


@given(graphs())
def test_any_graph_can_be_analysed(graph: nx.MultiDiGraph) -> None:
    assert nx.utils.graphs_equal(kg.subgraph(graph), graph) and difference_rows(graph, graph) == []
    n_papers = len(kg.frame(graph, "papers"))
    for trend in trend_rows(graph, min_papers=1):
        assert trend.before + trend.since == trend.n_papers == sum(trend.by_year.values()) <= n_papers
        assert -1 <= trend.change <= 1 and trend.change * trend.score >= 0
    for pair in pair_rows(graph, "Method", min_papers=1):
        assert 1 <= pair.n_papers <= min(pair.n_a, pair.n_b) and pair.lift > 0 and pair.a != pair.b
    for row in share_rows(graph):
        assert 0 <= row.share <= 1
    assert make_overview(graph).sections and len(kg.communities(graph)) <= max(1, n_papers)


# Tables


@pytest.mark.parametrize("what", ["papers", "methods", "datasets", "tasks", "metrics", "links", "nodes", "edges", "mentions"])
def test_frames_hold_all_of_a_kind(what: str, example_graph: nx.MultiDiGraph) -> None:
    frame = kg.frame(example_graph, what)
    count = {"nodes": len(example_graph), "edges": example_graph.number_of_edges()}
    mentions = sum(len(evidence) for _, _, evidence in example_graph.edges(data="evidence", default=()))
    own = sum(f"{kind.lower()}s" == what for _, kind in example_graph.nodes(data="kind"))
    assert len(frame) == count.get(what, mentions if what == "mentions" else own) > 0
    assert list(kg.frame(nx.MultiDiGraph(), what).columns) == list(frame.columns)


def test_types_of_columns(example_graph: nx.MultiDiGraph) -> None:
    papers = kg.frame(example_graph, "Paper").set_index("id")
    assert papers.year.dtype == "Int64" and papers.published.dtype.kind == "M" and papers.upvotes.isna().any()
    edges = kg.frame(example_graph, "edges")
    assert edges.weight.dtype == "Int64" and edges.confidence.dtype == float and set(edges.source) <= set(example_graph)
    mentions = kg.frame(example_graph, "mentions")
    for row in mentions.head(20).itertuples():
        assert example_graph.nodes[row.paper][row.field][row.start : row.end] == row.form


def test_days_of_old_papers() -> None:
    graph = FIELD.copy()
    graph.nodes["arxiv:2401.00000"].update(published=date(1665, 3, 6), year=1665)
    published = kg.frame(graph, "papers").published
    assert published.dtype.kind == "M" and published.dropna().dt.year.tolist() == [1665]


def test_unknown_frame_and_kind() -> None:
    with pytest.raises(GraphError, match="frame: unknown 'author'; choose one of nodes, edges, mentions, papers, methods, "):
        kg.frame(FIELD, "author")
    with pytest.raises(GraphError, match="kind: unknown 'Methd'; choose one of Paper, Method"):
        kg.trends(FIELD, "Methd")
    with pytest.raises(GraphError, match="papers speak of others, not of papers; choose one of Method, "):
        kg.co_occurrence(FIELD, "Paper")
    with pytest.raises(GraphError, match="measure: unknown 'fame'; choose one of papers, pagerank, betweenness, harmonic"):
        kg.leading(FIELD, by="fame")


@pytest.mark.parametrize(
    ("package", "call"),
    [
        ("pandas", lambda: kg.frame(FIELD, "papers")),
        ("pandas", lambda: kg.trends(FIELD)),
        ("scipy", lambda: kg.leading(FIELD, by="pagerank")),
        ("matplotlib", lambda: kg.timeline(FIELD)),
        ("matplotlib", lambda: kg.coverage(FIELD)),
    ],
)
def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, package: str, call: Any) -> None:
    monkeypatch.setattr(tables, "find_spec", lambda name: None if name == package else name)
    with pytest.raises(MissingExtraError, match=r"^kg\.\w+.* needs the extra: pip install 'paperkg\[analysis\]'$"):
        call()


# Figures


def test_trends_by_hand() -> None:
    frame = kg.trends(FIELD, since=2022).set_index("name")
    assert list(frame.columns) == ["id", "n_papers", "before", "since", "change", "score", "2020", "2021", "2022"]
    assert list(frame.loc["BERT"][["before", "since", "2021", "2022"]]) == [1, 2, 1, 2]
    assert frame.loc["BERT"].change == pytest.approx(2 / 2 - 1 / 3)
    assert frame.loc["U-Net"].change == pytest.approx(0 - 3 / 3) and frame.index[-1] == "U-Net"
    # Both papers since, none of three before: G² = 2 (3 ln(3 / 1.8) + 2 ln(2 / 0.8)), all that the totals allow.
    assert frame.loc["U-Net"].score == pytest.approx(-2 * (3 * 0.510826 + 2 * 0.916291), rel=1e-4)


def test_year_that_divides() -> None:
    assert dividing_year(FIELD) == 2021 and dividing_year(nx.MultiDiGraph()) == 0
    one = made((2024, {"BERT": "uses"}, {}), (2024, {"BERT": "uses"}, {}))
    assert [(row.change, row.score) for row in trend_rows(one)] == [(0.0, 0.0)], "one period alone shows no trend"


def test_pairs_by_hand() -> None:
    (row,) = pair_rows(FIELD)
    assert (row.a, row.b, row.n_papers, row.n_a, row.n_b) == ("CIFAR-10", "ImageNet", 2, 4, 2)
    assert row.lift == pytest.approx(2 * 6 / (4 * 2))
    mixed = kg.co_occurrence(FIELD, "Method", "Dataset")
    assert list(mixed.iloc[0][["a", "b", "n_papers"]]) == ["U-Net", "CIFAR-10", 3] and set(mixed.b) <= {"CIFAR-10", "ImageNet"}


def test_lineage_by_hand() -> None:
    ties = {(tie.relation, tie.name, tie.year, tie.step) for tie in lineage_rows(FIELD, "GridNet", steps=2)}
    assert ties == {("builds on", "U-Net", 2020, 1), ("basis of", "QuiltPool", 2022, 1), ("compared with", "HeronQ", 2022, 1)}
    two = {(tie.name, tie.via, tie.step) for tie in lineage_rows(FIELD, "QuiltPool", steps=2)}
    assert two == {("GridNet", "QuiltPool", 1), ("BERT", "QuiltPool", 1), ("U-Net", "GridNet", 2)}
    assert kg.lineage(FIELD, "U-Net").relation.tolist() == ["basis of"]
    with pytest.raises(GraphError, match="no method is called 'CIFAR-10'"):
        kg.lineage(FIELD, "CIFAR-10")


def test_methods_that_are_compared_both_ways_are_tied_once() -> None:
    one, other = {"GridNet": "proposes", "BERT": "compares"}, {"BERT": "proposes", "GridNet": "compares"}
    graph = made((2022, one, {}), (2021, other, {}), (None, other, {}))
    (tie,) = lineage_rows(graph, "GridNet")
    assert (tie.relation, tie.name, tie.year, tie.n_papers) == ("compared with", "BERT", 2021, 3)


def test_similar_papers_by_hand() -> None:
    first = similar_rows(FIELD, "2401.00000")[0]
    # Papers 0 and 2 share U-Net (3 papers), CIFAR-10 (4) and ImageNet (2).
    assert first.title == "Paper 2" and first.shared == ["ImageNet", "U-Net", "CIFAR-10"]
    assert first.score == pytest.approx(1 / 1.098612 + 1 / 1.386294 + 1 / 0.693147, rel=1e-5)
    assert len(kg.similar_papers(FIELD, "paper 0", top=2)) == 2


def test_communities_are_the_topics_of_the_page(example_graph: nx.MultiDiGraph) -> None:
    from kg.graph.layout import layout

    frame = kg.communities(example_graph)
    topics = [topic for topic in layout(example_graph).topics if topic.radius]
    assert [(row.name, row.n_papers) for row in frame.itertuples()] == [(topic.name, topic.n_papers) for topic in topics]
    assert all(len(row.papers) == row.n_papers and len(row.ids) == row.n_nodes for row in frame.itertuples())


@pytest.mark.parametrize("by", ["papers", "pagerank", "betweenness", "harmonic"])
def test_leading(by: str) -> None:
    frame = kg.leading(FIELD, by=by)
    assert len(frame) == 5 and frame.score.is_monotonic_decreasing
    assert frame.name[0] in {"BERT", "GridNet"} and (by != "papers" or frame.score[0] == frame.n_papers[0] == 4)
    assert len(kg.leading(FIELD, "Paper", by=by, top=2)) == 2


def test_pagerank_counts_each_two_joined_nodes_once() -> None:
    graph = made(*[(2020, {"GridNet": "proposes", "BERT": "uses"}, {})] * 3)
    ranks = nx.pagerank(nx.Graph(nx.Graph(graph).edges))
    expected = {graph.nodes[node].get("name"): round(rank, 9) for node, rank in ranks.items()}
    assert any(weight > 1 for _, _, weight in graph.edges(data="weight", default=0))
    assert {row.name: row.score for row in kg.leading(graph, by="pagerank").itertuples()} == {n: expected[n] for n in ("GridNet", "BERT")}


def test_large_graphs_are_sampled() -> None:
    many = made(*((2024, {f"Method{number}": "uses", "BERT": "uses"}, {}) for number in range(260)))
    frame = kg.leading(many, by="betweenness", top=1)
    assert len(many) > 500 and frame.name[0] == "BERT"


def test_compare_says_what_is_new_gone_more_and_fewer() -> None:
    before, after = kg.subgraph(FIELD, years=(2020, 2021)), kg.subgraph(FIELD, years=(2021, 2022))
    rows = {(row.change, row.name): (row.before, row.after) for row in kg.compare(before, after).itertuples() if row.kind == "Method"}
    assert rows[("more", "BERT")] == (1, 3) and rows[("fewer", "U-Net")] == (3, 1) and rows[("new", "HeronQ")] == (0, 1)
    assert {(row.kind, row.before, row.after) for row in difference_rows(before, after) if row.change == "count"} >= {("Method", 3, 5)}
    assert {row.name for row in difference_rows(before, after) if row.change == "gone" and row.kind == "Paper"} == {"Paper 0", "Paper 1"}


def test_compare_follows_nodes_whose_ids_change() -> None:
    node = find_node(FIELD, "BERT")
    renamed = nx.relabel_nodes(FIELD, {node: "method:0"})
    renamed.nodes["method:0"]["merged_ids"] = [node]
    assert difference_rows(FIELD, renamed) == []
    other = find_node(renamed, "U-Net")
    merged = nx.contracted_nodes(renamed, "method:0", other, self_loops=False, copy=True)
    merged.nodes["method:0"]["merged_ids"] = [node, other]
    assert [row[1:] for row in difference_rows(FIELD, merged) if row.change == "merged"] == [("Method", "BERT, U-Net -> BERT", 2, 1)]
    assert [row[1:] for row in difference_rows(merged, FIELD) if row.change == "split"] == [("Method", "BERT -> BERT, U-Net", 1, 2)]


def test_compare_follows_papers_that_get_an_id() -> None:
    def field(*ids: tuple[str, str | None, str | None]) -> nx.MultiDiGraph:
        papers = [paper("One paper", "One text.", id=id, arxiv_id=arxiv, doi=doi) for id, arxiv, doi in ids]
        return build_graph(papers, [], resolve([]), "test 1").graph

    no_id = "sha:" + content_key("One paper", "One text.")
    bare, named = field((no_id, None, None)), field(("arxiv:2401.00001", "2401.00001", "10.1000/x"))
    assert difference_rows(bare, named) == difference_rows(named, bare) == []
    doi = field(("doi:10.1000/x", None, "10.1000/x"))
    assert difference_rows(doi, named) == difference_rows(named, doi) == []
    both = field(("arxiv:2401.00001", "2401.00001", None), ("doi:10.1000/x", None, "10.1000/x"))
    assert [row[0] for row in difference_rows(both, named)] == ["count", "merged"]
    assert [row[0] for row in difference_rows(named, both)] == ["count", "split"]
    other = field(("arxiv:2401.00002", "2401.00002", None))
    assert [row[0] for row in difference_rows(named, other)] == ["new", "gone"], "two ids are two papers, whatever their text"


# Plots


def test_timeline() -> None:
    axes = kg.timeline(FIELD, top=2)
    lines = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines}
    assert lines == {"BERT": ([2020, 2021, 2022], [0, 1, 2]), "GridNet": ([2020, 2021, 2022], [1, 0, 2])}
    assert kg.timeline(FIELD, ["U-Net"], ax=axes) is axes and len(axes.lines) == 3
    assert not kg.timeline(nx.MultiDiGraph()).lines
    assert [line.get_label() for line in kg.timeline(FIELD, "u-net").lines] == ["U-Net"]


def test_coverage() -> None:
    axes = kg.coverage(FIELD)
    shares = dict(zip([label.get_text() for label in axes.get_yticklabels()], [bar.get_width() for bar in axes.patches], strict=True))
    assert shares["year"] == pytest.approx(5 / 6) and shares["code"] == 1 and shares["dataset of its own"] == pytest.approx(1 / 6)


def test_hostile_names_are_drawn_as_they_stand(tmp_path: Path) -> None:
    graph = made((2024, {"$\\frac{1}{0}$": "uses", "_hidden": "uses", "a$b": "uses"}, {}))
    axes = kg.timeline(graph, top=9)
    axes.figure.savefig(tmp_path / "t.png")
    assert len(axes.get_legend().get_texts()) == len(names(graph, "Method"))


def test_plots_leave_the_state_of_pyplot_alone() -> None:
    code = "import sys, kg; from tests.test_analysis import FIELD; kg.timeline(FIELD); kg.coverage(FIELD); "
    code += "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


ALL_FRAMES = """
import kg, sys
g = kg.load(sys.argv[1])
frames = [kg.trends(g), kg.co_occurrence(g, 'Method', min_papers=1), kg.lineage(g, 'BERT', steps=3), kg.communities(g)]
frames += [kg.similar_papers(g, next(iter(g)), top=99), kg.compare(kg.subgraph(g, years=2025), g)]
frames += [kg.leading(g, by=by, top=99) for by in ('pagerank', 'betweenness', 'harmonic')]
frames += [kg.frame(kg.subgraph(g, around='BERT', hops=3), 'edges')]
for frame in frames:
    print(frame.to_json())
"""


def test_the_same_in_every_process(tmp_path: Path, example_graph: nx.MultiDiGraph) -> None:
    """Sets of texts have another order in each process."""
    kg.save(example_graph, tmp_path / "g")
    answers = set()
    for seed in "12":
        command, environment = [sys.executable, "-c", ALL_FRAMES, str(tmp_path / "g")], os.environ | {"PYTHONHASHSEED": seed}
        answers.add(subprocess.run(command, check=True, cwd=ROOT, capture_output=True, env=environment).stdout)
    assert len(answers) == 1


@pytest.mark.parametrize("values", [{}, {"kind": "Person"}, {"kind": ["Paper"]}], ids=["no kind", "another", "no text"])
def test_graphs_of_others_are_one_line(values: dict[str, object]) -> None:
    graph = nx.MultiDiGraph()
    graph.add_node("a", **values)
    for ask in (kg.trends, kg.communities, kg.leading, kg.co_occurrence, kg.coverage, kg.subgraph):
        with pytest.raises(kg.GraphError, match=r"node 'a' has the kind .* none of ours; build it with kg"):
            ask(graph)
    with pytest.raises(kg.GraphError, match="node 'a' has the kind"):
        kg.compare(nx.MultiDiGraph(), after=graph)
    edges = nx.MultiDiGraph()
    edges.add_node("p", kind="Paper")
    edges.add_edge("p", "p")
    with pytest.raises(kg.GraphError, match="edge 'p' -> 'p' has the kind 'None'"):
        kg.frame(edges, "edges")
