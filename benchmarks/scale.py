"""Time, memory and shuffled bytes of `kg build` on one process, all cores, and Spark: python benchmarks/scale.py PAPERS.jsonl[.gz].

usage: scale.py PAPERS [--sizes 5000 20000] [--ways one all spark1 spark2] [--model fast] [--json FILE]

Each size and way is a run of the command in a process of its own, on the first papers of the file. Memory is the largest sum
of what the process and its children hold at a time, sampled. Run it on a quiet machine.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import gzip
import itertools
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
WAYS = {
    "one": ["--workers", "1", "--no-cache"],
    "all": ["--no-cache"],
    "spark1": ["--engine", "spark"],
    "spark2": ["--engine", "spark"],
}
_PAGE = os.sysconf("SC_PAGE_SIZE")
_BETWEEN_SAMPLES = 0.5  # seconds


@dataclass(frozen=True)
class Run:
    """One measured build."""

    way: str
    n_papers: int
    seconds: float  # wall clock, start of the processes included
    megabytes: float  # largest sum over the processes
    shuffled: int  # bytes written to shuffles; 0 where there are none
    stages: dict[str, float]  # seconds of each stage, as the command tells them


def papers(path: Path, size: int, folder: Path) -> Path:
    """A file with the first `size` lines of `path`."""
    target = folder / f"{size}.jsonl"
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        out.writelines(itertools.islice(lines, size))
    return target


def measure(way: str, size: int, source: Path, model: str, folder: Path) -> Run:
    """Run `kg build` once; raises CalledProcessError when it fails."""
    events = folder / f"events-{way}-{size}"
    events.mkdir()
    master = f"local[{way.removeprefix('spark')},4]"
    settings = f"--conf spark.eventLog.enabled=true --conf spark.eventLog.dir={events.as_uri()} --conf spark.driver.memory=1g"
    environment = os.environ | {"PYSPARK_SUBMIT_ARGS": f"--master {master} {settings} pyspark-shell"}
    target = folder / f"{way}-{size}"
    command = [sys.executable, "-c", "from kg.cli import main; main()", "build", str(source), "-o", str(target)]
    start = time.monotonic()
    with (folder / "figures.json").open("w+") as out:
        process = subprocess.Popen([*command, "--model", model, "--json", *WAYS[way]], stdout=out, env=environment, cwd=ROOT)
        megabytes = peak(process)
        seconds = time.monotonic() - start
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        out.seek(0)
        figures = json.load(out)
    return Run(way, size, seconds, megabytes, sum(shuffle_bytes(events)), figures["seconds"])


def peak(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; the largest memory of it and all that descend from it, in MB."""
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(resident, [process.pid, *descendants(process.pid)])))
        time.sleep(_BETWEEN_SAMPLES)
    return most / 2**20


def descendants(parent: int) -> list[int]:
    """The children of a process and theirs."""
    try:
        children = Path(f"/proc/{parent}/task").glob("*/children")
        direct = [int(child) for path in children for child in path.read_text().split()]
    except OSError:
        return []
    return [process for child in direct for process in (child, *descendants(child))]


def resident(process: int) -> int:
    """Bytes of memory that a process holds; 0 for one that has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def shuffle_bytes(events: Path) -> Iterator[int]:
    """Bytes that each task wrote to a shuffle, from Spark's event log."""
    for path in sorted(file for file in events.rglob("*") if file.is_file() and not file.name.startswith(".")):
        for line in path.read_text("utf-8").splitlines():
            event = json.loads(line)
            if event.get("Event") == "SparkListenerTaskEnd":
                metrics = event.get("Task Metrics") or {}
                yield metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)


def show(runs: list[Run]) -> None:
    """Print a table of all runs."""
    table = Table("way", "abstracts", "seconds", "abstracts/s", "without extraction", "peak MB", "shuffled MB")
    for run in runs:
        rest = sum(seconds for stage, seconds in run.stages.items() if stage != "extract")
        figures = (f"{run.seconds:.0f}", f"{run.n_papers / run.seconds:.1f}", f"{rest:.0f} s", f"{run.megabytes:.0f}")
        table.add_row(run.way, str(run.n_papers), *figures, f"{run.shuffled / 1e6:.1f}")
    Console(highlight=False).print(table)


def main() -> None:
    """Measure every size and way, the smallest first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("papers", type=Path, help="paper records, one a line")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5000, 20000], help="numbers of abstracts")
    parser.add_argument("--ways", nargs="+", choices=sorted(WAYS), default=list(WAYS), help="how to build")
    parser.add_argument("--model", default="fast", help="the model")
    parser.add_argument("--json", type=Path, help="file to write the figures to as well")
    options = parser.parse_args()
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in sorted(options.sizes):
            source = papers(options.papers, size, folder)
            for way in options.ways:
                runs.append(measure(way, size, source, options.model, folder))
                print(json.dumps(asdict(runs[-1])), file=sys.stderr, flush=True)
    show(runs)
    if options.json:
        options.json.write_text(json.dumps([asdict(run) for run in runs], indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
