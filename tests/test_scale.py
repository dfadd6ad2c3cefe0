"""Scale-out: the stages as workers over rows give the local build, on an engine in this process; tests/test_spark.py has Spark's."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import kg
from kg import pipeline
from kg.cli import app
from kg.extract import models
from kg.graph import store
from kg.pipeline import ExtractOptions
from kg.read import ReadOptions
from kg.resolve import NO_OVERRIDES, Overrides, load_overrides
from kg.resolve import resolve as resolve_locally
from kg.scale.components import LABEL, components, edge
from kg.scale.engine import InProcess
from kg.scale.extraction import EXTRACTION, PortionStore
from kg.scale.plan import ScaledBuild, ScaleOptions, build_on_engine, work_folder
from kg.scale.resolution import ASSIGNED, ENTITY, REASON, resolve
from kg.scale.rows import Row, Worker, batches_of, decode, rows_of
from schemas.errors import EngineError, FormatError, InputError, TargetError
from schemas.extraction import ENTITY_TYPES, Abbreviation, Entity, Extraction
from schemas.resolution import FormReason, ResolvedEntity
from tests.conftest import EXAMPLES, GazetteerRecognizer
from tests.test_update import record, write

EXAMPLE_FILES = [*sorted(EXAMPLES.glob("*.txt")), EXAMPLES / "papers.jsonl", EXAMPLES / "formats"]


def scaled(inputs: Iterable[Path], target: str, model: str, **options: Any) -> ScaledBuild:
    return build_on_engine(lambda _: InProcess(), inputs, Path(target), ScaleOptions(model=model, **options))


def assert_equal(one: Path | str, other: Path | str) -> None:
    """Two graph directories hold the same, however it is divided into files."""
    a, b = Path(one), Path(other)
    graph, graph_b = kg.load(a), kg.load(b)
    assert list(graph.nodes(data=True)) == list(graph_b.nodes(data=True))
    assert list(graph.edges(keys=True, data=True)) == list(graph_b.edges(keys=True, data=True))
    assert store.load_extractions(a) == store.load_extractions(b)
    assert sorted(store.load_records(a), key=repr) == sorted(store.load_records(b), key=repr)
    (reasons, refused), (reasons_b, refused_b) = store.load_reasons(a), store.load_reasons(b)
    assert sorted(reasons, key=repr) == sorted(reasons_b, key=repr) and refused == refused_b
    manifest, manifest_b = store.load_manifest(a), store.load_manifest(b)
    assert manifest.model_copy(update={"files": {}}) == manifest_b.model_copy(update={"files": {}})


@settings(max_examples=30)
@given(st.lists(st.lists(record, min_size=1, max_size=4), min_size=1, max_size=4), st.integers(1, 3))
def test_any_records_give_the_local_build(tmp_path_factory: pytest.TempPathFactory, files: list[list[dict[str, Any]]], n: int) -> None:
    folder = tmp_path_factory.mktemp("scaled")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setitem(models.LOADERS, "gazetteer", lambda _: GazetteerRecognizer())
        Path("model").mkdir()
        Path("model", models.META).write_text('{"name": "gazetteer", "version": "1", "recognizer": "gazetteer", "files": {}}')
        paths = [write(f"{number}.jsonl", *records) for number, records in enumerate(files)]
        pipeline.build_and_save(paths, Path("local"), ReadOptions(), ExtractOptions("model"))
        scaled(paths, "scaled", "model", n_parts=n, n_portions=n)
        assert_equal("local", "scaled")
        assert not list(Path().glob(".*"))


def test_one_part_is_the_very_directory_of_a_local_build(in_folder: Path, gazetteer: str) -> None:
    pipeline.build_and_save(EXAMPLE_FILES, Path("local"), ReadOptions(), ExtractOptions(gazetteer))
    scaled(EXAMPLE_FILES, "scaled", gazetteer)
    for path in Path("local").glob("*.parquet"):
        assert path.read_bytes() == Path("scaled", path.name).read_bytes(), path.name
    assert Path("local", store.MANIFEST).read_bytes() == Path("scaled", store.MANIFEST).read_bytes()


def test_a_graph_in_parts_grows_and_is_checked(in_folder: Path, gazetteer: str) -> None:
    scaled(EXAMPLE_FILES[:2], "g", gazetteer, n_parts=3)
    kg.update("g", EXAMPLE_FILES[2:], model=gazetteer)
    pipeline.build_and_save(EXAMPLE_FILES, Path("all"), ReadOptions(), ExtractOptions(gazetteer))
    assert_equal("g", "all")
    scaled(EXAMPLE_FILES, "g", gazetteer, n_parts=2)
    parts = sorted(Path("g", store.EDGES).iterdir())
    assert [part.name for part in parts] == ["part-000000.parquet", "part-000001.parquet"]
    parts[0].write_bytes(b"")
    with pytest.raises(kg.GraphError, match=r"edges.parquet/part-000000.parquet is missing or not the file"):
        kg.load("g")


COMMANDS = [
    ["stats", "g"],
    ["stats", "g", "--show", "coverage"],
    ["stats", "g", "--show", "changes", "--before", "g"],
    ["explain", "g", "CIFAR-10"],
    ["report", "g"],
    ["export", "g", "--to", "json", "-o", "g.json"],
    ["query", "g", "MATCH (p:Paper)-[r]->(n) RETURN p.id, label(r), n.id ORDER BY p.id, label(r), n.id"],
]


def test_commands_answer_alike_on_a_graph_in_parts(tmp_path: Path, gazetteer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ladybug")
    pytest.importorskip("pandas")
    answers: list[list[str]] = []
    for n_parts in (1, 3):
        folder = tmp_path / f"{n_parts} 'parts' [ä]"
        folder.mkdir()
        monkeypatch.chdir(folder)
        scaled(EXAMPLE_FILES[:2], "g", gazetteer, n_parts=n_parts)
        done = [CliRunner().invoke(app, command) for command in COMMANDS]
        assert [result.exit_code for result in done] == [0] * len(COMMANDS), done
        answers.append([result.output for result in done])
    assert answers[0] == answers[1] and all(answers[0])


def lines_of(folder: str) -> dict[str, list[str]]:
    """The sorted lines of each set of data files."""
    found = defaultdict(list)
    for path in Path(folder).glob("*.csv"):
        found[path.name.partition(".")[0]] += path.read_text("utf-8").splitlines()
    return {name: sorted(lines) for name, lines in found.items()}


def test_the_import_folder_is_the_exported_one(in_folder: Path, gazetteer: str) -> None:
    scaled(EXAMPLE_FILES, "g", gazetteer, neo4j_import=Path("one.import"))
    kg.export(kg.load("g"), "neo4j-import", "exported.import")
    for path in Path("exported.import").iterdir():
        assert path.read_bytes() == Path("one.import", path.name).read_bytes(), path.name
    scaled(EXAMPLE_FILES, "g", gazetteer, neo4j_import=Path("one.import"), n_parts=3)
    assert lines_of("one.import") == lines_of("exported.import")
    command = Path("one.import", "import.sh").read_text()
    assert "--nodes=Paper=Paper_header.csv,Paper.000000.csv,Paper.000001.csv,Paper.000002.csv'" in command
    with pytest.raises(TargetError, match="it is a folder that kg did not write"):
        scaled(EXAMPLE_FILES, "g", gazetteer, neo4j_import=EXAMPLES)


@st.composite
def forests(draw: st.DrawFn) -> list[tuple[str, str]]:
    node = st.integers(0, 12).map(str)
    return draw(st.lists(st.tuples(node, node), max_size=20))


@given(forests())
def test_connected_components(edges: list[tuple[str, str]]) -> None:
    parent = {node: node for pair in edges for node in pair}
    for _ in parent:
        for a, b in edges:
            parent[a] = parent[b] = min(parent[a], parent[b])
    rows = [row for pair in edges for row in edge(*pair)]
    engine = InProcess()
    found = {row.key: row.value for row in components(engine, "test", [engine.load(rows)]) if row.to == LABEL}
    assert found == {node: root for node, root in parent.items() if node != root}


def test_a_long_chain_is_one_component_after_few_rounds() -> None:
    stages: list[str] = []

    class Counting(InProcess):
        def run(self, stage: str, worker: Worker, tables: Any, *, by_key: bool = True) -> list[Row]:
            stages.append(stage)
            return super().run(stage, worker, tables, by_key=by_key)

    nodes = [f"{number:04d}" for number in range(600)]
    random.Random(1).shuffle(nodes)
    rows = [row for pair in itertools.pairwise(nodes) for row in edge(*pair)]
    found = components(Counting(), "chain", [rows])
    assert {row.value for row in found} == {"0000"} and len(found) == 599
    assert len(stages) < 20


def resolved_on_engine(extractions: list[Extraction], overrides: Overrides) -> tuple[Any, ...]:
    """What the workers of resolving give, as the parts of a Resolution."""
    engine = InProcess(2)
    rows = [Row(EXTRACTION, extraction.id, "1", extraction.model_dump_json()) for extraction in extractions]
    found = resolve(engine, engine.load(rows), overrides)
    by_stream = defaultdict(list)
    for row in found.entities:
        by_stream[row.to].append(row)
    entities = [ResolvedEntity.model_validate_json(row.value) for row in by_stream[ENTITY]]
    assigned = {(row.key, *decode(row.value)[:2]): decode(row.value)[2] for row in by_stream[ASSIGNED]}
    reasons = [FormReason.model_validate_json(row.value) for row in by_stream[REASON]]
    return {entity.id: entity for entity in entities}, assigned, sorted(reasons, key=lambda r: (r.id, r.form)), found.refusals


def assert_resolved_alike(extractions: list[Extraction], overrides: Overrides) -> None:
    local = resolve_locally(extractions, overrides)
    entities, assigned, reasons, refused = resolved_on_engine(extractions, overrides)
    assert entities == dict(local.entities) and assigned == dict(local.assignments)
    assert tuple(reasons) == local.reasons and refused == local.refused


NAMES = ["GAN", "generative adversarial network", "generative adversarial networks", "global attention net", "GAN model", "CNN"]
NAMES += ["convolutional neural network", "CNN encoder", "convolution network", "GANs", "global attention network", "ImageNet-2012", "IN12"]
names = st.sampled_from(NAMES)
DEFINITIONS = [("GAN", "generative adversarial network"), ("GAN", "global attention net"), ("CNN", "convolutional neural network")]
DEFINITIONS += [("CNN", "cellular neural net"), ("IN12", "ImageNet-2012"), ("GAN", "generative adversarial networks")]
definition = st.sampled_from(DEFINITIONS)
extraction = st.builds(
    lambda methods, datasets, defined: Extraction(
        id="",
        methods=tuple(Entity(name=forms[0], forms=tuple(forms), role="uses", confidence=0.5) for forms in methods),
        datasets=tuple(Entity(name=forms[0], forms=tuple(forms), role="uses", confidence=0.5) for forms in datasets),
        abbreviations=tuple(Abbreviation(short=short, long=long, field="abstract", start=0, end=1) for short, long in defined),
    ),
    st.lists(st.lists(names, min_size=1, max_size=3, unique=True), max_size=3),
    st.lists(st.lists(names, min_size=1, max_size=2, unique=True), max_size=2),
    st.lists(definition, max_size=2),
)

OVERRIDES = """
[[same]]
type = "method"
names = ["global attention net", "GlobalNet"]

