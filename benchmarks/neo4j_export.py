"""Speed of the ways into Neo4j: python -m benchmarks.neo4j_export [--papers N] [--per-item N] (needs Java 17 and Maven).

One server (Neo4j Community, the one of the tests, with APOC for neo4j-graphrag), one generated graph, one run: our export, the
same again, one query an item, neo4j-graphrag's Neo4jWriter where it is installed (pip install neo4j-graphrag), and the import
tool as the limit. Beside the wall seconds stand the processor seconds of the client and of the server, which say more on a
machine that has other work to do. Peak memory is that of this process during our export, above what the graph takes.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import datetime
import itertools
import random
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import neo4j
import networkx as nx
from rich.console import Console
from rich.table import Table

import kg
from exports.neo4j.layout import ALL_ENDS, CONSTRAINTS, TEXT_INDEXES
from exports.neo4j.rows import Row, edge_rows, node_rows
from kg.graph.build import assemble
from schemas.graph import EdgeKind, EntityNode, LinkNode, NodeKind, PaperEdge, PaperNode
from schemas.ids import edge_id
from schemas.paper import Record
from tests.neo4j_server import Neo4jServer, Server, libraries

GRAPHRAG = "neo4j-graphrag Neo4jWriter"
APOC = Path(__file__).with_name("neo4j_export_apoc.xml")
WORDS = "model attention layer sparse token policy image speech sampler encoder training noise graph retrieval benchmark".split()  # noqa: SIM905
ENTITIES = {NodeKind.METHOD: 0.6, NodeKind.DATASET: 0.2, NodeKind.TASK: 0.15, NodeKind.METRIC: 0.01}  # of each kind, a paper
EDGES = (
    (EdgeKind.PROPOSES, NodeKind.METHOD, 1),
    (EdgeKind.USES, NodeKind.METHOD, 3),
    (EdgeKind.USES, NodeKind.DATASET, 2),
    (EdgeKind.ADDRESSES, NodeKind.TASK, 1),
    (EdgeKind.REPORTS, NodeKind.METRIC, 1),
    (EdgeKind.MENTIONS, NodeKind.METHOD, 1),
)  # of a paper; about ten with its link


@dataclass(frozen=True)
class Cost:
    """Wall seconds, and processor seconds of this process and of the server."""

    seconds: float
    client: float
    server: float


@dataclass(frozen=True)
class Measured:
    """One way: how much it wrote, and in what time."""

    way: str
    n_nodes: int
    n_edges: int
    cost: Cost
    note: str = ""

    def speed(self) -> float:
        """Nodes and relationships a wall second."""
        return (self.n_nodes + self.n_edges) / self.cost.seconds

    def speed_by_processor(self) -> float:
        """Nodes and relationships a processor second, of client and server together."""
        return (self.n_nodes + self.n_edges) / (self.cost.client + self.cost.server)


def generated(n_papers: int) -> nx.MultiDiGraph:
    """A graph of `n_papers` papers and about ten edges each, the popular entities in many of them, the same at every call."""
    chance = random.Random(5)
    nodes: dict[tuple[NodeKind, str], Record] = {}
    ids: dict[NodeKind, list[str]] = {}
    for kind, share in ENTITIES.items():
        ids[kind] = [f"{kind.lower()}:{number:016x}" for number in range(max(2, int(n_papers * share)))]
        for number, entity in enumerate(ids[kind]):
            names = (f"{text(chance, 2)} {number}", f"{text(chance, 1)}-{number}")
            nodes[kind, entity] = EntityNode(id=entity, name=names[0], aliases=names, n_papers=1)
    edges: dict[tuple[str, EdgeKind, str], Record] = {}
    for number in range(n_papers):
        paper = add_paper(nodes, chance, number)
        link = LinkNode(id=f"https://example.org/{number}", url=f"https://example.org/{number}", host="example.org", link_kind="code")
        nodes[NodeKind.LINK, link.id] = link
        edges[paper, EdgeKind.LINKS_TO, link.id] = claim(chance, paper, EdgeKind.LINKS_TO, link.id)
        for kind, target_kind, count in EDGES:
            for _ in range(count):
                target = ids[target_kind][int(len(ids[target_kind]) * chance.random() ** 3)]
                edges[paper, kind, target] = claim(chance, paper, kind, target)
    return assemble(nodes, edges)


def add_paper(nodes: dict[tuple[NodeKind, str], Record], chance: random.Random, number: int) -> str:
    """Add a paper with an abstract of 180 words; its id."""
    day = datetime.date(2016, 1, 1) + datetime.timedelta(days=number % 3650)
    paper = PaperNode(
        id=f"arxiv:{number:010}",
        title=text(chance, 10),
        abstract=text(chance, 180),
        published=day,
        year=day.year,
        authors=(text(chance, 2), text(chance, 2)),
        sources=(f"papers.jsonl#{number + 1}",),
    )
    nodes[NodeKind.PAPER, paper.id] = paper
    return paper.id


def claim(chance: random.Random, source: str, kind: EdgeKind, target: str) -> PaperEdge:
    """An edge with two mentions."""
    sentence, form = text(chance, 25), text(chance, 2)
    lists: dict[str, Any] = {"evidence": (sentence, sentence), "fields": ("abstract", "abstract"), "starts": (10, 200), "ends": (20, 210)}
    return PaperEdge(id=edge_id(source, kind, target), confidence=0.9, extractor="default 1", forms=(form, form), **lists)


def text(chance: random.Random, n_words: int) -> str:
    """Words."""
    return " ".join(chance.choices(WORDS, k=n_words))


def timed(server: Server, work: Callable[[], object]) -> Cost:
    """What `work` costs."""
    assert server.own is not None
    before = time.perf_counter(), time.process_time(), server.own.processor_seconds()
    work()
    after = time.perf_counter(), time.process_time(), server.own.processor_seconds()
    return Cost(*(end - start for start, end in zip(before, after, strict=True)))


def our_export(server: Server, graph: nx.MultiDiGraph) -> list[Measured]:
    """Ours into an empty database, and again with nothing to change."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is that of now; making the graph took more
    before = peak_megabytes()

    def work() -> None:
        kg.export(graph, "neo4j", server.uri, **server.login)

    first = timed(server, work)
    note = f"peak memory +{peak_megabytes() - before:.0f} MB"
    again = timed(server, work)
    n_nodes, n_edges = len(graph), graph.number_of_edges()
    return [
        Measured("kg export --to neo4j", n_nodes, n_edges, first, note),
        Measured("the same again", n_nodes, n_edges, again, "0 changed"),
    ]


