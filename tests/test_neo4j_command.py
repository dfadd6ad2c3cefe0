"""`kg export --to neo4j`: what it prints, where the password comes from, and one line for everything that goes wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from networkx.utils import graphs_equal

import kg
from kg.cli import Stopped
from tests.neo4j_server import Server
from tests.test_cli import kg_process, one_line, run
from tests.test_neo4j import changed, graph, read


@pytest.fixture
def directory(in_folder: Path) -> Path:
    kg.save(graph(), "g")
    return Path("g")


@pytest.fixture
def password(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", server.password)


@pytest.mark.usefixtures("password")
def test_export_twice_and_update(server: Server, directory: Path) -> None:
    command = ("export", directory, "--to", "neo4j", "--uri", server.uri, "--user", server.user, "--database", "neo4j")
    would = run(*command, "--dry-run")
    assert would.exit_code == 0 and "7 nodes, 10 edges; would create 7 nodes and 10 relationships" in would.stdout
    first, second = run(*command), run(*command)
    assert re.search(r"graph paperkg: 7 nodes, 10 edges; created 7 nodes and 10 relationships, set \d+ properties, deleted 0", first.stdout)
    assert "created 0 nodes and 0 relationships, set 0 properties, deleted 0 nodes and 0 relationships" in second.stdout
    assert "Paper nodes: 2 of 2" in second.stderr and server.password not in first.output + second.output
    kg.save(changed(), directory)
    assert json.loads(run(*command, "--no-prune", "--json", "-q").stdout)["n_stale"] == 3
    assert run(*command, "-q").output == "" and graphs_equal(read(server), changed())
    assert run(*command, "--graph", "b").exit_code == 0 and graphs_equal(read(server, name="b"), changed())


def test_address_user_and_password_of_the_environment(server: Server, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"URI": server.uri, "USERNAME": server.user, "PASSWORD": server.password}.items():
        monkeypatch.setenv(f"NEO4J_{name}", value)
    assert run("export", directory, "--to", "neo4j").exit_code == 0
    assert graphs_equal(kg.read_neo4j(server.uri), graph())
    assert run("export", directory, "--to", "json").exit_code == 0


def test_password_of_a_file(server: Server, directory: Path) -> None:
    for content in (f"{server.password}\n", server.password, f"\ufeff{server.password}\r\n"):
        Path("secret").write_bytes(content.encode())
        assert run("export", directory, "--to", "neo4j", "--uri", server.uri, "--password-file", "secret").exit_code == 0
    for content, message in ((b"", "secret: no password on its first line"), (b"\xff", "secret: not UTF-8 text")):
        Path("secret").write_bytes(content)
        assert message in one_line(run("export", directory, "--to", "neo4j", "--uri", server.uri, "--password-file", "secret"))
    assert "nowhere: No such file" in one_line(run("export", directory, "--to", "neo4j", "--uri", server.uri, "--password-file", "nowhere"))


def test_password_of_a_prompt(server: Server, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("kg.server_login.getpass", lambda prompt: asked.append(prompt) or server.password)
    monkeypatch.setattr("kg.server_login._can_ask", lambda: True)
    assert run("export", directory, "--to", "neo4j", "--uri", server.uri).exit_code == 0
    assert asked == [f"Password of neo4j at {server.uri}: "]


@pytest.mark.usefixtures("password")
@pytest.mark.parametrize(("signal", "status", "word"), [(KeyboardInterrupt, 130, "interrupted"), (Stopped, 143, "stopped")])
def test_interrupt(
    server: Server, directory: Path, monkeypatch: pytest.MonkeyPatch, signal: type[KeyboardInterrupt], status: int, word: str
) -> None:
    def stop(rows: object, what: str, total: int, *, quiet: bool) -> object:
        raise signal

    monkeypatch.setattr("kg.cli.track", stop)
    done = run("export", directory, "--to", "neo4j", "--uri", server.uri)
    assert done.exit_code == status and f"kg: {word}; the database may hold a part of it; run this again" in one_line(done)


def test_an_address_that_holds_a_password_is_not_in_the_question_for_it(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    assert "secret" not in one_line(run("export", directory, "--to", "neo4j", "--uri", "bolt://me:secret"))


def test_nobody_to_ask(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEO4J_URI", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    assert "no server: name one with --uri, such as bolt://localhost:7687" in one_line(run("export", directory, "--to", "neo4j"))
    refused = run("export", directory, "--to", "neo4j", "--uri", "bolt://localhost:1")
    assert "no password: set NEO4J_PASSWORD, or name a file that holds it with --password-file" in one_line(refused)


@pytest.mark.parametrize(
    ("options", "password", "message"),
    [
        (["--uri", "bolt://127.0.0.1:1"], "secret", "bolt://127.0.0.1:1: no server answers there"),
        (["--uri", "bolt://me:secret@127.0.0.1:1"], "secret", "the server's address: it holds a user or a password"),
        (["--uri", "bolt://me:secret"], "secret", "the server's address: not the address of a Neo4j server"),
        (["--uri", "bolt://me:secret%40127.0.0.1:1"], "secret", "the server's address: not the address of a Neo4j server"),
        (["--uri", "me:secret"], "secret", "the server's address: not the address of a Neo4j server"),
        (["--uri", "bolt://127.0.0.1:1?password=secret"], "secret", "the server's address: not the address of a Neo4j server"),
        (["--uri", "bolt+s://127.0.0.1:1"], "secret", "run this again; neo4j+s and bolt+s need a server that encrypts"),
        (["--uri", "localhost"], "secret", "localhost: not the address of a Neo4j server, such as bolt://localhost:7687"),
        (["--uri", "bolt://127.0.0.1:1", "--graph", "a b"], "secret", "a graph's name is 1 to 64 letters"),
    ],
)
def test_faults_without_a_server(directory: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], password: str, message: str) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", password)
    done = run("export", directory, "--to", "neo4j", *options)
    assert done.exit_code == 1 and message in one_line(done) and password not in done.output


def test_wrong_password_in_a_process_of_its_own(server: Server, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "guessed-wrong")
    done = kg_process("export", directory.resolve(), "--to", "neo4j", "--uri", server.uri)
    assert done.returncode == 1 and "it refuses the user 'neo4j' with this password" in one_line(done)
    assert "guessed" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("to", "options", "message"),
    [
        ("html", ["--dry-run"], "the format html has no option --dry-run"),
        ("json", ["--uri", "x", "--graph", "y"], "the format json has no option --graph, --uri"),
        ("neo4j", ["-o", "x"], "the format neo4j has no option --output"),
        ("cypher", ["--prune"], "the format cypher has no option --prune"),
    ],
)
def test_options_that_a_format_has_not(directory: Path, to: str, options: list[str], message: str) -> None:
    done = run("export", directory, "--to", to, *options)
    assert done.exit_code == 2 and message in " ".join(done.stderr.split())


def test_folder_and_script_by_the_command(directory: Path) -> None:
    assert "loads it, then after_import.cypher finishes" in run("export", directory, "--to", "neo4j-import", "--graph", "x").stdout
    assert Path("g.import/import.sh").exists()
    assert "it removes nothing that the database holds" in run("export", directory, "--to", "cypher").stdout
