"""What differs between systems: encodings, line ends, names of files, how processes start, and locks."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

import kg
from schemas import exchange, locking
from schemas.writing import whole_folder
from tests.conftest import EXAMPLES, ROOT

SOURCES = sorted(path for package in ("kg", "schemas", "exports") for path in (ROOT / package).rglob("*.py"))
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}  # on Windows


def _calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """(name of the method or function, the call) of each call in a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield (node.func.id if isinstance(node.func, ast.Name) else node.func.attr), node


def _text_calls() -> Iterator[tuple[str, str, ast.Call]]:
    """(place, method, call) of each call that reads or writes text: `read_text`, `write_text`, `open` with a mode of text."""
    for path in SOURCES:
        for name, call in _calls(path):
            given = [*call.args, *(word.value for word in call.keywords)]
            modes = [
                value.value for value in given if isinstance(value, ast.Constant) and re.fullmatch(r"[rwax+bt]{1,3}", str(value.value))
            ]
            opens_text = name == "open" and not any("b" in mode for mode in modes) and (modes or call.keywords)
            if opens_text or name in ("read_text", "write_text"):
                yield f"{path.relative_to(ROOT)}:{call.lineno}", "write_text" if modes and modes[0] != "r" else name, call


# What they write stays on the machines that wrote it.
OWN_LINE_ENDS = ("kg/train/", "kg/scale/")


def test_text_is_opened_with_its_encoding_and_line_ends() -> None:
    """Otherwise both are the system's: what one writes another cannot read, and the bytes of a result differ."""
    wrong = []
    for place, name, call in _text_calls():
        words = {word.arg for word in call.keywords}
        named = any(isinstance(value, ast.Constant) and str(value.value).startswith("utf-8") for value in call.args)
        if not named and "encoding" not in words:
            wrong.append(f"{place}: no encoding")
        if name == "write_text" and "newline" not in words and not place.startswith(OWN_LINE_ENDS):
            wrong.append(f"{place}: no newline")
    assert not wrong


def test_the_search_for_text_finds_what_it_looks_for() -> None:
    places = [place for place, _, _ in _text_calls()]
    assert any(place.startswith("kg/graph/store.py") for place in places) and any(
        place.startswith("schemas/writing.py") for place in places
    )


def test_no_call_that_only_one_system_has() -> None:
    """Where one is used, its absence is seen to: `fcntl`, `renameat2` and `sched_getaffinity` have tests of their own."""
    only_there = {"fork", "forkpty", "getuid", "geteuid", "chown", "mkfifo", "killpg", "setsid", "getpwnam", "alarm"}
    used = {f"{path.relative_to(ROOT)}: {name}" for path in SOURCES for name, _ in _calls(path) if name in only_there}
    assert not used


def _names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if "__pycache__" not in path.parts]


def _check_names(names: list[str]) -> None:
    """Each may stand on any file system: no two that differ in case alone, nothing that Windows forbids."""
    assert len({name.casefold() for name in names}) == len(names)
    for part in {part for name in names for part in name.split("/")}:
        assert part.partition(".")[0].casefold() not in RESERVED and not re.search(r'[<>:"\\|?*\x00-\x1f]|[. ]$', part), part


def test_the_tree_can_be_checked_out_anywhere() -> None:
    for top in ("kg", "schemas", "exports", "tests", "docs", "examples", "benchmarks"):
        _check_names(_names(ROOT / top))


def test_checked_out_files_are_the_same_bytes() -> None:
    """The models' checksums are of files with line ends "\\n"."""
    attributes = (ROOT / ".gitattributes").read_text("utf-8") if (ROOT / ".gitattributes").exists() else "* text=auto eol=lf"
    assert "* text=auto eol=lf" in attributes


def test_written_files_can_stand_anywhere(example_graph: object, tmp_path: Path) -> None:
    kg.save(example_graph, tmp_path / "graph")
    for name in ("csv", "parquet", "neo4j-import"):
        kg.export(example_graph, name, tmp_path / name)
    _check_names(_names(tmp_path))
    for path in tmp_path.rglob("*.json"):
        assert b"\r" not in path.read_bytes()


