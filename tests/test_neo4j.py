"""The export to a real Neo4j server and back: in step, ours only, whole after a fault, whatever the texts hold."""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx.utils import graphs_equal

import kg
from exports.neo4j.layout import CONSTRAINTS, TEXT_INDEXES
from exports.neo4j.rows import batches
from exports.neo4j.server import Counts, Neo4jReport
from kg.graph.build import assemble
from schemas.errors import OptionError, PaperkgError, ServerError
from schemas.graph import (
    ALLOWED_ENDS,
    NODE_RECORDS,
    DerivedEdge,
    EdgeKind,
    EntityNode,
    LinkNode,
    NodeKind,
    PaperEdge,
    PaperNode,
    edge_record,
)
from schemas.ids import edge_id
from schemas.paper import Record
from tests.conftest import ROOT
from tests.neo4j_server import Server
from tests.test_graph import built

NOTHING = Counts()

HOSTILE = [
    "}) DETACH DELETE n //",
    "'\"`\\",
    "`) SET n.owned = true //",
    "\\u0027 \\u0000 \\",
    "'); MATCH (n) DETACH DELETE n; //",
    "a;b\nc\r\nd\te\x00\x01\x1f\x7f\x85\u2028\u2029",
    ":param x => 1",
    "$graph {row.id} ${x} %s %(y)s",
    "日本語 \U0001f9ea e\u0301 \u202eright-to-left \ufeff\ufffe",
    "",
    " ",
]


def export(server: Server, graph: nx.MultiDiGraph, **options: Any) -> Neo4jReport:
    report = kg.export(graph, "neo4j", server.uri, **server.login, **options)
    assert isinstance(report, Neo4jReport)
    return report


def read(server: Server, **options: Any) -> nx.MultiDiGraph:
    return kg.read_neo4j(server.uri, **server.login, **options)


def graph() -> nx.MultiDiGraph:
    return built()[0]


def hostile(text: str = "", n_texts: int = len(HOSTILE)) -> nx.MultiDiGraph:
    """A graph whose every text is hostile."""
    texts = [text, *HOSTILE][:n_texts] if text else HOSTILE[:n_texts]
    nodes: dict[tuple[NodeKind, str], Record] = {}
    edges: dict[tuple[str, EdgeKind, str], Record] = {}
    for number, given_text in enumerate(texts):
        paper_id, method_id, url = f"sha:{number}{given_text}", f"method:{number}{given_text}", f"https://example.org/{number}{given_text}"
        lists: dict[str, Any] = {"sources": (given_text,), "authors": tuple(texts), "source_ids": ("", "")}
        nodes[NodeKind.PAPER, paper_id] = PaperNode(id=paper_id, title=given_text, abstract=given_text, url=given_text, **lists)
        nodes[NodeKind.METHOD, method_id] = EntityNode(id=method_id, name=given_text or "-", aliases=(given_text,), n_papers=1)
        nodes[NodeKind.LINK, url] = LinkNode(id=url, url=url, host=given_text, link_kind="other", repository=given_text)
        for kind, target in ((EdgeKind.PROPOSES, method_id), (EdgeKind.LINKS_TO, url)):
            mention: dict[str, Any] = {"evidence": (given_text,), "fields": ("title",), "starts": (0,), "ends": (2**62,), "forms": ("",)}
            claim = PaperEdge(id=edge_id(paper_id, kind, target), confidence=1e-300, extractor=given_text, **mention)
            edges[paper_id, kind, target] = claim
    return assemble(nodes, edges)


def test_first_export_creates_all_and_the_second_nothing(server: Server) -> None:
    first, second = export(server, graph()), export(server, graph())
    assert (first.n_nodes, first.n_edges) == (first.counts.nodes_created, first.counts.relationships_created) == (7, 10)
    assert first.counts.properties_set > 50 and second.counts == NOTHING
    assert second.notes == ("created 0 nodes and 0 relationships, set 0 properties, deleted 0 nodes and 0 relationships",)


