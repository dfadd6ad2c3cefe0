"""The way of a paper: read -> extract -> resolve -> graph."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from kg.extract import DEFAULT, find_model, iterate_extractions
from kg.progress import track
from kg.read import ReadLog, ReadOptions, find_inputs, join_records, read_records
from kg.reuse import Cache, Reused, extract_what_is_new, extractor_hash
from schemas.errors import TargetError
from schemas.extraction import ENTITY_TYPES, Extraction
from schemas.locking import locked_folder
from schemas.manifest import InputReport, Manifest
from schemas.paper import Paper
from schemas.resolution import Refusal, Resolution
from schemas.text import file_name
from schemas.writing import whole_file

if TYPE_CHECKING:
    import networkx as nx

    from kg.compact import CompactExtractions
    from kg.graph.store import Provenance

STANDARD_OUTPUT = "-"

Inputs = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


@dataclass(frozen=True)
class ExtractOptions:
    """How papers are extracted."""

    model: str = DEFAULT  # a shipped model's name or a model folder
    min_confidence: float = 0.0  # entities below it are left out
    quiet: bool = True  # no progress on standard error
    workers: int | None = 1  # processes; None: all cores when there are many papers
    cache: Path | None = None  # folder that keeps extractions for later builds; None: none is kept


@dataclass(frozen=True)
class Build:
    """What a graph is made of, and how that came about."""

    papers: tuple[Paper, ...]  # sorted by id
    extractions: CompactExtractions  # of the papers, in their order
    resolution: Resolution
    provenance: Provenance
    records: tuple[Paper, ...]  # what the papers were joined from
    unchanged: tuple[str, ...]  # inputs that were known already, or the same as another
    n_extracted: int  # texts that had to be extracted; the others were known
    seconds: dict[str, float]  # of each stage

    def graph(self) -> nx.MultiDiGraph:
        """The graph, in memory."""
        from kg.graph.build import build_graph

        return build_graph(self.papers, self.extractions, self.resolution, self.provenance.extractor).graph


@dataclass(frozen=True)
class Saved:
    """A build whose graph was written."""

    build: Build
    manifest: Manifest
    seconds: dict[str, float]  # of each stage, writing the graph included


@dataclass(frozen=True)
class ResolveSummary:
    """What `kg resolve` did."""

    n_names: int
    n_entities: int  # different (type, id) among the names
    refused: tuple[Refusal, ...]
    skipped: dict[str, int]  # lines left out, by reason
    seconds: float


@dataclass(frozen=True)
class ExtractSummary:
    """What `kg extract` did."""

    inputs: tuple[InputReport, ...]
    n_records: int
    entities: dict[str, int]  # by type
    n_links: int
    seconds: float


def build(inputs: Inputs, read: ReadOptions | None = None, extract: ExtractOptions | None = None, overrides: Path | None = None) -> Build:
    """Read the papers in `inputs`, extract and resolve; raises InputError and ModelError.

    `overrides` is a file that corrects the resolver (docs/resolution.md).
    """
    return build_on(inputs, read or ReadOptions(), extract or ExtractOptions(), overrides, NOTHING)


@dataclass(frozen=True)
class Before:
    """What a graph directory holds already."""

    records: tuple[Paper, ...] = ()
    inputs: tuple[InputReport, ...] = ()
    extractions: Mapping[str, bytes] = field(default_factory=dict)  # packed, by text key


NOTHING = Before()


def build_on(inputs: Inputs, read: ReadOptions, extract: ExtractOptions, overrides: Path | None, before: Before) -> Build:
    """As `build`, of the papers in `inputs` and of those that are there already."""
    from kg.graph.store import Provenance
    from kg.resolve import load_overrides, resolve

    corrections = load_overrides(overrides)
    extractor = find_model(extract.model).label
    clock = _Clock()
    log = ReadLog(before.inputs)
    records = [*before.records, *track(read_records(inputs, read, log), "records read", None, quiet=extract.quiet)]
    papers = join_records(records)
    clock.lap("read")
    found = _reusing(papers, extract, before.extractions)
    clock.lap("extract")
    resolution = resolve(found.extractions, corrections)
    clock.lap("resolve")
    name = file_name(overrides) if overrides else ""
    options = (extractor_hash(extract.model, extract.min_confidence), extract.min_confidence, name)
    provenance = Provenance(extractor, (*before.inputs, *log.inputs), None, *options)
    made = (tuple(papers), found.extractions, resolution, provenance)
    return Build(*made, tuple(records), tuple(log.unchanged), found.n_made, clock.laps)


def _reusing(papers: list[Paper], extract: ExtractOptions, known: Mapping[str, bytes]) -> Reused:
    """The extractions of all papers; those that are not known are made, with the progress of these alone."""

    def make(fresh: Iterable[Paper]) -> Iterator[Extraction]:
        todo = list(fresh)
        yield from track(_extractions(todo, extract), "papers extracted", len(todo), quiet=extract.quiet)

    if extract.cache is None:
        return extract_what_is_new(papers, make, known, None)
    with Cache(extract.cache, extractor_hash(extract.model, extract.min_confidence), tell) as cache:
        return extract_what_is_new(papers, make, known, cache)


def tell(line: str) -> None:
    """One line on standard error."""
    print(f"kg: {line}", file=sys.stderr)


def build_and_save(inputs: Inputs, target: Path, read: ReadOptions, extract: ExtractOptions, overrides: Path | None = None) -> Saved:
    """Build the graph and write it as the graph directory `target`; raises TargetError before the work when it cannot."""
    from kg.graph.store import foreign
    from schemas.writing import check_folder

    check_folder(target, foreign)
    built = build(inputs, read, extract, overrides)
    with alone(target, extract.quiet):
        return save(built, target)


def save(built: Build, target: Path) -> Saved:
    """Write the graph of a build as the graph directory `target`."""
    from kg.graph.stream import save_papers

    clock = _Clock()
    papers = zip(built.papers, built.extractions, strict=True)
    manifest = save_papers(target, papers, built.resolution, built.provenance, built.records)
    clock.lap("graph")
    return Saved(built, manifest, built.seconds | clock.laps)


@contextlib.contextmanager
def alone(target: Path, quiet: bool) -> Iterator[None]:
    """Nobody else writes the folder `target` meanwhile; one that does not exist yet is nobody's."""
    with contextlib.ExitStack() as stack:
        if target.is_dir():
            stack.enter_context(locked_folder(target.resolve(), lambda: tell_waiting(target, quiet)))
        yield


