"""The password of a server: in no message, log, traceback or list of processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest
import typer

import kg
from exports.neo4j.connection import login
from kg.cli import app
from tests.test_cli import environment

SECRET = "Tr0ub4dor-and-3"
# The command as the package installs it, with every log that there is on standard error.
LOUD = "import logging, sys; logging.basicConfig(level=1, stream=sys.stderr); from kg.cli import main; main()"
VERSION = b"\x00\x00\x04\x05"  # 5.4 of the protocol


@pytest.fixture
def directory(in_folder: Path) -> Path:
    kg.save(nx.MultiDiGraph(), in_folder / "g")
    return in_folder / "g"


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """Something that takes connections, and answers as little as the test lets it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        yield listening


def exporting(directory: Path, port: int, *options: str, password: str | None = None) -> subprocess.Popen[str]:
    values = {name: value for name, value in environment().items() if not name.startswith("NEO4J_")}
    values |= {"NEO4J_PASSWORD": password} if password else {}
    command = [sys.executable, "-X", "dev", "-W", "ignore", "-c", LOUD, "export", str(directory), "--to", "neo4j"]
    command += ["--uri", f"bolt://127.0.0.1:{port}", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=values)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="command lines are looked up in /proc")
@pytest.mark.parametrize("way", ["file", "environment"])
def test_not_in_the_list_of_processes_nor_in_any_log(directory: Path, silent_server: socket.socket, way: str) -> None:
    (directory.parent / "password").write_text(SECRET + "\n")
    options = ["--password-file", str(directory.parent / "password")] if way == "file" else []
    with exporting(directory, silent_server.getsockname()[1], *options, password=None if options else SECRET) as running:
        connection, _ = silent_server.accept()  # it has the password by now
        command_line = Path(f"/proc/{running.pid}/cmdline").read_bytes()
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        command_line += b"".join(Path(f"/proc/{child}/cmdline").read_bytes() for child in children)
        with connection:
            connection.recv(1024)
            connection.sendall(VERSION)
            sent = b""
            while SECRET.encode() not in sent and (piece := connection.recv(4096)):
                sent += piece
        silent_server.close()
        out, err = running.communicate(timeout=120)
    assert b"export" in command_line and SECRET.encode() not in command_line
    assert SECRET.encode() in sent, "the server was told"
    assert "HELLO" in err, "the driver's log was written"
    assert running.returncode == 1 and SECRET not in out + err
    assert err.strip().splitlines()[-1].startswith("kg: bolt://127.0.0.1:")


def test_a_server_that_refuses(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with exporting(directory, port, password=SECRET) as running:
        out, err = running.communicate(timeout=120)
    assert running.returncode == 1 and SECRET not in out + err and "no server answers there" in err
    assert "Traceback" not in err


def test_not_in_a_traceback_with_its_values() -> None:
    """As tools that report errors write it: with the values of all local variables."""

    def failing() -> None:
        to = login("bolt://127.0.0.1:1", "me", SECRET)
        raise RuntimeError(f"unexpected, with {to!r} at hand")

    try:
        failing()
    except RuntimeError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "bolt://127.0.0.1:1" in shown and SECRET not in shown.replace(f"SECRET = {SECRET!r}", "")


def test_no_command_takes_a_password() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    options = {(name, option) for name, command in commands.items() for parameter in command.params for option in parameter.opts}
    assert ("export", "--password-file") in options
    assert not {option for option in options if "password" in option[1] or "token" in option[1]} - {("export", "--password-file")}


def test_not_in_what_is_exported(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", SECRET)
    for name, exporter in kg.EXPORTERS.items():
        if exporter.target != "server":
            kg.export(kg.load(directory), name, directory.parent / f"out-{name}")
    written = b"".join(path.read_bytes() for path in directory.parent.rglob("*") if path.is_file())
    assert len(written) > 10_000 and SECRET.encode() not in written and os.environ["NEO4J_PASSWORD"] == SECRET