def test_comes_back_equal_with_dates_and_lists(server: Server) -> None:
    export(server, graph())
    assert graphs_equal(read(server), graph())
    assert list(read(server)) == list(graph())
    query = "MATCH (p:Paper {id: 'arxiv:2401.00001'})-[r:PROPOSES]->(m:Method) RETURN p.published.month, r.evidence[0], m.aliases, r.starts"
    [[month, evidence, aliases, starts]] = server.run(query)
    assert (month, evidence, aliases, starts) == (1, "GridNet for image classification", ["GridNet", "GridNets", "gridnet"], [0, 11])


def test_natural_query(server: Server) -> None:
    export(server, graph())
    assert server.run("MATCH (p:Paper)-[:USES]->(d:Dataset) RETURN d.name") == [["CIFAR-10"]]


def test_constraints_and_indexes(server: Server) -> None:
    export(server, graph())
    names = {name for (name,) in server.run("SHOW CONSTRAINTS YIELD name")} | {
        name for (name,) in server.run("SHOW FULLTEXT INDEXES YIELD name")
    }
    assert names == {c.name for c in CONSTRAINTS} | {i.name for i in TEXT_INDEXES}
    found = "CALL db.index.fulltext.queryNodes($index, $text) YIELD node RETURN coalesce(node.name, node.title)"
    server.run("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
    assert server.run(found, index="paperkg_names", text="gridnets~") == [["GridNet"]]
    assert [PAPER_TITLE] in server.run(found, index="paperkg_texts", text="classification")


PAPER_TITLE = "GridNet for image classification"


def changed() -> nx.MultiDiGraph:
    """The graph after an update: a property gone, one changed, a list longer, a node and two edges gone, one of each new."""
    new = graph()
    paper_id = "arxiv:2401.00001"
    del new.nodes[paper_id]["published"]
    new.nodes[paper_id]["upvotes"] = 7
    method = next(n for n, v in new.nodes(data=True) if v.get("name") == "Transformer")
    new.remove_node(method)
    dataset = next(n for n, v in new.nodes(data=True) if v["kind"] == "Dataset")
    new.nodes[dataset]["aliases"].append("Z")
    new.add_node("task:new", kind="Task", name="new task", aliases=["new task"], n_papers=1, merged_ids=[])
    key = edge_id(paper_id, "MENTIONS", "task:new")
    empty: dict[str, list[Any]] = {name: [] for name in ("evidence", "fields", "starts", "ends", "forms")}
    new.add_edge(paper_id, "task:new", key=key, kind="MENTIONS", id=key, confidence=0.5, extractor="test 2", **empty)
    return new


def test_database_follows_the_graph(server: Server) -> None:
    export(server, graph())
    foreseen = export(server, changed(), dry_run=True)
    assert graphs_equal(read(server), graph())
    assert foreseen.counts == Counts(1, 1, 2, 1, 2)
    assert foreseen.notes[0] == (
        "would create 1 nodes and 1 relationships, change 2 nodes or relationships, delete 1 nodes and 2 relationships"
    )
    done = export(server, changed())
    assert graphs_equal(read(server), changed())
    assert (done.counts.nodes_created, done.counts.relationships_created) == (1, 1)
    assert (done.counts.nodes_deleted, done.counts.relationships_deleted) == (1, 2)
    assert export(server, changed()).counts == NOTHING
    assert export(server, graph(), dry_run=True).counts == Counts(1, 2, 2, 1, 1)


def test_dry_run_on_an_empty_database_writes_nothing(server: Server) -> None:
    for constraint in CONSTRAINTS:
        server.run(f"DROP CONSTRAINT {constraint.name} IF EXISTS")
    assert export(server, graph(), dry_run=True).counts == Counts(7, 10)
    assert server.run("MATCH (n) RETURN count(n)") == [[0]] and server.run("SHOW CONSTRAINTS") == []


def test_who_reads_during_an_export_never_finds_less_than_before(server: Server) -> None:
    export(server, graph())
    seen: list[int] = []

    def look(rows: Any, what: str, total: int) -> Any:
        yield from rows
        seen.extend(server.run("MATCH (n) WHERE n.id IN $ids RETURN count(n)", ids=list(graph()))[0])

    done = export(server, hostile(), progress=look)
    assert graphs_equal(read(server), hostile()) and set(seen) == {7} and len(seen) == 5
    assert (done.counts.nodes_deleted, done.counts.relationships_deleted) == (7, 10)


def test_a_constraint_of_others_that_only_new_and_stale_together_break(server: Server) -> None:
    server.run("CREATE CONSTRAINT theirs FOR (n:Method) REQUIRE n.name IS UNIQUE")
    export(server, graph())
    method = next(node for node, values in graph().nodes(data=True) if values.get("name") == "Transformer")
    moved = nx.relabel_nodes(graph(), {method: "method:other"})
    assert export(server, moved).counts.nodes_deleted == 1
    assert graphs_equal(read(server), moved)
    server.run("DROP CONSTRAINT theirs")


def test_a_node_that_is_replaced_while_relationships_are_created_gets_none_of_them(server: Server) -> None:
    """The server may give the id of a node that is gone to another: where to look is not what to take."""

    def replace(rows: Any, what: str, total: int) -> Any:
        for number, row in enumerate(rows):
            if what == "Method EVALUATED_ON Dataset" and number == 0:  # where the data sets are was asked before
                server.run("MATCH (d:Dataset {kg_graph: 'paperkg'}) REMOVE d.kg_graph SET d.id = 'theirs'")
            yield row

    with pytest.raises(ServerError, match=r"the database holds 0 Dataset of the graph 'paperkg', the graph 1; .* run this again"):
        export(server, graph(), progress=replace)
    assert server.run("MATCH (:Dataset {id: 'theirs'})<-[r]-() RETURN type(r) AS type ORDER BY type") == [["INTRODUCES"], ["USES"]]
    export(server, graph())
    assert graphs_equal(read(server), graph())
    assert server.run("MATCH (d:Dataset {id: 'theirs'}) RETURN COUNT { (d)--() }") == [[0]]


def test_without_prune_the_stale_stays(server: Server) -> None:
    export(server, graph())
    kept = export(server, changed(), prune=False)
    assert kept.n_stale == 3 and "3 stale nodes and relationships left in place" in kept.notes
    assert (kept.counts.nodes_deleted, kept.counts.relationships_deleted) == (0, 0)
    assert len(read(server)) == 8
    export(server, changed())
    assert graphs_equal(read(server), changed())


def test_what_others_changed_in_our_part_is_repaired_and_what_they_added_stays(server: Server) -> None:
    export(server, graph())
    server.run("MATCH (m:Method {name: 'GridNet'}) SET m.aliases = ['x'], m.community = 3, m:Favourite")
    server.run("MATCH (p:Paper) WITH p LIMIT 1 MATCH (t:Task) CREATE (p)-[:MENTIONS {note: 'mine'}]->(t)")
    server.run("MATCH ()-[r:EVALUATED_ON]->() SET r.weight = 99")
    done = export(server, graph())
    assert done.counts.properties_set > 0 and graphs_equal(read(server), graph())
    assert server.run("MATCH (m:Favourite) RETURN m.community") == [[3]]
    assert server.run("MATCH ()-[r:MENTIONS]->() RETURN r.note") == [["mine"]]


def test_a_label_of_another_kind_that_others_added_is_taken_off(server: Server) -> None:
    export(server, graph())
    server.run("MATCH (m:Method {name: 'GridNet'}) SET m:Dataset CREATE (:Note)-[:ABOUT]->(m)")
    foreseen = export(server, graph(), dry_run=True)
    assert foreseen.counts == NOTHING and "1 labels of the schema that others added would be taken off" in foreseen.notes
    assert server.run("MATCH (m:Method:Dataset) RETURN count(m)") == [[1]]
    done = export(server, graph(), prune=False)
    assert done.counts == NOTHING and done.n_stale == 0 and "1 labels of the schema that others added taken off" in done.notes
    assert graphs_equal(read(server), graph()) and server.run("MATCH (:Note)-[:ABOUT]->(m) RETURN labels(m)") == [[["Method"]]]


@pytest.mark.parametrize(
    "taken",
    [
        "CREATE INDEX paperkg_names FOR (x:Method) ON (x.name)",
        "CREATE FULLTEXT INDEX theirs FOR (x:Method|Dataset|Task|Metric) ON EACH [x.name, x.aliases]",
    ],
)
def test_no_index_under_our_name_is_an_error(server: Server, taken: str) -> None:
    server.run("DROP INDEX paperkg_names IF EXISTS")
    server.run(taken)
    with pytest.raises(ServerError, match=r"called paperkg_names, or the same index has another name; drop it .* run this again"):
        export(server, graph())
    server.run("DROP INDEX theirs IF EXISTS")
    server.run("DROP INDEX paperkg_names IF EXISTS")
    export(server, graph())
    assert ["paperkg_names"] in server.run("SHOW FULLTEXT INDEXES YIELD name")


def test_an_edge_that_joins_other_nodes_is_put_right(server: Server) -> None:
    export(server, graph())
    query = (
        "MATCH (:Paper)-[r:USES]->(:Dataset) MATCH (p:Paper {id: 'arxiv:2401.00002'}), (m:Method {name: 'Transformer'}) "
        "WITH r, p, m, properties(r) AS values DELETE r CREATE (p)-[x:USES]->(m) SET x = values"
    )
    server.run(query)
    export(server, graph(), prune=False)
    assert graphs_equal(read(server), graph())


def test_two_graphs_and_foreign_nodes_in_one_database(server: Server) -> None:
    foreign = "UNWIND ['arxiv:2401.00001', 'arxiv:2401.00001', 'x'] AS id CREATE (p:Paper {id: id, title: 'theirs'}) "
    server.run(foreign + "CREATE (p)-[:USES {id: 'u'}]->(:Dataset {id: 'd'})")
    theirs = "MATCH (n) WHERE n.kg_graph IS NULL OPTIONAL MATCH (n)-[r]->(m)"
    snapshot = f"{theirs} RETURN labels(n), properties(n), properties(r), m.id ORDER BY n.id, elementId(n)"
    before = server.run(snapshot)
    export(server, graph())
    export(server, changed(), name="second")
    assert graphs_equal(read(server), graph()) and graphs_equal(read(server, name="second"), changed())
    assert export(server, graph()).counts == export(server, changed(), name="second").counts == NOTHING
    export(server, changed())
    export(server, nx.MultiDiGraph(), name="second")
    assert graphs_equal(read(server), changed())
    with pytest.raises(ServerError, match="the database has no graph 'second'; it has 'paperkg'"):
        read(server, name="second")
    assert server.run(snapshot) == before and len(before) == 6


def test_relationships_of_others_at_a_removed_node_are_told(server: Server) -> None:
    export(server, graph())
    server.run("MATCH (m:Method {name: 'Transformer'}) CREATE (:Note)-[:ABOUT]->(m)")
    assert "1 relationships that are not ours went with the nodes they were attached to" in export(server, changed()).notes
    assert server.run("MATCH (n:Note) RETURN count(n)") == [[1]]


def test_hostile_texts_are_data(server: Server) -> None:
    original = hostile()
    original.nodes[next(iter(original))]["abstract"] = "a megabyte `'\"\\ " * 80_000
    server.run("CREATE (:Bystander)")
    for texts in (original, hostile()):
        export(server, texts)
        assert graphs_equal(read(server), texts)
        assert export(server, texts).counts == NOTHING
    assert server.run("MATCH (b:Bystander) RETURN count(b)") == [[1]]
    assert server.run("MATCH (m:Method {name: $name}) RETURN count(m)", name=HOSTILE[0]) == [[1]]
    labels = {label for (label,) in server.run("MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label")}
    assert labels == {"Bystander", "Paper", "Method", "Link"}


def test_ids_that_no_index_can_hold(server: Server) -> None:
    texts = hostile("é" * 20_000, 1)
    export(server, texts)
    assert graphs_equal(read(server), texts)
    assert export(server, texts).counts == NOTHING
    export(server, hostile("ü" * 20_000, 1))
    assert graphs_equal(read(server), hostile("ü" * 20_000, 1))


@pytest.mark.parametrize(
    ("values", "message"),
    [({"upvotes": 2**70}, "out of range"), ({"title": "\ud800"}, "surrogates not allowed")],
)
def test_values_that_no_database_can_hold(server: Server, values: dict[str, Any], message: str) -> None:
    bad = graph()
    bad.nodes["arxiv:2401.00001"].update(values)
    with pytest.raises(ServerError, match=message):
        export(server, bad)
    export(server, graph())
    assert graphs_equal(read(server), graph())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)