[[different]]
type = "method"
names = ["GAN", "generative adversarial network", "convolutional neural network"]

[[canonical]]
type = "method"
name = "CNN"
canonical = "ConvNet"
"""


@settings(max_examples=40)
@given(st.lists(extraction, max_size=8), st.booleans())
def test_resolving_gives_the_local_resolution(
    tmp_path_factory: pytest.TempPathFactory, extractions: list[Extraction], corrected: bool
) -> None:
    overrides = NO_OVERRIDES
    if corrected:
        path = tmp_path_factory.mktemp("overrides") / "overrides.toml"
        path.write_text(OVERRIDES)
        overrides = load_overrides(path)
    given_ids = [found.model_copy(update={"id": f"p{number}"}) for number, found in enumerate(extractions)]
    assert_resolved_alike(given_ids, overrides)


def annotated(path: Path) -> list[Extraction]:
    """The annotations of a file as extractions."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        gold = json.loads(line)
        lists = {
            f"{kind}s": tuple(
                Entity(name=entity["name"], forms=tuple(dict.fromkeys(entity["forms"])), role=entity.get("role"), confidence=1)
                for entity in gold[f"{kind}s"]
            )
            for kind in ENTITY_TYPES
        }
        found.append(Extraction(id=f"p{number:05d}", **lists))
    return found


