"""The command line: what it prints, what it writes, and one clear line for everything that goes wrong."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

import kg
from kg import progress
from kg.cli import app
from schemas.errors import OptionError
from tests.conftest import EXAMPLES, HEEDS_INTERRUPTS, ROOT, paper

COMMANDS = ("build", "update", "extract", "resolve", "explain", "evaluate", "export", "query", "view", "stats", "report", "schema")
GOOD = '{"id": "r 1", "title": "GridNet", "abstract": "We propose GridNet on CIFAR-10.", "methods": [{"name": "ignored"}]}\n'


def run(*args: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(a) for a in args], input=stdin)


def kg_process(*args: object, **options: object) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own."""
    command = [sys.executable, "-c", "from kg.cli import main; main()", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), **options)  # type: ignore[call-overload, no-any-return]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def one_line(result: Result | subprocess.CompletedProcess[str]) -> str:
    """The only line of a failure."""
    lines = [line for line in result.stderr.strip().splitlines() if not re.match(r"(records|papers) .*\d", line)]
    assert len(lines) == 1 and lines[0].startswith("kg: "), result.stderr
    return lines[0]


@pytest.fixture
def records(in_folder: Path) -> Path:
    path = in_folder / "papers.jsonl"
    path.write_text(GOOD + GOOD.replace("r 1", "r 2").replace("GridNet.", "GridNets."))
    return path


@pytest.fixture
def directory(in_folder: Path) -> Path:
    """A graph directory."""
    import networkx as nx

    kg.save(nx.MultiDiGraph(), in_folder / "g")
    return in_folder / "g"


def test_build_and_stats(records: Path, gazetteer: str) -> None:
    done = run("build", records, "-o", "g", "--model", gazetteer)
    assert done.exit_code == 0, done.output
    assert "papers.jsonl" in done.stdout and "1 different papers" in done.stdout and "seconds" in done.stdout
    assert "papers extracted: 1 of 1" in done.stderr
    shown = run("stats", "g")
    assert shown.exit_code == 0 and "PROPOSES" in shown.stdout
    figures = json.loads(run("stats", "g", "--json").stdout)
    assert figures["inputs"] == [{"file": "papers.jsonl", "format": "jsonl", "records": 2, "skipped": {}, "notes": {}}]
    assert figures["nodes"]["Paper"] == 1 and figures["edges"]["PROPOSES"] == 1 and figures["extractor"] == "gazetteer 1"


