"""What is released: the version and the changelog agree; the wheel and the sdist hold what they must, and work where nothing else is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

import kg
from tests.conftest import EXAMPLES, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
MOST_BYTES = 100_000_000  # what package indexes take of one file
HEADINGS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")  # of Keep a Changelog 1.1.0


def test_version_is_the_same_everywhere() -> None:
    assert PROJECT["version"] == kg.__version__


def test_changelog_is_in_the_form_of_keep_a_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    releases = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert releases[0] == "[Unreleased]" and all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", name) for name in releases[1:])
    versions = [tuple(map(int, re.findall(r"\d+", name)[:3])) for name in releases[1:]]
    assert all(newer > older for newer, older in pairwise(versions))
    for part in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]:
        names = re.findall(r"^### (.+)$", part, re.MULTILINE)
        assert names == [heading for heading in HEADINGS if heading in names], names


@dataclass(frozen=True)
class Built:
    """The two files of a release."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    """The files that `make dist` writes; the wheel is made from the sdist."""
    if find_spec("build") is None:
        pytest.skip("needs pip install 'paperkg[release]'")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "build", "--outdir", folder, str(ROOT)], check=True, capture_output=True)
        yield Built(next(Path(folder).glob("*.whl")), next(Path(folder).glob("*.tar.gz")))


@pytest.mark.slow
def test_wheel_holds_the_packages_and_their_data_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = set(archive.namelist())
    ours = {str(path.relative_to(ROOT).as_posix()) for top in ("kg", "schemas", "exports") for path in _files(ROOT / top)}
    about = {name for name in names if ".dist-info/" in name}
    assert names - about == ours
    assert {"licenses/LICENSE", "licenses/NOTICE", "entry_points.txt"} <= {name.partition("/")[2] for name in about}
    for data in ("kg/py.typed", "kg/extract/models/default/spans.onnx", "kg/resolve/lexicon/methods.tsv", "exports/page/page.js"):
        assert data in ours
    assert built.wheel.stat().st_size < MOST_BYTES


@pytest.mark.slow
def test_sdist_holds_what_the_readme_needs_and_no_leftovers(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = [path for top in ("examples", "tests", "docs", "benchmarks") for path in _files(ROOT / top)]
    assert {path.relative_to(ROOT).as_posix() for path in needed} <= names
    assert {"Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "NOTICE", "pyproject.toml"} <= names
    left = [name for name in names if re.search(r"__pycache__|\.py[co]$|(^|/)\.|\.egg-info/.*\.txt\.|^(demo|build|dist)/|\.lbug$", name)]
    assert not left and built.sdist.stat().st_size < MOST_BYTES


@pytest.mark.slow
def test_package_indexes_would_take_both(built: Built) -> None:
    done = subprocess.run([sys.executable, "-m", "twine", "check", "--strict", built.wheel, built.sdist], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count("PASSED") == 2, done.stdout


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def _interpreter(name: str) -> str | None:
    """The interpreter called `name` where it is there and starts (a version manager may have a stand-in that does not)."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        found = shutil.which(name, path=folder)
        if found and subprocess.run([found, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode == 0:
            return found
    return None


@contextmanager
def environment(interpreter: str, *requirements: str) -> Iterator[Path]:
    """The programs of an empty environment in which just `requirements` are installed; it is gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([interpreter, "-m", "venv", folder], check=True)
        programs = Path(folder) / ("Scripts" if os.name == "nt" else "bin")
        subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", *requirements], check=True)
        yield programs


def run_demo(programs: Path, folder: Path) -> None:
    """The demo in an environment, in a folder where nothing of ours lies; warnings are errors in our own modules alone."""
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [programs / "kg"]
    examples = [str(path) for path in (*sorted(EXAMPLES.glob("*.txt")), EXAMPLES / "papers.jsonl")]
    for arguments in (["build", *examples, "-o", "graph"], ["view", "graph", "-o", "graph.html"], ["export", "graph", "--to", "graphml"]):
        subprocess.run([*command, *arguments], cwd=folder, check=True, env=settings)
    code = "import kg; assert len(kg.load('graph')) > 100; assert 'site-packages' in kg.__file__, kg.__file__"
    subprocess.run([programs / "python", "-c", code], cwd=folder, check=True, env=settings)
    assert (folder / "graph.html").stat().st_size > 100_000 and (folder / "graph.graphml").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["python3.11", "python3.12", "python3.13"])
def test_wheel_runs_the_demo_in_an_empty_environment(built: Built, name: str, tmp_path: Path) -> None:
    interpreter = _interpreter(name)
    if interpreter is None:
        pytest.skip(f"no {name} here")
    with environment(interpreter, str(built.wheel)) as programs:
        run_demo(programs, tmp_path)


@pytest.mark.slow
def test_sdist_runs_the_demo_in_an_empty_environment(built: Built, tmp_path: Path) -> None:
    with environment(sys.executable, str(built.sdist)) as programs:
        run_demo(programs, tmp_path)


# Of each extra, alone in an environment: what it makes possible.
USES = {
    "analysis": "import kg; graph = kg.load('graph'); assert len(kg.leading(graph, by='pagerank')); kg.timeline(graph, ['CIFAR-10'])",
    "query": "import kg; assert kg.query('graph', 'MATCH (p:Paper) RETURN count(p) AS n')[0]['n'] > 5",
    "rdf": "import kg; kg.export(kg.load('graph'), 'turtle', 'graph.ttl')",
    "spark": "import pyspark, pandas; from kg.scale import check_installed; check_installed()",
    "train": "from kg.train.start import find_start; import kg.train.jobs, kg.train.export; find_start(None)",
}


def test_every_extra_for_users_is_tried_alone() -> None:
    assert set(USES) == set(PROJECT["optional-dependencies"]) - {"test", "docs", "release"}


@pytest.mark.slow
@pytest.mark.parametrize("extra", USES)
def test_extra_alone_in_an_environment(built: Built, extra: str, tmp_path: Path) -> None:
    with environment(sys.executable, f"paperkg[{extra}] @ {built.wheel.as_uri()}") as programs:
        run_demo(programs, tmp_path)
        subprocess.run([programs / "python", "-c", USES[extra]], cwd=tmp_path, check=True)