# A locale without UTF-8: Python would turn it into one that has it, unless it is told not to.
NOT_UTF8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "latin-1", "PYTHONWARNDEFAULTENCODING": "1"}
UTF8 = {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
PAPER = {
    "title": "Grüße aus 東京: GridNet",
    "abstract": "We propose GridNet, naïvely, on CIFAR-10 – it works. Ελληνικά.",
    "authors": ["Zoë Ångström"],
}
FORMATS = [str(path) for path in sorted((EXAMPLES / "formats").iterdir()) if "columns" not in path.name]
COMMANDS = (
    ("build", "Übersicht.jsonl", *FORMATS, "-o", "graph", "--model", "fast", "--overrides", "Änderungen.toml"),
    ("stats", "graph"),
    ("stats", "graph", "--show", "coverage"),
    ("explain", "graph", "CIFAR-10"),
    ("view", "graph", "-o", "page.html"),
    ("report", "graph", "-o", "report.html"),
    ("extract", "Übersicht.jsonl", "-o", "extracted.jsonl", "--model", "fast"),
    ("update", "graph", str(EXAMPLES / "daily_compact.txt"), "--overrides", "Änderungen.toml"),
    *(("export", "graph", "--to", name, "-o", f"as-{name}") for name in ("csv", "cypher", "dot", "gexf", "graphml", "json", "markdown")),
)
RUN_ALL = """
import json, os, sys
from typer.testing import CliRunner
from kg.cli import app
for command in json.load(sys.stdin.buffer):
    done = CliRunner(charset=sys.stdout.encoding).invoke(app, [os.fsdecode(word.encode()) for word in command])
    if done.exit_code:
        raise SystemExit(f"{ascii(command)}: {ascii(done.stderr)}") from done.exception
"""


def _run_all(folder: Path, settings: dict[str, str]) -> dict[str, bytes]:
    """The files that all commands write under these settings."""
    folder.mkdir()
    (folder / "Übersicht.jsonl").write_text(json.dumps(PAPER, ensure_ascii=False) + "\n", "utf-8", newline="\n")
    (folder / "Änderungen.toml").write_text(
        '[[canonical]]\ntype = "method"\nname = "GridNet"\ncanonical = "Grid Network"\n', "utf-8", newline="\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    environment |= settings | {"PYTHONPATH": str(ROOT), "PAPERKG_CACHE": str(folder / "cache")}
    command = [sys.executable, "-c", RUN_ALL]
    done = subprocess.run(command, input=json.dumps(COMMANDS).encode(), cwd=folder, env=environment, capture_output=True, check=False)
    said = done.stderr.decode("latin-1")
    assert done.returncode == 0, said
    assert not re.findall(rf"^{re.escape(str(ROOT))}/(?:kg|schemas|exports)/.*EncodingWarning.*$", said, re.MULTILINE)
    files = (path for path in folder.rglob("*") if path.is_file() and "cache" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="locales are chosen otherwise there")
def test_a_locale_without_utf8_changes_no_byte(tmp_path: Path) -> None:
    expected, found = (_run_all(tmp_path / name, settings) for name, settings in (("utf8", UTF8), ("other", NOT_UTF8)))
    assert [name for name in expected if found.get(name) != expected[name]] == [] and found.keys() == expected.keys()


SPAWNING = """
import multiprocessing, sys
import kg

if __name__ == "__main__":
    multiprocessing.set_start_method("spawn", force=True)
    papers = kg.read(sys.argv[1])
    assert kg.extract(papers, workers=2, model="fast") == kg.extract(papers, model="fast")
    kg.save(kg.build(sys.argv[1], model="fast"), "graph")
    kg.export(kg.load("graph"), "html", "page.html")
"""


@pytest.mark.model
def test_processes_that_start_from_nothing(tmp_path: Path) -> None:
    """As on Windows and macOS: the main module is imported anew, and what is sent must be picklable."""
    script = tmp_path / "script.py"
    script.write_text(SPAWNING, "utf-8", newline="\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, script, EXAMPLES / "papers.jsonl"], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "page.html").exists()


@pytest.mark.model
def test_a_script_without_a_main_guard_builds_in_one_process(tmp_path: Path) -> None:
    """`kg.build` starts no processes, however many papers there are, so a script need not be guarded."""
    papers = tmp_path / "papers.jsonl"
    papers.write_text("".join(f'{{"title": "Study {i}", "abstract": ""}}\n' for i in range(500)), "utf-8", newline="\n")
    script = "import multiprocessing, kg; kg.build('papers.jsonl', model='fast'); assert not multiprocessing.active_children()"
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)


def test_systems_without_locks_on_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where a folder cannot even be opened."""

    def refuse(path: object, flags: int) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(locking, "fcntl", None)
    monkeypatch.setattr(locking, "os", SimpleNamespace(open=refuse, close=os.close, O_RDONLY=os.O_RDONLY))
    monkeypatch.setattr(exchange, "_renameat2", lambda: None)
    target = tmp_path / "graph"
    for text in ("one", "two"):
        with locking.locked_folder(tmp_path, lambda: None), whole_folder(target, lambda _: "") as folder:
            (folder / "file").write_bytes(text.encode())
        assert (target / "file").read_bytes() == text.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["graph"] and not locking.is_abandoned(target)
