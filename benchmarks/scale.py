"""Time, memory and shuffled bytes of `kg build` on one process, all cores, and Spark: python benchmarks/scale.py PAPERS.jsonl[.gz].

usage: scale.py PAPERS [--sizes 5000 20000] [--ways one all spark1 spark2] [--model fast] [--json FILE]
       scale.py --costs FILE... [--cores 16] [--hours 24] [--rate 500000]

Each size and way is a run of the command in a process of its own, on the first papers of the file; the figures of a run are
printed on standard error as soon as it ends, and at the end all of them as tables in Markdown. Memory is the largest sum of what
the process and its children hold at a time, sampled, pages that several share counted once. Run it on a quiet machine.
`--costs` makes the cost table of docs/scale.md of files that `--json` wrote.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import gzip
import itertools
import json
import math
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

ROOT = Path(__file__).resolve().parents[1]
WAYS = {
    "one": ["--workers", "1", "--no-cache"],
    "all": ["--workers", str(len(os.sched_getaffinity(0))), "--no-cache"],
    "spark1": ["--engine", "spark"],
    "spark2": ["--engine", "spark"],
}
COLLECTIONS = {"arXiv": 2_500_000, "OpenAlex": 250_000_000}  # abstracts
_BETWEEN_SAMPLES = 0.5  # seconds


@dataclass(frozen=True)
class Run:
    """One measured build."""

    way: str
    n_papers: int
    cores: int
    seconds: float  # wall clock, start of the processes included
    megabytes: float  # largest sum over the processes
    shuffled: int  # bytes written to shuffles; 0 where there are none
    stages: dict[str, float]  # seconds of each stage, as the command tells them
    n_items: int  # nodes and edges

    @property
    def extraction_rate(self) -> float:
        """Abstracts a second and core, while extracting."""
        return self.n_papers / (self.stages["extract"] * self.cores)

    @property
    def rest(self) -> float:
        """Core seconds an abstract of all other stages, which run on one core without Spark."""
        cores = self.cores if self.way.startswith("spark") else 1
        return cores * sum(seconds for stage, seconds in self.stages.items() if stage != "extract") / self.n_papers


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
    settings = "--conf spark.eventLog.enabled=true --conf spark.eventLog.compress=false"
    settings += f" --conf spark.eventLog.dir={events.as_uri()} --conf spark.driver.memory=1g"
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
    cores = {"one": 1, "all": len(os.sched_getaffinity(0))}.get(way) or int(way.removeprefix("spark"))
    n_items = sum(figures["nodes"].values()) + sum(figures["edges"].values())
    return Run(way, figures["records"], cores, seconds, megabytes, sum(shuffle_bytes(events)), figures["seconds"], n_items)


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
    """Bytes of memory that a process holds, its part of shared pages included; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def shuffle_bytes(events: Path) -> Iterator[int]:
    """Bytes that each task wrote to a shuffle, from Spark's event log."""
    for path in sorted(file for file in events.rglob("*") if file.is_file() and not file.name.startswith(".")):
        for line in path.read_text("utf-8").splitlines():
            event = json.loads(line)
            if event.get("Event") == "SparkListenerTaskEnd":
                metrics = event.get("Task Metrics") or {}
                yield metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)) + "\n"


def runs_table(runs: Iterable[Run]) -> str:
    """What was measured, and the figures of the cost model: a, r and b of docs/scale.md."""
    head = ("way", "abstracts", "seconds", "abstracts/s", "peak MB", "extracting: abstracts/s and core (a)")
    rows = (
        (
            *(run.way, str(run.n_papers), f"{run.seconds:.0f}", f"{run.n_papers / run.seconds:.1f}", f"{run.megabytes:.0f}"),
            *(f"{run.extraction_rate:.1f}", f"{1000 * run.rest:.0f}", f"{run.shuffled / run.n_papers / 1000:.0f}"),
            f"{run.n_items / run.n_papers:.1f}",
        )
        for run in runs
    )
    return table((*head, "the rest: core ms an abstract (r)", "shuffled kB an abstract (b)", "nodes and edges an abstract (n + e)"), rows)


def costs_table(run: Run, cores: int, hours: float, rate: float) -> str:
    """What larger collections cost at the figures of a run: machines of `cores` cores for `hours`, import at `rate` items a second."""
    head = ("collection", "abstracts", "core hours", f"machines of {cores} cores for {hours:g} h", "shuffled", "nodes and edges", "import")
    rows = []
    for name, n_papers in COLLECTIONS.items():
        core_hours = n_papers * (1 / run.extraction_rate + run.rest) / 3600
        n_items = n_papers * run.n_items / run.n_papers
        machines, shuffled = math.ceil(core_hours / (cores * hours)), n_papers * run.shuffled / run.n_papers
        figures = (f"{core_hours:,.0f}", f"{machines:,}", f"{shuffled / 1e9:,.0f} GB", f"{n_items / 1e6:,.0f} million")
        rows.append((name, f"{n_papers:,}", *figures, f"{n_items / rate / 3600:.1f} h"))
    return table(head, rows)


def main() -> None:
    """Measure every size and way, the smallest first; or print what was measured, and what it says of larger collections."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", type=Path, nargs="?", help="paper records, one a line")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5000, 20000], help="numbers of abstracts")
    parser.add_argument("--ways", nargs="+", choices=sorted(WAYS), default=list(WAYS), help="how to build")
    parser.add_argument("--model", default="fast", help="the model")
    parser.add_argument("--json", type=Path, help="file to write the figures to as well")
    parser.add_argument("--costs", type=Path, nargs="+", default=[], help="files that --json wrote: print their tables")
    parser.add_argument("--cores", type=int, default=16, help="cores of a machine of the cluster")
    parser.add_argument("--hours", type=float, default=24, help="hours that the cluster has")
    parser.add_argument("--rate", type=float, default=500_000, help="nodes and edges that the import tool takes a second")
    options = parser.parse_args()
    if bool(options.papers) == bool(options.costs):
        parser.error("name PAPERS, or files with --costs")
    known = [Run(**values) for path in options.costs for values in json.loads(path.read_text("utf-8"))]
    runs = known or measure_all(options.papers, options.sizes, options.ways, options.model)
    print(runs_table(runs))
    largest = max((run for run in runs if run.shuffled), key=lambda run: (run.n_papers, run.cores), default=None)
    if largest:
        print(costs_table(largest, options.cores, options.hours, options.rate))
    if options.json:
        options.json.write_text(json.dumps([asdict(run) for run in runs], indent=1) + "\n", "utf-8")


def measure_all(given: Path, sizes: Iterable[int], ways: Iterable[str], model: str) -> list[Run]:
    """The figures of every size and way."""
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as name:
        for size in sorted(sizes):
            source = papers(given, size, Path(name))
            for way in ways:
                runs.append(measure(way, size, source, model, Path(name)))
                print(json.dumps(asdict(runs[-1])), file=sys.stderr, flush=True)
    return runs


if __name__ == "__main__":
    main()