@st.composite
def graphs(draw: st.DrawFn) -> nx.MultiDiGraph:
    """Graphs of a few nodes of every kind with edges of every kind."""
    nodes: dict[tuple[NodeKind, str], Record] = {}
    for kind in NodeKind:
        for number in range(draw(st.integers(1, 2))):
            node_id = f"{kind}{number}{draw(TEXT)}"
            nodes[kind, node_id] = draw(st.builds(NODE_RECORDS[kind], id=st.just(node_id), **fields(NODE_RECORDS[kind])))
    edges: dict[tuple[str, EdgeKind, str], Record] = {}
    for edge_kind, joins in ALLOWED_ENDS.items():
        source_kind, target_kind = draw(st.sampled_from(joins))
        source, target = (draw(st.sampled_from([i for k, i in nodes if k == kind])) for kind in (source_kind, target_kind))
        key = st.just(edge_id(source, edge_kind, target))
        if edge_record(edge_kind) is DerivedEdge:
            papers = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
            edges[source, edge_kind, target] = draw(st.builds(DerivedEdge, id=key, papers=papers, weight=INTEGERS))
        else:
            edges[source, edge_kind, target] = draw(paper_edges(key))
    return assemble(nodes, edges)


INTEGERS = st.integers(1, 2**63 - 1)


