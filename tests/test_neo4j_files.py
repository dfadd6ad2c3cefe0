"""What goes into Neo4j by files: the script of Cypher and the folder of the import tool, run by the real programs."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import networkx as nx
import pytest
from networkx.utils import graphs_equal

import kg
from exports.neo4j.bulk import AFTERWARDS
from exports.neo4j.layout import CONSTRAINTS, TEXT_INDEXES
from exports.neo4j.literals import literal
from schemas.errors import OptionError, TargetError
from tests.neo4j_server import Server
from tests.test_neo4j import HOSTILE, NOTHING, changed, export, graph, hostile, read


def everything(megabytes: int = 1) -> nx.MultiDiGraph:
    """A graph with hostile texts, a long one, an id that no index can hold, and lists that CSV cannot tell apart."""
    whole = nx.compose(graph(), hostile("é" * 5_000, 3))
    whole = nx.compose(whole, hostile())
    whole.nodes["arxiv:2401.00001"]["abstract"] = "long" * 250_000 * megabytes
    whole.nodes["arxiv:2401.00001"].update(authors=[], source_ids=[""], sources=["\x1f", ""])
    whole.nodes["arxiv:2401.00002"].update(authors=[""] * 3, source_ids=['"'], sources=["a,b", '""'])
    return whole


def prepared(server: Server) -> None:
    """Constraints and indexes of ours go."""
    for name in [c.name for c in CONSTRAINTS]:
        server.run(f"DROP CONSTRAINT {name} IF EXISTS")
    for name in [i.name for i in TEXT_INDEXES]:
        server.run(f"DROP INDEX {name} IF EXISTS")


def test_script_run_by_cypher_shell(server: Server, tmp_path: Path) -> None:
    if not server.own:
        pytest.skip("cypher-shell comes with our own server only")
    prepared(server)
    kg.export(everything(), "cypher", tmp_path / "graph.cypher", name="scripted")
    for _ in range(2):
        done = server.own.shell(tmp_path / "graph.cypher")
        assert done.returncode == 0, done.stderr[-2000:]
        assert graphs_equal(read(server, name="scripted"), everything())
        assert export(server, everything(), name="scripted").counts == NOTHING
    assert server.run("SHOW CONSTRAINTS YIELD name RETURN count(name)") == [[len(CONSTRAINTS)]]


@pytest.mark.parametrize("text", [*HOSTILE, "\\u0041", "\\\\u0027", "tab\there", "'" * 3 + "\\" * 3])
def test_literals_are_read_back_by_the_server(server: Server, text: str) -> None:
    assert server.run(f"RETURN {literal({'a': text, 'b': [text], 'c': None, 'd': True, 'e': -1.5e-9})}") == [
        [{"a": text, "b": [text], "c": None, "d": True, "e": -1.5e-9}]
    ]


def test_import_tool(server: Server, tmp_path: Path) -> None:
    """The folder in a new database is what the driver's export makes: exporting afterwards changes nothing."""
    if not server.own:
        pytest.skip("the import tool works beside our own server only")
    report = kg.export(everything(5), "neo4j-import", tmp_path / "bulk", name="imported")
    assert (report.n_nodes, report.n_edges) == (len(everything()), everything().number_of_edges())
    admin = server.own.admin_command(tmp_path / "neo4j admin")
    server.own.stop()
    try:
        load = ["sh", str(tmp_path / "bulk" / "import.sh"), "neo4j", "--overwrite-destination=true"]
        environment = server.own.environment() | {"NEO4J_ADMIN": str(admin)}
        done = subprocess.run(load, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0 and "IMPORT DONE" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
    finally:
        server.own.start()
    for _ in range(2):
        finished = server.own.shell(tmp_path / "bulk" / AFTERWARDS)
        assert finished.returncode == 0, finished.stderr[-2000:]
    assert graphs_equal(read(server, name="imported"), everything(5))
    assert export(server, everything(5), name="imported").counts == NOTHING
    assert server.run("MATCH (p:Paper {id: 'arxiv:2401.00001'}) RETURN p.published.year") == [[2024]]


def test_folder_of_the_import_tool(tmp_path: Path) -> None:
    folder = tmp_path / "bulk"
    for original in (graph(), changed()):
        kg.export(original, "neo4j-import", folder)
    names = {path.name for path in folder.iterdir()}
    assert {"Paper_header.csv", "Paper.csv", "Paper_USES_Dataset.csv", "import.sh", "import.bat", AFTERWARDS} <= names
    assert names == set(json.loads((folder / "contents.json").read_text())["files"]) - {"import.report"} | {"contents.json"}
    assert (
        (folder / "Paper_header.csv")
        .read_text()
        .startswith("id:ID(Paper),kg_graph,kg_long_id,title:string,abstract:string,published:date,")
    )
    commands = [(folder / name).read_text() for name in ("import.sh", "import.bat")]
    options = [re.findall(r"""^  ['"](--[^'"]+)['"]""", command, re.MULTILINE) for command in commands]
    assert options[0] == options[1] and "--nodes=Paper=Paper_header.csv,Paper.csv" in options[0]
    assert 'import.bat neo4j "--overwrite-destination=true"' in commands[1]  # a batch file takes a=b without quotes as two
    kg.export(changed(), "neo4j-import", tmp_path / "again")
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_folders_of_others_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(TargetError, match="it is a folder that kg did not write"):
        kg.export(graph(), "neo4j-import", tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    with pytest.raises(OptionError, match="a graph's name is 1 to 64 letters"):
        kg.export(graph(), "neo4j-import", tmp_path / "new", name="'")
    assert not (tmp_path / "new").exists()
