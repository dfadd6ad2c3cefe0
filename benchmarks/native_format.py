"""The native graph directory beside GraphML: seconds of the processor to write and to read, size, and what comes back.

usage: native_format.py [NODES ...]      numbers of nodes of graphs of invented papers; by default 2000 10000

GraphML is written by our export, which prepares what the format cannot hold (lists, dates, characters that XML forbids), and read by
networkx. "same" is the share of attributes that come back equal: lists come back as text. Each step is run once.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import tempfile
import time
from collections.abc import Callable
from typing import TypeVar

import networkx as nx
from rich.console import Console
from rich.table import Table

import kg
from benchmarks.paper_graphs import paper_graph

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds of the processor, and what the work gives."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def size_of(place: Path) -> int:
    """Bytes of a file, or of the files in a folder."""
    return sum(path.stat().st_size for path in (place.iterdir() if place.is_dir() else [place]))


def same(graph: nx.MultiDiGraph, back: nx.MultiDiGraph) -> float:
    """Share of the attributes of nodes and edges that come back equal."""
    pairs = [(values, back.nodes.get(node, {})) for node, values in graph.nodes(data=True)]
    edges = {key: values for _, _, key, values in back.edges(keys=True, data=True)}
    pairs += [(values, edges.get(key, {})) for _, _, key, values in graph.edges(keys=True, data=True)]
    equal = sum(name in found and found[name] == value for values, found in pairs for name, value in values.items())
    return equal / sum(len(values) for values, _ in pairs)


def measure(graph: nx.MultiDiGraph, folder: Path) -> list[tuple[str, float, float, int, float]]:
    """(format, seconds to write, seconds to read, bytes, share that is the same) of each."""
    native, graphml = folder / "graph", folder / "graph.graphml"
    write, _ = timed(lambda: kg.save(graph, native))
    read, back = timed(lambda: kg.load(native))
    ours = ("native", write, read, size_of(native), same(graph, back))
    write, _ = timed(lambda: kg.export(graph, "graphml", graphml))
    read, back = timed(lambda: nx.read_graphml(graphml, force_multigraph=True))
    return [ours, ("GraphML", write, read, size_of(graphml), same(graph, back))]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nodes", type=int, nargs="*", default=[2_000, 10_000])
    table = Table("nodes", "edges", "format", "write, CPU s", "read, CPU s", "MB", "same")
    for n_nodes in parser.parse_args().nodes:
        with tempfile.TemporaryDirectory() as folder:
            kg.save(paper_graph(n_nodes), Path(folder) / "made")
            graph = kg.load(Path(folder) / "made")  # with values as they are after any build
            for name, write, read, size, share in measure(graph, Path(folder)):
                row = (f"{write:.2f}", f"{read:.2f}", f"{size / 1e6:.1f}", f"{share:.0%}")
                table.add_row(f"{len(graph):,}", f"{graph.number_of_edges():,}", name, *row)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
