"""Scale-out on Apache Spark: the local build, also when a worker is killed; a cluster of two workers (slow)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from kg import pipeline
from kg.cli import app
from kg.pipeline import ExtractOptions
from kg.read import ReadOptions
from kg.scale.components import LargeStar, edge
from kg.scale.plan import ScaleOptions, build_on_engine
from kg.scale.rows import Row
from kg.scale.writing import Write
from schemas.errors import EngineError
from tests.conftest import EXAMPLES, ROOT
from tests.test_scale import assert_equal

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FILES = [*sorted(EXAMPLES.glob("*.txt")), EXAMPLES / "papers.jsonl"]
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "1g",
}

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # sockets to the JVM
]
needs_spark = pytest.mark.skipif(find_spec("pyspark") is None or which("java") is None, reason="needs PySpark and Java")


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """One session for all tests: two cores, four tries a task."""
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master("local[2,4]").appName("tests")
        for name, value in SETTINGS.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


def children(parent: int) -> dict[int, int]:
    """The processes that descend from `parent`, and the parent of each."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found: dict[int, int] = {}
    waiting = [parent]
    while waiting:
        above = waiting.pop()
        for process, its_parent in parents.items():
            if its_parent == above and process not in found:
                found[process] = above
                waiting.append(process)
    return found


def is_running(process: int, name: bytes) -> bool:
    """Whether a process was started with `name` among its words."""
    try:
        return name in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def is_daemon(process: int) -> bool:
    return is_running(process, b"pyspark.daemon")


def kill_a_worker(folder: Path, killed: list[int]) -> None:
    """Kill a Python worker as soon as the first portion stands in `folder`."""
    deadline = time.monotonic() + 120
    while not killed and time.monotonic() < deadline:
        if any(folder.rglob("*.parquet")):
            found = children(os.getpid())
            workers = [process for process, parent in found.items() if is_daemon(process) and is_daemon(parent)]
            for process in workers:
                os.kill(process, signal.SIGKILL)
                killed.append(process)
        time.sleep(0.02)


@needs_spark
@pytest.mark.model
def test_the_local_build_although_workers_are_killed(spark: SparkSession, in_folder: Path) -> None:
    from kg.scale.spark import Spark

    killed: list[int] = []

    class Killing(Spark):
        def run(self, stage: str, *args: Any, **options: Any) -> Any:
            if stage == "extract":
                threading.Thread(target=kill_a_worker, args=(in_folder / ".g.work" / "extractions", killed), daemon=True).start()
            return super().run(stage, *args, **options)

    pipeline.build_and_save(FILES, Path("local"), ReadOptions(), ExtractOptions("fast"))
    options = ScaleOptions(model="fast", n_parts=2, n_portions=6)
    done = build_on_engine(lambda folder: Killing(spark, folder), FILES, Path("g"), options)
    assert killed and done.manifest.nodes["Paper"] > 0
    assert_equal("local", "g")
    assert not list(Path().glob(".*"))


@needs_spark
def test_a_failing_worker_is_one_line(spark: SparkSession, tmp_path: Path) -> None:
    from kg.scale.spark import Spark

    engine = Spark(spark, tmp_path / "tables")
    rows = [Row("row", "000000", "Paper.parquet\tp", '{"id": "p"}')]
    with pytest.raises(EngineError, match=r"^stage 'write': FileNotFoundError: .*No such file or directory: .*missing") as caught:
        engine.run("write", Write(tmp_path / "missing" / "folder", 1), [engine.load(rows)])
    assert "\n" not in str(caught.value)


