"""Speed, memory and size of extraction: python benchmarks/extract.py [PAPERS.jsonl] [--limit N].

One process, one thread. Seconds are CPU seconds of this process, so that a busy machine disturbs less; run it on a quiet
one all the same. Without a file the example papers are repeated.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterable

from rich.console import Console
from rich.table import Table

from kg.extract import find_model, models, shipped_models
from kg.extract.components import build_pipeline, make_doc
from kg.extract.record import to_extraction
from kg.read import ReadLog, ReadOptions, read_records
from schemas.paper import Paper

EXAMPLES = Path(__file__).parent.parent / "examples"


def papers(path: str | None, limit: int) -> list[Paper]:
    """Up to `limit` papers with an abstract of at least 100 characters; the examples are repeated."""
    found = [p for p in read_records([path or EXAMPLES], ReadOptions(skip_bad=True), ReadLog()) if len(p.abstract) >= 100]
    repeated = found if path else found * (limit // len(found) + 1)
    return repeated[:limit]


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of `work`."""
    start = time.process_time()
    work()
    return time.process_time() - start


def stages(name: str, given: list[Paper]) -> dict[str, float]:
    """CPU seconds of each stage of the pipeline with the model `name`."""
    nlp = build_pipeline(name)
    docs = [make_doc(nlp, paper) for paper in given]
    out = {"words": seconds(lambda: [make_doc(nlp, paper) for paper in given])}
    for component_name, component in nlp.pipeline:
        label = component_name.removeprefix("paperkg_").replace("recognizer", "model")
        out[label] = seconds(lambda run=component: [run(doc) for doc in docs])  # type: ignore[misc]
    out["record"] = seconds(lambda: [to_extraction(doc, "x").to_json() for doc in docs])
    return out


def load_seconds(name: str) -> float:
    """Wall seconds to check and load a model whose libraries are imported."""
    models.load_recognizer(name)
    start = time.perf_counter()
    folder = models.checked_model(name)
    models.LOADERS[folder.recognizer](folder)
    return time.perf_counter() - start


def megabytes(files: Iterable[Path]) -> float:
    """Size of files on disk."""
    return sum(file.stat().st_size for file in files) / 1e6


def report(name: str, path: str | None, limit: int) -> None:
    """Print the table of one model."""
    given = papers(path, limit)
    words = sum(len(p.title.split()) + len(p.abstract.split()) for p in given)
    folder, load, spent = find_model(name), load_seconds(name), stages(name, given)
    total = sum(spent.values())
    table = Table(f"{name}: {folder.label}", "CPU s", "share")
    for stage, value in spent.items():
        table.add_row(stage, f"{value:.2f}", f"{value / total:.0%}")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{len(given)} abstracts of {words / len(given):.0f} words: {len(given) / total:.1f} abstracts a CPU second")
    console.print(f"load {load:.2f} s; folder {megabytes(folder.path.iterdir()):.1f} MB; peak memory {peak_megabytes():.0f} MB")


def peak_megabytes() -> float:
    """Peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print a table a model, each measured in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("papers", nargs="?", help="paper records; the examples by default")
    parser.add_argument("--limit", type=int, default=200, help="number of papers")
    options = parser.parse_args()
    for name in shipped_models():
        process = multiprocessing.get_context("spawn").Process(target=report, args=(name, options.papers, options.limit))
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(1)


if __name__ == "__main__":
    main()
