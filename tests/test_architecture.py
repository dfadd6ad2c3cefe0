"""The tree's promises: one-way imports, light start, a public API that is a tested list."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kg
import schemas
from kg._origin import check_origin
from schemas.json_schema import RECORDS, json_schema, schema_file
from tests.conftest import ROOT

STAGES = ("read", "extract", "resolve", "graph")
ABOVE = ("__init__", "__main__", "analyses", "cli", "explain", "growth", "pipeline", "report", "reuse", "summary")
SEE_EVERYTHING = {f"kg/{name}.py" for name in ABOVE}
SEE_EVERYTHING |= {"kg/query.py", "kg/query_database.py", "kg/query_output.py", "kg/query_prompt.py"}


def imports_of(path: Path) -> set[str]:
    """Dotted names of the modules that a file imports."""
    tree = ast.parse(path.read_text("utf-8"))
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return found | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def allowed(path: Path) -> tuple[str, ...]:
    """Prefixes of our own modules that a file may import."""
    place = path.relative_to(ROOT)
    if str(place) in SEE_EVERYTHING or place.parts[:2] in (("kg", "evaluate"), ("kg", "train"), ("kg", "scale")):
        return ("kg", "schemas", "exports")
    if place.parts[:2] == ("kg", "analysis"):
        return ("kg.analysis", "kg.graph", "schemas")
    if place.parts[0] == "kg" and place.parts[1] in STAGES:
        return (f"kg.{place.parts[1]}", "schemas")
    return {"schemas": ("schemas",), "exports": ("exports", "schemas"), "kg": ("schemas",)}[place.parts[0]]


SOURCES = sorted(path for package in ("kg", "schemas", "exports") for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    ours = {name for name in imports_of(path) if name.partition(".")[0] in ("kg", "schemas", "exports")}
    wrong = {name for name in ours if not any(name == prefix or name.startswith(prefix + ".") for prefix in allowed(path))}
    assert not wrong


def test_public_api_is_this_list() -> None:
    assert sorted(kg.__all__) == kg.__all__
    imported = {"annotations", "os", "Any", "Iterable", "Mapping", "Path", "TYPE_CHECKING", "Place", "check_origin"}
    public = {name for name in vars(kg) if not name.startswith("_")} - imported
    submodules = {
        "analyses",
        "analysis",
        "browser",
        "changes",
        "cli",
        "compact",
        "evaluate",
        "explain",
        "graph",
        "growth",
        "pipeline",
        "progress",
    }
    submodules |= {"query_database", "query_output", "query_prompt", "report", "resolve", "reuse", "scale"}
    submodules |= {"server_login", "summary", "train"}
    assert public - submodules == set(kg.__all__)
    functions = {"build", "export", "extract", "load", "query", "read", "read_neo4j", "save", "show", "update"}
    assert all(callable(getattr(kg, name)) for name in functions | set(kg.analysis.__all__))
    assert set(kg.analysis.__all__) <= set(kg.__all__)


def test_functions_stay_functions_when_their_packages_are_imported() -> None:
    code = "import kg.read.join, kg.extract.links, kg; assert callable(kg.read) and callable(kg.extract)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['kg', '--help']\n"
        "from kg.cli import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "heavy = {'spacy', 'networkx', 'pyarrow', 'neo4j', 'pyvis', 'numpy', 'onnxruntime', 'pandas', 'matplotlib', 'scipy', 'pyspark'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("name", RECORDS)
def test_json_schema_files_are_those_of_the_records(name: str) -> None:
    assert schema_file(name).read_text("utf-8") == json_schema(name), "run: make schemas"
    assert json.loads(json_schema(name))["type"] == "object"


def test_import_says_which_file_hides_ours(tmp_path: Path) -> None:
    (tmp_path / "schemas.py").write_text("")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.path.append({str(ROOT)!r}); import kg"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("ImportError") and "schemas.py hides the package 'schemas'" in last


def test_origin_of_a_missing_package() -> None:
    with pytest.raises(ImportError, match="another folder hides the package"):
        check_origin(("no_such_package_of_ours",))
    assert schemas.__doc__


def test_extraction_writes_nothing_at_home_and_asks_nobody(tmp_path: Path) -> None:
    """Some builds of onnxruntime keep a usage log in the home folder and send it."""
    code = "import kg; from tests.conftest import paper; assert kg.extract([paper()])"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": ""})
    assert list(tmp_path.rglob("*")) == []


def test_model_files_name_no_folder_of_the_machine_that_trained_them() -> None:
    for path in (ROOT / "kg" / "extract" / "models").rglob("*.onnx"):
        assert not re.search(rb"/[a-z]+/[a-z_]+/[a-z_/]+\.py", path.read_bytes()), path
