"""A graph that grows: whatever the order and the portions, it is the graph of a build of everything; and nothing can leave half of it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import kg
from kg import growth, pipeline, reuse
from kg.changes import find_changes
from kg.cli import app
from kg.extract import models
from kg.graph.store import MANIFEST, load_manifest, load_records
from kg.pipeline import ExtractOptions
from kg.read import ReadOptions
from schemas import exchange, locking
from schemas.errors import GraphError, InputError
from schemas.extraction import Extraction
from tests.conftest import EXAMPLES, ROOT, GazetteerRecognizer, paper

FIRST = {"id": "r1", "title": "GridNet", "abstract": "We propose GridNet on CIFAR-10."}
SECOND = {"id": "r2", "title": "Again", "abstract": "We use GridNets and Transformers on CIFAR100."}
THIRD = {"id": "2401.00001", "title": "GridNet", "abstract": "We propose GridNet on CIFAR-10."}


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in args])


def write(name: str, *records: dict[str, Any]) -> Path:
    path = Path(name)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def contents(directory: Path | str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(directory).iterdir())}


def build(target: str, inputs: Iterable[Path], model: str, **options: Any) -> None:
    pipeline.build_and_save(list(inputs), Path(target), ReadOptions(**options), ExtractOptions(model))


def update(target: str, inputs: Iterable[Path], model: str, **options: Any) -> growth.Update:
    return growth.update(Path(target), list(inputs), ReadOptions(**options), ExtractOptions(), model=model)


@pytest.fixture
def three(in_folder: Path) -> list[Path]:
    return [write("a.jsonl", FIRST), write("b.jsonl", SECOND), write("c.jsonl", THIRD, SECOND)]


def test_an_update_is_a_build_of_all(three: list[Path], gazetteer: str) -> None:
    build("all", three, gazetteer)
    build("g", three[:1], gazetteer)
    for path in three[1:]:
        update("g", [path], gazetteer)
    assert contents("g") == contents("all") and not list(Path().glob(".*"))


words = st.lists(st.sampled_from(["GridNet", "grid network (GN)", "GN", "CIFAR-10", "CIFAR10", "on", "accuracy"]), max_size=6).map(" ".join)
record = st.fixed_dictionaries(
    {"title": st.sampled_from(["A", "B", "C"]), "abstract": words},
    optional={
        "arxiv_id": st.sampled_from(["2401.00001", "2401.00002"]),
        "doi": st.sampled_from(["10.1000/a", "10.1000/b"]),
        "links": st.just(["https://github.com/a/b"]),
        "upvotes": st.integers(0, 3),
    },
)


@settings(max_examples=40)
@given(st.lists(st.lists(record, min_size=1, max_size=3), min_size=2, max_size=5), st.randoms(use_true_random=False), st.data())
def test_any_portions_in_any_order_give_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[dict[str, Any]]], rng: random.Random, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("split")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setitem(models.LOADERS, "gazetteer", lambda _: GazetteerRecognizer())
        Path("model").mkdir()
        Path("model", models.META).write_text('{"name": "gazetteer", "version": "1", "recognizer": "gazetteer", "files": {}}')
        files = [write(f"{number}.jsonl", *batch) for number, batch in enumerate(batches)]
        build("all", files, "model")
        order = rng.sample(files, len(files))
        cuts = sorted({1, *data.draw(st.sets(st.integers(1, len(files) - 1)))})
        build("g", order[: cuts[0]], "model")
        for start, end in zip(cuts, [*cuts[1:], len(order)], strict=True):
            update("g", order[start:end] + data.draw(st.lists(st.sampled_from(order[:start]), max_size=1)), "model")
        assert contents("g") == contents("all")


@pytest.mark.model
@pytest.mark.parametrize("seed", [0, 1])
def test_the_shipped_model_and_the_examples(in_folder: Path, seed: int) -> None:
    files = [
        *sorted(EXAMPLES.glob("*.txt")),
        EXAMPLES / "papers.jsonl",
        EXAMPLES / "formats" / "zotero.bib",
        EXAMPLES / "formats" / "ieee.csv",
    ]
    order = random.Random(seed).sample(files, len(files))
    assert run("build", *files, "-o", "all", "-q", "--no-cache", "--model", "fast").exit_code == 0
    assert run("build", *order[:2], "-o", "g", "-q", "--no-cache", "--model", "fast").exit_code == 0
    for path in order[2:]:
        assert run("update", "g", path, "-q", "--no-cache").exit_code == 0
    assert contents("g") == contents("all")


def test_only_what_is_new_is_read_and_extracted(three: list[Path], gazetteer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    recognize = GazetteerRecognizer.recognize
    monkeypatch.setattr(GazetteerRecognizer, "recognize", lambda self, texts: seen.extend(t.title for t in texts) or recognize(self, texts))
    build("g", three[:1], gazetteer)
    done = update("g", three[:2], gazetteer)
    assert seen == ["GridNet", "Again"] and done.build.unchanged == ("a.jsonl",)
    assert (done.n_new_records, done.build.n_extracted) == (1, 1)
    before = contents("g")
    done = update("g", three[:2], gazetteer)
    assert (done.n_new_records, done.build.n_extracted, done.build.unchanged) == (0, 0, ("a.jsonl", "b.jsonl"))
    assert contents("g") == before
    done = update("g", three[2:], gazetteer)
    assert done.build.n_extracted == 0, "the same texts under other ids"


def test_the_same_content_under_the_same_name_is_one_input(three: list[Path], gazetteer: str) -> None:
    Path("copy").mkdir()
    shutil.copy("a.jsonl", "copy/a.jsonl")
    build("twice", ["a.jsonl", "copy/a.jsonl"], gazetteer)  # type: ignore[list-item]
    build("once", three[:1], gazetteer)
    assert contents("twice") == contents("once")
    assert update("once", [Path("copy/a.jsonl")], gazetteer).build.unchanged == ("a.jsonl",)


def test_a_file_read_in_another_way_is_read_again(in_folder: Path, gazetteer: str) -> None:
    page = EXAMPLES / "daily_with_dates.txt"
    build("g", [page], gazetteer)
    assert not update("g", [page], gazetteer, year=2024).build.unchanged
    assert [report.options for report in load_manifest(Path("g")).inputs] == ["", "year 2024"]
    assert update("g", [page], gazetteer, year=2024).build.unchanged


def test_merged_and_split_nodes_are_told(in_folder: Path, gazetteer: str) -> None:
    first = write("a.jsonl", {"title": "A", "abstract": "We propose the grid network."}, {"title": "B", "abstract": "GridNet on CIFAR-10."})
    second = write("b.jsonl", {"title": "C", "abstract": "A grid network (GridNet) is used."}, {"title": "A", "abstract": "New text."})
    run("build", first, "-o", "g", "--model", gazetteer, "-q")
    shown = run("update", "g", second, "--model", gazetteer)
    assert shown.exit_code == 0, shown.output
    assert "merged: Method 'GridNet', 'grid network' ->" in " ".join(shown.stdout.split())
    assert "2 new records; 2 texts extracted" in shown.stdout
    figures = json.loads(run("update", "g", second, "--model", gazetteer, "--json", "-q").stdout)
    assert figures["unchanged_inputs"] == ["b.jsonl"] and figures["merged"] == [] and figures["new_nodes"]["Paper"] == 0


def test_files_of_one_name_are_not_taken_for_one_another(in_folder: Path, gazetteer: str) -> None:
    """A source is a base name and a number: January's first paper and February's have the same one."""
    for month, title in (("january", "Alpha grids"), ("february", "Beta grids")):
        Path(month).mkdir()
        write(f"{month}/papers.jsonl", {"title": title, "abstract": f"{title}: GridNet on CIFAR-10."})
    run("build", "january/papers.jsonl", "-o", "g", "--model", gazetteer, "-q")
    figures = json.loads(run("update", "g", "february/papers.jsonl", "--model", gazetteer, "--json", "-q").stdout)
    assert figures["new_nodes"]["Paper"] == 1 and figures["merged"] == figures["split"] == []


def test_changes_of_nodes() -> None:
    def node(kind: str, name: str, *parts: str) -> dict[str, Any]:
        return {"kind": kind, "name": name, "merged_ids": list(parts)}

    old = {"m1": node("Method", "A", "m2"), "m3": node("Method", "B"), "d1": node("Dataset", "D", "d2")}
    new = {"m1": node("Method", "AB", "m2", "m3"), "d1": node("Dataset", "D"), "d2": node("Dataset", "E"), "t1": node("Task", "T")}
    changes = find_changes(old, new)
    assert [(c.kind, c.before, c.after) for c in changes.merged] == [("Method", ("A", "B"), ("AB",))]
    assert [(c.kind, c.before, c.after) for c in changes.split] == [("Dataset", ("D",), ("D", "E"))]
    assert {kind: n for kind, n in changes.new.items() if n} == {"Task": 1}


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda: shutil.rmtree("g"), "g: not a graph directory"),
        (lambda: kg.save(kg.load("g"), "g"), "holds no records of its papers, so it cannot be updated; build it again"),
        (lambda: Path("g", "records.parquet").unlink(), "records.parquet is missing or not the file that was written"),
        (lambda: Path("g", "mine.txt").write_text("?"), "it is a folder that kg did not write"),
    ],
)
def test_directories_that_cannot_be_updated(three: list[Path], gazetteer: str, break_it: Callable[[], object], message: str) -> None:
    build("g", three[:1], gazetteer)
    break_it()
    done = run("update", "g", three[1], "--model", gazetteer)
    assert done.exit_code == 1 and message in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_the_extractor_must_be_the_same(three: list[Path], gazetteer: str, tmp_path: Path) -> None:
    build("g", three[:1], gazetteer)
    with pytest.raises(GraphError, match="was extracted by gazetteer 1, which does not come with this kg; name its folder: --model"):
        growth.update(Path("g"), three)
    with pytest.raises(GraphError, match=r"was extracted by gazetteer 1, not by paperkg-minilm-fast"):
        growth.update(Path("g"), three, model="fast")


def test_another_version_of_the_same_extractor_extracts_all_again(
    three: list[Path], gazetteer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build("g", three[:1], gazetteer)
    monkeypatch.setattr(reuse, "_code_hash", lambda: "changed")
    done = growth.update(Path("g"), three[1:2], extract=ExtractOptions(quiet=False), model=gazetteer)
    assert done.build.n_extracted == 2 and "the extractor has changed since this graph was made" in capsys.readouterr().err
    build("all", three[:2], gazetteer)
    assert contents("g") == contents("all")


def test_overrides_are_asked_for_again(three: list[Path], gazetteer: str) -> None:
    Path("fix.csv").write_text("action,type,a,b\ndifferent,dataset,CIFAR-10,CIFAR-100\n")
    assert run("build", three[0], "-o", "g", "--overrides", "fix.csv", "--model", gazetteer, "-q").exit_code == 0
    failed = run("update", "g", three[1], "--model", gazetteer)
    assert failed.exit_code == 1 and "was made with the overrides fix.csv; name them again: --overrides fix.csv" in failed.stderr
    assert run("update", "g", three[1], "--model", gazetteer, "--overrides", "fix.csv", "-q").exit_code == 0
    assert run("build", *three[:2], "-o", "all", "--overrides", "fix.csv", "--model", gazetteer, "-q").exit_code == 0
    assert contents("g") == contents("all")


def test_bad_input_changes_nothing(three: list[Path], gazetteer: str) -> None:
    build("g", three[:1], gazetteer)
    before = contents("g")
    Path("bad.jsonl").write_text("{")
    with pytest.raises(InputError):
        update("g", [three[1], Path("bad.jsonl")], gazetteer)
    assert contents("g") == before and not list(Path().glob(".*"))


def test_in_python(three: list[Path], in_folder: Path) -> None:
    graph = kg.build(three[:1], model="fast")
    pipeline.build_and_save(three[:1], Path("g"), ReadOptions(), ExtractOptions("fast"))
    grown = kg.update("g", three[1:])
    assert nx.utils.graphs_equal(grown, kg.load("g")) and len(grown) > len(graph) and len(load_records(Path("g"))) == 4


# The cache


def test_a_text_is_extracted_once(three: list[Path], gazetteer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def figures(*args: object) -> dict[str, Any]:
        return json.loads(run(*args, "--model", gazetteer, "--json", "-q").stdout)  # type: ignore[no-any-return]

    assert figures("build", three[0], "-o", "g1")["extracted"] == 1
    assert figures("build", *three, "-o", "g2")["extracted"] == 1
    assert figures("build", *three, "-o", "g3", "--no-cache")["extracted"] == 2
    assert figures("build", *three, "-o", "g4", "--min-confidence", "0.95")["extracted"] == 2
    assert contents("g2") == contents("g3") != contents("g4")
    monkeypatch.setattr(reuse, "_code_hash", lambda: "changed")
    assert figures("build", *three, "-o", "g5")["extracted"] == 2


def test_a_cache_that_cannot_be_used_stops_nothing(three: list[Path], gazetteer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Path("cache")
    monkeypatch.setenv(reuse.CACHE_VARIABLE, str(cache))
    assert reuse.cache_folder() == cache
    cache.write_text("a file")
    done = run("build", three[0], "-o", "g", "--model", gazetteer)
    assert done.exit_code == 0 and done.stderr.count("extractions are not kept: cache/extractions.sqlite: ") == 1
    cache.unlink()
    cache.mkdir()
    (cache / reuse.FILE).write_bytes(b"no database" * 100)
    done = run("build", three[0], "-o", "g", "--model", gazetteer)
    assert done.exit_code == 0 and done.stderr.count("extractions are not kept") == 1


def test_damaged_entries_are_made_again(three: list[Path], gazetteer: str) -> None:
    for _ in range(2):
        run("build", three[0], "-o", "g", "--model", gazetteer, "-q")
        with sqlite3.connect(Path(os.environ[reuse.CACHE_VARIABLE]) / reuse.FILE) as database:
            assert database.execute("UPDATE extractions SET value = x'00'").rowcount == 1
        database.close()
    assert json.loads(run("build", three[0], "-o", "g", "--model", gazetteer, "--json", "-q").stdout)["extracted"] == 1


def test_the_oldest_entries_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reuse, "MOST_EXTRACTIONS", 2)
    told: list[str] = []
    for keys in (["a", "b"], ["b"], ["c"]):
        with reuse.Cache(tmp_path, "x 1", told.append) as cache:
            known = cache.get(keys)
            cache.put({key: Extraction(id=key) for key in keys if key not in known})
    with reuse.Cache(tmp_path, "x 1", told.append) as cache:
        assert set(cache.get("abc")) == {"b", "c"}
    with reuse.Cache(tmp_path, "x 2", told.append) as cache:
        assert cache.get("abc") == {} and told == []


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(reuse.CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert reuse.cache_folder() == tmp_path / "paperkg"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert reuse.cache_folder() == tmp_path / ".cache" / "paperkg"


def test_what_stands_for_a_text() -> None:
    assert reuse.text_key(paper(id="x")) == reuse.text_key(paper(id="y", upvotes=3))
    assert len({reuse.text_key(p) for p in (paper(), paper(title="T"), paper(links=("https://a.org",)))}) == 3


# Kills and locks

UPDATE = """
import os, signal, sys
from kg import growth, pipeline
from kg.extract import models
from kg.read import ReadOptions
from pathlib import Path
from tests.conftest import GazetteerRecognizer
models.LOADERS["gazetteer"] = lambda _: GazetteerRecognizer()
{before}
growth.update(Path("g"), sys.argv[2:], ReadOptions(), pipeline.ExtractOptions(quiet=False), model=sys.argv[1])
"""

STUCK_BUILD = """
import sys, time
from kg import pipeline
from kg.extract import models
from kg.read import ReadOptions
from pathlib import Path
from tests.conftest import GazetteerRecognizer
class Stuck(GazetteerRecognizer):
    n_read = 0
    def recognize(self, texts):
        self.n_read += len(texts)
        if self.n_read > 400:
            time.sleep(3600)
        return super().recognize(texts)
