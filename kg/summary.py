"""What commands tell at their end: figures as plain values, and the tables that show them."""

from __future__ import annotations

import dataclasses
import io
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from exports import ExportReport
from kg.analyses import Table as AnalysisTable
from kg.changes import Change
from kg.explain import Explanation, sentence
from kg.growth import Update
from kg.pipeline import ExtractSummary, ResolveSummary, Saved
from schemas.graph import NodeKind
from schemas.manifest import InputReport, Manifest
from schemas.resolution import Refusal

if TYPE_CHECKING:
    from kg.scale.plan import ScaledBuild

Figures = dict[str, Any]

_SHOWN = 5  # items of a list


def wide_console(width: int = 120, *, to_error: bool = False) -> Console:
    """Where tables are printed; `width` columns where the output is no terminal.

    Tables are for people: what the encoding of the output has not is escaped, so that work that was done does not end in an error.
    """
    stream = sys.stderr if to_error else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    console = Console(stderr=to_error, highlight=False)
    if not console.is_terminal:
        console.width = width
    return console


def of_build(saved: Saved) -> Figures:
    """Figures of a build: inputs, papers, nodes and edges of each kind, what was dropped and why, seconds."""
    return _of_manifest(saved.manifest, saved.build.resolution.refused, saved.build.n_extracted, saved.seconds)


def of_scaled_build(done: ScaledBuild) -> Figures:
    """Figures of a build by many workers: as those of a build."""
    return _of_manifest(done.manifest, done.refused, done.n_extracted, done.seconds)


def _of_manifest(manifest: Manifest, refused: Iterable[Refusal], n_extracted: int, seconds: Mapping[str, float]) -> Figures:
    return {
        "extractor": manifest.extractor,
        **_of_inputs(manifest.inputs),
        "nodes": dict(manifest.nodes),
        "edges": dict(manifest.edges),
        "dropped": dict(manifest.dropped),
        "refused": _refused(refused),
        "extracted": n_extracted,
        "seconds": {stage: round(time, 2) for stage, time in seconds.items()},
    }


def of_update(done: Update) -> Figures:
    """Figures of an update: those of the graph, what is new in it, and the nodes that new papers merged or split."""
    return {
        **of_build(done.saved),
        "unchanged_inputs": list(done.build.unchanged),
        "new_records": done.n_new_records,
        "new_nodes": dict(done.changes.new),
        "merged": [_of_change(change) for change in done.changes.merged],
        "split": [_of_change(change) for change in done.changes.split],
    }


def _of_change(change: Change) -> Figures:
    return {"kind": change.kind, "before": list(change.before), "after": list(change.after)}


def of_directory(directory: Path) -> Figures:
    """Figures of a graph directory, from its manifest; raises GraphError."""
    from kg.graph.store import load_manifest

    manifest = load_manifest(directory)
    return {
        "schema_version": manifest.schema_version,
        "extractor": manifest.extractor,
        **_of_inputs(manifest.inputs),
        "nodes": dict(manifest.nodes),
        "edges": dict(manifest.edges),
        "dropped": dict(manifest.dropped),
    }


def of_extraction(done: ExtractSummary) -> Figures:
    """Figures of an extraction: inputs, records, entities of each type, links, seconds."""
    return {
        **_of_inputs(done.inputs),
        "entities": done.entities,
        "links": done.n_links,
        "seconds": {"extract": round(done.seconds, 2)},
    }


def of_resolving(done: ResolveSummary) -> Figures:
    """Figures of resolving a list: names, entities, lines left out, merges that overrides refused, seconds."""
    return {
        "names": done.n_names,
        "entities": done.n_entities,
        "skipped": done.skipped,
        "refused": _refused(done.refused),
        "seconds": round(done.seconds, 2),
    }


def of_export(report: ExportReport) -> Figures:
    """Figures of an export: target, nodes, edges, notes, and what else an exporter counted."""
    return dataclasses.asdict(report) | {"target": str(report.target), "notes": list(report.notes)}


def _refused(refusals: Iterable[Refusal]) -> list[str]:
    return [f"{r.type} {r.a!r} and {r.b!r} ({r.reason}) kept apart by {r.override}" for r in refusals]


def _of_inputs(inputs: Iterable[InputReport]) -> Figures:
    reports = list(inputs)
    return {
        "inputs": [
            {"file": r.file, "format": r.format, "records": r.n_papers, "skipped": dict(r.skipped), "notes": dict(r.notes)} for r in reports
        ],
        "records": sum(report.n_papers for report in reports),
    }


def show(figures: Figures, title: str, *, to_error: bool = False) -> None:
    """Print figures as tables on standard output (or standard error)."""
    console = wide_console(to_error=to_error)
    console.print(Text(title, style="bold"))
    console.print(_inputs_table(figures))
    for name in ("nodes", "edges", "entities", "dropped", "seconds"):
        if figures.get(name):
            console.print(_counts_table(name, figures[name]))
    for refusal in figures.get("refused", ()):
        console.print(Text(f"not merged: {refusal}"))
    if "extractor" in figures:
        console.print(Text(f"extracted by {figures['extractor']}"))