def test_progress_tells_the_rate_and_the_time_to_go(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([0.0, 0.1, 6.0, 6.1])
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    assert list(progress.track("abc", "papers extracted", 400)) == ["a", "b", "c"]
    assert capsys.readouterr().err.splitlines() == ["papers extracted: 2 of 400, 0.3/s, 20 min to go", "papers extracted: 3 of 400"]
    assert [progress._duration(seconds) for seconds in (20, 91, 7300)] == ["20 s", "2 min", "2 h 2 min"]


def test_build_as_json_and_quiet(records: Path, gazetteer: str) -> None:
    done = run("build", records, "-o", "g", "--model", gazetteer, "--json", "--quiet")
    assert json.loads(done.stdout)["records"] == 2 and done.stderr == ""
    assert run("build", records, "-o", "g", "--model", gazetteer, "-q").output == ""


def test_extract_writes_a_line_a_record_with_its_id(records: Path, gazetteer: str) -> None:
    done = run("extract", records, "-o", "out.jsonl", "--model", gazetteer)
    assert done.exit_code == 0 and "entities" in done.stdout
    lines = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ["r 1", "r 2"]
    assert [m["name"] for m in lines[0]["methods"]] == ["GridNet"]


def test_extract_from_standard_input_to_standard_output(in_folder: Path, gazetteer: str) -> None:
    done = run("extract", "-", "--model", gazetteer, "-q", stdin=GOOD + GOOD)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["r 1", "r 1"]
    loud = run("extract", "-", "--model", gazetteer, "--json", stdin=GOOD)
    assert len(loud.stdout.splitlines()) == 1 and '"records": 1' in loud.stderr
    assert list(in_folder.iterdir()) == []


def test_skip_bad_counts_and_goes_on(in_folder: Path, gazetteer: str) -> None:
    (in_folder / "p.jsonl").write_text(GOOD * 16 + "{broken\n" + GOOD)
    stopped = run("build", "p.jsonl", "-o", "g", "--model", gazetteer)
    assert stopped.exit_code == 1 and not Path("g").exists()
    assert one_line(stopped).startswith("kg: p.jsonl, line 17: not valid JSON: ")
    done = run("build", "p.jsonl", "-o", "g", "--model", gazetteer, "--skip-bad")
    assert done.exit_code == 0 and "1 not valid JSON" in done.stdout


@pytest.mark.parametrize("to", sorted(name for name, exporter in kg.EXPORTERS.items() if exporter.target == "file"))
def test_export(records: Path, gazetteer: str, to: str) -> None:
    run("build", records, "-o", "g", "--model", gazetteer)
    done = run("export", "g", "--to", to)
    target = Path("g" + kg.EXPORTERS[to].suffix)
    assert done.exit_code == 0 and str(target) in done.stdout and target.stat().st_size > 100
    assert run("export", "g", "--to", to, "-o", "named", "-q").output == ""
    assert Path("named").read_bytes() == target.read_bytes()


@pytest.mark.parametrize("to", sorted(name for name, exporter in kg.EXPORTERS.items() if exporter.target == "folder"))
def test_export_of_a_folder(records: Path, gazetteer: str, to: str) -> None:
    run("build", records, "-o", "g", "--model", gazetteer)
    for _ in range(2):
        assert run("export", "g", "--to", to).exit_code == 0
    assert len(list(Path("g" + kg.EXPORTERS[to].suffix).iterdir())) >= 3


def test_schema() -> None:
    shown = run("schema").stdout
    assert all(kind in shown for kind in ("Paper", "PROPOSES", "COMPARED_WITH", "Method->Dataset"))
    assert json.loads(run("schema", "--json").stdout)["edges"]["USES"]["joins"] == [["Paper", "Method"], ["Paper", "Dataset"]]
    assert json.loads(run("schema", "extraction").stdout)["title"] == "Extraction"
    assert "unknown record 'papers'; choose one of paper, extraction, manifest" in one_line(run("schema", "papers"))


def test_version_help_and_wrong_usage() -> None:
    assert run("--version").stdout == f"kg {kg.__version__}\n"
    shown = run("--help").stdout
    assert all(re.search(rf"^  {command} ", shown, re.MULTILINE) for command in COMMANDS)
    assert run("build").exit_code == 2 and run("nonsense").exit_code == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["build", "p.jsonl", "-o", "g", "--engine", "spark", "--workers", "2"], "with --engine spark there is no option --workers"),
        (["build", "p.jsonl", "-o", "g", "--engine", "spark", "--no-cache"], "with --engine spark there is no option --no-cache"),
        (["evaluate", "p.jsonl", "--resolution", "--min-confidence", "0.5"], "with --resolution there is no option --min-confidence"),
        (["evaluate", "p.jsonl", "--overrides", "o.csv"], "without --resolution there is no option --overrides"),
        (["stats", "g", "--top", "5"], "without --show there is no option --top"),
    ],
)
def test_options_that_would_change_nothing_are_refused(in_folder: Path, args: list[str], message: str) -> None:
    refused = run(*args)
    assert refused.exit_code == 2 and message in " ".join(refused.stderr.replace("│", " ").split())


def test_confidences_are_probabilities() -> None:
    with pytest.raises(OptionError, match=r"min_confidence: 2\.0 is no probability; give a number from 0 to 1"):
        kg.build(EXAMPLES / "papers.jsonl", min_confidence=2.0, model="fast")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["build", "nowhere.txt", "-o", "g"], "nowhere.txt: No such file or directory"),
        (["build", "p.jsonl", "-o", "g", "--model", "best"], "model 'best': not found"),
        (["build", "p.jsonl", "-o", "g", "--format", "bibtext"], "unknown format 'bibtext'"),
        (["build", "p.jsonl", "-o", "p.jsonl"], "cannot write p.jsonl: it exists and is not a folder; name another"),
        (["build", "p.jsonl", "-o", "p.jsonl/g"], "cannot write p.jsonl/g: "),
        (["build", "p.jsonl", "-o", "."], "cannot write .: it is a folder that kg did not write"),
        (["extract", "p.jsonl", "-o", "no/where.jsonl"], "cannot write no/where.jsonl: No such file or directory"),
        (["extract", "p.jsonl", "-o", "p.jsonl"], "cannot write p.jsonl: it is one of the inputs"),
        (["stats", "."], ".: not a graph directory"),
        (["export", "g", "--to", "html"], "g: not a graph directory (no manifest.json); kg build -o g makes one"),
        (["export", "g", "--to", "htlm"], "unknown format 'htlm'; choose one of csv, cypher, cytoscape, dot, gexf, graphml, html, json"),
    ],
)
def test_problems_are_one_line(in_folder: Path, args: list[str], message: str) -> None:
    (in_folder / "p.jsonl").write_text(GOOD)
    done = run(*args)
    assert done.exit_code == 1 and message in one_line(done) and done.stdout == ""
    assert [p.name for p in in_folder.iterdir()] == ["p.jsonl"] and (in_folder / "p.jsonl").read_text() == GOOD