@pytest.mark.data
def test_resolving_annotated_papers_gives_the_local_resolution(data: Path, tmp_path: Path) -> None:
    overrides = tmp_path / "overrides.csv"
    overrides.write_text("action,type,a,b\nsame,method,BERT,RoBERTa\ndifferent,method,LLM,large language models\n")
    papers = annotated(data / "corpus" / "dev.jsonl")
    for corrections in (NO_OVERRIDES, load_overrides(overrides)):
        assert_resolved_alike(papers, corrections)


def test_a_broken_record_stops_the_build_or_is_counted(in_folder: Path, gazetteer: str) -> None:
    good, bad = write("good.jsonl", {"title": "A", "abstract": "GridNet on CIFAR-10."}), Path("bad.jsonl")
    bad.write_text('{"title": "B", "abstract": "GridNet."}\n{"title": 3}\n{"title": "C", "abstract": "GridNet."}\n')
    with pytest.raises(InputError) as caught:
        scaled([good, bad], "g", gazetteer)
    with pytest.raises(InputError) as expected:
        kg.read([good, bad])
    assert str(caught.value) == str(expected.value) and not Path("g").exists() and not list(Path().glob(".*"))
    read = ReadOptions(skip_bad=True)
    scaled([good, bad], "g", gazetteer, read=read)
    pipeline.build_and_save([good, bad], Path("local"), read, ExtractOptions(gazetteer))
    assert_equal("g", "local")