models.LOADERS["gazetteer"] = lambda _: Stuck()
pipeline.build_and_save(["many.jsonl"], Path("g"), ReadOptions(), pipeline.ExtractOptions(sys.argv[1], cache=Path("cache")))
"""


def n_cached(folder: Path) -> int:
    try:
        with contextlib.closing(sqlite3.connect(folder / reuse.FILE)) as database:
            count: int = database.execute("SELECT count(*) FROM extractions").fetchone()[0]
            return count
    except sqlite3.Error:
        return 0


def test_a_build_that_was_killed_goes_on_where_it_was(in_folder: Path, gazetteer: str) -> None:
    many = write("many.jsonl", *({"title": f"Paper {n}", "abstract": f"We propose GridNet {n} on CIFAR-10."} for n in range(600)))
    child = subprocess.Popen([sys.executable, "-c", STUCK_BUILD, gazetteer], env=os.environ | {"PYTHONPATH": str(ROOT)})
    while child.poll() is None and not n_cached(Path("cache")):
        time.sleep(0.05)
    child.kill()
    assert child.wait() == -signal.SIGKILL and not Path("g").exists()
    kept = n_cached(Path("cache"))
    done = pipeline.build_and_save([many], Path("g"), ReadOptions(), ExtractOptions(gazetteer, cache=Path("cache")))
    assert kept >= 256 and done.build.n_extracted == 600 - kept
    build("all", [many], gazetteer)
    assert contents("g") == contents("all")


# Runs the update again and again in children, each killed before the N-th thing that changes files, and prints "N old" or "N new".
KILLED_AT = """
import pyarrow.parquet, shutil, tempfile
import kg.extract.serial, kg.graph.stream, kg.resolve.lexicon
from schemas import exchange
if {two_steps}:
    exchange._renameat2 = lambda: None