def test_file_names_cannot_break_a_message(in_folder: Path) -> None:
    (in_folder / "a\nb.txt").write_bytes(b"\x00")
    assert one_line(run("build", "a\nb.txt", "-o", "g")) == "kg: a\\nb.txt: is a binary file, not text"


def test_existing_output_survives_bad_input(directory: Path) -> None:
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    Path("bad.jsonl").write_text("{")
    assert run("build", "bad.jsonl", "-o", "g").exit_code == 1
    Path("out.jsonl").write_text("kept")
    assert run("extract", "bad.jsonl", "-o", "out.jsonl").exit_code == 1
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
    assert Path("out.jsonl").read_text() == "kept" and {p.name for p in directory.parent.iterdir()} == {"g", "bad.jsonl", "out.jsonl"}


def test_a_pipe_is_written_to_and_a_link_is_followed(records: Path, gazetteer: str) -> None:
    Path("target.jsonl").write_text("old")
    Path("link.jsonl").symlink_to("target.jsonl")
    assert run("extract", records, "-o", "link.jsonl", "--model", gazetteer, "-q").exit_code == 0
    assert Path("link.jsonl").is_symlink() and len(Path("target.jsonl").read_text().splitlines()) == 2
    assert run("extract", records, "-o", os.devnull, "--model", gazetteer, "-q").exit_code == 0
    assert not Path(os.devnull).is_file()


def limit_file_size() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_full_disk(directory: Path) -> None:
    """The kernel refuses to let a file grow, as it does on a full disk."""
    Path("page.html").write_text("the page of yesterday")
    done = kg_process("export", directory, "--to", "html", "-o", "page.html", preexec_fn=limit_file_size)
    assert done.returncode == 1 and "cannot write page.html: File too large" in one_line(done)
    assert Path("page.html").read_text() == "the page of yesterday" and sorted(p.name for p in Path().iterdir()) == ["g", "page.html"]