def fields(record: type[Record]) -> dict[str, Any]:
    if record is PaperNode:
        some = st.none() | TEXT
        numbers = {name: st.none() | INTEGERS for name in ("n_authors", "upvotes", "year")}
        lists = dict.fromkeys(("authors", "sources", "source_ids"), TEXTS)
        dates = st.none() | st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31))
        return numbers | lists | {"published": dates, "title": TEXT, "abstract": TEXT, "arxiv_id": some, "doi": some, "url": some}
    if record is LinkNode:
        return {"url": TEXT, "host": TEXT, "repository": st.none() | TEXT}
    return {"name": TEXT.map(lambda text: text or "x"), "aliases": TEXTS, "merged_ids": TEXTS, "n_papers": INTEGERS}


@st.composite
def paper_edges(draw: st.DrawFn, key: st.SearchStrategy[str]) -> PaperEdge:
    n = draw(st.integers(0, 2))
    lists = {name: tuple(draw(TEXT) for _ in range(n)) for name in ("evidence", "forms")}
    starts = tuple(draw(st.integers(0, 2**40)) for _ in range(n))
    confidence = draw(st.floats(0, 1, exclude_min=True))
    return PaperEdge(id=draw(key), confidence=confidence, extractor=draw(TEXT), fields=("title",) * n, starts=starts, ends=starts, **lists)