def show_update(figures: Figures, title: str) -> None:
    """Print the figures of an update."""
    show(figures, title)
    console = wide_console()
    console.print(_counts_table("new nodes", figures["new_nodes"]))
    for file in figures["unchanged_inputs"]:
        console.print(Text(f"{file}: in the graph already"))
    for name in ("merged", "split"):
        for change in figures[name]:
            before, after = (", ".join(map(repr, change[side])) for side in ("before", "after"))
            console.print(Text(f"{name}: {change['kind']} {before} -> {after}"))
    console.print(Text(f"{figures['new_records']} new records; {figures['extracted']} texts extracted"))


def _inputs_table(figures: Figures) -> Table:
    table = Table("input", "format", "records", "skipped", "noted")
    for row in figures["inputs"]:
        skipped, notes = ("; ".join(f"{count} {reason}" for reason, count in row[name].items()) for name in ("skipped", "notes"))
        table.add_row(Text(row["file"]), row["format"], str(row["records"]), Text(skipped), Text(notes))
    if "nodes" in figures:
        papers = figures["nodes"][NodeKind.PAPER.value]
        table.add_section()
        table.add_row("all", "", str(figures["records"]), f"{papers} different papers")
    return table


def _counts_table(name: str, counts: Mapping[str, float]) -> Table:
    table = Table(name, "")
    table.columns[1].justify = "right"
    for label, count in counts.items():
        if count:
            table.add_row(Text(label), str(count))
    return table


def show_resolving(figures: Figures, title: str) -> None:
    """Print the figures of resolving a list on standard error."""
    console = Console(stderr=True, highlight=False)
    skipped = "".join(f"; {count} lines skipped: {reason}" for reason, count in figures["skipped"].items())
    console.print(
        Text(f"{title}: {figures['names']} names, {figures['entities']} entities, {figures['seconds']} s{skipped}"), soft_wrap=True
    )
    for refusal in figures["refused"]:
        console.print(Text(f"not merged: {refusal}"), soft_wrap=True)


def show_explanations(explanations: Iterable[Explanation]) -> None:
    """Print nodes, the forms of each, and why each form is there."""
    console = wide_console(140)
    for explanation in explanations:
        papers = f"{explanation.n_papers} paper{'' if explanation.n_papers == 1 else 's'}"
        console.print(Text(f"{explanation.name} ({explanation.type}, {papers})", style="bold"))
        console.print(Text(f"id {explanation.id}" + "".join(f", with {member}" for member in explanation.merged_ids)))
        table = Table("form", "papers", "why")
        for form in explanation.forms:
            table.add_row(Text(form.form), str(form.n_papers), Text(sentence(form)))
        console.print(table)
        for refusal in _refused(explanation.refused):
            console.print(Text(f"not merged: {refusal}"))


def show_resolution(figures: Figures, title: str) -> None:
    """Print the figures of `kg evaluate --resolution`."""
    console = wide_console()
    console.print(Text(f"{title}: {figures['papers']} papers, {figures['forms']} forms, each a mention of its own", style="bold"))
    table = Table("pairs of forms", "to join", "joined", "precision", "recall", "to stay apart", "stay apart")
    for name, pairs in figures["pairs"].items():
        ratios = [f"{pairs[ratio]:.3f}" for ratio in ("precision", "recall")]
        table.add_row(name, str(pairs["to_join"]), str(pairs["joined"]), *ratios, str(pairs["to_stay_apart"]), f"{pairs['apart']:.4f}")
    console.print(table)


def show_table(table: AnalysisTable, title: str) -> None:
    """Print the rows of an analysis; the ids of nodes, which people do not read, are left to `--json`."""
    console = wide_console()
    console.print(Text(title, style="bold"))
    shown = [name for name in table.columns if name not in ("id", "ids", "a_id", "b_id", "papers", "by_year")]
    made = Table(*(name.replace("_", " ") for name in shown))
    for row in table.rows:
        made.add_row(*(Text(_shown(row[name])) for name in shown))
    console.print(made if table.rows else "nothing")


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, list):
        return ", ".join(value[:_SHOWN]) + (f" and {len(value) - _SHOWN} more" if len(value) > _SHOWN else "")
    return "" if value is None else str(value)


def show_schema(schema: Figures) -> None:
    """Print the graph's schema as tables."""
    console = wide_console()
    console.print(Text(f"graph schema, version {schema['version']}", style="bold"))
    nodes = Table("node", "property", "meaning")
    for kind, properties in schema["nodes"].items():
        for number, (name, meaning) in enumerate(properties.items()):
            nodes.add_row(kind if not number else "", name, meaning)
        nodes.add_section()
    edges = Table("edge", "joins", "meaning", "properties")
    for kind, edge in schema["edges"].items():
        joins = ", ".join(f"{source}->{target}" for source, target in edge["joins"])
        edges.add_row(kind, joins, edge["meaning"], ", ".join(edge["properties"]))
    console.print(nodes, edges)
