"""Every write with a full disk, a folder that cannot be written, links in the way: one line, and what stood there stays whole."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import networkx as nx
import pytest

import kg
from kg import pipeline
from kg.graph.build import build_graph
from kg.graph.store import save_graph
from kg.pipeline import ExtractOptions
from kg.read import ReadOptions
from kg.resolve import resolve
from schemas.errors import PaperkgError, TargetError
from schemas.writing import whole_file
from tests.conftest import paper

RNG = random.Random(0)
WORDS = ["".join(chr(RNG.randrange(97, 123)) for _ in range(8)) for _ in range(20_000)]
SMALL = [paper("GridNet", "We propose GridNet.")]
LARGE = [paper(f"Title {n}", " ".join(WORDS[n * 60 : n * 60 + 60])) for n in range(300)]


def graph_of(papers: list[kg.read]) -> nx.MultiDiGraph:  # type: ignore[valid-type]
    return build_graph(papers, [], resolve([]), "test 1").graph  # type: ignore[arg-type]


def write_records(path: Path, papers: list[kg.read]) -> Path:  # type: ignore[valid-type]
    path.write_text("".join(each.model_dump_json(include={"title", "abstract"}) + "\n" for each in papers), "utf-8")  # type: ignore[attr-defined]
    return path


FORMATS = sorted(name for name, exporter in kg.EXPORTERS.items() if exporter.target != "server")
# What writes: a function of a target and of whether it is to write much.
WRITERS: dict[str, Callable[[Path, bool], object]] = {
    f"export {name}": (lambda target, much, name=name: kg.export(graph_of(LARGE if much else SMALL), name, target))  # type: ignore[misc]
    for name in FORMATS
    if name not in ("markdown", "report")  # a summary of bounded size: below
}
WRITERS["save"] = lambda target, much: save_graph(graph_of(LARGE if much else SMALL), target, records=LARGE if much else SMALL)


def content(path: Path) -> dict[str, bytes]:
    """All files below a folder, by name."""
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


@contextlib.contextmanager
def largest_file(n_bytes: int) -> Iterator[None]:
    """The kernel lets no file grow beyond `n_bytes`, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", WRITERS)
def test_file_that_may_not_grow(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / "out", False)
    before = content(tmp_path)
    with largest_file(20_000), pytest.raises(TargetError, match="cannot write ") as error:
        WRITERS[name](tmp_path / "out", True)
    assert "\n" not in str(error.value) and content(tmp_path) == before
    WRITERS[name](tmp_path / "out", True)
    assert content(tmp_path) != before