@settings(max_examples=25)
@given(texts=graphs())
def test_every_graph_comes_back(neo4j_server: Server, texts: nx.MultiDiGraph) -> None:
    """Each example is also an update of the one before."""
    export(neo4j_server, texts)
    assert graphs_equal(read(neo4j_server), texts)


def test_a_graph_of_ours_that_someone_broke(server: Server) -> None:
    export(server, graph())
    server.run("MATCH (m:Method) SET m.n_papers = 'many'")
    with pytest.raises(PaperkgError, match="in the database does not fit the schema: n_papers"):
        read(server)


def test_names_of_graphs(server: Server) -> None:
    with pytest.raises(OptionError, match="a graph's name is 1 to 64 letters"):
        export(server, graph(), name="a`b")
    with pytest.raises(OptionError, match="a graph's name is 1 to 64 letters"):
        read(server, name="")


def test_a_constraint_that_exists_already(server: Server) -> None:
    export(server, graph())
    server.run("DROP CONSTRAINT paperkg_paper_id")
    server.run("CREATE CONSTRAINT theirs FOR (n:Paper) REQUIRE (n.kg_graph, n.id) IS UNIQUE")
    assert export(server, graph()).counts == NOTHING
    server.run("DROP CONSTRAINT theirs")
    server.run("CREATE CONSTRAINT paperkg_paper_id FOR (n:Other) REQUIRE n.id IS UNIQUE")
    with pytest.raises(ServerError, match=r"something else in the database is called paperkg_paper_id, .* drop it .* and run"):
        export(server, changed())
    server.run("DROP CONSTRAINT paperkg_paper_id")
    export(server, changed())
    assert graphs_equal(read(server), changed())