def tell_waiting(target: Path, quiet: bool) -> None:
    """Say, unless `quiet`, that another process writes `target`."""
    if not quiet:
        tell(f"{target} is being written by another process; waiting until it has finished")


def extract_to(output: str, inputs: Inputs, read: ReadOptions, extract: ExtractOptions) -> ExtractSummary:
    """Write one extraction a record to the file `output` ("-": standard output), in order.

    Each line stands under the id of its record verbatim. Raises InputError, ModelError and TargetError; a file appears
    whole or not at all.
    """
    names = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    with _output(output, names) as stream:
        return _extract(stream, names, read, extract)


@contextlib.contextmanager
def _output(output: str, inputs: Iterable[str | os.PathLike[str]]) -> Iterator[TextIO]:
    """Standard output for "-", else a file that appears whole or not at all and is none of the inputs; raises TargetError."""
    if output == STANDARD_OUTPUT:
        yield sys.stdout
        return
    if any(source.path and source.path.resolve() == Path(output).resolve() for source in find_inputs(inputs)):
        raise TargetError(output, "it is one of the inputs")
    with whole_file(Path(output)) as stream:
        yield stream


def _extract(stream: TextIO, inputs: Inputs, read: ReadOptions, extract: ExtractOptions) -> ExtractSummary:
    clock, log = _Clock(), ReadLog()
    entities: Counter[str] = Counter()
    n_links = n_records = 0
    given_ids: deque[str] = deque()  # of the records that are being extracted
    records = _noting_ids(read_records(inputs, read, log), given_ids)
    for found in track(_extractions(records, extract), "records extracted", None, quiet=extract.quiet):
        extraction = found.model_copy(update={"id": given_ids.popleft()})
        stream.write(extraction.to_json() + "\n")
        entities.update({name: len(extraction.entities(name)) for name in ENTITY_TYPES})
        n_links += len(extraction.links)
        n_records += 1
    clock.lap("extract")
    return ExtractSummary(tuple(log.inputs), n_records, dict(entities), n_links, clock.laps["extract"])


def resolve_to(
    output: str, names: str, corpus: Path | None = None, overrides: Path | None = None, skip_bad: bool = False
) -> ResolveSummary:
    """Write the node of each name in the JSON-lines file `names` ("-": standard input) to the file `output`, in order.

    The names of the graph directory `corpus` and the abbreviations that its papers define are resolved with them, so
    that the ids are those of its nodes. Raises InputError, RecordError, GraphError and TargetError.
    """
    with _output(output, [names]) as stream:
        return _resolve(stream, names, corpus, overrides, skip_bad)


def _resolve(stream: TextIO, names: str, corpus: Path | None, overrides: Path | None, skip_bad: bool) -> ResolveSummary:
    from kg.resolve import load_overrides, names_of, read_names, resolve_list

    clock, skipped = _Clock(), Counter[str]()
    corrections = load_overrides(overrides)
    papers = []
    if corpus:
        from kg.graph.store import load_extractions, load_manifest

        load_manifest(corpus)
        papers = [names_of(extraction) for extraction in load_extractions(corpus)]
    given = list(read_names(names, skipped if skip_bad else None))
    found = resolve_list(given, papers, corrections)
    for line in found.lines():
        stream.write(line + "\n")
    clock.lap("resolve")
    n_entities = len(set(found.ids))
    return ResolveSummary(len(given), n_entities, found.refused, dict(sorted(skipped.items())), clock.laps["resolve"])


def _extractions(papers: Iterable[Paper], extract: ExtractOptions) -> Iterator[Extraction]:
    return iterate_extractions(papers, model=extract.model, min_confidence=extract.min_confidence, workers=extract.workers)


def _noting_ids(records: Iterable[Paper], ids: deque[str]) -> Iterator[Paper]:
    """Pass records on, and note the id that each came with."""
    for record in records:
        ids.append(record.source_ids[0] if record.source_ids else record.id)
        yield record


class _Clock:
    """Seconds of each stage."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """The stage that ran until now is over."""
        now = time.monotonic()
        self.laps[stage], self._last = now - self._last, now
