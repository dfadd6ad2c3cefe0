"""Time and memory of building, saving, loading and exporting generated graphs.

usage: graph.py [EDGES ...] [--formats FORMAT ...]

By default 10000 100000 1000000 edges. Each step runs in a process of its own (save in that of build), so its peak is its own.
"build" is what follows extraction: names are resolved and the graph is made. "bare" is `add_edges_from` of the same edges, as
lists in memory, right after loading them, and what stands there before is hidden from the garbage collector: the loader may take
twice as long. Seconds are of the processor, which a busy machine changes less than those of the clock.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import gc
import json
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import networkx as nx

from benchmarks.paper_graphs import paper_graph
from schemas.extraction import Extraction
from schemas.graph import ROLE_EDGES
from schemas.paper import Paper

_NODES_PER_EDGE = 0.3546
_FORMATS = ("json", "graphml", "gexf", "csv", "parquet", "markdown")
_KINDS = {"Method": "method", "Dataset": "dataset", "Task": "task", "Metric": "metric"}
_ROLES = {(entity_type, edge.value): role for (entity_type, role), edge in ROLE_EDGES.items()}


def papers_of(graph: nx.MultiDiGraph) -> Iterator[tuple[Paper, Extraction]]:
    """The papers of a graph, and what was extracted from them."""
    for node, values in graph.nodes(data=True):
        if values["kind"] == "Paper":
            sources = ({"file": "a", "entry": 1},)
            paper = Paper.model_validate({"id": node, "sources": sources} | {n: values[n] for n in ("title", "abstract", "year")})
            yield paper, Extraction.model_validate(_extraction(graph, node))


def _extraction(graph: nx.MultiDiGraph, node: str) -> dict[str, Any]:
    lists: dict[str, Any] = {f"{name}s": [] for name in _KINDS.values()} | {"id": node, "mentions": []}
    for _, target, edge in graph.out_edges(node, data=True):
        name, entity_type = graph.nodes[target]["name"], _KINDS[graph.nodes[target]["kind"]]
        place = {"field": "abstract", "start": edge["starts"][0], "end": edge["ends"][0], "confidence": edge["confidence"]}
        role = _ROLES[entity_type, edge["kind"]]
        lists["mentions"].append(place | {"type": entity_type, "role": role, "entity": len(lists[f"{entity_type}s"])})
        lists[f"{entity_type}s"].append({"name": name, "forms": (name,), "role": role, "confidence": edge["confidence"]})
    lists["sentences"] = [{"field": "abstract", "start": 0, "end": max(len(edge["evidence"][0]), 1)}]
    return lists


def build_and_save(folder: Path, n_edges: int) -> None:
    """Measure building and saving."""
    from kg.graph.build import build_graph
    from kg.graph.store import save_graph
    from kg.resolve import resolve

    papers, extractions = zip(*papers_of(paper_graph(round(n_edges * _NODES_PER_EDGE))), strict=True)
    graph = _measure("build", lambda: build_graph(papers, extractions, resolve(extractions), "none 1").graph)
    _measure("save", lambda: save_graph(graph, folder))


def load_and_add(folder: Path, n_edges: int) -> None:
    """Measure loading, and adding the same edges to an empty graph."""
    from kg.graph.store import load_graph

    graph = _measure("load", lambda: load_graph(folder))
    edges = list(graph.edges(keys=True, data=True))
    gc.freeze()
    _measure("bare", lambda: nx.MultiDiGraph().add_edges_from(edges))


def export(folder: Path, n_edges: int, name: str) -> None:
    """Measure one export."""
    import kg

    graph = kg.load(folder)
    _measure(f"export {name}", lambda: kg.export(graph, name, folder.parent / f"exported-{name}"))


def _measure(step: str, work: Callable[[], Any]) -> Any:
    """Do `work` and print its figures, as JSON."""
    began = time.process_time()
    result = work()
    seconds = time.process_time() - began
    edges = result.number_of_edges() if isinstance(result, nx.MultiDiGraph) else None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"step": step, "seconds": seconds, "peak": peak, "edges": edges}), flush=True)
    return result


def measured(n_edges: int, formats: list[str]) -> Iterator[dict[str, Any]]:
    """The figures of all steps on one graph."""
    with tempfile.TemporaryDirectory() as place:
        for part in ("build", "load", *(f"export {name}" for name in formats)):
            command = [sys.executable, __file__, str(n_edges), "--part", part, "--folder", str(Path(place) / "graph")]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            yield from map(json.loads, done.stdout.splitlines())


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edges", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--formats", nargs="*", default=list(_FORMATS), metavar="FORMAT")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        step, _, name = given.part.partition(" ")
        {"build": build_and_save, "load": load_and_add, "export": export}[step](given.folder, given.edges[0], *filter(None, [name]))
        return
    print("| edges | step | CPU seconds | µs an edge | peak memory, MiB |\n|---|---|---|---|---|", flush=True)
    for n_edges in given.edges:
        seconds = {}
        for row in measured(n_edges, given.formats):
            n_edges = row["edges"] or n_edges
            seconds[row["step"]], per_edge = row["seconds"], 1e6 * row["seconds"] / n_edges
            print(
                f"| {n_edges:,} | {row['step']} | {row['seconds']:.2f} | {per_edge:.1f} | {row['peak']:,.0f} |",
                flush=True,
            )
        print(f"| {n_edges:,} | load / bare | {seconds['load'] / seconds['bare']:.2f} | | |", flush=True)


if __name__ == "__main__":
    main()