def test_a_text_index_that_exists_already(server: Server) -> None:
    server.run("DROP INDEX paperkg_names IF EXISTS")
    server.run("CREATE FULLTEXT INDEX paperkg_names FOR (n:Paper) ON EACH [n.title]")
    with pytest.raises(ServerError, match="something else in the database is called paperkg_names"):
        export(server, graph())
    server.run("DROP INDEX paperkg_names")


def test_a_constraint_of_others_that_refuses_our_data(server: Server) -> None:
    server.run("CREATE CONSTRAINT theirs FOR (n:Paper) REQUIRE n.id IS UNIQUE")
    server.run("CREATE (:Paper {id: 'arxiv:2401.00001'})")
    with pytest.raises(ServerError, match=r"a constraint of the database refuses the data: .*drop it") as caught:
        export(server, graph())
    assert "\n" not in str(caught.value)
    server.run("DROP CONSTRAINT theirs")
    export(server, graph())
    assert graphs_equal(read(server), graph())


def test_something_else_that_writes_meanwhile_is_noticed(server: Server) -> None:
    export(server, graph())

    def meddle(rows: Any, what: str, total: int) -> Any:
        if what.endswith("COMPARED_WITH Method") or what.startswith("Method BUILDS_ON"):
            server.run("CREATE (:Paper {kg_graph: 'paperkg', id: 'arxiv:9'})")
        return rows

    with pytest.raises(ServerError, match=r"the database holds 3 Paper of the graph 'paperkg', the graph 2; .* run this again"):
        export(server, graph(), progress=meddle)
    export(server, graph())
    assert graphs_equal(read(server), graph())


@pytest.mark.parametrize(
    ("address", "options", "message"),
    [
        ("bolt://127.0.0.1:1", {}, "no server answers there"),
        ("http://localhost:7474", {}, "not the address of a Neo4j server, such as bolt://localhost:7687"),
        ("bolt://", {}, "not the address of a Neo4j server"),
        ("bolt://[", {}, "not the address of a Neo4j server"),
        ("bolt://neo4j:secret@localhost:7687", {}, "the server's address: it holds a user or a password"),
        ("SERVER", {"database": "nowhere"}, "no database 'nowhere'; SHOW DATABASES names"),
        ("SERVER", {"user": "nobody"}, "it refuses the user 'nobody' with this password"),
    ],
)
def test_faults_are_one_line_without_the_password(server: Server, address: str, options: dict[str, str], message: str) -> None:
    where = server.uri if address == "SERVER" else address
    for act in (
        lambda: kg.export(graph(), "neo4j", where, **server.login | options),
        lambda: kg.read_neo4j(where, **server.login | options),
    ):  # type: ignore[arg-type]
        with pytest.raises(ServerError, match=message) as caught:
            act()
        assert "\n" not in str(caught.value) and "secret" not in str(caught.value) and server.password not in str(caught.value)


def test_wrong_or_no_password(server: Server) -> None:
    with pytest.raises(ServerError, match="it refuses the user 'neo4j' with this password") as caught:
        kg.export(graph(), "neo4j", server.uri, password="guessed")
    assert "guessed" not in str(caught.value) + repr(caught.value.__context__)
    with pytest.raises(ServerError, match="no password: set NEO4J_PASSWORD"):
        kg.export(graph(), "neo4j", server.uri)


def test_a_node_that_lost_its_label_is_made_again(server: Server) -> None:
    export(server, graph())
    server.run("MATCH (m:Method {name: 'GridNet'}) REMOVE m:Method")
    export(server, graph())
    assert graphs_equal(read(server), graph()) and export(server, graph()).counts == NOTHING
    assert server.run("MATCH (p:Paper)-[:PROPOSES]->(m:Method) RETURN m.name") == [["GridNet"]]