def one_query_an_item(server: Server, graph: nx.MultiDiGraph, limit: int) -> Measured:
    """MERGE by MERGE, with the constraints there, on up to `limit` papers and what is next to them."""
    papers = [node for node, kind in graph.nodes(data="kind") if kind == NodeKind.PAPER][:limit]
    part = graph.subgraph({*papers, *itertools.chain.from_iterable(graph.successors(paper) for paper in papers)})
    with driver(server) as connected:

        def work() -> None:
            for query, row in single_queries(part):
                connected.execute_query(query, {"row": row})

        return Measured("one query an item", len(part), part.number_of_edges(), timed(server, work), f"on {len(papers)} papers")


def single_queries(graph: nx.MultiDiGraph) -> Iterator[tuple[str, Row]]:
    """One MERGE a node, then one a relationship."""
    key = "kg_graph: 'paperkg', id: row."
    for kind in NodeKind:
        for row in node_rows(graph, kind):
            yield f"WITH $row AS row MERGE (n:{kind} {{{key}id}}) SET n += row.values", row
    for ends in ALL_ENDS:
        merge = f"MERGE (a)-[r:{ends.kind} {{{key}id}}]->(b) SET r += row.values"
        query = f"WITH $row AS row MATCH (a:{ends.source} {{{key}source}}) MATCH (b:{ends.target} {{{key}target}}) {merge}"
        for row in edge_rows(graph, ends):
            yield query, row


def graphrag(server: Server, graph: nx.MultiDiGraph) -> Measured:
    """neo4j-graphrag's writer with its own batches of 1,000."""
    import asyncio

    from neo4j_graphrag.components.kg_writer import Neo4jWriter
    from neo4j_graphrag.components.types import Neo4jGraph, Neo4jNode, Neo4jRelationship

    nodes = [
        Neo4jNode(id=row["id"], label=kind.value, properties=present(row) | {"id": row["id"]})
        for kind in NodeKind
        for row in node_rows(graph, kind)
    ]
    edges = [
        Neo4jRelationship(start_node_id=row["source"], end_node_id=row["target"], type=ends.kind.value, properties=present(row))
        for ends in ALL_ENDS
        for row in edge_rows(graph, ends)
    ]
    with driver(server) as connected:
        writer = Neo4jWriter(connected)
        whole = Neo4jGraph(nodes=nodes, relationships=edges)
        cost = timed(server, lambda: asyncio.run(writer.run(whole)))
    return Measured(GRAPHRAG, len(nodes), len(edges), cost, written(server))


def present(row: Row) -> dict[str, Any]:
    """The properties that are there."""
    return {name: value for name, value in row["values"].items() if value is not None}