def test_inputs_that_workers_cannot_read(in_folder: Path, gazetteer: str) -> None:
    with pytest.raises(InputError, match="standard input: cannot be read by many workers; name files"):
        scaled([Path("-")], "g", gazetteer)
    Path("folder").mkdir()
    Path("folder", "x.bin").write_bytes(b"\x00\x01")
    with pytest.raises(FormatError, match="no file of a known format in it"):
        scaled([Path("folder")], "g", gazetteer)
    Path("taken").mkdir()
    Path("taken", "mine.txt").write_text("mine")
    with pytest.raises(TargetError, match="it is a folder that kg did not write"):
        scaled(EXAMPLE_FILES, "taken", gazetteer)


def test_nothing_of_others_is_lost(in_folder: Path, gazetteer: str) -> None:
    file = write("a.jsonl", {"title": "A", "abstract": "GridNet on CIFAR-10."})
    for imports, target in (("g", "g"), ("g/imports", "g"), ("g", "g/graph")):
        with pytest.raises(TargetError, match=f"cannot write {imports}: one of it and the graph directory {target} holds the other"):
            scaled([file], target, gazetteer, neo4j_import=Path(imports))
        assert not Path("g").exists()
    work_folder(Path("g")).mkdir()
    (work_folder(Path("g")) / "mine.txt").write_text("mine")
    scaled([file], "g", gazetteer)
    assert [path.name for path in work_folder(Path("g")).iterdir()] == ["mine.txt"]


class Failing(InProcess):
    """An engine that fails at a stage."""

    def __init__(self, stage: str) -> None:
        super().__init__()
        self._stage = stage

    def run(self, stage: str, worker: Worker, tables: Any, *, by_key: bool = True) -> list[Row]:
        if stage == self._stage:
            raise EngineError(stage, "lost")
        return super().run(stage, worker, tables, by_key=by_key)


