"""A graph that grows: new papers are added to a graph directory, and the result is that of a build of everything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from kg.changes import LOOKED_AT, Changes, find_changes
from kg.compact import pack
from kg.extract import find_model, shipped_models
from kg.pipeline import Before, Build, ExtractOptions, Inputs, Saved, alone, build_on, save, tell
from kg.read import ReadOptions, join_records
from kg.reuse import extractor_hash, text_key
from schemas.errors import GraphError
from schemas.manifest import Manifest
from schemas.paper import Paper
from schemas.writing import check_folder


@dataclass(frozen=True)
class Update:
    """A graph that has grown, and what that did to it."""

    saved: Saved
    n_new_records: int  # that are no copies of earlier ones
    changes: Changes

    @property
    def build(self) -> Build:
        """What the graph is made of now."""
        return self.saved.build


def update(
    directory: Path,
    inputs: Inputs,
    read: ReadOptions | None = None,
    extract: ExtractOptions | None = None,
    overrides: Path | None = None,
    model: str | None = None,
) -> Update:
    """Add the papers in `inputs` to the graph directory `directory`: it becomes what a build of all its inputs gives.

    Inputs that were read before are not read again, and only new texts are extracted. The model is the one that the
    graph was made with, or `model`, the folder of that one; the confidence below which entities are left out is the
    graph's. Raises InputError, ModelError, GraphError and TargetError; the directory is changed whole or not at all.
    """
    from kg.graph.store import foreign, load_manifest, load_records

    extract = extract or ExtractOptions()
    load_manifest(directory)
    check_folder(directory, foreign)
    with alone(directory, extract.quiet):
        manifest = load_manifest(directory)
        records = load_records(directory)
        _check_overrides(directory, manifest, overrides)
        same = replace(extract, model=_model_of(directory, manifest, model), min_confidence=manifest.min_confidence)
        return _update(_Graph(directory, manifest, records), inputs, read or ReadOptions(), same, overrides)


@dataclass(frozen=True)
class _Graph:
    """A graph directory that is about to grow."""

    directory: Path
    manifest: Manifest
    records: list[Paper]


def _update(graph: _Graph, inputs: Inputs, read: ReadOptions, extract: ExtractOptions, overrides: Path | None) -> Update:
    from kg.graph.store import iterate_extractions, load_nodes

    old_nodes = load_nodes(graph.directory, LOOKED_AT)
    same_extractor = graph.manifest.extractor_hash == extractor_hash(extract.model, extract.min_confidence)
    if not same_extractor and not extract.quiet:
        tell("the extractor has changed since this graph was made: all its papers are extracted again")
    by_id = {found.id: pack(found) for found in iterate_extractions(graph.directory)} if same_extractor else {}
    known = {text_key(paper): by_id[paper.id] for paper in join_records(graph.records) if paper.id in by_id}
    built = build_on(inputs, read, extract, overrides, Before(tuple(graph.records), graph.manifest.inputs, known))
    saved = save(built, graph.directory)
    changes = find_changes(old_nodes, load_nodes(graph.directory, LOOKED_AT))
    return Update(saved, len(set(built.records)) - len(graph.records), changes)


def _check_overrides(directory: Path, manifest: Manifest, overrides: Path | None) -> None:
    if manifest.overrides and overrides is None:
        raise GraphError(
            str(directory), f"was made with the overrides {manifest.overrides}; name them again: --overrides {manifest.overrides}"
        )


def _model_of(directory: Path, manifest: Manifest, model: str | None) -> str:
    """The model that a graph was made with: the one named, else the shipped one of that name and version."""
    if model is None:
        model = next((name for name in shipped_models() if find_model(name).label == manifest.extractor), None)
    made_by = f"was extracted by {manifest.extractor}"
    if model is None:
        raise GraphError(str(directory), f"{made_by}, which does not come with this kg; name its folder: --model")
    if find_model(model).label != manifest.extractor:
        raise GraphError(str(directory), f"{made_by}, not by {find_model(model).label}; build it again with kg build")
    return model