def import_tool(server: Server, graph: nx.MultiDiGraph, folder: Path) -> list[Measured]:
    """The folder, the import tool on it, and the statements afterwards, each for itself."""
    own = server.own
    assert own is not None
    n_nodes, n_edges = len(graph), graph.number_of_edges()
    start = time.perf_counter()
    kg.export(graph, "neo4j-import", folder / "bulk")
    files = time.perf_counter() - start
    own.stop()
    environment = own.environment() | {"NEO4J_ADMIN": str(own.admin_command(folder / "neo4j-admin"))}
    command = ["sh", str(folder / "bulk" / "import.sh"), "neo4j", "--overwrite-destination=true"]
    start, used = time.perf_counter(), children_seconds()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    load = Cost(time.perf_counter() - start, 0, children_seconds() - used)
    own.start()
    finish = timed(server, lambda: own.shell(folder / "bulk" / "after_import.cypher").check_returncode())
    note = f"after {files:.1f} s for the files, before {finish.seconds:.1f} s for constraints and indexes"
    return [Measured("neo4j-admin database import", n_nodes, n_edges, load, note)]


def children_seconds() -> float:
    """Processor seconds of the programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def driver(server: Server) -> neo4j.Driver:
    """A driver of a server, without notifications."""
    return neo4j.GraphDatabase.driver(server.uri, auth=(server.user, server.password), notifications_min_severity="OFF")


def written(server: Server) -> str:
    """What the database holds."""
    [[nodes]], [[edges]] = server.run("MATCH (n) RETURN count(n)"), server.run("MATCH ()-[r]->() RETURN count(r)")
    return f"holds {nodes} nodes, {edges} relationships"


def emptied(server: Server) -> None:
    """Remove what the database holds, in parts that fit into its memory."""
    while server.run("MATCH (n) WITH n LIMIT 1000 DETACH DELETE n RETURN count(n)") != [[0]]:
        pass


def drop_constraints(server: Server) -> None:
    """Constraints and indexes of ours go."""
    for constraint in CONSTRAINTS:
        server.run(f"DROP CONSTRAINT {constraint.name} IF EXISTS")
    for index in TEXT_INDEXES:
        server.run(f"DROP INDEX {index.name} IF EXISTS")


def peak_megabytes() -> float:
    """Peak memory of this process since it was last reset."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024


def show(rows: Sequence[Measured], title: str) -> None:
    """Print the table; the speed in wall seconds and in processor seconds also as a multiple of neo4j-graphrag's."""
    columns = ("way", "nodes", "relationships", "seconds", "CPU client", "CPU server", "items / s", "ratio", "ratio by CPU", "note")
    table = Table(*columns, title=title)
    other = next((row for row in rows if row.way == GRAPHRAG), None)
    for row in rows:
        cost = (f"{value:.1f}" for value in (row.cost.seconds, row.cost.client, row.cost.server))
        ratios = [f"{speed(row) / speed(other):.1f}" if other else "" for speed in (Measured.speed, Measured.speed_by_processor)]
        table.add_row(row.way, f"{row.n_nodes:,}", f"{row.n_edges:,}", *cost, f"{row.speed():,.0f}", *ratios, row.note)
    console = Console(highlight=False)
    console.width = max(console.width, 180)
    console.print(table)


def measured(server: Server, graph: nx.MultiDiGraph, folder: Path, per_item: int) -> Iterator[Measured]:
    """Way after way, each into an empty database."""
    yield from our_export(server, graph)
    emptied(server)
    if find_spec("neo4j_graphrag"):
        drop_constraints(server)  # its way of writing does not use them, and would only pay for them
        yield graphrag(server, graph)
        emptied(server)
    yield from import_tool(server, graph, folder)
    emptied(server)
    yield one_query_an_item(server, graph, per_item)


def main() -> None:
    """Print the table of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=20_000, help="size of the graph")
    parser.add_argument("--per-item", type=int, default=300, help="papers that are written one query an item")
    options = parser.parse_args()
    graph = generated(options.papers)
    rows: list[Measured] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        plugins = sorted(libraries(APOC).glob("*.jar"))
        own = Neo4jServer(folder / "home", plugins, "dbms.security.procedures.unrestricted=apoc.*\n", java=())
        own.start()
        server = Server(own.uri, own.user, own.password, own)
        our_export(server, generated(200))  # a server that has just started is slow for whoever comes first
        emptied(server)
        drop_constraints(server)
        for row in measured(server, graph, folder, options.per_item):
            print(row, file=sys.stderr, flush=True)  # what was measured is not lost when a later way fails
            rows.append(row)
        memory = f"server memory {own.memory():.0f} MB"
        own.stop()
    show(rows, f"{options.papers} papers; {memory}")


if __name__ == "__main__":
    main()