def contents(name):
    return {{path.name: path.read_bytes() for path in Path(name).iterdir()}}
states = [contents("old"), contents("new")]
kg.resolve.lexicon.shipped_lexicon()  # with the imports: what no child needs to load again
CHANGING = [(os, name) for name in ("rename", "replace", "rmdir", "unlink", "chmod")]
CHANGING += [(tempfile, "mkdtemp"), (tempfile, "TemporaryFile"), (exchange, "swap"), (Path, "write_text")]
CHANGING += [(pyarrow.parquet, "ParquetWriter")]
def killed_at(n):
    left = [n]
    def killing(function):
        def killed(*args, **values):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **values)
        return killed
    for module, name in CHANGING:
        setattr(module, name, killing(getattr(module, name)))
    growth.update(Path("g"), sys.argv[2:], ReadOptions(), pipeline.ExtractOptions(), model=sys.argv[1])
    os._exit(0)
for n in range(1, 100):
    shutil.rmtree("g", ignore_errors=True)
    shutil.copytree("old", "g")
    child = os.fork() or killed_at(n)
    status = os.waitpid(child, 0)[1]
    exchange.recover(Path("g").resolve())  # what the next command does first
    print(n, ("old", "new")[states.index(contents("g"))], sorted(path.name for path in Path().glob(".*")), flush=True)
    if not os.WIFSIGNALED(status):
        break
    assert os.WTERMSIG(status) == signal.SIGKILL, status