def test_full_disk_while_saving_a_graph(directory: Path) -> None:
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    code = (
        "import kg, resource, sys; from tests.conftest import paper; from kg.graph.build import build_graph\n"
        "from kg.resolve import resolve; import random; rng = random.Random(0)\n"
        "papers = [paper(f'T{i}', ''.join(chr(rng.randrange(33, 9000)) for _ in range(800))) for i in range(200)]\n"
        "graph = build_graph(papers, [], resolve([]), 'x').graph\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try: kg.save(graph, 'g')\n"
        "except kg.TargetError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert "cannot write g: " in done.stdout and "\n" not in done.stdout.strip()
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before and [p.name for p in Path().iterdir()] == ["g"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_full_standard_output(directory: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", "from kg.cli import main; main()", "schema", "--json"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment())
    assert done.returncode != 0 and "Traceback" not in done.stderr


def test_interrupted_while_reading(directory: Path) -> None:
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    code = HEEDS_INTERRUPTS + "import sys, kg.pipeline; from kg.cli import main; print('ready', file=sys.stderr, flush=True); main()"
    command = [sys.executable, "-c", code, "build", "-", "-o", "g"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdin and process.stderr
        process.stdin.write(GOOD)
        process.stdin.flush()
        assert process.stderr.readline() == "ready\n"
        time.sleep(1)  # it waits for more input now
        process.send_signal(signal.SIGINT)
        process.wait(300)
        assert process.stderr.read().strip().splitlines()[-1] == "kg: interrupted; nothing was changed"
    assert process.returncode == 130
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
    assert [p.name for p in Path().iterdir()] == ["g"]


@pytest.mark.model
@pytest.mark.parametrize(
    ("sent", "status", "message"),
    [(signal.SIGINT, 130, "interrupted; nothing was changed"), (signal.SIGTERM, 143, "stopped; nothing was changed")],
)
def test_interrupted_while_extracting(in_folder: Path, sent: signal.Signals, status: int, message: str) -> None:
    (in_folder / "many.jsonl").write_text(
        "".join(json.dumps({"title": f"T{i}", "abstract": "We use BERT. " * 40}) + "\n" for i in range(3000))
    )
    command = [sys.executable, "-c", HEEDS_INTERRUPTS + "from kg.cli import main; main()", "extract", "many.jsonl", "-o", "out.jsonl"]
    command += ["--workers", "2"]  # more would be done before they are interrupted
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stderr and "records extracted" in process.stderr.readline()
        process.send_signal(sent)
        assert process.stderr.read().strip().splitlines()[-1] == f"kg: {message}"
    assert process.returncode == status and [p.name for p in in_folder.iterdir()] == ["many.jsonl"]


@contextlib.contextmanager
def extracting_on_two_processes(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A command that has begun to extract many papers in `folder`, and its children."""
    (folder / "many.jsonl").write_text("".join(json.dumps({"title": f"T{i}", "abstract": "We use BERT. " * 40}) + "\n" for i in range(900)))
    command = [sys.executable, "-c", "from kg.cli import main; main()", "extract", "many.jsonl", "-o", "out.jsonl", "--workers", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stderr and "records extracted" in process.stderr.readline()
        yield process, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


@pytest.mark.model
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up in /proc")
def test_no_worker_outlives_a_killed_command(in_folder: Path) -> None:
    with extracting_on_two_processes(in_folder) as (process, children):
        process.kill()
    deadline = time.monotonic() + 300
    while (left := [child for child in children if Path(f"/proc/{child}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(children) >= 2 and not left


@pytest.mark.model
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up in /proc")
def test_a_killed_worker_ends_the_command_with_one_line(in_folder: Path) -> None:
    with extracting_on_two_processes(in_folder) as (process, children):
        workers = [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
        os.kill(int(workers[0]), signal.SIGKILL)
        assert process.stderr
        assert process.stderr.read().strip().splitlines()[-1].startswith("kg: stage 'extract': a worker process died (killed,")
    assert process.returncode == 1 and [path.name for path in in_folder.iterdir()] == ["many.jsonl"]


@pytest.mark.model
def test_order_of_inputs_changes_nothing(in_folder: Path) -> None:
    files = sorted(p for p in EXAMPLES.iterdir() if p.name != "README.md")
    for name, order in (("a", files), ("b", files[::-1])):
        assert run("build", *order, "-o", name, "-q").exit_code == 0
    for path in Path("a").iterdir():
        assert path.read_bytes() == (Path("b") / path.name).read_bytes(), path.name


def test_target_folder_without_permission(in_folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    (in_folder / "p.jsonl").write_text(GOOD)
    (in_folder / "locked").mkdir(mode=0o500)
    assert "no permission to write" in one_line(run("build", "p.jsonl", "-o", "locked/g"))


def test_installed_command() -> None:
    command = shutil.which("kg", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("the command is not installed in this environment")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"kg {kg.__version__}\n"


def test_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "kg", "--version"], capture_output=True, text=True, check=True, env=environment())
    assert done.stdout == f"kg {kg.__version__}\n"


def test_api_builds_what_the_command_builds(records: Path, gazetteer: str) -> None:
    graph = kg.build(records, model=gazetteer)
    run("build", records, "-o", "g", "--model", gazetteer)
    import networkx as nx

    assert nx.utils.graphs_equal(kg.load("g"), graph) and paper().title == "GridNet"


def test_renderer_is_an_option_of_the_page_alone(directory: Path) -> None:
    assert (
        run("export", directory, "--to", "html", "-o", "a.html", "--renderer", "canvas").output
        == "a.html: 0 nodes, 0 edges; drawn by canvas\n"
    )
    refused = run("export", directory, "--to", "json", "--renderer", "canvas")
    assert refused.exit_code == 2 and "the format json has no option --renderer" in refused.stderr
    assert "choose one of auto, pyvis, canvas" in one_line(run("export", directory, "--to", "html", "--renderer", "d3"))


def test_view_opens_a_temporary_page(directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened: list[str] = []
    monkeypatch.setenv("BROWSER", "any")
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    done = run("view", directory)
    assert done.exit_code == 0 and "drawn by pyvis" in done.output
    assert opened == [next(tmp_path.glob("paperkg-*/g.html")).as_uri()]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")
def test_view_without_a_screen_says_where_the_page_is(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    done = run("view", directory, "-o", "page.html", "--quiet")
    assert done.exit_code == 0 and done.output.startswith(str(Path("page.html").resolve())) and "open this file in one" in done.output
