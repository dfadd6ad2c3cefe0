"""`kg query`: Cypher on a graph directory with no server."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import networkx as nx
import pytest

import kg
from kg import query_prompt
from kg.query import check_only_reads, hint_for, open_graph, parameter
from kg.query_prompt import statements
from schemas.errors import GraphError, MissingExtraError, QueryError
from tests.test_cli import HEEDS_INTERRUPTS, environment, one_line, run
from tests.test_neo4j import HOSTILE, changed, graph, hostile

pytest.importorskip("ladybug", reason="the engine is not installed: pip install 'paperkg[query]'")

USED = "MATCH (p:Paper)-[:USES]->(d:Dataset) RETURN d.name AS dataset, count(*) AS papers ORDER BY dataset"


@pytest.fixture
def directory(in_folder: Path) -> Path:
    kg.save(graph(), "g")
    return in_folder / "g"


def databases(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.glob(".query-*"))


def test_rows_with_parameters_dates_nodes_and_paths(directory: Path) -> None:
    assert kg.query(directory, USED) == [{"dataset": "CIFAR-10", "papers": 1}]
    [row] = kg.query(directory, "MATCH (p:Paper)-[r:PROPOSES]->(m) WHERE m.name = $name RETURN p, r, label(r) AS type", {"name": "GridNet"})
    properties = {name: value for name, value in graph().nodes["arxiv:2401.00001"].items() if name != "kind"}
    assert row["p"] == {"_label": "Paper", "id": "arxiv:2401.00001"} | properties
    assert row["type"] == "PROPOSES" == row["r"].pop("_label") and row["r"]["starts"] == [0, 11]
    [path] = kg.query(directory, "MATCH p = (:Paper {id: 'arxiv:2401.00002'})-[* SHORTEST 1..4]-(:Task) RETURN p")
    assert [node["_label"] for node in path["p"]["nodes"]] == ["Paper", "Method", "Task"]


def test_every_node_and_edge_is_there(directory: Path) -> None:
    for original in (graph(), hostile()):
        kg.save(original, directory)
        nodes = kg.query(directory, "MATCH (n) RETURN n")
        assert {row["n"]["id"]: row["n"]["_label"] for row in nodes} == dict(original.nodes(data="kind"))
        edges = kg.query(directory, "MATCH (a)-[r]->(b) RETURN a.id AS a, r.id AS id, b.id AS b, label(r) AS kind")
        assert {(e["a"], e["b"], e["id"], e["kind"]) for e in edges} == set(original.edges(keys=True, data="kind"))
    assert {"name": HOSTILE[0]} in kg.query(directory, "MATCH (m:Method) RETURN m.name AS name")


def test_database_is_made_once_and_anew_when_the_graph_changed(directory: Path) -> None:
    kg.query(directory, USED)
    [first] = databases(directory)
    before = (directory / first).stat().st_mtime_ns
    kg.query(directory, USED)
    assert databases(directory) == [first] and (directory / first).stat().st_mtime_ns == before
    assert kg.load(directory).number_of_nodes() == 7
    kg.save(changed(), directory)
    assert databases(directory) == []
    assert kg.query(directory, "MATCH (t:Task) WHERE t.name = 'new task' RETURN t.name AS name") == [{"name": "new task"}]
    (directory / databases(directory)[0]).rename(directory / ".query-of-an-older-engine.lbug")
    kg.query(directory, USED)
    assert len(databases(directory)) == 1


def test_what_a_killed_process_left_of_a_database_goes(directory: Path) -> None:
    left = directory / ".query-new-x1.lbug"
    left.mkdir()
    (left / "database").write_bytes(b"half")
    kg.query(directory, USED)
    assert not left.exists() and len(databases(directory)) == 1


def test_prompt_of_a_user_without_a_home(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with query_prompt._history():
        pass


def test_damaged_database_is_made_again(directory: Path) -> None:
    kg.query(directory, USED)
    [name] = databases(directory)
    for content in (b"nonsense" * 1000,):
        (directory / name).write_bytes(content)
        assert kg.query(directory, USED) == [{"dataset": "CIFAR-10", "papers": 1}]
    assert databases(directory) == [name]


def test_directory_that_cannot_be_written(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root, who can write anywhere
    assert kg.query(directory, USED) and databases(directory) == []


def test_odd_names_of_directories_and_an_empty_graph(in_folder: Path) -> None:
    kg.save(nx.MultiDiGraph(), 'it\'s "odd" \\ (x=1)')
    assert kg.query('it\'s "odd" \\ (x=1)', "MATCH (n) RETURN count(n) AS n") == [{"n": 0}]


@pytest.mark.parametrize(
    "cypher",
    [
        "CREATE (:Paper {id: 'x'})",
        "MATCH (p:Paper) SET p.title = 'x'",
        "MATCH (p:Paper) DETACH DELETE p",
        "COPY (MATCH (p:Paper) RETURN p.id) TO 'out.csv'",
        "/* MATCH */ COPY (MATCH (p:Paper) RETURN p.id) TO 'out.csv'",
        "EXPLAIN COPY (MATCH (p:Paper) RETURN p.id) TO 'out.csv'",
        "RETURN 1; EXPORT DATABASE 'out.csv'",
        "EXPORT DATABASE 'out.csv'",
        "LOAD FROM 'g/manifest.json' RETURN *",
        "MATCH (p:Paper) LOAD /* */ FROM 'g/manifest.json' (header=false, file_format='csv') RETURN *",
        "MATCH (p:Paper) LOAD WITH HEADERS (a STRING) FROM 'g/manifest.json' RETURN a",
        "CALL READ_CSV_PARALLEL('g/manifest.json') RETURN *",
        "MATCH (p:Paper) CALL /* */ `READ_PARQUET` ('g/Paper.parquet') RETURN *",
        "CALL project_graph('G', ['Paper'], [])",
        "INSTALL fts",
        "ATTACH 'x' AS x",
        "CHECKPOINT",
        "DROP TABLE Paper",
        "CALL threads=1",
        " ; ",
    ],
)
def test_read_only(directory: Path, cypher: str) -> None:
    before = sorted(path.name for path in directory.parent.iterdir())
    with pytest.raises(QueryError):
        kg.query(directory, cypher)
    assert sorted(path.name for path in directory.parent.iterdir()) == before
    assert kg.query(directory, "MATCH (p:Paper) RETURN count(p) AS n") == [{"n": 2}]


def test_words_in_texts_are_no_commands() -> None:
    check_only_reads('MATCH (p:Paper) WHERE p.title = \'LOAD FROM; COPY\' OR p.title = "a\\";b" RETURN p // ; the end\n;')
    check_only_reads("call show_tables() RETURN *")
    check_only_reads("MATCH (p:Paper) RETURN p.id AS call ORDER BY lower(call)")


def test_a_parameter_that_is_not_given(directory: Path) -> None:
    with pytest.raises(QueryError, match=r"no value of the parameter \$name") as caught:
        kg.query(directory, "MATCH (m:Method {name: $name}) WHERE m.id <> '$other' RETURN m", {"nam": 1})
    assert caught.value.hint == "give it with --param name=value"
    assert "give it with --param name=value" in one_line(run("query", "g", "RETURN $name"))


@pytest.mark.parametrize(
    ("cypher", "hint"),
    [
        ("MATCH ()-[r]->() RETURN type(r)", "write label(r) for type(r)"),
        ("MATCH p = shortestPath((a:Paper)-[*]-(b:Method)) RETURN p", "SHORTEST 1..6"),
        ("MATCH (p:Paper) CALL { WITH p RETURN 1 AS x } RETURN x", "there is no CALL { }"),
        ("MATCH (p:Paper) RETURN [x IN p.authors | x]", "list_transform"),
        ("MATCH (p:Paper) RETURN [x IN p.authors WHERE x = 'a']", "list_filter"),
        ("MATCH (p:Paper) RETURN [(p)-->(m) | m.name]", "no pattern comprehension"),
        ("MATCH (p:Paper) RETURN split(p.title, ' ')", "string_split"),
        ("MATCH (p:Paper) RETURN p.published.year", "date_part('year', p.published)"),
        ("MATCH (p:Paper) RETURN p {.title}", "write p.title, p.year"),
        ("CALL db.index.fulltext.queryNodes('x', 'y') YIELD node RETURN node", "levenshtein"),
        ("MATCH (p:Paper) RETURN head(p.authors)", "list_extract"),
        ("MATCH (p:Paper) WITH p ORDER BY p.id RETURN p", "needs a LIMIT"),
        ("MATCH (p:Paper) RETURN toInteger('1')", "cast(x, 'INT64')"),
        ("MATCH (p:Papers) RETURN p", "kg schema prints the labels"),
        ("MATCH (p:Paper", "kg schema"),
    ],
)
def test_refused_queries_say_what_to_write_instead(directory: Path, cypher: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        kg.query(directory, cypher)
    assert hint in caught.value.hint and "\n" not in str(caught.value) and hint_for("") == "kg schema prints the labels"


def test_parameters_of_the_command() -> None:
    assert parameter("a=1") == ("a", 1) and parameter('b=["x"]') == ("b", ["x"]) and parameter("c=x=y") == ("c", "x=y")
    assert parameter("d=NaN") == ("d", "NaN") and parameter('e="2401.00001"') == ("e", "2401.00001")
    assert parameter("f=" + "[" * 100_000)[1] == "[" * 100_000
    for bad in ("a", "=1", "a b=1"):
        with pytest.raises(QueryError, match="write --param name=value"):
            parameter(bad)


def test_command(directory: Path) -> None:
    shown = run("query", "g", USED)
    assert shown.exit_code == 0 and "dataset" in shown.stdout and "CIFAR-10" in shown.stdout and "1 row\n" in shown.stdout
    named = "MATCH (m:Method) WHERE m.name = $name RETURN m.name AS name, m.aliases AS aliases"
    as_json = run("query", "g", named, "--param", "name=GridNet", "--format", "json")
    assert json.loads(as_json.stdout) == [{"name": "GridNet", "aliases": ["GridNet", "GridNets", "gridnet"]}]
    as_csv = run("query", "g", named, "--param", "name=GridNet", "--format", "csv").stdout
    assert as_csv == "name,aliases\nGridNet,GridNet; GridNets; gridnet\n"
    assert run("query", "g", named, "--param", "name=", "--format", "csv").stdout == "name,aliases\n"
    assert json.loads(run("query", "g", "MATCH (p:Paper) RETURN p.published AS d ORDER BY p.id LIMIT 1", "--format", "json").stdout) == [
        {"d": "2024-01-02"}
    ]
    piped = run("query", "g", "--format", "csv", stdin=f"{USED};\n\nRETURN 1 AS x\n")
    assert piped.stdout == "dataset,papers\nCIFAR-10,1\nx\n1\n"


def test_problems_of_the_command_are_one_line(directory: Path) -> None:
    assert "write label(r) for type(r)" in one_line(run("query", "g", "MATCH ()-[r]->() RETURN type(r)"))
    assert "write --param name=value" in one_line(run("query", "g", USED, "--param", "x"))
    assert "not a graph directory" in one_line(run("query", "nowhere", USED))
    assert run("query", "g", USED, "--format", "xml").exit_code == 2
    with pytest.raises(GraphError):
        kg.query("nowhere", USED)


def test_without_the_engine(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["kg.query"], "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"kg query needs the extra: pip install 'paperkg\[query\]'"), open_graph(directory):
        pass


def test_prompt_on_a_terminal(directory: Path, tmp_path: Path) -> None:
    """A terminal of its own: two lines of a query, one that is refused, and the end; the history is kept."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from kg.cli import main; main()", "query", str(directory)]
    settings = environment() | {"XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "dumb", "COLUMNS": "100"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=settings, close_fds=True) as process:
        os.close(theirs)
        os.write(ours, b"MATCH (d:Dataset)\nRETURN d.name AS dataset;\nMATCH ()-[r]->() RETURN type(r);\nexit\n")
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # the other end is closed
            pass
    os.close(ours)
    text = shown.decode()
    assert process.returncode == 0 and "CIFAR-10" in text and "1 row" in text and "write label(r) for type(r)" in text
    assert "RETURN d.name AS dataset;" in (tmp_path / "state" / "paperkg" / "query_history").read_text()


def test_interrupt_gives_up_a_query_and_what_is_typed_but_not_the_prompt(directory: Path, tmp_path: Path) -> None:
    kg.query(directory, USED)
    ours, theirs = pty.openpty()
    long = b"UNWIND range(1,200000) AS a UNWIND range(1,200000) AS b RETURN sum(a * b) AS s;\n"
    settings = environment() | {"XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "dumb", "COLUMNS": "100"}
    command = [sys.executable, "-c", HEEDS_INTERRUPTS + "from kg.cli import main; main()", "query", str(directory)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=settings, start_new_session=True) as process:
        os.close(theirs)
        stopped = (b"", b"^C\r\nkg> ")
        for typed, answer in ((b"MATCH (d:Data\n", b"...> "), stopped, (long, b"s;\r\n"), stopped, (b"RETURN 6 * 7 AS x;\n", b"42")):
            if not typed:
                time.sleep(0.5)
                process.send_signal(signal.SIGINT)
            os.write(ours, typed)
            until(ours, answer)
        os.write(ours, b"exit\n")
        until(ours, b"")
    os.close(ours)
    assert process.returncode == 0
    history = tmp_path / "state" / "paperkg" / "query_history"
    assert history.stat().st_mode & 0o777 == 0o600 and history.parent.stat().st_mode & 0o777 == 0o700


def until(terminal: int, end: bytes) -> None:
    """Read what is printed up to `end`, or all of it."""
    shown = b""
    try:
        while not end or end not in shown:
            shown += os.read(terminal, 4096)
    except OSError:  # the other end is closed
        assert not end, shown


def test_statements_end_with_a_semicolon_an_empty_line_or_the_input() -> None:
    assert list(statements(["a\n", "b;\n", "\n", "c\n", "\n", "d"])) == ["a\nb;", "c", "d"]
    assert list(statements(["a;\n", "quit;\n", "b;\n"])) == ["a;"]
    assert list(statements(["a\n", None, "b;\n"])) == ["b;"]