@needs_spark
def test_folders_of_any_name(spark: SparkSession, tmp_path: Path) -> None:
    from kg.scale.spark import Spark

    folder = tmp_path / "é %20 [1] {x} *?"
    engine = Spark(spark, folder)
    found = engine.run("stars", LargeStar(), [engine.load(edge("a", "b"))])
    assert [(row.key, row.value) for row in engine.collect(found)] == [("b", "a")]
    assert [path.name for path in folder.iterdir()] == ["001"] and [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_without_pyspark_the_extra_is_named(in_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.scale.find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["build", str(FILES[0]), "-o", "g", "--engine", "spark"])
    assert done.exit_code == 1
    assert done.stderr == "kg: kg build --engine spark needs the extra: pip install 'paperkg[spark]'\n"


def test_the_import_folder_is_for_spark(in_folder: Path) -> None:
    done = CliRunner().invoke(app, ["build", str(FILES[0]), "-o", "g", "--neo4j-import", "i"])
    assert done.exit_code == 2 and "kg export DIR --to neo4j-import" in " ".join(done.stderr.replace("│", " ").split())


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@dataclass(frozen=True)
class Cluster:
    """A standalone cluster on the loopback address."""

    address: str
    workers: tuple[int, ...]  # processes, each of which starts the executors of one core

    def executors(self) -> list[int]:
        """The processes that work for the cluster's applications."""
        return [process for worker in self.workers for process in children(worker) if is_running(process, b"CoarseGrainedExecutorBackend")]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A master and two workers of one core."""
    import pyspark

    program = str(Path(pyspark.__file__).parent / "bin" / "spark-class")
    address = f"spark://127.0.0.1:{(port := free_port())}"
    environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(tmp_path / "work"), "PYSPARK_PYTHON": sys.executable}
    master = ["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]
    worker = ["org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port", "0", "-c", "1", "-m", "1g", address]
    with (tmp_path / "cluster.log").open("w") as log:
        started = [
            subprocess.Popen([program, *command], env=environment, stdout=log, stderr=log, start_new_session=True)
            for command in (master, worker, worker)
        ]
        try:
            yield Cluster(address, tuple(process.pid for process in started[1:]))
        finally:
            for process in started:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def on_cluster(master: str) -> dict[str, str]:
    """The environment of a process whose Spark works on a cluster."""
    settings = SETTINGS | {"spark.executor.memory": "512m", "spark.cores.max": "2"}
    arguments = " ".join(f"--conf {name}={value}" for name, value in settings.items())
    return os.environ | {"PYSPARK_SUBMIT_ARGS": f"--master {master} {arguments} pyspark-shell", "PYTHONPATH": str(ROOT)}


def build_by_command(master: str, target: str, *inputs: Path) -> dict[str, Any]:
    """`kg build --engine spark` in a process of its own; its figures."""
    command = [sys.executable, "-m", "kg", "build", *map(str, inputs), "-o", target, "--engine", "spark", "--model", "fast", "--json"]
    done = subprocess.run(command, env=on_cluster(master), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


@needs_spark
@pytest.mark.slow
@pytest.mark.model
def test_a_cluster_of_two_workers_gives_the_local_build(cluster: Cluster, in_folder: Path) -> None:
    pipeline.build_and_save(FILES, Path("local"), ReadOptions(), ExtractOptions("fast"))
    figures = build_by_command(cluster.address, "g", *FILES)
    assert_equal("local", "g")
    assert figures["extracted"] == figures["nodes"]["Paper"]


BUILD = """
import json, sys
from pathlib import Path
from kg.scale import build_alone
from kg.scale.plan import ScaleOptions
done = build_alone(sys.argv[2:], Path(sys.argv[1]), ScaleOptions(model="fast", n_parts=2, n_portions=6))
print(json.dumps({"extracted": done.n_extracted, "papers": done.manifest.nodes["Paper"]}))
"""


def start_build(master: str, target: str, *inputs: Path) -> subprocess.Popen[str]:
    """A build in six portions, in a process group of its own."""
    command = [sys.executable, "-c", BUILD, target, *map(str, inputs)]
    return subprocess.Popen(
        command, env=on_cluster(master), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for_a_portion(work: Path, running: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 1800
    while not any((work / "extractions").rglob("*.parquet")):
        assert running.poll() is None and time.monotonic() < deadline, running.communicate()
        time.sleep(0.02)


def figures_of(running: subprocess.Popen[str]) -> dict[str, Any]:
    out, errors = running.communicate()
    assert running.returncode == 0, errors
    figures: dict[str, Any] = json.loads(out)
    return figures


@needs_spark
@pytest.mark.slow
@pytest.mark.model
def test_a_killed_executor_costs_only_its_tasks(cluster: Cluster, in_folder: Path) -> None:
    pipeline.build_and_save(FILES, Path("local"), ReadOptions(), ExtractOptions("fast"))
    running = start_build(cluster.address, "g", *FILES)
    wait_for_a_portion(Path(".g.work"), running)
    killed = cluster.executors()[:1]
    for process in killed:
        os.kill(process, signal.SIGKILL)
    assert figures_of(running)["papers"] > 0 and killed
    assert_equal("local", "g")


@needs_spark
@pytest.mark.slow
@pytest.mark.model
def test_a_killed_build_goes_on_from_its_portions(in_folder: Path) -> None:
    pipeline.build_and_save(FILES, Path("local"), ReadOptions(), ExtractOptions("fast"))
    first = start_build("local[2,4]", "g", *FILES)
    wait_for_a_portion(Path(".g.work"), first)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert not Path("g").exists()
    second = figures_of(start_build("local[2,4]", "g", *FILES))
    assert 0 <= second["extracted"] < second["papers"]
    assert_equal("local", "g")
    assert not list(Path().glob(".*"))


@needs_spark
@pytest.mark.slow
@pytest.mark.model
@pytest.mark.data
@pytest.mark.parametrize("name", ["pages", "corpus/abstracts.jsonl.gz"])
def test_real_inputs_give_the_local_build(data: Path, in_folder: Path, name: str) -> None:
    """All real pages, and the first 20,000 abstracts."""
    inputs = data / name
    if inputs.is_file():
        import gzip
        import itertools

        with gzip.open(inputs, "rt", encoding="utf-8") as lines, Path("some.jsonl").open("w", encoding="utf-8") as some:
            some.writelines(itertools.islice(lines, int(os.environ.get("PAPERKG_ABSTRACTS", "20000"))))
        inputs = Path("some.jsonl")
    read = ReadOptions()
    pipeline.build_and_save([inputs], Path("local"), read, ExtractOptions("fast", quiet=False, workers=None))
    build_by_command("local[2,4]", "g", inputs)
    assert_equal("local", "g")
