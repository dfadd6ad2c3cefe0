"""Kinds and nodes by the names that people write, and who speaks of what."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from schemas.errors import GraphError, excerpt
from schemas.graph import EdgeKind, NodeKind, node_label

if TYPE_CHECKING:
    import networkx as nx


P = ParamSpec("P")
T = TypeVar("T")


def on_our_graphs(function: Callable[P, T]) -> Callable[P, T]:
    """An analysis that raises GraphError, in one line, for a graph whose nodes or edges are of no kind of ours."""

    @functools.wraps(function)
    def checked(*args: P.args, **values: P.kwargs) -> T:
        for graph in (*args, *values.values()):
            if hasattr(graph, "nodes"):
                check_kinds(graph)
        return function(*args, **values)

    return checked


def check_kinds(graph: Any) -> None:
    """Raise GraphError for the first node or edge without a kind of the schema: graphs of others have none."""
    hint = "build it with kg, or set the kinds; kg schema prints them"
    kinds, relations = set(NodeKind), set(EdgeKind)
    for node, kind in graph.nodes(data="kind"):
        if not isinstance(kind, str) or kind not in kinds:
            raise GraphError("graph", f"node {excerpt(str(node))} has the kind {excerpt(str(kind))}, which is none of ours; {hint}")
    for source, target, kind in graph.edges(data="kind"):
        if not isinstance(kind, str) or kind not in relations:
            ends = f"{excerpt(str(source))} -> {excerpt(str(target))}"
            raise GraphError("graph", f"edge {ends} has the kind {excerpt(str(kind))}, which is none of ours; {hint}")


def node_kind(name: str) -> NodeKind:
    """The kind called `name`, in any case, in the singular or plural; raises GraphError that names the choices."""
    kinds = {form: kind for kind in NodeKind for form in (kind.lower(), f"{kind.lower()}s")}
    if name.lower() not in kinds:
        raise GraphError("kind", f"unknown {excerpt(name)}; choose one of {', '.join(NodeKind)}")
    return kinds[name.lower()]


def entity_kind(name: str) -> NodeKind:
    """The kind called `name`, which must not be that of papers; raises GraphError."""
    kind = node_kind(name)
    if kind == NodeKind.PAPER:
        raise GraphError("kind", f"papers speak of others, not of papers; choose one of {', '.join(list(NodeKind)[1:])}")
    return kind


def find_node(graph: nx.MultiDiGraph, name: str, kinds: Iterable[NodeKind] = NodeKind) -> str:
    """The node of `kinds` that `name` means: by id, by name, title, alias, address or arXiv id as written, else in any case.

    Of several the one that most edges touch (ties by id). Raises GraphError, with names that are close, when there is none.
    """
    wanted = set(kinds)
    if name in graph and graph.nodes[name].get("kind") in wanted:
        return name
    names = {node: _names(graph, node) for node, kind in graph.nodes(data="kind") if kind in wanted}
    found: list[str] = [node for node, own in names.items() if name in own]
    found = found or [node for node, own in names.items() if name.casefold() in {each.casefold() for each in own}]
    if found:
        return min(found, key=lambda node: (-graph.degree(node), node))
    hint = close_to(name, (own[0] for own in names.values() if own))
    raise GraphError("graph", f"no {' or '.join(kind.lower() for kind in NodeKind if kind in wanted)} is called {excerpt(name)}{hint}")


def close_to(name: str, names: Iterable[str]) -> str:
    """The end of a message about a name that is not there: those of `names` that are close to it, if any are."""
    close = difflib.get_close_matches(name, sorted(set(names)), n=3)
    return f"; close to it: {', '.join(map(excerpt, close))}" if close else ""


def _names(graph: nx.MultiDiGraph, node: str) -> list[str]:
    values = graph.nodes[node]
    given = [values.get(name) for name in ("name", "title", "url", "arxiv_id", "repository")]
    return [name for name in given if name] + list(values.get("aliases", ()))


def label(graph: nx.MultiDiGraph, node: str) -> str:
    """What people call a node: its name, title or address."""
    return node_label(node, graph.nodes[node])


def speakers(graph: nx.MultiDiGraph, node: str) -> set[str]:
    """The papers that speak of `node`."""
    return {other for other in graph.predecessors(node) if graph.nodes[other]["kind"] == NodeKind.PAPER}


def papers_of_kind(graph: nx.MultiDiGraph, kind: NodeKind) -> dict[str, set[str]]:
    """The papers that speak of each node of a kind, in the order of the graph."""
    return {node: speakers(graph, node) for node, own in graph.nodes(data="kind") if own == kind}


def paper_years(graph: nx.MultiDiGraph) -> dict[str, int]:
    """The year of each paper that has one."""
    return {node: values["year"] for node, values in graph.nodes(data=True) if values["kind"] == NodeKind.PAPER and values.get("year")}


def paper_entity_graph(graph: nx.MultiDiGraph, *kinds: NodeKind) -> nx.Graph:
    """The undirected graph of papers and what they speak of, of `kinds` (all where none is given): one edge a pair."""
    import networkx as nx

    wanted = set(kinds or NodeKind) - {NodeKind.PAPER}
    simple = nx.Graph()
    simple.add_nodes_from(node for node, kind in graph.nodes(data="kind") if kind == NodeKind.PAPER or kind in wanted)
    is_paper = {node for node, kind in graph.nodes(data="kind") if kind == NodeKind.PAPER}
    simple.add_edges_from((source, target) for source, target in graph.edges() if source in is_paper and target in simple)
    return simple
