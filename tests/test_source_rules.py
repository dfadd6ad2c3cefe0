"""What the source may not contain: ways in which data could become code, and calls of a shell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_architecture import SOURCES

MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle", "yaml", "telnetlib", "ftplib", "imp"}
XML = {"xml.dom", "xml.sax", "xml.dom.minidom", "xml.dom.pulldom", "xml.sax.expatreader", "lxml", "lxml.etree"}
CALLS = {"eval", "exec", "compile", "__import__", "breakpoint"}
METHODS = {
    ("os", "system"),
    ("os", "popen"),
    ("subprocess", "getoutput"),
    ("subprocess", "getstatusoutput"),
    ("yaml", "load"),
    ("np", "load"),  # reads pickles where it is told to
    ("numpy", "load"),
    ("pd", "read_pickle"),
    ("tempfile", "mktemp"),
    ("shutil", "unpack_archive"),
    ("archive", "extractall"),
    ("ET", "parse"),
    ("ET", "fromstring"),
    ("ElementTree", "parse"),
    ("ElementTree", "fromstring"),
}
PROGRAMS = [*SOURCES, *sorted((ROOT / "benchmarks").glob("*.py"))]


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text("utf-8")))


def imported(path: Path) -> set[str]:
    """Modules that a file imports at run time."""
    found = {alias.name for node in nodes(path) if isinstance(node, ast.Import) for alias in node.names}
    return found | {node.module for node in nodes(path) if isinstance(node, ast.ImportFrom) and node.module}


def calls(path: Path) -> Iterator[tuple[str, str, ast.Call]]:
    """(object, function, call) of each call; "" for a function alone, "?" for an object without a name."""
    for node in nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield "", node.func.id, node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield (node.func.value.id if isinstance(node.func.value, ast.Name) else "?"), node.func.attr, node


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_data_becomes_code(path: Path) -> None:
    assert not {name for name in imported(path) if name.partition(".")[0] in MODULES}
    assert not {name for name in imported(path) if name in XML}
    found = list(calls(path))
    assert not [name for owner, name, _ in found if not owner and name in CALLS]
    assert not [(owner, name) for owner, name, _ in found if (owner, name) in METHODS or name in ("extractall", "extract_all")]
    trusted = [name for owner, name, call in found if owner == "torch" and name == "load" and not only_weights(call)]
    assert not trusted


def only_weights(call: ast.Call) -> bool:
    """Whether `torch.load` is told to read tensors alone."""
    return any(word.arg == "weights_only" and isinstance(word.value, ast.Constant) and word.value.value for word in call.keywords)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_shell(path: Path) -> None:
    for _, name, call in calls(path):
        shell = [word.value for word in call.keywords if word.arg == "shell"]
        assert all(isinstance(value, ast.Constant) and value.value is False for value in shell), f"{name}, line {call.lineno}"


def test_xml_is_read_by_defusedxml_alone() -> None:
    """The parsers of the standard library would expand entities; its element type may be named, and its error caught."""
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom) and node.module in ("xml.etree", "xml.etree.ElementTree"):
                assert {alias.name for alias in node.names} <= {"Element", "ParseError"}, path


def test_the_rules_find_what_they_look_for(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import pickle\nfrom xml.dom import minidom\neval('1')\nos.system('x')\nrun('x', shell=True)\n")
    assert {"pickle", "xml.dom"} <= imported(tmp_path / "bad.py")
    assert {("", "eval"), ("os", "system")} <= {(owner, name) for owner, name, _ in calls(tmp_path / "bad.py")}
    with pytest.raises(AssertionError):
        test_no_shell(tmp_path / "bad.py")