def check_is_new(folder: Path) -> InProcess:
    assert not folder.exists()
    return InProcess()


def test_a_second_try_extracts_nothing_again(in_folder: Path, gazetteer: str) -> None:
    options = ScaleOptions(model=gazetteer, n_portions=3)
    with pytest.raises(EngineError, match="stage 'write': lost"):
        build_on_engine(lambda _: Failing("write"), EXAMPLE_FILES, Path("g"), options)
    assert not Path("g").exists() and work_folder(Path("g")).is_dir()
    (work_folder(Path("g")) / "tables" / "001").mkdir(parents=True)  # as a build that was killed leaves it
    done = build_on_engine(check_is_new, EXAMPLE_FILES, Path("g"), options)
    assert done.n_extracted == 0 and done.manifest.nodes["Paper"] > 0
    assert not list(Path().glob(".*"))


def test_builds_of_one_target_wait_for_each_other(in_folder: Path, gazetteer: str) -> None:
    """The first one removes the work folder when it is done; the one that waits makes it anew."""
    file = write("a.jsonl", {"title": "A", "abstract": "GridNet on CIFAR-10."})
    running: list[str] = []

    class Slow(InProcess):
        def run(self, stage: str, worker: Worker, tables: Any, *, by_key: bool = True) -> list[Row]:
            running.append(stage)
            time.sleep(0.02)
            assert work_folder(Path("g")).is_dir()
            return super().run(stage, worker, tables, by_key=by_key)

    def build() -> None:
        build_on_engine(lambda _: Slow(), [file], Path("g"), ScaleOptions(model=gazetteer))

    with ThreadPoolExecutor(3) as threads:
        for build_of_one in [threads.submit(build) for _ in range(3)]:
            build_of_one.result()
    stages = running[: len(running) // 3]
    assert running == stages * 3 and not list(Path().glob(".*"))


def test_a_writer_of_the_graph_is_waited_for(in_folder: Path, gazetteer: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An update reads the graph, extracts, and writes; a graph that took its place meanwhile would be lost."""
    file = write("a.jsonl", {"title": "A", "abstract": "GridNet on CIFAR-10."})
    options = ScaleOptions(model=gazetteer, quiet=False)
    build_on_engine(lambda _: InProcess(), [file], Path("g"), options)
    old = Path("g").stat().st_ino
    with ThreadPoolExecutor(1) as thread:
        with pipeline.alone(Path("g"), quiet=True):
            build = thread.submit(build_on_engine, lambda _: InProcess(), [file], Path("g"), options)
            while "g is being written by another process" not in capsys.readouterr().err:
                assert not build.done()
                time.sleep(0.01)
            assert Path("g").stat().st_ino == old
        build.result()
    assert Path("g").stat().st_ino != old and not list(Path().glob(".*"))


def test_a_portion_keeps_what_it_has_and_passes_over_what_is_not_whole(tmp_path: Path) -> None:
    portion = PortionStore(tmp_path, "000000")
    portion.put({})
    assert portion.get(["a"]) == {} and not list(tmp_path.iterdir())
    portion.put({"a": Extraction(id="1"), "b": Extraction(id="2")})
    portion.put({"c": Extraction(id="3")})
    (tmp_path / "000000" / "tmp1.part").write_bytes(b"half")
    assert PortionStore(tmp_path, "000000").get(["a", "c", "d"]) == {"a": Extraction(id="1"), "c": Extraction(id="3")}
    assert pq.read_table(tmp_path / "000000" / "a.parquet").num_rows == 2


def test_batches_hold_rows_of_any_text_and_are_bounded() -> None:
    rows = [Row("s", "k\t\u2028", "", "x" * 3_000_000), Row("s", "", "", 'é"\n'), *(Row("s", str(n), "", "") for n in range(2500))]
    batches = list(batches_of(rows))
    assert list(rows_of(batches)) == rows
    assert all(batch.num_rows <= 1000 for batch in batches) and list(batches_of([])) == []