@pytest.mark.parametrize("name", ["markdown", "report"])
def test_report_that_may_not_grow(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").write_text("old")
    with largest_file(100), pytest.raises(TargetError, match=r"cannot write .*File too large"):
        kg.export(graph_of(LARGE), name, tmp_path / "out")
    assert content(tmp_path) == {"out": b"old"}


def test_extractions_that_may_not_grow(tmp_path: Path, gazetteer: str) -> None:
    write_records(tmp_path / "in.jsonl", LARGE)
    (tmp_path / "out.jsonl").write_text("old")
    before = content(tmp_path)
    with largest_file(10_000), pytest.raises(TargetError, match=r"out\.jsonl: File too large"):
        pipeline.extract_to(str(tmp_path / "out.jsonl"), [tmp_path / "in.jsonl"], ReadOptions(), ExtractOptions(gazetteer))
    assert content(tmp_path) == before


def test_a_cache_that_may_not_grow_stops_no_build(tmp_path: Path, gazetteer: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_records(tmp_path / "in.jsonl", LARGE)
    with largest_file(14_000):
        built = pipeline.build([tmp_path / "in.jsonl"], extract=ExtractOptions(gazetteer, cache=tmp_path / "cache"))
    assert len(built.graph()) >= len(LARGE) and "extractions are not kept" in capsys.readouterr().err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 kB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=96k", "tmpfs", place], check=False).returncode:
        pytest.skip("this user may mount no file system")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize("name", ["save", "export html", "export csv", "export neo4j-import", "export graphml"])
def test_full_disk(small_disk: Path, name: str) -> None:
    if name != "export html":  # which is larger than this disk, whatever it shows
        WRITERS[name](small_disk / "out", False)
    before = content(small_disk)
    with pytest.raises(TargetError, match="No space left on device") as error:
        WRITERS[name](small_disk / "out", True)
    assert "\n" not in str(error.value) and content(small_disk) == before


@pytest.mark.parametrize("name", ["save", "export html", "export csv", "export neo4j-import", "export json"])
def test_disk_that_is_read_only(small_disk: Path, name: str) -> None:
    (small_disk / "in.txt").write_text("x")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(TargetError, match=r"Read-only file system|no permission to write") as error:
        WRITERS[name](small_disk / "out", False)
    assert "\n" not in str(error.value) and content(small_disk) == {"in.txt": b"x"}


@pytest.fixture
def read_only_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that this process cannot write, for a while: not even the superuser, who gives up being one."""
    place = tmp_path / "locked"
    place.mkdir()
    (place / "in.txt").write_text("x")
    parents = [folder for folder in place.parents if folder.owner() == Path.home().owner() and folder != Path(folder.anchor)]
    modes = {folder: folder.stat().st_mode for folder in parents}
    user = os.geteuid()
    for folder, mode in modes.items():
        folder.chmod(mode | 0o055)
    place.chmod(0o555)
    if user == 0:
        os.seteuid(65534)
    yield place
    os.seteuid(user)
    place.chmod(0o755)
    for folder, mode in modes.items():
        folder.chmod(mode & 0o7777)


@pytest.mark.parametrize("name", WRITERS)
def test_folder_that_is_read_only(read_only_folder: Path, name: str) -> None:
    with pytest.raises(TargetError, match=r"no permission to write|Permission denied") as error:
        WRITERS[name](read_only_folder / "out", False)
    assert "\n" not in str(error.value) and content(read_only_folder) == {"in.txt": b"x"}


# Links


def test_a_link_in_place_of_a_leftover_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    for name in (".g.abcdefgh.part", ".g.abcdefgh.old", ".out.abcdefgh.part"):
        (tmp_path / name).symlink_to(tmp_path / "mine")
    (tmp_path / ".out.bcdefghi.part").symlink_to(tmp_path / "mine" / "thesis.tex")
    WRITERS["save"](tmp_path / "g", False)
    WRITERS["export json"](tmp_path / "out", False)
    assert content(tmp_path / "mine") == {"thesis.tex": b"years of work"}


@pytest.mark.parametrize("inside", [True, False], ids=["a link in the folder", "the folder is a link"])
def test_links_in_a_folder_of_ours_are_replaced_not_written_through(tmp_path: Path, inside: bool) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    (tmp_path / "real").mkdir()
    WRITERS["export csv"](tmp_path / "real" / "g", False)
    if inside:
        (tmp_path / "real" / "g" / "nodes.csv").unlink()
        (tmp_path / "real" / "g" / "nodes.csv").symlink_to(tmp_path / "thesis.tex")
        WRITERS["export csv"](tmp_path / "real" / "g", True)
        assert not (tmp_path / "real" / "g" / "nodes.csv").is_symlink()
    else:
        (tmp_path / "g").symlink_to(tmp_path / "real" / "g")
        WRITERS["export csv"](tmp_path / "g", True)
        assert (tmp_path / "g").is_symlink() and (tmp_path / "real" / "g" / "nodes.csv").stat().st_size > 10_000
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_files_that_killed_processes_left_are_removed_and_those_of_the_living_stay(tmp_path: Path) -> None:
    from schemas.locking import hold

    for name in (".out.abcdefgh.part", ".out.bcdefghi.part", ".out.notours.part", ".other.abcdefgh.part"):
        (tmp_path / name).write_text("half")
    with hold(tmp_path / ".out.bcdefghi.part"):
        WRITERS["export json"](tmp_path / "out", False)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".other.abcdefgh.part", ".out.bcdefghi.part", ".out.notours.part", "out"]


@pytest.mark.parametrize("manifest", ['{"schema_version": 1, "extractor": "x", "files": [1]}', "[" * 100_000, '{"files": 1}', "[]", "null"])
def test_a_folder_with_an_odd_manifest_is_not_ours(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "manifest.json").write_text(manifest)
    for attempt in (lambda: WRITERS["save"](tmp_path / "g", False), lambda: kg.load(tmp_path / "g")):
        with pytest.raises(PaperkgError) as error:
            attempt()
        assert "\n" not in str(error.value)
    assert (tmp_path / "g" / "manifest.json").read_text() == manifest


def test_names_that_no_file_can_have_and_errors_that_are_no_write_errors(tmp_path: Path) -> None:
    for name, problem in (("a\0b", "a null character in its name"), ("a\ud800b", "surrogates not allowed")):
        with pytest.raises(TargetError, match=problem), whole_file(tmp_path / name):
            raise AssertionError("not reached")
    with pytest.raises(ValueError, match=r"^a bug$"), whole_file(tmp_path / "a.txt"):
        raise ValueError("a bug")
    assert not list(tmp_path.iterdir())