def test_server_that_is_killed_in_the_middle(server: Server, tmp_path: Path) -> None:
    """The real command, and the server killed between its batches; after a new start the next export makes all equal."""
    if not server.own:
        pytest.skip("a server that is not our own cannot be killed")
    export(server, graph())
    many = hostile("x" * 1000)
    kg.save(many, tmp_path / "g")
    command = [sys.executable, "-c", "from kg.cli import main; main()", "export", "g", "--to", "neo4j", "--uri", server.uri]
    settings = os.environ | {"PYTHONPATH": str(ROOT), "NEO4J_PASSWORD": server.password}
    with subprocess.Popen(command, cwd=tmp_path, env=settings, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            assert process.stderr.readline() == "Paper nodes: 11 of 11\n"
            server.own.kill()
            rest = process.stderr.read().splitlines()
        finally:
            server.own.start()
    problem = f"kg: {server.uri}: no server answers there, or it went away; start it (or check the address) and run this again"
    assert process.returncode == 1
    assert [line for line in rest if not re.fullmatch(r"[A-Za-z_ ]+: \d+ of \d+", line)] == [problem]
    assert server.run("MATCH ()-[r]->() RETURN count(r)") != [[many.number_of_edges()]]
    export(server, many)
    assert graphs_equal(read(server), many)
    assert export(server, many).counts == NOTHING


def entangled(n_papers: int = 40) -> nx.MultiDiGraph:
    """A graph in which all papers propose and use some of a few methods, and every method builds on every other."""
    methods = [f"method:{number}" for number in range(8)]
    papers = [f"sha:{number}" for number in range(n_papers)]
    nodes: dict[tuple[NodeKind, str], Record] = {
        (NodeKind.PAPER, paper): PaperNode(id=paper, title=paper, abstract="", sources=("s",)) for paper in papers
    }
    nodes |= {(NodeKind.METHOD, method): EntityNode(id=method, name=method, aliases=(method,), n_papers=1) for method in methods}
    edges: dict[tuple[str, EdgeKind, str], Record] = {}
    for number, paper in enumerate(papers):
        for place in range(4):
            kind, target = (EdgeKind.PROPOSES, EdgeKind.USES)[place % 2], methods[(number * 3 + place * 5) % 8]
            lists: dict[str, Any] = {"evidence": (paper,), "fields": ("title",), "starts": (0,), "ends": (1,), "forms": ("s",)}
            edges[paper, kind, target] = PaperEdge(id=edge_id(paper, kind, target), confidence=0.5, extractor="x", **lists)
    for source in methods:
        for target in set(methods) - {source}:
            kind = EdgeKind.BUILDS_ON
            edges[source, kind, target] = DerivedEdge(id=edge_id(source, kind, target), papers=(papers[0],), weight=1)
    return assemble(nodes, edges)


def test_batches_that_are_written_together_are_those_of_one_after_the_other(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exports.neo4j.server.batches", partial(batches, max_rows=7))
    whole, half = entangled(), entangled(20)
    for wanted in (whole, half, whole):
        export(server, wanted)
        assert graphs_equal(read(server), wanted) and export(server, wanted).counts == NOTHING


def test_what_another_export_wrote_meanwhile_is_no_obstacle(server: Server) -> None:
    def be_first(rows: Any, what: str, total: int) -> Any:
        if what == "Paper nodes":
            export(server, graph())
        return rows

    done = export(server, graph(), progress=be_first)
    assert graphs_equal(read(server), graph()) and done.counts == NOTHING


def test_batches_are_bounded_by_rows_and_by_text() -> None:
    rows = [{"id": "a", "values": {"title": "x" * 10, "list": ["y" * 5], "n": 1}}] * 5
    assert [len(batch) for batch in batches(rows, 2)] == [2, 2, 1]
    assert [len(batch) for batch in batches(rows, 10, 40)] == [2, 2, 1]
    assert [len(batch) for batch in batches(rows, 10, 3)] == [1] * 5
    assert list(batches([])) == []