"""


def process(model: str, *inputs: Path, before: str = "") -> subprocess.Popen[str]:
    code = UPDATE.format(before=before)
    command = [sys.executable, "-c", code, model, *map(str, inputs)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


@pytest.mark.parametrize("two_steps", [False, True], ids=["one step", "two steps"])
def test_killed_at_any_step_the_old_graph_or_the_new_one_stays(three: list[Path], gazetteer: str, two_steps: bool) -> None:
    """SIGKILL before each change of the file system, one after the other, until an update comes through."""
    build("old", three[:1], gazetteer)
    build("new", three[:2], gazetteer)
    code = UPDATE.format(before=KILLED_AT.format(two_steps=two_steps)).replace("\ngrowth.update", "\nif 0: growth.update")
    command = [sys.executable, "-c", code, gazetteer, str(three[1])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)})
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert 25 < len(lines) < 99 and all(rest == "[]" for _, _, rest in lines), "leftovers are removed by the next command"
    states = [state for _, state, _ in lines]
    assert states == sorted(states, key=("old", "new").index) and set(states) == {"old", "new"}


def test_killed_at_any_time(three: list[Path], gazetteer: str) -> None:
    many = write("many.jsonl", *({"title": f"GridNet {n}", "abstract": "We propose GridNet on CIFAR-10."} for n in range(300)))
    build("old", three[:1], gazetteer)
    build("new", [three[0], many], gazetteer)
    rng = random.Random(0)
    states = [contents("old"), contents("new")]
    shutil.copytree("old", "g")
    for _ in range(4):
        with process(gazetteer, many) as running:
            assert running.stderr
            running.stderr.readline()  # it works now
            time.sleep(rng.random() * 0.5)
            running.kill()
            running.communicate()
        kg.load("g")
        assert contents("g") in states
    update("g", [many], gazetteer)
    assert contents("g") == states[1] and not list(Path().glob(".g.*"))


def test_two_updates_at_once_both_count(three: list[Path], gazetteer: str) -> None:
    build("all", three, gazetteer)
    build("g", three[:1], gazetteer)
    slow = """import time
save = growth.save
def late(*arguments):
    pipeline.tell("saving")
    while not Path("go").exists():
        time.sleep(0.02)
    return save(*arguments)
growth.save = late"""
    with process(gazetteer, three[1], before=slow) as first:
        assert first.stderr
        while first.stderr.readline() != "kg: saving\n":
            assert first.poll() is None
        with process(gazetteer, three[2]) as second:
            assert second.stderr
            said = second.stderr.readline()
            Path("go").touch()
            second.communicate()
        first.communicate()
    assert (first.returncode, second.returncode) == (0, 0) and said.startswith("kg: g is being written by another process; waiting")
    assert contents("g") == contents("all") and not list(Path().glob(".g.*"))


def test_a_lock_ends_with_its_process_and_follows_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    told: list[str] = []
    with locking.locked_folder(tmp_path / "a", lambda: told.append("waiting")):
        assert not locking.is_abandoned(tmp_path / "a") and locking.is_abandoned(tmp_path / "b")
        assert exchange.swap(tmp_path / "a", tmp_path / "b") or pytest.skip("no exchange of names here")
        with locking.locked_folder(tmp_path / "a", lambda: told.append("waiting")):
            assert not told
    assert locking.is_abandoned(tmp_path / "a") and not locking.is_abandoned(tmp_path / "nowhere")


def test_exchange_without_the_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_renameat2", lambda: None)
    kg.save(nx.MultiDiGraph(), tmp_path / "g")
    kg.save(nx.MultiDiGraph(), tmp_path / "g")
    assert [p.name for p in tmp_path.iterdir()] == ["g"] and (tmp_path / "g" / MANIFEST).exists()


def test_leftovers_of_others_stay(tmp_path: Path) -> None:
    for name in (".g.mine.part", ".g.old", ".gg.abcdefgh.part", ".g.abcdefgh.txt"):
        (tmp_path / name).mkdir()
    (tmp_path / ".g.abcdefgh.part").mkdir()
    kg.save(nx.MultiDiGraph(), tmp_path / "g")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".g.abcdefgh.txt", ".g.mine.part", ".g.old", ".gg.abcdefgh.part", "g"]
